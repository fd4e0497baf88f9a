"""What a complete dataset comes to, as its manifest tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oddsmith.errors import DatasetError
from oddsmith.layout import Layout
from oddsmith.manifest import read_manifest

__all__ = ["Summary", "summary_of"]


@dataclass(frozen=True)
class Summary:
    """A complete dataset.

    Args:
        tables: table -> rows.
        odds: per event, as in the manifest.
        made: False if it was complete before.
        warnings: what the hunt has to say that a user may want to mend.
    """

    folder: Path
    dataset_hash: str
    calls: int
    episodes: int
    tables: Mapping[str, int]
    odds: Mapping[str, Any]
    made: bool
    warnings: tuple[str, ...] = ()


def summary_of(layout: Layout, *, made: bool) -> Summary:
    """Return the summary of a dataset.

    Raises:
        DatasetError: its manifest is none of ours.
    """
    found = read_manifest(layout)
    if found.get("kind") != "oddsmith dataset":
        raise DatasetError(f"{layout.manifest} is not the manifest of a dataset of ours")
    return Summary(
        layout.root,
        found["dataset_hash"],
        found["counts"]["calls"],
        found["counts"]["episodes"],
        {table: about["rows"] for table, about in found["tables"].items()},
        found["odds"],
        made,
        tuple(found["hunt"].get("warnings", ())),
    )

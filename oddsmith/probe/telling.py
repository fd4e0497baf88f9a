"""Declared tells: from the table `tells`, or from the resolved scenario that the manifest keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from oddsmith.dataset import Dataset
from oddsmith.probe.findings import Tells

__all__ = ["TELLS", "declared_tells"]

TELLS = "tells"
"""Table with a row per tell: typology, feature, highest_auc; and the key of a mapping in a scenario."""

_NAMES = ("typology", "name", "id")


def declared_tells(dataset: Dataset) -> Tells:
    """Return what a dataset declares to give its typologies away.

    Raises:
        DatasetError: the table `tells` has not the columns it should have.
    """
    if TELLS in dataset.tables:
        rows = dataset.to_arrow(TELLS, columns=["typology", "feature", "highest_auc"]).to_pylist()
        return Tells({(row["typology"] or "", row["feature"]): float(row["highest_auc"]) for row in rows})
    resolved = dataset.manifest.get("scenario", {}).get("resolved", {})
    return Tells(dict(_walked(resolved, "")))


def _walked(node: Any, name: str) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield every tell under a node of a scenario; what has tells is named by itself or by its key."""
    if isinstance(node, Mapping):
        own = next((str(node[key]) for key in _NAMES if isinstance(node.get(key), str)), name)
        for key, value in node.items():
            if key == TELLS and isinstance(value, Mapping):
                yield from (((own, str(what)), float(high)) for what, high in value.items() if _is_number(high))
            else:
                yield from _walked(value, str(key))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for item in node:
            yield from _walked(item, name)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""What an exporter is: one function from a dataset to a folder in a foreign format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError

__all__ = ["ExportFunction", "Exported", "fresh_folder"]


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Args:
        folder: where it stands.
        counts: noun -> how many were written.
        entry: the file a reader of the format opens first.
        weights: the file or folder in it that holds the weights.
    """

    folder: Path
    counts: Mapping[str, int]
    entry: Path
    weights: str = "weights.csv"


class ExportFunction(Protocol):
    """Writes a dataset in one foreign format; every frame's weight travels along."""

    def __call__(self, dataset: Dataset, folder: Path) -> Exported:
        """Write the dataset into a new or empty folder."""
        ...


def fresh_folder(folder: Path) -> Path:
    """Make a folder for an export.

    Raises:
        DatasetError: something stands there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder} is there already and not empty; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder

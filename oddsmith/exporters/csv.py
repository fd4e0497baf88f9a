"""Every table as CSV, under the names that columns have in the dataset."""

from __future__ import annotations

from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.exporters.base import Exported
from oddsmith.exporters.delimited import Spelling, write_tables

__all__ = ["export"]


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write all tables as CSV: features, labels and weights in separate folders.

    A ledger also has the merchant's name as it stands on statements.

    Raises:
        DatasetError: the folder is not empty, or a file is damaged.
    """
    return write_tables(dataset, folder, Spelling())

"""Writes the formats a scenario names under `export:` beside its dataset, in `exports/`."""

from __future__ import annotations

import shutil
from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.exporters import TABLE
from oddsmith.layout import Layout

__all__ = ["export_declared"]


def export_declared(folder: Path) -> tuple[Path, ...]:
    """Write every format that the manifest names and that is not there yet.

    A format appears whole or not at all: it is written under another name and renamed.

    Returns:
        The folders of all formats the manifest names.

    Raises:
        DatasetError: the folder is no dataset, or cannot be exported.
    """
    dataset = Dataset(folder)
    targets = {name: Layout(folder).exports / name for name in dataset.manifest.get("export", ())}
    for name, target in targets.items():
        if target.is_dir():
            continue
        unfinished = target.with_name(f".{name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        TABLE[name].load()(dataset, unfinished)
        unfinished.rename(target)
    return tuple(targets.values())

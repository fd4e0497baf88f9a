"""ASAM OpenSCENARIO XML 1.2 with OpenDRIVE 1.7: every driving episode as a folder that other players replay.

    0123456789abcdef/episode.xosc     0123456789abcdef/road.xodr     weights.csv

Each body follows a trajectory of all its recorded places; a vehicle's place is that of the middle of its rear
axle on the ground. Episodes are recorded anew for it, since no table holds every place; that takes as long as
when they were made, without the pictures.
"""

from __future__ import annotations

import csv
from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder

__all__ = ["export"]

_COLUMNS = ("file_name", "episode_id", "split", "weight")
_ENTRY = "episode.xosc"


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write every episode of a driving dataset.

    Raises:
        DatasetError: its domain has no such files, or the folder is not empty.
        UsageError: it was made in another environment, in which the episodes might come out otherwise.
    """
    from oddsmith.recordings import documents_of

    counts, first, files = {"episodes": 0, "files": 0}, folder, documents_of(dataset.folder.path)
    rows: list[tuple[str, str, str, float | None]] = []
    for episode, (name, documents) in zip(dataset.episodes(), files, strict=True):
        if name != episode.id:
            raise DatasetError(f"{dataset.where}: episode {episode.id} does not stand where the plan has it")
        if _ENTRY not in documents:
            raise DatasetError(f"{dataset.where} is not of driving: it has no roads and no trajectories")
        if not rows:
            first = fresh_folder(folder) / episode.id / _ENTRY
        target = folder / episode.id
        target.mkdir()
        for file_name, text in documents.items():
            (target / file_name).write_text(text(), "utf-8")
        rows.append((f"{episode.id}/{_ENTRY}", episode.id, episode.split, episode.weight))
        counts["episodes"] += 1
        counts["files"] += len(documents)
    if not rows:
        raise DatasetError(f"{dataset.where} has no episodes")
    with (folder / "weights.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_COLUMNS, *rows])
    return Exported(folder, counts, first)

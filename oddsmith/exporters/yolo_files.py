"""The folder that both YOLO exports write: pictures and label files side by side, a folder per split.

    data.yaml                       names of the classes, and where each split is
    images/train/front_0123456789abcdef_00012.jpg
    labels/train/front_0123456789abcdef_00012.txt      a row per object; empty where there is none
    weights.csv

Layout and rows are those of Ultralytics' documentation of its detection and segmentation formats. Class numbers
begin with 0, so they are the dataset's category ids less 1. The format has no place for a weight: it stands in
`weights.csv`, empty where the episode has no honest odds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile, frame_name, labelled_frames, write_picture

__all__ = ["Row", "write_yolo"]

Row = tuple[int, list[float]]
"""Class number, and the numbers after it, as shares of the picture's width and height."""

_SPLITS = ("train", "val", "test")


def write_yolo(
    dataset: Dataset, folder: Path, needed: tuple[str, ...], rows_of: Callable[[Frame], Iterable[Row]]
) -> Exported:
    """Write a dataset's camera frames as YOLO pictures and labels.

    Args:
        dataset: to write.
        folder: new or empty.
        needed: columns a camera must have, `rgb` among them.
        rows_of: gives the rows of a frame's label file.

    Raises:
        DatasetError: no camera has these labels, or the folder is not empty.
    """
    frames = labelled_frames(dataset, needed)
    fresh_folder(folder)
    counts = {"images": 0, "objects": 0}
    splits = set()
    with WeightsFile(folder) as weights:
        for frame in frames:
            split, name = frame.episode.split, frame_name(frame)
            splits.add(split)
            file = write_picture(frame, folder / "images" / split, name)
            rows = [
                " ".join([str(number), *(f"{value:.6f}" for value in values)])
                for number, values in rows_of(frame)
            ]
            labels = folder / "labels" / split / f"{name}.txt"
            labels.parent.mkdir(parents=True, exist_ok=True)
            labels.write_text("".join(f"{row}\n" for row in rows), "utf-8")
            weights.add(frame, file, name)
            counts["images"] += 1
            counts["objects"] += len(rows)
    if not splits:
        raise DatasetError(f"{dataset.folder.path} has no frames to export")
    entry = folder / "data.yaml"
    content = {
        **{split: f"images/{split}" for split in _SPLITS if split in splits},
        "names": dict(enumerate(dataset.categories)),
    }
    entry.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return Exported(folder, counts, entry)

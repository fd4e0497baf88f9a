"""YOLO boxes: a row per visible object with its class and the tight box around its visible pixels.

`class x y width height`: the box's centre and size as shares of the picture. `yolo_files` says what else stands
in the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oddsmith.dataset import Dataset, Frame
from oddsmith.exporters.base import Exported
from oddsmith.exporters.yolo_files import Row, write_yolo

__all__ = ["export"]


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as YOLO boxes.

    Raises:
        DatasetError: no camera of the dataset has object labels, or the folder is not empty.
    """
    return write_yolo(dataset, folder, ("rgb", "objects"), _rows)


def _rows(frame: Frame) -> Iterator[Row]:
    height, width = frame["rgb"].shape[:2]
    for entry in frame["objects"]:
        if entry["bbox"] is not None:
            x, y, w, h = entry["bbox"]
            yield (
                entry["category_id"] - 1,
                [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height],
            )

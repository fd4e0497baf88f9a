"""YOLO segments: a row per visible object with its class and one polygon around its visible pixels.

`class x1 y1 x2 y2 …` as shares of the picture, along the borders of pixels. An object in several pieces, or
with holes, is still one polygon: lines walked there and back join its loops. `yolo_files` says what else stands
in the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oddsmith.dataset import Dataset, Frame
from oddsmith.exporters.base import Exported
from oddsmith.exporters.outlines import outline
from oddsmith.exporters.yolo_files import Row, write_yolo

__all__ = ["export"]


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as YOLO segments.

    Raises:
        DatasetError: no camera of the dataset has instance and object labels, or the folder is not empty.
    """
    return write_yolo(dataset, folder, ("rgb", "instance", "objects"), _rows)


def _rows(frame: Frame) -> Iterator[Row]:
    instances = frame["instance"]
    height, width = instances.shape
    for entry in frame["objects"]:
        if entry["bbox"] is None:
            continue
        x, y, w, h = (round(value) for value in entry["bbox"])
        mask = instances[y : y + h, x : x + w] == entry["instance_id"]
        corners = [share for u, v in outline(mask) for share in ((x + u) / width, (y + v) / height)]
        if corners:
            yield entry["category_id"] - 1, corners

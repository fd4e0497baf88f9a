"""COCO panoptic: the segment of every pixel, things and stuff, as a PNG per picture and a table of segments.

    images/front/0123456789abcdef_00012.jpg
    annotations/panoptic_train.json   panoptic_train/front_0123456789abcdef_00012.png     …_val …_test
    weights.csv

A pixel's segment is R + 256 G + 65536 B of the PNG. The segment of a thing is its instance id, the same in
every picture of an episode; that of stuff is 65536 + its category id. A category is a thing if any body of it
carries an instance id in this dataset; unlabelled scenery of such a category makes one segment with
`iscrowd` 1, which evaluation leaves out. 0 is what nothing is seen of: the sky.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset, Frame
from oddsmith.decoding import png_bytes
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.coco_files import SplitFiles, plain_categories
from oddsmith.exporters.pictures import frame_name, labelled_frames

__all__ = ["export"]

STUFF = 1 << 16
"""Segments from here on are stuff: instance ids have 16 bits."""


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as COCO panoptic segmentation.

    Raises:
        DatasetError: no camera has instance, semantic and object labels, or the folder is not empty.
    """
    frames = labelled_frames(dataset, ("rgb", "instance", "semantic", "objects"))
    fresh_folder(folder)
    things = {
        entry["category_id"] for frame in labelled_frames(dataset, ("objects",)) for entry in frame["objects"]
    }
    categories = [{**entry, "isthing": int(entry["id"] in things)} for entry in plain_categories(dataset)]
    count = 0
    with SplitFiles(dataset, folder, "panoptic", categories) as files:
        for frame in frames:
            part, image = files.add(frame)
            masks = folder / "annotations" / f"panoptic_{frame.episode.split}"
            masks.mkdir(exist_ok=True)
            segments = _segments_of(frame)
            name = f"{frame_name(frame)}.png"
            (masks / name).write_bytes(png_bytes(_coloured(segments)))
            told = list(_told(frame, segments, things))
            count += len(told)
            part.add_annotation({"image_id": image["id"], "file_name": name, "segments_info": told})
    return Exported(folder, {"images": files.images, "segments": count}, files.entry())


def _segments_of(frame: Frame) -> NDArray[np.int64]:
    """Return (H, W) the segment of every pixel."""
    instance, semantic = frame["instance"].astype(np.int64), frame["semantic"].astype(np.int64)
    return np.where(instance > 0, instance, np.where(semantic > 0, STUFF + semantic, 0))


def _coloured(segments: NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.stack([segments >> shift & 255 for shift in (0, 8, 16)], axis=-1).astype(np.uint8)


def _told(frame: Frame, segments: NDArray[np.int64], things: set[int]) -> Iterator[dict[str, Any]]:
    """Yield the segments of a picture by number."""
    semantic, weight = frame["semantic"], frame.weight
    for segment in np.unique(segments).tolist():
        if segment == 0:
            continue
        rows, columns = np.nonzero(segments == segment)
        category = int(semantic[rows[0], columns[0]])
        left, top = int(columns.min()), int(rows.min())
        yield {
            "id": segment,
            "category_id": category,
            "area": len(rows),
            "bbox": [left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1],
            "iscrowd": int(segment >= STUFF and category in things),
            "attributes": {"weight": weight},
        }

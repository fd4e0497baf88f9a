"""COCO instances: pictures, one annotation file per split, run-length masks, and every frame's weight.

    images/front/0123456789abcdef_00012.jpg
    annotations/instances_train.json   …_val.json   …_test.json
    weights.csv

COCO has no field for a weight. It stands in each image (`weight`), in each annotation's `attributes`, where
other tools keep it, and in `weights.csv`; empty or null means that the episode has no honest odds.
"""

from __future__ import annotations

from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.coco_files import SplitFiles, instances_of, plain_categories
from oddsmith.exporters.pictures import labelled_frames

__all__ = ["export"]

_NEEDED = ("rgb", "instance", "objects")


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as COCO instances.

    Raises:
        DatasetError: no camera of the dataset has instance and object labels, or the folder is not empty.
    """
    frames = labelled_frames(dataset, _NEEDED)
    fresh_folder(folder)
    annotations = 0
    with SplitFiles(dataset, folder, "instances", plain_categories(dataset)) as files:
        for frame in frames:
            part, image = files.add(frame)
            for annotation in instances_of(frame, image):
                annotations += 1
                part.add_annotation({"id": annotations, **annotation})
    return Exported(folder, {"images": files.images, "annotations": annotations}, files.entry())

"""COCO instances: pictures, one annotation file per split, run-length masks, and every frame's weight.

    images/front/0123456789abcdef_00012.jpg
    annotations/instances_train.json   …_val.json   …_test.json
    weights.csv

COCO has no field for a weight. It stands in each image (`weight`), in each annotation's `attributes`, where
other tools keep it, and in `weights.csv`; empty or null means that the episode has no honest odds.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.coco_files import AnnotationFile, image_entry, instances_of, plain_categories
from oddsmith.exporters.pictures import WeightsFile, labelled_frames, write_picture

__all__ = ["export"]

_NEEDED = ("rgb", "instance", "objects")


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as COCO instances.

    Raises:
        DatasetError: no camera of the dataset has instance and object labels, or the folder is not empty.
    """
    frames = labelled_frames(dataset, _NEEDED)
    fresh_folder(folder)
    (folder / "annotations").mkdir()
    counts = {"images": 0, "annotations": 0}
    with ExitStack() as stack:
        table = stack.enter_context(WeightsFile(folder))
        parts: dict[str, AnnotationFile] = {}
        for frame in frames:
            split = frame.episode.split
            if split not in parts:
                parts[split] = stack.enter_context(
                    AnnotationFile(_entry(folder, split), dataset, plain_categories(dataset))
                )
            counts["images"] += 1
            stem = f"images/{frame.sensor}/{frame.episode.id}_{frame.index:05d}"
            file = write_picture(frame, folder, stem)
            table.add(frame, file, counts["images"])
            image = image_entry(frame, counts["images"], file.relative_to(folder).as_posix())
            parts[split].add_image(image)
            for annotation in instances_of(frame, image):
                counts["annotations"] += 1
                parts[split].add_annotation({"id": counts["annotations"], **annotation})
    if not parts:
        raise DatasetError(f"{dataset.folder.path} has no frames to export")
    return Exported(folder, counts, _entry(folder, min(parts, key=lambda split: split != "train")))


def _entry(folder: Path, split: str) -> Path:
    return folder / "annotations" / f"instances_{split}.json"

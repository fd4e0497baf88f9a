"""COCO instances: pictures, one annotation file per split, run-length masks, and every frame's weight.

    images/front/0123456789abcdef_00012.jpg
    annotations/instances_train.json   …_val.json   …_test.json
    weights.csv

COCO has no field for a weight. It stands in each image (`weight`), in each annotation's `attributes`, where
other tools keep it, and in `weights.csv`; empty or null means that the episode has no honest odds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile, labelled_frames, write_picture
from oddsmith.exporters.rle import area_and_box, compressed, masks_of

__all__ = ["export"]

_NEEDED = ("rgb", "instance", "objects")
_ATTRIBUTES = ("visibility", "truncation", "occlusion")


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
        parts: dict[str, _AnnotationFile] = {}
        for frame in frames:
            split = frame.episode.split
            if split not in parts:
                parts[split] = stack.enter_context(_AnnotationFile(_entry(folder, split), dataset))
            counts["images"] += 1
            stem = f"images/{frame.sensor}/{frame.episode.id}_{frame.index:05d}"
            file = write_picture(frame, folder, stem)
            table.add(frame, file, counts["images"])
            image = _image(frame, counts["images"], file.relative_to(folder).as_posix())
            parts[split].add_image(image)
            for annotation in _annotations(frame, image):
                counts["annotations"] += 1
                parts[split].add_annotation({"id": counts["annotations"], **annotation})
    if not parts:
        raise DatasetError(f"{dataset.folder.path} has no frames to export")
    return Exported(folder, counts, _entry(folder, min(parts, key=lambda split: split != "train")))


def _entry(folder: Path, split: str) -> Path:
    return folder / "annotations" / f"instances_{split}.json"


def _image(frame: Frame, image_id: int, name: str) -> dict[str, Any]:
    """Return the entry of a picture."""
    height, width = frame["rgb"].shape[:2]
    return {
        "id": image_id,
        "file_name": name,
        "width": width,
        "height": height,
        "sensor": frame.sensor,
        "episode_id": frame.episode.id,
        "sample": frame.index,
        "t": frame.t,
        "weight": frame.weight,
    }


def _annotations(frame: Frame, image: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one annotation per instance with at least one pixel."""
    objects = {entry["instance_id"]: entry for entry in frame["objects"]}
    instances = frame["instance"]
    for instance_id, runs in masks_of(instances).items():
        if instance_id not in objects:
            raise DatasetError(
                f"{frame.sensor}, episode {frame.episode.id}, sample {frame.index}: "
                f"instance {instance_id} is in the picture but not among the objects"
            )
        entry = objects[instance_id]
        area, box = area_and_box(runs, image["height"])
        yield {
            "image_id": image["id"],
            "category_id": entry["category_id"],
            "bbox": list(box),
            "area": area,
            "iscrowd": 0,
            "segmentation": {"size": [image["height"], image["width"]], "counts": compressed(runs)},
            "attributes": {
                "weight": frame.weight,
                "instance_id": instance_id,
                **{name: entry[name] for name in _ATTRIBUTES if name in entry},
            },
        }


class _AnnotationFile:
    """Writes one COCO file as it goes: images straight, annotations by way of a temporary file."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self._path = path
        self._head = {
            "info": {
                "description": dataset.manifest.get("about", ""),
                "version": str(dataset.manifest.get("dataset_hash", "")),
                "contributor": "oddsmith",
            },
            "licenses": [],
            "categories": [
                {"id": k, "name": name, "supercategory": ""}
                for k, name in enumerate(dataset.categories, start=1)
            ],
        }

    def __enter__(self) -> Self:
        self._out = self._path.open("w", encoding="utf-8")
        self._spool = TemporaryFile("w+", encoding="utf-8")  # closed in __exit__
        self._out.write(json.dumps(self._head)[:-1] + ', "images": [')
        self._comma = {"image": "\n", "annotation": "\n"}
        return self

    def add_image(self, image: Mapping[str, Any]) -> None:
        """Add an image."""
        self._out.write(self._comma["image"] + json.dumps(image))
        self._comma["image"] = ",\n"

    def add_annotation(self, annotation: Mapping[str, Any]) -> None:
        """Add an annotation."""
        self._spool.write(self._comma["annotation"] + json.dumps(annotation))
        self._comma["annotation"] = ",\n"

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._out.write('\n], "annotations": [')
        self._spool.seek(0)
        for line in self._spool:
            self._out.write(line)
        self._out.write("\n]}\n")
        self._spool.close()
        self._out.close()

"""What COCO's formats share: the file of a split, written as it goes, pictures and instances."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError
from oddsmith.exporters.rle import area_and_box, compressed, masks_of

__all__ = ["AnnotationFile", "image_entry", "instances_of", "plain_categories"]

_ATTRIBUTES = ("visibility", "truncation", "occlusion")


def image_entry(frame: Frame, image_id: int, name: str) -> dict[str, Any]:
    """Return the entry of a picture.

    Args:
        frame: whose picture.
        image_id: its number in the export.
        name: of its file.
    """
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


def plain_categories(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the categories with the ids they have in the dataset."""
    return [{"id": k, "name": name, "supercategory": ""} for k, name in enumerate(dataset.categories, start=1)]


def instances_of(frame: Frame, image: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one annotation, without its id, per instance with at least one pixel.

    Args:
        frame: with its instance and object labels.
        image: its entry in the file.

    Raises:
        DatasetError: an instance of the picture is not among the objects.
    """
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


class AnnotationFile:
    """Writes one COCO file as it goes: images straight, annotations by way of a temporary file."""

    def __init__(self, path: Path, dataset: Dataset, categories: Sequence[Mapping[str, Any]]) -> None:
        """Prepare a file; it is written while the object is entered."""
        self._path = path
        self._head = {
            "info": {
                "description": dataset.manifest.get("about", ""),
                "version": str(dataset.manifest.get("dataset_hash", "")),
                "contributor": "oddsmith",
            },
            "licenses": [],
            "categories": list(categories),
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

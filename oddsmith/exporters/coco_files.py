"""What COCO's formats share: the file of a split, written as it goes, pictures and instances."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError
from oddsmith.exporters.pictures import WeightsFile, write_picture
from oddsmith.exporters.rle import area_and_box, compressed, masks_of

__all__ = ["SplitFiles", "instances_of", "plain_categories"]

_ATTRIBUTES = ("visibility", "truncation", "occlusion", "lights")


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
                **{name: entry[name] for name in _ATTRIBUTES if entry.get(name) is not None},
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


class SplitFiles:
    """The pictures, weights and annotation files of a COCO folder, one file per split that has frames."""

    def __init__(
        self, dataset: Dataset, folder: Path, kind: str, categories: Sequence[Mapping[str, Any]]
    ) -> None:
        """Prepare a folder that is there and empty; `kind` begins the names of the annotation files."""
        self.images = 0
        self._dataset, self._folder, self._kind, self._categories = dataset, folder, kind, categories
        self._parts: dict[str, AnnotationFile] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        (self._folder / "annotations").mkdir()
        self._table = self._stack.enter_context(WeightsFile(self._folder))
        return self

    def __exit__(self, *exception: Any) -> None:
        self._stack.__exit__(*exception)

    def add(self, frame: Frame) -> tuple[AnnotationFile, dict[str, Any]]:
        """Write a frame's picture, weight and image entry; return the file of its split and that entry."""
        split = frame.episode.split
        if split not in self._parts:
            file = AnnotationFile(self._path(split), self._dataset, self._categories)
            self._parts[split] = self._stack.enter_context(file)
        self.images += 1
        stem = f"images/{frame.sensor}/{frame.episode.id}_{frame.index:05d}"
        picture = write_picture(frame, self._folder, stem)
        self._table.add(frame, picture, self.images)
        image = image_entry(frame, self.images, picture.relative_to(self._folder).as_posix())
        self._parts[split].add_image(image)
        return self._parts[split], image

    def entry(self) -> Path:
        """Return the file to read first: that of the training split if there is one.

        Raises:
            DatasetError: no frame was added.
        """
        if not self._parts:
            raise DatasetError(f"{self._dataset.folder.path} has no frames to export")
        return self._path(min(self._parts, key=lambda split: split != "train"))

    def _path(self, split: str) -> Path:
        return self._folder / "annotations" / f"{self._kind}_{split}.json"

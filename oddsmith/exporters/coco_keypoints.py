"""COCO key points: for every body that has some, their places with visibility, beside its box and mask.

    images/front/0123456789abcdef_00012.jpg
    annotations/keypoints_train.json   …_val.json   …_test.json
    weights.csv

People have the 17 key points of COCO under its names and in its order, so that COCOeval's own constants fit;
vehicles have the eight corners of their box; a category's list goes on with the points that users gave meshes
of it. As COCO counts, visibility is 0 for what lies outside the picture
(then x and y are 0), 1 hidden, 2 visible. Weights stand where the format `coco` has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.coco_files import SplitFiles, instances_of, plain_categories
from oddsmith.exporters.pictures import labelled_frames

__all__ = ["export"]

_SKELETON = {
    "person": [
        [16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10],
        [9, 11], [2, 3], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 7],
    ],
    "vehicle": [[1, 2], [3, 4], [5, 6], [7, 8], [1, 3], [2, 4], [5, 7], [6, 8], [1, 5], [2, 6], [3, 7], [4, 8]],
}  # fmt: skip
"""Lines between key points, counted from 1: COCO's own for people, the edges of a box for vehicles."""
_HEADS = {"nose": "person", "front_left_bottom": "vehicle"}
"""First key point of our own forms -> their kind. A user's mesh has others: they follow in the list."""


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as COCO key points.

    Raises:
        DatasetError: no camera of the dataset has labels with key points, or the folder is not empty.
    """
    names = _names(dataset)
    frames = labelled_frames(dataset, ("rgb", "instance", "objects"))
    fresh_folder(folder)
    annotations = 0
    categories = [_with_points(entry, names.get(entry["name"])) for entry in plain_categories(dataset)]
    with SplitFiles(dataset, folder, "keypoints", categories) as files:
        for frame in frames:
            part, image = files.add(frame)
            entries = {entry["instance_id"]: entry for entry in frame["objects"]}
            for annotation in instances_of(frame, image):
                entry = entries[annotation["attributes"]["instance_id"]]
                if entry["keypoints"]:
                    annotations += 1
                    own = _flat(entry["keypoints"], names[entry["category"]])
                    part.add_annotation({"id": annotations, **annotation, **own})
    return Exported(folder, {"images": files.images, "annotations": annotations}, files.entry())


def _names(dataset: Dataset) -> dict[str, list[str]]:
    """Return the names of the key points of every category that has some.

    Raises:
        DatasetError: none has.
    """
    names: dict[str, list[str]] = {}
    for frame in labelled_frames(dataset, ("objects",)):
        for entry in frame["objects"]:
            own = [point["name"] for point in entry.get("keypoints") or ()]
            known = names.get(entry["category"], [])
            first, then = (own, known) if own and own[0] in _HEADS else (known, own)
            if own:
                names[entry["category"]] = [*first, *(name for name in then if name not in first)]
    if not names:
        raise DatasetError(f"{dataset.folder.path} has no body with key points")
    return names


def _with_points(category: dict[str, Any], names: list[str] | None) -> dict[str, Any]:
    if names is None:
        return category
    kind = _HEADS.get(names[0], "thing")
    return {**category, "supercategory": kind, "keypoints": names, "skeleton": _SKELETON.get(kind, [])}


def _flat(points: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """Return the key points of an annotation, x, y, visibility by threes; 0 for names it does not have."""
    own, out = {point["name"]: point for point in points if point["visibility"]}, []
    for name in names:
        point = own.get(name)
        out += [0, 0, 0] if point is None else [point["x"], point["y"], point["visibility"]]
    return {"keypoints": out, "num_keypoints": len(own)}

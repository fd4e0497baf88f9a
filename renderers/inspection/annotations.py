"""What stands about every defect and distractor in a picture: boxes, and sizes in metres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renderers.inspection.canvas import Instance
from renderers.inspection.scene import PartScene
from renderers.inspection.tracing import Traced

__all__ = ["DISTRACTORS", "OBJECTS", "contrast_of", "distractors_of", "objects_of"]

_SHARED = [
    ("instance_id", pa.uint16()),
    ("name", pa.string()),
    ("bbox", pa.list_(pa.float32())),
    ("pixels", pa.int32()),
    ("x", pa.float64()),
    ("y", pa.float64()),
    ("size", pa.float64()),
    ("area", pa.float64()),
    ("depth", pa.float64()),
]
OBJECTS = pa.list_(pa.struct([*_SHARED, ("category", pa.string()), ("category_id", pa.uint8())]))
"""Defects: the box in pixels (x, y, width, height), None where no pixel shows it; on the part place, size and
depth [m] and area [m2]."""
DISTRACTORS = pa.list_(pa.struct([*_SHARED, ("kind", pa.string())]))
"""What is no defect, likewise."""


def objects_of(scene: PartScene, seen: Traced, categories: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the defects by number."""
    return [
        _entry(one, seen.defect) | {"category": one.kind, "category_id": categories.index(one.kind) + 1}
        for one in scene.defects
    ]


def distractors_of(scene: PartScene, seen: Traced) -> list[dict[str, Any]]:
    """Return what is no defect, by number."""
    return [_entry(one, seen.negative) | {"kind": one.kind} for one in scene.negatives]


def contrast_of(
    scene: PartScene, seen: Traced, change: NDArray[np.float32], least: float
) -> list[dict[str, Any]]:
    """Return by how many levels each defect changes its pixels on average, and which share of them visibly."""
    found = []
    for one in scene.defects:
        own = change[seen.defect == one.number]
        levels, share = (float(own.mean()), float((own >= least).mean())) if own.size else (0.0, 0.0)
        found.append({"instance_id": one.number, "levels": levels, "visibility": share})
    return found


def _entry(one: Instance, numbers: NDArray[np.uint16]) -> dict[str, Any]:
    rows, cols = np.nonzero(numbers == one.number)
    box = None
    if len(rows):
        left, top = int(cols.min()), int(rows.min())
        box = [float(left), float(top), float(cols.max() - left + 1), float(rows.max() - top + 1)]
    return {
        "instance_id": one.number,
        "name": f"{one.kind}_{one.number}",
        "bbox": box,
        "pixels": len(rows),
        "x": one.x,
        "y": one.y,
        "size": one.size,
        "area": one.area,
        "depth": one.depth,
    }

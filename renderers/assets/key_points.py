"""Key points of bodies: joints of walkers and riders, a vehicle's corners.

| kind | names | order |
|---|---|---|
| person | nose, left_eye, right_eye, … right_ankle | the 17 of COCO; left is the person's own |
| two_wheeler | the same, of the one who rides it | the same |
| mesh | as its user named them | as listed |
| vehicle | front_left_bottom … rear_right_top | front before rear, left before right, bottom before top |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from renderers.assets.mesh import Channels
from renderers.assets.persons import person_joints
from renderers.assets.two_wheelers import rider_joints
from renderers.assets.user_meshes import user_key_points
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["KeyPoints", "key_points"]

_CORNER_DEPTH = 0.3
"""How far inside the rounded body the corner of a vehicle's box may seem to lie [m]."""


@dataclass(frozen=True, eq=False)
class KeyPoints:
    """Named places of a body at a moment.

    Args:
        names: of the points.
        places: (N, 3) in the body frame [m].
        depths: (N,) how far a point may lie behind the body's own surface and still be called visible [m].
    """

    names: tuple[str, ...]
    places: Array
    depths: Array


def key_points(shape: Shape, channels: Channels) -> KeyPoints | None:
    """Return the key points of a body in some state; None for kinds that have none."""
    find = _TABLE.get(shape.kind)
    return None if find is None else find(shape, channels)


def _walker(shape: Shape, channels: Channels) -> KeyPoints:
    return _joints(person_joints(shape, channels))


def _rider(shape: Shape, channels: Channels) -> KeyPoints:
    return _joints(rider_joints(shape, channels))


def _joints(joints: Mapping[str, tuple[Array, float]]) -> KeyPoints:
    return KeyPoints(
        tuple(joints),
        np.array([place for place, _ in joints.values()]),
        np.array([depth for _, depth in joints.values()]),
    )


def _corners(shape: Shape, channels: Channels) -> KeyPoints:
    length, width, height = shape.size
    ends = (("front", length / 2), ("rear", -length / 2))
    sides = (("left", width / 2), ("right", -width / 2))
    levels = (("bottom", 0.0), ("top", height))
    corners = list(product(ends, sides, levels))
    return KeyPoints(
        tuple("_".join(name for name, _ in corner) for corner in corners),
        np.array([[value for _, value in corner] for corner in corners]),
        np.full(len(corners), _CORNER_DEPTH),
    )


def _named(shape: Shape, channels: Channels) -> KeyPoints | None:
    names, places, depth = user_key_points(shape)
    return KeyPoints(names, places, np.full(len(names), depth)) if names else None


_TABLE: Mapping[str, Callable[[Shape, Channels], KeyPoints | None]] = {
    "mesh": _named,
    "person": _walker,
    "two_wheeler": _rider,
    "vehicle": _corners,
}

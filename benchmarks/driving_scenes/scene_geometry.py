"""Where bodies and kerbs are, derived again from what a scene says, without the domain's own geometry.

Footprints are tested for overlap by separating axes over whole runs at once; roads are integrated in small
steps; junctions are cut out of circles and strips.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["beside_course", "depth_of_overlap", "halfway", "is_on_intersection", "is_on_roundabout", "number"]

Array = NDArray[np.float64]
_STEP = 0.2  # of the integration of roads [m]
_RUN_UP = 100.0  # straight before a road's first element, at whose end ego starts [m]
_LENGTH = 2500.0  # integrated [m]


def number(text: Any) -> float:
    """Return the number of a quantity that is given in SI units."""
    return float(str(text).split()[0])


def depth_of_overlap(
    a: Array, b: Array, shape_a: Sequence[tuple[float, float]], shape_b: Sequence[tuple[float, float]]
) -> Array:
    """Return (T,) how deep two convex shapes reach into each other; at most 0 while they are apart.

    Args:
        a: (T, 3) x, y and yaw of one.
        b: of the other.
        shape_a: corners of one in its own frame, in order.
        shape_b: of the other.
    """
    depth = np.full(len(a), -np.inf)
    reach = sum(max(math.hypot(*corner) for corner in shape) for shape in (shape_a, shape_b))
    near = np.hypot(*(a[:, :2] - b[:, :2]).T) < reach
    if near.any():
        p, q = _placed(a[near], shape_a), _placed(b[near], shape_b)
        least = np.full(len(p), np.inf)
        for shape in (p, q):
            edge = np.roll(shape, -1, axis=1) - shape
            normal = np.stack([edge[..., 1], -edge[..., 0]], axis=-1)
            normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
            on_p, on_q = (np.einsum("tnd,tcd->tnc", normal, points) for points in (p, q))
            both = np.minimum(on_p.max(2) - on_q.min(2), on_q.max(2) - on_p.min(2))
            least = np.minimum(least, both.min(1))
        depth[near] = least
    return depth


def _placed(poses: Array, shape: Sequence[tuple[float, float]]) -> Array:
    """Return (T, C, 2) corners in the world."""
    co, si = np.cos(poses[:, 2, None]), np.sin(poses[:, 2, None])
    x, y = np.array(shape).T
    return np.stack([poses[:, 0, None] + co * x - si * y, poses[:, 1, None] + si * x + co * y], axis=-1)


def halfway(poses: Array) -> Array:
    """Return (2 T - 1, 3) poses with those between any two beside them, turned the shorter way."""
    turn = np.remainder(np.diff(poses[:, 2]) + np.pi, 2 * np.pi) - np.pi
    between = np.column_stack([(poses[1:, :2] + poses[:-1, :2]) / 2, poses[:-1, 2] + turn / 2])
    found = np.empty((2 * len(poses) - 1, 3))
    found[::2], found[1::2] = poses, between
    return found


def beside_course(alignment: Sequence[Any], places: Array) -> Array:
    """Return how far (T, 2) places lie to the left of a road's reference line."""
    if not alignment:
        return places[:, 1]
    s = np.arange(-100.0, _LENGTH, _STEP)
    between = s[:-1] + _STEP / 2
    bend, at, before = np.zeros_like(between), _RUN_UP, 0.0
    for element in alignment:
        ((kind, settings),) = element.items()
        length = number(settings if kind == "line" else settings["length"])
        goal = {"line": 0.0}.get(kind)
        goal = number(settings["curvature" if kind == "arc" else "to"]) if goal is None else goal
        share = np.clip((between - at) / length, 0.0, 1.0)
        held = before + (goal - before) * share if kind == "clothoid" else goal
        bend = np.where(between >= at, held, bend)
        at, before = at + length, goal
    heading = np.concatenate([[0.0], np.cumsum(bend) * _STEP])
    along = (heading[1:] + heading[:-1]) / 2
    x = s[0] + np.concatenate([[0.0], np.cumsum(np.cos(along)) * _STEP])
    y = np.concatenate([[0.0], np.cumsum(np.sin(along)) * _STEP])
    thin = slice(None, None, 4)
    near = np.array([np.argmin((x[thin] - px) ** 2 + (y[thin] - py) ** 2) * 4 for px, py in places])
    return (places[:, 1] - y[near]) * np.cos(heading[near]) - (places[:, 0] - x[near]) * np.sin(heading[near])


def is_on_intersection(places: Array, half: float, corner: float) -> NDArray[np.bool_]:
    """Return (T,) whether places are on the asphalt of an intersection with roads of half a width.

    It is the two strips and, in each corner, what lies outside the circle of the kerb. That of three arms has a
    straight kerb in the north, which only takes away from it.
    """
    x, y = np.abs(places).T
    on_arm = (x <= half) | (y <= half)
    inside = (x <= half + corner) & (y <= half + corner)
    return on_arm | (inside & (np.hypot(x - half - corner, y - half - corner) >= corner))


def is_on_roundabout(
    places: Array, outer: float, island: float, half: float, corner: float
) -> NDArray[np.bool_]:
    """Return (T,) whether places are on the asphalt of a roundabout whose arms have half a width.

    It is the ring, the arms, and between them what lies outside the circle of the kerb, which touches both.
    Where there is too little room for it the kerb is tighter, which gives less asphalt than is said here.
    """
    r = np.hypot(*places.T)
    x, y = np.maximum(*np.abs(places).T), np.minimum(*np.abs(places).T)
    middle = math.sqrt((outer + corner) ** 2 - (half + corner) ** 2)
    flare = (x <= middle) & (y <= half + corner) & (np.hypot(x - middle, y - half - corner) >= corner)
    return (r >= island) & ((r <= outer) | (y <= half) | flare)

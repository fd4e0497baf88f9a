"""What two bodies did to each other: the contact points of an engine's step, added up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Touch", "Vector", "sum_of", "vector"]

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Touch:
    """What one pair of bodies did to each other in one step.

    Args:
        a, b: handles, a < b.
        point: where, weighted by impulse where there was any [m].
        normal: unit vector from a to b.
        impulse: on b, friction included; a took the opposite [N s].
    """

    a: int
    b: int
    point: Vector
    normal: Vector
    impulse: Vector


def sum_of(pair: tuple[int, int], points: Sequence[Any], *, first: int, dt: float) -> Touch:
    """Return the sum of one pair's contact points.

    Args:
        pair: handles of the two.
        points: as the engine tells them.
        first: the engine's number of the first of the pair.
        dt: step in which they were [s].
    """
    where, normal, impulse, total = [0.0] * 3, [0.0] * 3, [0.0] * 3, 0.0
    for point in points:
        # Bullet's normal points from its second body to its first, and its forces act on the first.
        sign = -1.0 if point[1] == first else 1.0
        weight = point[9] + 1e-9
        total += weight
        for k in range(3):
            where[k] += weight * (point[5][k] + point[6][k]) / 2
            normal[k] += weight * sign * point[7][k]
            push = point[9] * point[7][k] + point[10] * point[11][k] + point[12] * point[13][k]
            impulse[k] += sign * push * dt
    length = math.hypot(*normal) or 1.0
    return Touch(
        *pair,
        point=vector(tuple(w / total for w in where)),
        normal=vector(tuple(n / length for n in normal)),
        impulse=vector(tuple(impulse)),
    )


def vector(values: tuple[float, ...]) -> Vector:
    """Return three plain numbers of three of the engine's."""
    x, y, z = values
    return float(x), float(y), float(z)

"""The first touch of two bodies: where on each of them, and how fast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.attachments import whole_of
from sim.domains.driving.footprints import contact_between
from sim.domains.driving.lines import own_rows
from sim.domains.driving.roads import pose_at
from sim.domains.driving.signals import place_in_world

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["Planar", "Touch", "side_of", "touch_between", "world_state"]

_TOLERANCE = 0.005  # corners this near count as touching [m]

Planar = tuple[float, float, float, float, float, float]
"""x, y, yaw, vx, vy, yaw rate of a body's middle in the world."""


@dataclass(frozen=True)
class Touch:
    """The first touch.

    Args:
        a: the one born first.
        b: the other.
        side_a: side of a that is touched: front, left, rear or right.
        closing_speed: rate at which the two bodies approach along the contact normal [m/s], at least 0.
        relative_speed: size of the relative velocity at the point of contact [m/s].
    """

    a: str
    b: str
    side_a: str
    side_b: str
    closing_speed: float
    relative_speed: float


def world_state(world: World, row: int) -> Planar:
    """Return the planar state of a body in the world frame."""
    X = world.X
    x, y, heading = pose_at(own_rows(world.line, world.P[row]), X[row, c.S], X[row, c.D])
    yaw = heading + X[row, c.E]
    co, si = math.cos(yaw), math.sin(yaw)
    v, u = X[row, c.V], X[row, c.U]
    return float(x), float(y), float(yaw), float(v * co - u * si), float(v * si + u * co), float(X[row, c.R])


def side_of(x: float, y: float, length: float, width: float) -> str:
    """Return the side of a box on which a point of the body frame lies."""
    if abs(x) * width > abs(y) * length:
        return "front" if x > 0 else "rear"
    return "left" if y > 0 else "right"


def touch_between(world: World, a: str, b: str) -> Touch:
    """Return where and how fast two bodies touch now; what touches a part touches the whole."""
    i, j = world.index[a], world.index[b]
    W = np.zeros_like(world.corners[:2])
    place_in_world(world.X, world.P, world.corners, world.line, i, W[0])
    place_in_world(world.X, world.P, world.corners, world.line, j, W[1])
    x, y, nx, ny = contact_between(
        W[0], int(world.P[i, c.CORNERS]), W[1], int(world.P[j, c.CORNERS]), _TOLERANCE, np.zeros((1, 2))
    )
    velocities, sides = [], []
    for row in (i, j):
        px, py, yaw, vx, vy, rate = world_state(world, row)
        velocities.append((vx - rate * (y - py), vy + rate * (x - px)))
        co, si = math.cos(yaw), math.sin(yaw)
        if world.P[row, c.KIND] == c.PART:
            row = int(world.P[row, c.PULLER])
            px, py, yaw, *_ = world_state(world, row)
            co, si = math.cos(yaw), math.sin(yaw)
        dx, dy = x - px, y - py
        sides.append(
            side_of(co * dx + si * dy, co * dy - si * dx, world.P[row, c.LENGTH], world.P[row, c.WIDTH])
        )
    relative = (velocities[1][0] - velocities[0][0], velocities[1][1] - velocities[0][1])
    closing = -(relative[0] * nx + relative[1] * ny)
    return Touch(whole_of(a), whole_of(b), sides[0], sides[1], max(float(closing), 0.0), math.hypot(*relative))

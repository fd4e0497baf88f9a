"""Coulomb friction at a point of a body that slides on the ground."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Mobility", "drag"]

Vector = tuple[float, float, float]


class Mobility(NamedTuple):
    """How a body moves and how hard it is to move.

    Args:
        mass: [kg]; of several points that share a body, each takes its part of mass and inertia.
        inertia: about the body's own axes [kg m2].
        turn: (x, y, z, w) rotation of its axes.
        velocity: of the centre of mass [m/s].
        rate: of rotation, in world axes [rad/s].
    """

    mass: float
    inertia: Vector
    turn: tuple[float, float, float, float]
    velocity: Vector
    rate: Vector


def drag(arm: Vector, body: Mobility, *, largest: float, dt: float) -> Vector:
    """Return the horizontal force against the sliding of a point [N].

    It is at most what stops the point within a step, so that neither a hard landing throws a body back nor a
    standing one trembles.

    Args:
        arm: of the point, from the centre of mass [m].
        body: its motion, mass and inertia.
        largest: friction coefficient times load [N].
        dt: step [s].
    """
    rx, ry, rz = arm
    wx, wy, wz = body.rate
    vx = body.velocity[0] + wy * rz - wz * ry
    vy = body.velocity[1] + wz * rx - wx * rz
    speed = math.hypot(vx, vy)
    if speed == 0.0:
        return 0.0, 0.0, 0.0
    ux, uy = vx / speed, vy / speed
    lever = _into(body.turn, (-rz * uy, rz * ux, rx * uy - ry * ux))
    yielding = 1 / body.mass + sum(r * r / i for r, i in zip(lever, body.inertia, strict=True))
    force = min(largest, speed / (yielding * dt))
    return -force * ux, -force * uy, 0.0


def _into(turn: tuple[float, float, float, float], v: Vector) -> Vector:
    """Return a world vector in the axes of a body."""
    x, y, z, w = -turn[0], -turn[1], -turn[2], turn[3]
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    return (
        v[0] + w * tx + y * tz - z * ty,
        v[1] + w * ty + z * tx - x * tz,
        v[2] + w * tz + x * ty - y * tx,
    )

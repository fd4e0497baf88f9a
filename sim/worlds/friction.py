"""Coulomb friction of a body that slides on the ground with some of its points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.compiled import kernel

__all__ = ["Mobility", "Sole", "drag"]

Vector = tuple[float, float, float]

Sole = tuple[Vector, float]
"""A point of a body that the ground carries, in the world [m], and its load [N]."""


class Mobility(NamedTuple):
    """How a body moves and how hard it is to move.

    Args:
        mass: [kg].
        inertia: about the body's own axes [kg m2].
        centre: of mass [m].
        turn: (x, y, z, w) rotation of its axes.
        velocity: of the centre of mass, against the ground [m/s].
        rate: of rotation, in world axes [rad/s].
    """

    mass: float
    inertia: Vector
    centre: Vector
    turn: tuple[float, float, float, float]
    velocity: Vector
    rate: Vector


def drag(soles: Sequence[Sole], body: Mobility, *, friction: float, dt: float) -> tuple[Vector, Vector]:
    """Return the horizontal force [N] against sliding, and its torque about the centre of mass [N m].

    At every point it is at most what stops that point within a step, if each took its part of mass and inertia,
    so that neither a hard landing throws a body back nor a standing one trembles.

    Args:
        soles: the points.
        body: its motion, mass and inertia.
        friction: Coulomb coefficient.
        dt: step [s].
    """
    points = np.array([(*point, load) for point, load in soles], np.float64)
    (ix, iy, iz), (x, y, z), (qx, qy, qz, qw), (vx, vy, _), (wx, wy, wz) = body[1:]
    fx, fy, tx, ty, tz = _drag(
        points, friction, dt, body.mass, ix, iy, iz, x, y, z, qx, qy, qz, qw, vx, vy, wx, wy, wz
    )
    return (fx, fy, 0.0), (tx, ty, tz)


@kernel
def _drag(
    points: np.ndarray, friction: float, dt: float, mass: float, ix: float, iy: float, iz: float, x: float,
    y: float, z: float, qx: float, qy: float, qz: float, qw: float, vx: float, vy: float, wx: float, wy: float,
    wz: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return the horizontal force and the torque of (N, 4) points and their loads."""
    force_x, force_y, torque_x, torque_y, torque_z = 0.0, 0.0, 0.0, 0.0, 0.0
    share = 1.0 / points.shape[0]
    for k in range(points.shape[0]):
        rx, ry, rz = points[k, 0] - x, points[k, 1] - y, points[k, 2] - z
        sx, sy = vx + wy * rz - wz * ry, vy + wz * rx - wx * rz
        speed = math.hypot(sx, sy)
        if speed == 0.0:
            continue
        ux, uy = sx / speed, sy / speed
        lx, ly, lz = _into(qx, qy, qz, qw, -rz * uy, rz * ux, rx * uy - ry * ux)
        yielding = (1.0 / mass + lx * lx / ix + ly * ly / iy + lz * lz / iz) / share
        force = min(friction * points[k, 3], speed / (yielding * dt))
        fx, fy = -force * ux, -force * uy
        force_x, force_y = force_x + fx, force_y + fy
        torque_x -= rz * fy
        torque_y += rz * fx
        torque_z += rx * fy - ry * fx
    return force_x, force_y, torque_x, torque_y, torque_z


@kernel
def _into(
    qx: float, qy: float, qz: float, qw: float, vx: float, vy: float, vz: float
) -> tuple[float, float, float]:
    """Return a world vector in the axes of a body."""
    x, y, z, w = -qx, -qy, -qz, qw
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx

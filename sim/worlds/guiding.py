"""A part on a belt that a slanted plate turns aside: it slides along the plate, or it jams there.

The belt pulls along its way with friction F, of which F sin(angle) presses the part on the plate and
F cos(angle) drives it along. Whatever belt, mass and speed are, it stays where it is if mu >= cot(angle), mu
being the friction on the plate: the closed form that `margin` is. Below that it ends up sliding along at
v (cos(angle) - mu sin(angle)). Near the bound contacts decide, in PyBullet: a part that has come to rest is
jammed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.geometry import Array
from sim.worlds.physics import GRAVITY, PhysicsWorld, Planar

__all__ = ["DOUBT", "Guide", "Passed", "is_sure", "jams", "margin", "pass_by"]

DOUBT = 0.03
"""By so much the friction on the plate may be wrong in the closed form; tests hold it against the physics."""

STEP = 2e-3
"""Step of the engine [s]."""
_SETTLING = 2.0  # time in which a part turns flat against the plate and comes to its speed [s]
_RESTING = 0.005  # of the belt's speed: slower is at rest
_ROW = 10  # steps between two rows of what is kept
_RUN_UP = 0.35  # from where a part is first seen to the plate [m]
_PLATE = (0.02, 0.12)  # thickness and height of the plate [m]


@dataclass(frozen=True)
class Guide:
    """A plate across a belt.

    Args:
        angle: between the way of the belt and the plate [rad].
        length: of the plate [m].
        speed: of the belt [m/s].
        belt_friction: between parts and belt.
        size: of a part, a box: along the belt, across, up [m].
        mass: of a part [kg].
    """

    angle: float
    length: float
    speed: float
    belt_friction: float
    size: tuple[float, float, float]
    mass: float


@dataclass(frozen=True)
class Passed:
    """What was seen of one part; x along the belt, the middle of the plate at the origin; rows 20 ms apart.

    Args:
        times: (T,) from when it is first seen [s].
        poses: (T, 7) of the point of the part on the belt.
        is_jammed: whether it came to rest at the plate.
    """

    times: Array
    poses: Array
    is_jammed: bool


def margin(guide: Guide, friction: float) -> float:
    """Return cot(angle) - mu: below 0 the part jams."""
    return 1.0 / math.tan(guide.angle) - friction


def is_sure(guide: Guide, friction: float) -> bool:
    """Return whether it comes to the same with `DOUBT` more friction and with as much less."""
    return (margin(guide, friction * (1.0 + DOUBT)) < 0.0) == (margin(guide, friction * (1.0 - DOUBT)) < 0.0)


def jams(guide: Guide, friction: float, *, yaw: float) -> bool:
    """Return whether a part jams: by the closed form where that is sure, else by the physics."""
    if is_sure(guide, friction):
        return margin(guide, friction) < 0.0
    return pass_by(guide, friction, yaw=yaw).is_jammed


def pass_by(guide: Guide, friction: float, *, yaw: float) -> Passed:
    """Let a part come to the plate, in a world made for it.

    Args:
        guide: plate, belt and part.
        friction: between part and plate.
        yaw: by how much the part is turned when it comes [rad].
    """
    u = math.cos(guide.angle), math.sin(guide.angle)
    world = PhysicsWorld(dt=STEP, ground_friction=guide.belt_friction, ground_velocity=(guide.speed, 0.0))
    world.add(
        _rectangle(guide.length, _PLATE[0]),
        height=_PLATE[1],
        mass=0.0,
        state=Planar(0.0, 0.0, guide.angle),
        friction=friction,
    )
    # it meets the upstream face a quarter of the plate before its middle
    x0 = -_RUN_UP - 0.25 * guide.length * u[0] - 0.5 * math.hypot(*guide.size[:2])
    y0 = -0.25 * guide.length * u[1]
    part = world.add(
        _rectangle(*guide.size[:2]),
        height=guide.size[2],
        mass=guide.mass,
        state=Planar(x0, y0, yaw, vx=guide.speed),
        friction=1.0,
        is_planar=False,
    )
    weight = (0.0, 0.0, -guide.mass * GRAVITY)
    times, poses = [0.0], [world.pose(part)]
    for k in range(round((_RUN_UP / guide.speed + _SETTLING) / STEP)):
        world.push(part, weight)
        world.step()
        if (k + 1) % _ROW == 0:
            times.append((k + 1) * STEP)
            poses.append(world.pose(part))
    state = world.state(part)
    is_at_plate = state.x * u[0] + state.y * u[1] < 0.5 * guide.length
    is_jammed = is_at_plate and math.hypot(state.vx, state.vy) < _RESTING * guide.speed
    return Passed(np.array(times), np.array(poses), is_jammed)


def _rectangle(length: float, width: float) -> Sequence[tuple[float, float]]:
    a, b = length / 2, width / 2
    return ((-a, -b), (a, -b), (a, b), (-a, b))

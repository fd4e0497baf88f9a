"""What the tyres of a crashed vehicle do to it: it slides, spins and rolls to a halt."""

from __future__ import annotations

from math import copysign, cos, hypot, sin, sqrt
from typing import NamedTuple

from sim.domains.driving.compiling import leaf
from sim.worlds.physics import GRAVITY, Planar

__all__ = ["Chassis", "four_tyres", "tyre_forces"]

ROLLING_RESISTANCE = 0.015
"""Share of the weight that holds back a free rolling car tyre on asphalt (Gillespie 1992: 0.01-0.02)."""

_PEAK_SLIP = 0.14  # tangent of the slip angle (8 deg) at which a car tyre's side force is nearly full
_CREEP = 3.0  # speed, in units of what friction takes away per step, below which friction fades to zero


class Chassis(NamedTuple):
    """Where a vehicle's wheels stand and what they do after the impact.

    Args:
        mass: [kg].
        front: x of the front axle, from the centre of mass [m].
        rear: x of the rear axle, negative [m].
        half_track: [m].
        steer: angle of the front wheels [rad].
        brake: share of the surface's friction that the brakes demand; 1 locks all wheels.
    """

    mass: float
    front: float
    rear: float
    half_track: float
    steer: float
    brake: float


def tyre_forces(chassis: Chassis, motion: Planar, *, friction: float, dt: float) -> tuple[float, float, float]:
    """Return force [N] in world axes and yaw torque [N m] of four tyres that slide, roll or brake.

    Each wheel carries its static share of the weight. A wheel whose brake demand reaches what friction can give
    against its direction of travel is locked and resists its sliding velocity; another takes its brake force
    first and what the friction circle leaves for the side force, full from 8 deg of slip on. Below a few
    centimetres per second friction fades out, so that an explicit step never reverses the motion.

    Args:
        chassis: wheels, brakes and weight.
        motion: of the centre of mass.
        friction: Coulomb coefficient of tyre and surface.
        dt: step for which the forces will hold [s].

    Source: the friction-circle tyre of crash reconstruction (McHenry 1971, SMAC).
    """
    fx, fy, torque = four_tyres(*motion, *chassis, friction, dt)
    return fx, fy, torque


@leaf
def four_tyres(
    x: float,
    y: float,
    yaw: float,
    vx: float,
    vy: float,
    yaw_rate: float,
    mass: float,
    front: float,
    rear: float,
    half_track: float,
    steer: float,
    brake: float,
    friction: float,
    dt: float,
) -> tuple[float, float, float]:
    """Return what `tyre_forces` does."""
    forward_speed = cos(yaw) * vx + sin(yaw) * vy
    left_speed = cos(yaw) * vy - sin(yaw) * vx
    creep = _CREEP * friction * GRAVITY * dt + 1e-12
    demand = max(brake * friction, min(ROLLING_RESISTANCE, friction))
    force_x, force_y, torque = 0.0, 0.0, 0.0
    for wheel in range(4):
        is_front = wheel < 2
        px = front if is_front else rear
        py = half_track if wheel % 2 else -half_track
        angle = steer if is_front else 0.0
        load = mass * GRAVITY * ((-rear if is_front else front) / (front - rear)) / 2
        ux, uy = forward_speed - yaw_rate * py, left_speed + yaw_rate * px
        along = cos(angle) * ux + sin(angle) * uy
        across = cos(angle) * uy - sin(angle) * ux
        speed = hypot(along, across)
        if speed < 1e-9:
            continue
        if demand * speed >= friction * abs(along):
            held, side = friction * along / speed, friction * across / speed
        else:
            held = copysign(demand, along)
            bite = min(1.0, abs(across) / (abs(along) * _PEAK_SLIP))
            side = copysign(sqrt(friction * friction - held * held) * bite, across)
        fade = -load * min(1.0, speed / creep)
        held, side = held * fade, side * fade
        fx = cos(angle) * held - sin(angle) * side
        fy = sin(angle) * held + cos(angle) * side
        force_x += fx
        force_y += fy
        torque += px * fy - py * fx
    return (
        cos(yaw) * force_x - sin(yaw) * force_y,
        sin(yaw) * force_x + cos(yaw) * force_y,
        torque,
    )

"""What goes into a crash, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.domains.driving.impacts import Contact
from sim.domains.driving.skid import Chassis
from sim.geometry import Array
from sim.worlds.physics import Planar

__all__ = ["Coupling", "Crash", "CrashBody", "Drive", "chassis_of"]

Drive = Callable[[float, Mapping[str, Planar]], Mapping[str, Planar]]
"""Called once per tick as drive(t, crashed): `crashed` holds the motion, a tick ago, of every body that physics
has taken over; the answer is the motion at t of the others. A body left out stays where it is, at rest."""


@dataclass(frozen=True)
class Coupling:
    """How a body hangs on another, which has to come before it.

    Args:
        to: name of the other.
        here: where, in the body's own frame [m].
        there: where, in the frame of the other [m].
        is_rigid: whether it cannot turn about that place.
    """

    to: str
    here: tuple[float, float]
    there: tuple[float, float]
    is_rigid: bool


@dataclass(frozen=True)
class CrashBody:
    """A prism that may take part.

    Args:
        kind: "vehicle" keeps to the ground plane on its tyres; "person" and "object" fall and slide; "fixed"
            never moves.
        footprint: convex, counter-clockwise, in the body frame about the centre of mass [m].
        height: [m].
        mass: [kg].
        state: at first touch.
        yaw_inertia: [kg m2]; 0 for that of a uniform box.
        wheelbase, front_axle, track: of a vehicle; `front_axle` is its x in the body frame [m]. Where the
            wheelbase is 0, axles at 30 % of the length from the centre are assumed.
        steer: angle of the front wheels after the impact [rad].
        brake: share of the surface's friction that the brakes demand after the impact; 1 locks all wheels.
        wheel_radius: [m].
        topples: whether it falls over when it is hit, away from what hit it, as a two-wheeler does.
        coupling: of a trailer or a door; None for a body by itself.
    """

    name: str
    kind: str
    footprint: tuple[tuple[float, float], ...]
    height: float
    mass: float
    state: Planar
    yaw_inertia: float = 0.0
    wheelbase: float = 0.0
    front_axle: float = 0.0
    track: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    wheel_radius: float = 0.32
    topples: bool = False
    coupling: Coupling | None = None


@dataclass(frozen=True)
class Crash:
    """What followed the first touch.

    Args:
        times: (T,) from the touch on; all rows a tick apart but the last, which may be closer [s].
        bodies: (B,) names of all that can move, in the order given.
        poses: (T, B, 7) T_world_body.
        velocities: (T, B, 3) vx, vy [m/s] and yaw rate [rad/s] in world axes.
        contacts: in time order; the first is the first touch.
        delta_v: per body that was struck, its largest velocity change over one blow [m/s].
        rest: moment from which everything that took part is at rest; None if the end came first [s].
    """

    times: Array
    bodies: tuple[str, ...]
    poses: Array
    velocities: Array
    contacts: tuple[Contact, ...]
    delta_v: Mapping[str, float]
    rest: float | None


def chassis_of(body: CrashBody) -> Chassis:
    """Return the wheels of a body; assumed by its size where it has none."""
    length = max(p[0] for p in body.footprint) - min(p[0] for p in body.footprint)
    width = max(p[1] for p in body.footprint) - min(p[1] for p in body.footprint)
    front = body.front_axle if body.wheelbase else 0.3 * length
    return Chassis(
        mass=body.mass,
        front=front,
        rear=front - (body.wheelbase or 0.6 * length),
        half_track=(body.track or 0.85 * width) / 2,
        steer=body.steer,
        brake=body.brake,
    )

"""From the first touch on: bodies push each other in PyBullet, wrecks skid to rest, traffic drives on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.domains.driving.impacts import Contact, Impacts
from sim.domains.driving.skid import Chassis, tyre_forces
from sim.geometry import Array
from sim.worlds.physics import GRAVITY, PhysicsWorld, Planar, Touch

__all__ = ["Contact", "Crash", "CrashBody", "Drive", "Planar", "follow"]

Drive = Callable[[float, Mapping[str, Planar]], Mapping[str, Planar]]
"""Called once per tick as drive(t, crashed): `crashed` holds the motion, a tick ago, of every body that physics
has taken over; the answer is the motion at t of the others. A body left out stays where it is, at rest."""

_STEP = 1e-3  # of the engine: 5 cm at 50 m/s, so that bodies do not pass through each other's corners [s]
_SLOW = 0.05  # a body slower than this is at rest [m/s, rad/s]
_CALM = 0.2  # for this long [s]

# Of a person's clothes on dry asphalt: thrown pedestrians slide and tumble at 0.66 g (Searle and Searle 1983).
# Friction scales with the surface; its dry value is taken as 0.8 (tyre on dry asphalt).
_BODY_DRAG = 0.66 / 0.8
_METAL = math.sqrt(0.55)  # of a car body, so that two have 0.55 (planar impact mechanics uses 0.4-0.6)
_CLOTH = 0.8


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


def follow(
    bodies: Sequence[CrashBody],
    touching: tuple[str, str],
    *,
    drive: Drive,
    friction: float,
    t0: float,
    t_end: float,
    dt: float = 0.01,
) -> Crash:
    """Follow a crash from its first touch until everything is at rest, or the end.

    Args:
        bodies: everything that may be hit, as it stands and moves at t0.
        touching: names of the two bodies whose prisms touch at t0.
        drive: moves the bodies that are not part of the crash, tick by tick; one that is hit becomes part.
        friction: of tyres on the surface.
        t0: moment of the touch [s].
        t_end: end of the episode [s].
        dt: tick of the result and of `drive` [s].

    Raises:
        ValueError: `touching` names a body that is not there.
    """
    names = [body.name for body in bodies]
    if not set(touching) <= set(names):
        raise ValueError(f"{touching} touch, but there are only {names}")
    wreck = _Wreck(bodies, touching, friction=friction, t0=t0)
    times, rest = [t0], None
    calm_since = math.inf
    while times[-1] < t_end - 1e-9:
        t = times[-1]
        after = min(t + dt, t_end) if t_end - t - dt > 1e-9 else t_end
        wreck.tick(t, after, drive(after, wreck.crashed()))
        times.append(after)
        calm_since = min(calm_since, t) if wreck.is_calm() else math.inf
        rest = calm_since if after - calm_since >= _CALM else None
        if rest is not None and wreck.is_traffic_standing():
            break
    poses, velocities = wreck.rows()
    return Crash(
        times=np.array(times),
        bodies=tuple(body.name for body in bodies if body.kind != "fixed"),
        poses=poses,
        velocities=velocities,
        contacts=wreck.impacts.contacts(),
        delta_v=wreck.impacts.delta_v(),
        rest=rest,
    )


def _restitution(closing_speed: float) -> float:
    """Return the restitution of two cars: 0.3 at parking speeds, falling to 0.1 from 10 m/s on.

    Source: Howard, Bomar, Bare, SAE 931842 (1993): 0.2-0.4 at 1-2 m/s, about 0.1 at medium and high speeds.
    """
    return float(np.interp(closing_speed, [2.0, 10.0], [0.3, 0.1]))


class _Wreck:
    """The world of a crash in progress; handles are positions in `bodies`.

    A body that is not part of the crash coasts in the engine for one tick at a time and is then put where its
    driver took it. So it has its mass when it is hit, and from then on is part.
    """

    def __init__(
        self, bodies: Sequence[CrashBody], touching: tuple[str, str], *, friction: float, t0: float
    ) -> None:
        self._bodies, self._friction = bodies, friction
        self._moving = [k for k, body in enumerate(bodies) if body.kind != "fixed"]
        self._chassis = {k: _chassis(body) for k, body in enumerate(bodies) if body.kind == "vehicle"}
        self._states = {k: body.state for k, body in enumerate(bodies)}
        self.impacts = Impacts(
            [body.name for body in bodies],
            [body.footprint for body in bodies],
            [0.0 if body.kind == "fixed" else body.mass for body in bodies],
        )
        self._world = PhysicsWorld(dt=_STEP, ground_friction=_BODY_DRAG / _CLOTH * friction)
        for body in bodies:
            self._add(body)
        names = [body.name for body in bodies]
        a, b = names.index(touching[0]), names.index(touching[1])
        self._involved = {a, b} & set(self._moving)
        self._touch(a, b, t0)
        self._poses = [[self._world.pose(k) for k in self._moving]]
        self._velocities = [[self._states[k][3:] for k in self._moving]]

    def _add(self, body: CrashBody) -> None:
        is_fixed = body.kind == "fixed"
        self._world.add(
            body.footprint,
            height=body.height,
            mass=0.0 if is_fixed else body.mass,
            state=body.state,
            friction=_METAL if is_fixed or body.kind == "vehicle" else _CLOTH,
            is_planar=is_fixed or body.kind == "vehicle",
            yaw_inertia=body.yaw_inertia or None,
        )

    def _touch(self, a: int, b: int, t: float) -> None:
        """Start the first blow, and let cars bounce as their closing speed asks."""
        point, normal, _ = self._world.nearest(a, b)
        states = (self._states[a], self._states[b])
        self.impacts.begin(t, Touch(a, b, point, normal, (0.0, 0.0, 0.0)), states)
        restitution = math.sqrt(_restitution(self.impacts.contacts()[0].speed))
        for k, body in enumerate(self._bodies):
            if body.kind in ("vehicle", "fixed"):
                self._world.set_restitution(k, restitution)

    def tick(self, t: float, after: float, driven: Mapping[str, Planar]) -> None:
        """Advance from t to `after`, at which traffic will be where `driven` says."""
        steps = max(1, math.ceil((after - t) / _STEP - 1e-9))
        self._world.dt = (after - t) / steps
        for k in range(steps):
            self._step(t + k * self._world.dt)
        for k in self._moving:
            if k not in self._involved:
                stays = Planar(*self._states[k][:3])
                self._states[k] = driven.get(self._bodies[k].name, stays)
                self._world.place(k, self._states[k])
        self._poses.append([self._world.pose(k) for k in self._moving])
        self._velocities.append([self._states[k][3:] for k in self._moving])

    def _step(self, t: float) -> None:
        for k in sorted(self._involved):
            self._push(k)
        for touch in self._world.step():
            pair = {touch.a, touch.b}
            is_news = any(touch.impulse) and pair <= set(self._moving)
            if pair & self._involved or is_news:
                self.impacts.add(t, touch, (self._states[touch.a], self._states[touch.b]))
                self._involved |= pair & set(self._moving)
        for k in self._involved:
            self._states[k] = self._world.state(k)

    def _push(self, k: int) -> None:
        """Let tyres act on a vehicle and weight on everything else."""
        if k in self._chassis:
            fx, fy, torque = tyre_forces(
                self._chassis[k], self._states[k], friction=self._friction, dt=self._world.dt
            )
            self._world.push(k, (fx, fy, 0.0), torque)
        else:
            self._world.push(k, (0.0, 0.0, -GRAVITY * self._bodies[k].mass))

    def crashed(self) -> dict[str, Planar]:
        """Return the motion of everything that is part of the crash."""
        return {self._bodies[k].name: self._states[k] for k in sorted(self._involved)}

    def is_calm(self) -> bool:
        """Return whether everything that is part of the crash is as good as at rest."""
        return all(max(self._world.speed(k)) < _SLOW for k in self._involved)

    def is_traffic_standing(self) -> bool:
        """Return whether everything that is not part of the crash stands."""
        others = (self._states[k] for k in self._moving if k not in self._involved)
        return all(math.hypot(s.vx, s.vy) < _SLOW for s in others)

    def rows(self) -> tuple[Array, Array]:
        """Return (T, B, 7) poses and (T, B, 3) velocities of the bodies that can move."""
        return np.array(self._poses, np.float64), np.array(self._velocities, np.float64)


def _chassis(body: CrashBody) -> Chassis:
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

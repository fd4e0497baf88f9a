"""From the first touch on: bodies push each other in PyBullet, wrecks skid to rest, traffic drives on.

What the model can do: blows between all bodies and against what stands beside the road, with friction and a
restitution by closing speed; the skid and spin that follow; people and things that are thrown, tumble, slide.

What it cannot: vehicles keep to the ground plane, at most raised by kerbs under their wheels. They do not roll
over, dive under or climb one another, neither when tripped by a kerb nor after a blow above or below their
centre of mass; delta-v and the way to rest hold for impacts in which all wheels stay down. Footprints do not
deform: a blow takes milliseconds instead of about 0.1 s, and nothing interlocks. Trunks, posts, walls and rails
neither break nor bend. Fronts are as upright as flanks: nobody is scooped onto a bonnet or run over, whoever
is hit is thrown or pushed forward, stiff as a board. A rider and the two-wheeler stay one, which falls over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.domains.driving.bounce import Bounce
from sim.domains.driving.impacts import Contact, Impacts
from sim.domains.driving.kerbs import Kerbs
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
_TUMBLING = ("person", "object")
_LIES = 0.5  # cosine of the angle from the vertical from which one falls by itself
_FALL = 1.7  # moment that tips a struck two-wheeler, in units of that with which its prism stands


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
    kerbs: Kerbs | None = None,
    reach: float = 120.0,
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
        kerbs: raised ground; None where all is flat.
        reach: how far around the touch ground is raised [m].

    Raises:
        ValueError: `touching` names a body that is not there.
    """
    names = [body.name for body in bodies]
    if not set(touching) <= set(names):
        raise ValueError(f"{touching} touch, but there are only {names}")
    wreck = _Wreck(bodies, touching, friction=friction, t0=t0, kerbs=kerbs, reach=reach)
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


class _Wreck:
    """The world of a crash in progress; handles are positions in `bodies`.

    A body that is not part of the crash coasts in the engine for one tick at a time and is then put where its
    driver took it. So it has its mass when it is hit, and from then on is part.
    """

    def __init__(
        self,
        bodies: Sequence[CrashBody],
        touching: tuple[str, str],
        *,
        friction: float,
        t0: float,
        kerbs: Kerbs | None,
        reach: float,
    ) -> None:
        self._bodies, self._friction, self._kerbs = bodies, friction, kerbs or None
        self._moving = [k for k, body in enumerate(bodies) if body.kind != "fixed"]
        self._chassis = {k: _chassis(body) for k, body in enumerate(bodies) if body.kind == "vehicle"}
        self._states = {k: body.state for k, body in enumerate(bodies)}
        self.impacts = Impacts(
            [body.name for body in bodies],
            [body.footprint for body in bodies],
            [0.0 if body.kind == "fixed" else body.mass for body in bodies],
        )
        self._world = PhysicsWorld(dt=_STEP, ground_friction=_BODY_DRAG / _CLOTH * friction)
        names = [body.name for body in bodies]
        a, b = names.index(touching[0]), names.index(touching[1])
        self._ways: dict[int, float] = {}
        if self._kerbs:
            self._raise_ground(self._kerbs, bodies[a].state, reach)
        for k, body in enumerate(bodies):
            self._add(body)
            if self._kerbs and body.kind in _TUMBLING:
                self._place(k)
        radii = {
            k: max(math.hypot(*point) for point in body.footprint)
            for k, body in enumerate(bodies)
            if body.kind in ("vehicle", "fixed")
        }
        self._bounce = Bounce(self._world, radii, self._states)
        self._involved: set[int] = set()
        self._falling: dict[int, float] = {}
        self._involve(a, b)
        self._stirred = set(self._moving)
        point, normal, _ = self._world.nearest(a, b)
        states = (self._states[a], self._states[b])
        self.impacts.begin(t0, Touch(a, b, point, normal, (0.0, 0.0, 0.0)), states)
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

    def _raise_ground(self, kerbs: Kerbs, centre: Planar, reach: float) -> None:
        for x, y, yaw, length, width, height in kerbs.slabs(centre.x, centre.y, reach):
            self._world.raise_ground((x, y, yaw), (length, width, height))
        for k in self._chassis:
            self._ways[k] = kerbs.way(*self._states[k][:2])

    def _place(self, k: int) -> None:
        """Put a body where its state says, upright on the ground."""
        state, height = self._states[k], 0.0
        if self._kerbs and self._bodies[k].kind in _TUMBLING:
            height = self._kerbs.height(state.x, state.y)
        self._world.place(k, state, z=height)

    def tick(self, t: float, after: float, driven: Mapping[str, Planar]) -> None:
        """Advance from t to `after`, at which traffic will be where `driven` says."""
        self._bounce.prepare([k for k in self._moving if self._is_under_way(k)], self._states, after - t)
        steps = max(1, math.ceil((after - t) / _STEP - 1e-9))
        self._world.dt = (after - t) / steps
        for k in range(steps):
            self._step(t + k * self._world.dt)
        for k in self._moving:
            if k not in self._involved:
                before, stays = self._states[k], Planar(*self._states[k][:3])
                self._states[k] = driven.get(self._bodies[k].name, stays)
                if k in self._stirred or self._states[k] != before or self._is_under_way(k):
                    self._place(k)
        self._stirred.clear()
        self._poses.append([self._world.pose(k) for k in self._moving])
        self._velocities.append([self._states[k][3:] for k in self._moving])

    def _step(self, t: float) -> None:
        for k in sorted(self._involved):
            self._push(k)
        for touch in self._world.step():
            pair = {touch.a, touch.b}
            self._stirred |= pair
            is_news = any(touch.impulse) and pair <= set(self._moving)
            if pair & self._involved or is_news:
                self.impacts.add(t, touch, (self._states[touch.a], self._states[touch.b]))
                self._involve(touch.a, touch.b)
        for k in self._involved:
            self._states[k] = self._world.state(k)

    def _involve(self, a: int, b: int) -> None:
        """Make two bodies part of the crash, where they can move."""
        for k, other in ((a, b), (b, a)):
            if k in self._moving and k not in self._involved:
                self._involved.add(k)
                if self._bodies[k].topples:
                    x, y, yaw = self._states[k][:3]
                    left = (self._states[other].y - y) * math.cos(yaw) - (self._states[other].x - x) * math.sin(
                        yaw
                    )
                    self._falling[k] = math.copysign(_FALL, left)

    def _push(self, k: int) -> None:
        """Let tyres act on a vehicle and weight on everything else."""
        if k in self._chassis:
            fx, fy, torque = tyre_forces(
                self._chassis[k], self._states[k], friction=self._friction, dt=self._world.dt
            )
            if self._kerbs:
                kx, ky, turn, self._ways[k] = self._kerbs.push(
                    self._chassis[k], self._states[k], radius=self._bodies[k].wheel_radius, guess=self._ways[k]
                )
                fx, fy, torque = fx + kx, fy + ky, torque + turn
            self._world.push(k, (fx, fy, 0.0), torque)
        else:
            weight = GRAVITY * self._bodies[k].mass
            self._world.push(k, (0.0, 0.0, -weight))
            if k in self._falling:
                self._tip(k, weight)

    def _tip(self, k: int, weight: float) -> None:
        """Let a two-wheeler fall over as if the prism did not stand on its width, until it lies."""
        qx, qy = self._world.pose(k)[3:5]
        if 1.0 - 2.0 * (qx * qx + qy * qy) < _LIES:
            del self._falling[k]
        else:
            self._world.tip(k, self._falling[k] * weight * max(y for _, y in self._bodies[k].footprint))

    def _is_under_way(self, k: int) -> bool:
        return k in self._involved or any(self._states[k][3:])

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
        poses = np.array(self._poses, np.float64)
        if self._kerbs:
            for column, k in enumerate(self._moving):
                if k in self._chassis:
                    radius = self._bodies[k].wheel_radius
                    poses[:, column] = self._kerbs.lift(self._chassis[k], poses[:, column], radius=radius)
        return poses, np.array(self._velocities, np.float64)


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

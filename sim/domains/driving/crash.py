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
from collections.abc import Mapping, Sequence

import numpy as np

from sim.domains.driving.bounce import Bounce
from sim.domains.driving.coasting import Ground
from sim.domains.driving.impacts import Contact, Impacts
from sim.domains.driving.kerbs import Kerbs
from sim.domains.driving.nearness import Neighbours
from sim.domains.driving.wrecks import Coupling, Crash, CrashBody, Drive, chassis_of
from sim.geometry import Array
from sim.worlds.physics import GRAVITY, PhysicsWorld, Planar, Touch

__all__ = ["Contact", "Crash", "CrashBody", "Drive", "Planar", "follow"]

_Pose = tuple[float, float, float, float, float, float, float]
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
        self._bodies, self._kerbs, self._ground = bodies, kerbs or None, Ground(friction, kerbs)
        self._moving = [k for k, body in enumerate(bodies) if body.kind != "fixed"]
        self._chassis = {k: chassis_of(body) for k, body in enumerate(bodies) if body.kind == "vehicle"}
        self._states = {k: body.state for k, body in enumerate(bodies)}
        self.impacts = Impacts(
            [body.name for body in bodies],
            [body.footprint for body in bodies],
            [0.0 if body.kind == "fixed" else body.mass for body in bodies],
        )
        self._world = PhysicsWorld(dt=_STEP, ground_friction=_BODY_DRAG / _CLOTH * friction)
        names = [body.name for body in bodies]
        a, b = names.index(touching[0]), names.index(touching[1])
        self._ways: dict[int, float] = dict.fromkeys(self._chassis, 0.0)
        if self._kerbs:
            self._raise_ground(self._kerbs, bodies[a].state, reach)
        self._coupled: dict[int, set[int]] = {}
        for k, body in enumerate(bodies):
            self._add(body)
            if self._kerbs and body.kind in _TUMBLING:
                self._place(k)
            if body.coupling is not None:
                self._couple(names.index(body.coupling.to), k, body.coupling)
        self._neighbours = Neighbours(
            [body.footprint for body in bodies],
            [body.height if body.kind in _TUMBLING else None for body in bodies],
            self._states,
        )
        self._bounce = Bounce(self._world, [k for k, body in enumerate(bodies) if body.kind not in _TUMBLING])
        self._involved: set[int] = set()
        self._falling: dict[int, float] = {}
        self._calm: dict[int, float] = {}
        self._involve(a, b)
        self._stirred, self._astray = set(self._moving), set[int]()
        point, normal, _ = self._world.nearest(a, b)
        states = (self._states[a], self._states[b])
        self.impacts.begin(t0, Touch(a, b, point, normal, (0.0, 0.0, 0.0)), states)
        self._poses: list[list[_Pose]] = []
        self._velocities: list[list[tuple[float, ...]]] = []
        self._keep_row()

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

    def _couple(self, a: int, b: int, coupling: Coupling) -> None:
        """Couple a body to one that was added before it; what happens to one from now on concerns both."""
        self._world.couple(a, b, coupling.there, coupling.here, is_rigid=coupling.is_rigid)
        for k, other in ((a, b), (b, a)):
            self._coupled.setdefault(k, set()).add(other)

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
        span = after - t
        pairs = [
            (a, b, way)
            for a, b, way in self._neighbours.pairs(self._moving, self._under_way(), self._states, span)
            if b not in self._coupled.get(a, ())
        ]
        close = {k for a, b, _ in pairs for k in (a, b)}
        awake = {k for k in self._involved if k in close or not self._is_asleep(k)}
        alone = (awake & self._chassis.keys()) - close - self._coupled.keys()
        steps = max(1, math.ceil(span / _STEP - 1e-9))
        self._world.dt = span / steps
        active = awake - alone
        if pairs or active:
            self._bring_home()
            self._bounce.prepare(pairs, self._states, span)
            for k in range(steps):
                self._step(t + k * self._world.dt, active)
        for k in sorted(alone):
            self._coast(k, steps)
        self._let_sleep(awake | active, span)
        for k in self._moving:
            if k not in self._involved:
                before, stays = self._states[k], Planar(*self._states[k][:3])
                self._states[k] = driven.get(self._bodies[k].name, stays)
                if k in self._stirred or self._states[k] != before or self._is_under_way(k):
                    self._place(k)
        self._stirred.clear()
        self._keep_row()

    def _is_asleep(self, k: int) -> bool:
        return self._calm.get(k, 0.0) >= _CALM - 1e-9

    def _let_sleep(self, awake: set[int], span: float) -> None:
        """Stop for good what has been as good as at rest for long enough, until something comes near."""
        for k in sorted(awake):
            self._calm[k] = self._calm.get(k, 0.0) + span if self._pace(k) < _SLOW else 0.0
            if self._is_asleep(k):
                self._states[k] = Planar(*self._states[k][:3])
                self._world.stop(k)

    def _bring_home(self) -> None:
        """Put bodies that have skidded on without the engine where they are."""
        for k in sorted(self._astray):
            self._place(k)
        self._astray.clear()

    def _coast(self, k: int, steps: int) -> None:
        """Let a vehicle skid on that touches nothing within the tick."""
        self._states[k], self._ways[k] = self._ground.coast(
            self._chassis[k],
            self._states[k],
            inertia=self._world.yaw_inertia(k),
            steps=steps,
            dt=self._world.dt,
            radius=self._bodies[k].wheel_radius,
            way=self._ways[k],
        )
        self._astray.add(k)

    def _keep_row(self) -> None:
        """Add where everything is now to the rows."""
        poses = [
            _flat_pose(self._states[k]) if k in self._astray else self._world.pose(k) for k in self._moving
        ]
        self._poses.append(poses)
        self._velocities.append([self._states[k][3:] for k in self._moving])

    def _step(self, t: float, active: set[int]) -> None:
        """Let the engine advance by a step from t; it moves who is `active`, and whom they hit becomes so."""
        for k in sorted(active):
            self._push(k)
        for touch in self._world.step():
            pair = {touch.a, touch.b}
            self._stirred |= pair
            is_news = any(touch.impulse) and pair <= set(self._moving)
            if pair & self._involved or is_news:
                self.impacts.add(t, touch, (self._states[touch.a], self._states[touch.b]))
                self._involve(touch.a, touch.b)
                active |= pair & self._involved
        for k in active:
            self._states[k] = self._world.state(k)

    def _involve(self, a: int, b: int) -> None:
        """Make two bodies part of the crash, where they can move."""
        for k, other in ((a, b), (b, a)):
            if k in self._moving and k not in self._involved:
                self._involved.add(k)
                for partner in sorted(self._coupled.get(k, ())):
                    self._involve(partner, k)
                if self._bodies[k].topples:
                    x, y, yaw = self._states[k][:3]
                    left = (self._states[other].y - y) * math.cos(yaw) - (self._states[other].x - x) * math.sin(
                        yaw
                    )
                    self._falling[k] = math.copysign(_FALL, left)

    def _push(self, k: int) -> None:
        """Let tyres act on a vehicle and weight on everything else."""
        if k in self._chassis:
            fx, fy, torque, self._ways[k] = self._ground.push(
                self._chassis[k],
                self._states[k],
                dt=self._world.dt,
                radius=self._bodies[k].wheel_radius,
                way=self._ways[k],
            )
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

    def _under_way(self) -> list[int]:
        return [k for k in self._moving if self._is_under_way(k)]

    def _is_under_way(self, k: int) -> bool:
        return (k in self._involved and not self._is_asleep(k)) or any(self._states[k][3:])

    def crashed(self) -> dict[str, Planar]:
        """Return the motion of everything that is part of the crash."""
        return {self._bodies[k].name: self._states[k] for k in sorted(self._involved)}

    def is_calm(self) -> bool:
        """Return whether everything that is part of the crash is as good as at rest."""
        return all(self._pace(k) < _SLOW for k in self._involved)

    def _pace(self, k: int) -> float:
        """Return the larger of a body's speed [m/s] and rate of rotation [rad/s]."""
        if k in self._chassis:
            _, _, _, vx, vy, yaw_rate = self._states[k]
            return max(math.hypot(vx, vy), abs(yaw_rate))
        return max(self._world.speed(k))

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


def _flat_pose(state: Planar) -> _Pose:
    """Return [x y z qx qy qz qw] of a body that stands upright on flat ground."""
    return state.x, state.y, 0.0, 0.0, 0.0, math.sin(state.yaw / 2), math.cos(state.yaw / 2)

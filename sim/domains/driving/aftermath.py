"""What follows the first touch: the crash in the physics engine, and traffic that sees the wreck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.domains.driving import layout as c
from sim.domains.driving.attachments import whole_of
from sim.domains.driving.crash import Crash, CrashBody, Planar, follow
from sim.domains.driving.kerbs import Kerbs
from sim.domains.driving.lines import own_rows
from sim.domains.driving.picture import actor_views, wheel_radius
from sim.domains.driving.roads import pose_at, project
from sim.domains.driving.scenery import (
    around_network,
    clear_of,
    obstacles,
    obstacles_among,
    parking_of,
)
from sim.domains.driving.touch import world_state
from sim.domains.driving.wrecks import Coupling
from sim.recording import Occurrence
from sim.worlds.physics import GRAVITY

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["TICK", "Aftermath", "follow_crash"]

TICK = 0.01
"""Time between two rows of the crash [s]."""
_KINDS = {"vehicle": "object", "pedestrian": "person", "animal": "person", "static": "object"}
"""Of bodies without two axles of two wheels; a two-wheeler falls."""
_ROOM, _FARTHEST = 30.0, 120.0  # beyond the way a free wreck slides, and at most [m]
_FRIGHT = 0.5  # share of the friction that drivers brake with once they have been hit


@dataclass(frozen=True)
class Aftermath:
    """A crash that was followed to rest or to the end of the episode."""

    crash: Crash

    @property
    def occurrences(self) -> list[Occurrence]:
        """The contacts after the first touch."""
        return [
            Occurrence(
                hit.t,
                "secondary_contact",
                {"a": whole_of(hit.a), "b": whole_of(hit.b), "side_a": hit.side_a, "side_b": hit.side_b},
            )
            for hit in self.crash.contacts[1:]
        ]

    def delta_v(self, name: str) -> float:
        """Return the largest change of a body's velocity in one blow [m/s]."""
        return float(self.crash.delta_v.get(name, 0.0))

    def impulse(self, a: str, b: str) -> float:
        """Return the impulse of the first blow between two bodies [N s]."""
        for hit in self.crash.contacts:
            if {whole_of(hit.a), whole_of(hit.b)} == {a, b}:
                return float(hit.impulse)
        return 0.0


def follow_crash(world: World) -> Aftermath:
    """Follow the crash that begins at the first touch, from the world as it stands then."""
    if world.touching is None:
        raise ValueError("nothing has touched")
    bodies = [_crash_body(world, row) for row in range(len(world.names))]
    here = bodies[world.index[world.touching[0]]].state
    reach = _reach(world, bodies)
    # nobody is thrown off by what stands where they have driven: scenery does not decide about touches
    scenery = clear_of(_scenery(world, (here.x, here.y), reach), bodies)
    start = world.clock.now
    world.outlive_touch()

    def drive(t: float, crashed: Mapping[str, Planar]) -> dict[str, Planar]:
        for name, state in crashed.items():
            if name in world.index:
                _carry(world, name, state)
        world.clock.run(t)
        return {
            name: Planar(*world_state(world, row)) for name, row in world.index.items() if name not in crashed
        }

    crash = follow(
        [*bodies, *scenery],
        world.touching,
        drive=drive,
        friction=world.road.friction,
        t0=start,
        t_end=world.setup.duration,
        dt=TICK,
        kerbs=Kerbs(world.road),
        reach=reach,
    )
    return Aftermath(crash)


def _scenery(world: World, centre: tuple[float, float], reach: float) -> tuple[CrashBody, ...]:
    """Return the scenery around a place."""
    if world.layout is not None:
        things = around_network(
            world.layout.network, kind=world.surroundings, noise=world.setup.noise, density=world.density
        )
        return obstacles_among(things, centre=centre, reach=reach)
    _, rows = world.history()
    return obstacles(
        world.road,
        world.surroundings,
        world.setup.noise,
        world.density,
        parked=parking_of(
            world.road, actor_views(world, rows[0]), world.density, world.setup.world["scenery"]["parked"]
        ),
        centre=centre,
        reach=reach,
    )


def _reach(world: World, bodies: Sequence[CrashBody]) -> float:
    """Return how far wrecks may get: sliding at half the friction, within what is worth its time [m]."""
    fastest = max(math.hypot(body.state.vx, body.state.vy) for body in bodies)
    return min(_ROOM + fastest * fastest / (world.road.friction * GRAVITY), _FARTHEST)


def _crash_body(world: World, row: int) -> CrashBody:
    body, state = world.classes[row], world.X[row]
    p = world.P[row]
    keeps_upright = (body.wheelbase > 0.0 and not body.leans) or p[c.KIND] == c.PART
    braking = -float(state[c.A]) / (GRAVITY * world.road.friction)
    hardest = float(p[c.MU]) / world.road.friction  # less than all for what runs on rails
    return CrashBody(
        name=world.names[row],
        kind="vehicle" if keeps_upright else _KINDS[body.kind],
        footprint=body.footprint,
        height=body.size[2],
        mass=body.mass,
        state=Planar(*world_state(world, row)),
        yaw_inertia=body.yaw_inertia if keeps_upright else 0.0,
        wheelbase=body.wheelbase,
        front_axle=(1.0 - body.front_share) * body.wheelbase,
        track=body.track,
        steer=float(state[c.STEER]),
        brake=1.0 if body.kind == "static" else min(max(braking, _FRIGHT), hardest),
        wheel_radius=wheel_radius(body),
        topples=body.leans,
        coupling=_coupling(world, row),
    )


def _coupling(world: World, row: int) -> Coupling | None:
    """Return what a body hangs on, as it is coupled at this moment."""
    p = world.P[row]
    if p[c.PULLER] < 0.0:
        return None
    is_part = bool(p[c.KIND] == c.PART)
    here = -0.5 * float(p[c.LENGTH]) if is_part else float(p[c.FRONT])
    there = (float(p[c.HITCH]), float(p[c.HITCH_LEFT]))
    return Coupling(world.names[int(p[c.PULLER])], (here, 0.0), there, is_part)


def _carry(world: World, name: str, state: Planar) -> None:
    """Put the state of a crashed body where drivers see it."""
    world.carry(name)
    row = world.state(name)
    own = own_rows(world.line, world.P[world.index[name]])
    row[c.S], row[c.D] = project(own, state.x, state.y, float(row[c.S]))
    heading = pose_at(own, float(row[c.S]), 0.0)[2]
    row[c.E] = math.remainder(state.yaw - heading, 2.0 * math.pi)
    co, si = math.cos(state.yaw), math.sin(state.yaw)
    row[c.V], row[c.U] = state.vx * co + state.vy * si, state.vy * co - state.vx * si
    row[c.R], row[c.A] = state.yaw_rate, 0.0

"""What drivers do when a siren comes from behind: they make room at the side of their lane.

On a road of several lanes that is the corridor of StVO section 11 (2): the leftmost lane keeps to its left,
the others to their right. With one lane everybody keeps right (section 38 (1)). Once the siren is past, they go
back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.extents import half_length

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["heed_sirens"]

_LOOK = 0.25  # between two looks [s]
_PAST = 10.0  # way beyond which a siren that has passed is gone [m]
_EDGE = 0.15  # left to the edge of the lane [m]
_SIDEWAYS, _EASY = 0.8, 1.0  # speed and acceleration of moving over [m/s], [m/s2]
_HEEDLESS = ("constant", "replay", "python", "r157_careful")
"""Drivers who do not move over; an automated one would have to be told so by its user."""


def heed_sirens(world: World, items: Sequence[Mapping[str, Any]]) -> None:
    """Start, for every driver who heeds sirens, the process that does so; none where there is no siren."""
    sirens = [world.index[item["id"]] for item in items if item.get("blue_lights")]
    for item in items:
        row = world.index[item["id"]]
        is_driven = world.kind(item["id"]) == "vehicle" and world.P[row, c.RAIL] == 0.0
        if sirens and row not in sirens and is_driven and item["driver"].kind not in _HEEDLESS:
            world.start(_listen(world, item["id"], sirens))


def _listen(world: World, name: str, sirens: Sequence[int]) -> Process:
    row = world.index[name]
    phase = world.setup.noise.uniform(name, "siren", 0, 0.0)
    yield world.clock.wait(max(phase, 1e-3) * _LOOK)
    while world.C[row, c.MODE] != c.CARRIED:
        if any(_comes(world, row, siren) for siren in sirens):
            home = float(world.C[row, c.D1])
            world.tell("manoeuvre", actor=name, kind="make_way")
            lasts = world.shift_lane(name, _aside(world, row), speed=_SIDEWAYS, acceleration=_EASY)
            yield world.clock.wait(max(lasts, _LOOK))
            while any(_comes(world, row, siren) for siren in sirens):
                yield world.clock.wait(_LOOK)
            lasts = world.shift_lane(name, home, speed=_SIDEWAYS, acceleration=_EASY)
            yield world.clock.wait(max(lasts, _LOOK))
        yield world.clock.wait(_LOOK)


def _comes(world: World, row: int, siren: int) -> bool:
    """Return whether a siren is heard from behind on the same way, or is not yet past."""
    X, P = world.X, world.P
    if P[siren, c.DIRECTION] != P[row, c.DIRECTION] or P[siren, c.FIRST] != P[row, c.FIRST]:
        return False
    way = float((X[siren, c.S] - X[row, c.S]) * P[row, c.DIRECTION])
    return -float(P[row, c.HEARS]) < way < half_length(X[siren], P[siren]) + half_length(X[row], P[row]) + _PAST


def _aside(world: World, row: int) -> float:
    """Return the way across at which a body makes most room within its lane."""
    P, side = world.P[row], float(world.P[row, c.DIRECTION])
    d, half_lane, sign = float(world.C[row, c.D1]), float(P[c.HALF_LANE]), -1.0
    if world.layout is None:
        lanes = np.flatnonzero(np.array(world.road.directions) == round(side))
        here = int(np.argmin(np.abs(world.lanes - d)))
        leftmost = lanes[-1] if side > 0 else lanes[0]
        d, half_lane = float(world.lanes[here]), 0.5 * world.road.lane_width
        sign = 1.0 if here == leftmost and len(lanes) > 1 else -1.0
    return d + side * sign * max(half_lane - 0.5 * float(P[c.WIDTH]) - _EDGE, 0.0)

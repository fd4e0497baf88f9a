"""How much cars bounce off each other: a restitution for every pair, by the speed at which it closes in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sim.domains.driving.nearness import Pair
from sim.worlds.physics import PhysicsWorld, Planar, Vector

__all__ = ["Bounce", "closing_speed", "restitution"]

_MARGIN = 0.05  # beyond what two bodies can cover in a tick [m]


def restitution(speed: float) -> float:
    """Return the restitution of two cars that close in at a speed: 0.3 up to 2 m/s, falling to 0.1 at 10 m/s.

    Source: Howard, Bomar, Bare, SAE 931842 (1993): 0.2-0.4 at 1-2 m/s, about 0.1 at medium and high speeds.
    A car against a wall or a tree is taken to bounce like a car against a car.
    """
    return float(np.interp(speed, [2.0, 10.0], [0.3, 0.1]))


def closing_speed(a: Planar, b: Planar, point: Vector, normal: Vector) -> float:
    """Return the speed at which two bodies close in at a point along the normal from a to b [m/s]."""
    arms = [(point[0] - s.x, point[1] - s.y) for s in (a, b)]
    ua, ub = (
        (s.vx - s.yaw_rate * ry, s.vy + s.yaw_rate * rx) for s, (rx, ry) in zip((a, b), arms, strict=True)
    )
    return (ua[0] - ub[0]) * normal[0] + (ua[1] - ub[1]) * normal[1]


class Bounce:
    """Gives bodies, ahead of every tick, the restitution that their next blow asks for.

    The engine multiplies the numbers of the two bodies, so each gets the root of its pair's. Of a body that
    meets several partners within one tick, the fastest decides; the pair then has the geometric mean. Only
    cars and what is fixed bounce: people and things that are thrown do not.
    """

    def __init__(self, world: PhysicsWorld, handles: Sequence[int]) -> None:
        """Begin with bodies that do not bounce.

        Args:
            world: in which they are.
            handles: of every body that may bounce.
        """
        self._world = world
        self._given = dict.fromkeys(handles, 0.0)

    def prepare(self, pairs: Sequence[Pair], states: Mapping[int, Planar], span: float) -> None:
        """Set the restitutions for the next `span` seconds; `pairs` are those that may touch in it."""
        fastest: dict[int, float] = {}
        for a, b, within in pairs:
            link = self._world.link(a, b, within=within) if a in self._given and b in self._given else None
            if link is None:
                continue
            point, normal, gap = link
            speed = closing_speed(states[a], states[b], point, normal)
            if gap > max(speed, 0.0) * span + _MARGIN:
                continue
            for k in (a, b):
                fastest[k] = max(speed, fastest.get(k, 0.0))
        for k, speed in fastest.items():
            wanted = math.sqrt(restitution(speed))
            if wanted != self._given[k]:
                self._given[k] = wanted
                self._world.set_restitution(k, wanted)

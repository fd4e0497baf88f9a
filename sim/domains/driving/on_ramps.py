"""Where those who come up an on-ramp begin, and how they follow it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.domains.driving import layout as c

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["begin_on_ramp", "follow_ramp"]


def begin_on_ramp(world: World, name: str) -> int:
    """Put a body that stands in the extra lane over on the ramp, and return the first point of its path."""
    ramp, state = world.road.ramps["entry"], world.state(name)
    state[c.D] += ramp.middle(state[c.S]) - ramp.to_d
    state[c.E] = math.atan(ramp.slope(state[c.S]))
    return world.reserve_path(2)


def follow_ramp(world: World, name: str, first: int) -> None:
    """Let a body follow the ramp to the extra lane."""
    ramp = world.road.ramps["entry"]
    world.set_path(first, [(ramp.begins, ramp.from_d), (ramp.ends, ramp.to_d)])
    world.helm(name).follow_path(first, first + 2)

"""What robots and plates leave behind: signals, measures and rows of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.factory.cell_guide import GuidedConveyor, Jam
from sim.domains.factory.stepping import lasting, stepwise
from sim.geometry import Array

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = [
    "cell_moments",
    "grip_margin",
    "guide_margin",
    "jammed_for",
    "jams_at",
    "jams_of",
    "least_grip_margin",
    "longest_jam",
    "picks_of",
]

_HOW = {False: "margin", True: "contacts"}


def jams_at(world: World, name: str) -> Sequence[Jam]:
    """Return the jams of a conveyor since the end of the warm-up; none of another store."""
    store = world.stores[name]
    return [jam for jam in store.jams if jam.t >= world.since] if isinstance(store, GuidedConveyor) else ()


def cell_moments(world: World, reads: frozenset[str]) -> list[list[float]]:
    """Return the moments of change of the signals that events read."""
    found = []
    if "grip_margin" in reads:
        found += [[pick.t for pick in one.picks] for one in world.handlings.values()]
    if "pile_margin" in reads:
        found += [[pile.t for pile in one.piles] for one in world.pilings.values()]
    if "guide_margin" in reads:
        found += [store.margins[0] for store in world.stores.values() if isinstance(store, GuidedConveyor)]
    return found


def grip_margin(world: World, times: Array, name: str) -> Array:
    """Return (T,) the margin of the last carriage of a machine; inf before the first."""
    picks = world.handlings[name].picks if name in world.handlings else []
    return stepwise(times, [0.0, *(one.t for one in picks)], [math.inf, *(one.margin for one in picks)])


def guide_margin(world: World, times: Array, name: str) -> Array:
    """Return (T,) the margin of the last part at a plate; inf before the first."""
    store = world.stores[name]
    changes, values = store.margins if isinstance(store, GuidedConveyor) else ([0.0], [math.inf])
    return stepwise(times, changes, values)


def jammed_for(world: World, times: Array, name: str) -> Array:
    """Return (T,) for how long a conveyor has been jammed."""
    store = world.stores[name]
    changes, holds = [0.0], [False]
    for jam in store.jams if isinstance(store, GuidedConveyor) else ():
        for t, is_jammed in ((jam.t, True), (jam.until, False)):
            if t == changes[-1]:  # the next part jams as one is cleared
                changes.pop()
                holds.pop()
            if not math.isnan(t):
                changes.append(t)
                holds.append(is_jammed)
    return lasting(times, changes, np.array(holds))


def least_grip_margin(world: World, name: str) -> float:
    """Return the smallest margin of a machine's carriages since the end of the warm-up; inf without any."""
    picks = world.handlings[name].picks if name in world.handlings else []
    return min((pick.margin for pick in picks if pick.t >= world.since), default=math.inf)


def longest_jam(world: World, end: float, name: str) -> float:
    """Return how long the longest jam lasted [s]; one part that jams as another is cleared goes on with it."""
    longest, since, last = 0.0, 0.0, -math.inf
    for jam in jams_at(world, name):
        since = since if jam.t == last else jam.t
        last = end if math.isnan(jam.until) else jam.until
        longest = max(longest, last - since)
    return longest


def picks_of(world: World) -> list[tuple[object, ...]]:
    """Return the rows of the table `picks`, in time order."""
    rows: list[tuple[object, ...]] = [
        (
            name,
            pick.part,
            pick.t,
            pick.is_dropped,
            pick.grip.force,
            pick.grip.mass,
            pick.grip.friction,
            pick.margin,
            pick.slip,
            pick.lost if pick.is_dropped else math.nan,
            _HOW[pick.is_played],
            pick.cause,
        )
        for name, handling in world.handlings.items()
        for pick in handling.picks
    ]
    return sorted(rows, key=lambda row: (row[2], row[0]))


def jams_of(world: World) -> list[tuple[object, ...]]:
    """Return the rows of the table `jams`, in time order."""
    rows: list[tuple[object, ...]] = [
        (name, jam.part, jam.t, jam.until, jam.friction, jam.yaw, _HOW[jam.is_played], jam.cause)
        for name, store in world.stores.items()
        if isinstance(store, GuidedConveyor)
        for jam in store.jams
    ]
    return sorted(rows, key=lambda row: (row[2], row[0]))

"""Measures of a factory episode: what its counters have come to since the end of the warm-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.domains.factory.annunciation import floods
from sim.domains.factory.cell_trace import jams_at, least_grip_margin, longest_jam
from sim.domains.factory.oee import oee_of
from sim.domains.factory.piling_trace import crooked, toppled
from sim.domains.factory.states import BLOCKED, DOWN, MAINTENANCE, OFF, STARVED, WORKING
from sim.domains.factory.stores import Sink

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["MEASURES"]


def _share(state: int) -> Callable[[World, float, str], float]:
    def share(world: World, end: float, name: str) -> float:
        return world.machines[name].time_in(state, end) / (end - world.since)

    return share


def _availability(world: World, end: float, name: str) -> float:
    machine = world.machines[name]
    planned = end - world.since - machine.time_in(OFF, end)
    down = machine.time_in(DOWN, end) + machine.time_in(MAINTENANCE, end)
    return 1.0 - down / planned if planned > 0.0 else 1.0


def _mean_level(world: World, end: float, name: str) -> float:
    store = world.stores[name]
    if isinstance(store, Sink):
        return float(store.level)
    return (store.area + store.level * (end - store.since)) / (end - world.since)


def _mean_wait(world: World, end: float, name: str) -> float:
    store = world.stores[name]
    count = store.arrived if isinstance(store, Sink) else store.departed
    return store.waited / count if count else 0.0


def _longest_down(world: World, end: float, name: str) -> float:
    trail = world.machines[name].trail
    assert trail is not None
    times, states = [*trail[0], end], trail[1]
    longest, since = 0.0, None
    for i, state in enumerate(states):
        if state == DOWN and since is None:
            since = times[i]
        if since is not None and (state != DOWN or i == len(states) - 1):
            longest = max(longest, (end if state == DOWN else times[i]) - since)
            since = None if state != DOWN else since
    return longest


def _since(world: World, name: str) -> list[tuple[float, float]]:
    """Return when an alarm stood that was raised after the warm-up."""
    return [span for span in world.alarms()[name].spans if span[0] >= world.since]


def _stood_longest(world: World, end: float, name: str) -> float:
    return max((min(stop, end) - begin for begin, stop in _since(world, name)), default=0.0)


def _floods(world: World, end: float) -> int:
    return len(floods(sorted(begin for name in world.alarms() for begin, _ in _since(world, name))))


MEASURES: dict[str, Callable[..., float]] = {
    "availability": _availability,
    "utilisation": _share(WORKING),
    "starved": _share(STARVED),
    "blocked": _share(BLOCKED),
    "made": lambda world, end, name: world.machines[name].made,
    "rate": lambda world, end, name: world.stores[name].arrived / (end - world.since),
    "mean_level": _mean_level,
    "mean_wait": _mean_wait,
    "lost": lambda world, end, name: world.arrivals[name].lost if name in world.arrivals else 0,
    "failures": lambda world, end, name: world.components[name].failures,
    "services": lambda world, end, name: world.components[name].services,
    "milling_failures": lambda world, end, name: world.milled(name).failures if name in world.milling else 0,
    "longest_down": _longest_down,
    "dropped": lambda world, end, name: world.handlings[name].dropped if name in world.handlings else 0,
    "least_grip_margin": lambda world, end, name: least_grip_margin(world, name),
    "toppled": lambda world, end, name: toppled(world, name),
    "crooked": lambda world, end, name: crooked(world, name),
    "jams": lambda world, end, name: len(jams_at(world, name)),
    "longest_jam": longest_jam,
    "raised": lambda world, end, name: len(_since(world, name)),
    "stood_longest": _stood_longest,
    "floods": _floods,
    "oee": lambda world, end, name: oee_of(world, name, end).oee,
}
"""Measure -> function of the world, the end of the episode and the entity."""

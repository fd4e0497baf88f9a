"""What a factory leaves behind: signals on the moments of change, measures, occurrences and the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.base import Truth
from sim.domains.factory.alarms import OF_ALARMS, Alarm, alarm_names
from sim.domains.factory.annunciation import FLOOD_WINDOW
from sim.domains.factory.cell_trace import cell_moments, grip_margin, guide_margin, jammed_for
from sim.domains.factory.declaration import KINDS
from sim.domains.factory.measures import MEASURES
from sim.domains.factory.names import members
from sim.domains.factory.piling_trace import pile_margin
from sim.domains.factory.states import DOWN, MAINTENANCE, OFF, STATES, WORKING
from sim.domains.factory.stepping import lasting, stepwise
from sim.domains.factory.stores import Sink
from sim.geometry import Array
from sim.recording import Occurrence

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["OF_LEVELS", "OF_SINKS", "FactoryTrace", "entities_of", "lasting", "stepwise"]

_POINTS = 1000
"""Regular moments beside those of change, so that what grows between two changes is seen to."""

_OF_MACHINES = frozenset(("working", "idle_for"))
OF_LEVELS = frozenset(("level", "waiting"))
"""Signals that read how many parts are in buffers."""
OF_SINKS = frozenset(("output", "throughput", "line_stopped_for"))
"""Signals that read how many parts have left."""
_IS_HALTED = np.isin(np.arange(len(STATES)), (DOWN, MAINTENANCE, OFF))


def entities_of(world: World, category: str) -> Sequence[str]:
    """Return the ids of all entities of a kind, of a counted item, or any."""
    kinds: dict[str, Sequence[str]] = {
        "machine": tuple(world.machines),
        "component": tuple(world.components),
        "reading": tuple(world.readings),
        "alarm": tuple(alarm_names(world)),
        "store": tuple(name for name, store in world.stores.items() if not isinstance(store, Sink)),
        "sink": tuple(name for name, store in world.stores.items() if isinstance(store, Sink)),
    }
    every = tuple(name for kind in KINDS for name in kinds.get(kind, ()))
    if category == "any":
        return every
    return kinds[category] if category in kinds else members(category, every)


class FactoryTrace:
    """The trace of one factory episode.

    `times` is (T,): the moments at which something changes that the scenario's events read, and a regular grid.
    """

    def __init__(self, world: World) -> None:
        """Take over what the world kept."""
        self.world = world
        self.end = float(world.agenda.now)
        self.alarms = world.alarms() if world.setup.reads & OF_ALARMS else {}
        self._occurrences = self._with_alarms()
        self.times = self._moments()
        self._signals: dict[tuple[str, tuple[str, ...]], Array] = {}

    def _moments(self) -> Array:
        world, reads = self.world, self.world.setup.reads
        found: list[Sequence[float]] = [
            np.linspace(0.0, world.setup.duration, _POINTS + 1).tolist(),
            [self.end],
        ]
        found.append([one.t for one in self._occurrences])
        found += [[stop for _, stop in one.spans] for one in self.alarms.values()]
        if reads & _OF_MACHINES:
            found += [machine.trail[0] for machine in world.machines.values() if machine.trail]
        else:
            found += [self._halts(name)[0] for name in world.machines]
        for store in world.stores.values():
            if reads & (OF_SINKS if isinstance(store, Sink) else OF_LEVELS) and store.trail:
                found.append(store.trail[0])
        if reads & {"reading", "wear"}:
            found += [reading.times for reading in world.readings.values()]
        found += cell_moments(world, reads)
        moments = np.unique(np.concatenate([np.asarray(one, np.float64) for one in found]))
        return moments[(moments >= 0.0) & (moments <= self.end)]

    def _halts(self, name: str) -> tuple[list[float], np.ndarray]:
        """Return the moments at which a machine is halted or goes on, and whether it is down from each on."""
        trail = self.world.machines[name].trail
        assert trail is not None
        times, states = np.asarray(trail[0]), np.asarray(trail[1])
        is_halted = _IS_HALTED[states]
        keep = is_halted | np.concatenate(([True], is_halted[:-1]))
        return times[keep].tolist(), states[keep]

    @property
    def occurrences(self) -> Sequence[Occurrence]:
        """What happened, in time order."""
        return self._occurrences

    def _with_alarms(self) -> Sequence[Occurrence]:
        """Return all occurrences, those of alarms among them."""
        raised = [
            Occurrence(begin, "alarm", {"alarm": name})
            for name, one in self.alarms.items()
            for begin, _ in one.spans
        ]
        return sorted([*self.world.log.occurrences, *raised], key=lambda one: one.t)

    def entities(self, category: str) -> Sequence[str]:
        """Return the ids of all entities of a kind, of a counted item, or any."""
        return entities_of(self.world, category)

    def nearest(self, category: str, to: str) -> tuple[Sequence[str], np.ndarray]:
        """Return the candidates; nothing moves here, so the first is as near as any."""
        names = [name for name in self.entities(category) if name != to]
        return names, np.zeros(len(self.times), np.int64)

    def signal(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return (T,) values of a declared signal."""
        known = self._signals.get((name, arguments))
        if known is None:
            known = self._signals[name, arguments] = _SIGNALS[name](self, *arguments)
        return known

    def measure(self, name: str, arguments: tuple[str, ...]) -> float:
        """Return the value of a declared measure."""
        return float(MEASURES[name](self.world, self.end, *arguments))

    def predicate(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return the (T,) margin so far of `failed`: -1 until the component first fails, then 0."""
        if name != "failed":
            raise KeyError(name)
        first = next(
            (
                one.t
                for one in self.occurrences
                if one.kind == "failed" and one.fields["component"] == arguments[0]
            ),
            np.inf,
        )
        return np.where(self.times >= first, 0.0, -1.0)

    def truth(self) -> Truth:
        """Return scene, channels and tables."""
        from sim.domains.factory.truth import build_truth

        return build_truth(self.world, self.end)

    # -- signals ------------------------------------------------------------------------------------------

    def down(self, name: str) -> Array:
        """Return (T,) 1 while a machine has failed, else 0."""
        times, states = self._halts(name)
        return stepwise(self.times, times, (states == DOWN).astype(np.float64))

    def _machines_down(self) -> Array:
        return np.sum([self.down(name) for name in self.world.machines], axis=0)

    def _down_for(self, name: str) -> Array:
        times, states = self._halts(name)
        return lasting(self.times, times, states == DOWN)

    def _working(self, name: str) -> Array:
        trail = self.world.machines[name].trail
        assert trail is not None
        return stepwise(self.times, trail[0], [float(state == WORKING) for state in trail[1]])

    def _idle_for(self, name: str) -> Array:
        trail = self.world.machines[name].trail
        assert trail is not None
        return lasting(self.times, trail[0], np.asarray(trail[1]) != WORKING)

    def _level(self, name: str) -> Array:
        trail = self.world.stores[name].trail
        assert trail is not None
        return stepwise(self.times, trail[0], trail[1])

    def _waiting(self) -> Array:
        stores = [name for name, store in self.world.stores.items() if not isinstance(store, Sink)]
        return np.sum([self._level(name) for name in stores], axis=0)

    def _throughput(self, name: str) -> Array:
        trail = self.world.stores[name].trail
        assert trail is not None
        window = self.world.values["window"]
        before = stepwise(self.times - window, trail[0], trail[1])
        return (self._level(name) - before) / np.clip(self.times, 1e-9, window)

    def _line_stopped_for(self) -> Array:
        left = [
            store.trail[0][1:]
            for store in self.world.stores.values()
            if isinstance(store, Sink) and not store.is_scrap and store.trail
        ]
        moments = np.unique(np.concatenate([[0.0], *left]))
        return self.times - moments[np.maximum(np.searchsorted(moments, self.times, side="left") - 1, 0)]

    def _wear(self, name: str) -> Array:
        trail = self.world.components[name].trail
        assert trail is not None
        times, levels = (np.array(column) for column in zip(*trail, strict=True))
        return np.interp(self.times, times, levels)

    def _reading(self, name: str) -> Array:
        reading = self.world.readings[name]
        times, values = np.asarray(reading.times), np.asarray(reading.values)
        known = ~np.isnan(values)
        if not known.any():
            return np.zeros(len(self.times))
        return stepwise(self.times, [0.0, *times[known]], [0.0, *values[known]])

    def _alarming(self, name: str) -> Array:
        return self._standing([self.alarms[name]])

    def _standing(self, alarms: Iterable[Alarm]) -> Array:
        begins, ends = _ordered(alarms)
        return _count(begins, self.times) - _count(ends, self.times)

    def _standing_alarms(self) -> Array:
        return self._standing(self.alarms.values())

    def _alarms_in_10_min(self) -> Array:
        begins, _ = _ordered(self.alarms.values())
        before = _count(begins, self.times - FLOOD_WINDOW)
        return _count(begins, self.times) - before

    def _broken(self, name: str) -> Array:
        changes, values = [0.0], [0.0]
        for one in self.occurrences:
            if one.kind in ("failed", "repaired") and one.fields["component"] == name:
                changes.append(one.t)
                values.append(float(one.kind == "failed"))
        return stepwise(self.times, changes, values)


def _count(moments: Array, times: Array) -> Array:
    """Return (T,) how many of some ordered moments have come."""
    return np.searchsorted(moments, times, side="right").astype(np.float64)


def _ordered(alarms: Iterable[Alarm]) -> tuple[Array, Array]:
    """Return the moments at which alarms are raised, and at which they are cleared, each in order."""
    spans = [span for one in alarms for span in one.spans]
    return np.sort([begin for begin, _ in spans]), np.sort([end for _, end in spans])


_SIGNALS: dict[str, Callable[..., Array]] = {
    "machines_down": FactoryTrace._machines_down,
    "down": FactoryTrace.down,
    "down_for": FactoryTrace._down_for,
    "working": FactoryTrace._working,
    "idle_for": FactoryTrace._idle_for,
    "level": FactoryTrace._level,
    "waiting": FactoryTrace._waiting,
    "output": FactoryTrace._level,
    "throughput": FactoryTrace._throughput,
    "line_stopped_for": FactoryTrace._line_stopped_for,
    "wear": FactoryTrace._wear,
    "broken": FactoryTrace._broken,
    "reading": FactoryTrace._reading,
    "alarming": FactoryTrace._alarming,
    "standing_alarms": FactoryTrace._standing_alarms,
    "alarms_in_10_min": FactoryTrace._alarms_in_10_min,
    "grip_margin": lambda trace, name: grip_margin(trace.world, trace.times, name),
    "guide_margin": lambda trace, name: guide_margin(trace.world, trace.times, name),
    "pile_margin": lambda trace, name: pile_margin(trace.world, trace.times, name),
    "jammed_for": lambda trace, name: jammed_for(trace.world, trace.times, name),
}

"""The alarms of a factory: what people were told while it ran.

Nothing in the plant acts on an alarm, so alarms are made afterwards, from what readings said and from what
machines and stores did: the same whichever engine ran the line.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.domains.factory.annunciation import Spans, chattering, delayed, floods, following, holding, past
from sim.domains.factory.draws import numbers, uniforms
from sim.domains.factory.names import members
from sim.domains.factory.states import STATES

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["OF_ALARMS", "Alarm", "Told", "alarm_names", "alarms_of", "told", "watched"]

OF_ALARMS = frozenset(
    ("alarm", "alarming", "alarms_in_10_min", "standing_alarms", "raised", "floods", "stood_longest")
)
"""Signals, measures and occurrences that alarms are made for."""


@dataclass(frozen=True)
class Alarm:
    """One alarm and when it stood.

    Args:
        of: the reading, store, machine or alarm that it tells of.
        kind: which of these.
        machine: where that stands; empty for a store.
        spans: from when to when it stood; inf for one that stands at the end.
        values: per span, what the reading or the level was when it was raised and when it was cleared.
    """

    name: str
    kind: str
    of: str
    machine: str
    priority: str
    spans: Spans
    values: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Told:
    """What people were told at one moment.

    Args:
        is_raised: else it was cleared.
        raised: when it was raised [s].
        is_chattering: whether it was raised then with two other times in one minute.
        in_flood: whether it was raised in a flood.
    """

    t: float
    alarm: Alarm
    is_raised: bool
    raised: float
    value: float
    is_chattering: bool
    in_flood: bool


def alarms_of(world: World, end: float) -> Mapping[str, Alarm]:
    """Return the alarms by name, each after those that bring it."""
    found: dict[str, Alarm] = {}
    for name, (item, of) in _named(world).items():
        found[name] = _alarm(world, name, item, of, found, end)
    return found


def alarm_names(world: World) -> Sequence[str]:
    """Return the names of all alarms, those of counted machines one by one."""
    return tuple(_named(world))


def told(alarms: Mapping[str, Alarm], end: float) -> list[Told]:
    """Return what was raised and cleared up to the end, in time order, first what the scenario names first."""
    flooded = floods(sorted(t for one in alarms.values() for t, _ in one.spans))
    rows = []
    for alarm in alarms.values():
        chatters = chattering([t for t, _ in alarm.spans])
        for (begin, stop), (first, last), is_chattering in zip(
            alarm.spans, alarm.values, chatters, strict=True
        ):
            in_flood = any(since <= begin <= until for since, until in flooded)
            rows.append(Told(begin, alarm, True, begin, first, is_chattering, in_flood))
            if stop <= end:
                rows.append(Told(stop, alarm, False, begin, last, is_chattering, in_flood))
    return sorted(rows, key=lambda row: row.t)


def watched(world: World, kind: str) -> frozenset[str]:
    """Return what alarms of a kind tell of."""
    return frozenset(of for item, of in _named(world).values() if item["when"].kind == kind)


def _named(world: World) -> dict[str, tuple[Mapping[str, Any], str]]:
    """Return alarm -> its item and what it tells of, each after the one that brings it."""
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    watchable: Mapping[str, Mapping[str, object]] = {
        "reading": world.readings,
        "level": world.stores,
        "state": world.machines,
        "alarm": found,
    }
    left = list(world.values["alarms"])
    while left:
        waiting = {item["id"] for item in left}
        item = next(
            one for one in left if one["when"].kind != "alarm" or one["when"].settings["of"] not in waiting
        )
        left.remove(item)
        meant = item["when"].settings["of"]
        for of in members(meant, tuple(watchable[item["when"].kind])):
            found[item["id"] if of == meant else f"{item['id']}_{of.rpartition('_')[2]}"] = item, of
    return found


def _alarm(
    world: World, name: str, item: Mapping[str, Any], of: str, others: Mapping[str, Alarm], end: float
) -> Alarm:
    kind, settings = item["when"].kind, item["when"].settings
    times: Sequence[float] = ()
    values: Sequence[float] = ()
    machine = ""
    if kind == "reading":
        reading = world.readings[of]
        times, values, machine = reading.times, reading.values, reading.component.machine.name
        spans = _past(times, values, settings)
    elif kind == "level":
        trail = world.stores[of].trail
        assert trail is not None
        times, values = trail
        spans = _past(times, values, settings)
    elif kind == "state":
        machine, state = of, STATES.index(settings["is"])
        states = world.machines[of].trail
        assert states is not None
        spans = holding(states[0], [one == state for one in states[1]])
    else:
        machine, spans = others[of].machine, _brought(world, name, settings, others[of].spans)
    stood = [one for one in delayed(spans, item["on_delay"], item["off_delay"]) if one[0] <= end]
    said = [(_value_at(times, values, begin), _value_at(times, values, stop)) for begin, stop in stood]
    return Alarm(name, kind, of, machine, item["priority"], stood, said)


def _past(times: Sequence[float], values: Sequence[float], settings: Mapping[str, Any]) -> Spans:
    above = settings["above"] is not None
    bound = settings["above"] if above else settings["below"]
    return holding(times, past(values, bound, settings["deadband"], above=above))


def _brought(world: World, name: str, settings: Mapping[str, Any], spans: Spans) -> Spans:
    """Return when an alarm holds that another brings."""
    noise = world.setup.noise
    after, chance = numbers(noise, name, settings["after"]), uniforms(noise, name, "chance")
    lags = []
    for begin, stop in spans:
        lag = after.next(begin)
        follows = chance.next(begin) < settings["chance"]
        gone = after.next(stop) if stop < math.inf else 0.0
        lags.append((lag if follows else math.inf, gone))
    return following(spans, lags)


def _value_at(times: Sequence[float], values: Sequence[float], t: float) -> float:
    """Return the last value up to a moment; NaN where there is none."""
    place = bisect.bisect_right(times, t) - 1
    return float(values[place]) if place >= 0 and t < math.inf else math.nan

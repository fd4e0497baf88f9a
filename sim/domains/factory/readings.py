"""What decisions see: the wear of a component through a sensor with noise and faults of its own.

A reading is drawn once, here; maintenance acts on it, alarms tell of it, and the sensor that exports it replays
it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.domains.factory.agenda import READING, Agenda
from sim.domains.factory.components import Component
from sim.domains.factory.draws import Numbers
from sim.domains.factory.log import Log

__all__ = ["Reading"]


_HARMLESS = {"drift": 0.0, "bias": 0.0, "dropout": 0.0, "scale": 1.0}
"""Sizes of faults that are none: scenarios draw them for sensors that nothing is wrong with."""


class Reading:
    """One sensor that is read at equal times.

    Args:
        settings: the resolved item of `readings:`.
        noise: a normal per reading.
        gaps: a uniform per reading, for dropouts.
        acts: called with the moment when the bound of a maintenance rule has been passed often enough.
    """

    def __init__(
        self, settings: Mapping[str, Any], component: Component, agenda: Agenda, log: Log, *, noise: Numbers,
        gaps: Numbers, rank: int,
    ) -> None:  # fmt: skip
        self.name = str(settings["id"])
        self.component = component
        self.rules: list[tuple[float, int, Callable[[str, float], None]]] = []
        self.times: list[float] = []
        self.values: list[float] = []
        self._settings, self._log = settings, log
        self._faults: Sequence[Mapping[str, Any]] = settings["faults"]
        self._noise, self._gaps = noise, gaps
        self._env = agenda.env
        self._above: list[int] = []
        self._held = settings["offset"]
        self._tick = agenda.tick(READING + rank, self._read)
        self._tick.schedule(settings["every"])

    def add_rule(self, above: float, times: int, act: Callable[[str, float], None]) -> None:
        """Let something be done when so many readings in a row are above a bound."""
        self.rules.append((above, times, act))
        self._above.append(0)

    def _read(self, event: object) -> None:
        now = float(self._env.now)
        value, label = self._value(now)
        self.times.append(now)
        self.values.append(value)
        if self._log.is_recorded:
            self._log.readings.append((now, self.name, value, self.component.wear_at(now), label))
        if not math.isnan(value):
            for number, (above, times, act) in enumerate(self.rules):
                self._above[number] = self._above[number] + 1 if value > above else 0
                if self._above[number] >= times:
                    self._above[number] = 0
                    act("reading", now)
        self._tick.schedule(self._settings["every"])

    def _value(self, now: float) -> tuple[float, str]:
        """Return what the sensor says and which of its faults are at work."""
        settings = self._settings
        value = settings["offset"] + settings["gain"] * self.component.wear_at(now)
        value += settings["noise"] * self._noise.next(now)
        gap, names = self._gaps.next(now), []
        is_stuck = is_missing = False
        for fault in self._faults:
            begin, end = fault["from"], fault["to"]
            if now < begin or (end is not None and now >= end):
                continue
            kind, size = fault["choice"].kind, fault["choice"].settings
            if size == _HARMLESS.get(kind):
                continue
            names.append(kind)
            if kind == "drift":
                value += size * (now - begin)
            elif kind == "bias":
                value += size
            elif kind == "scale":
                value *= size
            elif kind == "stuck":
                is_stuck = True
            else:
                is_missing = is_missing or gap < size
        value = self._held if is_stuck else value
        self._held = value
        return (math.nan if is_missing else value), "+".join(names)

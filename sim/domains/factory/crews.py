"""Who repairs and with what: crews that take the most urgent job first, spare parts in stock, hours of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import simpy

from sim.domains.factory.agenda import Agenda
from sim.domains.factory.draws import Numbers

__all__ = ["DAY", "Crew", "Spares", "keep_hours", "working_spans"]

DAY = 86400.0

Turn = Callable[[float, bool], None]
"""Called with the moment [s] and whether work begins (or ends)."""


class Crew:
    """People who do a number of jobs at once; jobs wait by priority, then in the order of their coming."""

    def __init__(self, agenda: Agenda, size: int) -> None:
        self._env = agenda.env
        self._free = size
        self._waiting: list[tuple[int, int, simpy.Event]] = []
        self._tickets = 0
        self._is_on = True

    def ask(self, priority: int) -> simpy.Event:
        """Return an event that happens when somebody begins the job."""
        event = self._env.event()
        self._tickets += 1
        self._waiting.append((priority, self._tickets, event))
        self._send()
        return event

    def done(self) -> None:
        """Somebody has finished a job."""
        self._free += 1
        self._send()

    def set_hours(self, now: float, on: bool) -> None:
        """Begin or cease to begin jobs; those that are being done are finished."""
        self._is_on = on
        self._send()

    def _send(self) -> None:
        while self._is_on and self._free and self._waiting:
            job = min(self._waiting, key=lambda one: one[:2])
            self._waiting.remove(job)
            self._free -= 1
            job[2].succeed()


class Spares:
    """Spare parts of one kind; more are ordered when there are few."""

    def __init__(
        self,
        agenda: Agenda,
        *,
        stock: int,
        reorder_at: int,
        lot: int,
        lead_time: Numbers,
        told: Callable[[int, float], None],
    ) -> None:
        """Begin with a stock; `told` hears of every change of it."""
        self._env = agenda.env
        self.stock = stock
        self._reorder_at, self._lot, self._lead_time = reorder_at, lot, lead_time
        self._ordered = 0
        self._waiting: list[simpy.Event] = []
        self._told = told
        self._order_if_few()

    def take(self) -> simpy.Event:
        """Return an event that happens when a part is there for the job."""
        event = self._env.event()
        self._waiting.append(event)
        self._hand_out()
        return event

    def _hand_out(self) -> None:
        while self.stock and self._waiting:
            self.stock -= 1
            self._waiting.pop(0).succeed()
            self._told(self.stock, float(self._env.now))
        self._order_if_few()

    def _order_if_few(self) -> None:
        while self.stock + self._ordered - len(self._waiting) <= self._reorder_at:
            self._ordered += self._lot
            self._env.process(self._delivery(self._lead_time.next(float(self._env.now))))

    def _delivery(self, after: float) -> Iterator[Any]:
        yield self._env.timeout(after)
        self._ordered -= self._lot
        self.stock += self._lot
        self._told(self.stock, float(self._env.now))
        self._hand_out()


def working_spans(shift: Mapping[str, Any], number: int) -> list[tuple[float, float]]:
    """Return the (begin, end) of work on day `number` of the episode [s], breaks taken out."""
    if number % 7 >= shift["days"]:
        return []
    start = number * DAY + shift["from"]
    end = start + shift["hours"]
    spans, at = [], start
    for pause in sorted(shift["breaks"], key=lambda one: float(one["after"])):
        begin = start + pause["after"]
        if at < begin < end:
            spans.append((at, begin))
        at = max(at, min(begin + pause["lasts"], end))
    return [*spans, (at, end)] if at < end else spans


def keep_hours(agenda: Agenda, shift: Mapping[str, Any], turn: Turn) -> None:
    """Call `turn(now, on)` at the beginnings and ends of work; at time 0 it is off unless work has begun."""
    if shift["hours"] >= DAY and shift["days"] == 7 and not shift["breaks"]:
        return  # round the clock
    agenda.env.process(_hours(agenda, shift, turn))
    first = working_spans(shift, 0)
    if not first or first[0][0] > 0.0:
        turn(0.0, False)


def _hours(agenda: Agenda, shift: Mapping[str, Any], turn: Turn) -> Iterator[Any]:
    env, day = agenda.env, 0
    while True:
        for begin, end in working_spans(shift, day):
            if begin > 0.0:
                yield env.timeout(begin - env.now)
                turn(float(env.now), True)
            yield env.timeout(end - env.now)
            turn(float(env.now), False)
        day += 1

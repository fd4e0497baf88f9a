"""The SimPy environment of a factory, and the events that machines reuse from cycle to cycle.

At one moment many things may be due. What comes first is told by rank alone, never by who was scheduled
first, so that another engine can keep the same order: the end of the episode, decisions (SimPy's own events),
then machines from the last of the line to the first, then arrivals, then failures that need no work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import simpy

__all__ = ["ARRIVAL", "FAILURE", "MACHINE", "READING", "Agenda", "Tick"]

_END = 0
MACHINE = 10
"""Rank of the last machine of the line; those before it follow."""
ARRIVAL = 1_000_000
FAILURE = 2_000_000
READING = 3_000_000
"""Readings come last: they see what a moment has come to."""


class Tick(simpy.Event):  # type: ignore[misc]  # SimPy is seen without its types
    """An event that can be scheduled again once it has happened; it calls one function."""

    def __init__(self, agenda: Agenda, rank: int, action: Callable[[Any], None]) -> None:
        super().__init__(agenda.env)
        self._ok = True
        self._value = None
        self.rank = rank
        self._actions = [action]

    def schedule(self, delay: float) -> None:
        """Let it happen after a delay [s]."""
        self.callbacks = self._actions
        self.env.schedule(self, self.rank, delay)


class Agenda:
    """Simulated time and what is due."""

    def __init__(self) -> None:
        self.env = simpy.Environment()
        self._end = Tick(self, _END, lambda event: None)
        self._is_ending = False

    @property
    def now(self) -> float:
        """The present moment [s]."""
        return float(self.env.now)

    def run(self, duration: float) -> None:
        """Run until a moment, what is due then left undone, or to where `stop` was called."""
        self._end.schedule(duration)
        self.env.run(until=self._end)

    def stop(self) -> None:
        """End the run now."""
        if not self._is_ending:
            self._is_ending = True
            self._end = Tick(self, _END, simpy.events.StopSimulation.callback)
            self._end.schedule(0.0)

    def tick(self, rank: int, action: Callable[[Any], None]) -> Tick:
        """Return an event that calls a function."""
        return Tick(self, rank, action)

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
_CLOSE = 1_000_000_000
"""An end that comes after everything else of its moment."""


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

    def run(self, duration: float, *, stop_at: float | None = None) -> None:
        """Run until a moment, what is due then left undone, or to where `stop` was called.

        Args:
            duration: the moment [s].
            stop_at: a moment before that to end with instead, what is due then done.
        """
        self._end.schedule(duration)
        if stop_at is not None:
            self._stop_at(stop_at)
        self.env.run(until=self._end)

    def finish_at(self, moment: float) -> None:
        """Let the present be a moment to which another engine has run [s]."""
        self.env = simpy.Environment(moment)

    def stop(self) -> None:
        """End the run with the present moment, once everything that is due in it is done."""
        if not self._is_ending:
            self._stop_at(self.now)

    def _stop_at(self, moment: float) -> None:
        self._is_ending = True
        Tick(self, _CLOSE, simpy.core.StopSimulation.callback).schedule(moment - self.now)

    def tick(self, rank: int, action: Callable[[Any], None]) -> Tick:
        """Return an event that calls a function."""
        return Tick(self, rank, action)

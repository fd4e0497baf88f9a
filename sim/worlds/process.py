"""The clock that couples decisions to a kernel: SimPy processes decide, a compiled kernel moves time between.

Between two SimPy events the kernel advances the world to the time of the next one, or to the first moment at
which something watched comes true; the process that waits for it then goes on at exactly that moment.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, Protocol

import simpy

__all__ = ["Clock", "Kernel", "Process"]

Process = Generator[Any, Any, None]
"""A decision process: a generator that yields what it waits for."""


class Kernel(Protocol):
    """What a domain's kernel offers the clock."""

    def advance(self, until: float) -> tuple[float, Sequence[int], bool]:
        """Move the world on to `until` or the first crossing.

        Returns:
            The time reached, the numbers of the watches that hold there, and whether the world has ended.
        """
        ...

    def arm(self, watch: int, *, armed: bool) -> None:
        """Begin or cease to look at a watch."""
        ...


class Clock:
    """Simulated time, shared by processes and a kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._env = simpy.Environment()
        self._kernel = kernel
        self._waiting: dict[int, list[simpy.Event]] = {}
        self.over = False

    @property
    def now(self) -> float:
        """The present moment [s]."""
        return float(self._env.now)

    def start(self, process: Process) -> None:
        """Start a decision process."""
        self._env.process(process)

    def together(self, processes: Iterable[Process]) -> simpy.Event:
        """Start some decision processes and return an event that happens when all of them have ended."""
        return self._env.all_of([self._env.process(one) for one in processes])

    def wait(self, duration: float) -> simpy.Event:
        """Return an event that happens after `duration` seconds."""
        return self._env.timeout(duration)

    def until(self, moment: float) -> simpy.Event:
        """Return an event at a moment; at once if it has passed."""
        return self._env.timeout(max(moment - self._env.now, 0.0))

    def when(self, watch: int) -> simpy.Event:
        """Return an event that happens when a watch holds; at once if it holds already."""
        event = self._env.event()
        self._waiting.setdefault(watch, []).append(event)
        self._kernel.arm(watch, armed=True)
        return event

    def run(self, until: float) -> None:
        """Run to a moment, or to where the kernel says the world has ended; decisions due then are made."""
        env = self._env
        while True:
            while env.peek() <= env.now:
                env.step()
            if self.over or env.now >= until:
                return
            following = env.peek()
            reached, held, self.over = self._kernel.advance(min(following, until))
            if reached == following and not held:
                env.step()  # moves time on to there
            elif reached > env.now:
                env.run(until=reached)
            for watch in held:
                self._kernel.arm(watch, armed=False)
                for event in self._waiting.pop(watch, ()):
                    event.succeed()

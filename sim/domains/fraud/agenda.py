"""The clock of a bank: what is to be done at which moment, for processes that no kernel interrupts.

It goes through processes exactly as `sim.worlds.process.Clock`, which is SimPy, does: in the order of time; at
one moment what starts before what goes on, and else in the order in which it was planned. A bank has thousands
of processes that wait a few times each and no kernel to stop for, and SimPy makes three objects for every wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from sim.worlds.process import Process

__all__ = ["Agenda"]

_STARTS, _GOES_ON = 0, 1


class _Group:
    """Processes that one process waits for: how many have not ended yet."""

    __slots__ = ("left", "waiting")

    def __init__(self, left: int) -> None:
        self.left = left
        self.waiting: Process | None = None


class Agenda:
    """Simulated time, shared by processes.

    Attributes:
        now: the present moment [s].
    """

    def __init__(self) -> None:
        """Begin at 0 with nothing to do."""
        self.now = 0.0
        self._due: list[tuple[float, int, int, Any]] = []  # (moment, priority, number, process or group)
        self._planned = 0
        self._groups: dict[Process, _Group] = {}

    @property
    def turns(self) -> int:
        """How often a process was to go on so far: the steps of all that is decided."""
        return self._planned

    def start(self, process: Process) -> None:
        """Start a process."""
        self._plan(self.now, _STARTS, process)

    def together(self, processes: Iterable[Process]) -> Any:
        """Start some processes, at least one, and return what to yield to wait until all of them have ended."""
        members = list(processes)
        group = _Group(len(members))
        for one in members:
            self._groups[one] = group
            self._plan(self.now, _STARTS, one)
        return group

    def wait(self, duration: float) -> Any:
        """Return what to yield to wait for so many seconds."""
        return self.now + duration

    def until(self, moment: float) -> Any:
        """Return what to yield to wait for a moment; none if it has passed."""
        return self.now + max(moment - self.now, 0.0)  # rounded as a wait is

    def run(self, until: float) -> None:
        """Run to a moment; what is due then is done."""
        due, groups = self._due, self._groups
        while due and due[0][0] <= until:
            now, _, _, one = heappop(due)
            self.now = now
            if type(one) is _Group:
                one.left -= 1
                if one.left == 0:
                    self._plan(now, _GOES_ON, one.waiting)
                continue
            try:
                wanted = one.send(None)
            except StopIteration:
                if one in groups:
                    self._plan(now, _GOES_ON, groups.pop(one))
                continue
            if type(wanted) is _Group:
                wanted.waiting = one
            else:
                self._planned += 1
                heappush(due, (wanted, _GOES_ON, self._planned, one))
        self.now = until

    def _plan(self, moment: float, priority: int, what: Any) -> None:
        self._planned += 1
        heappush(self._due, (moment, priority, self._planned, what))

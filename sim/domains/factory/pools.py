"""People and vehicles that machines share."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Attended", "Pool"]


class Attended(Protocol):
    """A machine that works only while somebody is there."""

    def attend(self, now: float) -> None:
        """Somebody has come."""
        ...


class Pool:
    """People or vehicles, of whom machines need one while they work; those who wait are served in order."""

    def __init__(self, size: int) -> None:
        self.free = size
        self._waiting: list[Attended] = []

    def ask(self, machine: Attended) -> bool:
        """Take one if there is one; else the machine is called when there is."""
        if self.free:
            self.free -= 1
            return True
        self._waiting.append(machine)
        return False

    def forget(self, machine: Attended) -> None:
        """Take a machine off the list."""
        self._waiting.remove(machine)

    def give_back(self, now: float) -> None:
        """Return one, who goes to the machine that waits longest."""
        if self._waiting:
            self._waiting.pop(0).attend(now)
        else:
            self.free += 1

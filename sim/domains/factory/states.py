"""The states of a machine, the reasons for which it stops, and what a machine knows of what ages in it."""

from __future__ import annotations

from typing import Protocol

__all__ = [
    "AWAY",
    "BLOCKED",
    "DOWN",
    "MAINTENANCE",
    "OFF",
    "SERVICED",
    "SETUP",
    "STARVED",
    "STATES",
    "STOPPED",
    "WAITING",
    "WORKING",
    "Clocked",
    "Wearing",
]

STATES = ("working", "starved", "blocked", "down", "maintenance", "off", "setup", "waiting")
WORKING, STARVED, BLOCKED, DOWN, MAINTENANCE, OFF, SETUP, WAITING = range(8)

STOPPED, SERVICED, AWAY = range(3)
"""Reasons for a halt: a component has failed, one is being serviced before it fails, off shift."""


class Wearing(Protocol):
    """What wears while the machine works."""

    def ahead(self, span: float, t: float) -> float:
        """Return the age until it fails if that is less than `span`, else inf."""
        ...

    def spend(self, span: float) -> None:
        """Let it age."""
        ...

    def strike(self, now: float) -> None:
        """What was looked ahead to has come."""
        ...


class Clocked(Protocol):
    """What ages by the clock while the machine is not down."""

    def pause(self, now: float) -> None:
        """Cease to age."""
        ...

    def go_on(self, now: float) -> None:
        """Age again."""
        ...

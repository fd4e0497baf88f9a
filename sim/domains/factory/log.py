"""What is kept while a factory runs: occurrences always, rows of tables only for a recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.recording import Occurrence

__all__ = ["Job", "Log"]


@dataclass
class Job:
    """One job of maintenance, from the moment it is asked for.

    Args:
        kind: repair (after a failure) or service (before one).
        reason: failure, age, reading or opportunity.
        life: which of the component's lives it ends.
        wear: true wear when it was asked for, 1 for a failure.
    """

    component: str
    machine: str
    kind: str
    reason: str
    life: int
    asked: float
    wear: float
    begun: float = float("nan")
    ended: float = float("nan")


@dataclass
class Log:
    """Everything that happened, in time order.

    Args:
        is_recorded: whether rows of tables are kept.
        heard: is told every occurrence when it happens.
    """

    is_recorded: bool
    occurrences: list[Occurrence] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    readings: list[tuple[float, str, float, float, str]] = field(default_factory=list)
    quality: list[tuple[float, str, int, bool, bool, float, str, str]] = field(default_factory=list)
    stocks: list[tuple[float, str, int]] = field(default_factory=list)
    heard: Callable[[Occurrence], None] | None = None

    def tell(self, t: float, kind: str, **fields: Any) -> None:
        """Note an occurrence."""
        occurrence = Occurrence(t, kind, fields)
        self.occurrences.append(occurrence)
        if self.heard is not None:
            self.heard(occurrence)

    def tell_stock(self, spare: str, stock: int, t: float) -> None:
        """Note how many spare parts there are; none left is an occurrence."""
        if not stock:
            self.tell(t, "out_of_stock", spare=spare)
        if self.is_recorded:
            self.stocks.append((t, spare, stock))

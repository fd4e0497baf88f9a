"""Ends a run when something has happened, where what happens is enough to tell: failures, alarms, their number.

Events over signals are not waited for: they are looked for afterwards, and the run is made again up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.formulas import AllOf, AnyOf, Compare, Count, Formula, Number, Occurs, Predicate, Quantified
from sim.margins import least_count, matches
from sim.moments import mentioned
from sim.rare_events import written_out
from sim.recording import Occurrence

__all__ = ["Wait", "Whole", "awaited"]


@dataclass
class Times:
    """Something that is to happen so many times more.

    Args:
        kind: of occurrence.
        fields: values that it must have.
        left: how many are still to come.
    """

    kind: str
    fields: tuple[tuple[str, str | float], ...]
    left: int

    @property
    def is_there(self) -> bool:
        """Whether it has happened often enough."""
        return self.left <= 0

    def hear(self, one: Occurrence) -> None:
        """Count an occurrence."""
        self.left -= matches(one, self.kind, self.fields)


@dataclass
class Whole:
    """Parts of which one must be there, or all."""

    parts: Sequence[Times | Whole]
    needs_all: bool

    @property
    def is_there(self) -> bool:
        """Whether enough of it is there."""
        there = (part.is_there for part in self.parts)
        return all(there) if self.needs_all else any(there)

    def hear(self, one: Occurrence) -> None:
        """Count an occurrence in every part."""
        for part in self.parts:
            part.hear(one)


@dataclass
class Wait:
    """Waits for something, then acts."""

    what: Times | Whole
    act: Callable[[], None]

    def hear(self, one: Occurrence) -> None:
        """Take note of an occurrence."""
        self.what.hear(one)
        if self.what.is_there:
            self.act()


def awaited(formula: Formula, entities: Callable[[str], Sequence[str]]) -> Times | Whole | None:
    """Return what must happen for a formula to hold; None where that does not tell.

    Args:
        formula: without names of events.
        entities: kind -> ids of all of it.
    """
    sets = {one.over.kind: entities(one.over.kind) for one in mentioned(formula) if isinstance(one, Quantified)}
    return _awaited(written_out(formula, sets))


def _awaited(formula: Formula) -> Times | Whole | None:
    match formula:
        case Predicate(name="failed", arguments=(str(component),)):
            return Times("failed", (("component", component),), 1)
        case Occurs(kind=kind, fields=fields):
            return Times(kind, fields, 1)
        case Compare(op=">" | ">=" as op, left=Count(kind=kind, fields=fields), right=Number(value=bound)):
            return Times(kind, fields, least_count(op, bound))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            found = [_awaited(part) for part in parts]
            known = [part for part in found if part is not None]
            return Whole(known, isinstance(formula, AllOf)) if len(known) == len(found) else None
    return None

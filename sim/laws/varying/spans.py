"""How a calendar's factors are written: spans of hours, of weekdays and months, and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.errors import did_you_mean
from sim.laws.base import Array, LawError
from sim.laws.checks import finite
from sim.lazy import np
from sim.wall_clock import DAY

__all__ = ["MONTHS", "WEEKDAYS", "DayPattern", "dates_of", "day_pattern", "named_days", "numbered_days"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?\Z")
_DATE = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)\Z")


@dataclass(frozen=True)
class DayPattern:
    """Factors over one day: `factors[i]` from `edges[i]` on, in seconds since midnight; the first edge is 0."""

    edges: tuple[float, ...]
    factors: tuple[float, ...]

    def at(self, seconds: Array) -> Array:
        """Return (T,) factors at (T,) seconds of the day."""
        found: Array = np.array(self.factors)[np.searchsorted(self.edges, seconds, side="right") - 1]
        return found

    def times(self, factor: float) -> DayPattern:
        """Return the pattern with all factors multiplied."""
        return DayPattern(self.edges, tuple(factor * one for one in self.factors))


def day_pattern(argument: str, given: Mapping[str, float] | Sequence[float]) -> DayPattern:
    """Return the pattern that spans of hours, or a list of 24 factors, describe.

    Raises:
        LawError: no span of hours, spans that overlap, or another number of factors.
    """
    if not isinstance(given, Mapping):
        if len(given) != 24:
            raise LawError(argument, f"a list has 24 factors, one per hour, not {len(given)}")
        factors = tuple(finite(argument, factor) for factor in given)
        return DayPattern(tuple(3600.0 * hour for hour in range(24)), factors)
    spans = [piece for text, factor in given.items() for piece in _pieces(argument, text, factor)]
    edges = sorted({0.0, *(edge for begin, end, _ in spans for edge in (begin, end) if edge < DAY)})
    factors = tuple(_factor(argument, edge, spans) for edge in edges)
    return DayPattern(tuple(edges), factors)


def _pieces(argument: str, text: str, factor: float) -> list[tuple[float, float, float]]:
    """Return (begin, end, factor) of a span of hours, two of them where it goes over midnight."""
    match = _HOURS.match(text.strip())
    if match is None:
        raise LawError(argument, f"'{text}' is no span of hours, such as 7-9 or 22:30-6")
    hour, minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    begin, end = 3600.0 * hour + 60.0 * minute, 3600.0 * to_hour + 60.0 * to_minute
    if minute > 59 or to_minute > 59 or begin >= DAY or end > DAY or begin == end:
        raise LawError(argument, f"'{text}' is no span of hours of one day")
    factor = finite(argument, factor)
    if begin < end:
        return [(begin, end, factor)]
    late = (begin, DAY, factor)
    return [late, (0.0, end, factor)] if end > 0.0 else [late]


def _factor(argument: str, second: float, spans: Sequence[tuple[float, float, float]]) -> float:
    found = [factor for begin, end, factor in spans if begin <= second < end]
    if len(found) > 1:
        hour, minute = divmod(int(second) // 60, 60)
        raise LawError(argument, f"two spans hold at {hour:02d}:{minute:02d}")
    return found[0] if found else 1.0


def named_days(argument: str, given: Mapping[str, Any], names: Sequence[str]) -> dict[int, Any]:
    """Return number -> what is said of it, for names and spans of names such as sat-mon.

    Raises:
        LawError: an unknown name, or one that is named twice.
    """
    return _spread(argument, given, {name: number for number, name in enumerate(names)}, len(names), 0)


def numbered_days(argument: str, given: Mapping[str, Any], last: int) -> dict[int, Any]:
    """Return number -> what is said of it, for numbers from 1 and spans of them.

    Raises:
        LawError: a number beyond the last, or one that is named twice.
    """
    return _spread(argument, given, {str(number): number for number in range(1, last + 1)}, last, 1)


def _spread(
    argument: str, given: Mapping[str, Any], numbers: Mapping[str, int], count: int, first: int
) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for text, value in given.items():
        begin, dash, end = (part.strip() for part in text.partition("-"))
        for name in (begin, end) if dash else (begin,):
            if name not in numbers:
                near = did_you_mean(name, tuple(numbers))
                hint = (
                    f"; did you mean '{near}'?"
                    if near
                    else f"; they are {next(iter(numbers))} to {[*numbers][-1]}"
                )
                raise LawError(argument, f"'{name}' is unknown{hint}")
        low, high = numbers[begin], numbers[end if dash else begin]
        for step in range((high - low) % count + 1):
            number = (low - first + step) % count + first
            if number in found:
                raise LawError(argument, f"'{text}' says something of a day that another line has")
            found[number] = value
    return found


def dates_of(argument: str, given: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Return (year, month, day) of dates; the year is 0 where none is written.

    Raises:
        LawError: it is no date.
    """
    found = []
    for text in given:
        match = _DATE.match(text.strip())
        try:
            year, month, day = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
            date(year or 2000, month, day)  # 2000 was a leap year
        except ValueError:
            raise LawError(argument, f"'{text}' is no date, such as 2026-12-25 or 12-25") from None
        found.append((year, month, day))
    return tuple(found)

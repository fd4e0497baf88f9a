"""A value that follows the clock on the wall: hours of the day, weekdays, months, holidays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Array, LawError
from sim.laws.checks import finite
from sim.laws.varying.base import Path, VaryingArgument, VaryingKind
from sim.laws.varying.spans import (
    MONTHS,
    WEEKDAYS,
    DayPattern,
    dates_of,
    day_pattern,
    named_days,
    numbered_days,
)
from sim.lazy import np
from sim.noise import Noise
from sim.wall_clock import DAY, WallClock

__all__ = ["KIND", "Calendar"]

_HOLIDAY = 7
"""Number of the kind of day that a holiday is; 0 to 6 are Monday to Sunday."""


@dataclass(frozen=True)
class Calendar:
    """A number that depends on the local date and time alone: a value times factors.

    Args:
        clock: of the scenario's `start:`.
        value: the value where every factor is 1.
        days: 8 patterns of factors over the day: Monday to Sunday, then holidays.
        months: 12 factors, January to December.
        month_days: 31 factors.
        holidays: dates as (year, month, day); year 0 stands for every year.
        plus: added at the end.
    """

    clock: WallClock
    value: float
    days: tuple[DayPattern, ...]
    months: tuple[float, ...]
    month_days: tuple[float, ...]
    holidays: tuple[tuple[int, int, int], ...] = ()
    plus: float = 0.0

    @property
    def low(self) -> float:
        """The least value."""
        return min(self._corners())

    @property
    def high(self) -> float:
        """The greatest value."""
        return max(self._corners())

    def _corners(self) -> list[float]:
        """Return the values at the ends of the ranges of all factors; holidays count where there are some."""
        used = self.days if self.holidays else self.days[:_HOLIDAY]
        hours = [factor for pattern in used for factor in pattern.factors]
        sides = [(min(part), max(part)) for part in (hours, self.months, self.month_days)]
        return [self.value * a * b * c + self.plus for a in sides[0] for b in sides[1] for c in sides[2]]

    def values(self, seconds: Any) -> Array:
        """Return (T,) values at (T,) moments of the episode [s]."""
        day, second = self.clock.local(seconds)
        return self._values(day, second)

    def _values(self, day: np.ndarray, second: Array) -> Array:
        """Return the values at local days since 1970 and seconds of the day."""
        date = day.astype("datetime64[D]")
        month = date.astype("datetime64[M]")
        year = date.astype("datetime64[Y]").astype(np.int64) + 1970
        month_number = month.astype(np.int64) % 12
        of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
        kind = (day + 3) % 7  # 1970-01-01 was a Thursday
        for y, m, d in self.holidays:
            kind = np.where(
                (month_number == m - 1) & (of_month == d - 1) & ((year == y) | (y == 0)), _HOLIDAY, kind
            )
        factor = np.ones(len(day))
        for number, pattern in enumerate(self.days):
            here = kind == number
            if np.any(here):
                factor[here] = pattern.at(second[here])
        months, month_days = np.array(self.months), np.array(self.month_days)
        found: Array = self.value * factor * months[month_number] * month_days[of_month] + self.plus
        return found

    def path(self, times: Array, noise: Noise, entity: str, stream: str, *, since: float = 0.0) -> Path:
        """Return the path: it changes exactly when the clock on the wall says so."""
        moments = np.unique(np.append(times[0], self._changes(float(times[0]), float(times[-1]))))
        values = self.values(moments)
        kept = np.append(True, values[1:] != values[:-1])
        return Path(moments[kept], values[kept])

    def _changes(self, first: float, last: float) -> Array:
        """Return the moments in (first, last] at which a day or a span of hours begins, or clocks change."""
        edges = np.unique([0.0, *(edge for pattern in self.days for edge in pattern.edges)])
        starts, offsets = self.clock.offsets(last)
        found = [starts]
        naive = self.clock.start.replace(tzinfo=None)
        midnight = naive.replace(hour=0, minute=0, second=0, microsecond=0)
        since = (naive - midnight).total_seconds()
        for begin, end, offset in zip(starts, np.append(starts[1:], last), offsets, strict=True):
            shift = since + offset - offsets[0]
            days = np.arange(math.floor((begin + shift) / DAY), math.floor((end + shift) / DAY) + 1)
            moments = (days[:, None] * DAY + edges[None, :]).ravel() - shift
            found.append(moments[(moments >= begin) & (moments <= end)])
        every = np.concatenate(found)
        return every[(every > first) & (every <= last)]


def _build(arguments: Mapping[str, Any]) -> Calendar:
    clock = arguments.get("clock")
    if clock is None:
        raise LawError(None, "needs the scenario's start:, a date and time with a time zone")
    times, plus = arguments.get("times", 1.0), arguments.get("plus", 0.0)
    hours = day_pattern("hours", arguments.get("hours", {}))
    special = named_days("weekdays", arguments.get("weekdays", {}), WEEKDAYS)
    days = [_day("weekdays", special.get(number, 1.0), hours) for number in range(7)]
    rule = arguments.get("on_holidays", "sun")
    if isinstance(rule, str):
        if rule not in WEEKDAYS:
            raise LawError("on_holidays", f"'{rule}' is no weekday; they are {', '.join(WEEKDAYS)}")
        days.append(days[WEEKDAYS.index(rule)])
    else:
        days.append(_day("on_holidays", rule, hours))
    months = named_days("months", arguments.get("months", {}), MONTHS)
    month_days = numbered_days("month_days", arguments.get("month_days", {}), 31)
    return Calendar(
        clock=clock,
        value=times * finite("value", arguments["value"]),
        days=tuple(days),
        months=tuple(finite("months", months.get(number, 1.0)) for number in range(12)),
        month_days=tuple(finite("month_days", month_days.get(number, 1.0)) for number in range(1, 32)),
        holidays=dates_of("holidays", arguments.get("holidays", ())),
        plus=plus,
    )


def _day(argument: str, rule: Any, hours: DayPattern) -> DayPattern:
    """Return the pattern of a day: its own, or that of all days times a factor."""
    if isinstance(rule, Mapping | tuple):
        return day_pattern(argument, rule)
    return hours.times(finite(argument, rule))


KIND = VaryingKind(
    name="calendar",
    doc="A value times factors that follow the local clock and calendar from the scenario's start: on.",
    example="{calendar: {value: 40 per h, hours: {7-9: 2, 22-6: 0.2}, weekdays: {sat-sun: 0.5}}}",
    arguments=(
        VaryingArgument("value", "value", "the value where every factor is 1", required=True),
        VaryingArgument(
            "hours", "pattern", "factors by time of day, {7-9: 2, 22:30-6: 0.2}, 1 elsewhere; or a list of 24"
        ),
        VaryingArgument(
            "weekdays", "days", "{sat-sun: 0.5}: a factor on all hours, or hours of its own for these days"
        ),
        VaryingArgument("months", "months", "factors by month, {jul-aug: 0.7}"),
        VaryingArgument("month_days", "months", "factors by day of the month, {25-31: 1.3}"),
        VaryingArgument("holidays", "dates", "dates as 2026-12-25, or 12-25 for every year"),
        VaryingArgument(
            "on_holidays",
            "holiday",
            "a factor, hours of their own, or the weekday they are like; sun unless given",
        ),
    ),
    build=_build,
)

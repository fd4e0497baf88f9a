"""The calendar of an episode: when its days begin, which are holidays, and what falls due on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.presets import Preset
from sim.wall_clock import WallClock

__all__ = ["BEFORE", "calendar_of", "easter"]

BEFORE = 10
"""Days of the calendar before the one on which the episode begins."""

_AFTER = 10


def easter(year: int) -> date:
    """Return Easter Sunday. Source: Meeus, Jones and Butcher's algorithm (Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    m = (a + 11 * h) // 319
    j, k = c // 4, c % 4
    r = (2 * e + 2 * j - k - h + m + 32) % 7
    month, day = divmod(h - m + r + 90, 25)[0], 0
    day = (h - m + r + month + 19) % 32
    return date(year, month, day)


def calendar_of(clock: WallClock, duration: float, preset: Preset) -> np.ndarray:
    """Return (D, DAYS) the days of an episode, from `BEFORE` days before its first to some after its last.

    Moments are milliseconds of the episode. `DUE` has a bit for each day of the month that is collected on this
    day, being it or a closed day just before; `PAID` one for each that is paid out on it, being it or a closed
    day just after.
    """
    return _calendar(clock, duration, preset.closed, preset.holidays, preset.easter)


@lru_cache(maxsize=32)
def _calendar(
    clock: WallClock,
    duration: float,
    closed: tuple[int, ...],
    holidays: tuple[tuple[int, int], ...],
    has_easter: bool,
) -> np.ndarray:
    zone = clock.start.tzinfo
    began = clock.start.astimezone(UTC)
    first = clock.start.date() - timedelta(days=BEFORE)
    count = (clock.at(duration).date() - first).days + 1 + _AFTER
    dates = [first + timedelta(days=i) for i in range(count + 1)]
    midnights = [
        round((datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) - began).total_seconds() * 1000)
        for d in dates
    ]
    is_open = [_is_open(d, closed, holidays, has_easter) for d in dates]
    days = np.zeros((count, c.DAYS), np.int64)
    for i, d in enumerate(dates[:-1]):
        tomorrow = dates[i + 1]
        days[i, : c.DUE] = (
            midnights[i], midnights[i + 1] - midnights[i],
            d.weekday() if is_open[i] or d.weekday() >= 5 else 7, d.day, d.year * 12 + d.month - 1, is_open[i],
        )  # fmt: skip
        days[i, c.IS_LAST] = tomorrow.month != d.month
    _fall_due(days, [d.day for d in dates], is_open)
    days.setflags(write=False)
    return days


def _is_open(
    day: date, closed: tuple[int, ...], holidays: tuple[tuple[int, int], ...], has_easter: bool
) -> bool:
    """Return whether banks are open."""
    if day.weekday() in closed or (day.month, day.day) in holidays:
        return False
    return not has_easter or (day - easter(day.year)).days not in (-2, 1)


def _fall_due(days: np.ndarray, numbers: list[int], is_open: list[bool]) -> None:
    count = len(days)
    upcoming = count
    for i in range(count - 1, -1, -1):
        days[i, c.NEXT_OPEN] = upcoming  # the next open day after this one
        if is_open[i]:
            upcoming = i
    for i in range(count):
        later = i
        while not is_open[later] and later < count - 1:
            later += 1
        earlier = i
        while not is_open[earlier] and earlier > 0:
            earlier -= 1
        days[later, c.DUE] |= 1 << numbers[i]
        days[earlier, c.PAID] |= 1 << numbers[i]
    days[:, c.NEXT_OPEN] = np.minimum(days[:, c.NEXT_OPEN], count - 1)

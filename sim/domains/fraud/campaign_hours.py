"""When criminals act: rings begin on days and at hours of a law; what is not done at once is done by day.

Crimes that begin at any moment of the day would be told by the hour alone, as hardly anybody pays at 4 a.m.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.categories import PROFILES
from sim.domains.fraud.payments import hour

__all__ = ["beginning", "later"]

_DAY = 86_400.0
_NUMBERS = {name: number for number, name in enumerate(PROFILES)}


def beginning(bank: Bank, share: float, u: float, *, weekdays: str, profile: str) -> float:
    """Return the moment a ring begins [s].

    Args:
        bank: with the calendar.
        share: uniform; how much of the time that is allowed has passed.
        u: uniform; for the hour of the day.
        weekdays: "any", "working" or "weekend".
        profile: of the hours; "any" for the moment of the day that `share` says.
    """
    days = bank.days
    start = np.maximum(days[:, c.MIDNIGHT], 0)
    stop = np.minimum(days[:, c.MIDNIGHT] + days[:, c.LENGTH], bank.end)
    length = np.maximum(stop - start, 0) * _allowed(days, weekdays)
    if not length.any():  # an episode of two days has no weekend, say
        length = np.maximum(stop - start, 0)
    passed = np.cumsum(length)
    d = min(int(np.searchsorted(passed, share * passed[-1], side="right")), len(days) - 1)
    if profile == "any":
        return float(stop[d] - (passed[d] - share * passed[-1])) / 1000.0
    low, high = (_done(bank, d, int(t), profile) for t in (start[d], stop[d]))
    at = int(days[d, c.MIDNIGHT]) + _moment(bank, d, low + (high - low) * u, profile)
    return float(min(max(at, start[d]), stop[d] - 1)) / 1000.0


def later(bank: Bank, now: float, gap: float, profile: str) -> float:
    """Return the moment [s] at which is done what is to be done after a time, at hours people do such things.

    The gap is counted in doings: a day is over when all that is done in a day is done. So hours come as often
    as the profile has them, however many gaps follow one another.

    Args:
        bank: with the calendar.
        now: the present moment [s].
        gap: the time [s].
        profile: of the hours; "any" for a gap by the clock.
    """
    ms = round(1000.0 * now)
    d = bank.day_of(ms)
    whole, part = divmod(_done(bank, d, ms, profile) + gap / _DAY, 1.0) if profile != "any" else (0.0, 0.0)
    d += int(whole)
    if profile == "any" or d >= len(bank.days) - 1:
        return now + gap
    return max((bank.midnight(d) + _moment(bank, d, part, profile)) / 1000.0, now)


def _allowed(days: np.ndarray, weekdays: str) -> np.ndarray:
    if weekdays == "working":
        return days[:, c.IS_OPEN] != 0
    return days[:, c.WEEKDAY] >= 5 if weekdays == "weekend" else np.ones(len(days), np.bool_)


def _done(bank: Bank, d: int, t: int, profile: str) -> float:
    """Return the share of a day's doings that are done at a moment [ms]."""
    row = bank.hours[_NUMBERS[profile]]
    at = (t - bank.midnight(d)) / bank.lengths[d] * 24.0
    h = int(at)
    return row[h] + (row[h + 1] - row[h]) * (at - h) if h < len(row) - 1 else row[-1]


def _moment(bank: Bank, d: int, u: float, profile: str) -> int:
    """Return the moment of a day [ms after midnight] at which a share u of its doings is done."""
    return int(hour(bank.town.hours, _NUMBERS[profile], min(u, 1.0 - 1e-12), bank.lengths[d]))

"""When criminals act: rings begin on days and at hours of a law; what is not done at once is done by day.

Crimes that begin at any moment of the day would be told by the hour alone, as hardly anybody pays at 4 a.m.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.categories import PROFILES
from sim.domains.fraud.payments import hour

__all__ = ["beginning", "moment_in_hours"]

_LATE = 0.98
"""Share of a day's doings after which the day is over."""


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


def moment_in_hours(bank: Bank, t: float, u: float, profile: str) -> float:
    """Return a moment of the same day after t [s], or of the next one, at which people do such things.

    Args:
        bank: with the calendar.
        t: moment before which it is not done [s].
        u: uniform; for the hour.
        profile: of the hours; "any" for t itself.
    """
    ms = round(1000.0 * t)
    d = bank.day_of(ms)
    if profile == "any" or d >= len(bank.days) - 1:
        return t
    done = _done(bank, d, ms, profile)
    if done > _LATE:
        d, done = d + 1, 0.0
    at = int(bank.days[d, c.MIDNIGHT]) + _moment(bank, d, done + (1.0 - done) * u, profile)
    return max(at / 1000.0, t)


def _allowed(days: np.ndarray, weekdays: str) -> np.ndarray:
    if weekdays == "working":
        return days[:, c.IS_OPEN] != 0
    return days[:, c.WEEKDAY] >= 5 if weekdays == "weekend" else np.ones(len(days), np.bool_)


def _done(bank: Bank, d: int, t: int, profile: str) -> float:
    """Return the share of a day's doings that are done at a moment [ms]."""
    row = bank.town.hours[PROFILES.index(profile)]
    at = (t - int(bank.days[d, c.MIDNIGHT])) / int(bank.days[d, c.LENGTH]) * 24.0
    return float(np.interp(at, np.arange(len(row)), row))


def _moment(bank: Bank, d: int, u: float, profile: str) -> int:
    """Return the moment of a day [ms after midnight] at which a share u of its doings is done."""
    return int(hour(bank.town.hours, PROFILES.index(profile), min(u, 1.0 - 1e-12), int(bank.days[d, c.LENGTH])))

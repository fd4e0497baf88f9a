"""Alarms over time: when a condition is raised and cleared, what chatters, what is a flood.

Terms and numbers are those of ANSI/ISA-18.2 (2016) and EEMUA 191 (2013): a deadband and delays keep an alarm
from chattering; more than ten alarms in ten minutes are a flood, which is over when fewer than five are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["FLOOD", "FLOOD_WINDOW", "Spans", "chattering", "delayed", "floods", "following", "holding", "past"]

Spans = list[tuple[float, float]]
"""When something holds: [begin, end), in order and apart; inf for an end that has not come [s]."""

FLOOD = 10
"""Alarms in ten minutes that one person can still see to; more are a flood (ANSI/ISA-18.2)."""
FLOOD_WINDOW = 600.0
"""[s]"""
_OVER = 5
"""Fewer alarms than that in the window, and the flood is over."""
_CHATTER, _CHATTER_WINDOW = 3, 60.0
"""An alarm chatters that is raised so often within so long [s] (ANSI/ISA-18.2)."""


def holding(times: Sequence[float], holds: Sequence[bool]) -> Spans:
    """Return when something holds that holds or not from each of some ordered moments on."""
    found: Spans = []
    begin = None
    for t, now in zip(times, holds, strict=True):
        if now and begin is None:
            begin = t
        elif not now and begin is not None:
            found.append((begin, t))
            begin = None
    return found if begin is None else [*found, (begin, math.inf)]


def past(values: Sequence[float], bound: float, deadband: float, *, above: bool) -> list[bool]:
    """Return for each value whether it is past a bound, and not yet back by a deadband since it was.

    A value that is missing (NaN) changes nothing.
    """
    sign = 1.0 if above else -1.0
    bound *= sign
    is_past, found = False, []
    for value in values:
        if not math.isnan(value):
            is_past = sign * value > (bound - deadband if is_past else bound)
        found.append(is_past)
    return found


def delayed(spans: Spans, on_delay: float, off_delay: float) -> Spans:
    """Return when an alarm stands: raised once a condition has lasted, cleared once it has long been gone."""
    found: Spans = []
    raised = None
    for number, (begin, end) in enumerate(spans):
        if raised is None and begin + on_delay < end:
            raised = begin + on_delay
        following_begin = spans[number + 1][0] if number + 1 < len(spans) else math.inf
        if raised is not None and end + off_delay < following_begin:
            found.append((raised, end + off_delay))
            raised = None
    return found if raised is None else [*found, (raised, math.inf)]


def following(spans: Spans, lags: Sequence[tuple[float, float]]) -> Spans:
    """Return when something holds that begins and ends later than another, where spans meet as one.

    Args:
        spans: of the other.
        lags: per span, how much later it begins and ends; an infinite beginning means that it does not follow.
    """
    late = sorted((begin + lag, end + gone) for (begin, end), (lag, gone) in zip(spans, lags, strict=True))
    found: Spans = []
    for begin, end in late:
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def chattering(raised: Sequence[float]) -> list[bool]:
    """Return for each ordered moment at which one alarm was raised whether it is among three in a minute."""
    found = [False] * len(raised)
    for last in range(_CHATTER - 1, len(raised)):
        first = last - _CHATTER + 1
        if raised[last] - raised[first] <= _CHATTER_WINDOW:
            found[first : last + 1] = [True] * _CHATTER
    return found


def floods(raised: Sequence[float]) -> Spans:
    """Return the floods of some ordered moments at which alarms were raised.

    A flood begins with the first of more than ten alarms in ten minutes, and ends when fewer than five have
    been raised in the ten minutes before.
    """
    moments = np.asarray(raised, np.float64)
    found: Spans = []
    number = seen = 0
    while number < len(moments):
        first = int(np.searchsorted(moments, moments[number] - FLOOD_WINDOW, side="right"))
        if number - first < FLOOD:
            number += 1
            continue
        begin = float(moments[max(first, seen)])
        end, number = _dying_down(moments, number)
        found.append((begin, end))
        seen = number
    return found


def _dying_down(moments: np.ndarray, number: int) -> tuple[float, int]:
    """Return when a flood that is on at an alarm is over, and the number of the first alarm after it."""
    while number + 1 < len(moments):
        # fewer than five are left in the window as soon as the fifth of the latest has gone out of it
        over = float(moments[number - _OVER + 1]) + FLOOD_WINDOW
        if moments[number + 1] > over:
            return over, number + 1
        number += 1
    return float(moments[number - _OVER + 1]) + FLOOD_WINDOW, number + 1

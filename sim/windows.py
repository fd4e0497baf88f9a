"""Sliding extrema over irregular clocks: what `eventually`, `always` and `until` are made of."""

from __future__ import annotations

import math

import numpy as np

from sim.geometry import Array

__all__ = ["leading_maximum", "until_margin"]


def leading_maximum(times: Array, margins: Array, start: float, end: float | None) -> Array:
    """Return for each moment t the largest margin in [t + start, t + end].

    Args:
        times: (T,) increasing seconds.
        margins: (T,) values at those moments.
        start: offset of the window's beginning [s].
        end: offset of its end [s]; None is the end of the episode.

    Returns:
        (T,) maxima; -inf where no moment lies in the window.
    """
    first = np.searchsorted(times, times + start - 1e-9)
    if end is None:
        suffix = np.maximum.accumulate(margins[::-1])[::-1]
        return np.append(suffix, -math.inf)[first]
    last = np.searchsorted(times, times + end + 1e-9, side="right")
    return _range_maximum(margins, first, last)


def _range_maximum(values: Array, first: np.ndarray, last: np.ndarray) -> Array:
    """Return max(values[first:last]) per pair by a sparse table, -inf for empty ranges."""
    tables = [values]
    while 2 ** len(tables) <= len(values):
        below, half = tables[-1], 2 ** (len(tables) - 1)
        tables.append(np.maximum(below[:-half], below[half:]))
    length = np.maximum(last - first, 0)
    level = np.zeros(len(length), int)
    level[length > 0] = np.floor(np.log2(length[length > 0])).astype(int)
    out = np.full(len(first), -math.inf)
    for k, table in enumerate(tables):
        here = (level == k) & (length > 0)
        out[here] = np.maximum(table[first[here]], table[last[here] - 2**k])
    return out


def until_margin(times: Array, left: Array, right: Array, start: float, end: float | None) -> Array:
    """Return the margin of `left until[start:end] right` at every moment.

    The largest over moments s in the window of min(right at s, smallest left in [t, s)).

    Args:
        times: (T,) increasing seconds.
        left: (T,) margins that must hold until then.
        right: (T,) margins of what must happen.
        start: offset of the window's beginning [s].
        end: offset of its end [s]; None is the end of the episode.
    """
    count = len(times)
    out = np.full(count, -math.inf)
    if start == 0.0 and end is None:
        best = -math.inf
        for i in range(count - 1, -1, -1):
            best = max(right[i], min(left[i], best))
            out[i] = best
        return out
    first = np.searchsorted(times, times + start - 1e-9)
    last = np.searchsorted(times, times + (math.inf if end is None else end) + 1e-9, side="right")
    for i in range(count):
        if first[i] < last[i]:
            held = np.concatenate(([math.inf], np.minimum.accumulate(left[i : last[i]])))[
                first[i] - i : last[i] - i
            ]
            out[i] = np.max(np.minimum(right[first[i] : last[i]], held))
    return out

"""Running maxima of scores in short: enough to know when a level was reached, little enough to keep."""

from __future__ import annotations

from bisect import bisect_left

from sim.lazy import np

__all__ = ["coarsened", "first_reached"]

Curve = tuple[tuple[float, ...], tuple[float, ...]]

_BREATH = 1e-9
"""Share of an episode after which nothing of the moment itself is redrawn, whatever its last digits."""


def coarsened(curve: Curve, duration: float, *, exact: int = 32, steps: int = 64) -> Curve:
    """Return a running maximum at its first moments, and from there on a grid, `steps` moments to an episode.

    The first `exact` change points stand a breath after they came about: a score that grows in a few steps,
    such as the number of machines that are down, is kept whole. After them the value at k * duration / steps
    is the largest reached strictly before it. So the moment read off for a level is a stopping time after the
    first one at which the level was reached: what is redrawn from there on cannot undo it. What is reached at
    the very end stands at a moment after the end.

    Args:
        curve: (times, values) of the change points, both increasing.
        duration: length of the episode [s].
        exact: change points that are kept.
        steps: moments to an episode.
    """
    if not curve[0] or duration <= 0.0:
        return curve
    times, values = tuple(t + _BREATH * duration for t in curve[0]), curve[1]
    first = dict(zip(times[:exact], values[:exact], strict=True))  # of two at one moment, the larger
    moments, reached = list(first), list(first.values())
    k, seen = 0, min(exact, len(times))
    while seen < len(times):  # looking up some 64 moments costs a fifth of looking at a thousand points
        k += 1
        moment = k * duration / steps
        before = bisect_left(times, moment, seen)
        if before > seen:
            moments.append(moment)
            reached.append(values[before - 1])
            seen = before
    return tuple(moments), tuple(reached)


def first_reached(curve: Curve, level: float) -> float | None:
    """Return the first moment at which a running maximum is at or above a level; None if it never is."""
    times, values = curve
    i = int(np.searchsorted(np.asarray(values), level, side="left"))
    return float(times[i]) if i < len(times) else None

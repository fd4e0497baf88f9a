"""Running maxima of scores in short: enough to know when a level was reached, little enough to keep."""

from __future__ import annotations

from bisect import bisect_left

from sim.lazy import np

__all__ = ["coarsened", "first_reached"]

Curve = tuple[tuple[float, ...], tuple[float, ...]]


def coarsened(curve: Curve, duration: float, *, steps: int = 64) -> Curve:
    """Return a running maximum on a fixed grid of moments, `steps` of them to an episode.

    The value at k * duration / steps is the largest reached strictly before it, so the moment read off for
    a level is a stopping time after the first one at which the level was reached: what is redrawn from there
    on cannot undo it. What is reached at the very end stands at a moment after the end.

    Args:
        curve: (times, values) of the change points, both increasing.
        duration: length of the episode [s].
        steps: moments to an episode.
    """
    times, values = curve
    if not times or duration <= 0.0:
        return curve
    moments: list[float] = []
    reached: list[float] = []
    k = seen = 0
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

"""Running maxima of scores in short: enough to know when a level was reached, little enough to keep."""

from __future__ import annotations

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
    when = np.asarray(times)
    moment = np.floor(when / duration * steps).astype(int) + 1
    moment += moment * duration / steps <= when  # rounding must not put a moment at what it comes after
    last = np.flatnonzero(np.append(moment[1:] > moment[:-1], True)).tolist()
    return tuple(k * duration / steps for k in moment[last].tolist()), tuple(values[i] for i in last)


def first_reached(curve: Curve, level: float) -> float | None:
    """Return the first moment at which a running maximum is at or above a level; None if it never is."""
    times, values = curve
    i = int(np.searchsorted(np.asarray(values), level, side="left"))
    return float(times[i]) if i < len(times) else None

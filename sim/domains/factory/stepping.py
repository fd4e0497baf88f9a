"""Quantities that change in steps, and conditions that last, on the moments of a trace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.geometry import Array

__all__ = ["lasting", "stepwise"]


def stepwise(times: Array, changes: Sequence[float], values: Sequence[float]) -> Array:
    """Return (T,) what a quantity is that has `values[i]` from `changes[i]` on; the first one before that."""
    place = np.searchsorted(np.asarray(changes, np.float64), times, side="right") - 1
    return np.asarray(values, np.float64)[np.maximum(place, 0)]


def lasting(times: Array, changes: Sequence[float], holds: np.ndarray) -> Array:
    """Return (T,) for how long something has held that begins or ends at (C,) moments of change.

    At the moment of its end it is the whole time it has lasted; where it did not hold just before, it is 0.

    Args:
        times: (T,) increasing moments.
        changes: (C,) increasing moments, the first not after `times[0]`.
        holds: (C,) whether it holds from each change on.
    """
    moments = np.asarray(changes, np.float64)
    begins = holds & ~np.concatenate(([False], holds[:-1]))
    since = np.maximum.accumulate(np.where(begins, moments, -np.inf))
    before = np.maximum(np.searchsorted(moments, times, side="left") - 1, 0)
    return np.where(holds[before], np.maximum(times - since[before], 0.0), 0.0)

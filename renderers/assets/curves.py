"""Smooth curves through a few control points: the outlines that lofts follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.geometry import Array

__all__ = ["smooth_curve", "smooth_step"]


def smooth_curve(at: Array | float, points: Sequence[tuple[float, float]]) -> Array:
    """Return y at the given x of a monotone cubic through (x, y) points, constant beyond the ends.

    No overshoot: between two points the curve stays between them, so a roof keeps to its stated height.

    Source: Fritsch and Butland (1984), weighted harmonic slopes.
    """
    x, y = np.asarray(points, np.float64).T
    step, rise = np.diff(x), np.diff(y) / np.diff(x)
    slope = np.zeros_like(x)
    inner = rise[:-1] * rise[1:] > 0
    w0, w1 = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    bottom = np.where(inner, w0 / np.where(inner, rise[:-1], 1.0) + w1 / np.where(inner, rise[1:], 1.0), 1.0)
    slope[1:-1] = np.where(inner, (w0 + w1) / bottom, 0.0)
    slope[0], slope[-1] = rise[0], rise[-1]
    q = np.clip(np.asarray(at, np.float64), x[0], x[-1])
    i = np.clip(np.searchsorted(x, q, side="right") - 1, 0, len(step) - 1)
    s = (q - x[i]) / step[i]
    h00, h10 = (1 + 2 * s) * (1 - s) ** 2, s * (1 - s) ** 2
    h01, h11 = s * s * (3 - 2 * s), s * s * (s - 1)
    return np.asarray(h00 * y[i] + h10 * step[i] * slope[i] + h01 * y[i + 1] + h11 * step[i] * slope[i + 1])


def smooth_step(x: Array | float, low: float, high: float) -> Array:
    """Return 0 below `low`, 1 above `high`, and a cubic with flat ends between."""
    s = np.clip((np.asarray(x, np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(s * s * (3 - 2 * s))

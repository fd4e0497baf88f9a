"""Lens distortion in kernels: where a direction is seen, and which direction a place in the picture sees.

Models as `renderers.camera.lens` describes them; a direction is its place (x, y) in the plane one metre ahead.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel

__all__ = ["Bend", "bend", "bend_all", "straighten"]

_FISHEYE = 2
_ROUNDS = 60


class Bend(NamedTuple):
    """What a lens does to the samples of a lattice.

    Attributes:
        kind: 0 nothing, 1 Brown-Conrady, 2 fisheye.
        coefficients: (8,) in OpenCV's order; zeros where the kind has fewer.
        reach: distance from the axis, in the plane one metre ahead, of what is seen farthest from it.
        columns: (H, W) for each sample of the bent picture, the column at which the straight lattice looks in
            its direction; nan where the lens shows nothing. (0, 0) for kind 0.
        rows: likewise.
    """

    kind: int
    coefficients: NDArray[np.float64]
    reach: float
    columns: NDArray[np.float64]
    rows: NDArray[np.float64]


@inlined
def bend(kind: int, c: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """Return (x', y'), where a direction is seen."""
    if kind == 0:
        return x, y
    s = x * x + y * y
    if kind == _FISHEYE:
        r = math.sqrt(s)
        angle = math.atan(r)
        t = angle * angle
        seen = angle * (1.0 + t * (c[0] + t * (c[1] + t * (c[2] + t * c[3]))))
        scale = seen / r if r > 1e-12 else 1.0
        return x * scale, y * scale
    radial = (1.0 + s * (c[0] + s * (c[1] + s * c[4]))) / (1.0 + s * (c[5] + s * (c[6] + s * c[7])))
    return (
        x * radial + 2.0 * c[2] * x * y + c[3] * (s + 2.0 * x * x),
        y * radial + c[2] * (s + 2.0 * y * y) + 2.0 * c[3] * x * y,
    )


@kernel
def bend_all(kind: int, c: np.ndarray, points: np.ndarray, out: np.ndarray) -> None:
    """Write where (n, 2) directions are seen."""
    for n in range(points.shape[0]):
        out[n, 0], out[n, 1] = bend(kind, c, points[n, 0], points[n, 1])


@inlined
def _shown(kind: int, c: np.ndarray, at: float) -> tuple[float, float]:
    """Return how far from the axis something is seen, and how fast that grows.

    Args:
        kind: of the lens.
        c: (8,) coefficients.
        at: angle from the axis [rad] for a fisheye, else distance in the plane one metre ahead.
    """
    s = at * at
    if kind == _FISHEYE:
        shown = at * (1.0 + s * (c[0] + s * (c[1] + s * (c[2] + s * c[3]))))
        return shown, 1.0 + s * (3.0 * c[0] + s * (5.0 * c[1] + s * (7.0 * c[2] + s * 9.0 * c[3])))
    above, below = 1.0 + s * (c[0] + s * (c[1] + s * c[4])), 1.0 + s * (c[5] + s * (c[6] + s * c[7]))
    radial = above / below
    above_by = c[0] + s * (2.0 * c[1] + s * 3.0 * c[4])
    below_by = c[5] + s * (2.0 * c[6] + s * 3.0 * c[7])
    return at * radial, radial + 2.0 * s * (above_by - radial * below_by) / below


@inlined
def _undone(kind: int, c: np.ndarray, limit: float, shown: float, guess: float) -> float:
    """Return what is seen at a distance from the axis: Newton's method, kept within what brackets it.

    Up to the limit, in the terms of `_shown`, the one grows with the other.
    """
    low, high, at = 0.0, limit, min(guess, limit)
    for _ in range(_ROUNDS):
        value, slope = _shown(kind, c, at)
        if value < shown:
            low = at
        else:
            high = at
        to = at + (shown - value) / slope
        if not low <= to <= high:
            to = 0.5 * (low + high)
        if abs(to - at) <= 1e-15 * to:
            return to
        at = to
    return at


@inlined
def _polished(c: np.ndarray, x: float, y: float, seen_x: float, seen_y: float) -> tuple[float, float]:
    """Return the direction that Brown-Conrady shows at a place, by Newton's method from one near it."""
    for _ in range(12):
        s = x * x + y * y
        above, below = 1.0 + s * (c[0] + s * (c[1] + s * c[4])), 1.0 + s * (c[5] + s * (c[6] + s * c[7]))
        radial = above / below
        above_by = c[0] + s * (2.0 * c[1] + s * 3.0 * c[4])
        below_by = c[5] + s * (2.0 * c[6] + s * 3.0 * c[7])
        by = 2.0 * (above_by - radial * below_by) / below
        at_x, at_y = bend(1, c, x, y)
        xx = radial + x * x * by + 2.0 * c[2] * y + 6.0 * c[3] * x
        yy = radial + y * y * by + 6.0 * c[2] * y + 2.0 * c[3] * x
        xy = x * y * by + 2.0 * c[2] * x + 2.0 * c[3] * y
        off_x, off_y = seen_x - at_x, seen_y - at_y
        area = xx * yy - xy * xy
        step_x, step_y = (yy * off_x - xy * off_y) / area, (xx * off_y - xy * off_x) / area
        x, y = x + step_x, y + step_y
        if abs(step_x) + abs(step_y) < 1e-15:
            break
    return x, y


@kernel
def straighten(
    kind: int, c: np.ndarray, limit: float, shown: float, fx: float, fy: float, cx: float, cy: float,
    left: float, top: float, step: float, columns: np.ndarray, rows: np.ndarray,
) -> None:  # fmt: skip
    """Write which directions the samples of a bent lattice see, as places on the straight one; nan for none.

    Args:
        kind: of the lens.
        c: (8,) coefficients.
        limit: angle from the axis up to which the distortion can be undone [rad].
        shown: distance from the axis, in the plane one metre ahead, at which that angle is seen.
        fx: samples per unit of that plane, along rows.
        fy: along columns.
        cx: column of the optical axis.
        cy: its row.
        left: column of the first sample.
        top: its row.
        step: columns, and rows, between samples.
        columns: (H, W) written.
        rows: (H, W) written.
    """
    nothing, guess = math.nan, 0.0
    widest = limit if kind == _FISHEYE else math.tan(limit)
    for v in range(columns.shape[0]):
        for u in range(columns.shape[1]):
            seen_x, seen_y = (left + step * u - cx) / fx, (top + step * v - cy) / fy
            seen = math.sqrt(seen_x * seen_x + seen_y * seen_y)
            columns[v, u] = rows[v, u] = nothing
            if seen > shown:
                continue
            guess = _undone(kind, c, widest, seen, guess)
            radius = math.tan(guess) if kind == _FISHEYE else guess
            scale = radius / seen if seen > 1e-12 else 1.0
            x, y = seen_x * scale, seen_y * scale
            if kind != _FISHEYE and (c[2] != 0.0 or c[3] != 0.0):
                x, y = _polished(c, x, y, seen_x, seen_y)
                # Tangential terms can carry a direction past what can be undone.
                if not math.atan(math.sqrt(x * x + y * y)) <= 1.02 * limit:
                    continue
            columns[v, u], rows[v, u] = fx * x + cx, fy * y + cy

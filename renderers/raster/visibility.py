"""Which triangle a sample sees: a z-buffer on 1/depth, filled by spans."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from renderers.raster.setup import CROSSES, Triangles

__all__ = ["NOTHING", "VOID", "bounds", "fill", "span"]

NOTHING = -1
"""Triangle of a sample that sees none."""

VOID = -2
"""Triangle of a sample in whose direction the lens shows nothing."""

Bound = tuple[float, float, int]
"""Where a line crosses a row, as slope * row + offset, and which side counts: -1 right of it, 1 left of it.

With 0 the line runs along the rows, and those count where slope * row + offset >= 0.
"""


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _bound(per_column: float, per_row: float, constant: float) -> Bound:
    """Return where per_column * j + per_row * i + constant >= 0, row by row."""
    if per_column > 0.0:
        return -per_row / per_column, -constant / per_column, -1
    if per_column < 0.0:
        return -per_row / per_column, -constant / per_column, 1
    return per_row, constant, 0


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def bounds(planes: np.ndarray, flags: np.ndarray, k: int, nearest: float) -> tuple[Bound, Bound, Bound, Bound]:
    """Return the three edges of a triangle as bounds, and the near plane where the triangle crosses it.

    A shared edge has exactly negated numbers in its two triangles; their quotients, and with them the crossing,
    are the same number in both, so neighbours leave no gap.

    Args:
        planes: (N, 12) edges and 1/depth.
        flags: (N,) of the triangles.
        k: the triangle.
        nearest: 1/near.
    """
    near = (0.0, 1.0, 0)
    if flags[k] & CROSSES:
        near = _bound(-planes[k, 9], -planes[k, 10], nearest - planes[k, 11])
    return (
        _bound(planes[k, 0], planes[k, 1], planes[k, 2]),
        _bound(planes[k, 3], planes[k, 4], planes[k, 5]),
        _bound(planes[k, 6], planes[k, 7], planes[k, 8]),
        near,
    )


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _narrowed(low: float, high: float, bound: Bound, row: int) -> tuple[float, float]:
    at = bound[0] * row + bound[1]
    if bound[2] < 0:
        return max(low, at), high
    if bound[2] > 0:
        return low, min(high, at)
    return (low, high) if at >= 0.0 else (math.inf, -math.inf)


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def span(limits: tuple[Bound, Bound, Bound, Bound], first: float, last: float, row: int) -> tuple[int, int]:
    """Return the first and last column, between two, that a triangle covers in a row; first > last for none."""
    low, high = _narrowed(first, last, limits[0], row)
    low, high = _narrowed(low, high, limits[1], row)
    low, high = _narrowed(low, high, limits[2], row)
    low, high = _narrowed(low, high, limits[3], row)
    if not low <= high:
        return 1, 0
    return math.ceil(low), math.floor(high)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def fill(
    triangles: Triangles, first: int, last: int, top: int, bottom: int, nearest: float, depth: np.ndarray,
    winner: np.ndarray,
) -> None:  # fmt: skip
    """Draw triangles first..last-1 into the rows top..bottom-1; of equal depths the first drawn stays.

    Rows are independent of each other, so bands of rows can be drawn at the same time by several threads.

    Args:
        triangles: as set up.
        first: first triangle to draw.
        last: past the last triangle to draw.
        top: first row.
        bottom: past the last row.
        nearest: 1/near, where spans of triangles that cross the near plane end.
        depth: (H, W) float32, larger is nearer: 1/depth, or the height towards the light; updated.
        winner: (H, W) int32 triangle that is seen; updated.
    """
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    width = depth.shape[1]
    flat_depth, flat_winner = depth.ravel(), winner.ravel()
    for k in range(first, last):
        limits = bounds(planes, flags, k, nearest)
        left, right = np.float64(extents[k, 0]), np.float64(extents[k, 1])
        slope, along, at_0 = planes[k, 9], planes[k, 10], planes[k, 11]
        step = np.float32(slope)
        for row in range(max(top, extents[k, 2]), min(bottom, extents[k, 3] + 1)):
            a, b = span(limits, left, right, row)
            if a > b:
                continue
            start = np.float32(slope * a + along * row + at_0)
            # Unsigned positions: Numba then leaves out the look from the end that negative ones would need.
            origin = np.uint64(row * width + a)
            for j in range(b + 1 - a):
                value = start + step * np.float32(j)
                at = origin + np.uint64(j)
                is_nearer = value > flat_depth[at]
                flat_depth[at] = value if is_nearer else flat_depth[at]
                flat_winner[at] = k if is_nearer else flat_winner[at]

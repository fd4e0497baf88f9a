"""Which triangle a sample sees: a z-buffer on 1/depth, filled by spans."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from renderers.raster.setup import CROSSES, Triangles

__all__ = ["NOTHING", "fill", "span"]

NOTHING = -1
"""Triangle of a sample that sees none."""


@nb.njit(cache=True, nogil=True, error_model="numpy")
def span(plane: np.ndarray, extent: np.ndarray, crosses: int, row: int, nearest: float) -> tuple[int, int]:
    """Return the first and last column of a triangle in a row; first > last where it covers none.

    Solved in closed form from the edges. The crossing of a shared edge comes out as the same number on
    both sides, so neighbours leave no gap.

    Args:
        plane: (12,) edges and 1/depth.
        extent: (4,) screen extents.
        crosses: whether the near plane must cut the span.
        row: sample row.
        nearest: 1/near.
    """
    low, high = np.float64(extent[0]), np.float64(extent[1])
    for e in range(0, 9, 3):
        slope = plane[e]
        value = plane[e + 1] * row + plane[e + 2]
        if slope > 0.0:
            low = max(low, -value / slope)
        elif slope < 0.0:
            high = min(high, -value / slope)
        elif value < 0.0:
            return 1, 0
    if crosses != 0:
        room = nearest - plane[10] * row - plane[11]
        if plane[9] < 0.0:
            low = max(low, room / plane[9])
        elif plane[9] > 0.0:
            high = min(high, room / plane[9])
        elif room < 0.0:
            return 1, 0
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
    for k in range(first, last):
        plane, extent = triangles.planes[k], triangles.extents[k]
        step = np.float32(plane[9])
        for row in range(max(top, extent[2]), min(bottom, extent[3] + 1)):
            a, b = span(plane, extent, triangles.flags[k] & CROSSES, row, nearest)
            if a > b:
                continue
            start = np.float32(plane[9] * a + plane[10] * row + plane[11])
            depth_row = depth[row, a : b + 1]
            winner_row = winner[row, a : b + 1]
            for j in range(b + 1 - a):
                value = start + step * np.float32(j)
                is_nearer = value > depth_row[j]
                depth_row[j] = value if is_nearer else depth_row[j]
                winner_row[j] = k if is_nearer else winner_row[j]

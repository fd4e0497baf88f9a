"""What is hidden from the sun, and from the sky: height maps seen along parallel light."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.blocks import line
from renderers.raster.surfaces import DEPTH, N_VALUES, RX, RY, TOWARD
from sim.compiled import inlined, kernel

__all__ = ["N_LINES", "ShadowMaps", "openness", "project", "sunlit"]

_F: Any = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)
_NEXT: Any = np.uint64(1)
_FINE, _COARSE, _NONE = _F(0.0), _F(1.0), _F(2.0)
COVER_COLUMN, COVER_ROW, COVER_HEIGHT = line(N_VALUES), line(N_VALUES + 1), line(N_VALUES + 2)
SUN_COLUMN, SUN_ROW, SUN_HEIGHT = line(N_VALUES + 3), line(N_VALUES + 4), line(N_VALUES + 5)
"""Where a sample lies in the maps, after `project`."""
SUN_MAP = line(N_VALUES + 6)
N_LINES = N_VALUES + 7
_DIMMING = _F(0.85)
"""Share of the sky's light that is lost under 1.5 m of something."""


class ShadowMaps(NamedTuple):
    """Maps of the frame.

    Attributes:
        fine: (N, N) float32 greatest height towards the sun [m], near the camera.
        coarse: (N, N) likewise, for the wider surroundings.
        T_fine_camera: (3, 4) float32; from the camera frame to column, row [texel] and height [m].
        T_coarse_camera: (3, 4) likewise.
        fine_texel: side of a texel [m].
        coarse_texel: likewise.
        cover: (M, M) float32 greatest height seen from above [m], blurred.
        T_cover_camera: (3, 4) likewise.
    """

    fine: NDArray[np.float32]
    coarse: NDArray[np.float32]
    T_fine_camera: NDArray[np.float32]
    T_coarse_camera: NDArray[np.float32]
    fine_texel: float
    coarse_texel: float
    cover: NDArray[np.float32]
    T_cover_camera: NDArray[np.float32]


@inlined
def _cell(position: float) -> np.uint64:
    """Return the texel of a position >= 0, unsigned: Numba then leaves out the look from the end."""
    return np.uint64(np.int32(position))


@inlined
def _look_up(heights: np.ndarray, column: float, row: float, height: float) -> float:
    """Return the lit share of the four texels around a position, weighted bilinearly."""
    j, i = _cell(column), _cell(row)
    fx, fy = column - _F(j), row - _F(i)
    s00 = _ONE if heights[i, j] <= height else _ZERO
    s01 = _ONE if heights[i, j + _NEXT] <= height else _ZERO
    s10 = _ONE if heights[i + _NEXT, j] <= height else _ZERO
    s11 = _ONE if heights[i + _NEXT, j + _NEXT] <= height else _ZERO
    top = s00 + (s01 - s00) * fx
    return top + (s10 + (s11 - s10) * fx - top) * fy


@inlined
def _in_map(T: np.ndarray, axis: int, x: float, y: float, z: float) -> float:
    return T[axis, 0] * x + T[axis, 1] * y + T[axis, 2] * z + T[axis, 3]


@kernel
def project(shadows: ShadowMaps, count: int, values: np.ndarray) -> None:
    """Write where the points of some samples lie in the maps.

    Args:
        shadows: the maps.
        count: how many samples.
        values: lines of a `shading.Palette`; RX, RY, DEPTH and TOWARD are read.
    """
    F, C, U = shadows.T_fine_camera, shadows.T_coarse_camera, shadows.T_cover_camera
    fine_texel, coarse_texel = _F(shadows.fine_texel), _F(shadows.coarse_texel)
    fine_end, coarse_end = _F(shadows.fine.shape[0] - 1), _F(shadows.coarse.shape[0] - 1)
    for i in range(np.uint64(0), np.uint64(count)):
        z = values[DEPTH + i]
        x, y = values[RX + i] * z, values[RY + i] * z
        values[COVER_COLUMN + i], values[COVER_ROW + i] = _in_map(U, 0, x, y, z), _in_map(U, 1, x, y, z)
        values[COVER_HEIGHT + i] = _in_map(U, 2, x, y, z)
        # A texel's depth changes by its side times the slope; the slack hides that from the comparison.
        toward = max(values[TOWARD + i], _F(0.05))
        slope = min(_F(math.sqrt(max(_ONE - toward * toward, _ZERO))) / toward, _F(8.0))
        column, row = _in_map(F, 0, x, y, z), _in_map(F, 1, x, y, z)
        height = _in_map(F, 2, x, y, z) + fine_texel * (_ONE + slope)
        is_fine = (column >= _ZERO) & (row >= _ZERO) & (column < fine_end) & (row < fine_end)
        far_column, far_row = _in_map(C, 0, x, y, z), _in_map(C, 1, x, y, z)
        far_height = _in_map(C, 2, x, y, z) + coarse_texel * (_F(0.5) + slope)
        is_coarse = (
            (far_column >= _ZERO) & (far_row >= _ZERO) & (far_column < coarse_end) & (far_row < coarse_end)
        )
        values[SUN_COLUMN + i] = column if is_fine else far_column
        values[SUN_ROW + i] = row if is_fine else far_row
        values[SUN_HEIGHT + i] = height if is_fine else far_height
        values[SUN_MAP + i] = _FINE if is_fine else (_COARSE if is_coarse else _NONE)


@inlined
def sunlit(fine: np.ndarray, coarse: np.ndarray, i: np.uint64, values: np.ndarray) -> float:
    """Return the share of the sun that a projected sample sees, 0..1."""
    which, column, row = values[SUN_MAP + i], values[SUN_COLUMN + i], values[SUN_ROW + i]
    if which == _FINE:
        return _look_up(fine, column, row, values[SUN_HEIGHT + i])
    if which == _COARSE:
        return _look_up(coarse, column, row, values[SUN_HEIGHT + i])
    return _ONE


@inlined
def openness(cover: np.ndarray, i: np.uint64, values: np.ndarray) -> float:
    """Return the share of the sky's light that reaches a projected sample past the things standing about, 0..1.

    Seen from above, only what lies under or close beside something tall is dimmed: the ground under a car,
    the foot of a wall. A cheap stand-in for ambient occlusion that does not flicker.
    """
    column, row = values[COVER_COLUMN + i], values[COVER_ROW + i]
    end = _F(cover.shape[0] - 1)
    if not (column >= _ZERO and row >= _ZERO and column < end and row < end):
        return _ONE
    height = values[COVER_HEIGHT + i]
    j, n = _cell(column), _cell(row)
    fx, fy = column - _F(j), row - _F(n)
    top = cover[n, j] + (cover[n, j + _NEXT] - cover[n, j]) * fx
    below = cover[n + _NEXT, j] + (cover[n + _NEXT, j + _NEXT] - cover[n + _NEXT, j]) * fx
    over = top + (below - top) * fy
    return _ONE - _DIMMING * min(max(over - height, _ZERO) * _F(1.0 / 1.5), _ONE)

"""What is hidden from the sun, and from the sky: height maps seen along parallel light."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined

__all__ = ["ShadowMaps", "openness", "sunlit"]

_F: Any = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)
_NEXT: Any = np.uint64(1)
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


@inlined
def sunlit(
    fine: np.ndarray, T_fine_camera: np.ndarray, fine_texel: float, coarse: np.ndarray,
    T_coarse_camera: np.ndarray, coarse_texel: float, x: float, y: float, z: float, toward: float,
) -> float:  # fmt: skip
    """Return the share of the sun a surface point sees, 0..1.

    Args:
        fine: map near the camera.
        T_fine_camera: (3, 4) into it.
        fine_texel: side of its texels [m].
        coarse: map of the wider surroundings.
        T_coarse_camera: (3, 4) into it.
        coarse_texel: side of its texels [m].
        x: of the point in the camera frame [m].
        y: likewise.
        z: likewise.
        toward: cosine between the surface's normal and the sun, > 0.
    """
    # A texel's depth changes by its side times the slope; the slack hides that from the comparison.
    slope = min(math.sqrt(max(_ONE - toward * toward, _ZERO)) / toward, _F(8.0))
    column, row = _in_map(T_fine_camera, 0, x, y, z), _in_map(T_fine_camera, 1, x, y, z)
    end = _F(fine.shape[0] - 1)
    if column >= _ZERO and row >= _ZERO and column < end and row < end:
        height = _in_map(T_fine_camera, 2, x, y, z) + fine_texel * (_ONE + slope)
        return _look_up(fine, column, row, height)
    column, row = _in_map(T_coarse_camera, 0, x, y, z), _in_map(T_coarse_camera, 1, x, y, z)
    end = _F(coarse.shape[0] - 1)
    if column >= _ZERO and row >= _ZERO and column < end and row < end:
        height = _in_map(T_coarse_camera, 2, x, y, z) + coarse_texel * (_F(0.5) + slope)
        return _look_up(coarse, column, row, height)
    return _ONE


@inlined
def openness(cover: np.ndarray, T_cover_camera: np.ndarray, x: float, y: float, z: float) -> float:
    """Return the share of the sky's light that reaches a point past the things standing about, 0..1.

    Seen from above, only what lies under or close beside something tall is dimmed: the ground under a car,
    the foot of a wall. A cheap stand-in for ambient occlusion that does not flicker.

    Args:
        cover: blurred heights.
        T_cover_camera: (3, 4) into it.
        x: of the point in the camera frame [m].
        y: likewise.
        z: likewise.
    """
    column, row = _in_map(T_cover_camera, 0, x, y, z), _in_map(T_cover_camera, 1, x, y, z)
    end = _F(cover.shape[0] - 1)
    if not (column >= _ZERO and row >= _ZERO and column < end and row < end):
        return _ONE
    height = _in_map(T_cover_camera, 2, x, y, z)
    j, i = _cell(column), _cell(row)
    fx, fy = column - _F(j), row - _F(i)
    top = cover[i, j] + (cover[i, j + _NEXT] - cover[i, j]) * fx
    below = cover[i + _NEXT, j] + (cover[i + _NEXT, j + _NEXT] - cover[i + _NEXT, j]) * fx
    over = top + (below - top) * fy
    return _ONE - _DIMMING * min(max(over - height, _ZERO) * _F(1.0 / 1.5), _ONE)

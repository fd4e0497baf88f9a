"""What is hidden from the sun, and from the sky: height maps seen along parallel light."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

__all__ = ["ShadowMaps", "openness", "sunlit"]

_F = np.float32


class ShadowMaps(NamedTuple):
    """Maps of the frame.

    Attributes:
        fine: (N, N) float32 greatest height towards the sun [m], near the camera.
        coarse: (N, N) likewise, for the wider surroundings.
        T_fine_camera: (3, 4) float64; from the camera frame to column, row [texel] and height [m].
        T_coarse_camera: (3, 4) likewise.
        fine_texel: side of a texel [m].
        coarse_texel: likewise.
        cover: (M, M) float32 blurred share of the sky that things standing about hide, seen from above.
        T_cover_camera: (3, 4) float64; from the camera frame to column, row [texel] and height [m].
        sun: (3,) float32 direction towards the sun in the world frame.
        R_world_camera: (3, 3) float32.
    """

    fine: NDArray[np.float32]
    coarse: NDArray[np.float32]
    T_fine_camera: NDArray[np.float64]
    T_coarse_camera: NDArray[np.float64]
    fine_texel: float
    coarse_texel: float
    cover: NDArray[np.float32]
    T_cover_camera: NDArray[np.float64]
    sun: NDArray[np.float32]
    R_world_camera: NDArray[np.float32]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _look_up(map_: np.ndarray, column: float, row: float, height: float) -> float:
    """Return the lit share of the four texels around a position, weighted bilinearly."""
    j, i = int(column), int(row)
    fx, fy = _F(column - j), _F(row - i)
    one, zero = _F(1.0), _F(0.0)
    s00 = one if map_[i, j] <= height else zero
    s01 = one if map_[i, j + 1] <= height else zero
    s10 = one if map_[i + 1, j] <= height else zero
    s11 = one if map_[i + 1, j + 1] <= height else zero
    top = s00 + (s01 - s00) * fx
    return top + (s10 + (s11 - s10) * fx - top) * fy


@nb.njit(cache=True, nogil=True, error_model="numpy")
def sunlit(maps: ShadowMaps, px: float, py: float, pz: float, nx: float, ny: float, nz: float) -> float:
    """Return the share of the sun a surface point sees, 0..1.

    Args:
        maps: of the frame.
        px: point in the camera frame [m].
        py: likewise.
        pz: likewise.
        nx: unit normal in the world frame.
        ny: likewise.
        nz: likewise.
    """
    toward = max(nx * maps.sun[0] + ny * maps.sun[1] + nz * maps.sun[2], _F(0.05))
    # A texel's depth changes by its side times the slope; the slack hides that from the comparison.
    slope = min(math.sqrt(max(_F(1.0) - toward * toward, _F(0.0))) / toward, _F(8.0))
    T, size, texel = maps.T_fine_camera, maps.fine.shape[0], maps.fine_texel
    column = T[0, 0] * px + T[0, 1] * py + T[0, 2] * pz + T[0, 3]
    row = T[1, 0] * px + T[1, 1] * py + T[1, 2] * pz + T[1, 3]
    if column >= 0.0 and row >= 0.0 and column < size - 1.0 and row < size - 1.0:
        height = T[2, 0] * px + T[2, 1] * py + T[2, 2] * pz + T[2, 3]
        return _look_up(maps.fine, column, row, _F(height + texel * (1.0 + slope)))
    T, size, texel = maps.T_coarse_camera, maps.coarse.shape[0], maps.coarse_texel
    column = T[0, 0] * px + T[0, 1] * py + T[0, 2] * pz + T[0, 3]
    row = T[1, 0] * px + T[1, 1] * py + T[1, 2] * pz + T[1, 3]
    if column >= 0.0 and row >= 0.0 and column < size - 1.0 and row < size - 1.0:
        height = T[2, 0] * px + T[2, 1] * py + T[2, 2] * pz + T[2, 3]
        return _look_up(maps.coarse, column, row, _F(height + texel * (0.5 + slope)))
    return _F(1.0)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def openness(maps: ShadowMaps, px: float, py: float, pz: float, nz: float) -> float:
    """Return the share of the sky's light that reaches a point past the things standing about, 0..1.

    Seen from above, only what lies under or close beside something tall is dimmed: the ground under a car,
    the foot of a wall. A cheap stand-in for ambient occlusion that does not flicker.
    """
    T, size = maps.T_cover_camera, maps.cover.shape[0]
    column = T[0, 0] * px + T[0, 1] * py + T[0, 2] * pz + T[0, 3]
    row = T[1, 0] * px + T[1, 1] * py + T[1, 2] * pz + T[1, 3]
    if not (column >= 0.0 and row >= 0.0 and column < size - 1.0 and row < size - 1.0):
        return _F(1.0)
    height = _F(T[2, 0] * px + T[2, 1] * py + T[2, 2] * pz + T[2, 3])
    j, i = int(column), int(row)
    fx, fy = _F(column - j), _F(row - i)
    c = maps.cover
    top = c[i, j] + (c[i, j + 1] - c[i, j]) * fx
    over = top + (c[i + 1, j] + (c[i + 1, j + 1] - c[i + 1, j]) * fx - top) * fy
    hidden = min(max(over - height, _F(0.0)), _F(1.5)) * _F(1.0 / 1.5)
    return _F(1.0) - _F(0.85) * hidden * (_F(1.0) - _F(0.5) * abs(_F(1.0) - nz) * _F(0.5))

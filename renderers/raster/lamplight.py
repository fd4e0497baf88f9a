"""The light of street lamps and headlights on what they shine at; by day there are none to look at.

It passes through what stands in its way: only the sun has shadows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from renderers.raster.light import Lighting
from renderers.raster.surfaces import DEPTH, DX, DY, DZ, GLOW, NX, NY, NZ, REACH, WRAP
from sim.compiled import inlined, kernel

__all__ = ["shed"]

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_SPREAD, _DIP, _DEEP = _F(0.32), _F(0.012), _F(0.14)
"""Tangents of a low beam: half width aside, how far below the horizon it is cut off, half depth below that."""
_SCATTERED = _F(0.04)
"""Share of a low beam above its cut-off."""
_FLAT = _F(0.20)
"""Cosine to the vertical at which a street lamp's light ends: it is shielded against glare."""


@kernel
def shed(light: Lighting, T_world_camera: np.ndarray, count: int, values: np.ndarray) -> None:
    """Write GLOW, the light of all lamps that arrives at the samples of a block.

    Args:
        light: with its lamps.
        T_world_camera: (3, 4) float64.
        count: how many samples.
        values: lines of a `shading.Palette`; directions, depths and normals are read.
    """
    lamps, end = light.lamps, np.uint64(count)
    for i in range(np.uint64(0), end):
        values[GLOW + i] = _ZERO
    for k in range(lamps.shape[0]):
        px, py = lamps[k, 0] - _F(T_world_camera[0, 3]), lamps[k, 1] - _F(T_world_camera[1, 3])
        pz, strength, is_beam = lamps[k, 2] - _F(T_world_camera[2, 3]), lamps[k, 6], lamps[k, 5] > _HALF
        fx, fy = lamps[k, 3], lamps[k, 4]
        for i in range(np.uint64(0), end):
            way = values[DEPTH + i] * values[REACH + i]
            x, y, z = way * values[DX + i] - px, way * values[DY + i] - py, way * values[DZ + i] - pz
            square = max(x * x + y * y + z * z, _F(0.04))
            per_way = _ONE / _F(math.sqrt(square))
            wrap = values[WRAP + i]
            facing = -(x * values[NX + i] + y * values[NY + i] + z * values[NZ + i]) * per_way
            facing = max((facing + wrap) / (_ONE + wrap), _ZERO)
            share = _beam(x, y, z, fx, fy) if is_beam else _pool(-z * per_way)
            values[GLOW + i] += strength * share * facing / square


@inlined
def _pool(cosine: float) -> float:
    """Return the share of a street lamp's greatest intensity at a cosine to the vertical."""
    return min(max((cosine - _FLAT) * _F(2.5), _ZERO), _ONE)


@inlined
def _beam(x: float, y: float, z: float, fx: float, fy: float) -> float:
    """Return the share of a low beam's greatest intensity towards a point, from the lamp."""
    along = x * fx + y * fy
    per_along = _ONE / max(along, _F(0.05))
    aside, below = (y * fx - x * fy) * per_along / _SPREAD, -z * per_along
    wide, deep = _ONE / (_ONE + aside * aside), max(below - _DIP, _ZERO) / _DEEP
    lit = min(max(below / _DIP, _SCATTERED), _ONE)
    return wide * wide * lit / (_ONE + deep * deep) if along > _ZERO else _ZERO

"""Noise over a plane: what gives surfaces their grain. A pure function of place and key, without state."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

__all__ = ["bump", "cell", "grain"]

_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@nb.njit(cache=True, nogil=True, inline="always")
def cell(i: int, j: int, key: np.uint64) -> float:
    """Return a number in -1..1 of the cell (i, j).

    Source: Steele, Lea and Flood (2014), the finaliser of SplitMix64.
    """
    h = (np.uint64(np.int64(i)) * _A) ^ (np.uint64(np.int64(j)) * _B) ^ key
    h = (h ^ (h >> np.uint64(30))) * _M1
    h = (h ^ (h >> np.uint64(27))) * _M2
    h = h ^ (h >> np.uint64(31))
    return np.float64(np.int64(h >> np.uint64(40))) * (2.0**-23) - 1.0


@nb.njit(cache=True, nogil=True, error_model="numpy")
def grain(x: float, y: float, key: np.uint64) -> float:
    """Return smooth noise in -1..1 with features of the size 1."""
    i, j = math.floor(x), math.floor(y)
    fx, fy = x - i, y - j
    ux, uy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    a, b = cell(i, j, key), cell(i + 1, j, key)
    c, d = cell(i, j + 1, key), cell(i + 1, j + 1, key)
    low, high = a + ux * (b - a), c + ux * (d - c)
    return low + uy * (high - low)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def bump(x: float, y: float, key: np.uint64) -> tuple[float, float, float]:
    """Return smooth noise in -1..1 and its slopes along x and y, all three continuous."""
    i, j = math.floor(x), math.floor(y)
    fx, fy = x - i, y - j
    ux = fx * fx * fx * (fx * (6.0 * fx - 15.0) + 10.0)
    uy = fy * fy * fy * (fy * (6.0 * fy - 15.0) + 10.0)
    dx, dy = 30.0 * fx * fx * (fx * (fx - 2.0) + 1.0), 30.0 * fy * fy * (fy * (fy - 2.0) + 1.0)
    a, b = cell(i, j, key), cell(i + 1, j, key)
    c, d = cell(i, j + 1, key), cell(i + 1, j + 1, key)
    k = a - b - c + d
    value = a + ux * (b - a) + uy * (c - a) + ux * uy * k
    return value, dx * (b - a + uy * k), dy * (c - a + ux * k)

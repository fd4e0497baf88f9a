"""Noise over a plane: what gives surfaces their grain. A pure function of place and key, without state.

`grain` and `bump` give it at a place; `grains` and `bumps` along a row of places, which the compiler does
several at a time.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import inlined, kernel

__all__ = ["bump", "bumps", "cell", "grain", "grains", "lattice"]

_A, _B = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77)
_M1, _M2 = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_W1, _W2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@kernel
def lattice(key: np.uint64, number: int) -> np.uint32:
    """Return the key of one of a part's noises.

    Source: Steele, Lea and Flood (2014), the finaliser of SplitMix64.
    """
    h = key + np.uint64(number)
    h = (h ^ (h >> np.uint64(30))) * _W1
    h = (h ^ (h >> np.uint64(27))) * _W2
    return np.uint32(h >> np.uint64(32))


@inlined
def cell(i: int, j: int, key: np.uint32) -> float:
    """Return a number in -1..1 of the cell (i, j).

    Source: Wellons (2018), "Prospecting for hash functions", lowbias32.
    """
    h = np.uint32(np.uint32(np.int32(i)) * _A) ^ np.uint32(np.uint32(np.int32(j)) * _B) ^ key
    h = np.uint32((h ^ (h >> np.uint32(16))) * _M1)
    h = np.uint32((h ^ (h >> np.uint32(15))) * _M2)
    h = np.uint32(h ^ (h >> np.uint32(16)))
    return np.float64(np.int32(h)) * (2.0**-31)


@inlined
def grain(x: float, y: float, key: np.uint32) -> float:
    """Return smooth noise in -1..1 with features of the size 1."""
    i, j = math.floor(x), math.floor(y)
    fx, fy = x - i, y - j
    ux, uy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    a, b = cell(i, j, key), cell(i + 1, j, key)
    c, d = cell(i, j + 1, key), cell(i + 1, j + 1, key)
    low, high = a + ux * (b - a), c + ux * (d - c)
    return low + uy * (high - low)


@inlined
def bump(x: float, y: float, key: np.uint32) -> tuple[float, float, float]:
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


@kernel
def grains(x: np.ndarray, y: np.ndarray, size: tuple[float, float], key: np.uint32, out: np.ndarray) -> None:
    """Write `grain` at (N,) places, of features of a size along x and y."""
    wide, tall = 1.0 / size[0], 1.0 / size[1]
    for k in range(x.shape[0]):
        out[k] = grain(x[k] * wide, y[k] * tall, key)


@kernel
def bumps(
    x: np.ndarray,
    y: np.ndarray,
    size: float,
    angle: float,
    key: np.uint32,
    slope_x: np.ndarray,
    slope_y: np.ndarray,
) -> None:
    """Write the slopes of `bump`, of features of a size and turned by an angle, at (N,) places."""
    c, s = math.cos(angle), math.sin(angle)
    cs, ss = c / size, s / size
    for k in range(x.shape[0]):
        _, gx, gy = bump(cs * x[k] + ss * y[k], cs * y[k] - ss * x[k], key)
        slope_x[k] = c * gx - s * gy
        slope_y[k] = s * gx + c * gy

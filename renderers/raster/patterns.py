"""What textures are made of: lattice noise and stripes that know how wide a pixel is.

A pattern finer than the filter width fades to its mean instead of sparkling. Stripes are box-filtered exactly by
differences of their integral; noise fades octave by octave. Everything is a function of position and seed alone.
"""

from __future__ import annotations

import math

import numba as nb

__all__ = ["clamp", "covered", "dashes", "fade", "hashed", "lattice_noise", "mix", "smooth_noise"]


@nb.njit(cache=True, nogil=True, inline="always")
def clamp(x: float) -> float:
    """Return x limited to 0..1."""
    return min(max(x, 0.0), 1.0)


@nb.njit(cache=True, nogil=True, inline="always")
def mix(a: float, b: float, share: float) -> float:
    """Return a, or b where the share is 1."""
    return a + (b - a) * share


@nb.njit(cache=True, nogil=True, inline="always")
def hashed(i: int, j: int, seed: int) -> float:
    """Return a number in [0, 1) that belongs to a cell.

    Integer finaliser after Wellons (2018), "lowbias32", over a linear mix of the cell's indices.
    """
    h = (i * 374761393 + j * 668265263 + seed * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return (h ^ (h >> 16)) * 2.3283064365386963e-10


@nb.njit(cache=True, nogil=True)
def lattice_noise(u: float, v: float, seed: int) -> float:
    """Return value noise in [0, 1) with mean 1/2 and a lattice of 1."""
    i, j = math.floor(u), math.floor(v)
    a, b = u - i, v - j
    a, b = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b)
    p, q = int(i), int(j)
    low = mix(hashed(p, q, seed), hashed(p + 1, q, seed), a)
    high = mix(hashed(p, q + 1, seed), hashed(p + 1, q + 1, seed), a)
    return mix(low, high, b)


@nb.njit(cache=True, nogil=True, inline="always")
def fade(width: float, wavelength: float) -> float:
    """Return how much of a pattern a pixel of this width still shows: 1 below 0.4 wavelengths, 0 above 1."""
    return clamp((wavelength - width) / (0.6 * wavelength))


@nb.njit(cache=True, nogil=True)
def smooth_noise(u: float, v: float, size: float, width: float, seed: int) -> float:
    """Return noise of the given lattice size [m] about 0, within ±1, faded by the filter width [m]."""
    share = fade(width, 2.0 * size)
    if share <= 0.0:
        return 0.0
    return (2.0 * lattice_noise(u / size, v / size, seed) - 1.0) * share


@nb.njit(cache=True, nogil=True, inline="always")
def covered(x: float, low: float, high: float, width: float) -> float:
    """Return the share of a pixel [x - width/2, x + width/2] that lies in [low, high]."""
    half = 0.5 * max(width, 1e-6)
    return max(min(x + half, high) - max(x - half, low), 0.0) / (2.0 * half)


@nb.njit(cache=True, nogil=True, inline="always")
def _painted(x: float, period: float, dash: float) -> float:
    n = math.floor(x / period)
    return n * dash + min(x - n * period, dash)


@nb.njit(cache=True, nogil=True, inline="always")
def dashes(x: float, period: float, low: float, high: float, width: float) -> float:
    """Return the share of a pixel that lies in [low, high] modulo the period; exact for any width."""
    half = 0.5 * max(width, 1e-6)
    dash = high - low
    return clamp((_painted(x - low + half, period, dash) - _painted(x - low - half, period, dash)) / (2.0 * half))

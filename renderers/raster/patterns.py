"""What textures are made of: lattice noise and stripes that know how wide a pixel is.

A pattern finer than the filter width fades to its mean instead of sparkling. Stripes are box-filtered exactly
by differences of their integral; noise fades octave by octave. All is a function of position and seed alone.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled import inlined, kernel
from sim.noise import hash64, uniforms

__all__ = [
    "BYTE",
    "TABLE",
    "clamp",
    "covered",
    "dashes",
    "fade",
    "hashed",
    "lattice_noise",
    "mix",
    "smooth_noise",
]

SIDE_BITS = 7
SIDE = 1 << SIDE_BITS
BYTE = 1.0 / 255.0
TABLE = (uniforms(hash64("lattice"), 0, np.arange(SIDE * SIDE)) * 256.0).astype(np.uint8)


@inlined
def clamp(x: float) -> float:
    """Return x limited to 0..1."""
    return min(max(x, 0.0), 1.0)


@inlined
def mix(a: float, b: float, share: float) -> float:
    """Return a, or b where the share is 1."""
    return a + (b - a) * share


@inlined
def hashed(i: int, j: int, seed: int) -> float:
    """Return a number in [0, 1) that belongs to a cell.

    Integer finaliser after Wellons (2018), "lowbias32", over a linear mix of the cell's indices.
    """
    h = (i * 374761393 + j * 668265263 + seed * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return (h ^ (h >> 16)) * 2.3283064365386963e-10


@inlined
def _lattice(i: int, j: int) -> float:
    return TABLE[((j & (SIDE - 1)) << SIDE_BITS) | (i & (SIDE - 1))] * BYTE


@kernel
def lattice_noise(u: float, v: float, seed: int) -> float:
    """Return value noise in [0, 1] with mean 1/2 and a lattice of 1; it repeats after 128.

    A table of bytes that stays in the first-level cache is four times faster than hashing each corner.
    """
    i, j = math.floor(u), math.floor(v)
    a, b = u - i, v - j
    a, b = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b)
    p, q = i + 37 * seed, j + 91 * seed
    low = mix(_lattice(p, q), _lattice(p + 1, q), a)
    high = mix(_lattice(p, q + 1), _lattice(p + 1, q + 1), a)
    return mix(low, high, b)


@inlined
def fade(width: float, frequency: float) -> float:
    """Return how much of a pattern a pixel of this width still shows: 1 below 0.4 wavelengths, 0 above 1."""
    return clamp(1.6666666666666667 * (1.0 - width * frequency))


@kernel
def smooth_noise(u: float, v: float, frequency: float, width: float, seed: int) -> float:
    """Return noise with the given lattice points per metre about 0, within ±1, faded by the filter width [m].

    Frequencies, not sizes: a division costs as much as the noise.
    """
    share = fade(width, 0.5 * frequency)
    if share <= 0.0:
        return 0.0
    return (2.0 * lattice_noise(u * frequency, v * frequency, seed) - 1.0) * share


@inlined
def covered(x: float, low: float, high: float, width: float) -> float:
    """Return the share of a pixel [x - width/2, x + width/2] that lies in [low, high]."""
    half = 0.5 * max(width, 1e-6)
    return max(min(x + half, high) - max(x - half, low), 0.0) * (0.5 / half)


@inlined
def _painted(cycles: float, share: float) -> float:
    n = math.floor(cycles)
    return n * share + min(cycles - n, share)


@kernel
def dashes(x: float, period: float, low: float, high: float, width: float) -> float:
    """Return the share of a pixel that lies in [low, high] modulo the period; exact for any width."""
    frequency = 1.0 / period
    half = 0.5 * max(width, 1e-6) * frequency
    at, share = (x - low) * frequency, (high - low) * frequency
    return clamp((_painted(at + half, share) - _painted(at - half, share)) * (0.5 / half))

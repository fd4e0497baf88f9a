"""Much addressed noise at once: normal numbers in bulk, and noise whose power falls as 1/f.

What a window of samples needs is counted from a key of its own: a number of the episode's noise at (entity,
stream, start of the window), so that edits of the episode reach it and no other sensor does. Quantiles are
read from a table, linear between 4096 cells; the outermost 1.6 % on either side are exact.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numba as nb
import numpy as np
from scipy.special import ndtri

from sim.geometry import Array
from sim.noise import Noise
from sim.noise_kernels import normal_quantile, philox

__all__ = [
    "QUANTILES",
    "add_flicker",
    "fill_normals",
    "flicker_filter",
    "flicker_start",
    "normals",
    "window_key",
]

_CELLS = 4096
_EDGE = 64
_LANES = 4
_POLES = 8


def _quantile_table() -> Array:
    table = np.zeros(_CELLS + 1)
    table[1:-1] = ndtri(np.arange(1, _CELLS) / _CELLS)
    return table


QUANTILES = _quantile_table()
"""(4097,) standard normal quantiles of k/4096; the two ends, which are infinite, are never read."""


def window_key(noise: Noise, entity: str, stream: str, start: float) -> Any:
    """Return the uint64 key of one window's noise.

    Args:
        noise: of the episode.
        entity: whose noise it is: a sensor's, a component's.
        stream: what it is for.
        start: of the window [s]; told apart to a microsecond.
    """
    return np.uint64(noise.uniform(entity, stream, round(start * 1e6), start) * 2.0**53)


def normals(key: Any, stream: int, count: int) -> Array:
    """Return (count,) standard normals of a stream of a key."""
    out = np.empty(count)
    fill_normals(key, stream, 0, QUANTILES, np.empty(-(-count // _LANES) * _LANES, np.uint32), out)
    return out


@nb.njit(cache=True, nogil=True)
def fill_normals(key: np.uint64, stream: int, first: int, table: Array, words: np.ndarray, out: Array) -> None:
    """Fill `out` with standard normals.

    Args:
        key: of the window.
        stream: tells apart what noise the window needs.
        first: counter of the first four words; the caller steps it by len(out) / 4.
        table: QUANTILES.
        words: uint32 work space, at least len(out) rounded up to a multiple of four.
        out: (N,) takes the numbers.
    """
    count = out.shape[0]
    quarter = (count + 3) // 4
    where = np.uint64(stream)
    for i in range(quarter):  # a plain loop without branches: LLVM does eight counters at a time
        w0, w1, w2, w3 = philox(key, where, np.uint64(first + i))
        words[i] = w0
        words[quarter + i] = w1
        words[2 * quarter + i] = w2
        words[3 * quarter + i] = w3
    for i in range(count):
        word = np.int64(words[i])
        cell = word >> 20
        if cell >= _EDGE and cell < _CELLS - _EDGE:
            low = table[cell]
            out[i] = low + np.float64(word & 0xFFFFF) * (1.0 / 1048576.0) * (table[cell + 1] - low)
        else:
            out[i] = normal_quantile((np.float64(word) + 0.5) * 2.0**-32)


@lru_cache(maxsize=64)
def flicker_filter(rate: float, lowest: float) -> tuple[Array, Array]:
    """Return (poles, weights) of first-order filters whose sum turns white noise into noise of power 1/f.

    Poles and zeros alternate evenly on a logarithmic axis between `lowest` and half the rate, which follows
    1/f within a few tenths of a decibel; partial fractions make a sum of the product.

    Args:
        rate: samples per second [Hz].
        lowest: frequency below which the power no longer rises [Hz].

    Returns:
        (8,) poles a and (8,) weights g: the sum over k of g_k / (1 - a_k / z), driven by unit white noise, has
        the one-sided density 1/f per hertz.

    Source: Corsini and Saletti (1988), "A 1/f^gamma power spectrum noise sequence generator".
    """
    ratio = (0.5 * rate / lowest) ** (1.0 / _POLES)
    corners = lowest * ratio ** np.arange(_POLES)
    poles = np.exp(-2.0 * np.pi * corners / rate)
    zeros = np.exp(-2.0 * np.pi * corners[:-1] * np.sqrt(ratio) / rate)
    weights = np.array(
        [
            np.prod(1.0 - zeros / pole) / np.prod(1.0 - np.delete(poles, k) / pole)
            for k, pole in enumerate(poles)
        ]
    )
    middle = np.sqrt(corners[2] * corners[-3] * ratio)
    response = np.sum(weights / (1.0 - poles * np.exp(-2j * np.pi * middle / rate)))
    wanted = np.sqrt(0.5 * rate / middle)  # unit white noise has the one-sided density 2 / rate
    return poles, weights * (wanted / np.abs(response))


def flicker_start(poles: Array, key: Any, stream: int) -> Array:
    """Return (K,) states of the filters as they are after running for ever."""
    covariance = 1.0 / (1.0 - np.outer(poles, poles))
    return np.linalg.cholesky(covariance) @ normals(key, stream, len(poles))


@nb.njit(cache=True, nogil=True)
def add_flicker(white: Array, poles: Array, weights: Array, states: Array, out: Array) -> None:
    """Add filtered white noise to `out` and leave the eight filters' states as they are at its end.

    Written out, the eight recursions become one vector in the processor; as a loop they do not.
    """
    a0, a1, a2, a3, a4, a5, a6, a7 = (
        poles[0], poles[1], poles[2], poles[3], poles[4], poles[5], poles[6], poles[7],
    )  # fmt: skip
    g0, g1, g2, g3, g4, g5, g6, g7 = (
        weights[0], weights[1], weights[2], weights[3], weights[4], weights[5], weights[6], weights[7],
    )  # fmt: skip
    z0, z1, z2, z3, z4, z5, z6, z7 = (
        states[0], states[1], states[2], states[3], states[4], states[5], states[6], states[7],
    )  # fmt: skip
    for i in range(white.shape[0]):
        w = white[i]
        z0, z1, z2, z3 = a0 * z0 + w, a1 * z1 + w, a2 * z2 + w, a3 * z3 + w
        z4, z5, z6, z7 = a4 * z4 + w, a5 * z5 + w, a6 * z6 + w, a7 * z7 + w
        out[i] += ((g0 * z0 + g1 * z1) + (g2 * z2 + g3 * z3)) + ((g4 * z4 + g5 * z5) + (g6 * z6 + g7 * z7))
    states[0], states[1], states[2], states[3] = z0, z1, z2, z3
    states[4], states[5], states[6], states[7] = z4, z5, z6, z7

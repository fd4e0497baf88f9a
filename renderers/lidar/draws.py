"""Random numbers of a column of beams: words side by side, and normal numbers by a table.

The table has 4,096 steps of probability, straight between; beyond 2.66 standard deviations, where it bends, the
quantile itself is taken. So a draw is off by 2e-4 standard deviations at most.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from sim.compiled import inlined, inner
from sim.noise_kernels import normal_quantile, philox

__all__ = ["chance", "deal", "normal"]

_WORD = 2.0**-32
_BITS = 20
_STEPS = 1 << 32 - _BITS
_TAIL = 16
_TABLE = np.concatenate([[0.0], ndtri(np.arange(1, _STEPS) / _STEPS), [0.0]])
_SHIFT, _REST, _TWO = np.uint64(_BITS), np.uint64((1 << _BITS) - 1), np.uint64(2)


@inlined
def chance(word: np.uint64) -> float:
    """Return a number in (0, 1) of 32 random bits."""
    return (np.float64(word) + 0.5) * _WORD


@inlined
def normal(word: np.uint64) -> float:
    """Return a standard normal number of 32 random bits."""
    k = word >> _SHIFT
    if np.uint64(_TAIL) <= k < np.uint64(_STEPS - _TAIL):
        low, high = _TABLE[k], _TABLE[k + np.uint64(1)]
        return low + (high - low) * (np.float64(word & _REST) + 0.5) * 2.0**-_BITS
    return normal_quantile(chance(word))


@inner
def deal(key: np.uint64, stream: np.uint64, first: np.uint64, words: np.ndarray) -> None:
    """Write four words of every other index from the first on, 32 random bits each.

    Args:
        key: random bits of the turn.
        stream: what they are for.
        first: index of the first beam's words; the next beam's are two further.
        words: (4, R) uint64, written.
    """
    for beam in range(words.shape[1]):
        k = np.uint64(beam)
        words[0, k], words[1, k], words[2, k], words[3, k] = philox(key, stream, first + _TWO * k)

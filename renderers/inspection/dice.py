"""Numbers for the form of one part, in order, from one address of the episode's noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from scipy.special import ndtri

from sim.noise import Noise, address, uniforms

__all__ = ["Dice", "key_of"]

_T = TypeVar("_T")
_BLOCK = 256
_ENTITY = "part"
"""Parts are the entity: two cameras that look at one part see the same defect and the same grain."""


def key_of(noise: Noise, stream: str, part: int, t: float, *, entity: str = _ENTITY) -> int:
    """Return 53 random bits of a part for a purpose, as they are at a moment of the episode."""
    return int(noise.uniform(entity, stream, part, t) * 2.0**53)


class Dice:
    """Numbers in order from a key.

    Args:
        key: 53 or more random bits.
    """

    def __init__(self, key: int) -> None:
        self._key, self._at = key, 0
        self._values: list[float] = []

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return the next number, even between two."""
        if self._at == len(self._values):
            more = np.arange(self._at, self._at + _BLOCK, dtype=np.uint64)
            self._values += uniforms(np.uint64(self._key), np.uint64(address(_ENTITY, "dice")), more).tolist()
        self._at += 1
        return low + (high - low) * self._values[self._at - 1]

    def normal(self, spread: float = 1.0) -> float:
        """Return the next number, normal about 0."""
        return spread * float(ndtri(self.uniform()))

    def count(self, mean: float) -> int:
        """Return the next Poisson number."""
        u, k = self.uniform(), 0
        chance = total = math.exp(-mean)
        while u > total and k < 1000:
            k += 1
            chance *= mean / k
            total += chance
        return k

    def one_of(self, things: Sequence[_T]) -> _T:
        """Return one of some things."""
        return things[min(int(self.uniform() * len(things)), len(things) - 1)]

    def angle(self) -> float:
        """Return a direction [rad]."""
        return self.uniform(-math.pi, math.pi)

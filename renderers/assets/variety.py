"""The small differences between two things of a kind: addressed numbers from a shape's seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sim.geometry import Array
from sim.noise import address, hash64, uniforms
from sim.scene import Shape

__all__ = ["Variety"]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Variety:
    """Numbers that depend on a seed and a name only, so that adding one feature changes no other.

    Args:
        seed: the shape's own seed.
        kind: the shape's kind; two kinds with one seed share nothing.
    """

    seed: int
    kind: str

    @classmethod
    def of(cls, shape: Shape) -> Variety:
        """Return the variety of a shape; a shape without a seed has seed 0."""
        seed = shape.details.get("seed", 0)
        return cls(seed if isinstance(seed, int) else hash64(str(seed)), shape.kind)

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """Return a number between low and high."""
        bits = hash64("asset", self.kind, self.seed, name) >> 11
        return low + (high - low) * (bits + 0.5) * 2.0**-53

    def array(self, name: str, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Array:
        """Return an array of numbers between low and high."""
        key, where = hash64("asset", self.kind, self.seed), address(self.kind, name)
        return low + (high - low) * np.asarray(uniforms(key, where, np.arange(math.prod(shape)))).reshape(shape)

    def choice(self, name: str, items: Sequence[Item]) -> Item:
        """Return one of the items, each equally likely."""
        return items[int(self.uniform(name, 0.0, len(items)))]

    def colour(self, name: str, base: tuple[float, float, float], spread: float) -> tuple[float, float, float]:
        """Return a colour near `base`: its brightness and each channel vary by up to a factor 1 ± spread."""
        factors = self.array(name, (4,), 1.0 - spread, 1.0 + spread)
        r, g, b = (
            float(np.clip(c * factors[0] * (1 + (f - 1) / 3), 0, 1))
            for c, f in zip(base, factors[1:], strict=True)
        )
        return r, g, b

"""Where laws can fall, for families that share it."""

from __future__ import annotations

import math

from sim.laws.base import IntegerLaw, NumericLaw

__all__ = ["CountingLaw", "PositiveLaw"]


class _FromZero(NumericLaw):
    """Anything from 0 on."""

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """No bound: inf."""
        return math.inf


class PositiveLaw(_FromZero):
    """A law of numbers from 0 on."""


class CountingLaw(_FromZero, IntegerLaw):
    """A law of whole numbers from 0 on."""

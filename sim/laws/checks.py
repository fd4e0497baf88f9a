"""What every argument of a law must be: a number that doubles can work with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.laws.base import LawError

__all__ = ["DEEPEST", "finite", "numbers", "positive", "shape_of", "within_doubles"]

_GREATEST = 1e100
"""Greatest size of an argument: squares and quotients of arguments stay within doubles."""
_LOG_GREATEST = 690.0
_LEAST_SHAPE, _MOST_SHAPE = 0.06, 1e6
DEEPEST = 37.5
"""A little above -log(2^-54): as far down a tail, in exponential units, as a draw can fall."""


def finite(argument: str, value: Any) -> float:
    """Return a finite number.

    Raises:
        LawError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
        raise LawError(argument, f"expected a finite number, got {value!r}")
    if abs(value) > _GREATEST:
        raise LawError(argument, f"must not exceed {_GREATEST:g}, got {value:g}")
    return float(value)


def positive(argument: str, value: Any) -> float:
    """Return a finite number above 0.

    Raises:
        LawError: it is none.
    """
    if finite(argument, value) <= 0.0:
        raise LawError(argument, f"must be positive, got {value:g}")
    if value < 1.0 / _GREATEST:
        raise LawError(argument, f"must be at least {1.0 / _GREATEST:g}, got {value:g}")
    return float(value)


def shape_of(argument: str, value: Any) -> float:
    """Return a shape whose lower tail, P(X < x) = x^shape near 0, stays above the least double in every draw.

    Raises:
        LawError: it is no number, or too small or too large for that.
    """
    if not _LEAST_SHAPE <= finite(argument, value) <= _MOST_SHAPE:
        raise LawError(argument, f"must lie in [{_LEAST_SHAPE:g}, {_MOST_SHAPE:g}], got {value:g}")
    return float(value)


def numbers(argument: str, values: Any) -> tuple[float, ...]:
    """Return a list of finite numbers as floats.

    Raises:
        LawError: it is no list, or holds something else.
    """
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise LawError(argument, f"expected a list of numbers, got {values!r}")
    return tuple(finite(argument, value) for value in values)


def within_doubles(argument: str, log_greatest: float) -> None:
    """Refuse a law whose values overflow where a draw can fall, at u up to 1 - 2^-54.

    Args:
        argument: the one that makes the tail so heavy.
        log_greatest: log of the value there.

    Raises:
        LawError: it is beyond what a double holds.
    """
    if not log_greatest < _LOG_GREATEST:
        raise LawError(
            argument, f"makes the tail so heavy that values exceed 1e{_LOG_GREATEST / math.log(10):.0f}"
        )

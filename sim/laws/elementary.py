"""Elementary functions of a number or an array, with the limits of IEEE 754 where `math` raises.

A number goes through the standard library, and an array goes through the same function element by element: a
batch gives the bits that single draws give, whatever vector instructions NumPy has, and single draws need no
NumPy at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from sim.lazy import np

__all__ = [
    "SCALARS",
    "elementwise",
    "exp",
    "expm1",
    "floor",
    "lgamma",
    "log",
    "log1p",
    "power",
    "rint",
    "where",
    "xlogy",
]

SCALARS = (float, int)
"""What counts as a number; NumPy's float64 is a float."""

_INF = math.inf
_NAN = math.nan


def elementwise(function: Callable[..., float], n_arguments: int = 1) -> Callable[..., Any]:
    """Return a function of floats as one of floats or arrays, whose first argument tells which."""

    @cache
    def over_arrays() -> Any:
        return np.frompyfunc(function, n_arguments, 1)

    def either(x: Any, *others: Any) -> Any:
        if isinstance(x, SCALARS):
            return function(x, *others)
        with np.errstate(all="ignore"):  # the limit is the answer
            return np.asarray(over_arrays()(x, *others), np.float64)

    return either


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return _INF


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return _INF


def _log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -_INF if x == 0.0 else _NAN


def _log1p(x: float) -> float:
    if x > -1.0:
        return math.log1p(x)
    return -_INF if x == -1.0 else _NAN


def _power(x: float, exponent: float) -> float:
    try:
        return math.pow(x, exponent)
    except OverflowError:
        return _INF
    except ValueError:
        return _INF if x == 0.0 else _NAN


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and not math.isnan(y) else x * _log(y)


def _floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else x


def _rint(x: float) -> float:
    return float(round(x)) if math.isfinite(x) else x


exp = elementwise(_exp)
"""e^x; inf where it is beyond a double."""

expm1 = elementwise(_expm1)
"""e^x - 1 without loss near 0; inf where it is beyond a double."""

log = elementwise(_log)
"""The natural logarithm; -inf at 0, NaN below."""

log1p = elementwise(_log1p)
"""log(1 + x) without loss near 0; -inf at -1, NaN below."""

power = elementwise(_power, 2)
"""x^y of an x that is not negative; inf for a negative power of 0."""

lgamma = elementwise(math.lgamma)
"""The logarithm of the gamma function, of a positive argument."""

floor = elementwise(_floor)
"""The greatest whole number up to x, as a float."""

rint = elementwise(_rint)
"""The nearest whole number, halves to the even one, as a float."""


def xlogy(x: float, y: Any) -> Any:
    """Return x log(y), which is 0 for x = 0."""
    return _xlogy(x, y) if isinstance(y, SCALARS) else np.where(x == 0.0, 0.0 * y, x * log(y))


def where(condition: Any, then: Any, otherwise: Any) -> Any:
    """Return `then` where the condition holds and `otherwise` elsewhere: of truths or of arrays of them."""
    if getattr(condition, "ndim", 0):
        return np.where(condition, then, otherwise)
    return then if condition else otherwise

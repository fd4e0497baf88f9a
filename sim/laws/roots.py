"""The root of a growing function."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Curve", "root"]

Curve = Callable[[float], float]
_ULP = 2.0**-52
_STEPS = 200


def root(curve: Curve, a: float, b: float, at_a: float, at_b: float) -> float:
    """Return x between a and b with curve(x) = 0, to the last bits.

    Args:
        curve: a continuous function that grows on [a, b].
        a: one end.
        b: the other end.
        at_a: the value at a.
        at_b: the value at b, of the other sign.

    Source: Chandrupatla (1997), "A new hybrid quadratic/bisection algorithm for finding the zero of a
    nonlinear function without using derivatives": inverse quadratic steps where safe, else bisection.
    """
    share = 0.5
    for _ in range(_STEPS):
        x = a + share * (b - a)
        at_x = curve(x)
        if (at_x >= 0.0) == (at_a >= 0.0):
            c, at_c = a, at_a
        else:
            c, at_c, b, at_b = b, at_b, a, at_a
        a, at_a = x, at_x
        best, at_best = (a, at_a) if abs(at_a) < abs(at_b) else (b, at_b)
        width = abs(b - a)
        least = _ULP * abs(best) / width if width else 1.0
        if at_best == 0.0 or least > 0.5:
            return best
        xi, phi = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
        if phi * phi < xi and (1.0 - phi) ** 2 < 1.0 - xi:
            share = at_a / (at_b - at_a) * at_c / (at_b - at_c)
            share += (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
            share = min(1.0 - least, max(least, share))
        else:
            share = 0.5
    return best

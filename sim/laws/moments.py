"""Mean and variance of a law from its quantile function."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from sim.laws.base import Array, NumericLaw
from sim.laws.elementary import exp
from sim.lazy import np

__all__ = ["central_moments"]


def central_moments(law: NumericLaw, parent: NumericLaw) -> tuple[float, float]:
    """Return mean and variance of a law whose tails, where it has any, are those of `parent`.

    E[g(X)] is the integral of g(ppf(u)) over (0, 1), taken from both ends so that either tail keeps its
    digits; tanh-sinh nodes stand the singularities that tails put there. Discrete laws are summed.
    """
    if law.is_discrete:
        return _summed(law)
    open_tail = math.isinf(law.low) or math.isinf(law.high)
    if open_tail and math.isinf(parent.mean):
        return parent.mean, math.inf
    mean = _expectation(law, lambda x: x)
    if open_tail and not math.isfinite(parent.variance):
        return mean, math.inf
    return mean, _expectation(law, lambda x: (x - mean) ** 2)


def _expectation(law: NumericLaw, g: Callable[[Array], Array]) -> float:
    nodes, weights = _tanh_sinh()
    return math.fsum(weights * g(law.ppf(nodes))) + math.fsum(weights * g(law.isf(nodes)))


@cache
def _tanh_sinh() -> tuple[Array, Array]:
    """Return nodes in (0, 1/2) and weights of the double-exponential rule (Takahasi and Mori 1974)."""
    step = 1.0 / 32.0
    t = np.arange(-6.0, 6.0 + step / 2, step)
    s = 0.5 * math.pi * np.sinh(t)
    nodes = 0.5 / (1.0 + np.exp(-2.0 * s))
    weights = step * math.pi / 8.0 * np.cosh(t) / np.cosh(s) ** 2
    return nodes, weights


def _summed(law: NumericLaw) -> tuple[float, float]:
    """Return the moments of a discrete law, summed over its atoms until 1e-16 of the mass is left on a side."""
    atoms = [law.ppf(1e-16)]
    last = law.isf(1e-16)
    while atoms[-1] < last:
        atoms.append(law.next_atom(atoms[-1]))
    x = np.array(atoms)
    mass = exp(law.log_prob(x))
    mean = math.fsum(x * mass)
    return mean, math.fsum((x - mean) ** 2 * mass)

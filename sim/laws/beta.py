"""The beta law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, clamp, special
from sim.laws.checks import finite, shape_of
from sim.laws.elementary import exp, log, where, xlogy

__all__ = ["KIND", "Beta"]


@dataclass(frozen=True)
class Beta(NumericLaw):
    """Density proportional to z^(alpha - 1) (1 - z)^(beta - 1), where z = (x - a) / (b - a)."""

    alpha: float
    beta: float
    a: float = 0.0
    b: float = 1.0

    def __post_init__(self) -> None:
        """Refuse shapes out of range and an empty interval."""
        shape_of("alpha", self.alpha)
        shape_of("beta", self.beta)
        if finite("from", self.a) >= finite("to", self.b):
            raise LawError("to", f"must be above from ({self.a:g}), got {self.b:g}")

    @property
    def mean(self) -> float:
        """The share alpha / (alpha + beta) of the way: a + (b - a) * alpha / (alpha + beta)."""
        return self.a + (self.b - self.a) * self.alpha / (self.alpha + self.beta)

    @property
    def variance(self) -> float:
        """(b - a)^2 * alpha * beta / ((alpha + beta)^2 (alpha + beta + 1))."""
        total = self.alpha + self.beta
        return (self.b - self.a) ** 2 * self.alpha * self.beta / (total**2 * (total + 1.0))

    @property
    def low(self) -> float:
        """The end a."""
        return self.a

    @property
    def high(self) -> float:
        """The end b."""
        return self.b

    def to_data(self) -> Any:
        """Return {beta: {alpha, beta, from, to}}."""
        return {"beta": {"alpha": self.alpha, "beta": self.beta, "from": self.a, "to": self.b}}

    def _ppf(self, u: Any) -> Any:
        width = self.b - self.a
        z = _inverse(self.alpha, self.beta, u)
        near_end = (z > 0.5) & (u > 0.1)
        if not _any(near_end):
            return clamp(self.a + width * z, self.a, self.b)
        rest = _inverse(self.beta, self.alpha, 1.0 - u)
        return clamp(where(near_end, self.b - width * rest, self.a + width * z), self.a, self.b)

    def _isf(self, q: Any) -> Any:
        mirrored = Beta(self.beta, self.alpha, -self.b, -self.a)
        return -mirrored._ppf(q)

    def _cdf(self, x: Any) -> Any:
        lower, upper, is_left = self._shares(x)
        return where(is_left | (upper > 0.9), lower, 1.0 - upper)

    def _sf(self, x: Any) -> Any:
        lower, upper, is_left = self._shares(x)
        return where(is_left & (lower < 0.9), 1.0 - lower, upper)

    def _shares(self, x: Any) -> tuple[Any, Any, Any]:
        """Return P(X <= x) and P(X > x), each counted from its own end, and whether x lies in the left half.

        Near an end only the one counted from there is exact, because the other end's distance is rounded.
        """
        z, rest = (x - self.a) / (self.b - self.a), (self.b - x) / (self.b - self.a)
        lower, upper = (
            special().betainc(self.alpha, self.beta, z),
            special().betainc(self.beta, self.alpha, rest),
        )
        return lower, upper, z <= 0.5

    def _log_prob(self, x: Any) -> Any:
        width = self.b - self.a
        kernel = xlogy(self.alpha - 1.0, (x - self.a) / width)
        kernel = kernel + xlogy(self.beta - 1.0, (self.b - x) / width)
        return kernel - (float(special().betaln(self.alpha, self.beta)) + math.log(width))


def _inverse(a: float, b: float, p: Any) -> Any:
    """Return z with I_z(a, b) = p, also where p is so small that betaincinv gives NaN.

    There I_z = z^a / (a B(a, b)) * (1 - (b - 1) a / (a + 1) z + ...), whose inverse is good to the last digit
    where z and b z are below 1e-9. Source: DLMF 8.17.8.
    """
    log_unit, edge = _lower_tail(a, b)
    if not _any(p < edge):
        return special().betaincinv(a, b, p)
    z = exp((log(p) + log_unit) / a)
    return where(p < edge, z * (1.0 + (b - 1.0) / (a + 1.0) * z), special().betaincinv(a, b, p))


def _any(flags: Any) -> Any:
    return flags.any() if getattr(flags, "ndim", 0) else flags  # np.any costs a float draw 3 µs


@lru_cache(maxsize=256)
def _lower_tail(a: float, b: float) -> tuple[float, float]:
    """Return log(a B(a, b)) and the probability up to which the series holds."""
    log_unit = math.log(a) + math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return log_unit, math.exp(max(a * math.log(1e-9 / max(b, 1.0)) - log_unit, -800.0))


def _build(arguments: Mapping[str, Any]) -> Beta:
    return Beta(arguments["alpha"], arguments["beta"], arguments["from"], arguments["to"])


KIND = LawKind(
    name="beta",
    doc="A share, or a quantity between two ends.",
    example="{beta: [2, 5]}",
    arguments=(
        Argument("alpha", "pure", "the first shape, above 0"),
        Argument("beta", "pure", "the second shape, above 0"),
        Argument("from", "value", "the lower end", default=0.0),
        Argument("to", "value", "the upper end", default=1.0),
    ),
    build=_build,
)

"""The beta law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, finite, positive, special

__all__ = ["KIND", "Beta"]


@dataclass(frozen=True)
class Beta(NumericLaw):
    """Density proportional to z^(alpha - 1) (1 - z)^(beta - 1), where z = (x - a) / (b - a)."""

    alpha: float
    beta: float
    a: float = 0.0
    b: float = 1.0

    def __post_init__(self) -> None:
        """Refuse shapes that are not positive and an empty interval."""
        positive("alpha", self.alpha)
        positive("beta", self.beta)
        if finite("from", self.a) >= finite("to", self.b):
            raise LawError("to", f"must be above from ({self.a:g}), got {self.b:g}")

    @property
    def mean(self) -> float:
        """A + (b - a) * alpha / (alpha + beta)."""
        return self.a + (self.b - self.a) * self.alpha / (self.alpha + self.beta)

    @property
    def variance(self) -> float:
        """(b - a)^2 * alpha * beta / ((alpha + beta)^2 (alpha + beta + 1))."""
        total = self.alpha + self.beta
        return (self.b - self.a) ** 2 * self.alpha * self.beta / (total**2 * (total + 1.0))

    @property
    def low(self) -> float:
        """A."""
        return self.a

    @property
    def high(self) -> float:
        """B."""
        return self.b

    def to_data(self) -> Any:
        """Return {beta: {alpha, beta, from, to}}."""
        return {"beta": {"alpha": self.alpha, "beta": self.beta, "from": self.a, "to": self.b}}

    def _ppf(self, u: Any) -> Any:
        return self.a + (self.b - self.a) * special().betaincinv(self.alpha, self.beta, u)

    def _isf(self, q: Any) -> Any:
        return self.b - (self.b - self.a) * special().betaincinv(self.beta, self.alpha, q)

    def _cdf(self, x: Any) -> Any:
        return special().betainc(self.alpha, self.beta, (x - self.a) / (self.b - self.a))

    def _sf(self, x: Any) -> Any:
        return special().betainc(self.beta, self.alpha, (self.b - x) / (self.b - self.a))

    def _log_prob(self, x: Any) -> Any:
        width = self.b - self.a
        kernel = special().xlogy(self.alpha - 1.0, (x - self.a) / width)
        kernel = kernel + special().xlogy(self.beta - 1.0, (self.b - x) / width)
        return kernel - (float(special().betaln(self.alpha, self.beta)) + math.log(width))


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

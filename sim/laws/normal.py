"""The normal law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawKind, NumericLaw
from sim.laws.checks import finite, positive
from sim.laws.gaussian import normal_cdf, normal_quantile

__all__ = ["KIND", "Normal"]

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Normal(NumericLaw):
    """The Gaussian of mean mu and standard deviation sigma."""

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        """Refuse a spread that is not positive."""
        finite("mean", self.mu)
        positive("std", self.sigma)

    @property
    def mean(self) -> float:
        """The argument mu."""
        return self.mu

    @property
    def variance(self) -> float:
        """sigma^2."""
        return self.sigma**2

    @property
    def low(self) -> float:
        """No bound: -inf."""
        return -math.inf

    @property
    def high(self) -> float:
        """No bound: inf."""
        return math.inf

    def to_data(self) -> Any:
        """Return {normal: {mean, std}}."""
        return {"normal": {"mean": self.mu, "std": self.sigma}}

    def _ppf(self, u: Any) -> Any:
        return self.mu + self.sigma * normal_quantile(u)

    def _isf(self, q: Any) -> Any:
        return self.mu - self.sigma * normal_quantile(q)

    def _cdf(self, x: Any) -> Any:
        return normal_cdf((x - self.mu) / self.sigma)

    def _sf(self, x: Any) -> Any:
        return normal_cdf((self.mu - x) / self.sigma)

    def _log_prob(self, x: Any) -> Any:
        z = (x - self.mu) / self.sigma
        return -0.5 * z * z - (_LOG_SQRT_2PI + math.log(self.sigma))


def _build(arguments: Mapping[str, Any]) -> Normal:
    return Normal(arguments["mean"], arguments["std"])


KIND = LawKind(
    name="normal",
    doc="The Gaussian.",
    example="{normal: [6 m/s, 2 m/s]}",
    arguments=(
        Argument("mean", "value", "the mean"),
        Argument("std", "spread", "the standard deviation, above 0"),
    ),
    build=_build,
)

"""The lognormal law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawKind
from sim.laws.checks import DEEPEST, finite, positive, within_doubles
from sim.laws.elementary import exp, log, where
from sim.laws.gaussian import normal_cdf, normal_quantile
from sim.laws.supports import PositiveLaw

__all__ = ["KIND", "Lognormal"]

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Lognormal(PositiveLaw):
    """The exponential of a normal: log(x / median) has standard deviation sigma."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        """Refuse a median or a spread that is not positive."""
        positive("median", self.median)
        positive("sigma", self.sigma)
        within_doubles("sigma", math.log(self.median) + self.sigma * math.sqrt(2.0 * DEEPEST))

    @property
    def mean(self) -> float:
        """Median * exp(sigma^2 / 2)."""
        return self.median * _exp(0.5 * self.sigma**2)

    @property
    def variance(self) -> float:
        """mean^2 * (exp(sigma^2) - 1)."""
        return self.mean * self.mean * math.expm1(min(self.sigma**2, 709.0))

    def to_data(self) -> Any:
        """Return {lognormal: {median, sigma}}."""
        return {"lognormal": {"median": self.median, "sigma": self.sigma}}

    def _ppf(self, u: Any) -> Any:
        return self.median * exp(self.sigma * normal_quantile(u))

    def _isf(self, q: Any) -> Any:
        return self.median * exp(-self.sigma * normal_quantile(q))

    def _cdf(self, x: Any) -> Any:
        return normal_cdf(log(x / self.median) / self.sigma)

    def _sf(self, x: Any) -> Any:
        return normal_cdf(-log(x / self.median) / self.sigma)

    def _log_prob(self, x: Any) -> Any:
        z = log(x / self.median) / self.sigma
        density = -0.5 * z * z - log(x) - (_LOG_SQRT_2PI + math.log(self.sigma))
        return where(abs(z) < math.inf, density, -math.inf)


def _build(arguments: Mapping[str, Any]) -> Lognormal:
    if "median" in arguments:
        return Lognormal(arguments["median"], arguments["sigma"])
    if "mu" in arguments:
        positive("sigma", arguments["sigma"])
        return Lognormal(positive("mu", _exp(finite("mu", arguments["mu"]))), arguments["sigma"])
    mean, std = positive("mean", arguments["mean"]), positive("std", arguments["std"])
    sigma_squared = math.log1p((std / mean) ** 2)
    return Lognormal(mean * math.exp(-0.5 * sigma_squared), math.sqrt(sigma_squared))


def _exp(value: float) -> float:
    return math.exp(value) if value < 709.0 else math.inf


KIND = LawKind(
    name="lognormal",
    doc="A positive quantity whose logarithm is normal.",
    example="{lognormal: {median: 40 m, sigma: 0.4}}",
    arguments=(
        Argument("median", "value", "the median, above 0"),
        Argument("sigma", "pure", "the standard deviation of the logarithm, above 0"),
        Argument("mu", "pure", "the mean of the logarithm of the value in SI"),
        Argument("mean", "value", "the mean, above 0"),
        Argument("std", "spread", "the standard deviation, above 0"),
    ),
    build=_build,
    forms=(("median", "sigma"), ("mu", "sigma"), ("mean", "std")),
)

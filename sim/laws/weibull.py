"""The Weibull law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawKind
from sim.laws.checks import positive, shape_of
from sim.laws.elementary import exp, expm1, log, log1p, power, xlogy
from sim.laws.supports import PositiveLaw

__all__ = ["KIND", "Weibull"]


@dataclass(frozen=True)
class Weibull(PositiveLaw):
    """P(X > x) = exp(-(x / scale)^shape)."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse a shape out of range and a scale that is not positive."""
        shape_of("shape", self.shape)
        positive("scale", self.scale)

    @property
    def mean(self) -> float:
        """Scale * Gamma(1 + 1 / shape)."""
        return self.scale * _gamma(1.0 + 1.0 / self.shape)

    @property
    def variance(self) -> float:
        """scale^2 * (Gamma(1 + 2 / shape) - Gamma(1 + 1 / shape)^2)."""
        # by logarithms, because for large shapes the two nearly cancel
        excess = math.lgamma(1.0 + 2.0 / self.shape) - 2.0 * math.lgamma(1.0 + 1.0 / self.shape)
        return self.mean * self.mean * math.expm1(max(excess, 0.0)) if excess < 700.0 else math.inf

    def to_data(self) -> Any:
        """Return {weibull: {shape, scale}}."""
        return {"weibull": {"shape": self.shape, "scale": self.scale}}

    def _ppf(self, u: Any) -> Any:
        return self.scale * power(-log1p(-u), 1.0 / self.shape)

    def _isf(self, q: Any) -> Any:
        return self.scale * power(-log(q), 1.0 / self.shape)

    def _cdf(self, x: Any) -> Any:
        return -expm1(-power(x / self.scale, self.shape))

    def _sf(self, x: Any) -> Any:
        return exp(-power(x / self.scale, self.shape))

    def _log_prob(self, x: Any) -> Any:
        z = x / self.scale
        return xlogy(self.shape - 1.0, z) - power(z, self.shape) + math.log(self.shape / self.scale)


def _gamma(x: float) -> float:
    return math.gamma(x) if x < 171.0 else math.inf


def _build(arguments: Mapping[str, Any]) -> Weibull:
    return Weibull(arguments["shape"], arguments["scale"])


KIND = LawKind(
    name="weibull",
    doc="Lifetimes that wear out (shape above 1) or die young (below 1).",
    example="{weibull: {shape: 1.5, scale: 4000 h}}",
    arguments=(
        Argument("shape", "pure", "the shape, above 0"),
        Argument("scale", "spread", "the scale, above 0: 63.2 % fall below it"),
    ),
    build=_build,
)

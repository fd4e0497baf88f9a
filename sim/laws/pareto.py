"""Laws with power tails: Pareto, and the generalised Pareto of excesses over a threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, clamp
from sim.laws.checks import DEEPEST, finite, positive, within_doubles
from sim.laws.elementary import exp, expm1, log, log1p

__all__ = ["GPD_KIND", "KIND", "GeneralizedPareto", "Pareto"]


_FLAT = 1e-20
"""Shapes of this size or less are the exponential, to the last digit of any draw."""


@dataclass(frozen=True)
class Pareto(NumericLaw):
    """P(X > x) = (scale / x)^shape for x >= scale."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse arguments that are not positive."""
        positive("shape", self.shape)
        positive("scale", self.scale)
        within_doubles("shape", math.log(self.scale) + DEEPEST / self.shape)

    @property
    def mean(self) -> float:
        """Shape * scale / (shape - 1); inf up to shape 1."""
        return self.shape * self.scale / (self.shape - 1.0) if self.shape > 1.0 else math.inf

    @property
    def variance(self) -> float:
        """scale^2 * shape / ((shape - 1)^2 (shape - 2)); inf up to shape 2."""
        if self.shape <= 2.0:
            return math.inf
        return self.scale**2 * self.shape / ((self.shape - 1.0) ** 2 * (self.shape - 2.0))

    @property
    def low(self) -> float:
        """The scale."""
        return self.scale

    @property
    def high(self) -> float:
        """No bound: inf."""
        return math.inf

    def to_data(self) -> Any:
        """Return {pareto: {shape, scale}}."""
        return {"pareto": {"shape": self.shape, "scale": self.scale}}

    def _ppf(self, u: Any) -> Any:
        return self.scale * exp(-log1p(-u) / self.shape)

    def _isf(self, q: Any) -> Any:
        return self.scale * exp(-log(q) / self.shape)

    def _cdf(self, x: Any) -> Any:
        return -expm1(self.shape * log(self.scale / x))

    def _sf(self, x: Any) -> Any:
        return exp(self.shape * log(self.scale / x))

    def _log_prob(self, x: Any) -> Any:
        return math.log(self.shape / self.scale) + (self.shape + 1.0) * log(self.scale / x)


@dataclass(frozen=True)
class GeneralizedPareto(NumericLaw):
    """P(X > x) = (1 + shape * y)^(-1 / shape) with y = (x - threshold) / scale >= 0.

    A shape below 0 ends the tail at threshold - scale / shape; 0 is the exponential.

    Source: Pickands (1975), "Statistical inference using extreme order statistics".
    """

    shape: float
    scale: float
    threshold: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a scale that is not positive and shapes whose density or values are unbounded."""
        if finite("shape", self.shape) <= -1.0:
            raise LawError(
                "shape", f"must be above -1, from where on the density is unbounded, got {self.shape:g}"
            )
        positive("scale", self.scale)
        finite("threshold", self.threshold)
        if self.shape > 0.0:
            within_doubles("shape", math.log(self.scale * DEEPEST) + self.shape * DEEPEST)

    @property
    def mean(self) -> float:
        """Threshold + scale / (1 - shape); inf from shape 1."""
        return self.threshold + self.scale / (1.0 - self.shape) if self.shape < 1.0 else math.inf

    @property
    def variance(self) -> float:
        """scale^2 / ((1 - shape)^2 (1 - 2 shape)); inf from shape 1/2."""
        if self.shape >= 0.5:
            return math.inf
        return self.scale**2 / ((1.0 - self.shape) ** 2 * (1.0 - 2.0 * self.shape))

    @property
    def low(self) -> float:
        """Threshold."""
        return self.threshold

    @property
    def high(self) -> float:
        """Inf, or threshold - scale / shape for a shape below 0."""
        return self.threshold - self.scale / self.shape if self.shape < -_FLAT else math.inf

    def to_data(self) -> Any:
        """Return {gpd: {shape, scale, threshold}}."""
        return {"gpd": {"shape": self.shape, "scale": self.scale, "threshold": self.threshold}}

    def _ppf(self, u: Any) -> Any:
        return self._at_depth(-log1p(-u))

    def _isf(self, q: Any) -> Any:
        return self._at_depth(-log(q))

    def _at_depth(self, depth: Any) -> Any:
        """Return the value exceeded with probability exp(-depth)."""
        stretched = expm1(self.shape * depth) / self.shape if abs(self.shape) > _FLAT else depth
        return clamp(self.threshold + self.scale * stretched, self.threshold, self.high)

    def _depth(self, x: Any) -> Any:
        y = (x - self.threshold) / self.scale
        return log1p(clamp(self.shape * y, -1.0, math.inf)) / self.shape if abs(self.shape) > _FLAT else y

    def _cdf(self, x: Any) -> Any:
        return -expm1(-self._depth(x))

    def _sf(self, x: Any) -> Any:
        return exp(-self._depth(x))

    def _log_prob(self, x: Any) -> Any:
        return -(1.0 + self.shape) * self._depth(x) - math.log(self.scale)


def _build(arguments: Mapping[str, Any]) -> Pareto:
    return Pareto(arguments["shape"], arguments["scale"])


def _build_gpd(arguments: Mapping[str, Any]) -> GeneralizedPareto:
    return GeneralizedPareto(arguments["shape"], arguments["scale"], arguments["threshold"])


KIND = LawKind(
    name="pareto",
    doc="A power tail from its least value on.",
    example="{pareto: {shape: 1.8, scale: 100 EUR}}",
    arguments=(
        Argument("shape", "pure", "the tail exponent, above 0; moments of this order and above diverge"),
        Argument("scale", "spread", "the least value, above 0"),
    ),
    build=_build,
)

GPD_KIND = LawKind(
    name="gpd",
    doc="The generalised Pareto law of excesses over a threshold.",
    example="{gpd: {shape: 0.2, scale: 3 m, threshold: 10 m}}",
    arguments=(
        Argument("shape", "pure", "above 0: power tail; 0: exponential; between -1 and 0: bounded"),
        Argument("scale", "spread", "the scale, above 0"),
        Argument("threshold", "value", "the least value", default=0.0),
    ),
    build=_build_gpd,
)

"""The gamma law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawKind, special
from sim.laws.checks import positive, shape_of
from sim.laws.elementary import xlogy
from sim.laws.supports import PositiveLaw

__all__ = ["KIND", "Gamma"]


@dataclass(frozen=True)
class Gamma(PositiveLaw):
    """Density proportional to x^(shape - 1) exp(-x / scale)."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        """Refuse a shape out of range and a scale that is not positive."""
        shape_of("shape", self.shape)
        positive("scale", self.scale)

    @property
    def mean(self) -> float:
        """Shape * scale."""
        return self.shape * self.scale

    @property
    def variance(self) -> float:
        """Shape * scale^2."""
        return self.shape * self.scale**2

    def to_data(self) -> Any:
        """Return {gamma: {shape, scale}}."""
        return {"gamma": {"shape": self.shape, "scale": self.scale}}

    def _ppf(self, u: Any) -> Any:
        return self.scale * special().gammaincinv(self.shape, u)

    def _isf(self, q: Any) -> Any:
        return self.scale * special().gammainccinv(self.shape, q)

    def _cdf(self, x: Any) -> Any:
        return special().gammainc(self.shape, x / self.scale)

    def _sf(self, x: Any) -> Any:
        return special().gammaincc(self.shape, x / self.scale)

    def _log_prob(self, x: Any) -> Any:
        z = x / self.scale
        return xlogy(self.shape - 1.0, z) - z - (math.lgamma(self.shape) + math.log(self.scale))


def _build(arguments: Mapping[str, Any]) -> Gamma:
    if "mean" in arguments:
        return Gamma(
            arguments["shape"], positive("mean", arguments["mean"]) / positive("shape", arguments["shape"])
        )
    return Gamma(arguments["shape"], arguments["scale"])


KIND = LawKind(
    name="gamma",
    doc="A positive quantity; the waiting time for `shape` events.",
    example="{gamma: {shape: 2, mean: 1.6 s}}",
    arguments=(
        Argument("shape", "pure", "the shape, above 0"),
        Argument("scale", "spread", "the scale, above 0"),
        Argument("mean", "spread", "the mean, above 0"),
    ),
    build=_build,
    forms=(("shape", "scale"), ("shape", "mean")),
)

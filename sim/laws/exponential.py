"""The exponential law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawKind
from sim.laws.checks import positive
from sim.laws.elementary import exp, expm1, log, log1p
from sim.laws.supports import PositiveLaw

__all__ = ["KIND", "Exponential"]


@dataclass(frozen=True)
class Exponential(PositiveLaw):
    """Waiting times without memory; scale is their mean."""

    scale: float

    def __post_init__(self) -> None:
        """Refuse a mean that is not positive."""
        positive("mean", self.scale)

    @property
    def mean(self) -> float:
        """The scale."""
        return self.scale

    @property
    def variance(self) -> float:
        """scale^2."""
        return self.scale**2

    def to_data(self) -> Any:
        """Return {exponential: {mean}}."""
        return {"exponential": {"mean": self.scale}}

    def _ppf(self, u: Any) -> Any:
        return -self.scale * log1p(-u)

    def _isf(self, q: Any) -> Any:
        return -self.scale * log(q)

    def _cdf(self, x: Any) -> Any:
        return -expm1(-x / self.scale)

    def _sf(self, x: Any) -> Any:
        return exp(-x / self.scale)

    def _log_prob(self, x: Any) -> Any:
        return -x / self.scale - math.log(self.scale)


def _build(arguments: Mapping[str, Any]) -> Exponential:
    if "rate" in arguments:
        return Exponential(1.0 / positive("rate", arguments["rate"]))
    return Exponential(arguments["mean"])


KIND = LawKind(
    name="exponential",
    doc="Waiting times without memory.",
    example="{exponential: {mean: 30 s}}",
    arguments=(
        Argument("mean", "spread", "the mean, above 0"),
        Argument("rate", "rate", "one over the mean, above 0"),
    ),
    build=_build,
    forms=(("mean",), ("rate",)),
)

"""The uniform law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, clamp
from sim.laws.checks import finite

__all__ = ["KIND", "Uniform"]


@dataclass(frozen=True)
class Uniform(NumericLaw):
    """Equal density between a and b."""

    a: float
    b: float

    def __post_init__(self) -> None:
        """Refuse an empty interval."""
        if finite("from", self.a) >= finite("to", self.b):
            raise LawError("to", f"must be above from ({self.a:g}), got {self.b:g}")

    @property
    def mean(self) -> float:
        """(a + b) / 2."""
        return 0.5 * (self.a + self.b)

    @property
    def variance(self) -> float:
        """(b - a)^2 / 12."""
        return (self.b - self.a) ** 2 / 12.0

    @property
    def low(self) -> float:
        """The end a."""
        return self.a

    @property
    def high(self) -> float:
        """The end b."""
        return self.b

    def to_data(self) -> Any:
        """Return {uniform: {from, to}}."""
        return {"uniform": {"from": self.a, "to": self.b}}

    def _ppf(self, u: Any) -> Any:
        return clamp(self.a + (self.b - self.a) * u, self.a, self.b)  # rounding may step over an end

    def _isf(self, q: Any) -> Any:
        return clamp(self.b - (self.b - self.a) * q, self.a, self.b)

    def _cdf(self, x: Any) -> Any:
        return (x - self.a) / (self.b - self.a)

    def _sf(self, x: Any) -> Any:
        return (self.b - x) / (self.b - self.a)

    def _log_prob(self, x: Any) -> Any:
        return 0.0 * x - math.log(self.b - self.a)


def _build(arguments: Mapping[str, Any]) -> Uniform:
    return Uniform(arguments["from"], arguments["to"])


KIND = LawKind(
    name="uniform",
    doc="Equal density between two values.",
    example="{uniform: [5 deg, 60 deg]}",
    arguments=(Argument("from", "value", "the lower end"), Argument("to", "value", "the upper end")),
    build=_build,
)

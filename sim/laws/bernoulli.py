"""The Bernoulli law: 1 (true) or 0 (false)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, IntegerLaw, LawError, LawKind
from sim.laws.checks import finite
from sim.laws.elementary import log, log1p, where

__all__ = ["KIND", "Bernoulli"]


@dataclass(frozen=True)
class Bernoulli(IntegerLaw):
    """1 with a probability, else 0."""

    probability: float

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if not 0.0 <= finite("probability", self.probability) <= 1.0:
            raise LawError("probability", f"must lie in [0, 1], got {self.probability:g}")

    @property
    def mean(self) -> float:
        """The probability."""
        return self.probability

    @property
    def variance(self) -> float:
        """The probability p times 1 - p."""
        return self.probability * (1.0 - self.probability)

    @property
    def low(self) -> float:
        """0."""
        return 0.0

    @property
    def high(self) -> float:
        """1."""
        return 1.0

    def to_data(self) -> Any:
        """Return {bernoulli: {probability}}."""
        return {"bernoulli": {"probability": self.probability}}

    def _ppf(self, u: Any) -> Any:
        return where(u > 1.0 - self.probability, 1.0, 0.0)

    def _isf(self, q: Any) -> Any:
        return where(q < self.probability, 1.0, 0.0)

    def _cdf(self, k: Any) -> Any:
        return where(k >= 1.0, 1.0, 1.0 - self.probability)

    def _sf(self, k: Any) -> Any:
        return where(k >= 1.0, 0.0, self.probability)

    def _log_mass(self, k: Any) -> Any:
        return where(k == 1.0, log(self.probability), log1p(-self.probability))


def _build(arguments: Mapping[str, Any]) -> Bernoulli:
    return Bernoulli(arguments["probability"])


KIND = LawKind(
    name="bernoulli",
    doc="True (1) with a probability, else false (0).",
    example="{bernoulli: 0.3}",
    arguments=(Argument("probability", "pure", "the probability of true, in [0, 1]"),),
    build=_build,
)

"""The geometric law of trials up to the first success."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, IntegerLaw, LawError, LawKind
from sim.laws.checks import finite
from sim.laws.elementary import exp, expm1, floor, log, log1p, where

__all__ = ["KIND", "Geometric"]


@dataclass(frozen=True)
class Geometric(IntegerLaw):
    """The number of independent trials up to the first success, 1 at least; p is the chance of each."""

    p: float

    def __post_init__(self) -> None:
        """Refuse a chance outside (0, 1)."""
        if not 0.0 < finite("p", self.p) < 1.0:
            raise LawError("p", f"must lie between 0 and 1, got {self.p:g}")

    @property
    def mean(self) -> float:
        """1/p."""
        return 1.0 / self.p

    @property
    def variance(self) -> float:
        """(1 - p)/p^2."""
        return (1.0 - self.p) / self.p / self.p

    @property
    def low(self) -> float:
        """1."""
        return 1.0

    @property
    def high(self) -> float:
        """No bound: inf."""
        return math.inf

    def to_data(self) -> Any:
        """Return {geometric: {p}}."""
        return {"geometric": {"p": self.p}}

    @property
    def _log_failure(self) -> float:
        return math.log1p(-self.p)

    def _ppf(self, u: Any) -> Any:
        """Return the least k with cdf(k) >= u, from the continuous inverse and a look at its neighbours."""
        k = self._near(log1p(-u))
        k = where((k > 1.0) & (self._cdf(k - 1.0) >= u), k - 1.0, k)
        return where(self._cdf(k) < u, k + 1.0, k)

    def _isf(self, q: Any) -> Any:
        """Return the least k with sf(k) <= q, likewise."""
        k = self._near(log(q))
        k = where((k > 1.0) & (self._sf(k - 1.0) <= q), k - 1.0, k)
        return where(self._sf(k) > q, k + 1.0, k)

    def _near(self, log_q: Any) -> Any:
        k = -floor(-log_q / self._log_failure)
        return where(k < 1.0, 1.0, k)

    def _cdf(self, k: Any) -> Any:
        return -expm1(k * self._log_failure)

    def _sf(self, k: Any) -> Any:
        return exp(k * self._log_failure)

    def _log_mass(self, k: Any) -> Any:
        return math.log(self.p) + (k - 1.0) * self._log_failure


def _build(arguments: Mapping[str, Any]) -> Geometric:
    return Geometric(arguments["p"])


KIND = LawKind(
    name="geometric",
    doc="The number of trials up to the first success.",
    example="{geometric: 0.1}",
    arguments=(Argument("p", "pure", "chance of success of each trial, between 0 and 1"),),
    build=_build,
)

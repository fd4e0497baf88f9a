"""The Poisson law of counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, special
from sim.laws.checks import positive
from sim.laws.elementary import lgamma
from sim.laws.supports import CountingLaw
from sim.lazy import np

__all__ = ["KIND", "Poisson"]

_GREATEST = 1e9
"""Greatest mean for which counts are still told apart to full precision."""


@dataclass(frozen=True)
class Poisson(CountingLaw):
    """The number of independent events, mu on average."""

    mu: float

    def __post_init__(self) -> None:
        """Refuse a mean that is not positive, or so large that counts blur."""
        if positive("mean", self.mu) > _GREATEST:
            raise LawError("mean", f"must be at most {_GREATEST:g}, got {self.mu:g}")

    @property
    def mean(self) -> float:
        """The argument mu."""
        return self.mu

    @property
    def variance(self) -> float:
        """The argument mu."""
        return self.mu

    def to_data(self) -> Any:
        """Return {poisson: {mean}}."""
        return {"poisson": {"mean": self.mu}}

    def _ppf(self, u: Any) -> Any:
        """Return the least k with cdf(k) >= u, from the continuous inverse and a look at its neighbours."""
        k = np.maximum(np.ceil(special().pdtrik(u, self.mu)), 0.0)
        k = np.where(self._at(k - 1.0) >= u, k - 1.0, k)
        return np.where(self._at(k) < u, k + 1.0, k)

    def _isf(self, q: Any) -> Any:
        """Return the least k with sf(k) <= q, by bisection on whole numbers."""
        q = np.asarray(q)
        above = np.full(q.shape, math.ceil(self.mu + 10.0 * math.sqrt(self.mu) + 10.0))
        while np.any(growing := self._beyond(above) > q):
            above = np.where(growing, 2.0 * above, above)
        below = np.full(q.shape, -1.0)
        while np.any(above - below > 1.0):
            k = np.floor(0.5 * (above + below))
            enough = self._beyond(k) <= q
            above, below = np.where(enough, k, above), np.where(enough, below, k)
        return above

    def _at(self, k: Any) -> Any:
        return np.where(k < 0.0, 0.0, special().pdtr(np.maximum(k, 0.0), self.mu))

    def _beyond(self, k: Any) -> Any:
        return np.where(k < 0.0, 1.0, special().pdtrc(np.maximum(k, 0.0), self.mu))

    def _cdf(self, k: Any) -> Any:
        return special().pdtr(k, self.mu)

    def _sf(self, k: Any) -> Any:
        return special().pdtrc(k, self.mu)

    def _log_mass(self, k: Any) -> Any:
        return k * math.log(self.mu) - lgamma(k + 1.0) - self.mu


def _build(arguments: Mapping[str, Any]) -> Poisson:
    return Poisson(arguments["mean"])


KIND = LawKind(
    name="poisson",
    doc="A count of independent events.",
    example="{poisson: 3.5}",
    arguments=(Argument("mean", "value", "the mean count, above 0"),),
    build=_build,
)

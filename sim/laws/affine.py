"""Laws shifted and scaled: `times` and `plus` of a scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from sim.laws.base import Law, LawError, NumericLaw, Real
from sim.laws.beta import Beta
from sim.laws.checks import finite
from sim.laws.constant import Constant
from sim.laws.elementary import rint, where
from sim.laws.empirical import Empirical, Histogram
from sim.laws.given import Given
from sim.laws.mixture import Mixture
from sim.laws.normal import Normal
from sim.laws.truncated import Truncated
from sim.laws.uniform import Uniform

__all__ = ["Affine", "affine"]


@dataclass(frozen=True)
class Affine(NumericLaw):
    """The law of plus + times * X. Build it with `affine`, which brings nested laws into one canonical form."""

    law: NumericLaw
    times: float = 1.0
    plus: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a factor of 0."""
        finite("plus", self.plus)
        if finite("times", self.times) == 0.0:
            raise LawError("times", "must not be 0")

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        return self.law.is_discrete

    @property
    def mean(self) -> float:
        """Plus + times * mean of X."""
        return self.plus + self.times * self.law.mean

    @property
    def variance(self) -> float:
        """times^2 * variance of X."""
        return self.times**2 * self.law.variance

    @property
    def low(self) -> float:
        """The lower end of the support."""
        return self.plus + self.times * (self.law.low if self.times > 0.0 else self.law.high)

    @property
    def high(self) -> float:
        """The upper end of the support."""
        return self.plus + self.times * (self.law.high if self.times > 0.0 else self.law.low)

    def to_data(self) -> Any:
        """Return the data of X with `times` and `plus` beside it."""
        data = dict(self.law.to_data())
        if self.times != 1.0:
            data["times"] = self.times
        if self.plus != 0.0:
            data["plus"] = self.plus
        return data

    def below(self, y: Real) -> Real:
        """Return P(Y < y)."""
        result: Real = self.law.below(self._back(y)) if self.times > 0.0 else self.law.sf(self._back(y))
        return result

    def reach(self, y: Real) -> Real:
        """Return P(Y >= y)."""
        result: Real = self.law.reach(self._back(y)) if self.times > 0.0 else self.law.cdf(self._back(y))
        return result

    def next_atom(self, y: float) -> float:
        """Return the least value above y that may have mass; inf if there is none."""
        x = self._back(y)
        atom = self.law.next_atom(x) if self.times > 0.0 else self.law.last_atom(math.nextafter(x, -math.inf))
        return self.plus + self.times * atom

    def last_atom(self, y: float) -> float:
        """Return the greatest value up to y that may have mass; -inf if there is none."""
        x = self._back(y)
        atom = self.law.last_atom(x) if self.times > 0.0 else self.law.next_atom(math.nextafter(x, -math.inf))
        return self.plus + self.times * atom

    def _back(self, y: Any) -> Any:
        """Return (y - plus) / times, on the whole number itself where X is discrete and y an image of one."""
        x = (y - self.plus) / self.times
        if not self.law.is_discrete:
            return x
        whole = rint(x)
        return where(self.plus + self.times * whole == y, whole, x)

    def _ppf(self, u: Any) -> Any:
        return self.plus + self.times * (self.law.ppf(u) if self.times > 0.0 else self.law.isf(u))

    def _isf(self, q: Any) -> Any:
        return self.plus + self.times * (self.law.isf(q) if self.times > 0.0 else self.law.ppf(q))

    def _cdf(self, y: Any) -> Any:
        return self.law.cdf(self._back(y)) if self.times > 0.0 else self.law.reach(self._back(y))

    def _sf(self, y: Any) -> Any:
        return self.law.sf(self._back(y)) if self.times > 0.0 else self.law.below(self._back(y))

    def _log_prob(self, y: Any) -> Any:
        stretch = 0.0 if self.is_discrete else math.log(abs(self.times))
        return self.law.log_prob(self._back(y)) - stretch


def _moved_ends(law: Uniform | Beta, times: float, plus: float) -> Uniform | Beta:
    """Return a law between two ends with its ends moved; exact at either end, even one near 0."""
    a, b = sorted((plus + times * law.a, plus + times * law.b))
    if isinstance(law, Uniform):
        return Uniform(a, b)
    return Beta(law.alpha, law.beta, a, b) if times > 0.0 else Beta(law.beta, law.alpha, a, b)


def affine(law: Law | Given, *, times: float = 1.0, plus: float = 0.0) -> Any:
    """Return the law of plus + times * X; bounds, values and parts are carried along.

    Raises:
        LawError: a factor of 0, a number that is not finite, or a law of words.
    """
    if finite("times", times) == 0.0:
        raise LawError("times", "must not be 0")
    if (times, finite("plus", plus)) == (1.0, 0.0):
        return law
    if isinstance(law, Given):
        return replace(law, cases=tuple((o, affine(case, times=times, plus=plus)) for o, case in law.cases))
    if not law.is_numeric:
        raise LawError("times" if times != 1.0 else "plus", "words cannot be shifted or scaled")
    if isinstance(law, Constant):
        return Constant(plus + times * float(law.value))
    if isinstance(law, Affine):
        return affine(law.law, times=times * law.times, plus=plus + times * law.plus)
    if isinstance(law, Truncated):
        ends = sorted((plus + times * law.a, plus + times * law.b))
        return Truncated(affine(law.law, times=times, plus=plus), ends[0], ends[1])
    if isinstance(law, Mixture):
        return replace(law, laws=tuple(affine(part, times=times, plus=plus) for part in law.laws))
    if isinstance(law, Empirical):
        return Empirical.of([plus + times * value for value in law.values], law.weights)
    if isinstance(law, Histogram):
        step = 1 if times > 0.0 else -1
        return Histogram(tuple(plus + times * edge for edge in law.edges)[::step], law.weights[::step])
    if isinstance(law, Normal):
        return Normal(plus + times * law.mu, abs(times) * law.sigma)
    if isinstance(law, Uniform | Beta):
        return _moved_ends(law, times, plus)
    assert isinstance(law, NumericLaw)
    return Affine(law, float(times), float(plus))

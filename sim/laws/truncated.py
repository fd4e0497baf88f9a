"""Laws restricted to an interval: `within` of a scenario."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sim.laws.base import Law, LawError, NumericLaw, Real, clamp
from sim.laws.constant import Constant
from sim.laws.empirical import Empirical, Histogram
from sim.laws.given import Given
from sim.laws.mixture import Mixture
from sim.laws.moments import central_moments

__all__ = ["Truncated", "truncate"]

_LEAST_MASS = 1e-300
"""Below this an interval counts as empty: doubles have no digits left to tell its inside apart."""
_LEAST_LOG_MASS = math.log(_LEAST_MASS)
_ALMOST_ONE = 1.0 - 2.0**-53


@dataclass(frozen=True)
class Truncated(NumericLaw):
    """The law of X given a <= X <= b. Build it with `truncate`, which merges nested intervals.

    Where the interval lies in the upper half of X, probabilities are counted from above, so that a slice of
    the far tail is as exact as one of the middle.
    """

    law: NumericLaw
    a: float
    b: float

    def __post_init__(self) -> None:
        """Refuse an interval without mass."""
        if not self.a <= self.b:
            raise LawError("within", f"the lower end {self.a:g} is above the upper end {self.b:g}")
        if not (self._holds_an_atom() or self.mass >= _LEAST_MASS):
            raise LawError("within", f"[{self.a:g}, {self.b:g}] holds none of the law's probability")

    def _holds_an_atom(self) -> bool:
        """Return whether the value nearest to the mean has mass: known without a sum over the others."""
        if not self.law.is_discrete:
            return False
        near = clamp(self.law.mean, self.a, self.b)
        atoms = (self.law.last_atom(near), self.law.next_atom(near))
        return any(self.a <= x <= self.b and self.law.log_prob(x) > _LEAST_LOG_MASS for x in atoms)

    @cached_property
    def _is_upper(self) -> bool:
        return self.law.below(self.a) > 0.5

    @cached_property
    def _before(self) -> float:
        """P(X < a)."""
        return self.law.below(self.a)

    @cached_property
    def _after(self) -> float:
        """P(X > b)."""
        return self.law.sf(self.b)

    @cached_property
    def mass(self) -> float:
        """P(a <= X <= b): the share of X that the interval keeps."""
        if self._is_upper:
            return self.law.reach(self.a) - self._after
        if self._after > 0.5:
            return self.law.cdf(self.b) - self._before
        return 1.0 - self._before - self._after

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        return self.law.is_discrete

    @cached_property
    def low(self) -> float:
        """The lower end of the support."""
        return max(self.a, self.law.low)

    @cached_property
    def high(self) -> float:
        """The upper end of the support."""
        return min(self.b, self.law.high)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        return central_moments(self, self.law)

    @property
    def mean(self) -> float:
        """The expectation, by quadrature of the quantile function."""
        return self._moments[0]

    @property
    def variance(self) -> float:
        """The variance, by quadrature of the quantile function."""
        return self._moments[1]

    def to_data(self) -> Any:
        """Return the data of X with `within` beside it."""
        return dict(self.law.to_data()) | {"within": [self.a, self.b]}

    def below(self, x: Real) -> Real:
        """Return P(X < x)."""
        result: Real = self._share(x, self.law.below, self.law.reach)
        return result

    def reach(self, x: Real) -> Real:
        """Return P(X >= x)."""
        result: Real = self._left(x, self.law.below, self.law.reach)
        return result

    def next_atom(self, x: float) -> float:
        """Return the least value above x that may have mass; inf if there is none."""
        atom = self.law.next_atom(max(x, math.nextafter(self.a, -math.inf)))
        return atom if atom <= self.b else math.inf

    def last_atom(self, x: float) -> float:
        """Return the greatest value up to x that may have mass; -inf if there is none."""
        atom = self.law.last_atom(min(x, self.b))
        return atom if atom >= self.a else -math.inf

    @cached_property
    def _top(self) -> float:
        """P(X >= a)."""
        return self.law.reach(self.a)

    @cached_property
    def _end(self) -> float:
        """P(X <= b)."""
        return self.law.cdf(self.b)

    def _ppf(self, u: Any) -> Any:
        if self._is_upper:
            x: Any = self.law.isf(_proper(self._top - u * self.mass))
        else:
            x = self.law.ppf(_proper(self._before + u * self.mass))
        return clamp(x, self.low, self.high)

    def _isf(self, q: Any) -> Any:
        if self._after > 0.5:
            x: Any = self.law.ppf(_proper(self._end - q * self.mass))
        else:
            x = self.law.isf(_proper(self._after + q * self.mass))
        return clamp(x, self.low, self.high)

    def _cdf(self, x: Any) -> Any:
        return self._share(x, self.law.cdf, self.law.sf)

    def _sf(self, x: Any) -> Any:
        return self._left(x, self.law.cdf, self.law.sf)

    def _share(self, x: Any, up: Callable[[Any], Any], down: Callable[[Any], Any]) -> Any:
        """Return the share of the mass up to x; `up` and `down` are the two sides of X at x."""
        counted = self._top - down(x) if self._is_upper else up(x) - self._before
        return clamp(counted / self.mass, 0.0, 1.0)

    def _left(self, x: Any, up: Callable[[Any], Any], down: Callable[[Any], Any]) -> Any:
        """Return the share of the mass beyond x."""
        counted = self._end - up(x) if self._after > 0.5 else down(x) - self._after
        return clamp(counted / self.mass, 0.0, 1.0)

    def _log_prob(self, x: Any) -> Any:
        return self.law.log_prob(x) - math.log(self.mass)


def _proper(p: Any) -> Any:
    """Return a probability kept off 0 and 1, where rounding may have put it."""
    return clamp(p, 5e-324, _ALMOST_ONE)


def truncate(law: Law | Given, a: float = -math.inf, b: float = math.inf) -> Any:
    """Return the law restricted to [a, b]; the law itself where its support lies inside already.

    Raises:
        LawError: the interval has no mass or is none, or the law is of words.
    """
    if isinstance(law, Given):
        return replace(law, cases=tuple((option, truncate(case, a, b)) for option, case in law.cases))
    if not law.is_numeric:
        raise LawError("within", "words have no interval")
    if math.isnan(a) or math.isnan(b) or a > b:
        raise LawError("within", f"the lower end {a:g} is above the upper end {b:g}")
    if isinstance(law, Constant):
        if not a <= float(law.value) <= b:
            raise LawError("within", f"{float(law.value):g} lies outside [{a:g}, {b:g}]")
        return law
    if a <= law.low and law.high <= b:
        return law
    if a > law.high or b < law.low:
        raise LawError("within", f"[{a:g}, {b:g}] holds none of the law's probability")
    if isinstance(law, Truncated):
        return truncate(law.law, max(a, law.a), min(b, law.b))
    if isinstance(law, Mixture):
        return _cut_mixture(law, a, b)
    if isinstance(law, Empirical):
        kept = [
            (value, weight) for value, weight in zip(law.values, law.weights, strict=True) if a <= value <= b
        ]
        if not any(weight for _, weight in kept):
            raise LawError("within", f"[{a:g}, {b:g}] holds none of the law's probability")
        return Empirical(tuple(value for value, _ in kept), tuple(weight for _, weight in kept))
    if isinstance(law, Histogram):
        return _cut_histogram(law, a, b)
    assert isinstance(law, NumericLaw)
    return Truncated(law, float(a), float(b))


def _cut_mixture(law: Mixture, a: float, b: float) -> Any:
    """Return the mixture of the parts' restrictions, each weighted by what the interval keeps of it."""
    parts = []
    for weight, part in zip(law.weights, law.laws, strict=True):
        try:
            kept = truncate(part, a, b)
        except LawError:
            continue
        parts.append((weight * _share(part, a, b), kept))
    total = math.fsum(share for share, _ in parts)
    if not total >= _LEAST_MASS:
        raise LawError("within", f"[{a:g}, {b:g}] holds none of the law's probability")
    if len(parts) == 1:
        return parts[0][1]
    return Mixture(tuple(share / total for share, _ in parts), tuple(kept for _, kept in parts))


def _share(law: Any, a: float, b: float) -> float:
    """Return P(a <= X <= b), from whichever side keeps its digits."""
    if law.below(a) > 0.5:
        return float(law.reach(a) - law.sf(b))
    return float(law.cdf(b) - law.below(a))


def _cut_histogram(law: Histogram, a: float, b: float) -> Histogram:
    """Return the histogram of the bins, whole or cut, that lie in [a, b]."""
    edges, weights = [max(a, law.edges[0])], []
    for start, end, weight in zip(law.edges[:-1], law.edges[1:], law.weights, strict=True):
        left, right = max(start, a), min(end, b)
        if left < right:
            edges.append(right)
            weights.append(weight * (right - left) / (end - start))
    if not math.fsum(weights) > 0.0:
        raise LawError("within", f"[{a:g}, {b:g}] holds none of the law's probability")
    return Histogram(tuple(edges), tuple(weights))

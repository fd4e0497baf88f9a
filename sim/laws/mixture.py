"""Mixtures: with probability w_i the quantity follows law i."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, Real
from sim.laws.checks import numbers
from sim.laws.choice import checked_weights
from sim.laws.constant import Constant
from sim.laws.elementary import SCALARS, log
from sim.laws.roots import Curve, root
from sim.lazy import np

__all__ = ["KIND", "Mixture", "mix"]


@dataclass(frozen=True)
class Mixture(NumericLaw):
    """The weighted sum of several laws of numbers, discrete ones (a share of exact zeros) among them.

    Where some parts are discrete and some are not, `log_prob` is the log of the mass on the atoms and of the
    density elsewhere: the density with respect to length plus counting measure.
    """

    weights: tuple[float, ...]
    laws: tuple[Any, ...]  # NumericLaw or numeric Constant: what has sf, isf, below and reach

    def __post_init__(self) -> None:
        """Refuse weights that are no probabilities and laws of words."""
        if len(self.weights) != len(self.laws):
            raise LawError("weights", f"{len(self.laws)} laws but {len(self.weights)} weights")
        checked_weights("weights", self.weights)
        for law in self.laws:
            if not (isinstance(law, NumericLaw) or (isinstance(law, Constant) and law.is_numeric)):
                raise LawError("laws", "a mixture is made of laws of numbers")
            if isinstance(law, Mixture):
                raise LawError("laws", "a mixture in a mixture: build it with `mix`")

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        return all(law.is_discrete for law in self.laws)

    @property
    def mean(self) -> float:
        """The weighted mean of the means."""
        return float(self._average(law.mean for law in self.laws))

    @property
    def variance(self) -> float:
        """The mean of the variances plus the variance of the means."""
        mean = self.mean
        if not math.isfinite(mean):
            return math.inf
        return float(self._average(law.variance + (law.mean - mean) ** 2 for law in self.laws))

    @property
    def low(self) -> float:
        """The lower end of the support."""
        return float(min(law.low for law in self.laws))

    @property
    def high(self) -> float:
        """The upper end of the support."""
        return float(max(law.high for law in self.laws))

    def to_data(self) -> Any:
        """Return {mixture: {weights, laws}}."""
        return {"mixture": {"weights": list(self.weights), "laws": [law.to_data() for law in self.laws]}}

    def below(self, x: Real) -> Real:
        """Return P(X < x)."""
        result: Real = self._average(law.below(x) for law in self.laws)
        return result

    def reach(self, x: Real) -> Real:
        """Return P(X >= x)."""
        result: Real = self._average(law.reach(x) for law in self.laws)
        return result

    def _average(self, values: Any) -> Any:
        total = math.fsum(self.weights)
        return sum(weight / total * value for weight, value in zip(self.weights, values, strict=True) if weight)

    def _cdf(self, x: Any) -> Any:
        return self._average(law.cdf(x) for law in self.laws)

    def _sf(self, x: Any) -> Any:
        return self._average(law.sf(x) for law in self.laws)

    def _log_prob(self, x: Any) -> Any:
        atoms, slopes = [np.full(np.shape(x), -math.inf)], [np.full(np.shape(x), -math.inf)]
        total = math.fsum(self.weights)
        for weight, law in zip(self.weights, self.laws, strict=True):
            (atoms if law.is_discrete else slopes).append(log(weight / total) + law.log_prob(x))
        mass = np.logaddexp.reduce(atoms)
        return np.where(mass > -math.inf, mass, np.logaddexp.reduce(slopes))

    def _ppf(self, u: Any) -> Any:
        if not isinstance(u, SCALARS):
            return np.array([self.ppf(float(one)) for one in u.flat]).reshape(u.shape)
        ends = [law.ppf(u) for law in self.laws]
        return self._invert(min(ends), max(ends), lambda x: self._cdf(x) - u, lambda x: self.below(x) - u)

    def _isf(self, q: Any) -> Any:
        if not isinstance(q, SCALARS):
            return np.array([self.isf(float(one)) for one in q.flat]).reshape(q.shape)
        ends = [law.isf(q) for law in self.laws]
        return self._invert(min(ends), max(ends), lambda x: q - self._sf(x), lambda x: q - self.reach(x))

    def _invert(self, a: float, b: float, excess: Curve, excess_below: Curve) -> float:
        """Return the least x in [a, b] with excess(x) >= 0, where the parts' own quantiles are a and b.

        `excess` grows, and `excess_below` is its limit from the left: they differ on atoms. First the atoms
        between a and b are sorted to either side, then the continuous rest is a root search.
        """
        at_a, at_b = excess(a), excess_below(b)
        if at_a >= 0.0 or at_b <= 0.0:
            return a if at_a >= 0.0 else b
        while (atom := self._atom_between(a, b)) is not None:
            if (above := excess(atom)) < 0.0:
                a, at_a = atom, above
            elif (below := excess_below(atom)) < 0.0:
                return atom
            else:
                b, at_b = atom, below
        return b if self.is_discrete else root(excess, a, b, at_a, at_b)

    def _atom_between(self, a: float, b: float) -> float | None:
        """Return an atom inside (a, b), near the middle of those of its law, or None."""
        for law in self.laws:
            if law.is_discrete:
                for atom in (law.last_atom(0.5 * (a + b)), law.next_atom(a)):
                    if a < atom < b:
                        return float(atom)
        return None


def mix(weights: Sequence[float], laws: Sequence[Any]) -> Any:
    """Return the mixture of laws of numbers; mixtures among them are dissolved into their parts.

    Raises:
        LawError: the weights do not sum to 1 or do not match, or a law is not of numbers.
    """
    shares = numbers("weights", weights)
    if len(shares) != len(laws):
        raise LawError("weights", f"{len(laws)} laws but {len(shares)} weights")
    checked_weights("weights", shares)
    parts: list[tuple[float, Any]] = []
    for weight, law in zip(shares, laws, strict=True):
        inner = zip(law.weights, law.laws, strict=True) if isinstance(law, Mixture) else ((1.0, law),)
        parts += [(weight * share, part) for share, part in inner]
    return Mixture(tuple(weight for weight, _ in parts), tuple(part for _, part in parts))


def _build(arguments: Mapping[str, Any]) -> Any:
    return mix(arguments["weights"], arguments["laws"])


KIND = LawKind(
    name="mixture",
    doc="One of several laws of the same quantity, each with its probability.",
    example="{mixture: {weights: [0.7, 0.3], laws: [{normal: [100 km/h, 8 km/h]}, {constant: 0 m/s}]}}",
    arguments=(
        Argument("weights", "weights", "the probability of each law; they sum to 1"),
        Argument("laws", "laws", "the laws, or bare values"),
    ),
    build=_build,
)

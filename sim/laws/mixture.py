"""Mixtures: with probability w_i the quantity follows law i."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.laws.base import Argument, LawError, LawKind, NumericLaw, Real
from sim.laws.choice import checked_weights
from sim.laws.constant import Constant
from sim.laws.moments import next_atom

__all__ = ["KIND", "Mixture", "mix"]

_Curve = Callable[[float], float]

_STEPS = 400
"""Bound on steps of the root search; every third halves the bracket, so it never binds."""


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
        atoms, slopes = [np.full(np.shape(x), -np.inf)], [np.full(np.shape(x), -np.inf)]
        total = math.fsum(self.weights)
        for weight, law in zip(self.weights, self.laws, strict=True):
            (atoms if law.is_discrete else slopes).append(np.log(weight / total) + law.log_prob(x))
        mass = np.logaddexp.reduce(atoms)
        return np.where(mass > -np.inf, mass, np.logaddexp.reduce(slopes))

    def _ppf(self, u: Any) -> Any:
        if isinstance(u, np.ndarray):
            return np.array([self._ppf(float(one)) for one in u.flat]).reshape(u.shape)
        ends = [law.ppf(u) for law in self.laws]
        return self._invert(min(ends), max(ends), lambda x: self.cdf(x) - u, lambda x: self.below(x) - u)

    def _isf(self, q: Any) -> Any:
        if isinstance(q, np.ndarray):
            return np.array([self._isf(float(one)) for one in q.flat]).reshape(q.shape)
        ends = [law.isf(q) for law in self.laws]
        return self._invert(min(ends), max(ends), lambda x: q - self.sf(x), lambda x: q - self.reach(x))

    def _invert(self, a: float, b: float, excess: _Curve, excess_below: _Curve) -> float:
        """Return the least x in [a, b] with excess(x) >= 0, by false position (Illinois) with bisection.

        `excess` grows; `excess_below` is its limit from the left, which tells when x is an atom.
        """
        at_a, at_b = excess(a), excess(b)
        if at_a >= 0.0 or at_b <= 0.0:
            return a if at_a >= 0.0 else b
        for step in range(_STEPS):
            if step % 3 == 2:
                if (atom := self._atom_at_root(a, b, excess, excess_below)) is not None:
                    return atom
                x = 0.5 * (a + b)
            else:
                x = b - at_b * (b - a) / (at_b - at_a)
            if not a < x < b:
                x = 0.5 * (a + b)
            if b - a <= 2.0**-52 * max(abs(a), abs(b)) or not a < x < b:
                break
            at_x = excess(x)
            if at_x >= 0.0:
                b, at_b, at_a = x, at_x, 0.5 * at_a
            else:
                a, at_a, at_b = x, at_x, 0.5 * at_b
        return b

    def _atom_at_root(self, a: float, b: float, excess: _Curve, excess_below: _Curve) -> float | None:
        """Return the atom in (a, b] at which `excess` jumps across 0, if it is the first of its part."""
        for law in self.laws:
            if law.is_discrete and a < law.high:
                atom = law.low if isinstance(law, Constant) else next_atom(law, a)
                if a < atom <= b and excess_below(atom) < 0.0 <= excess(atom):
                    return atom
        return None


def mix(weights: Sequence[float], laws: Sequence[Any]) -> Any:
    """Return the mixture of laws of numbers; mixtures among them are dissolved into their parts.

    Raises:
        LawError: the weights do not sum to 1 or do not match, or a law is not of numbers.
    """
    if len(weights) != len(laws):
        raise LawError("weights", f"{len(laws)} laws but {len(weights)} weights")
    checked_weights("weights", tuple(weights))
    parts: list[tuple[float, Any]] = []
    for weight, law in zip(weights, laws, strict=True):
        inner = zip(law.weights, law.laws, strict=True) if isinstance(law, Mixture) else ((1.0, law),)
        parts += [(weight * share, part) for share, part in inner]
    return Mixture(tuple(float(weight) for weight, _ in parts), tuple(part for _, part in parts))


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

"""The natural law of draws: addressed uniforms, constraints, densities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import RunError
from sim.geometry import Array
from sim.language.document import Document
from sim.language.law_builder import is_constant
from sim.language.plan import LawSpec
from sim.language.resolution import Column, Resolution, needs_of
from sim.laws.bernoulli import Bernoulli
from sim.laws.choice import Choice
from sim.noise import Draw, address, hash64, uniforms

__all__ = ["Acceptance", "Population"]

_ATTEMPTS = 10_000
_ENTITY = "parameters"


@dataclass(frozen=True)
class Acceptance:
    """An estimate of the probability that a draw meets all constraints.

    Args:
        p: share of accepted draws.
        low: lower end of the 95 % interval.
        high: upper end of it.
        n: draws it rests on.

    Source: Clopper and Pearson (1934), the exact interval of a binomial share.
    """

    p: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False)
class Population:
    """The natural law of one scenario's draws."""

    document: Document
    resolution: Resolution

    # -- draws ---------------------------------------------------------------------------------------------

    def draws(self, seed: int, start: int, stop: int) -> list[Draw]:
        """Return the draws start, …, stop - 1 of a root seed, constraints fulfilled.

        Attempt j of a draw takes the uniforms of index j, so that draws do not depend on one another.

        Raises:
            RunError: a draw was rejected too often.
        """
        keys = np.array([hash64(seed, index) for index in range(start, stop)], np.uint64)
        u = self._uniforms(keys, 0)
        if self.document.constraints:
            self._replace_rejected(keys, u)
        return [Draw(key, tuple(row)) for key, row in zip(keys.tolist(), u.tolist(), strict=True)]

    def _uniforms(self, keys: NDArray[np.uint64], attempt: int) -> Array:
        if not self.resolution.names:
            return np.empty((len(keys), 0))
        return uniforms(keys[:, None], self._addresses[None, :], attempt)

    @cached_property
    def _addresses(self) -> NDArray[np.uint64]:
        return np.array([address(_ENTITY, name) for name in self.resolution.names], np.uint64)

    def _replace_rejected(self, keys: NDArray[np.uint64], u: Array) -> None:
        rejected = np.flatnonzero(~self.accepted(u))
        for attempt in range(1, _ATTEMPTS):
            if not len(rejected):
                return
            u[rejected] = self._uniforms(keys[rejected], attempt)
            rejected = rejected[~self.accepted(u[rejected])]
        if len(rejected):
            raise RunError(
                f"the constraints were not met in {_ATTEMPTS} attempts at one draw: {self._texts()}. "
                "Loosen them, or let the laws say what they condition on"
            )

    def _texts(self) -> str:
        return " and ".join(one.text for one in self.document.constraints)

    @cached_property
    def choices(self) -> dict[int, tuple[float, ...]]:
        """Place in `u` -> probabilities of its categories, for choices that hang on nothing else."""
        coupled = {place for _, places in self.resolution.copulas for place in places}
        found: dict[int, tuple[float, ...]] = {}
        for step in self.resolution.steps:
            spec = step.leaf.source
            if step.index is None or step.index in coupled or not isinstance(spec, LawSpec):
                continue
            law = self.resolution.scope.law(step.leaf)(()) if is_constant(spec) else None
            if isinstance(law, Choice):
                total = math.fsum(law.weights)
                found[step.index] = tuple(weight / total for weight in law.weights)
            elif isinstance(law, Bernoulli):
                found[step.index] = (1.0 - law.probability, law.probability)
        return found

    # -- constraints ---------------------------------------------------------------------------------------

    def accepted(self, u: Array) -> NDArray[np.bool_]:
        """Return (n,) whether each of (n, d) points meets all constraints."""
        if not self._conditions:
            return np.ones(len(u), bool)
        slots = self.resolution.table(u, self._columns)
        with np.errstate(all="ignore"):
            met = [np.broadcast_to(condition(slots), (len(u),)) for condition in self._conditions]
        return np.asarray(np.logical_and.reduce(met), bool)

    @cached_property
    def _conditions(self) -> list[Any]:
        scope = self.resolution.scope
        return [scope.closure(one.condition, None, arrays=True) for one in self.document.constraints]

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        assert self.document.graph is not None
        names = {name for one in self.document.constraints for name in one.needs}
        return self.resolution.columns_of(needs_of(names, self.document.graph))

    def acceptance(self, seed: int, n: int) -> Acceptance:
        """Return an estimate of P(constraints) from n draws that nothing else uses."""
        if not self.document.constraints:
            return Acceptance(1.0, 1.0, 1.0, n)
        from scipy.special import betaincinv

        hits = 0
        key = np.uint64(hash64("acceptance", seed))
        for start in range(0, n, 65_536):
            index = np.arange(start, min(start + 65_536, n), dtype=np.uint64)
            hits += int(self.accepted(uniforms(key, self._addresses[None, :], index[:, None])).sum())
        low = float(betaincinv(hits, n - hits + 1, 0.025)) if hits else 0.0
        high = float(betaincinv(hits + 1, n - hits, 0.975)) if hits < n else 1.0
        return Acceptance(hits / n, low, high, n)

    # -- densities -----------------------------------------------------------------------------------------

    def log_prob(self, values: Mapping[str, float | str | bool]) -> float:
        """Return the log of the joint natural density of drawn parameters, constraints left aside."""
        laws = self._laws(values)
        total = math.fsum(float(law.log_prob(_raw(values[name]))) for name, law in laws.items())
        if not math.isfinite(total):
            return total
        for copula, _ in self.resolution.copulas:
            v = [self._continuous(name, laws[name]).cdf(values[name]) for name in copula.of]
            total += float(copula.log_density(v))
        return total

    def _continuous(self, name: str, law: Any) -> Any:
        if law.is_discrete:
            raise ValueError(
                f"'{name}' is discrete and stands in a copula: its joint density has no closed form"
            )
        return law

    def uniforms_of(self, values: Mapping[str, float | str | bool]) -> tuple[float, ...]:
        """Return a point of the unit cube that resolves to these values."""
        laws = self._laws(values)
        v = [_uniform_of(laws[name], values[name], name) for name in self.resolution.names]
        for copula, places in self.resolution.copulas:
            for place, one in zip(places, copula.decorrelate([v[i] for i in places]), strict=True):
                v[place] = one
        return tuple(v)

    def _laws(self, values: Mapping[str, float | str | bool]) -> dict[str, Any]:
        """Return the law of each drawn parameter, given the values of those it depends on."""
        missing = [name for name in self.resolution.names if name not in values]
        if missing:
            raise ValueError(f"no value for {', '.join(missing)}")
        slots = list(self.resolution.initial)
        laws: dict[str, Any] = {}
        for step in self.resolution.steps:
            if step.index is None:
                slots[step.slot] = step.recipe(slots, 0.5)
            else:
                name = step.leaf.path
                if step.leaf.words and values[name] not in step.leaf.words:
                    raise ValueError(f"'{name}' cannot be {values[name]!r}")
                laws[name] = self.resolution.scope.law(step.leaf)(slots)
                slots[step.slot] = values[name]
        return laws


def _raw(value: float | str | bool) -> float | str:
    """Return a value as its law gives it: truths are 0 and 1."""
    return value if isinstance(value, str) else float(value)


def _uniform_of(law: Any, value: float | str | bool, name: str) -> float:
    """Return a u with ppf(u) = value: the middle of its step where the law has steps."""
    raw = _raw(value)
    if isinstance(raw, str):
        mass = math.exp(law.log_prob(raw))
        above = float(law.cdf(raw)) if mass else 0.0
        below = above - mass
    else:
        above = float(law.cdf(raw))
        below = float(law.below(raw)) if hasattr(law, "below") else above
        mass = above - below if law.is_discrete else math.exp(float(law.log_prob(raw)))
    if not mass > 0.0:
        raise ValueError(f"'{name}' cannot be {value!r}")
    return min(max(0.5 * (below + above), 2.0**-54), 1.0 - 2.0**-53)

"""Natural densities of many draws at once: of values that are known, under laws as they stand or changed.

`Population.log_prob` says the same of one draw. What is asked here is asked of all calls of a hunt, so laws are
evaluated on columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.expressions import references
from sim.geometry import Array
from sim.language.closures import ARRAYS, closure
from sim.language.law_builder import build_law, is_constant
from sim.language.plan import Computed, Constant, EachUse, Given, LawSpec, Leaf, Source, computed_of
from sim.language.resolution import Resolution
from sim.laws.dependence import GaussianCopula

__all__ = ["Densities", "log_ratio"]

Rows = NDArray[np.intp]
_SAME = 1e-9
"""Relative difference up to which a stored number counts as the value that an expression computes."""


@dataclass(eq=False)
class Densities:
    """Densities of n draws, of which the drawn parameters are known.

    Args:
        resolution: the compiled scenario.
        values: drawn parameter -> (n,) floats, words or flags.

    Raises:
        ValueError: a drawn parameter is missing.
    """

    resolution: Resolution
    values: Mapping[str, NDArray[Any]]
    leaves: dict[str, Leaf] = field(init=False)
    _slots: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        """Find the value of everything that laws can refer to."""
        missing = [name for name in self.resolution.names if name not in self.values]
        if missing:
            raise ValueError(f"no value for {', '.join(missing)}")
        self.leaves = {step.leaf.path: step.leaf for step in self.resolution.steps if step.index is not None}
        self._slots = list(self.resolution.initial)
        for step in self.resolution.steps:
            if step.index is None:
                middle = np.full(self.size, 0.5)
                with np.errstate(all="ignore"):
                    self._slots[step.slot] = self.resolution.scope.column(step.leaf)(self._slots, middle)
            else:
                self._slots[step.slot] = self.values[step.leaf.path]

    @property
    def size(self) -> int:
        """The number of draws."""
        return len(next(iter(self.values.values()))) if self.values else 0

    def log_prob(self, name: str, source: Source | None = None) -> Array:
        """Return (n,) log densities of a parameter given those it depends on, copulas left aside.

        Args:
            name: of a drawn parameter.
            source: a law in place of its own.
        """
        return self._column(name, source, "log_prob")

    def cdf(self, name: str, source: Source | None = None) -> Array:
        """Return (n,) probabilities of a parameter's being at most what it is, as `log_prob`."""
        return self._column(name, source, "cdf")

    def log_copula(self, copula: GaussianCopula, sources: Mapping[str, Source] | None = None) -> Array:
        """Return (n,) log densities of a copula.

        Args:
            copula: over drawn parameters.
            sources: laws in place of some parameters' own.

        Raises:
            ValueError: one of its parameters is discrete.
        """
        given = sources or {}
        for name in copula.of:
            if self.is_discrete(name, given.get(name)):
                raise ValueError(
                    f"'{name}' is discrete and stands in a copula: its joint density has no closed form"
                )
        return np.asarray(copula.log_density([self.cdf(name, given.get(name)) for name in copula.of]))

    def copulas_of(self, name: str) -> tuple[GaussianCopula, ...]:
        """Return the copulas a parameter stands in."""
        return tuple(copula for copula, _ in self.resolution.copulas if name in copula.of)

    def is_discrete(self, name: str, source: Source | None = None) -> bool:
        """Return whether a parameter's law, or a branch of it, has mass on single values."""
        return self._has_atoms(self._source(name, source), self.leaves[name])

    def supports(self, name: str, source: Source | None = None) -> tuple[tuple[float, float], ...]:
        """Return the ends of a parameter's law of numbers, of every branch, as they are in the first draw."""
        laws = self._laws(self._source(name, source), self.leaves[name])
        return tuple((law.low, law.high) for law in laws if law.is_numeric)

    def _has_atoms(self, source: Source, leaf: Leaf) -> bool:
        laws = list(self._laws(source, leaf))
        return not laws or any(law.is_discrete for law in laws) or _has_points(source)

    def _laws(self, source: Source, leaf: Leaf) -> Iterator[Any]:
        """Yield the laws of all branches as they are in the first draw."""
        if isinstance(source, Given):
            for branch in source.branches.values():
                yield from self._laws(branch, leaf)
        elif isinstance(source, LawSpec):
            yield build_law(source, lambda part: self._computed(part, leaf)[0])

    def _source(self, name: str, source: Source | None) -> Source:
        own = self.leaves[name].source if source is None else source
        assert isinstance(own, Source)
        return own

    def _column(self, name: str, source: Source | None, what: str) -> Array:
        leaf = self.leaves[name]
        rows = np.arange(self.size)
        return self._told(self._source(name, source), leaf, np.asarray(self.values[name]), rows, what)

    def _told(self, source: Source, leaf: Leaf, x: NDArray[Any], rows: Rows, what: str) -> Array:
        """Return what the laws of some rows say at x, one value per row."""
        if isinstance(source, EachUse):
            raise ValueError(f"'{leaf.path}' is drawn at each use, so no draw has one value of it")
        if isinstance(source, Given):
            return self._by_case(source, leaf, x, rows, what)
        if isinstance(source, Constant):
            return _at_point(x, source.value, what)
        if isinstance(source, Computed):
            return _at_point(x, self._computed(source, leaf)[rows], what)
        if is_constant(source):
            return _law_on(build_law(source), x, what)
        return self._row_by_row(source, leaf, x, rows, what)

    def _by_case(self, given: Given, leaf: Leaf, x: NDArray[Any], rows: Rows, what: str) -> Array:
        words = _words(self._computed(given.on, leaf)[rows])
        result = np.full(len(rows), -np.inf if what == "log_prob" else np.nan)
        for word, branch in given.branches.items():
            own = np.flatnonzero(words == word)
            if len(own):
                result[own] = self._told(branch, leaf, x[own], rows[own], what)
        return result

    def _row_by_row(self, spec: LawSpec, leaf: Leaf, x: NDArray[Any], rows: Rows, what: str) -> Array:
        """Return what a law says whose arguments differ from row to row; equal rows share a law."""
        parts = list(computed_of(spec))
        columns = [self._computed(part, leaf)[rows] for part in parts]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, key in enumerate(zip(*columns, strict=True)):
            groups.setdefault(key, []).append(i)
        result = np.empty(len(rows))
        for key, own in groups.items():
            known = {id(part): value for part, value in zip(parts, key, strict=True)}
            law = build_law(spec, lambda part, known=known: known[id(part)])  # type: ignore[misc]
            result[own] = _law_on(law, x[own], what)
        return result

    def _computed(self, computed: Computed, leaf: Leaf) -> NDArray[Any]:
        """Return (n,) values of an expression."""
        scope = self.resolution.scope
        slots = {one.name: scope.slots[scope.find(one, leaf.entity).path] for one in references(computed.tree)}
        with np.errstate(all="ignore"):
            value = closure(computed.tree, slots, ARRAYS)(self._slots)
        return np.broadcast_to(np.asarray(value), (self.size,))


def _law_on(law: Any, x: NDArray[Any], what: str) -> Array:
    """Return a law's densities or probabilities at values, which are words or numbers."""
    at: Any = x.astype(np.float64) if law.is_numeric else x
    if what == "log_prob" or law.is_numeric:
        return np.asarray(getattr(law, what)(at), np.float64)
    return np.array([law.cdf(word) for word in x], np.float64)


def _at_point(x: NDArray[Any], value: Any, what: str) -> Array:
    """Return the log mass or the probability of a law that is a single value, which may differ by row."""
    if x.dtype == object and any(isinstance(one, str) for one in x[:1]):
        is_there = x == value
        above = is_there
    else:
        numbers, point = x.astype(np.float64), np.asarray(value, np.float64)
        is_there = np.abs(numbers - point) <= _SAME * np.maximum(np.abs(point), 1e-300)
        above = is_there | (numbers > point)
    return np.where(is_there, 0.0, -np.inf) if what == "log_prob" else np.where(above, 1.0, 0.0)


def _words(values: NDArray[Any]) -> NDArray[Any]:
    """Return flags as the words that stand for them in a scenario."""
    words = [("true" if x else "false") if isinstance(x, bool | np.bool_) else x for x in values]
    return np.asarray(words, object)


def _has_points(source: Source) -> bool:
    """Return whether a branch is a single value instead of a law."""
    if isinstance(source, Given):
        return any(map(_has_points, source.branches.values()))
    return not isinstance(source, LawSpec)


def log_ratio(new: Densities, old: Densities, names: Sequence[str]) -> Array:
    """Return (n,) log density ratios new / old of the same draws.

    Args:
        new: under the changed laws.
        old: under those the draws were weighed with.
        names: parameters whose laws differ.
    """
    total = np.zeros(old.size)
    for name in names:
        total += new.log_prob(name) - old.log_prob(name)
    mine = tuple(copula for copula, _ in new.resolution.copulas)
    theirs = tuple(copula for copula, _ in old.resolution.copulas)
    if mine == theirs and not any(set(names) & set(copula.of) for copula in mine):
        return total
    dependence = sum(map(new.log_copula, mine)) - sum(map(old.log_copula, theirs))
    return np.where(np.isneginf(total), -np.inf, total + dependence)

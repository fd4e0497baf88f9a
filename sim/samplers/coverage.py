"""A design instead of a sample: every combination of a few choices, every stratum of every other coordinate.

Choices follow a covering array: each combination of the categories of any t of them stands in some call, t
being 3 if there are calls enough, else 2. The other coordinates follow a Latin hypercube: of n equally likely
strata of each, every one is hit once. Where a choice is covered rather than drawn, or constraints bent the
design, a call stands for nothing known and has no weight. A plain Latin hypercube without choices and
constraints is a known proposal: every point is uniform, 1/n each is exact and unbiased (McKay, Beckman and
Conover 1979).

Source of the arrays: covertable, a greedy generator with constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import RunError, UsageError
from sim.geometry import Array
from sim.noise import Draw, hash64
from sim.samplers.base import Population, Settings, Weights
from sim.samplers.nominal import Planned
from sim.samplers.points import Stream

__all__ = ["Coverage", "covering_rows"]

_STRENGTHS = (3, 2)
_MOST_TUPLES = 4000
"""Combinations above which triples are not tried: making their arrays would take minutes."""
_ARRAYS = 8
"""Different arrays made for one design; where there are more calls they are taken again in turn."""
_PROBES = 256
"""Points tried before a combination of categories counts as forbidden by the constraints."""
_SWAPS = 1000
_ATTEMPTS = 400

Row = tuple[int, ...]


class Coverage(Planned):
    """Calls that cover choices and strata."""

    name = "coverage"

    def __init__(self, population: Population, settings: Settings) -> None:
        """Make the design.

        Raises:
            UsageError: covertable is missing, or there are too few calls for all pairs of categories.
            RunError: the constraints are met too rarely.
        """
        super().__init__(settings)
        self._seed = hash64("coverage", settings.seed, settings.part)
        self._is_proposal = not population.choices and not population.is_conditioned
        self._facts: dict[str, Any] = {"out_of_their_strata": 0}
        self._u = self._design(population)

    # -- the seam ------------------------------------------------------------------------------------------

    def _draws(self, start: int, stop: int) -> Sequence[Draw]:
        points = self._u[start:stop].tolist()
        return [Draw(hash64(self._seed, i), tuple(u)) for i, u in enumerate(points, start)]

    def weights(self) -> Weights:
        """Return 1/n where the design is a known proposal, else nothing."""
        weights = super().weights()
        if self._is_proposal:
            return weights
        nothing = np.full(self.planned_calls, np.nan)
        return Weights(nothing, nothing)

    def about(self) -> Mapping[str, Any]:
        """Return what is covered, and whether the weights mean something."""
        reason = (
            "no choices and no constraints: a Latin hypercube, whose points are uniform; 1/n is exact, and "
            "intervals for independent draws are too wide rather than too narrow"
            if self._is_proposal
            else "categories are covered and not drawn, or constraints bent the strata: no weights, no rates"
        )
        return {**super().about(), "reason": reason, **self._facts}

    # -- the design ----------------------------------------------------------------------------------------

    def _design(self, population: Population) -> Array:
        """Return (n, d) points of the unit cube."""
        n, d = self.planned_calls, population.dimension
        stream = Stream("coverage", self._seed)
        u = stream.uniforms(n, d)
        places = sorted(population.choices)
        cuts = [np.concatenate(([0.0], np.cumsum(population.choices[place]))) for place in places]
        rows = self._rows(population, places, cuts)
        others = np.array([i for i in range(d) if i not in population.choices], np.intp)
        for place in others:
            u[:, place] = (stream.order(n) + u[:, place]) / n
        for k, (place, cut) in enumerate(zip(places, cuts, strict=True)):
            low, high = cut[rows[:, k]], cut[rows[:, k] + 1]
            u[:, place] = low + (high - low) * u[:, place]
        u = np.clip(u, 2.0**-54, 1.0 - 2.0**-53)
        if population.is_conditioned:
            self._bend(population, u, others, stream)
        return u

    def _bend(self, population: Population, u: Array, others: NDArray[np.intp], stream: Stream) -> None:
        """Make points meet the constraints: swap strata with other points, and where that fails leave them.

        Categories stay, so that combinations remain covered.
        """
        met = np.asarray(population.meets_constraints(u), bool)
        for _ in range(_SWAPS if len(others) else 0):
            if met.all():
                return
            _swap(population, u, met, others, stream)
        bad = np.flatnonzero(~met)
        self._facts["out_of_their_strata"] = len(bad)
        for _ in range(_ATTEMPTS):
            if not len(bad):
                return
            u[bad[:, None], others] = stream.uniforms(len(bad), len(others))
            bad = bad[~population.meets_constraints(u[bad])]
        raise RunError(
            f"the constraints were not met in {_ATTEMPTS} attempts at {len(bad)} of {self.planned_calls} "
            "points of the design: loosen them"
        )

    def _rows(self, population: Population, places: Sequence[int], cuts: Sequence[Array]) -> NDArray[np.intp]:
        """Return (n, k) categories: covering arrays, one after the other, until there are calls enough."""
        n, sizes = self.planned_calls, [len(cut) - 1 for cut in cuts]
        if not places:
            return np.empty((n, 0), np.intp)
        is_possible = _Possible(population, places, cuts, self._seed) if population.is_conditioned else None
        strength, rows = _strongest(sizes, n, is_possible, self._seed)
        self._facts |= {
            "strength": strength,
            "covering_calls": len(rows),
            "forbidden": [list(map(list, one)) for one in is_possible.forbidden(strength)]
            if is_possible
            else [],
        }
        for number in range(1, _ARRAYS):
            if len(rows) < n:
                rows = [*rows, *covering_rows(sizes, strength, hash64(self._seed, number), is_possible)]
        return np.resize(np.array(rows, np.intp), (n, len(sizes)))


def _swap(
    population: Population, u: Array, met: NDArray[np.bool_], others: NDArray[np.intp], stream: Stream
) -> None:
    """Let points that break the constraints exchange a coordinate with points that meet them.

    A fault may be handed on but not doubled: it wanders until it finds a pair that has none.
    """
    bad = np.flatnonzero(~met)
    partners = stream.order(len(u))[: len(bad)]
    is_free = met[partners]
    first, second = bad[is_free], partners[is_free]
    place = others[(stream.uniforms(len(first)) * len(others)).astype(np.intp)]
    a, b = u[first], u[second]
    rows = np.arange(len(first))
    a[rows, place], b[rows, place] = u[second, place], u[first, place]
    met_a, met_b = population.meets_constraints(a), population.meets_constraints(b)
    better = np.asarray(met_a | met_b, bool)
    u[first[better]], u[second[better]] = a[better], b[better]
    met[first[better]], met[second[better]] = met_a[better], met_b[better]


class _Possible:
    """Whether categories can stand together under the constraints, found by trying points."""

    def __init__(self, population: Population, places: Sequence[int], cuts: Sequence[Array], seed: int) -> None:
        self._population = population
        self._places = places
        self._cuts = cuts
        self._seed = seed
        self._tuples = cache(self._tried)

    def __call__(self, chosen: tuple[tuple[int, int], ...]) -> bool:
        """Return whether some point with these (factor, category) pairs meets the constraints."""
        return self._tuples(chosen)

    def _tried(self, chosen: tuple[tuple[int, int], ...]) -> bool:
        name = [part for pair in chosen for part in pair]
        u = Stream("possible", self._seed, *name).uniforms(_PROBES, self._population.dimension)
        for factor, category in chosen:
            place, cut = self._places[factor], self._cuts[factor]
            u[:, place] = cut[category] + (cut[category + 1] - cut[category]) * u[:, place]
        return bool(self._population.meets_constraints(u).any())

    def forbidden(self, strength: int) -> list[list[list[int]]]:
        """Return the smallest combinations that cannot be, as [coordinate, category] pairs."""
        sizes = [len(cut) - 1 for cut in self._cuts]
        found: list[frozenset[tuple[int, int]]] = []
        for few in range(1, strength + 1):
            for one in _tuples(sizes, few):
                if not self(one) and not any(part <= set(one) for part in found):
                    found.append(frozenset(one))
        return [[[self._places[factor], category] for factor, category in sorted(one)] for one in found]


def _tuples(sizes: Sequence[int], strength: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield every combination of categories of `strength` factors as (factor, category) pairs."""
    for factors in combinations(range(len(sizes)), strength):
        for categories in product(*(range(sizes[factor]) for factor in factors)):
            yield tuple(zip(factors, categories, strict=True))


def _strongest(
    sizes: Sequence[int], calls: int, is_possible: _Possible | None, seed: int
) -> tuple[int, list[Row]]:
    """Return the largest strength whose array fits into the calls, and the array."""
    rows: list[Row] = []
    for wanted in _STRENGTHS:
        strength = min(wanted, len(sizes))
        count = sum(1 for _ in zip(_tuples(sizes, strength), range(_MOST_TUPLES + 1), strict=False))
        if wanted > 2 and (count > _MOST_TUPLES or _least_rows(sizes, strength) > calls):
            continue
        rows = covering_rows(sizes, strength, seed, is_possible)
        if len(rows) <= calls:
            return strength, rows
    raise UsageError(
        f"to cover all pairs of choices takes {len(rows)} calls, and there are {calls}: give it more"
    )


def _least_rows(sizes: Sequence[int], strength: int) -> int:
    """Return a lower bound on the rows of an array: the largest factors' own combinations."""
    return int(np.prod(sorted(sizes)[-strength:]))


def covering_rows(sizes: Sequence[int], strength: int, seed: int, is_possible: Any | None = None) -> list[Row]:
    """Return rows in which every combination of `strength` factors' categories stands.

    Args:
        sizes: number of categories per factor.
        strength: at most the number of factors.
        seed: names the array; another seed gives another one.
        is_possible: takes (factor, category) pairs; combinations that cannot be are left out.

    Raises:
        UsageError: covertable is not installed.
        RunError: the constraints leave nothing.
    """
    if len(sizes) == 1:
        return [(i,) for i in range(sizes[0]) if is_possible is None or is_possible(((0, i),))]
    try:
        from covertable import make
        from covertable.exceptions import InvalidCondition, NeverMatch
    except ImportError as error:
        raise UsageError(
            "method coverage needs covertable for its arrays: pip install 'oddsmith[coverage]'"
        ) from error
    factors = [list(range(size)) for size in sizes]
    rules = [] if is_possible is None else _rules(sizes, strength, is_possible)
    try:
        rows = make(factors, strength=strength, salt=str(seed), constraints=rules or None)
    except (InvalidCondition, NeverMatch) as error:
        raise RunError("the constraints leave no combination of choices that was found possible") from error
    return [tuple(row) for row in rows]


def _rules(sizes: Sequence[int], strength: int, is_possible: Any) -> list[dict[str, Any]]:
    """Return covertable's constraints: the forbidden combinations, and whole rows."""
    forbidden = [dict(one) for one in _tuples(sizes, strength) if not is_possible(one)]

    def allows(one: Mapping[int, int]) -> Callable[[Any], bool]:
        return lambda row: any(row[factor] != category for factor, category in one.items())

    rules = [{"operator": "fn", "requires": list(one), "evaluate": allows(one)} for one in forbidden]
    everything = list(range(len(sizes)))
    whole = {
        "operator": "fn",
        "requires": everything,
        "evaluate": lambda row: is_possible(tuple((factor, row[factor]) for factor in everything)),
    }
    return [*rules, whole]

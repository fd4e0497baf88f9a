"""Which calls become episodes, and with what weight.

The calls are cut into strata: the target event, near misses (another event, but not the target) and the rest,
the first two by failure mode. Each stratum gets a number of episodes; within it, calls are chosen by systematic
sampling with inclusion probability proportional to their run weight (Madow 1949; Särndal, Swensson and Wretman
1992, section 3.6), those that would exceed 1 with certainty. A chosen call's exported weight is its run weight
over its inclusion probability, which within a stratum is one and the same number, so every stratum's total is
preserved, not only on average.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.noise import address, hash64, uniforms
from sim.recording import Outcome

__all__ = ["Candidates", "Selected", "Stratum", "allocate", "select", "stratum_of"]

Kind = Literal["event", "near_miss", "rest"]

_CERTAIN = 1.0 - 1e-9


@dataclass(frozen=True, order=True)
class Stratum:
    """A class of outcomes: the target event, a near miss or the rest, and the failure mode ("" where none)."""

    kind: Kind
    mode: str = ""

    @property
    def name(self) -> str:
        """`event`, `event:rear_end`, `near_miss`, `rest`."""
        return f"{self.kind}:{self.mode}" if self.mode else self.kind


def stratum_of(outcome: Outcome, target: str | None) -> Stratum:
    """Return the stratum of an outcome when `target` is the event looked for."""
    if target is not None and outcome.occurred(target):
        return Stratum("event", outcome.mode)
    if any(outcome.occurred(event) for event in outcome.scores):
        return Stratum("near_miss", outcome.mode)
    return Stratum("rest")


@dataclass(frozen=True, eq=False)
class Candidates:
    """The calls that may become episodes.

    Args:
        call: (n,) their numbers in the hunt, increasing.
        weight: (n,) run weights, > 0; where they are not known, relative chances of being chosen.
        strata: classes of outcomes.
        stratum: (n,) places in `strata`.
        score: (n,) of the target event; neighbours in score are neighbours in the systematic sample, which
            spreads the choice over all severities.
        is_weighted: whether the weights stand for shares of the population.
    """

    call: NDArray[np.int64]
    weight: Array
    strata: Sequence[Stratum]
    stratum: NDArray[np.int64]
    score: Array
    is_weighted: bool = True

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.call)

    def of(self, place: int) -> Candidates:
        """Return those of one stratum."""
        mine = self.stratum == place
        return Candidates(
            self.call[mine],
            self.weight[mine],
            self.strata,
            self.stratum[mine],
            self.score[mine],
            self.is_weighted,
        )


@dataclass(frozen=True)
class Selected:
    """A call that becomes an episode: its inclusion probability and the weight it is exported with, if any."""

    call: int
    stratum: Stratum
    inclusion: float
    weight: float | None


def select(candidates: Candidates, *, episodes: int, shares: Mapping[Kind, float], seed: int) -> list[Selected]:
    """Return the calls that become episodes, in the order of their numbers.

    Args:
        candidates: all calls that may be exported.
        episodes: how many are wanted; fewer are given where there are fewer candidates, more where there
            are more strata than that, since none may be left out.
        shares: wanted share of the episodes per kind of stratum.
        seed: root seed of the run; it places the systematic sample.
    """
    sizes = np.bincount(candidates.stratum, minlength=len(candidates.strata))
    places = sorted(np.flatnonzero(sizes).tolist(), key=lambda place: candidates.strata[place])
    counts = allocate({candidates.strata[place]: int(sizes[place]) for place in places}, episodes, shares)
    chosen: list[Selected] = []
    for place in places:
        stratum = candidates.strata[place]
        chosen += _systematic(candidates.of(place), stratum, counts[stratum], seed)
    return sorted(chosen, key=lambda one: one.call)


def allocate(sizes: Mapping[Stratum, int], episodes: int, shares: Mapping[Kind, float]) -> dict[Stratum, int]:
    """Return how many episodes each stratum gets: at least one, at most its size.

    Kinds share by `shares`, modes within a kind evenly; what a small stratum cannot take goes to the others.
    """
    kinds = sorted({stratum.kind for stratum in sizes})
    by_kind = {kind: [stratum for stratum in sizes if stratum.kind == kind] for kind in kinds}
    totals = _fill(
        [sum(sizes[s] for s in by_kind[kind]) for kind in kinds],
        [len(by_kind[kind]) for kind in kinds],
        [max(shares.get(kind, 0.0), 0.0) for kind in kinds],
        episodes,
    )
    counts: dict[Stratum, int] = {}
    for kind, total in zip(kinds, totals, strict=True):
        members = by_kind[kind]
        each = _fill([sizes[s] for s in members], [1] * len(members), [1.0] * len(members), total)
        counts.update(zip(members, each, strict=True))
    return counts


def _fill(caps: Sequence[int], floors: Sequence[int], shares: Sequence[float], total: int) -> list[int]:
    """Return whole numbers between floors and caps that add up to `total` as nearly as those allow.

    One at a time to whoever is furthest below its share (Webster and Sainte-Laguë's divisor rule, which favours
    neither large nor small); those with share 0 are served when all others are full.
    """
    given = list(floors)
    wanted = min(total, sum(caps))
    while sum(given) < wanted:
        free = [i for i in range(len(given)) if given[i] < caps[i]]
        hungry = [i for i in free if shares[i] > 0] or free
        step = min(hungry, key=lambda i: ((given[i] + 0.5) / (shares[i] or 1.0), i))
        given[step] += 1
    return given


def _systematic(members: Candidates, stratum: Stratum, n: int, seed: int) -> list[Selected]:
    """Return n members of one stratum, chosen with probability proportional to weight."""
    order = np.lexsort((members.call, members.score))
    call, weights = members.call[order], members.weight[order]
    is_certain, each = _certain(weights, n)
    picks = [(i, 1.0, float(weights[i])) for i in np.flatnonzero(is_certain)]
    left = np.flatnonzero(~is_certain)
    n -= len(picks)
    if n > 0:
        start = float(uniforms(hash64("selection", seed), address("selection", stratum.name), 0))
        ends = np.cumsum(weights[left])
        points = (np.arange(n) + start) * (ends[-1] / n)
        hit = left[np.minimum(np.searchsorted(ends, points, side="right"), len(left) - 1)]
        picks += [(i, float(weights[i]) / each, each) for i in hit]
    return [
        Selected(int(call[i]), stratum, inclusion, weight if members.is_weighted else None)
        for i, inclusion, weight in picks
    ]


def _certain(weights: Array, n: int) -> tuple[np.ndarray, float]:
    """Return which units are taken for certain, and the exported weight that each other chosen one gets."""
    is_certain = np.zeros(len(weights), bool)
    while True:
        open_ = n - int(is_certain.sum())
        total = math.fsum(weights[~is_certain])
        if open_ <= 0 or total <= 0:
            return is_certain, 0.0
        more = ~is_certain & (weights * open_ >= _CERTAIN * total)
        if not more.any():
            return is_certain, total / open_
        is_certain |= more

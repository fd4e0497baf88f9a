"""The rows a probe looks at: a sample that stands for all rows, with each row's weight in the population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Feature", "Group", "Sample", "folds", "mixed"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_POSITIVES = 10
"""A group with fewer positive rows is not probed: nothing could be told from it."""

FOLDS = 5

_STRAY = 0.05
"""A typology does not use a channel in which no more of its rows are."""


@dataclass(frozen=True)
class Feature:
    """One column of a sample.

    Args:
        kind: "number", "word" or "time".
        values: (n,) numbers, nan for null; codes of words, -1 for null; seconds, nan for null.
        words: the words that codes stand for.
    """

    name: str
    kind: str
    values: NDArray[Any]
    words: tuple[str, ...] = ()

    @property
    def is_null(self) -> Flags:
        """(n,) where there is no value."""
        return self.values < 0 if self.kind == "word" else np.isnan(self.values)


@dataclass(frozen=True)
class Group:
    """Some of the rows: all; the rows of a channel; a typology against the honest rows of the channels it uses.

    Args:
        name: "" for all, else such as "typology cycle".
        positives: (n,) its positive rows.
        negatives: (n,) the rows they are held against.
        shares: typology -> share of the group's positives.
        is_part: whether its negatives are a part of all negatives.
    """

    name: str
    positives: Flags
    negatives: Flags
    shares: Mapping[str, float]
    is_part: bool = False


@dataclass(frozen=True)
class Sample:
    """Rows of a table with their labels.

    Args:
        rows: of the whole table, positives included.
        total_positives: of the whole table.
        features: what an observer has at the row's event.
        keys: names of who and what took part, the row's own among them.
        y: (n,) whether a row is positive.
        weight: (n,) how many rows of the population it stands for.
        cluster: (n,) code of what it belongs to: rows of one cluster are not independent.
        position: (n,) its place in the table.
        t: (n,) its moment [s], None without one.
        typology: (n,) code of each positive's typology, -1 for none, and
        typologies: their names.
        groups_of: (name of a column, (n,) codes, their names, whether it tells positives or rows apart).
        windows: (n, f) features of windows and of the graph, and
        window_names: their names.
        row_id: name of the key that names a row, None without one.
    """

    rows: int
    total_positives: int
    features: tuple[Feature, ...]
    keys: tuple[Feature, ...]
    y: Flags
    weight: Array
    cluster: NDArray[np.int64]
    position: NDArray[np.int64]
    t: Array | None
    typology: NDArray[np.int64]
    typologies: tuple[str, ...]
    groups_of: tuple[tuple[str, NDArray[np.int64], tuple[str, ...], str], ...]
    windows: NDArray[np.float32]
    window_names: tuple[str, ...]
    row_id: str | None = None

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def base(self) -> float:
        """Share of positives in the population."""
        return float(self.weight[self.y].sum() / self.weight.sum())

    @cached_property
    def fold(self) -> NDArray[np.int8]:
        """(n,) the part of cross-validation a row belongs to; a cluster is never cut."""
        return folds(self.cluster)

    @cached_property
    def strata(self) -> NDArray[np.int64]:
        """(n,) code of the row's channel: formats and ids are compared within one; 0 if nothing tells."""
        for _, codes, _, what in self.groups_of:
            if what == "rows":
                return codes - min(int(codes.min()), 0)
        return np.zeros(len(self), np.int64)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All rows, then each kind of positives, then each kind of rows; those with too few are left out."""
        found = [Group("", self.y, ~self.y, self._shares(self.y)), *self._parts()]
        return tuple(group for group in found if int(group.positives.sum()) >= LEAST_POSITIVES)

    @cached_property
    def _worths(self) -> dict[str, float]:
        return {}

    def independent_negatives(self, group: Group) -> float:
        """Return how many independent negatives a group has: clusters, by their weights (Kish)."""
        name = group.name if group.is_part else ""
        if name not in self._worths:
            _, code = np.unique(self.cluster[group.negatives], return_inverse=True)
            sums = np.bincount(code, weights=self.weight[group.negatives])
            self._worths[name] = float(sums.sum() ** 2 / (sums**2).sum()) if sums.any() else 0.0
        return self._worths[name]

    @property
    def too_few(self) -> tuple[str, ...]:
        """Names of groups with too few positives to be probed."""
        return tuple(g.name for g in self._parts() if 0 < int(g.positives.sum()) < LEAST_POSITIVES)

    def _parts(self) -> Iterator[Group]:
        for name, codes, values, what in self.groups_of:
            for code, value in enumerate(values):
                here = codes == code
                positives = self.y & here
                negatives = ~self.y & (here if what == "rows" else self._where_used(positives))
                is_part = int(negatives.sum()) < int((~self.y).sum())
                yield Group(f"{name} {value}", positives, negatives, self._shares(positives), is_part)

    def _where_used(self, positives: Flags) -> Flags:
        """Return (n,) the rows of the channels in which more than a few of some positives are."""
        counts = np.bincount(self.strata[positives], minlength=int(self.strata.max()) + 1)
        return (counts > _STRAY * counts.sum())[self.strata]

    def _shares(self, positives: Flags) -> dict[str, float]:
        """Return typology -> its share of some positives; empty where there are no typologies."""
        if not self.typologies or not positives.any():
            return {}
        known = positives & (self.typology >= 0)
        counts = np.bincount(self.typology[known], weights=self.weight[known], minlength=len(self.typologies))
        total = float(self.weight[positives].sum())
        shares = {name: float(n) / total for name, n in zip(self.typologies, counts, strict=True) if n > 0}
        return {**shares, "": max(0.0, 1.0 - sum(shares.values()))}


def folds(clusters: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return (n,) the part of cross-validation of rows, a cluster never being cut."""
    return (mixed(clusters.astype(np.uint64)) % np.uint64(FOLDS)).astype(np.int8)


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return (n,) numbers as evenly spread bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)

"""The area under the ROC curve, weighted and within strata, and how surely it lies above a limit.

The area is the chance that a positive row stands above a negative one, ties counting half. Positives of one
cluster (the rows of a ring) are not independent, so their number is cut to what they are worth; with the few
there often are, a normal interval round an area near 1 has no width, so the spread is taken at the limit.

Sources: placements, DeLong, DeLong & Clarke-Pearson (1988); clusters, Obuchowski (1997); spread at the limit,
Hanley & McNeil (1982) as used by Newcombe (2006); design effect, Kish (1965).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Area", "area", "effective_number", "placements", "stratified_placements"]

Array = NDArray[np.float64]

_LEAST_CLUSTERS = 5
"""Below this, how alike the rows of a cluster are cannot be told; each cluster then counts as one row."""


@dataclass(frozen=True)
class Area:
    """An area under the curve with what is known of its spread.

    Args:
        value: chance that a positive stands above a negative.
        positives: number of independent positives that the rows are worth.
        negatives: the same of negatives.
        spread: standard error of the mean placement over clusters; nan where there are fewer than two.
    """

    value: float
    positives: float
    negatives: float
    spread: float

    @property
    def either_way(self) -> float:
        """The area whichever way round the column is read: at least one half."""
        return max(self.value, 1.0 - self.value)

    def p_above(self, limit: float) -> float:
        """Return how probable such an area is by chance where the true one is at the limit."""
        return self._p(self.value, limit)

    def p_beyond(self, limit: float) -> float:
        """Return the same for a column that may be read either way round."""
        return min(1.0, 2.0 * self._p(self.either_way, limit))

    def _p(self, value: float, limit: float) -> float:
        from scipy.special import stdtr

        if self.positives < 2.0 or value <= limit:
            return 1.0
        spread = max(self._spread_at(limit), 0.0 if np.isnan(self.spread) else self.spread)
        return float(stdtr(max(self.positives - 1.0, 1.0), -(value - limit) / spread))

    def _spread_at(self, limit: float) -> float:
        """Return the standard error if the true area were the limit (Hanley & McNeil)."""
        of_positives = limit / (2.0 - limit) - limit**2
        of_negatives = 2.0 * limit**2 / (1.0 + limit) - limit**2
        m, n = self.positives, max(self.negatives, 2.0)
        variance = limit * (1.0 - limit) + (m - 1.0) * of_positives + (n - 1.0) * of_negatives
        return float(np.sqrt(variance / (m * n)))


def placements(positives: Array, negatives: Array, weights: Array) -> Array:
    """Return (p,) the weighted share of negatives below each positive, ties counting half.

    Args:
        positives: (p,) values.
        negatives: (n,) values, n > 0.
        weights: (n,) of the negatives, with a positive sum.
    """
    order = np.argsort(negatives, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(weights[order])])
    below = np.searchsorted(negatives[order], positives, side="left")
    up_to = np.searchsorted(negatives[order], positives, side="right")
    return (summed[below] + summed[up_to]) / (2.0 * summed[-1])


def stratified_placements(
    x: Array, is_positive: NDArray[np.bool_], weights: Array, strata: NDArray[Any]
) -> Array:
    """Return (p,) the placement of each positive among the negatives of its own stratum; nan without any.

    Args:
        x: (n,) values of all rows.
        is_positive: (n,) which are positives.
        weights: (n,) of all rows.
        strata: (n,) code of each row's stratum.
    """
    found = np.full(int(is_positive.sum()), np.nan)
    own = strata[is_positive]
    for stratum in np.unique(own):
        here = strata == stratum
        negative = here & ~is_positive
        if weights[negative].sum() > 0.0:
            found[own == stratum] = placements(x[here & is_positive], x[negative], weights[negative])
    return found


def area(placed: Array, x: Array, weights: Array, clusters: NDArray[Any], *, negatives: float) -> Area | None:
    """Return the area of some positives; None if none of them is placed.

    Args:
        placed: (p,) their placements among the negatives; nan ones are left out.
        x: (p,) their values.
        weights: (p,) their weights.
        clusters: (p,) code of the cluster of each.
        negatives: number of independent negatives.
    """
    known = ~np.isnan(placed) & (weights > 0.0)
    if not known.any():
        return None
    placed, x, weights, clusters = placed[known], x[known], weights[known], clusters[known]
    value = float(weights @ placed / weights.sum())
    _, code = np.unique(clusters, return_inverse=True)
    pulls = np.bincount(code, weights=weights * (placed - value)) / weights.sum()
    n = len(pulls)
    spread = float(np.sqrt((pulls**2).sum() * n / (n - 1.0))) if n > 1 else float("nan")
    return Area(value, effective_number(x, weights, code), negatives, spread)


def effective_number(x: Array, weights: Array, code: NDArray[np.intp]) -> float:
    """Return how many independent rows some rows in clusters are worth (Kish's design effect).

    How alike the rows of a cluster are is the intra-class correlation of the ranks of `x`, raised by 1.64
    standard errors; rows that are all equal count one per cluster.

    Args:
        x: (n,) values.
        weights: (n,) weights.
        code: (n,) cluster 0, 1, … of each.
    """
    sizes = np.bincount(code)
    n, groups = len(x), len(sizes)
    by_weight = float(weights.sum() ** 2 / (weights**2).sum())
    if groups == n:
        return by_weight
    typical = float((sizes**2).sum() / n)
    alike = 1.0 if groups < _LEAST_CLUSTERS else _intraclass(x, code, sizes)
    return max(by_weight / (1.0 + (typical - 1.0) * alike), min(1.0, by_weight))


def _intraclass(x: Array, code: NDArray[np.intp], sizes: NDArray[np.intp]) -> float:
    """Return the intra-class correlation of ranks, from one-way analysis of variance, on the safe side."""
    _, rank, counts = np.unique(x, return_inverse=True, return_counts=True)
    u = (np.cumsum(counts) - 0.5 * (counts - 1))[rank]
    n, groups = len(u), len(sizes)
    means = np.bincount(code, weights=u) / sizes
    within = float(((u - means[code]) ** 2).sum() / (n - groups))
    between = float((sizes * (means - u.mean()) ** 2).sum() / (groups - 1.0))
    typical = (n - float((sizes**2).sum()) / n) / (groups - 1.0)
    total = between + (typical - 1.0) * within
    if total <= 0.0:
        return 1.0
    found = float(np.clip((between - within) / total, 0.0, 1.0))
    error = (1.0 - found) * (1.0 + (typical - 1.0) * found)
    error *= np.sqrt(2.0 / max(typical * (typical - 1.0) * (groups - 1.0), 1e-9))
    return float(min(found + 1.64 * error, 1.0))

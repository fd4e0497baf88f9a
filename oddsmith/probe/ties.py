"""How rows of one moment are written, positives before or after the others; whether rows are in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TieTally", "Ties"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ties:
    """What was counted of moments with positive and other rows.

    Args:
        later: pairs of one moment, a positive and another row, in which the positive stands later.
        pairs: all such pairs.
        moments: that have such pairs.
    """

    later: float
    pairs: float
    moments: int

    @property
    def share(self) -> float:
        """Share of the pairs in which the positive stands later; one half where there are none."""
        return self.later / self.pairs if self.pairs else 0.5


class TieTally:
    """Counts ties while rows pass; a moment that two batches share is counted in each."""

    def __init__(self) -> None:
        """Start with no rows."""
        self.is_in_order = True
        self._later = self._pairs = 0.0
        self._moments = 0
        self._last: tuple[int, float] | None = None

    @property
    def ties(self) -> Ties:
        """What was counted so far."""
        return Ties(self._later, self._pairs, self._moments)

    def take(self, t: Array, episode: NDArray[np.int64], is_positive: NDArray[np.bool_]) -> None:
        """Count rows.

        Args:
            t: (n,) moments [s].
            episode: (n,) episode of each.
            is_positive: (n,) which are positive.
        """
        if not len(t):
            return
        is_new = np.concatenate([[True], (np.diff(t) != 0.0) | (np.diff(episode) != 0)])
        falls = (np.diff(t) < 0.0) & (np.diff(episode) == 0)
        before = self._last
        self.is_in_order &= not falls.any() and not (before and before[0] == episode[0] and before[1] > t[0])
        self._last = int(episode[-1]), float(t[-1])
        run = np.cumsum(is_new) - 1
        positives = np.bincount(run, weights=is_positive)
        pairs = positives * (np.bincount(run) - positives)
        others = np.cumsum(~is_positive)
        start = np.flatnonzero(is_new)
        before_run: NDArray[np.int64] = others[start] - ~is_positive[start]
        earlier = (others - before_run[run]) * is_positive
        later = np.bincount(run, weights=earlier)
        self._later += float(later[pairs > 0].sum())
        self._pairs += float(pairs.sum())
        self._moments += int((pairs > 0).sum())

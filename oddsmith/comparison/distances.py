"""How far two sets of samples are apart, and how far chance alone would put them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oddsmith.comparison.counting import STATISTICS, Counted

__all__ = ["Difference", "differences", "distances", "rate_interval"]

_RESAMPLES = 200
_LEVEL = 0.95
_LEAST = 10  # samples on either side without which nothing is said

Blocks = Sequence[NDArray[np.float64]]


@dataclass(frozen=True)
class Difference:
    """One statistic of simulated and recorded traffic.

    Args:
        statistic: name of it.
        unit: of it and of its Wasserstein distance.
        samples: how many there are, simulated and recorded.
        medians: simulated and recorded; NaN where there are none.
        wasserstein: mean way by which one distribution must be moved to become the other.
        wasserstein_noise: the distance that chance alone stays below in 95 of 100 cases.
        ks: largest difference of the two distribution functions (Kolmogorov, Smirnov).
        ks_noise: as above.
    """

    statistic: str
    unit: str
    samples: tuple[int, int]
    medians: tuple[float, float]
    wasserstein: float
    wasserstein_noise: float
    ks: float
    ks_noise: float

    @property
    def verdict(self) -> str:
        """Too few, alike or different: whether either distance is beyond its noise."""
        if np.isnan(self.wasserstein):
            return "too few"
        is_beyond = self.wasserstein > self.wasserstein_noise or self.ks > self.ks_noise
        return "different" if is_beyond else "alike"


def differences(simulated: Counted, recorded: Counted, *, seed: int = 0) -> list[Difference]:
    """Compare every statistic.

    The noise is what resampling whole vehicles moves the simulated distribution, plus what it moves the
    recorded one (block bootstrap; by the triangle inequality, equal traffic is not further apart than that).

    Args:
        simulated: what the scenario shows.
        recorded: what the file shows.
        seed: of the resampling.
    """
    return [
        _difference(
            name, unit, simulated.samples[name], recorded.samples[name], np.random.default_rng([seed, k])
        )
        for k, (name, unit) in enumerate(STATISTICS.items())
    ]


def _difference(name: str, unit: str, ours: Blocks, theirs: Blocks, rng: np.random.Generator) -> Difference:
    a, b = np.concatenate(ours), np.concatenate(theirs)
    medians = tuple(float(np.median(x)) if len(x) else np.nan for x in (a, b))
    sizes, two = (len(a), len(b)), (medians[0], medians[1])
    if min(sizes) < _LEAST:
        return Difference(name, unit, sizes, two, np.nan, np.nan, np.nan, np.nan)
    noise = np.zeros((_RESAMPLES, 2))
    for blocks, whole in ((ours, a), (theirs, b)):
        filled = [block for block in blocks if len(block)]
        for k in range(_RESAMPLES):
            drawn = np.concatenate([filled[i] for i in rng.integers(0, len(filled), len(filled))])
            noise[k] += distances(drawn, whole)
    w_noise, ks_noise = (float(value) for value in np.quantile(noise, _LEVEL, axis=0))
    w, largest = distances(a, b)
    return Difference(name, unit, sizes, two, w, w_noise, largest, ks_noise)


def distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first Wasserstein distance of two samples, and the largest difference of their functions."""
    values = np.sort(np.concatenate([a, b]))
    shares = [np.searchsorted(np.sort(x), values, side="right") / len(x) for x in (a, b)]
    apart = np.abs(shares[0] - shares[1])
    return float(np.sum(apart[:-1] * np.diff(values))), float(apart.max())


def rate_interval(
    counts: NDArray[np.int64], metres: NDArray[np.float64], *, seed: int = 0
) -> tuple[float, float, float]:
    """Return a rate per vehicle-kilometre and the ends of its 95 % interval, by resampling whole vehicles."""
    rng, n = np.random.default_rng(seed), len(counts)
    drawn = [rng.integers(0, n, n) for _ in range(_RESAMPLES)]
    rates = [1000.0 * counts[i].sum() / metres[i].sum() for i in drawn]
    low, high = np.quantile(rates, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return 1000.0 * float(counts.sum() / metres.sum()), float(low), float(high)

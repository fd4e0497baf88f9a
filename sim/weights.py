"""What tells whether weights can be trusted: effective sample sizes, the heaviest weight, the tail's shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["effective_size", "largest_share", "pareto_k", "pareto_limit"]

_FEWEST = 25
"""Weights below which the tail of their law cannot be told."""


def effective_size(weights: NDArray[np.float64]) -> float:
    """Return how many equal weights would be worth as much: (sum w)^2 / sum w^2; 0 where there are none.

    Source: Kish (1965), survey sampling.
    """
    largest = float(weights.max(initial=0.0))
    if largest == 0.0:
        return 0.0
    shares = weights / largest  # squares of tiny weights would come to nothing
    return float(shares.sum()) ** 2 / float(np.square(shares).sum())


def largest_share(weights: NDArray[np.float64]) -> float | None:
    """Return the largest part that a single weight has in the sum; None where all are 0."""
    total = float(weights.sum())
    return float(weights.max()) / total if total > 0.0 else None


def pareto_k(weights: NDArray[np.float64]) -> float | None:
    """Return the shape k of a generalized Pareto law fitted to the largest weights.

    The sum of weights has a finite variance where k < 1/2; in samples of a usual size it is reliable up to
    `pareto_limit`.

    Args:
        weights: (n,) not negative; zeros are left out.

    Returns:
        The shape, drawn to 1/2 with the strength of ten observations; None for fewer than 25 weights, and 0
        where all are equal.

    Source: Vehtari, Simpson, Gelman, Yao, Gabry (2024), Pareto smoothed importance sampling, JMLR 25(72): the
        tail of min(n/5, 3 sqrt(n)) weights and the prior on k. Zhang and Stephens (2009), a new and efficient
        estimation method for the generalized Pareto distribution, Technometrics 51: the fit.
    """
    ordered = np.sort(weights[weights > 0.0])
    n = len(ordered)
    if n < _FEWEST:
        return None
    size = math.ceil(min(n / 5.0, 3.0 * math.sqrt(n)))
    excess = ordered[-size:] - ordered[-size - 1]
    if excess[-1] <= 1e-9 * ordered[-1]:
        return 0.0
    shape = _zhang_stephens(np.maximum(excess, 1e-12 * excess[-1]))
    return (shape * size + 5.0) / (size + 10.0)


def pareto_limit(n: int) -> float:
    """Return the largest k at which a sum of n weights is still reliable: min(1 - 1 / log10(n), 0.7).

    Source: Vehtari et al. (2024), equation 13.
    """
    return min(1.0 - 1.0 / math.log10(max(n, 11)), 0.7)


def _zhang_stephens(x: NDArray[np.float64]) -> float:
    """Return the shape of the generalized Pareto law of sorted, positive excesses."""
    n = len(x)
    m = 30 + int(math.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    j = np.arange(1, m + 1)
    theta = 1.0 / x[-1] + (1.0 - np.sqrt(m / (j - 0.5))) / (3.0 * quartile)
    k = np.log1p(-theta[:, None] * x).mean(axis=1)
    profile = n * (np.log(-theta / k) - k - 1.0)
    share = np.exp(profile - profile.max())
    best = float((theta * share).sum() / share.sum())
    return float(np.log1p(-best * x).mean())

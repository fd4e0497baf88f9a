"""Confidence intervals of a share: what a count of independent, equally weighted calls allows to say."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

__all__ = ["clopper_pearson", "wilson"]


def wilson(hits: int, calls: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share; its coverage is near the confidence on average.

    Args:
        hits: how often the event occurred, 0..calls.
        calls: independent calls, at least 1.
        confidence: of the interval, in (0, 1).

    Source: Wilson (1927), probable inference, the law of succession, and statistical inference.
    """
    _check(hits, calls)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = hits / calls
    middle = (share + z * z / (2 * calls)) / (1 + z * z / calls)
    half = z / (1 + z * z / calls) * sqrt(share * (1 - share) / calls + z * z / (4 * calls * calls))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == calls else min(1.0, middle + half)
    return low, high


def clopper_pearson(hits: int, calls: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share; it never covers less than the confidence.

    Args:
        hits: how often the event occurred, 0..calls.
        calls: independent calls, at least 1.
        confidence: of the interval, in (0, 1).

    Source: Clopper and Pearson (1934), the use of confidence or fiducial limits.
    """
    from scipy.special import betaincinv

    _check(hits, calls)
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, calls - hits + 1, tail))
    high = 1.0 if hits == calls else float(betaincinv(hits + 1, calls - hits, 1 - tail))
    return low, high


def _check(hits: int, calls: int) -> None:
    if not 0 <= hits <= calls or calls < 1:
        raise ValueError(f"{hits} hits in {calls} calls is not a share")

"""Confidence intervals of rates: of counts of plain draws, and of means of skewed, weighted, often 0 values."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments", "clopper_pearson", "group_interval", "mean_interval", "upper_bound", "widened"]

_LEAST_DF = 1.0
_STEEPEST = 50.0
"""Exponents are cut here: any interval is then the whole of what is possible."""
_SYMMETRIC = 1e-8
"""Below this a skewness changes no digit, and the formula that corrects for it would divide by nothing."""


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


def upper_bound(calls: int, *, confidence: float = 0.95) -> float:
    """Return the exact one-sided bound of a share after `calls` plain draws without a hit: about 3 / calls."""
    _check(0, calls)
    return float(-np.expm1(np.log1p(-confidence) / calls))


@dataclass(frozen=True)
class Moments:
    """The first four moments of a sample of `units` independent values, most of which may be 0.

    Args:
        units: size of the sample, at least 2.
        mean: of the values; an array where many samples are treated at once.
        variance: second central moment (divided by units).
        third: third central moment.
        fourth: fourth central moment.
    """

    units: int
    mean: Any
    variance: Any
    third: Any
    fourth: Any

    @classmethod
    def of(cls, values: NDArray[np.float64], units: int | None = None) -> Moments:
        """Return the moments of values along the last axis.

        Args:
            values: (..., k) the values that are not 0, or all of them.
            units: size of the sample; the other units - k values are 0. None for k.
        """
        n = values.shape[-1] if units is None else units
        if n < 2 or n < values.shape[-1]:
            raise ValueError(f"{values.shape[-1]} values of {n} units have no spread")
        mean = values.sum(-1) / n
        gaps = values - mean[..., None]
        zeros = n - values.shape[-1]
        central = [((gaps**k).sum(-1) + zeros * (-mean) ** k) / n for k in (2, 3, 4)]
        return cls(n, mean, *central)

    @property
    def standard_error(self) -> Any:
        """Standard error of the mean."""
        return np.sqrt(self.variance / (self.units - 1))

    @property
    def degrees(self) -> Any:
        """Degrees of freedom that the estimated variance is worth, by the values' own kurtosis.

        A chi-squared variable with f degrees has relative variance 2 / f; the estimated variance of n values
        with kurtosis k has (k - 1) / n about. For normal values that is n, for a handful of hits among
        thousands of zeros twice the hits, and fewer where a few large values carry the sum.

        Source: Satterthwaite (1946), matched to the fourth moment.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            kurtosis = np.where(self.variance > 0.0, self.fourth / np.square(self.variance), 3.0)
        degrees = 2.0 * self.units / (kurtosis - 1.0 + 2.0 / (self.units - 1))
        return np.clip(degrees, _LEAST_DF, None)


def mean_interval(moments: Moments, *, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return an interval of the mean of non-negative, right-skewed values with zeros among them.

    The union of two: Student's t on the scale of Hall's cubic transformation, which removes the skewness that
    makes plain t intervals miss above, and Student's t of the logarithm, which cannot fall below 0. Both take
    their degrees of freedom from the kurtosis of the values, so that an estimate that rests on few large
    values has a wide interval.

    Coverage at nominal 95 %, 6,000 samples per row (`tests/oddsmith/test_intervals.py` repeats a part; plain t
    in brackets): values that are non-zero 10, 30, 100, 400 times on average among 4,000, with equal weights
    98.6, 96.7, 94.9, 95.4 (92, 93, 95, 95); lognormal weights of CoV 1: 99.2, 96.6, 95.8, 95.3 (87, 92, 93,
    94), CoV 2: 97.9, 96.8, 95.3, 95.8 (77, 85, 90, 93), CoV 4: 94.0, 95.4, 93.8, 95.2 (66, 75, 83, 87); Pareto
    weights of index 2.5: 98.9, 96.2, 95.5, 95.1. Not covered by any interval: values that a sample never
    showed, such as a second mode of large weight. For few groups see `group_interval`.

    Args:
        moments: of the values; arrays give arrays.
        confidence: of the interval, in (0, 1).

    Returns:
        Lower and upper end; both are the mean where all values are equal.

    Source: Hall (1992), on the removal of skewness by transformation, J. R. Statist. Soc. B 54, 221-228.
    """
    from scipy.special import stdtrit

    mean, error = np.asarray(moments.mean, np.float64), moments.standard_error
    q = stdtrit(moments.degrees, 0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.exp(np.where(mean > 0.0, q * error / mean, 0.0))
        skewness = np.where(moments.variance > 0.0, moments.third / np.power(moments.variance, 1.5), 0.0)
    bend = skewness / sqrt(moments.units)
    low = np.minimum(mean / ratio, _positive(mean - error * _unbent(q, bend), mean / ratio))
    high = np.maximum(mean * ratio, mean - error * _unbent(-q, bend))
    return _as_given(moments.mean, low), _as_given(moments.mean, high)


def group_interval(values: NDArray[np.float64], *, confidence: float = 0.95) -> tuple[Any, Any, Any]:
    """Return an interval of the mean of a few groups' rates, and the CoV of that mean.

    A group's rate is a product of the shares that passed many levels, lognormal about; where its logarithm
    spreads by 1.5 or more, most of the mean lies in groups that are seldom among twenty, and neither their
    variance nor their skewness shows it. Their logarithms do: normal scores of the upper half give the law that
    the tail follows, whatever the lower half does, zeros included. Both the interval and the CoV are the wider
    of what the moments and what that law says.

    Coverage at nominal 95 %, 6,000 samples per row, `mean_interval` alone in brackets: twenty lognormal values
    of CoV 0.3, 1, 2, 4: 96.6, 94.3, 93.5, 92.6 (95, 94, 92, 89); with 30 % of zeros 97.7, 95.2, 94.9, 94.7;
    of gamma law with shape 0.5, 4: 96.8, 95.8 (95.5, 95.5).

    Args:
        values: (..., G) rates of the groups, G at least 2.
        confidence: of the interval, in (0, 1).

    Returns:
        Lower end, upper end and CoV, each of the leading shape; all of them from the moments where half of the
        groups or more have no positive rate.

    Source: Blom (1958), statistical estimates and transformed beta-variables: the normal scores.
    """
    from scipy.special import ndtri, stdtrit

    moments = Moments.of(values)
    low, high = mean_interval(moments, confidence=confidence)
    mean = np.asarray(moments.mean, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        cov = np.asarray(moments.standard_error) / mean
    count = values.shape[-1]
    upper = -np.sort(-values, axis=-1)[..., : max(count // 2, 2)]
    is_told = upper[..., -1] > 0.0
    scores = -ndtri((np.arange(1, upper.shape[-1] + 1) - 0.375) / (count + 0.25))
    logs = np.log(np.where(is_told[..., None], upper, 1.0))
    bent = scores - scores.mean()
    slope = np.maximum((logs * bent).sum(-1) / np.square(bent).sum(), 0.0)
    centre = logs.mean(-1) - slope * scores.mean() + slope**2 / 2
    tail = np.sqrt(np.expm1(np.minimum(slope**2, _STEEPEST)) / count)
    reach = np.exp(np.minimum(stdtrit(count - 1, 0.5 + confidence / 2) * tail, _STEEPEST))
    low = np.where(is_told, np.minimum(low, np.minimum(mean, np.exp(centre)) / reach), low)
    high = np.where(is_told, np.maximum(high, mean * reach), high)
    cov = np.where(is_told, np.maximum(cov, tail), cov)
    like = moments.mean
    return _as_given(like, low), _as_given(like, high), _as_given(like, cov)


def widened(
    interval: tuple[float, float], mean: float, relative_variance: float, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return an interval of a rate times an independent factor 1 that is only known with some variance.

    Args:
        interval: of the rate.
        mean: the rate.
        relative_variance: squared CoV of the factor: the probability of the constraints, say.
        confidence: of the interval, in (0, 1).
    """
    low, high = interval
    if relative_variance <= 0.0 or mean <= 0.0:
        return interval
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    own = z * z * relative_variance
    down = 0.0 if low <= 0.0 else mean * float(np.exp(-sqrt(np.log(mean / low) ** 2 + own)))
    return down, mean * float(np.exp(sqrt(np.log(high / mean) ** 2 + own)))


def _unbent(q: Any, bend: Any) -> Any:
    """Return Hall's inverse transformation of a quantile; `bend` is skewness / sqrt(n)."""
    is_straight = np.abs(bend) < _SYMMETRIC
    a = np.where(is_straight, 1.0, bend)
    return np.where(is_straight, q, 3.0 / a * (np.cbrt(1.0 + a * (q - a / 6.0)) - 1.0))


def _positive(value: Any, other: Any) -> Any:
    return np.where(value > 0.0, value, other)


def _as_given(given: Any, value: Any) -> Any:
    return value if isinstance(given, np.ndarray) and given.ndim else float(value)


def _check(hits: int, calls: int) -> None:
    if not 0 <= hits <= calls or calls < 1:
        raise ValueError(f"{hits} hits in {calls} calls is not a share")

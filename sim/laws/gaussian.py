"""The standard normal's quantile and distribution function, from the standard library.

SciPy's are as good, but importing scipy.special takes longer than checking a scenario. One number and an array
go through the same function, so a batch gives the bits that single draws give.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

__all__ = ["normal_cdf", "normal_quantile"]

_INVERSE = NormalDist().inv_cdf
_ROOT_HALF = math.sqrt(0.5)


def normal_quantile(p: Any) -> Any:
    """Return the standard normal quantile of one number or an array; -inf at 0 and inf at 1.

    Source: Wichura (1988), algorithm AS 241, relative error about 1e-16, in the standard library.
    """
    return _quantile(p) if isinstance(p, float) else np.asarray(_QUANTILES(p), np.float64)


def normal_cdf(z: Any) -> Any:
    """Return the standard normal distribution function of one number or an array."""
    return _cdf(z) if isinstance(z, float) else np.asarray(_CDFS(z), np.float64)


def _quantile(p: float) -> float:
    if 0.0 < p < 1.0:
        return _INVERSE(p)
    return math.nan if math.isnan(p) else math.copysign(math.inf, p - 0.5)


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z * _ROOT_HALF)


_QUANTILES = np.frompyfunc(_quantile, 1, 1)
_CDFS = np.frompyfunc(_cdf, 1, 1)

"""The standard normal's quantile and distribution function, from the standard library.

SciPy's are as good, but importing scipy.special takes longer than checking a scenario. One number and an array
go through the same function, so a batch gives the bits that single draws give.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from sim.laws.elementary import elementwise

__all__ = ["normal_cdf", "normal_quantile"]

_INVERSE = NormalDist().inv_cdf
_ROOT_HALF = math.sqrt(0.5)


def _quantile(p: float) -> float:
    if 0.0 < p < 1.0:
        return _INVERSE(p)
    return math.nan if math.isnan(p) else math.copysign(math.inf, p - 0.5)


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z * _ROOT_HALF)


normal_quantile = elementwise(_quantile)
"""The standard normal quantile of one number or an array; -inf at 0 and inf at 1.

Source: Wichura (1988), algorithm AS 241, relative error about 1e-16, in the standard library.
"""

normal_cdf = elementwise(_cdf)
"""The standard normal distribution function of one number or an array."""

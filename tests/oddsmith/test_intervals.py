import numpy as np
import pytest
from scipy.stats import binom, binomtest

from oddsmith.intervals import clopper_pearson, wilson

CASES = [(0, 10), (1, 10), (10, 10), (3, 1000), (0, 20_000), (499, 1000)]


@pytest.mark.parametrize(("hits", "calls"), CASES)
def test_intervals_agree_with_scipy(hits, calls):
    result = binomtest(hits, calls)
    exact, score = result.proportion_ci(0.95, "exact"), result.proportion_ci(0.95, "wilson")
    assert clopper_pearson(hits, calls) == pytest.approx((exact.low, exact.high), abs=1e-10)
    assert wilson(hits, calls) == pytest.approx((score.low, score.high), abs=1e-12)


@pytest.mark.parametrize("share", [0.002, 0.03, 0.4])
def test_the_exact_interval_covers_at_least_as_often_as_it_says(share):
    calls = 400
    hits = np.arange(calls + 1)
    bounds = np.array([clopper_pearson(int(k), calls) for k in hits])
    covers = (bounds[:, 0] <= share) & (share <= bounds[:, 1])
    assert binom.pmf(hits, calls, share)[covers].sum() >= 0.95


@pytest.mark.parametrize(("hits", "calls"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(hits, calls):
    with pytest.raises(ValueError, match="is not a share"):
        wilson(hits, calls)
    with pytest.raises(ValueError, match="is not a share"):
        clopper_pearson(hits, calls)

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from oddsmith.intervals import (
    Moments,
    clopper_pearson,
    group_interval,
    mean_interval,
    upper_bound,
    widened,
)

CASES = [(0, 10), (1, 10), (10, 10), (3, 1000), (0, 20_000), (499, 1000)]


@pytest.mark.parametrize(("hits", "calls"), CASES)
def test_the_exact_interval_agrees_with_scipy(hits, calls):
    result = binomtest(hits, calls)
    exact = result.proportion_ci(0.95, "exact")
    assert clopper_pearson(hits, calls) == pytest.approx((exact.low, exact.high), abs=1e-10)


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
        clopper_pearson(hits, calls)


def test_the_bound_after_no_hit_is_the_exact_one_of_one_side():
    assert upper_bound(1000) == pytest.approx(binomtest(0, 1000, alternative="less").proportion_ci(0.95).high)
    assert upper_bound(1_000_000) == pytest.approx(3.0 / 1e6, rel=2e-3)


def test_moments_with_zeros_left_out_are_those_of_the_whole_sample():
    values = np.random.default_rng(3).exponential(size=(4, 25))
    whole = Moments.of(np.concatenate([values, np.zeros((4, 75))], axis=1))
    sparse = Moments.of(values, 100)
    for name in ("mean", "variance", "third", "fourth"):
        assert getattr(sparse, name) == pytest.approx(getattr(whole, name))
    assert sparse.standard_error == pytest.approx(
        np.std(np.concatenate([values, np.zeros((4, 75))], axis=1), axis=1, ddof=1) / 10.0
    )
    with pytest.raises(ValueError, match="25 values of 20 units"):
        Moments.of(values, 20)


def test_many_equal_weights_give_the_interval_of_a_count():
    low, high = mean_interval(Moments.of(np.ones(400), 100_000))
    exact = clopper_pearson(400, 100_000)
    assert (low, high) == pytest.approx(exact, rel=0.01)


def test_equal_values_have_no_spread():
    assert mean_interval(Moments.of(np.full(20, 0.25))) == (0.25, 0.25)


def test_one_hit_says_little():
    low, high = mean_interval(Moments.of(np.array([3.0]), 1000))
    assert low < 0.003 / 30
    assert high > 0.003 * 5


def test_an_uncertain_factor_widens_on_the_scale_of_the_logarithm():
    low, high = widened((0.8, 1.25), 1.0, 0.04)
    half = np.hypot(np.log(1.25), 1.959964 * 0.2)
    assert (np.log(low), np.log(high)) == pytest.approx((-half, half))
    assert widened((0.8, 1.25), 1.0, 0.0) == (0.8, 1.25)
    assert widened((0.0, 1e-3), 2e-4, 0.01)[0] == 0.0


def _lognormal(rng, shape, cov):
    sigma = np.sqrt(np.log1p(cov**2))
    return np.exp(sigma * rng.standard_normal(shape) - sigma**2 / 2)


def _coverage(values, units, truth):
    low, high = mean_interval(Moments.of(values, units))
    return np.mean((low <= truth) & (truth <= high))


SAMPLES, CALLS = 3000, 4000
FEW = np.sqrt(0.95 * 0.05 / SAMPLES) * 3


@pytest.mark.parametrize("hits", [10, 30, 100, 400])
@pytest.mark.parametrize("cov", [0.0, 1.0, 2.0])
def test_intervals_of_weighted_calls_cover(hits, cov):
    """Bernoulli hits with lognormal weights: importance sampling as it should be, and as it often is."""
    rng = np.random.default_rng(int(hits + 1000 * cov))
    counts = np.maximum(rng.binomial(CALLS, hits / CALLS, SAMPLES), 1)
    weights = _lognormal(rng, (SAMPLES, counts.max()), cov)
    values = np.where(np.arange(counts.max()) < counts[:, None], weights, 0.0)
    least = 0.95 if cov < 2.0 else 0.94
    assert _coverage(values, CALLS, hits / CALLS) > least - FEW


@pytest.mark.parametrize("index", [2.5, 3.5])
def test_intervals_cover_under_pareto_weights(index):
    rng = np.random.default_rng(7)
    counts = rng.binomial(CALLS, 60 / CALLS, SAMPLES)
    weights = rng.random((SAMPLES, counts.max())) ** (-1.0 / index) * (index - 1.0) / index
    values = np.where(np.arange(counts.max()) < counts[:, None], weights, 0.0)
    assert _coverage(values, CALLS, 60 / CALLS) > 0.95 - FEW


@pytest.mark.parametrize("groups", [20, 50])
@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.parametrize(("cov", "least"), [(0.3, 0.945), (1.0, 0.94), (2.0, 0.935), (4.0, 0.915)])
def test_intervals_of_group_means_cover(groups, zeros, cov, least):
    """Splitting: few groups, skewed, some of which found nothing."""
    rng = np.random.default_rng(int(groups + 100 * zeros + 1000 * cov))
    values = _lognormal(rng, (SAMPLES, groups), cov)
    values[rng.random((SAMPLES, groups)) < zeros] = 0.0
    found = values[values.any(axis=1)]
    low, high, _ = group_interval(found)
    assert np.mean((low <= 1.0 - zeros) & (1.0 - zeros <= high)) > least - FEW


def test_groups_whose_tail_twenty_do_not_show_have_a_large_cov():
    """Of a mean that rests on groups seldom seen, a small CoV would be the luck of not having seen one."""
    rng = np.random.default_rng(11)
    values = _lognormal(rng, (SAMPLES, 20), 7.3)  # the logarithm spreads by 2
    moments = Moments.of(values)
    by_moments = moments.standard_error / moments.mean
    low, high, cov = group_interval(values)
    is_lucky = by_moments < 0.3
    assert is_lucky.mean() > 0.05
    assert np.mean(high[is_lucky] < 1.0) > 0.5
    assert (cov[is_lucky] > 0.3).mean() > 0.6
    assert np.all((low <= moments.mean) & (moments.mean <= high))


def test_groups_that_agree_have_the_interval_of_their_mean():
    rng = np.random.default_rng(12)
    values = 1.0 + 0.05 * rng.standard_normal((200, 20))
    low, high, cov = group_interval(values)
    plain_low, plain_high = mean_interval(Moments.of(values))
    assert np.median((high - low) / (plain_high - plain_low)) < 1.1
    assert np.median(cov) == pytest.approx(0.05 / np.sqrt(20), rel=0.1)


def test_where_half_of_the_groups_saw_nothing_the_moments_speak():
    values = np.array([0.0] * 11 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    low, high, cov = group_interval(values)
    moments = Moments.of(values)
    assert (low, high) == mean_interval(moments)
    assert cov == pytest.approx(moments.standard_error / moments.mean)


def test_the_interval_is_not_wider_than_it_must_be():
    rng = np.random.default_rng(5)
    moments = Moments.of(_lognormal(rng, (500, 400), 0.5), 4000)
    low, high = mean_interval(moments)
    plain = 2 * 1.96 * moments.standard_error
    assert np.median((high - low) / plain) < 1.05

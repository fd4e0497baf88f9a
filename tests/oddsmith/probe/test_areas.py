"""The area under the curve against its definition, scikit-learn, and its own coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from oddsmith.probe.areas import area, effective_number, placements, stratified_placements

whole = st.integers(-5, 5).map(float)


@given(
    st.lists(whole, min_size=1, max_size=20), st.lists(whole, min_size=1, max_size=20), st.integers(0, 2**31)
)
def test_placements_are_the_weighted_share_of_pairs_won(positives, negatives, seed):
    rng = np.random.default_rng(seed)
    x, y, w = np.array(positives), np.array(negatives), rng.uniform(0.1, 3.0, len(negatives))
    won = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    np.testing.assert_allclose(placements(x, y, w), won @ w / w.sum(), rtol=1e-12)


def test_the_area_is_that_of_scikit_learn_with_weights():
    rng = np.random.default_rng(3)
    y = rng.random(500) < 0.2
    x = np.round(rng.normal(size=500) + y, 1)
    w = rng.uniform(0.2, 5.0, 500)
    found = area(placements(x[y], x[~y], w[~y]), x[y], w[y], np.arange(y.sum()), negatives=float((~y).sum()))
    assert found.value == pytest.approx(roc_auc_score(y, x, sample_weight=w), rel=1e-12)


def test_strata_compare_like_with_like():
    """Ranks differ between strata and not within: the pooled area is near 1, the stratified one near a half."""
    rng = np.random.default_rng(5)
    strata = rng.integers(0, 2, 4000)
    y = rng.random(4000) < np.where(strata == 1, 0.2, 0.002)
    x = 10.0 * strata + rng.normal(size=4000)
    ones = np.ones(4000)
    assert placements(x[y], x[~y], ones[~y]).mean() > 0.72
    within = stratified_placements(x, y, ones, strata)
    assert within.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / y.sum()))


def test_a_positive_without_negatives_in_its_stratum_has_no_place():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([True, False, True])
    placed = stratified_placements(x, y, np.ones(3), np.array([0, 0, 1]))
    np.testing.assert_array_equal(placed, [0.0, np.nan])


def test_rows_that_are_alike_within_rings_count_once_per_ring():
    code = np.repeat(np.arange(20), 10)
    same = np.repeat(np.random.default_rng(0).normal(size=20), 10)
    assert effective_number(same, np.ones(200), code) == pytest.approx(20.0)
    assert effective_number(np.ones(200), np.ones(200), code) == pytest.approx(20.0)


def test_rows_that_differ_within_rings_count_nearly_each():
    code = np.repeat(np.arange(200), 10)
    x = np.random.default_rng(1).normal(size=2000)
    assert 1000 < effective_number(x, np.ones(2000), code) <= 2000


def test_few_rings_count_one_each_however_much_their_rows_differ():
    code = np.repeat(np.arange(3), 50)
    x = np.random.default_rng(2).normal(size=150)
    assert effective_number(x, np.ones(150), code) == pytest.approx(3.0)


def test_unequal_weights_are_worth_fewer_rows():
    w = np.array([1.0, 1.0, 1.0, 97.0])
    expected = 100.0**2 / (3 + 97.0**2)
    assert effective_number(np.arange(4.0), w, np.arange(4)) == pytest.approx(expected)


@pytest.mark.parametrize(("rings", "size"), [(12, 1), (12, 8), (40, 5)])
def test_chance_passes_a_limit_that_is_the_truth_as_rarely_as_told(rings, size):
    """The true area is 0.55; a test at 1 % raises its hand in about 1 % of 2,000 worlds (z = 4).

    Rows of one ring share two thirds of their variance. The test may be shy, it must not be bold.
    """
    rng = np.random.default_rng(rings * 100 + size)
    shift = 0.1257 * np.sqrt(2.0)  # P(N(shift, 1) > N(0, 1)) = Phi(shift / sqrt 2) = 0.55
    negatives, ones = rng.normal(size=3000), np.ones(3000)
    alarms = 0
    for _ in range(2000):
        shared = np.repeat(rng.normal(size=rings), size) * np.sqrt(2 / 3)
        x = shift + shared + rng.normal(size=rings * size) * np.sqrt(1 / 3)
        clusters = np.repeat(np.arange(rings), size)
        placed = placements(x, negatives, ones)
        found = area(placed, x, np.ones(len(x)), clusters, negatives=3000.0)
        alarms += found.p_above(0.55) < 0.01
    assert alarms <= 20 + 4 * np.sqrt(20)


def test_a_clear_leak_of_a_few_dozen_rings_is_beyond_chance_and_of_four_rings_is_not():
    negatives, ones = np.random.default_rng(0).normal(size=5000), np.ones(5000)
    for rings, is_sure in ((30, True), (4, False)):
        x = np.full(rings * 5, 9.0)
        placed = placements(x, negatives, ones)
        found = area(placed, x, np.ones(len(x)), np.repeat(np.arange(rings), 5), negatives=5000.0)
        assert found.value == 1.0
        assert (found.p_beyond(0.80) < 1e-3) is is_sure


def test_either_way_round_counts():
    x = np.array([-3.0, -2.5, -2.8])
    placed = placements(x, np.arange(10.0), np.ones(10))
    found = area(placed, x, np.ones(3), np.arange(3), negatives=10.0)
    assert found.value == 0.0
    assert found.either_way == 1.0
    assert found.p_above(0.5) == 1.0
    assert found.p_beyond(0.5) < 1.0

import numpy as np
import pytest
from scipy.stats import genpareto

from sim.weights import effective_size, largest_share, pareto_k, pareto_limit


def test_equal_weights_are_worth_their_number():
    assert effective_size(np.full(50, 0.02)) == pytest.approx(50)
    assert effective_size(np.zeros(3)) == 0.0
    assert largest_share(np.full(50, 0.02)) == pytest.approx(0.02)
    assert largest_share(np.zeros(3)) is None


@pytest.mark.parametrize("k", [-0.2, 0.3, 0.7, 1.1])
def test_the_shape_of_a_pareto_tail_is_found(k):
    """Zhang and Stephens' fit has a standard error of about (1 + k) / sqrt(m), m the tail's size."""
    n = 200_000
    weights = 1.0 + genpareto.rvs(k, size=n, random_state=np.random.default_rng(8))
    m = 3.0 * np.sqrt(n)
    assert pareto_k(weights) == pytest.approx(k, abs=4.0 * (1.0 + k) / np.sqrt(m) + 0.03)


def test_few_or_equal_weights_have_no_tail():
    assert pareto_k(np.ones(24)) is None
    assert pareto_k(np.concatenate([np.zeros(1000), np.ones(24)])) is None
    assert pareto_k(np.ones(100)) == 0.0


def test_ties_below_the_tail_do_no_harm():
    weights = np.concatenate([np.ones(900), 1.0 + np.random.default_rng(1).exponential(size=100)])
    assert np.isfinite(pareto_k(weights))


def test_the_limit_is_below_its_asymptote_for_small_samples():
    assert pareto_limit(100) == pytest.approx(0.5)
    assert pareto_limit(10**6) == 0.7

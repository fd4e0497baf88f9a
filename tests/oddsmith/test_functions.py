"""Probabilities of a function of one's own: against closed forms, and what is said of bad functions."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

import oddsmith
from oddsmith.functions import METHODS
from oddsmith.scored_function import FunctionPopulation
from sim.errors import RunError, UsageError

HALF_SPACE = float(ndtr(-2.5))


def half_space(x):
    return x.sum(axis=1) / math.sqrt(x.shape[1]) - 2.5


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_probability_of_a_half_space(method):
    found = oddsmith.estimate(half_space, dimension=3, calls=8000, method=method, seed=3)
    assert found.calls <= 8000
    assert abs(found.p - HALF_SPACE) < 4 * found.cov * HALF_SPACE
    assert found.interval[0] < found.p < found.interval[1]
    assert found.verdict == "trust"
    assert np.nansum(found.weights * found.hits) == pytest.approx(found.p, rel=1e-9)
    assert np.nansum(found.weights) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_arrays_belong_together(method):
    found = oddsmith.estimate(half_space, dimension=2, calls=3000, method=method)
    assert found.points.shape == (found.calls, 2)
    np.testing.assert_allclose(half_space(found.points), found.scores)
    np.testing.assert_array_equal(found.hits, found.scores >= 0)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_result(method):
    first, again = (oddsmith.estimate(half_space, dimension=2, calls=2000, method=method) for _ in range(2))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.weights, again.weights)
    other = oddsmith.estimate(half_space, dimension=2, calls=2000, method=method, seed=1)
    assert not np.array_equal(first.points[:10], other.points[:10])


def test_nominal_noise_is_standard_normal_and_independent():
    found = oddsmith.estimate(half_space, dimension=3, calls=20_000, method="nominal")
    moments = np.cov(found.points.T)
    assert np.abs(found.points.mean(axis=0)).max() < 4 / math.sqrt(20_000)
    assert np.abs(moments - np.eye(3)).max() < 4 * math.sqrt(2 / 20_000)


def test_modes_are_named_and_share_the_probability():
    found = oddsmith.estimate(
        lambda x: np.abs(x[:, 0]) - 2.0,
        dimension=2,
        calls=4000,
        method="nominal",
        modes=lambda x: np.where(x[:, 0] > 0, "right", "left"),
    )
    assert set(found.modes[found.hits]) == {"left", "right"}
    assert set(found.modes[~found.hits]) == {""}
    assert math.fsum(found.about["modes"].values()) == pytest.approx(found.p)


def test_draws_that_raise_or_are_nan_are_counted_with_their_weight():
    def score(x):
        if (x[:, 0] > 1.0).any():
            raise ZeroDivisionError("the solver gave up")
        return np.where(x[:, 0] < -1.0, np.nan, x[:, 1] - 1.0)

    found = oddsmith.estimate(score, dimension=2, calls=2000, method="nominal")
    failed = np.abs(found.points[:, 0]) > 1.0
    np.testing.assert_array_equal(np.isnan(found.scores), failed)
    assert found.about["failures"]["calls"] == failed.sum()
    assert found.about["failures"]["weight"] == pytest.approx(failed.mean())
    assert not found.hits[failed].any()
    expected = 0.6826894921 * float(ndtr(-1.0))
    assert abs(found.p - expected) < 4 * math.sqrt(expected / 2000)
    assert found.verdict == "weak"
    assert "failed for" in found.about["warnings"][0]


@pytest.mark.parametrize(
    ("score", "error", "message"),
    [
        (lambda x: x, UsageError, r"shape \(\d+, 2\) .* one number per row"),
        (lambda x: 1.0, UsageError, r"shape \(\) "),
        (lambda x: x[:, 0] > 2, UsageError, "true and false"),
        (lambda x: x[:, 0] + 1j, UsageError, "complex128 values"),
        (lambda x: x[:, 0] * np.nan, RunError, "failed for each of the first .* NaN"),
        (lambda x: x[:, 7], RunError, "failed for each of the first .* IndexError: index 7 is out of bounds"),
        (lambda x: np.full(len(x), -1.0), RunError, "-1"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_a_bad_score_is_told_in_one_message(score, error, message, method):
    with pytest.raises(error, match=message):
        oddsmith.estimate(score, dimension=2, calls=500, method=method)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"calls": 0}, "calls must be at least 1"),
        ({"dimension": 0}, "dimension must be at least 1"),
        ({"method": "splittin"}, "unknown method"),
        ({"cov": 2.0}, "cov must lie in"),
        ({"audit_share": 1.0, "method": "auto"}, "audit_share must lie in"),
        ({"choices": {2: (0.5, 0.5)}}, "no coordinate 2"),
        ({"choices": {0: (0.5, 0.6)}}, "sum to 1"),
        ({"modes": lambda x: ["a"], "calls": 5000}, "one per row"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    arguments = {"dimension": 2, "method": "nominal"} | arguments
    with pytest.raises(UsageError, match=message):
        oddsmith.estimate(half_space, **arguments)


@pytest.mark.parametrize("method", METHODS)
def test_an_impossible_event_gives_a_bound_and_says_so(method):
    found = oddsmith.estimate(lambda x: -1.0 - np.abs(x[:, 0]), dimension=2, calls=2000, method=method)
    assert found.p == 0.0
    assert found.verdict == "upper bound only"
    assert found.interval[0] == 0.0
    assert 1e-4 < found.interval[1] < 0.2
    assert any("no draw came to the event" in warning for warning in found.about["warnings"])


def certain(x):
    return 1.0 + np.abs(x[:, 0])


def test_a_certain_event_is_told():
    found = oddsmith.estimate(certain, dimension=2, calls=2000, method="nominal")
    assert found.p == pytest.approx(1.0)
    assert any("every draw" in warning for warning in found.about["warnings"])


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"nominal"}))
def test_to_hunt_for_a_certain_event_is_refused(method):
    with pytest.raises(RunError, match="not rare but certain"):
        oddsmith.estimate(certain, dimension=2, calls=2000, method=method)


def test_a_choice_cuts_the_coordinate_in_order():
    population = FunctionPopulation(2, {1: (0.7, 0.3)})
    assert population.choices == {1: (0.7, 0.3)}
    assert population.dimension == 2

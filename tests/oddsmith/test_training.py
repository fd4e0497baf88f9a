"""Loss weights and calibration: what weighted, event-rich data must give back of the population."""

import math

import numpy as np
import pytest

from oddsmith.training import Calibration, calibrate, loss_weights
from sim.errors import UsageError


def test_loss_weights_have_mean_one_and_no_giant():
    weights = np.array([1e-6, 1e-6, 2e-6, 5e-3, np.nan])
    found = loss_weights(weights, largest=3.0)
    assert found[-1] == 0.0
    assert found[:-1].mean() == pytest.approx(1.0)
    assert found.max() / found[:-1].mean() < 4.0
    np.testing.assert_allclose(loss_weights([2.0, 2.0, 2.0]), 1.0)
    np.testing.assert_allclose(loss_weights([1.0, 3.0], largest=20.0), [0.5, 1.5])


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0], [np.nan]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(UsageError, match="positive"):
        loss_weights(weights)


def biased_sample(seed, n=20_000):
    """A world with logit 2 x - 7 and x from N(0, 1), half of whose draws are made around 2.5 instead."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, 1.0, n) + 2.5 * (rng.random(n) < 0.5)
    labels = rng.random(n) < 1.0 / (1.0 + np.exp(7.0 - 2.0 * x))
    return x, labels, 1.0 / (0.5 + 0.5 * np.exp(2.5 * x - 0.5 * 2.5**2)) / n


def population_rate():
    grid = np.linspace(-8.0, 8.0, 4001)
    density = np.exp(-0.5 * grid**2) / math.sqrt(2 * math.pi)
    return float(np.sum(density / (1.0 + np.exp(7.0 - 2.0 * grid))) * (grid[1] - grid[0]))


def test_calibration_gives_back_the_population():
    x, labels, weights = biased_sample(3, n=200_000)  # its events are worth 1,900: a CoV of 2.3 %
    # a model that was trained on balanced data: right in order, wrong in slope and offset
    found = calibrate(1.3 * x - 2.0, labels, weights)
    assert float(weights @ found(1.3 * x - 2.0)) == pytest.approx(float(weights @ labels), rel=1e-6)
    plain = np.random.default_rng(5).normal(size=400_000)
    assert found(1.3 * plain - 2.0).mean() == pytest.approx(population_rate(), rel=0.09)
    assert found.slope * 1.3 == pytest.approx(2.0, abs=0.1)


def test_a_calibrated_model_is_left_as_it_is():
    x, labels, weights = biased_sample(4, n=200_000)
    found = calibrate(2.0 * x - 7.0, labels, weights)
    assert found.slope == pytest.approx(1.0, abs=0.05)
    assert found.intercept == pytest.approx(0.0, abs=0.1)


def test_scores_that_part_the_classes_stay_finite():
    x = np.linspace(-3, 3, 50)
    found = calibrate(x, x > 0, np.ones(50))
    assert np.isfinite([found.slope, found.intercept]).all()
    assert (np.diff(found(x)) >= 0).all()


def test_episodes_without_odds_are_left_out():
    x, labels, weights = biased_sample(6, n=2000)
    half = np.where(np.arange(2000) < 1000, weights, np.nan)
    assert calibrate(x, labels, half) == calibrate(x[:1000], labels[:1000], weights[:1000])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([1.0, 2.0], [0, 1], [1.0]), "alike"),
        (([1.0, 2.0], [1, 1], [1.0, 1.0]), "with the event and without"),
        (([1.0, 2.0], [0, 1], [1.0, np.nan]), "with the event and without"),
    ],
)
def test_bad_arrays_are_told(arrays, message):
    with pytest.raises(UsageError, match=message):
        calibrate(*arrays)


def test_a_calibration_is_a_logistic_line():
    assert Calibration(2.0, -1.0)([0.5])[0] == pytest.approx(0.5)
    np.testing.assert_allclose(Calibration(1.0, 0.0)([-800.0, 800.0]), [0.0, 1.0])

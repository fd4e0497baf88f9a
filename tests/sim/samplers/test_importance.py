"""Importance sampling: unbiased against closed forms, diagnosed, and honest about constraints."""

import math
from dataclasses import astuple, replace

import numpy as np
import pytest

from sim.errors import RunError
from sim.samplers import Settings, preparation
from sim.samplers.importance import Diagnosis, Importance
from sim.samplers.mixture import Frame, Gaussians, Mixture
from sim.samplers.points import Stream, uniforms_of
from sim.samplers.preparation import drawn


def z_of(found, expected, values=None):
    """How far the weighted mean of values (of the event) is off, in standard errors with the constraints'."""
    values = found.contributions if values is None else found.weight[found.is_main] * len(values) * values
    error = values.std(ddof=1) / math.sqrt(len(values))
    doubt = found.sampler.about()["conditioning_relative_variance"]
    return (values.mean() - expected) / math.hypot(error, math.sqrt(doubt) * values.mean())


NAMES = ["two tails", "half-spaces", "mixed", "impossible category", "category alone", "conditioned", "narrow"]


@pytest.mark.parametrize("name", NAMES)
def test_the_rate_is_unbiased_and_sharp(worlds, hunt, name):
    found = hunt(worlds[name], "importance", 6000)
    assert found.sampler.about()["method"] == "importance"
    assert abs(z_of(found, worlds[name].p)) < 4.0
    assert np.std(found.contributions) / worlds[name].p / math.sqrt(found.is_main.sum()) < 0.06


def test_the_rate_is_unbiased_over_whole_hunts_discovery_and_all(worlds, hunt):
    rates = np.array([hunt(worlds["mixed"], "importance", 700, seed=seed).rate for seed in range(24)])
    error = rates.std(ddof=1) / math.sqrt(len(rates))
    assert abs(rates.mean() - worlds["mixed"].p) < 4.0 * error


@pytest.mark.parametrize("name", ["half-spaces", "mixed"])
def test_the_weighted_calls_are_the_population(worlds, hunt, name):
    found = hunt(worlds[name], "importance", 6000)
    x = found.x
    assert abs(z_of(found, 1.0, np.ones(len(x)))) < 4.0
    assert abs(z_of(found, 1.0, x[:, 0] ** 2)) < 4.0
    assert abs(z_of(found, 0.02275013194817921, x[:, 0] > 2.0)) < 4.0


def test_no_weight_exceeds_ten_times_an_equal_one(worlds, hunt):
    found = hunt(worlds["half-spaces"], "importance", 3000)
    n = found.is_main.sum()
    log_lr = found.sampler.weights().log_lr[found.is_main]
    assert log_lr.max() <= math.log(10.0) + 1e-12
    assert np.allclose(found.weight[found.is_main], np.exp(log_lr) / n)


@pytest.mark.parametrize(("name", "p"), [("conditioned", 0.15865525393145707), ("narrow", 0.001)])
def test_the_probability_of_the_constraints_is_told_with_its_doubt(worlds, hunt, name, p):
    found = hunt(worlds[name], "importance", 3000)
    about = found.sampler.about()
    natural, proposal = about["acceptance"]["natural"], about["acceptance"]["proposal"]
    assert abs(natural["p"] - p) < 4.0 * math.sqrt(p * (1.0 - p) / natural["n"])
    assert (
        about["conditioning_relative_variance"] == natural["relative_variance"] + proposal["relative_variance"]
    )
    assert worlds[name].allowed(found.x).all()


def test_a_free_population_has_no_acceptance(worlds, hunt):
    about = hunt(worlds["mixed"], "importance", 1000).sampler.about()
    assert about["acceptance"] is None
    assert about["conditioning_relative_variance"] == 0.0


def test_modes_of_the_events_seen_are_told(worlds, hunt):
    assert hunt(worlds["two tails"], "importance", 2000).sampler.about()["discovered_modes"] == [
        "left",
        "right",
    ]


def test_without_parameters_it_says_so_and_draws_naturally(worlds, hunt):
    about = hunt(worlds["walk"], "importance", 1000).sampler.about()
    assert about["method"] == "nominal"
    assert "see method splitting" in about["warnings"][0]


def test_a_wanted_cov_is_about_what_comes_out(worlds, hunt):
    found = hunt(worlds["mixed"], "importance", 8000, cov=0.05)
    error = found.contributions.std() / math.sqrt(found.is_main.sum()) / found.rate
    assert 0.03 < error < 0.07


def test_a_trial_without_events_leaves_the_calls_as_they_are(worlds):
    sampler = Importance(worlds["mixed"], Settings(1, 1000))
    assert sampler._calls_for(0.1, Diagnosis.of(np.ones(10), np.zeros(10, bool))) is None
    assert sampler._calls_for(0.1, Diagnosis.of(np.ones(100), np.arange(100) < 50)) == math.ceil(120 * 100 / 99)
    assert sampler._calls_for(0.9, Diagnosis.of(np.ones(100), np.arange(100) < 99)) == 32


# -- draws under constraints -------------------------------------------------------------------------------

NATURAL = Mixture(Frame.of(2, {}), Gaussians(np.ones(1), np.zeros((1, 2)), np.eye(2)[None], ()), 0.5)


def test_draws_meet_constraints_that_a_thousandth_meets(worlds):
    world = worlds["narrow"]
    z = drawn(world, NATURAL, 300, Stream("draws"))
    assert world.meets_constraints(uniforms_of(z)).all()
    assert abs(z[:, 1].mean()) < 4.0 / math.sqrt(300)
    assert len(np.unique(z[:, 0])) == 300


def test_constraints_that_nothing_meets_are_told(world_of, monkeypatch):
    monkeypatch.setattr(preparation, "_ATTEMPTS", 3)
    world = world_of(lambda x, _: x[:, 0], 0.0, dimension=2, allowed=lambda x: np.zeros(len(x), bool))
    with pytest.raises(RunError, match="constraints were met by 0 of"):
        drawn(world, NATURAL, 5, Stream("draws"))


# -- diagnosis ---------------------------------------------------------------------------------------------


def test_a_diagnosis_of_equal_weights_is_that_of_a_share():
    found = Diagnosis.of(np.ones(100), np.arange(100) < 20)
    assert (found.calls, found.hits) == (100, 20)
    assert found.size == pytest.approx(20.0)
    assert found.largest == pytest.approx(0.05)
    assert found.variance == pytest.approx(0.8 / 0.2 * 100 / 99)


def test_a_diagnosis_sees_one_call_that_carries_everything():
    found = Diagnosis.of(np.array([1e-9] * 9 + [1.0]), np.ones(10, bool))
    assert found.size == pytest.approx(1.0)
    assert found.largest == pytest.approx(1.0)


def test_a_diagnosis_does_not_depend_on_the_scale_of_ratios():
    lr, is_event = np.random.default_rng(1).lognormal(0.0, 2.0, 400), np.arange(400) % 2 == 0
    usual, tiny = Diagnosis.of(lr, is_event), Diagnosis.of(1e-200 * lr, is_event)  # their squares are 0
    for found, expected in zip(astuple(tiny), astuple(replace(usual, mean=1e-200 * usual.mean)), strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=0.0)


def test_a_diagnosis_without_events_is_hopeless():
    found = Diagnosis.of(np.ones(10), np.zeros(10, bool))
    assert (found.hits, found.size, found.variance) == (0, 0.0, math.inf)

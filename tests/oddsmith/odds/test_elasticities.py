"""Elasticities from calls made by hand, against closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

from oddsmith.elasticities import elasticities
from oddsmith.reopening import reopened

DEPENDENT = """\
dependence:
  - gaussian_copula: {of: [speed, gap], rho: 0.4}
constraints: ["gap > 8 m"]
"""


@pytest.fixture(scope="module")
def plain(stored):
    return stored(8000)


def found(kept, event):
    answers = elasticities(reopened(kept.folder), kept.columns, kept.parameters, event)
    return {(one.parameter, one.argument): one for one in answers.found}, answers


def check(one, truth):
    assert abs(one.slope - truth) < 4.0 * one.error + 1e-9, f"{one} against {truth}"
    assert one.effect == pytest.approx(np.expm1(0.1 * one.slope))


def test_a_gaussian_tail_answers_to_mean_and_deviation(plain):
    """P = sf(z), z = (c - mu) / sigma: d log P is phi / P per sigma of mu and z phi / P per log sigma."""
    by_name, _ = found(plain, "fast")
    hazard = norm.pdf(3.0) / norm.sf(3.0)
    mean, deviation = by_name["speed", "mean"], by_name["speed", "std"]
    assert (mean.scale, mean.unit, deviation.scale) == ("deviations", "m/s", "relative")
    check(mean, hazard)
    check(deviation, 3.0 * hazard)
    assert mean.error < 0.1
    assert deviation.error < 0.5


def test_what_has_no_hand_in_the_event_does_not_matter(plain):
    by_name, _ = found(plain, "fast")
    for key in (("gap", "median"), ("gap", "sigma"), ("weather", "fog"), ("grip", "rain.mean")):
        check(by_name[key], 0.0)
        assert not by_name[key].is_clear


def test_a_lognormal_answers_to_median_and_sigma(plain):
    by_name, _ = found(plain, "close")
    z = np.log(15.0 / 40.0) / 0.4
    hazard = norm.pdf(z) / norm.cdf(z)
    check(by_name["gap", "median"], -hazard / 0.4)
    check(by_name["gap", "sigma"], -z * hazard)
    assert by_name["gap", "median"].scale == "relative"


def test_the_weight_of_a_word_takes_from_the_others_in_proportion(plain):
    """P(fog) = w: its elasticity is 1; with clear 1 % larger relatively, fog loses 0.8 / 0.2 of a per cent."""
    by_name, _ = found(plain, "foggy")
    assert by_name["weather", "fog"].slope == pytest.approx(1.0, abs=1e-6)
    assert by_name["weather", "clear"].slope == pytest.approx(-4.0, abs=1e-6)
    assert by_name["weather", "rain"].slope == pytest.approx(-0.15 / 0.85, abs=1e-6)


def test_ends_of_ranges_are_named_as_left_out_and_the_strongest_stands_first(plain):
    _, answers = found(plain, "fast")
    assert "grip clear.from" in answers.without
    slopes = [abs(one.slope) for one in answers.found]
    assert slopes == sorted(slopes, reverse=True)


def test_groups_give_the_standard_error_where_calls_depend(stored):
    kept = stored(8000, groups=40)
    by_name, _ = found(kept, "fast")
    hazard = norm.pdf(3.0) / norm.sf(3.0)
    check(by_name["speed", "mean"], hazard)
    assert 0.0 < by_name["speed", "mean"].error < 0.2


def test_copulas_and_constraints_have_their_part(stored):
    """Given gap > 8 m, P(close) = (F(15) - F(8)) / (1 - F(8)): derivatives of both, by central differences."""
    kept = stored(8000, dependence=DEPENDENT)

    def log_p(median, sigma):
        low, high = (norm.cdf(np.log(end / median) / sigma) for end in (8.0, 15.0))
        return np.log((high - low) / (1.0 - low))

    h = 1e-5
    by_name, _ = found(kept, "close")
    check(by_name["gap", "median"], (log_p(40 * (1 + h), 0.4) - log_p(40 * (1 - h), 0.4)) / (2 * h))
    check(by_name["gap", "sigma"], (log_p(40, 0.4 * (1 + h)) - log_p(40, 0.4 * (1 - h))) / (2 * h))
    check(by_name["speed and gap", "rho"], 0.0)
    assert by_name["speed and gap", "rho"].scale == "correlation"


def test_no_event_no_answer(plain):
    none = plain.columns.events | {"fast": np.zeros(len(plain.columns), bool)}
    quiet = type(plain.columns).of(
        role=plain.columns.role, weight=plain.columns.weight, log_lr=plain.columns.log_lr, events=none
    )
    assert elasticities(reopened(plain.folder), quiet, plain.parameters, "fast") is None

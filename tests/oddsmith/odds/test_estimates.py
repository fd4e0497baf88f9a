"""Estimates from hand-made columns of calls, against sums done by hand and closed forms."""

import numpy as np
import pytest
from scipy.stats import nbinom, norm

from oddsmith.intervals import clopper_pearson
from oddsmith.odds import CallColumns, estimate, odds_of_calls, summary_of


def test_importance_gives_back_a_gaussian_tail(importance):
    truth = norm.sf(3.0)
    found = estimate(importance(audit=500), "far")
    assert found.spread == "calls"
    assert abs(found.rate - truth) < 3.0 * found.cov * truth
    assert found.interval[0] < truth < found.interval[1]
    assert found.cov < 0.05
    assert found.total_weight == pytest.approx(1.0, abs=4.0 * found.total_error)
    assert (found.calls, found.all_calls, found.groups) == (4000, 4500, 0)
    needed = (1.0 - found.rate) / (found.rate * found.cov**2)
    assert (found.monte_carlo_calls, found.gain) == pytest.approx((needed, needed / 4500))
    assert found.audit.hits <= 3
    assert found.audit.p_value > 0.05


def test_the_spread_is_that_of_repetitions(importance):
    rates = [estimate(importance(1000, seed=seed), "far") for seed in range(60)]
    measured = np.std([one.rate for one in rates]) / norm.sf(3.0)
    assert measured == pytest.approx(np.mean([one.cov for one in rates]), rel=0.3)


def test_sizes_and_shares_are_those_of_the_weights():
    columns = CallColumns.of(
        role=["main"] * 4,
        weight=[0.5, 0.1, 0.2, 0.2],
        log_lr=[0.7, -0.9, -0.2, -0.2],
        events={"e": [0, 1, 1, 0]},
    )
    found = estimate(columns, "e")
    assert found.rate == pytest.approx(0.3)
    assert found.ess_events == pytest.approx(0.09 / 0.05)
    assert found.ess_population == pytest.approx(1.0 / 0.34)
    assert found.largest_share == pytest.approx(2.0 / 3.0)
    assert found.pareto_k is None


def test_plain_draws_have_the_exact_interval():
    hit = np.zeros(2000, bool)
    hit[:7] = True
    columns = CallColumns.of(role=["main"] * 2000, weight=np.full(2000, 1 / 2000), events={"e": hit})
    found = estimate(columns, "e")
    assert found.spread == "count"
    assert found.rate == pytest.approx(7 / 2000)
    assert found.interval == pytest.approx(clopper_pearson(7, 2000))
    assert found.monte_carlo_calls == pytest.approx(2000)


def test_groups_of_splitting_are_the_units(splitting):
    per_group = np.random.default_rng(2).gamma(4.0, 2.5e-6, 40)
    per_group[[3, 17]] = 0.0
    found = estimate(splitting(per_group), "far")
    assert (found.spread, found.groups, found.zero_groups) == ("groups", 40, 2)
    assert found.rate == pytest.approx(per_group.mean())
    assert found.cov == pytest.approx(per_group.std(ddof=1) / np.sqrt(40) / per_group.mean())
    assert found.total_weight == pytest.approx(1.0, abs=1e-12)
    assert found.total_error == pytest.approx(0.0, abs=1e-12)
    assert found.largest_share == pytest.approx(per_group.max() / per_group.sum())
    assert found.ess_events == pytest.approx((1.0 - found.rate) / found.cov**2)


def test_joined_hunts_of_unequal_weight_are_not_taken_for_spread(splitting):
    """Two hunts with shares 0.9 and 0.1: the variance is 0.81 that of the one and 0.01 that of the other."""
    rates = np.random.default_rng(4).gamma(9.0, 1e-6, (2, 2000))
    parts = [splitting(row) for row in rates]
    shares = (0.9, 0.1)
    joined = CallColumns.of(
        role=np.concatenate([one.role for one in parts]),
        weight=np.concatenate([one.weight * share for one, share in zip(parts, shares, strict=True)]),
        log_lr=np.full(40_000, np.nan),
        group=np.concatenate([parts[0].group, parts[1].group + 2000]),
        events={"far": np.concatenate([one.events["far"] for one in parts])},
    )
    found = estimate(joined, "far")
    spread = np.sqrt(sum((share * row.std()) ** 2 / 2000 for share, row in zip(shares, rates, strict=True)))
    assert found.rate == pytest.approx(0.9 * rates[0].mean() + 0.1 * rates[1].mean())
    assert found.cov * found.rate == pytest.approx(spread, rel=0.03)


def test_the_constraints_widen_the_interval(importance):
    bare = estimate(importance(), "far")
    conditioned = estimate(importance(), "far", conditioning=0.01)
    assert conditioned.cov == pytest.approx(np.sqrt(bare.cov**2 + 0.01))
    assert conditioned.interval[1] > bare.interval[1]
    assert conditioned.interval[0] < bare.interval[0]


def test_pilot_calls_failed_ones_and_rejected_ones_make_no_rate():
    columns = CallColumns.of(
        role=["pilot", "main", "main", "main", "main"],
        weight=[np.nan, 0.25, 0.25, 0.5, 0.0],
        log_lr=[np.nan, 0.0, 0.0, 0.7, 0.0],
        failed=[False, True, False, False, False],
        events={"e": [True, True, False, True, True]},
    )
    found = estimate(columns, "e")
    assert (found.calls, found.hits, found.rate) == (4, 1, 0.5)
    assert found.failed_weight == 0.25
    assert summary_of(columns)["failures"] == {"calls": 1, "weight": 0.25}


def test_modes_share_the_rate_out():
    columns = CallColumns.of(
        role=["main"] * 5,
        weight=[0.1, 0.1, 0.3, 0.2, 0.3],
        log_lr=[-0.7, -0.7, 0.4, 0.0, 0.4],
        mode=["side", "side", "rear", None, None],
        events={"e": [True, True, True, True, False]},
    )
    found = estimate(columns, "e")
    assert {one.mode: one.rate for one in found.modes} == pytest.approx({"rear": 0.3, "side": 0.2, "": 0.2})
    assert found.modes[0].mode == "rear"


def test_the_audit_is_judged_by_the_law_of_its_hits(importance):
    """A gamma-distributed rate gives negative binomial hits; scipy has their law in another form."""
    columns = importance(800, audit=20_000, seed=3)
    found = estimate(columns, "far")
    shape = 1.0 / found.cov**2
    law = nbinom(shape, shape / (shape + 20_000 * found.rate))
    below, above = law.cdf(found.audit.hits), law.sf(found.audit.hits - 1)
    assert found.audit.p_value == pytest.approx(min(1.0, 2.0 * min(below, above)))


def test_exposure_turns_a_probability_into_a_rate_as_the_user_wrote_it(importance):
    exposure = {"rate": 8.5e-5, "unit": "1/m", "text": "0.085 per km", "source": "highD"}
    (odds,) = odds_of_calls(importance(), exposure=exposure)
    assert odds.exposure.unit == "km"
    assert odds.exposure.rate == pytest.approx(0.085 * odds.estimate.rate)
    assert odds.exposure.interval == pytest.approx(tuple(0.085 * end for end in odds.estimate.interval))


def test_an_unknown_event_is_a_key_error(importance):
    with pytest.raises(KeyError):
        estimate(importance(10), "near")

"""When an estimate is trusted, when it is not, and what is said of it."""

import numpy as np
import pytest

from oddsmith.odds import CallColumns, estimate, judge


def plain(hits, n, *, role="main"):
    hit = np.arange(n) < hits
    return CallColumns.of(role=[role] * n, weight=np.full(n, 1.0 / n), events={"e": hit})


def joined(*parts):
    return CallColumns.of(
        role=np.concatenate([part.role for part in parts]),
        weight=np.concatenate([part.weight for part in parts]),
        log_lr=np.concatenate([part.log_lr for part in parts]),
        group=np.concatenate([part.group for part in parts]),
        failed=np.concatenate([part.failed for part in parts]),
        events={name: np.concatenate([part.events[name] for part in parts]) for name in parts[0].events},
    )


def verdict(columns, event="e", **more):
    return judge(estimate(columns, event), **more)


def test_a_good_hunt_is_trusted(importance):
    found = verdict(importance(audit=500), "far")
    assert found.word == "trust"
    assert "500 nominal draws do not contradict it" in found.reasons
    assert found.advice == ()


def test_what_its_own_sampler_doubts_is_not_trusted(importance):
    found = verdict(importance(audit=500), "far", doubt="a trial of its proposal saw no event")
    assert found.word == "weak"
    assert found.reasons == ("a trial of its proposal saw no event",)
    assert found.advice == ("give the hunt more --calls",)


def test_many_plain_hits_are_trusted_and_few_are_not():
    assert verdict(plain(40, 1000)).word == "trust"
    few = verdict(plain(4, 1000))
    assert few.word == "weak"
    assert "coefficient of variation is 50%" in few.reasons[0]
    assert few.advice == ("give the hunt more --calls",)


def test_no_hit_leaves_the_bound_of_nominal_draws():
    found = estimate(plain(0, 1000), "e")
    assert found.rate is None
    assert found.upper == pytest.approx(3.0 / 1000, rel=5e-3)
    assert judge(found).word == "upper bound only"
    assert judge(found).advice


def test_the_bound_comes_from_the_audit_alone_where_the_search_was_tilted(importance):
    tilted = importance(500, shift=-3.0, audit=200)
    found = estimate(tilted, "far")
    assert found.rate is None
    assert found.upper == pytest.approx(1.0 - 0.05 ** (1 / 200))
    assert judge(found).word == "upper bound only"


def test_a_tilted_search_without_audit_knows_nothing(importance):
    found = estimate(importance(500, shift=-3.0), "far")
    assert (found.rate, found.upper) == (None, None)
    assert judge(found).word == "unknown"
    assert "audit_share" in judge(found).advice[0]


def test_calls_without_weights_have_no_odds():
    columns = CallColumns.of(role=["main"] * 5, weight=np.full(5, np.nan), events={"e": np.ones(5, bool)})
    found = verdict(columns)
    assert found.word == "unknown"
    assert "no call has a weight" in found.reasons[0]


def test_a_search_that_misses_a_mode_is_contradicted_by_its_audit(importance):
    """The proposal sees one mode of two; the other has a hundred times its probability."""
    columns = joined(
        importance(4000, level=4.0),
        plain(30, 5000, role="audit").__class__.of(
            role=["audit"] * 5000, weight=np.full(5000, 1 / 5000), events={"far": np.arange(5000) < 16}
        ),
    )
    found = verdict(columns, "far")
    assert found.word == "weak"
    assert any("nominal draws contradict it" in reason for reason in found.reasons)


def test_an_event_that_only_the_audit_saw_is_weak(importance):
    columns = joined(
        importance(500, level=9.0, shift=0.0),
        CallColumns.of(role=["audit"] * 100, weight=np.full(100, 0.01), events={"far": np.arange(100) < 2}),
    )
    found = verdict(columns, "far")
    assert found.word == "weak"
    assert "2 of 100 nominal draws" in found.reasons[0]


def test_one_heavy_call_is_told():
    n = 2000
    weight = np.full(n, 1.0 / n)
    weight[:300] = 1e-6
    weight[0] = 1e-3
    columns = CallColumns.of(
        role=["main"] * n, weight=weight, log_lr=np.log(n * weight), events={"e": np.arange(n) < 300}
    )
    found = verdict(columns)
    assert found.word == "weak"
    assert any("a single call makes 77% of the rate" in reason for reason in found.reasons)
    assert "try --method splitting" in found.advice


def test_weights_that_do_not_sum_to_one_are_told(importance):
    half = importance(4000)
    columns = half.weighing(half.weight * 0.5)
    assert any("sum to 0.5" in reason for reason in verdict(columns, "far").reasons)


def test_groups_that_saw_nothing_are_told(splitting):
    per_group = np.zeros(20)
    per_group[:9] = 1e-5
    found = verdict(splitting(per_group), "far")
    assert found.word == "weak"
    assert any("11 of 20 groups never saw the event" in reason for reason in found.reasons)


def test_even_groups_are_trusted(splitting):
    per_group = np.random.default_rng(0).gamma(9.0, 1e-6, 32)
    assert verdict(splitting(per_group), "far").word == "trust"


def test_failed_calls_and_loose_constraints_are_told():
    columns = plain(40, 1000)
    broken = CallColumns.of(
        role=columns.role, weight=columns.weight, events=columns.events, failed=np.arange(1000) >= 950
    )
    assert "could not be simulated" in verdict(broken).reasons[0]
    assert "constraints" in verdict(columns, conditioning=0.04).reasons[0]

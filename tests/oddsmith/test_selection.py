"""Strata keep their totals, exactly, whatever is chosen."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oddsmith.selection import Candidates, Stratum, allocate, select, stratum_of
from sim.recording import Outcome

STRATA = [Stratum("event", "front"), Stratum("event", "side"), Stratum("near_miss"), Stratum("rest")]
SHARES = {"event": 0.5, "near_miss": 0.25, "rest": 0.25}


def candidates_of(weights, strata, scores=None):
    places = [STRATA.index(stratum) for stratum in strata]
    scores = scores or [0.0] * len(weights)
    return Candidates(
        np.arange(len(weights)), np.array(weights, float), tuple(STRATA), np.array(places), np.array(scores)
    )


def totals(pairs):
    out = {}
    for stratum, weight in pairs:
        out.setdefault(stratum, []).append(weight)
    return {stratum: math.fsum(weights) for stratum, weights in out.items()}


@given(
    st.lists(
        st.tuples(st.floats(1e-12, 1e3), st.sampled_from(STRATA), st.floats(-5, 5) | st.just(-math.inf)),
        min_size=1,
        max_size=120,
    ),
    st.integers(1, 150),
    st.integers(0, 2**40),
)
def test_stratum_totals_are_preserved_exactly(rows, episodes, seed):
    weights, strata, scores = zip(*rows, strict=True)
    candidates = candidates_of(weights, strata, list(scores))
    chosen = select(candidates, episodes=episodes, shares=SHARES, seed=seed)
    before = totals(zip(strata, weights, strict=True))
    after = totals((c.stratum, c.weight) for c in chosen)
    assert before.keys() == after.keys()
    for stratum in before:
        assert after[stratum] == pytest.approx(before[stratum], rel=1e-12)


@given(
    st.lists(st.tuples(st.floats(1e-9, 1e3), st.sampled_from(STRATA)), min_size=1, max_size=100),
    st.integers(1, 120),
)
def test_every_call_stands_at_most_once_and_counts_are_as_wanted(rows, episodes):
    weights, strata = zip(*rows, strict=True)
    chosen = select(candidates_of(weights, strata), episodes=episodes, shares=SHARES, seed=3)
    assert len({one.call for one in chosen}) == len(chosen)
    assert len(chosen) == max(min(episodes, len(rows)), len(set(strata)))
    assert all(0.0 < one.inclusion <= 1.0 for one in chosen)
    for one in chosen:
        assert one.weight == pytest.approx(weights[one.call] / one.inclusion, rel=1e-12)


def test_inclusion_happens_with_the_stated_probability():
    weights = [0.1, 0.2, 0.3, 0.4, 5.0]
    rounds = 4000
    seen: Counter[int] = Counter()
    stated: dict[int, float] = {}
    for seed in range(rounds):
        for one in select(candidates_of(weights, [STRATA[3]] * 5), episodes=3, shares=SHARES, seed=seed):
            seen[one.call] += 1
            stated[one.call] = one.inclusion
    assert stated[4] == 1.0
    for call, p in stated.items():
        z = (seen[call] - rounds * p) / math.sqrt(max(rounds * p * (1 - p), 1e-9))
        assert abs(z) < 4.0 or p == 1.0


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.floats(-14.0, 2.0), min_size=2, max_size=30).map(lambda logs: [10.0**x for x in logs]),
    st.integers(1, 12),
)
def test_whatever_the_weights_calls_are_included_as_often_as_stated(weights, episodes):
    """Frequencies over many seeds against pi = min(1, c w), worked out here by bisection for c."""
    rounds, n = 300, min(episodes, len(weights))
    low, high = 0.0, 1e16
    for _ in range(200):
        middle = math.sqrt(low * high) if low else high / 2
        low, high = (middle, high) if sum(min(1.0, middle * w) for w in weights) < n else (low, middle)
    expected = [min(1.0, high * w) for w in weights]
    seen = np.zeros(len(weights))
    for seed in range(rounds):
        chosen = select(
            candidates_of(weights, [STRATA[0]] * len(weights)), episodes=episodes, shares=SHARES, seed=seed
        )
        for one in chosen:
            seen[one.call] += 1
            assert one.inclusion == pytest.approx(expected[one.call], rel=1e-6)
            assert one.inclusion > 0.0
    for count, p in zip(seen, expected, strict=True):
        assert abs(count - rounds * p) < 5.0 * math.sqrt(rounds * p * (1 - p)) + 1e-6 * rounds + 3.0


def test_candidates_without_weights_are_chosen_evenly_and_exported_without():
    plain = candidates_of([1.0] * 6, [STRATA[0]] * 6)
    chosen = select(replace(plain, is_weighted=False), episodes=3, shares=SHARES, seed=1)
    assert [(one.inclusion, one.weight) for one in chosen] == [(pytest.approx(0.5), None)] * 3


def test_a_weighted_mean_over_the_choice_is_unbiased():
    rng = np.random.default_rng(5)
    weights, values = rng.lognormal(0, 1.5, 40), rng.normal(size=40)
    truth = float(weights @ values)
    estimates = []
    for seed in range(2000):
        chosen = select(candidates_of(list(weights), [STRATA[3]] * 40), episodes=10, shares=SHARES, seed=seed)
        estimates.append(sum(one.weight * values[one.call] for one in chosen))
    error = np.std(estimates) / math.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth) < 4.0 * error


def test_shares_and_modes_are_met_where_the_strata_are_large():
    counts = allocate({s: 1000 for s in STRATA}, 100, SHARES)
    assert counts == {STRATA[0]: 25, STRATA[1]: 25, STRATA[2]: 25, STRATA[3]: 25}


def test_what_a_small_stratum_cannot_take_goes_to_the_others():
    counts = allocate({STRATA[0]: 7, STRATA[2]: 1000, STRATA[3]: 1000}, 100, SHARES)
    assert counts[STRATA[0]] == 7
    assert sum(counts.values()) == 100
    assert abs(counts[STRATA[2]] - counts[STRATA[3]]) <= 1


def test_no_stratum_is_left_out_even_when_its_share_is_nothing():
    counts = allocate({s: 50 for s in STRATA}, 10, {"event": 1.0})
    assert min(counts.values()) == 1
    assert sum(counts.values()) == 10


def test_the_choice_spreads_over_the_score():
    scores = [float(i) for i in range(100)]
    chosen = select(candidates_of([1.0] * 100, [STRATA[3]] * 100, scores), episodes=10, shares=SHARES, seed=1)
    assert sorted(one.call // 10 for one in chosen) == list(range(10))


def outcome_with(scores, mode=""):
    nothing = dict.fromkeys(scores, math.nan)
    return Outcome(scores, nothing, nothing, {}, mode)


def test_the_stratum_tells_target_near_miss_and_rest_apart():
    assert stratum_of(outcome_with({"crash": 0.0, "near": -1.0}, "front"), "crash") == Stratum("event", "front")
    assert stratum_of(outcome_with({"crash": -0.1, "near": 2.0}), "crash") == Stratum("near_miss")
    assert stratum_of(outcome_with({"crash": -0.1, "near": -2.0}, "front"), "crash") == Stratum("rest")
    assert Stratum("event", "front").name == "event:front"

"""Ways into the event are told apart without a user's modes, and telling them apart bends no weight."""

from __future__ import annotations

import math

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.special import ndtr

from oddsmith import generation
from oddsmith.calls import ScoredCall, pack
from oddsmith.catalog import load_scenario
from oddsmith.disk import write_file
from oddsmith.diversity import Clusters, clustered
from oddsmith.event_features import ParameterSpace, SignalSpace
from oddsmith.hunt import Hunt
from oddsmith.layout import Layout
from oddsmith.selection import Stratum, select
from oddsmith.verification import verify
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import Call, Weights

NEVER = {"far": math.nan, "fast": math.nan}
NO_MODES = (
    'modes:\n  sprint: "top_speed(ball) > 3 m/s"\n  stroll: "top_speed(ball) <= 3 m/s"\n',
    "",
)


@pytest.fixture
def found(tmp_path):
    """Return a function that gives a hunt of these draws, all of them events of weight 1/n."""

    def make(us, scores=None):
        scores = scores or [1.0] * len(us)
        layout = Layout(tmp_path / "hunt")
        scored = [
            ScoredCall(
                Call(i, Draw(i, tuple(u))),
                Outcome({"far": s, "fast": -1.0}, {"far": 1.0, "fast": math.nan}, NEVER, {}),
                {},
            )
            for i, (u, s) in enumerate(zip(us, scores, strict=True))
        ]
        write_file(layout.batch(0), pack(scored))
        n = len(us)
        weights = Weights(np.full(n, 1 / n), np.zeros(n))
        strata = (Stratum("event", "sprint"), Stratum("event", "stroll"))
        score = np.array(scores)
        return Hunt(
            layout, 1, weights, strata, np.arange(n) % 2, np.ones(n, np.int8), score, np.zeros(n, bool), ()
        )

    return make


def two_ways(n, *, seed=0):
    """Return points of (0, 1)^2 where the first normal score is near 3 or, one time in ten, near -3."""
    rng = np.random.default_rng(seed)
    way = rng.random(n) < 0.1
    z = rng.normal(size=n) * 0.3 + np.where(way, -3.0, 3.0)
    return way, np.column_stack([ndtr(z), rng.random(n)]).tolist()


@pytest.fixture
def by_parameters(scenario_file):
    return load_scenario(scenario_file(NO_MODES))


def test_the_rare_way_gets_as_many_episodes_as_the_common_one(found, by_parameters):
    way, us = two_ways(1000)
    hunt, clusters = clustered(found(us), by_parameters)
    assert clusters.features == ("speed", "ground=0", "ground=1")
    assert all(stratum.kind == "event" for stratum in hunt.strata)
    pure = [set(way[hunt.stratum == place].tolist()) for place in np.unique(hunt.stratum)]
    assert all(len(ways) == 1 for ways in pure)
    chosen = select(hunt.candidates("population"), episodes=80, shares={"event": 1.0}, seed=1)
    rare = [one for one in chosen if way[one.call]]
    assert len(rare) >= 80 / len(pure) - 1
    assert math.fsum(one.weight for one in rare) == pytest.approx(way.mean(), rel=1e-12)


def test_a_parameter_counts_by_how_far_the_event_moved_it():
    _, us = two_ways(1000)
    space = ParameterSpace(("speed", "idle"), {})
    raw = space.of(ScoredCall(Call(0, Draw(0, tuple(u))), None, {}) for u in us)
    _, scale = space.scaling(raw)
    assert scale[0] > 0.9
    assert scale[1] < 0.1


def test_a_choice_counts_by_its_shares(by_parameters):
    space = ParameterSpace(("ground",), {0: (0.7, 0.3)})
    calls = [ScoredCall(Call(0, Draw(0, (0.1 if i % 10 else 0.9,))), None, {}) for i in range(500)]
    raw = space.of(calls)
    assert raw.mean(axis=0) == pytest.approx([0.9, 0.1])
    divergence = 0.9 * math.log(0.9 / 0.7) + 0.1 * math.log(0.1 / 0.3) - 2 / 500
    assert space.scaling(raw)[1] == pytest.approx([divergence / (divergence + 0.1)] * 2)
    assert space.features == ("ground=0", "ground=1")


def test_signals_that_vary_count_the_same_whatever_their_units():
    space = SignalSpace(("e",), "e", ("speed(a)", "same(a)"))
    calls = [
        ScoredCall(
            Call(0, Draw(0, ())),
            Outcome({"e": i / 100}, {"e": 1.0}, {}, {"speed(a)": 1000.0 * i, "same(a)": 7.0} if i else {}),
            {},
        )
        for i in range(101)
    ]
    raw = space.of(calls)
    shift, scale = space.scaling(raw)
    assert scale[0] * 0.5 == pytest.approx(scale[2] * 50_000.0, rel=0.05)
    assert scale[[1, 3]].tolist() == [0.0, 0.0]
    blank = Clusters("signals", space.features, shift, scale, np.zeros((1, 4)))
    assert np.isfinite(blank.scaled(raw)).all()


def test_few_events_and_wished_for_sameness_stay_one_stratum(found, by_parameters, scenario_file):
    _, us = two_ways(49)
    hunt, clusters = clustered(found(us), by_parameters)
    assert (hunt.strata, clusters) == ((Stratum("event"),), None)
    _, us = two_ways(200)
    none = load_scenario(scenario_file(NO_MODES), {"sampling.diversity.by": "none"})
    assert clustered(found(us), none)[0].strata == (Stratum("event"),)
    modes = load_scenario(scenario_file())
    assert clustered(found(us), modes)[0].strata == (Stratum("event", "sprint"), Stratum("event", "stroll"))


def test_a_later_part_is_cut_like_the_first(found, by_parameters):
    _, us = two_ways(400)
    _, clusters = clustered(found(us), by_parameters)
    again = Clusters.from_data(clusters.to_data())
    few = found(us[:10])
    places = clustered(few, by_parameters, again)[0]
    names = [places.strata[k].name for k in places.stratum]
    first = clustered(found(us), by_parameters)[0]
    assert names == [first.strata[k].name for k in first.stratum[:10]]


@pytest.mark.parametrize("by", ["parameters", "signals"])
def test_a_dataset_is_cut_and_keeps_its_odds(scenario_file, tmp_path, by):
    overrides = {"sampling.diversity.by": by, "sampling.calls": "400", "sampling.episodes": "30"}
    scenario = load_scenario(scenario_file(NO_MODES), overrides)
    summary = generation.run(scenario, tmp_path / "out", overrides=overrides)
    calls, episodes = (pq.read_table(summary.folder / name).to_pylist() for name in ("calls", "episodes"))
    strata = {call["stratum"] for call in calls}
    assert {"event:cluster_1", "event:cluster_2"} <= strata
    for stratum in strata:
        before = math.fsum(call["weight"] for call in calls if call["stratum"] == stratum)
        after = math.fsum(one["weight"] for one in episodes if one["stratum"] == stratum)
        assert after == pytest.approx(before, rel=1e-12)
    second = generation.extend(summary.folder, calls=100, episodes=8)
    assert verify(second.folder)
    later = [call for call in pq.read_table(second.folder / "calls").to_pylist() if call["part"] == 1]
    assert {call["stratum"] for call in later} <= strata | {"event:cluster_1"}
    assert any((call["stratum"] or "").startswith("event:cluster_") for call in later)

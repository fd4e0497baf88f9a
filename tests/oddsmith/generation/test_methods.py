"""The searches there are, from scenario to dataset: stopped, shared out, extended, the bytes are the same."""

from __future__ import annotations

import json
import math
import os
import signal

import pyarrow.parquet as pq
import pytest

from oddsmith import generation
from oddsmith.batch import Stopped
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.verification import verify
from sim.errors import RunError

METHODS = ("importance", "splitting", "auto")
RARE = ("way(ball) > 5 m", "way(ball) > 6 m")


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def make(scenario_file, tmp_path):
    """Return a function that makes a dataset by a method."""

    def run(method, *replacements, name="out", calls=1500, **settings):
        overrides = {"sampling.method": method, "sampling.calls": str(calls), "sampling.episodes": "16"}
        scenario = load_scenario(scenario_file(*(replacements or (RARE,))), overrides)
        return generation.run(scenario, tmp_path / name, overrides=overrides, **settings)

    return run


@pytest.fixture
def whole(_kept, make):
    """Return a function that gives the hash of an undisturbed run, made once per method."""

    def made(method):
        if method not in _kept:
            _kept[method] = make(method, name=f"whole_{method}")
        return _kept[method]

    return made


def rows(summary, table):
    return pq.read_table(summary.folder / table).to_pylist()


@pytest.mark.parametrize("method", METHODS)
def test_a_search_makes_a_dataset_whose_weights_give_the_population_back(whole, method):
    summary = whole(method)
    calls, episodes = rows(summary, "calls"), rows(summary, "episodes")
    arms = {role: [call for call in calls if call["role"] == role] for role in ("pilot", "main", "audit")}
    assert all(arms.values())
    assert all(call["weight"] is None for call in arms["pilot"])
    total = math.fsum(call["weight"] for call in arms["main"])
    assert total == pytest.approx(1.0, abs=1e-12 if method == "splitting" else 0.3)
    for stratum in {call["stratum"] for call in arms["main"] if call["weight"]}:
        before = math.fsum(call["weight"] for call in arms["main"] if call["stratum"] == stratum)
        after = math.fsum(one["weight"] for one in episodes if one["stratum"] == stratum)
        assert after == pytest.approx(before, rel=1e-12)
    assert sum(episode["event.far"] for episode in episodes) >= 0.45 * len(episodes)
    found = json.loads((summary.folder / "manifest.json").read_text())
    assert found["frozen"] is not None
    assert found["hunt"]["main_calls"] == len(arms["main"])
    assert verify(summary.folder)


def test_the_rate_is_the_nominal_one(whole, make):
    """Both intervals hold the truth in 95 of 100 cases; the seed is fixed."""
    plain = make("nominal", name="plain").odds["far"]["interval"]
    for method in METHODS:
        low, high = whole(method).odds["far"]["interval"]
        assert low <= plain[1]
        assert plain[0] <= high


@pytest.mark.parametrize("method", ["importance", "splitting"])
def test_two_workers_make_the_same_dataset(whole, make, method):
    assert make(method, workers=2).dataset_hash == whole(method).dataset_hash


@pytest.mark.parametrize(
    ("method", "phase", "done"),
    [("importance", "pilot", 1), ("splitting", "pilot", 1), ("splitting", "main", 1), ("auto", "main", 1)],
)
def test_a_stopped_search_goes_on_to_the_same_bytes(whole, make, tmp_path, method, phase, done):
    def stop(progress):
        if progress.stage == "hunt" and progress.phase == phase and progress.done >= done:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped, match="batches of the hunt are kept"):
        make(method, listen=stop)
    assert list(Layout(tmp_path / "out").batch(0).parent.glob("*.json"))
    assert generation.resume(tmp_path / "out").dataset_hash == whole(method).dataset_hash


@pytest.mark.parametrize("method", ["importance", "splitting"])
def test_more_calls_come_from_the_frozen_search(make, method):
    first = make(method)
    second = generation.extend(first.folder, calls=800, episodes=6)
    later = [call for call in rows(second, "calls") if call["part"] == 1]
    assert {call["role"] for call in later} == {"main", "audit"}
    assert len(later) <= 800
    main = [call["weight"] for call in rows(second, "calls") if call["role"] == "main"]
    assert math.fsum(main) == pytest.approx(1.0, abs=1e-12 if method == "splitting" else 0.3)
    low, high = second.odds["far"]["interval"]
    assert low < first.odds["far"]["rate"] < high
    assert verify(second.folder)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_certain_is_refused_and_leaves_nothing(make, tmp_path, method):
    with pytest.raises(
        RunError, match=r"^far occurs in each of \d+ natural episodes: it is not rare but certain$"
    ):
        make(method, ("way(ball) > 5 m", "way(ball) > -9 m"), calls=1200)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_occur_has_an_upper_bound_and_no_more(make, method):
    summary = make(method, ("way(ball) > 5 m", "way(ball) > 1e6 m"), calls=1200)
    odds = summary.odds["far"]
    assert (odds["hits"], odds["verdict"]) == (0, "upper bound only")
    assert any("came nearer to far" in warning for warning in summary.warnings)
    assert 0.0 < odds["upper"] < 0.01


def test_a_score_that_never_varies_is_warned_of(make):
    summary = make("auto", ("way(ball) > 5 m", "speed(ball) * 0 > 1 m/s"), calls=1200)
    assert summary.warnings[-1].startswith("every episode scored -1 for the target")
    assert summary.odds["far"]["verdict"] == "upper bound only"

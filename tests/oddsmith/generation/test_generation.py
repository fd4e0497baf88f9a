"""A dataset is a function of scenario and seed, keeps its odds, and leaks nothing."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from oddsmith import generation
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.verification import verify
from sim.errors import RunError, UsageError

FAILING = ("mishap: 0.0", "mishap: 0.03")
SECOND_SENSOR = (
    "  wheel: {odometry: {rate: 10 Hz}, on: ball}",
    "  wheel: {odometry: {rate: 10 Hz}, on: ball}\n  other: {odometry: {rate: 25 Hz}, on: ball}",
)


@pytest.fixture
def made(scenario_file, tmp_path):
    """Return a function that makes a dataset of the toy scenario."""

    def make(*replacements, name="out", seed=0, workers=1, overrides=None, listen=lambda progress: None):
        scenario = load_scenario(scenario_file(*replacements), overrides or {})
        return generation.run(
            scenario, tmp_path / name, seed=seed, workers=workers, overrides=overrides or {}, listen=listen
        )

    return make


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def standard(_kept, scenario_file, tmp_path_factory):
    """The toy scenario's dataset, made once; nobody changes it."""
    if "standard" not in _kept:
        out = tmp_path_factory.mktemp("standard") / "out"
        _kept["standard"] = generation.run(load_scenario(scenario_file()), out)
    return _kept["standard"]


def table(summary, name):
    return pq.read_table(summary.folder / name).to_pylist()


def test_one_and_three_workers_make_the_same_dataset(standard, made):
    assert standard.dataset_hash == made(name="three", workers=3).dataset_hash


def test_every_byte_is_as_the_manifest_says(standard):
    summary = standard
    assert verify(summary.folder).dataset_hash == summary.dataset_hash
    assert sorted(path.name for path in summary.folder.iterdir()) == [
        "README.md",
        "calls",
        "croissant.json",
        "episodes",
        "manifest.json",
        "occurrences",
        "plan.jsonl",
        "scenario.yaml",
        "steps",
        "wheel",
    ]


def test_calls_weigh_one_in_all_and_strata_keep_their_totals(standard):
    summary = standard
    calls, episodes = table(summary, "calls"), table(summary, "episodes")
    assert math.fsum(call["weight"] for call in calls) == pytest.approx(1.0, abs=1e-12)
    strata = {call["stratum"] for call in calls}
    assert {episode["stratum"] for episode in episodes} == strata
    for stratum in strata:
        before = math.fsum(call["weight"] for call in calls if call["stratum"] == stratum)
        after = math.fsum(one["weight"] for one in episodes if one["stratum"] == stratum)
        assert after == pytest.approx(before, rel=1e-12)
    assert len(episodes) == summary.episodes == 40
    assert sum(episode["event.far"] for episode in episodes) == 20  # the default share


def test_episodes_are_their_calls(standard):
    summary = standard
    calls = {call["call"]: call for call in table(summary, "calls")}
    for episode in table(summary, "episodes"):
        call = calls[episode["call"]]
        shared = call.keys() & episode.keys() - {"weight"}
        assert {name: episode[name] for name in shared} == {name: call[name] for name in shared}
        assert episode["weight"] == pytest.approx(call["weight"] / episode["inclusion"], rel=1e-12)


def test_rates_come_from_the_calls(standard):
    summary = standard
    calls = table(summary, "calls")
    for event, odds in summary.odds.items():
        hits = sum(call[f"event.{event}"] for call in calls)
        assert odds["hits"] == hits
        assert odds["rate"] == pytest.approx(hits / 600)
        assert odds["interval"][0] < hits / 600 < odds["interval"][1]


def test_samples_stand_on_the_grid_inside_the_capture_window(standard):
    summary = standard
    times = {episode["episode_id"]: episode for episode in table(summary, "episodes")}
    rows = table(summary, "wheel")
    assert {row["episode_id"] for row in rows} == set(times)
    for row in rows:
        assert row["t"] == pytest.approx(round(row["t"] * 10) / 10)
        peak = times[row["episode_id"]]["peak_time.far"]
        assert peak - 1.0 - 1e-6 <= row["t"] <= min(2.0, peak + 0.5) + 1e-6
    for episode_id in times:
        samples = [row["sample"] for row in rows if row["episode_id"] == episode_id]
        assert samples == list(range(len(samples)))


def test_observations_hold_keys_features_and_labels_only(standard):
    summary = standard
    schema = pq.read_schema(next((summary.folder / "wheel").iterdir()))
    assert {field.metadata[b"role"] for field in schema} <= {b"key", b"feature", b"label"}
    assert not {"weight", "seed", "key", "stratum", "split"} & set(schema.names)


def test_ids_and_their_order_tell_nothing_of_the_outcome(standard):
    episodes = table(standard, "episodes")
    ids = [episode["episode_id"] for episode in episodes]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    happened = [episode["event.far"] for episode in episodes]
    changes = sum(a != b for a, b in pairwise(happened))
    assert 8 < changes < 32  # 20 of 40: about 20 if shuffled, 1 if sorted


def test_no_family_stands_in_two_splits(standard):
    episodes = table(standard, "episodes")
    families = {}
    for episode in episodes:
        families.setdefault(episode["root_id"], set()).add(episode["split"])
    assert all(len(splits) == 1 for splits in families.values())
    assert {episode["split"] for episode in episodes} <= {"train", "val", "test"}


def test_a_new_sensor_leaves_the_others_bytes_alone(standard, made):
    before, after = standard, made(SECOND_SENSOR, name="after")
    assert (after.folder / "other").is_dir()
    for file in sorted(Layout(before.folder).tables()):
        path = file.relative_to(before.folder)
        assert (after.folder / path).read_bytes() == file.read_bytes()


def test_the_same_dataset_is_not_made_twice(made):
    first = made()
    stamps = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    again = made()
    assert (first.made, again.made) == (True, False)
    assert again.dataset_hash == first.dataset_hash
    assert stamps == {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    assert generation.resume(first.folder).made is False


def test_another_dataset_in_the_folder_is_refused(made):
    made()
    with pytest.raises(UsageError, match="its seed is 0, not 1"):
        made(seed=1)
    with pytest.raises(UsageError, match="its scenario's content is"):
        made(("calls: 600", "calls: 601"))


def test_a_folder_with_other_things_is_refused_and_left_alone(made, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="holds something else"):
        made()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        made(name="file")


def test_neither_place_nor_time_enters(standard, made, tmp_path):
    near, far = standard, made(name="deep/down/far")
    assert near.dataset_hash == far.dataset_hash
    for path in ("manifest.json", "plan.jsonl", "README.md", "croissant.json"):
        text = (near.folder / path).read_text()
        assert text == (far.folder / path).read_text()
        assert str(tmp_path) not in text
        assert str(near.folder) not in text


def test_overrides_hold_in_workers_and_stand_in_the_manifest(made):
    overrides = {"parameters.ground": "ice"}
    summary = made(overrides=overrides, workers=2)
    assert {call["parameters.ground"] for call in table(summary, "calls")} == {"ice"}
    assert json.loads((summary.folder / "manifest.json").read_text())["overrides"] == overrides


def test_calls_that_fail_are_counted_and_weighed_but_not_exported(made):
    summary = made(FAILING)
    calls = table(summary, "calls")
    failed = [call for call in calls if call["failure"]]
    assert 3 < len(failed) < 45
    assert all(call["event.far"] is None and call["weight"] == 1 / 600 for call in failed)
    assert "the ball burst" in failed[0]["failure"]
    noted = json.loads((summary.folder / "manifest.json").read_text())["failures"]
    assert noted == {"calls": len(failed), "weight": pytest.approx(len(failed) / 600)}
    assert not {call["call"] for call in failed} & {one["call"] for one in table(summary, "episodes")}


def test_a_hunt_in_which_everything_fails_stops_and_says_why(made):
    with pytest.raises(RunError, match=r"all of the first 256 episodes failed.*the ball burst"):
        made(("mishap: 0.0", "mishap: 1.0"))


def test_nothing_found_is_told_with_what_to_do(made):
    with pytest.raises(RunError, match=r"none of 600 calls came to far.*--calls"):
        made(("> 5 m", "> 500 m"), ("method: nominal", "method: event"))


def test_the_event_method_exports_the_event_alone(made):
    summary = made(("method: nominal", "method: event"))
    episodes = table(summary, "episodes")
    assert all(episode["event.far"] for episode in episodes)
    assert {episode["method"] for episode in episodes} == {"event"}
    assert math.fsum(one["weight"] for one in episodes) == pytest.approx(summary.odds["far"]["rate"])


def test_progress_goes_through_all_stages_and_counts_up(made):
    seen = []
    made(listen=seen.append)
    stages = [progress.stage for progress in seen]
    assert list(dict.fromkeys(stages)) == ["compile", "hunt", "select", "render", "finish"]
    for stage, total in (("hunt", 600), ("render", 40)):
        counts = [progress.done for progress in seen if progress.stage == stage]
        assert counts == sorted(counts)
        assert (counts[0], counts[-1]) == (0, total)


def test_the_forecast_counts_what_the_run_then_makes(scenario_file, standard):
    forecast = generation.plan(load_scenario(scenario_file()))
    summary = standard
    assert (forecast.calls, forecast.episodes) == (summary.calls, summary.episodes)
    assert forecast.shards == len(list((summary.folder / "episodes").iterdir()))
    assert forecast.frames["wheel"] == pytest.approx(summary.tables["wheel"], rel=0.4)
    assert forecast.bytes > 0
    assert forecast.seconds > 0

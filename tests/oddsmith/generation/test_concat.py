"""Runs of several seeds read as one: weights by main calls, nothing mixed that does not belong together."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import oddsmith
from oddsmith import generation
from oddsmith.catalog import load_scenario
from oddsmith.errors import DatasetError
from oddsmith.layout import Layout

FEW = {"sampling.calls": "120", "sampling.episodes": "12"}


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def runs(_kept, scenario_file, tmp_path_factory):
    """Two runs of one scenario, the second extended to twice the calls; nobody changes them."""
    if not _kept:
        out = tmp_path_factory.mktemp("runs")
        scenario = load_scenario(scenario_file(), FEW)
        for seed in (1, 2):
            generation.run(scenario, out / str(seed), overrides=FEW, seed=seed)
        generation.extend(out / "2", calls=120, episodes=4)
        _kept["runs"] = [oddsmith.Dataset(out / "1"), oddsmith.Dataset(out / "2")]
    return _kept["runs"]


@pytest.fixture
def joined(runs):
    return oddsmith.Dataset.concat(runs)


def test_weights_are_shared_out_by_main_calls(joined, runs):
    ids, weights = joined.weights()
    own = [run.weights() for run in runs]
    assert ids == own[0][0] + own[1][0]
    assert np.array_equal(weights, np.concatenate([own[0][1] * (120 / 360), own[1][1] * (240 / 360)]))
    assert math.fsum(weights) == pytest.approx(1.0, rel=1e-12)
    calls = joined.to_arrow("calls")
    assert calls.num_rows == 360
    assert calls["weight"].to_pylist() == pytest.approx([1 / 360] * 360, rel=1e-12)


def test_groups_and_seeds_keep_runs_apart(joined, runs):
    calls = joined.to_pandas("calls", columns=["seed", "group", "weight"])
    assert list(calls.columns) == ["group", "weight", "seed"]
    groups = calls.groupby("seed")["group"].agg(["min", "max"])
    assert groups.loc[1, "max"] < groups.loc[2, "min"]
    assert joined.columns("calls")["seed"] == "meta"
    assert joined.to_arrow("episodes").schema.field("weight").metadata[b"role"] == b"weight"
    assert "role" not in joined.to_arrow("calls", columns=["weight"]).column_names


def test_episodes_frames_and_tables_go_over_all_runs(joined, runs):
    assert len(joined) == sum(map(len, runs)) == 28
    episodes = list(joined.episodes())
    ids, weights = joined.weights()
    assert [episode.id for episode in episodes] == ids
    assert [episode.weight for episode in episodes] == weights.tolist()
    frames = list(joined.frames("wheel"))
    assert [(f.episode.id, f.index) for f in frames] == [
        (f.episode.id, f.index) for run in runs for f in run.frames("wheel")
    ]
    share = {episode.id: episode.weight for episode in episodes}
    assert all(frame.weight == share[frame.episode.id] for frame in frames)
    last = episodes[-1]
    assert len(list(last.frames("wheel"))) == sum(frame.episode.id == last.id for frame in frames)
    assert joined.episode(last.id).weight == last.weight
    assert joined.features("wheel").num_rows == len(frames)
    assert {e.id for e in joined.episodes(event="far")} == {e.id for e in episodes if e.events["far"]}
    thirds = [{f.episode.id for f in joined.frames("wheel", part=(k, 3))} for k in range(3)]
    assert sum(map(len, thirds)) == len(set.union(*thirds)) == 28


def test_the_odds_of_all_runs_can_be_read(joined):
    from oddsmith.odds import read_calls

    columns = read_calls(joined)
    assert len(columns) == 360
    assert float(columns.weight.sum()) == pytest.approx(1.0, rel=1e-12)
    assert joined.manifest["seeds"] == [1, 2]
    assert "seed" not in joined.manifest
    assert "odds" not in joined.manifest


def test_what_does_not_belong_together_is_refused(runs, scenario_file, tmp_path):
    path = runs[0].folder.path
    with pytest.raises(DatasetError, match="two datasets have seed 1"):
        oddsmith.Dataset.concat([path, path])
    with pytest.raises(DatasetError, match="nothing to join"):
        oddsmith.Dataset.concat([])
    other = load_scenario(scenario_file(("duration: 2 s", "duration: 2.5 s")), FEW)
    generation.run(other, tmp_path / "other", overrides=FEW, seed=3)
    with pytest.raises(DatasetError, match=r"cannot be joined with .*: its scenario's content is"):
        oddsmith.Dataset.concat([path, tmp_path / "other"])
    manifest = Layout(tmp_path / "other").manifest
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    with pytest.raises(DatasetError, match="its format is 99, not 1"):
        oddsmith.Dataset.concat([path, tmp_path / "other"])
    manifest.unlink()
    with pytest.raises(DatasetError, match="is unfinished"):
        oddsmith.Dataset.concat([path, tmp_path / "other"])


def test_a_joined_dataset_streams_to_torch(joined):
    pytest.importorskip("torch")
    rows = list(joined.torch("wheel", columns=("speed",), event="far"))
    wanted = {episode.id: episode.weight for episode in joined.episodes(event="far")}
    assert {row["episode_id"]: row["weight"] for row in rows} == wanted

"""An extension adds calls and episodes, keeps what sensors saw, and never loses the dataset it extends."""

from __future__ import annotations

import json
import math
import os
import signal

import pyarrow.parquet as pq
import pytest

from oddsmith import generation, switching
from oddsmith.batch import Stopped
from oddsmith.catalog import load_scenario
from oddsmith.dataset import Dataset
from oddsmith.layout import Layout
from oddsmith.replay import replay
from oddsmith.verification import verify
from sim.errors import RunError, Unfinished, UsageError
from sim.samplers import TABLE

FEW = {"sampling.calls": "240", "sampling.episodes": "16"}


@pytest.fixture
def base(monkeypatch, scenario_file, tmp_path):
    """Return a function that makes a searched and audited dataset to extend."""
    from toysampler import Audited

    monkeypatch.setitem(TABLE, "nominal", Audited)

    def make(name="out"):
        scenario = load_scenario(scenario_file(), FEW)
        return generation.run(scenario, tmp_path / name, overrides=FEW)

    return make


def more(summary, **settings):
    return generation.extend(summary.folder, calls=120, episodes=8, **settings)


def table(summary, name):
    return pq.read_table(summary.folder / name).to_pylist()


def manifest(summary):
    return json.loads((summary.folder / "manifest.json").read_text())


def test_an_extension_adds_a_part_and_leaves_what_sensors_saw_alone(base):
    first = base()
    seen = {path: path.read_bytes() for path in first.folder.glob("wheel/*.parquet")}
    episodes = {one["episode_id"]: one for one in table(first, "episodes")}
    second = more(first)
    assert second.made
    assert (second.calls, second.episodes) == (360, 24)
    assert {path: path.read_bytes() for path in seen} == seen
    assert verify(second.folder).dataset_hash == second.dataset_hash != first.dataset_hash
    assert not Layout(second.folder).work.exists()
    parts = manifest(second)["parts"]
    assert [(p["calls"], p["main"], p["audit"], p["episodes"], p["first_shard"]) for p in parts] == [
        (240, 120, 24, 16, 0),
        (120, 108, 12, 8, 4),
    ]
    for one in table(second, "episodes"):
        if one["episode_id"] in episodes:
            before = episodes[one["episode_id"]]
            assert one["weight"] == before["weight"] * (120 / 228)
            assert {**one, "weight": 0} == {**before, "weight": 0}


def test_both_parts_weigh_by_their_main_calls_and_strata_keep_their_totals(base):
    first = base()
    own = {call["call"]: call for call in table(first, "calls")}
    second = more(first)
    calls, episodes = table(second, "calls"), table(second, "episodes")
    assert [call["call"] for call in calls] == list(range(360))
    assert [call["part"] for call in calls] == [0] * 240 + [1] * 120
    assert math.fsum(c["weight"] for c in calls if c["role"] == "audit") == pytest.approx(1.0, rel=1e-12)
    for call in calls[:240]:
        share = {"pilot": 1.0, "main": 120 / 228, "audit": 24 / 36}[call["role"]]
        before = own[call["call"]]["weight"]
        assert call["weight"] == (None if before is None else before * share)
    for call in calls[240:]:
        if call["role"] == "main" and call["weight"]:
            assert call["weight"] == pytest.approx(math.exp(call["log_lr"]) / 228, rel=1e-12)
    for stratum in {call["stratum"] for call in calls if call["role"] == "main" and call["weight"]}:
        before = math.fsum(c["weight"] for c in calls if (c["role"], c["stratum"]) == ("main", stratum))
        after = math.fsum(one["weight"] for one in episodes if one["stratum"] == stratum)
        assert after == pytest.approx(before, rel=1e-12)
    main = math.fsum(c["weight"] for c in calls if c["role"] == "main" and c["event.far"])
    assert second.odds["far"]["rate"] == pytest.approx(main, rel=1e-12)


def test_parts_share_neither_draws_nor_groups_nor_families(base):
    second = more(base())
    calls = table(second, "calls")
    old, new = calls[:240], calls[240:]
    for column in ("key", "group", "root_id"):
        assert not {call[column] for call in old} & {call[column] for call in new}
    splits = {}
    for one in table(second, "episodes"):
        splits.setdefault(one["root_id"], set()).add(one["split"])
    assert all(len(found) == 1 for found in splits.values())


def test_old_and_new_episodes_replay_and_read(base):
    second = more(base())
    ids = [one["episode_id"] for one in table(second, "episodes")]
    assert replay(second.folder, ids[0]).is_identical
    assert replay(second.folder, ids[-1]).is_identical
    dataset = Dataset(second.folder)
    assert [episode.id for episode in dataset.episodes()] == ids
    assert {frame.episode.id for frame in dataset.frames("wheel")} == set(ids)


def test_an_extension_can_be_extended(base):
    third = more(more(base()))
    assert (third.calls, third.episodes) == (480, 32)
    calls = table(third, "calls")
    share = [sum(c["part"] == part and c["role"] == "main" for c in calls) / 336 for part in range(3)]
    assert share == [120 / 336, 108 / 336, 108 / 336]
    for call in calls:
        if call["role"] == "main" and call["weight"]:
            assert call["weight"] == pytest.approx(math.exp(call["log_lr"]) / 336, rel=1e-12)
    assert verify(third.folder)


def test_workers_do_not_matter(base):
    assert more(base("a")).dataset_hash == more(base("b"), workers=2).dataset_hash


@pytest.mark.parametrize(("stage", "done"), [("hunt", 64), ("render", 4), ("finish", 0)])
def test_a_stopped_extension_leaves_the_old_dataset_whole_and_resumes_to_the_same_bytes(base, stage, done):
    expected = more(base("whole")).dataset_hash
    first = base("stopped")

    def stop(progress):
        if progress.stage == stage and progress.done >= done:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped, match="oddsmith resume"):
        more(first, listen=stop)
    assert verify(first.folder).dataset_hash == first.dataset_hash
    with pytest.raises(Unfinished, match="oddsmith resume"):
        more(first)
    assert generation.resume(first.folder).dataset_hash == expected
    assert verify(first.folder).dataset_hash == expected


@pytest.mark.parametrize("moved", [0, 3, 12])
def test_a_change_of_places_that_was_cut_short_is_completed(base, monkeypatch, moved):
    expected = more(base("whole")).dataset_hash
    first = base("cut")
    plain, left = switching._move, [moved]

    def move(*arguments):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        plain(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(switching, "_move", move)
        with pytest.raises(KeyboardInterrupt):
            more(first)
    with pytest.raises(Unfinished, match="oddsmith resume"):
        verify(first.folder)
    with pytest.raises(Unfinished, match="oddsmith resume"):
        generation.run(load_scenario(first.folder / "scenario.yaml", FEW), first.folder)
    assert generation.resume(first.folder).dataset_hash == expected
    assert verify(first.folder).dataset_hash == expected
    assert not Layout(first.folder).work.exists()


def test_what_cannot_be_extended_is_told_and_left_alone(base, monkeypatch, tmp_path):
    first = base()
    monkeypatch.setattr("toysampler.Tilted.tell", _refuse)
    with pytest.raises(RunError, match=r"^nothing to search by$"):
        more(first)
    assert verify(first.folder).dataset_hash == first.dataset_hash
    assert not Layout(first.folder).work.exists()
    path = Layout(first.folder).manifest
    path.write_text(json.dumps({**manifest(first), "frozen": None}))
    with pytest.raises(UsageError, match="froze no proposal"):
        more(first)


def _refuse(self, outcomes):
    raise RunError("nothing to search by")

"""The main job on a bundled scenario, pictures and all: same bytes however it is made."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from oddsmith import generation
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.replay import replay
from oddsmith.verification import verify

SMALL = {
    "sampling.calls": "60",
    "sampling.episodes": "5",
    "sensors.front.camera.resolution": "[96, 72]",
    "sensors.front.camera.rate": "1 Hz",
}


@pytest.mark.slow
def test_pictures_and_labels_come_out_the_same_from_one_worker_two_and_a_replay(tmp_path):
    scenario = load_scenario("driving/cut_in", SMALL)
    one = generation.run(scenario, tmp_path / "one", overrides=SMALL)
    two = generation.run(scenario, tmp_path / "two", overrides=SMALL, workers=2)
    assert one.dataset_hash == two.dataset_hash
    assert verify(two.folder).dataset_hash == two.dataset_hash
    episodes = pq.read_table(one.folder / "episodes").to_pylist()
    assert replay(one.folder, episodes[-1]["episode_id"]).is_identical
    frames = pq.read_table(one.folder / "front").to_pylist()
    assert {frame["episode_id"] for frame in frames} == {one["episode_id"] for one in episodes}
    assert all(frame["rgb"]["bytes"][:2] == b"\xff\xd8" for frame in frames)


@pytest.mark.slow
def test_a_sensor_taken_away_leaves_the_pictures_alone(tmp_path):
    both = generation.run(load_scenario("driving/cut_in", SMALL), tmp_path / "both", overrides=SMALL)
    text = load_scenario("driving/cut_in").text.decode()
    line = "  motion: {odometry: {rate: 50 Hz}, on: ego}\n"
    assert line in text
    (tmp_path / "cut_in.yaml").write_text(text.replace(line, ""))
    alone = generation.run(load_scenario(tmp_path / "cut_in.yaml", SMALL), tmp_path / "alone", overrides=SMALL)
    assert set(both.tables) - set(alone.tables) == {"motion"}
    for file in Layout(alone.folder).tables():
        assert file.read_bytes() == (both.folder / file.relative_to(alone.folder)).read_bytes()

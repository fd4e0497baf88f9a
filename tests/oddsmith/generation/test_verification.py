"""Every byte counts: a flipped bit, a missing file and an extra one are all named."""

from __future__ import annotations

import json
import shutil

import pytest

from oddsmith import generation
from oddsmith.catalog import load_scenario
from oddsmith.errors import DatasetError
from oddsmith.layout import Layout
from oddsmith.replay import replay
from oddsmith.verification import verify
from sim.errors import UsageError

SMALL = (("calls: 600", "calls: 100"), ("episodes: 40", "episodes: 6"))


@pytest.fixture
def dataset(scenario_file, tmp_path):
    generation.run(load_scenario(scenario_file(*SMALL)), tmp_path / "out")
    return tmp_path / "out"


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "path", ["wheel/00000.parquet", "calls/00000.parquet", "plan.jsonl", "scenario.yaml", "README.md"]
)
def test_a_flipped_bit_is_found(dataset, path):
    flip_a_bit(dataset / path)
    with pytest.raises(DatasetError, match=f"{path} differs"):
        verify(dataset)


def test_missing_and_extra_files_are_all_named_at_once(dataset):
    (dataset / "wheel" / "00001.parquet").unlink()
    shutil.copy(dataset / "wheel" / "00000.parquet", dataset / "wheel" / "00007.parquet")
    with pytest.raises(DatasetError, match=r"00001.parquet is missing; wheel/00007.parquet is not listed"):
        verify(dataset)


def test_files_of_other_programs_do_not_matter(dataset):
    (dataset / "front.cache").write_text("x")
    (dataset / "my_export").mkdir()
    shutil.copy(dataset / "wheel" / "00000.parquet", dataset / "my_export" / "00000.parquet")
    told = []
    found = verify(dataset, report=lambda done, total: told.append((done, total)))
    assert told[-1] == (found.files, found.files)


def test_a_manifest_that_was_edited_contradicts_itself(dataset):
    path = Layout(dataset).manifest
    manifest = json.loads(path.read_text())
    manifest["dataset_hash"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match="contradicts itself"):
        verify(dataset)
    path.write_text("{")
    with pytest.raises(DatasetError, match="cannot be read"):
        verify(dataset)


def test_a_folder_without_manifest_is_no_dataset(tmp_path):
    with pytest.raises(DatasetError, match="has no manifest"):
        verify(tmp_path)


def test_every_episode_replays_to_identical_rows(dataset):
    plan = [json.loads(line) for line in Layout(dataset).plan.read_text().splitlines()[1:]]
    for planned in plan:
        again = replay(dataset, planned["episode_id"])
        assert again.is_identical
        assert again.tables["episodes"].num_rows == 1
        assert again.tables["wheel"].num_rows > 5


def test_a_replay_notices_rows_that_are_not_what_the_episode_gives(dataset, scenario_file, tmp_path):
    louder = scenario_file(*SMALL, ("rate: 10 Hz", "rate: 10 Hz, speed_noise: 1 m/s"), name="louder.yaml")
    generation.run(load_scenario(louder), tmp_path / "louder")
    shutil.copy(tmp_path / "louder" / "wheel" / "00000.parquet", dataset / "wheel" / "00000.parquet")
    planned = json.loads(Layout(dataset).plan.read_text().splitlines()[1])
    again = replay(dataset, planned["episode_id"])
    assert again.differences == ("the rows of wheel differ",)


def test_an_unknown_episode_is_told_with_the_nearest(dataset):
    planned = json.loads(Layout(dataset).plan.read_text().splitlines()[1])["episode_id"]
    wrong = planned[:-1] + ("0" if planned[-1] != "0" else "1")
    with pytest.raises(UsageError, match=f"has no episode '{wrong}'.  Did you mean '{planned}'"):
        replay(dataset, wrong)

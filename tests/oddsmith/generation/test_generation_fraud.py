"""The main job on a bundled bank: same bytes however it is made, and a reader that gets features alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from oddsmith import Dataset, generation
from oddsmith.catalog import load_scenario
from oddsmith.commands.folders import inspect
from oddsmith.replay import replay
from oddsmith.verification import verify
from sim.errors import Unfinished

SMALL = {
    "world.customers": "120",
    "duration": "30 d",
    "world.campaigns.scam.rate": "500 per 1000 customer year",
    "sampling.calls": "40",
    "sampling.episodes": "3",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    scenario = load_scenario("fraud/mules", SMALL)
    return generation.run(scenario, tmp_path_factory.mktemp("bank") / "one", overrides=SMALL)


def test_two_workers_a_replay_and_the_manifest_agree_on_every_byte(made, tmp_path):
    two = generation.run(load_scenario("fraud/mules", SMALL), tmp_path / "two", overrides=SMALL, workers=2)
    assert two.dataset_hash == made.dataset_hash
    assert verify(two.folder).dataset_hash == made.dataset_hash
    episodes = pq.read_table(made.folder / "episodes").to_pylist()
    assert replay(made.folder, episodes[-1]["episode_id"]).is_identical


WRITTEN = (
    ("customers: 2000", "customers: 120"),
    ("rate: 34 per", "rate: 500 per"),
    ("calls: 200, episodes: 2", "calls: 30, episodes: 12"),
)
"""A bank in a file of its own, written for about a second."""


def test_a_bank_killed_while_it_is_written_resumes_to_the_same_bytes(python, run_code, tmp_path):
    text = Path("scenarios/fraud/mules.yaml").read_text()
    for old, new in WRITTEN:
        assert old in text
        text = text.replace(old, new)
    scenario, killed = tmp_path / "mules.yaml", tmp_path / "killed"
    scenario.write_text(text)
    program = tmp_path / "run_it.py"
    program.write_text(run_code(scenario, killed))
    process = python(program)
    for line in process.stdout:
        stage, done = line.split()
        if stage == "render" and int(done) >= 3:
            break
    process.kill()
    process.wait()
    with pytest.raises(Unfinished, match="oddsmith resume"):
        verify(killed)
    resumed = generation.resume(killed)
    whole = generation.run(load_scenario(scenario), tmp_path / "whole")
    assert resumed.dataset_hash == whole.dataset_hash == verify(killed).dataset_hash


def test_transactions_hold_nothing_of_the_truth(made):
    dataset = Dataset(made.folder)
    assert {"transactions", "labels", "accounts", "customers", "cards", "devices", "merchants", "rings"} <= set(
        dataset.tables
    )
    assert "entries" not in dataset.tables
    roles = {
        (field.metadata or {}).get(b"role", b"").decode()
        for field in pq.read_schema(next((made.folder / "transactions").glob("*.parquet")))
    }
    assert roles == {"key", "feature"}


def test_labels_join_transactions_row_by_row(made):
    transactions, labels = (pq.read_table(made.folder / name) for name in ("transactions", "labels"))
    assert transactions["transaction_id"].to_pylist() == labels["transaction_id"].to_pylist()
    assert transactions["episode_id"].to_pylist() == labels["episode_id"].to_pylist()
    assert 0 < sum(labels["is_fraud"].to_pylist()) < 0.1 * len(labels)


def test_inspect_goes_on_to_what_a_bank_can_be_exported_to(made, capsys):
    inspect(made.folder)
    assert f"oddsmith export {made.folder} --to graph" in capsys.readouterr().err

"""What happened and the domain's tables stand in a dataset, as the recordings have them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from oddsmith import Dataset, generation
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.plan import Plan
from oddsmith.replay import replay
from oddsmith.verification import verify
from renderers import shards
from sim.episode import record


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def made(_kept, scenario_file, tmp_path_factory):
    """The toy scenario and its dataset, made once; nobody changes it."""
    if not _kept:
        scenario = load_scenario(scenario_file())
        out = tmp_path_factory.mktemp("recorded") / "out"
        _kept.update(scenario=scenario, out=generation.run(scenario, out).folder)
    return _kept["scenario"], _kept["out"]


def test_every_episode_tells_what_happened_in_it(made):
    scenario, out = made
    dataset = Dataset(out)
    kinds = set()
    for planned in Plan.from_bytes(Layout(out).plan.read_bytes()).episodes:
        happened = record(scenario, planned.draw).occurrences
        found = list(dataset.episode(planned.episode_id).rows("occurrences"))
        assert [(row["number"], row["t"], row["kind"]) for row in found] == [
            (number, one.t, one.kind) for number, one in enumerate(happened)
        ]
        for row, one in zip(found, happened, strict=True):
            fields = {name.removeprefix("field."): row[name] for name in row if name.startswith("field.")}
            assert {name: value for name, value in fields.items() if value is not None} == one.fields
        kinds |= {one.kind for one in happened}
    assert kinds == {"kick", "stop"}


def test_every_episode_has_the_rows_of_its_tables(made):
    scenario, out = made
    dataset = Dataset(out)
    for planned in list(Plan.from_bytes(Layout(out).plan.read_bytes()).episodes)[:5]:
        batches = list(record(scenario, planned.draw).tables["steps"])
        assert len(batches) > 1
        found = list(dataset.episode(planned.episode_id).rows("steps"))
        for name in ("t", "x", "pace", "is_fast"):
            expected = np.concatenate([batch[name] for batch in batches])
            np.testing.assert_array_equal([row[name] for row in found], expected)


def test_readers_tell_sensors_from_what_was_recorded(made):
    dataset = Dataset(made[1])
    assert set(dataset.tables) == {"calls", "episodes", "wheel", "occurrences", "steps"}
    assert dataset.sensors == ("wheel",)
    assert dataset.features("steps").column_names == ["episode_id", "t", "x", "pace"]
    assert dataset.features("occurrences").column_names == ["episode_id", "number"]
    assert dataset.units("steps") == {"t": "s", "x": "m"}


def test_manifest_card_and_croissant_know_the_tables(made):
    layout = Layout(made[1])
    tables = json.loads(layout.manifest.read_bytes())["tables"]
    columns = {column["name"]: column for column in tables["steps"]["columns"]}
    assert (columns["x"]["role"], columns["x"]["unit"], columns["x"]["doc"]) == ("feature", "m", "way rolled")
    assert tables["occurrences"]["rows"] == pq.read_table(layout.root / "occurrences").num_rows > 0
    sets = {one["name"]: one for one in json.loads(layout.croissant.read_bytes())["recordSet"]}
    assert [key["@id"] for key in sets["occurrences"]["key"]] == [
        "occurrences/episode_id",
        "occurrences/number",
    ]
    card = layout.card.read_text()
    assert "| `occurrences/` |" in card
    assert "| `steps/` |" in card


def test_verify_reads_every_byte_of_them_and_replay_makes_them_again(made):
    out = made[1]
    assert verify(out).files > 5
    for episode in list(Dataset(out).episodes())[:3]:
        again = replay(out, episode.id)
        assert again.is_identical
        assert set(again.tables) == {"episodes", "wheel", "occurrences", "steps"}
        assert again.tables["steps"].num_rows == len(list(episode.rows("steps")))


def test_a_long_table_becomes_parts_of_its_shards(made, scenario_file, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "GROUP_ROWS", 50)
    monkeypatch.setitem(shards.TableWriter.__init__.__kwdefaults__, "part_bytes", 3_000)
    out = generation.run(load_scenario(scenario_file()), tmp_path / "out", workers=1).folder
    files = sorted(path.name for path in (out / "steps").iterdir())
    assert files[:2] == ["00000-000.parquet", "00000-001.parquet"]
    assert verify(out)
    whole, cut = (Dataset(folder).to_arrow("steps") for folder in (made[1], out))
    assert whole.equals(cut)

"""What stands beside the tables: rates with exact intervals, a card for people and for machines."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
import yaml

from oddsmith import generation
from oddsmith.calls import ScoredCall
from oddsmith.catalog import load_scenario
from oddsmith.environment import differences, environment
from oddsmith.intervals import clopper_pearson
from oddsmith.rates import Rates
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import Call, CallWeight


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def dataset(scenario_file, tmp_path_factory, _kept):
    """A toy dataset, made once for the module."""
    if "out" not in _kept:
        _kept["out"] = tmp_path_factory.mktemp("described") / "out"
        small = (("calls: 600", "calls: 200"), ("episodes: 40", "episodes: 10"))
        generation.run(load_scenario(scenario_file(*small)), _kept["out"])
    return _kept["out"]


def call(score, failure=None):
    outcome = Outcome({"e": score}, {"e": 0.0}, {"e": 0.0}, {})
    return ScoredCall(Call(0, Draw(1, ())), outcome, {}, failure)


def test_rates_of_even_weights_have_the_exact_interval():
    rates = Rates(("e",))
    for i in range(50):
        rates.add(call(1.0 if i < 3 else -1.0, "burst" if i == 49 else None), CallWeight(0.02, 0.0))
    rates.add(call(1.0), CallWeight(None))
    found = rates.summary()
    odds = found["odds"]["e"]
    assert (odds["calls"], odds["all_calls"], odds["hits"]) == (50, 51, 3)
    assert odds["rate"] == pytest.approx(0.06)
    assert odds["interval"] == list(clopper_pearson(3, 50))
    assert found["failures"] == {"calls": 1, "weight": 0.02}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_rates_of_uneven_weights_are_weighted_and_doubted():
    rates = Rates(("e",))
    rates.add(call(1.0), CallWeight(0.001, -3.0))
    rates.add(call(-1.0), CallWeight(0.9, 0.1))
    odds = rates.summary({"method": "importance"}, None)["odds"]["e"]
    assert odds["rate"] == pytest.approx(0.001)
    assert odds["interval"][0] < 0.001 < odds["interval"][1]
    assert odds["verdict"] == "weak"


def test_the_card_begins_with_yaml_that_finds_every_table(dataset):
    _, head, body = (dataset / "README.md").read_text().split("---\n", 2)
    front = yaml.safe_load(head)
    tables = {file.parent.name for file in dataset.glob("*/*.parquet")}
    assert {"calls", "episodes", "wheel"} <= tables
    assert {config["config_name"] for config in front["configs"]} == tables
    for config in front["configs"]:
        assert list(dataset.glob(config["data_files"]))
    assert [config["config_name"] for config in front["configs"] if config.get("default")] == ["wheel"]
    assert body.startswith("\n# toy/roll\n")
    assert "| far | 200 |" in body


def test_croissant_describes_every_file_and_column(dataset):
    found = json.loads((dataset / "croissant.json").read_text())
    manifest = json.loads((dataset / "manifest.json").read_text())
    hashes = {
        one["contentUrl"]: one["sha256"] for one in found["distribution"] if one["@type"] == "cr:FileObject"
    }
    assert hashes == {file["path"]: file["sha256"] for file in manifest["files"]}
    for records in found["recordSet"]:
        schema = pq.read_schema(next(iter(sorted((dataset / records["name"]).iterdir()))))
        assert [field["name"] for field in records["field"]] == [f"{records['name']}/{n}" for n in schema.names]
        ids = {field["@id"] for field in records["field"]}
        assert {key["@id"] for key in records["key"]} <= ids
    ids = [one["@id"] for one in (*found["distribution"], *found["recordSet"])]
    assert len(set(ids)) == len(ids)


@pytest.mark.filterwarnings("ignore")  # not ours
def test_the_official_reader_reads_what_croissant_describes(dataset):
    """Runs where mlcroissant is installed: `pip install mlcroissant`."""
    mlcroissant = pytest.importorskip("mlcroissant")
    described = mlcroissant.Dataset(jsonld=dataset / "croissant.json")
    assert described.metadata.ctx.issues.errors == set()
    for records in described.metadata.record_sets:
        table = pq.read_table(sorted((dataset / records.id).iterdir()))
        found = list(described.records(records.id))
        assert len(found) == table.num_rows
        numbers = [field.name for field in table.schema if str(field.type) in ("double", "int32", "int64")]
        for name in numbers:
            assert [row[f"{records.id}/{name}"] for row in found] == table[name].to_pylist()


def test_the_manifest_says_what_made_the_dataset(dataset):
    manifest = json.loads((dataset / "manifest.json").read_text())
    assert manifest["versions"] == environment()["versions"]
    assert {"numpy", "numba", "pyarrow", "python"} <= manifest["versions"].keys()
    assert manifest["platform"]["cpu"]
    assert (manifest["name"], manifest["seed"], manifest["target"]) == ("toy/roll", 0, "far")
    assert manifest["counts"]["episodes"] == 10 == sum(manifest["counts"]["strata"].values())
    assert manifest["scenario"]["resolved"]
    columns = {column["name"]: column for column in manifest["tables"]["wheel"]["columns"]}
    assert columns["t"]["role"] == "key"
    assert columns["speed"] == columns["speed"] | {"role": "feature", "unit": "m/s", "type": "double"}


def test_environments_differ_by_name_and_value():
    then = {"versions": {"numpy": "2.4", "scipy": "1"}, "platform": {"cpu": "a"}}
    now = {"versions": {"numpy": "2.5", "scipy": "1"}, "platform": {"cpu": "b"}}
    assert differences(then, now) == ["numpy 2.4 -> 2.5", "cpu a -> b"]
    assert differences(then, then) == []

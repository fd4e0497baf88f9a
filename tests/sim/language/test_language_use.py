"""`use:`: what files share is put together before all checks, and faults name the file they stand in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.domains.base import Domain
from sim.errors import Fault
from sim.fields import Section
from sim.language.includes import MAX_DEPTH, MAX_FILES
from sim.language.schema import scenario_schema
from sim.scenario import Scenario

Load = Callable[..., Scenario]
Faults = Callable[..., tuple[Fault, ...]]

SHARED = """\
# what all visits have in common
duration: 20 s
sources: [a survey]
parameters:
  pace: {uniform: [1 m/s, 2 m/s]}
  kind: {choice: {calm: 0.5, busy: 0.5}}
constraints: ["pace > 1.1 m/s"]
world:
  pace: "${pace}"
  mood: "${kind}"
  floor: {hall: {length: 12 m, tiles: blue}}
  people:
    - {id: ann, speed: 1.5 m/s}
sensors:
  eye: {camera: {rate: 5 Hz, gain: 2}, on: ann, at: {x: 1 m, z: 2 m}}
event:
  near: "eventually(distance(ann, clerk) < 1 m)"
"""
OWN = """\
scenario: shop/visit
use: shared/visits.yaml
duration: 10 s
sources: [another survey]
parameters:
  pace: {normal: [1.5 m/s, 0.2 m/s]}
constraints: ["pace < 2 m/s"]
world:
  floor: {hall: {length: 9 m}}
  people:
    - {id: ben, speed: 1 m/s}
sensors:
  eye: {at: {z: 3 m}}
  tick: {clock: {}}
event:
  met: "met(ann, ben)"
"""


def put(folder: Path, **files: str) -> None:
    (folder / "shared").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "shared" / f"{name}.yaml").write_text(text)


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    put(tmp_path, visits=SHARED)
    return tmp_path


def test_the_scenario_wins_and_the_rest_is_put_in(load: Load, visits: Path):
    scenario = load(OWN)
    data = scenario.to_data()
    assert scenario.duration == 10.0
    assert data["sources"] == ["another survey", "a survey"]
    assert list(data["parameters"]) == ["pace", "kind"]
    assert data["parameters"]["pace"] == {"normal": {"mean": "1.5 m/s", "std": "0.2 m/s"}}
    assert scenario.constraints == ("pace < 2 m/s", "pace > 1.1 m/s")
    assert data["world"]["floor"] == {"hall": {"length": "9.0 m", "tiles": "blue"}}
    assert [one["id"] for one in data["world"]["people"]] == ["ben", "ann"]
    assert data["sensors"]["eye"] == {
        "camera": {"rate": "5.0 1/s", "gain": 2},
        "on": "ann",
        "at": {"x": "1.0 m", "z": "3.0 m"},
    }
    assert list(data["sensors"]) == ["eye", "tick"]
    assert list(scenario.events) == ["met", "near"]
    assert scenario.target == "met"


def test_it_is_the_scenario_written_in_one_file(load: Load, visits: Path):
    scenario = load(OWN)
    again = load(json.dumps(scenario.to_data()))
    assert again.hash == scenario.hash
    assert again.to_data() == scenario.to_data()
    assert again.inputs == ()


def test_another_kind_replaces_and_exclusive_keys_yield(load: Load, tmp_path: Path):
    put(tmp_path, base="world: {floor: {hall: {length: 12 m}}, mood: {choice: [calm, busy]}}\n")
    scenario = load(
        "scenario: shop/v\nuse: shared/base.yaml\nduration: 1 s\nworld: {floor: {pit: 3 m}, mood: calm}\n"
    )
    assert scenario.to_data()["world"] == {"floor": {"pit": "3.0 m"}, "mood": "calm"}


def test_a_sensor_of_another_kind_replaces_the_kind_alone(load: Load, visits: Path):
    scenario = load(OWN.replace("{at: {z: 3 m}}", "{clock: {}}"))
    assert scenario.to_data()["sensors"]["eye"] == {
        "clock": {},
        "on": "ann",
        "at": {"x": "1.0 m", "z": "2.0 m"},
    }


def test_later_files_overrule_earlier_ones_and_a_shared_base_stands_once(load: Load, tmp_path: Path):
    put(
        tmp_path,
        base="duration: 1 s\nabout: base\nconstraints: ['p > 0']\nparameters: {p: {uniform: [1, 2]}}\n",
        first="use: base.yaml\nabout: first\ntags: [one]\nworld: {open: '${p > 1}'}\n",
        second="use: [base.yaml]\ntags: [two]\nduration: 2 s\n",
    )
    scenario = load("scenario: shop/v\nuse: [shared/first.yaml, shared/second.yaml]\n")
    assert scenario.duration == 2.0
    assert scenario.about == "first"  # the base that second uses too does not overrule first
    assert scenario.tags == ("two", "one")
    assert scenario.constraints == ("p > 0",)
    assert [one.path for one in scenario.inputs] == [
        "shared/base.yaml", "shared/first.yaml", "shared/second.yaml",
    ]  # fmt: skip


def test_a_whole_scenario_may_be_used_and_changed(load: Load, tmp_path: Path):
    (tmp_path / "other.yaml").write_text(
        "scenario: shop/other\nduration: 3 s\nworld: {pace: 3 m/s, tills: 4}\n"
    )
    scenario = load("scenario: shop/variant\nuse: other.yaml\nworld: {pace: 4 m/s}\n")
    assert scenario.name == "shop/variant"
    assert scenario.to_data()["world"] == {"pace": "4.0 m/s", "tills": 4}


def test_inputs_of_a_used_file_are_relative_to_it(load: Load, tmp_path: Path):
    put(
        tmp_path,
        base="world: {limit: {empirical: {file: gaps.csv, column: gap}}, plan: ../plan.csv, drift: {profile: "
        "{file: gaps.csv, time: t, column: v}}}\n",
    )
    (tmp_path / "shared" / "gaps.csv").write_text("t,v,gap\n0,1,3\n1,2,4\n")
    (tmp_path / "plan.csv").write_text("x\n1\n")
    scenario = load("scenario: shop/v\nuse: shared/base.yaml\nduration: 1 s\n")
    assert [one.path for one in scenario.inputs] == ["plan.csv", "shared/base.yaml", "shared/gaps.csv"]
    world = scenario.to_data()["world"]
    assert world["limit"]["empirical"]["file"] == world["drift"]["profile"]["file"] == "shared/gaps.csv"
    assert world["plan"] == "plan.csv"


def test_the_copies_of_a_dataset_are_read_alike(load: Load, visits: Path, tmp_path: Path):
    scenario = load(OWN)
    copies = tmp_path / "dataset" / "inputs"
    for one in scenario.inputs:
        (copies / one.path).parent.mkdir(parents=True, exist_ok=True)
        (copies / one.path).write_bytes(one.file.read_bytes())
    (visits / "shared" / "visits.yaml").write_text("duration: [")
    again = load(OWN, inputs=copies)
    assert again.hash == scenario.hash


def test_comments_of_a_used_file_do_not_count_but_its_content_does(load: Load, visits: Path):
    first = load(OWN).hash
    put(visits, visits="# changed\n" + SHARED)
    assert load(OWN).hash == first
    put(visits, visits=SHARED.replace("tiles: blue", "tiles: red"))
    assert load(OWN).hash != first


def test_overrides_act_on_the_whole(load: Load, visits: Path):
    scenario = load(OWN, overrides={"ann.speed": "2 m/s", "world.floor.hall.tiles": "red", "kind": "calm"})
    world = scenario.to_data()["world"]
    assert world["floor"]["hall"]["tiles"] == "red"
    assert world["people"][1] == {"id": "ann", "speed": "2.0 m/s"}
    put(visits, other="world: {pace: 3 m/s}\n")
    other = load("scenario: shop/v\nduration: 1 s\n", overrides={"use": "shared/other.yaml"})
    assert other.to_data()["world"] == {"pace": "3.0 m/s"}


def test_explain_knows_nothing_of_files(load: Load, visits: Path):
    rows = {row.path: row for row in load(OWN).explain()}
    assert rows["kind"].used == "world.mood"
    assert rows["pace"].law == "{normal: {mean: 1.5 m/s, std: 0.2 m/s}}"


# -- faults ------------------------------------------------------------------------------------------------


def told(found: tuple[Fault, ...]) -> list[str]:
    return [
        f"{one.code} {Path(one.place.file).name}:{one.place.line}:{one.place.column}"
        for one in found
        if one.place
    ]


def test_a_fault_in_a_used_file_names_it_and_shows_its_line(faults: Faults, visits: Path):
    put(visits, visits=SHARED.replace("tiles: blue", "tiles: blu").replace("pace > 1.1 m/s", "pace > 1.1 m"))
    found = faults(OWN.replace("duration: 10 s", "duration: 10 m"))
    assert told(found) == ["E131 visit.yaml:3:11", "E152 visits.yaml:7:16", "E123 visits.yaml:11:39"]
    assert found[1].source_line == 'constraints: ["pace > 1.1 m"]'
    assert found[2].suggestion == "blue"
    assert "shared/visits.yaml:11:39" in found[2].text()


def test_an_id_may_not_stand_twice(faults: Faults, visits: Path):
    (fault,) = faults(OWN.replace("id: ben", "id: ann").replace("met(ann, ben)", "met(ann, clerk)"))
    assert told((fault,)) == ["E127 visits.yaml:13:12"]
    assert "already given in line 11 of" in fault.message
    assert "visit.yaml" in fault.message


WRONG: dict[str, tuple[dict[str, str], str, str, str]] = {
    "itself": ({}, "use: visit.yaml", "E171 visit.yaml:2:6", "in a circle"),
    "a circle": (
        {"a": "use: b.yaml\n", "b": "\nuse: [a.yaml]\n"}, "use: shared/a.yaml", "E171 b.yaml:2:7",
        "shared/a.yaml -> shared/b.yaml -> shared/a.yaml",
    ),
    "nothing there": ({}, "use: shared/gone.yaml", "E170 visit.yaml:2:6", "no file"),
    "another type": ({}, "use: shared/gone.csv", "E170 visit.yaml:2:6", "another type"),
    "outside": ({}, "use: ../../x.yaml", "E170 visit.yaml:2:6", "outside"),
    "absolute": ({}, "use: /etc/x.yaml", "E170 visit.yaml:2:6", "absolute"),
    "no path": ({}, "use: {a: b}", "E122 visit.yaml:2:6", "expected the path"),
    "a number": ({}, "use: [3]", "E122 visit.yaml:2:7", "expected the path"),
    "a list": ({"a": "- 1\n"}, "use: shared/a.yaml", "E122 a.yaml:1:1", "a mapping like a scenario"),
    "empty": ({"a": "# nothing\n"}, "use: shared/a.yaml", "E104 a.yaml:1:1", "empty"),
    "unreadable": ({"a": "a: [\n"}, "use: shared/a.yaml", "E105 a.yaml:2:1", ""),
    "unknown key": ({"a": "\nwrld: 1\n"}, "use: shared/a.yaml", "E120 a.yaml:2:1", "unknown key 'wrld'"),
    "in its use": ({"a": "use: b.yaml\n"}, "use: shared/a.yaml", "E170 a.yaml:1:6", "shared/b.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_told_where_it_stands(faults: Faults, tmp_path: Path, name: str):
    (tmp_path / ".oddsmith").touch()
    files, use, where, message = WRONG[name]
    put(tmp_path, **files)
    found = faults(f"scenario: shop/v\n{use}\nduration: 1 s\nworld: {{}}\n")
    assert told(found) == [where]
    assert message in found[0].message


def test_files_are_not_used_too_deep_nor_too_many(faults: Faults, tmp_path: Path):
    put(tmp_path, **{f"f{k}": f"use: f{k + 1}.yaml\n" for k in range(MAX_DEPTH + 1)})
    (fault,) = faults("scenario: shop/v\nuse: shared/f0.yaml\nduration: 1 s\nworld: {}\n")
    assert (fault.code, told((fault,))) == ("E171", [f"E171 f{MAX_DEPTH - 1}.yaml:1:6"])
    put(tmp_path, **{f"g{k}": "about: x\n" for k in range(MAX_FILES + 1)})
    names = ", ".join(f"shared/g{k}.yaml" for k in range(MAX_FILES + 1))
    (fault,) = faults(f"scenario: shop/v\nuse: [{names}]\nduration: 1 s\nworld: {{}}\n")
    assert fault.code == "E171"


# -- the schema --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "is_good"),
    [
        ({"scenario": "shop/v", "use": "a.yaml"}, True),
        ({"scenario": "shop/v", "use": ["a.yaml", "b.yml"], "world": {"floor": {}}}, True),
        ({"scenario": "shop/v", "use": "a.csv"}, False),
        ({"scenario": "shop/v", "use": 3}, False),
        ({"scenario": "shop/v"}, False),
        ({"use": "a.yaml"}, False),
        ({"scenario": "shop/v", "duration": 1, "world": {"florr": 1}}, False),
        ({"scenario": "shop/v", "duration": 1, "world": {}, "sensors": {"eye": {"at": {"z": 1}}}}, False),
        ({"scenario": "shop/v", "use": "a.yaml", "sensors": {"eye": {"at": {"z": 1}}}}, True),
    ],
)
def test_the_schema_knows_that_the_rest_stands_elsewhere(
    shop: Domain, sensors: Mapping[str, Section], data: Any, is_good: bool
):
    validator = Draft202012Validator(
        scenario_schema(domains={"shop": shop}, sensors=sensors, exporters=("coco",))
    )
    assert validator.is_valid(data) is is_good

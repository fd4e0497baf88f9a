from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.domains.base import Domain
from sim.errors import Fault
from sim.fields import Section
from sim.language.nodes import plain
from sim.language.report import Report
from sim.language.schema import scenario_schema
from sim.language.source import parse_text

BUNDLED = sorted((Path(__file__).parents[3] / "scenarios").glob("*/*.yaml"))
BEYOND = {
    # what only `check` can see: dimensions, references, formulas, whether a law is possible, names
    "E130", "E131", "E142", "E143", "E150", "E151", "E152", "E153", "E154", "E155", "E160", "E161", "E162",
    "E127", "E129", "E170", "E190", "E132", "E121", "E141", "E126", "W201", "E123", "E128", "E120", "E133",
}  # fmt: skip


def data_of(text: str) -> Any:
    node = parse_text(text.encode(), "f.yaml", Report())
    assert node is not None
    return plain(node)


@pytest.fixture
def validator(shop: Domain, sensors: Mapping[str, Section]) -> Draft202012Validator:
    schema = scenario_schema(domains={"shop": shop}, sensors=sensors, exporters=("coco",))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def mistakes() -> dict[str, tuple[str, str]]:
    blocks = (Path(__file__).parent / "mistakes.txt").read_text("utf-8").split("\n=== ")[1:]
    found = {}
    for block in blocks:
        head, _, text = block.partition("\n")
        name, place = head.split(" | ")[:2]
        found[name] = (place.split()[0], text)
    return found


MISTAKES = mistakes()
STRUCTURAL = [
    "unknown key", "unknown key in a section", "missing key", "typo of a required key", "no mapping",
    "a section that is a list", "unknown word", "a number for a word", "old-style truth", "exclusive keys",
    "unknown kind", "two kinds", "a kind that needs a value", "inline kind missing", "inline kind misspelt",
    "inline kinds doubled", "length of numbers", "id missing", "id with a dash", "item is no mapping",
    "too small", "not whole", "law where fixed", "expression where fixed", "each where once",
    "each of a constant", "unknown law", "no law", "two laws", "unknown key beside a law", "too many arguments",
    "unknown argument",
    "within with one end", "given without a word", "event that is a number", "domain", "name", "language",
    "random duration", "exposure incomplete", "method", "calls", "export", "sensor kind", "sensor setting",
    "constraints are a list", "dependence kind", "not a number",
]  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURAL)
def test_the_schema_refuses_what_it_can_see(validator: Draft202012Validator, name: str):
    assert not validator.is_valid(data_of(MISTAKES[name][1]))


def test_what_the_schema_lets_pass_is_of_the_kinds_it_cannot_see(validator: Draft202012Validator):
    passed = {name: code for name, (code, text) in MISTAKES.items() if validator.is_valid(data_of(text))}
    assert set(passed.values()) <= BEYOND
    assert not set(passed) & set(STRUCTURAL)


GOOD = [
    "world: {}",
    "world:",
    "world: {pace: '${x}', floor: hall}\nparameters: {x: {normal: [1, 2], within: [0, null], plus: 1}}",
    "world: {floor: {hall: {length: 3 m}}, people: [{id: a, count: 3, do: [{at: 1, wait: 2}]}], limit: null}",
    "world: {floor: {hall: }, reaction: {each: {gamma: {shape: 2, scale: 1 s}}}, size: [1 m, 2]}",
    "world: {mood: {given: k, a: calm, b: {choice: [calm, busy]}}}\nparameters: {k: {choice: [a, b]}}",
    "world: {}\nsensors: {e: {camera: {rate: 5 Hz}, at: {x: 1}}, t: {clock: }}\nexport: [coco]\nsplits: {a: 1}",
    "world: {}\nevent: {a: 'met(clerk, clerk)'}\ncapture: {from: event - 1 s}\nsampling: {target: a}",
]


@pytest.mark.parametrize("rest", GOOD)
def test_schema_and_check_accept_the_same_good_files(
    validator: Draft202012Validator, faults: Callable[..., tuple[Fault, ...]], rest: str
):
    text = f"scenario: shop/x\nduration: 1 min\n{rest}\n"
    assert [fault.text() for fault in faults(text) if not fault.is_warning] == []
    assert [error.message for error in validator.iter_errors(data_of(text))] == []


def test_every_field_has_a_hover_text(validator: Draft202012Validator):
    world = validator.schema["allOf"][0]["then"]["properties"]["world"]  # type: ignore[index, call-overload]
    assert world["properties"]["pace"]["description"] == "pace ([m/s], at least 0, at most 10); default 2 m/s"
    kinds = world["properties"]["floor"]["anyOf"][0]["oneOf"]
    assert {"const": "hall", "description": "a hall"} in kinds


@pytest.fixture(scope="module")
def installed() -> Draft202012Validator:
    from oddsmith.exporters import TABLE as EXPORTERS
    from renderers.sensors import TABLE as SENSORS
    from sim.domains import domain_named, domain_names

    schema = scenario_schema(
        domains={name: domain_named(name) for name in domain_names()},
        sensors={kind: sensor.section for kind, sensor in SENSORS.items()},
        exporters=tuple(EXPORTERS),
    )
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", BUNDLED, ids=[path.stem for path in BUNDLED])
def test_bundled_scenarios_fit_the_schema_and_broken_ones_do_not(installed: Draft202012Validator, path: Path):
    text = path.read_text("utf-8")
    assert [error.message for error in installed.iter_errors(data_of(text))] == []
    for wrong in ("\nwolrd: {}\n", "\nlanguage: 7\n", "\nevent: [a]\n", "\nsensors: {a: {kamera: {}}}\n"):
        key = wrong.strip().partition(":")[0]
        data = data_of(text) | data_of(wrong)
        # Of a scenario that uses other files, part of a section may stand there; `check` joins them.
        assert not installed.is_valid(data) or (key == "sensors" and "use" in data), key
    if "use" not in data_of(text):
        data = data_of(text)
        data["world"].get("ego", data["world"])["speedd"] = "3 m/s"
        assert not installed.is_valid(data)

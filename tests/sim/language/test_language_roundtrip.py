"""What is printed is read back as the same, and no text whatever raises anything but a ScenarioError."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import Fault, ScenarioError
from sim.language.report import CODES
from sim.scenario import Scenario

Load = Callable[..., Scenario]

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

reals = st.floats(0.5, 4.0, allow_nan=False).map(lambda x: round(x, 6))
speeds = reals.map(lambda x: f"{x} m/s") | reals.map(lambda x: f"{3.6 * x!r} km/h") | reals
spreads = st.floats(0.01, 2.0).map(lambda x: f"{x} m/s")


def _interval(a: float, b: float) -> list[str]:
    return [f"{min(a, b)!r} m/s", f"{max(a, b) + 1.0!r} m/s"]


intervals = st.builds(_interval, reals, reals)
factors, shifts = st.sampled_from([0.5, 2, -1]), st.just("1 m/s")
modifiers = st.fixed_dictionaries({}, optional={"times": factors, "plus": shifts})
plain_laws = st.one_of(
    st.builds(lambda a, b: {"normal": [a, b]}, speeds, spreads),
    st.builds(lambda a, b: {"normal": {"std": b, "mean": a}}, speeds, spreads),
    st.builds(lambda ends: {"uniform": ends}, intervals),
    st.builds(lambda a, s: {"lognormal": {"median": a, "sigma": s}}, speeds, reals),
    st.builds(lambda a: {"exponential": {"mean": a}}, speeds),
    st.builds(lambda a: {"exponential": {"rate": f"{a} s/m"}}, reals),
    st.builds(lambda k, a: {"gamma": {"shape": k, "scale": a}}, reals, speeds),
    st.builds(lambda k, a: {"weibull": {"shape": k, "scale": a}}, reals, speeds),
    st.builds(lambda a, b: {"choice": {f"{a!r} m/s": 0.25, f"{a + b!r} m/s": 0.75}}, reals, reals),
    st.builds(lambda a: {"empirical": {"values": [a, f"{5.5} m/s"], "weights": [1, 2]}}, speeds),
)
number_laws = st.builds(lambda law, more: law | more, plain_laws, modifiers)
sources = st.one_of(
    number_laws,
    speeds,
    st.just("${other * 2}"),
    st.builds(lambda a, b: {"given": "kind", "calm": a, "busy": b}, number_laws, speeds),
    st.builds(lambda a, b: {"mixture": {"weights": [0.5, 0.5], "laws": [a, b]}}, plain_laws, plain_laws),
)


@few
@given(law=sources, other=speeds, weight=st.floats(0.1, 0.9))
def test_printing_a_scenario_and_reading_it_gives_the_same(load: Load, law: Any, other: Any, weight: float):
    data = {
        "scenario": "shop/visit",
        "duration": "10 s",
        "parameters": {
            "kind": {"choice": {"calm": weight, "busy": 1.0 - weight}},
            "other": other if isinstance(other, str) else f"{other} m/s",
            "x": law,
        },
        "world": {"mood": "${kind}", "limit": "${(x + other) * 1 s}"},
    }
    scenario = load(json.dumps(data))
    printed = scenario.to_data()
    again = load(json.dumps(printed))
    assert again.hash == scenario.hash
    assert again.to_data() == printed
    assert again.to_dict() == scenario.to_dict()
    draw = scenario.nominal(1, 0)
    assert again.nominal(1, 0) == draw
    assert again.resolve(draw).parameters == scenario.resolve(draw).parameters
    assert [one.unit for one in again.parameters] == [one.unit for one in scenario.parameters]


BUNDLED = sorted((Path(__file__).parents[3] / "scenarios").glob("*/*.yaml"))


def bundled(path: Path, **more: Any) -> Scenario:
    from oddsmith.exporters import TABLE as EXPORTERS
    from renderers.sensors import TABLE as SENSORS

    sections = {kind: sensor.section for kind, sensor in SENSORS.items()}
    return Scenario.load(path, sensors=sections, exporters=tuple(EXPORTERS), **more)


@pytest.mark.parametrize("path", BUNDLED, ids=[path.stem for path in BUNDLED])
def test_bundled_scenarios_print_and_read_the_same(path: Path, tmp_path: Path):
    folder = shutil.copytree(path.parent, tmp_path / path.parent.name)  # with the files it reads
    scenario = bundled(folder / path.name)
    copy = folder / "copy.yaml"
    copy.write_text(json.dumps(scenario.to_data()))
    again = bundled(copy)
    assert again.hash == scenario.hash
    for draw in scenario.nominal_batch(3, 0, 20):
        assert again.resolve(draw) == scenario.resolve(draw)


# -- fuzz --------------------------------------------------------------------------------------------------

SMALL = """\
scenario: shop/visit
duration: 10 s
parameters:
  x: {normal: [1 m/s, 2 m/s], within: [0 m/s, 4 m/s]}
  k: {choice: {calm: 0.5, busy: 0.5}}
constraints: ['x > 1 m/s or k == calm']
dependence: [{gaussian_copula: {of: [x, k], rho: 0.2}}]
world:
  mood: '${k}'
  pace: {given: k, calm: '${x}', busy: {uniform: [1, 2]}}
  people: [{id: ann, count: 2, speed: {uniform: [1, 2]}, do: [{at: 1 s, go: {to: 2 m}}]}]
sensors: {eye: {camera: {}, on: clerk, at: {x: 1 m}}}
event: {e: 'eventually(speed(clerk) > 1 m/s)'}
"""
TEXTS = [path.read_text() for path in BUNDLED[:2]] + [SMALL]


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|.", text)


STRANGE = st.one_of(
    st.sampled_from(list("{}[]:#,'\"~0x\t\né")),
    st.sampled_from(
        ["- ", "&a", "*a", "!x", "${", "\n  ", "null", "1e999", "-1", ".nan", ".inf", "m/s", "true"]
    ),
    st.sampled_from(
        ["given:", "each:", "count: 3", "choice:", "normal:", "within:", "${x}", "${1/0}", "id: x"]
    ),
    st.sampled_from(["9" * 21, "\u2028", "a" * 300, "${" + "(" * 60 + "1" + ")" * 60 + "}"]),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A scenario with some tokens dropped, doubled, swapped or replaced."""
    pieces = _tokens(draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                pieces[at] = ""
            case 1:
                pieces[at] = pieces[draw(st.integers(0, len(pieces) - 1))]
            case 2:
                pieces[at] = draw(STRANGE)
            case _:
                pieces.insert(at, draw(STRANGE))
    return "".join(pieces)


def faults_of(read: Callable[[], Scenario]) -> tuple[Fault, ...]:
    """Return the faults of a scenario, and use it where it has none."""
    try:
        scenario = read()
    except ScenarioError as error:
        return error.faults
    assert {row.path for row in scenario.explain()} >= {one.name for one in scenario.parameters}
    assert json.dumps(scenario.to_data())
    return scenario.warnings


@settings(few, max_examples=250)
@given(text=mutated())
def test_any_text_is_a_scenario_or_a_scenario_error(load: Load, tmp_path: Path, text: str):
    file = tmp_path / "fuzzed.yaml"
    file.write_text(text)
    is_bundled = text.lstrip().startswith(("#", "scenario: driving"))
    found = faults_of(lambda: bundled(file) if is_bundled else load(text))
    assert all(fault.text() and fault.code in CODES for fault in found)


@settings(few, max_examples=60)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_scenario_error(load: Load, raw: bytes):
    with pytest.raises(ScenarioError):
        load(raw)


PATHS = st.sampled_from(["world.pace", "x", "pace", "sampling", "world"])


@settings(few, max_examples=60)
@given(path=st.text("abcpexnworld.0_ ", max_size=20) | PATHS, value=st.text(max_size=12) | STRANGE)
def test_any_override_is_applied_or_a_scenario_error(load: Load, path: str, value: str):
    found = faults_of(lambda: load(SMALL, overrides={path: value}))
    assert all(fault.code in CODES for fault in found)

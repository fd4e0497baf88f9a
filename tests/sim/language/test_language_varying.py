"""Values that change during the run: laws that vary in time and signals, from the file to the domain."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sim.domains.base import Domain
from sim.errors import Fault
from sim.fields import Section, SignalValue
from sim.formulas import Arithmetic, Number, Signal
from sim.language.schema import scenario_schema
from sim.laws.table import VARYING
from sim.laws.varying import TABLE, Calendar, Course, Markov, OrnsteinUhlenbeck, Profile
from sim.noise import Noise
from sim.scenario import Scenario

Load = Callable[..., Scenario]
Faults = Callable[..., tuple[Fault, ...]]

HEAD = "scenario: shop/visit\nduration: 10 s\n"
TRACE = "t,v\n0,36\n1,18\n5,7.2\n"
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    file = tmp_path / "trace.csv"
    file.write_text(TRACE)
    return file


def drift(scenario: Scenario) -> Any:
    return scenario.resolve(scenario.nominal(1, 0)).world["drift"]


def test_names_are_those_of_the_table():
    assert tuple(TABLE) == VARYING


def test_an_ou_arrives_as_a_course(load: Load):
    scenario = load(HEAD + "world: {drift: {ou: {mean: 3.6 km/h, std: 36 m/min, time_constant: 1 min}}}")
    assert drift(scenario) == Course(OrnsteinUhlenbeck(1.0, 0.6, 60.0, None, 0.0, 10.0), "law:drift")
    short = load(HEAD + "world: {drift: {ou: [3.6 km/h, 36 m/min, 1 min], within: [null, 2 m/s]}}")
    assert drift(short).law == OrnsteinUhlenbeck(1.0, 0.6, 60.0, None, 0.0, 2.0)


def test_a_chain_of_numbers_and_of_words(load: Load):
    scenario = load(
        HEAD + "world:\n  drift: {markov: {dwell: {3.6 km/h: 1 min, 2 m/s: 30 s}, start: 2 m/s}}\n"
        "  queue: {markov: {rates: {few: {many: 2 per h}, many: {few: 1 per min}}}}\n"
    )
    world = scenario.resolve(scenario.nominal(1, 0)).world
    assert world["drift"].law == Markov((1.0, 2.0), ((0.0, 1 / 60.0), (1 / 30.0, 0.0)), (0.0, 1.0))
    assert world["queue"].law.states == ("few", "many")
    assert world["queue"].law.stationary == pytest.approx([30.0 / 31.0, 1.0 / 31.0])
    path = world["queue"].path(np.array([0.0, 3600.0]), Noise(1), "world")
    assert set(path.values) == {"few", "many"}


def test_a_profile_is_read_hashed_and_kept(load: Load, trace: Path):
    text = HEAD + (
        "world: {drift: {profile: {file: trace.csv, time: t, column: v, unit: km/h, time_unit: min, "
        "shift: 30 s}, times: 0.5}}"
    )
    scenario = load(text)
    assert drift(scenario).law == Profile((30.0, 90.0, 330.0), (5.0, 2.5, 1.0))
    assert [one.path for one in scenario.inputs] == ["trace.csv"]
    trace.write_text(TRACE.replace("18", "19"))
    assert load(text).hash != scenario.hash


def test_a_calendar_reads_the_start(load: Load):
    body = "world: {drift: {calendar: {value: 2 m/s, hours: {7-9: 2}, weekdays: {sat-sun: {8-20: 0.5}}, "
    body += "holidays: [2026-03-30, 12-25], on_holidays: sun, months: {mar: 1.5}, month_days: {31: 0.1}}}}\n"
    scenario = load(HEAD + "start: 2026-03-27 06:00 Europe/Berlin\n" + body)
    law = drift(scenario).law
    assert isinstance(law, Calendar)
    assert law.values(np.array([0.0, 2.0, 30.0]) * 3600.0).tolist() == [3.0, 6.0, 1.5]


def test_expressions_stand_in_the_arguments(load: Load):
    scenario = load(
        HEAD + "parameters: {m: {uniform: [1 m/s, 2 m/s]}, tau: 3 s}\n"
        "world: {drift: {ou: {mean: '${m}', std: '${m / 10}', time_constant: '${tau}'}}}"
    )
    draw = scenario.nominal(1, 0)
    values = scenario.resolve(draw)
    m = values.parameters["m"]
    assert values.world["drift"].law == OrnsteinUhlenbeck(m, m / 10, 3.0, None, 0.0, 10.0)
    assert scenario.dimension == 1
    assert scenario.parameters[0].used == ("world.drift",)


def test_counted_entities_have_courses_of_their_own(load: Load):
    scenario = load(
        HEAD + "world: {people: [{id: p, count: 2, speed: {uniform: [1, 2]}, "
        "pulse: {ou: {mean: '${p.speed / (1 m)}', std: 0.1, time_constant: 5 s}}}]}"
    )
    people = scenario.resolve(scenario.nominal(1, 0)).world["people"]
    assert [one["pulse"].law.mean for one in people] == [one["speed"] for one in people]
    assert {one["pulse"].stream for one in people} == {"law:pulse"}


def test_adding_an_entity_leaves_the_others_alone(load: Load):
    one = "{id: ann, pulse: {ou: [1.2 Hz, 0.1 Hz, 5 s]}}"
    noise, times = Noise(3), np.arange(0.0, 5.0, 0.5)
    paths = []
    for people in (one, "{id: bob, pulse: {ou: [1.2 Hz, 0.1 Hz, 5 s]}}, " + one):
        scenario = load(HEAD + f"world: {{people: [{people}]}}")
        ann = scenario.resolve(scenario.nominal(1, 0)).world["people"][-1]
        paths.append(ann["pulse"].path(times, noise, ann["id"]).values)
    assert np.array_equal(paths[0], paths[1])


def test_a_signal_arrives_as_a_term(load: Load):
    scenario = load(HEAD + "world: {drift: {signal: 'speed(clerk) - 2 m/s'}}")
    assert drift(scenario) == SignalValue(
        Arithmetic("-", Signal("speed", ("clerk",)), Number(2.0)), least=0.0, most=10.0
    )


def test_explain_says_that_it_changes(load: Load):
    scenario = load(
        HEAD + "world: {drift: {signal: speed(clerk)}, people: [{id: ann, pulse: {ou: [1.2 Hz, 0.1 Hz, 5 s]}}]}"
    )
    rows = {row.path: row for row in scenario.explain()}
    assert rows["world.drift"].drawn == "read during the run"
    assert rows["world.drift"].law == "{signal: speed(clerk)}"
    assert rows["world.people.ann.pulse"].drawn == "varies in time"
    expected = "{ou: {mean: 1.2 1/s, std: 0.1 1/s, time_constant: 5 s}}"
    assert rows["world.people.ann.pulse"].law.replace("Hz", "1/s") == expected


# -- printing ----------------------------------------------------------------------------------------------

reals = st.floats(0.5, 4.0).map(lambda x: round(x, 6))
speeds = reals.map(lambda x: f"{x} m/s") | reals.map(lambda x: f"{3.6 * x!r} km/h") | reals | st.just("${x}")
times = reals.map(lambda x: f"{x} s") | reals.map(lambda x: f"{x} min")
pairs = st.tuples(reals, reals).map(lambda ab: (f"{ab[0]!r} m/s", f"{ab[0] + ab[1]!r} m/s"))
factors = reals | st.just("${y}")
patterns = st.fixed_dictionaries({}, optional={"6-9": factors, "9:30-22": factors, "23-5": factors})
patterns = patterns.filter(bool) | st.lists(factors, min_size=24, max_size=24)
laws = st.one_of(
    st.builds(lambda m, s, t: {"ou": {"mean": m, "std": s, "time_constant": t}}, speeds, reals, times),
    st.builds(lambda m, s, t: {"ou": [m, s, t], "within": ["0.1 m/s", None]}, speeds, reals, times),
    st.builds(lambda p, a, b: {"markov": {"dwell": {p[0]: a, p[1]: b}}}, pairs, times, times),
    st.builds(lambda p, a: {"markov": {"rates": {p[0]: {p[1]: a}}, "start": p[0]}}, pairs, reals),
    st.builds(
        lambda p, a, b, q: {
            "markov": {
                "dwell": {p[0]: a, p[1]: b, "9 m/s": "2 s"},
                "next": {p[0]: {p[1]: q, "9 m/s": 1 - q}, p[1]: {p[0]: 1}, "9 m/s": {p[0]: 0.5, p[1]: 0.5}},
                "start": {p[0]: 1 - q, p[1]: q},
            }
        },
        pairs, times, times, st.sampled_from([0.25, 0.5]),
    ),
    st.builds(lambda t, p: {"profile": {"file": "trace.csv", "time": "t", "column": "v", "shift": t}, **p},
               times,               st.sampled_from([{"times": 0.1}, {"times": 0.2}])),
    st.builds(
        lambda v, h, f, d: {
            "calendar": {"value": v, "hours": h, "weekdays": {"sat-sun": f, "mon": d}, "on_holidays": f,
                         "holidays": ["12-25"], "months": {"jan-feb": 0.5}},
            "times": 0.01,
        },
        speeds, patterns, factors, patterns,
    ),
)  # fmt: skip


@few
@given(law=laws)
def test_printing_a_varying_law_and_reading_it_gives_the_same(load: Load, trace: Path, law: Any):
    data = {
        "scenario": "shop/visit",
        "duration": "10 s",
        "start": "2026-03-28 22:00 Europe/Berlin",
        "parameters": {"x": {"uniform": ["1 m/s", "2 m/s"]}, "y": 1.5, "z": "${x * y * 1 s}"},
        "world": {"drift": law, "limit": "${z}"},
    }
    scenario = load(json.dumps(data))
    printed = scenario.to_data()
    again = load(json.dumps(printed))
    assert again.to_data() == printed
    assert again.hash == scenario.hash
    draw = scenario.nominal(1, 0)
    assert again.resolve(draw).world["drift"] == scenario.resolve(draw).world["drift"]


# -- faults ------------------------------------------------------------------------------------------------

WRONG = {
    "once": ("pace: {ou: [1 m/s, 1 m/s, 1 s]}", "E144 4:10", "'ou' varies in time"),
    "in a mixture": ("drift: {mixture: {weights: [1], laws: [{ou: [1, 1, 1]}]}}", "E144", "varies in time"),
    "signal of a constant": ("pace: {signal: speed(clerk)}", "E144 4:10", "fixed before"),
    "missing": ("drift: {ou: {mean: 1 m/s, std: 1 m/s}}", "E141 4:11", "needs 'time_constant'"),
    "unknown argument": ("drift: {ou: {mean: 1, std: 1, tau: 1}}", "E141 4:33", "takes no 'tau'"),
    "two of three": ("drift: {ou: [1, 1]}", "E141 4:15", "takes mean, std, time_constant"),
    "unit of the std": ("drift: {ou: [1 m/s, 1 m, 1 s]}", "E131 4:23", "expected"),
    "unit of the time": ("drift: {ou: [1 m/s, 1 m/s, 1 m]}", "E131 4:30", "expected"),
    "negative std": ("drift: {ou: [1 m/s, -1 m/s, 1 s]}", "E142 4:23", "must be positive"),
    "beside": ("drift: {ou: [1, 1, 1], wihtin: [1, 2]}", "E120 4:26", "unknown key 'wihtin'"),
    "within a chain": ("drift: {markov: {dwell: {1: 1 s, 2: 1 s}}, within: [0, 1]}", "E120 4:46", "within"),
    "bounds": ("drift: {markov: {dwell: {1 m/s: 1 s, 20 m/s: 1 s}}}", "E142 4:11", "reaches 20"),
    "a word for a state": ("drift: {markov: {dwell: {slow: 1 s, 2: 1 s}}}", "E130", "starts with no number"),
    "unknown word": ("queue: {markov: {dwell: {few: 1 s, man: 1 s}}}", "E123 4:38", "not one of its words"),
    "numbers for words": ("queue: {ou: [1, 1, 1]}", "E143 4:11", "'ou' gives numbers"),
    "what follows": ("drift: {markov: {dwell: {1: 1 s, 2: 1 s, 3: 1 s}}}", "E142", "say what follows"),
    "no file": ("drift: {profile: {file: gone.csv, time: t, column: v}}", "E170 4:27", "no file"),
    "no column": ("drift: {profile: {file: trace.csv, time: t, column: w}}", "E142 4:55", "no column 'w'"),
    "unit of a column": ("drift: {profile: {file: trace.csv, time: t, column: v, unit: m}}", "E131 4:64", "m"),
    "between": (
        "drift: {profile: {file: trace.csv, time: t, column: v, between: lines}}", "E123 4:67", "not one of",
    ),
    "no start": ("drift: {calendar: {value: 1 m/s}}", "E121 4:11", "needs the scenario's start:"),
    "an expression": ("drift: {ou: ['${pase}', 1, 1]}", "E151 4:19", "no value named"),
    "a dimension": ("drift: {ou: ['${world.limit}', 1, 1]}\n  limit: 3 m", "E152 4:19", "expected"),
    "reference": ("pace: '${world.drift}'\n  drift: {ou: [1, 1, 1]}", "E151 4:12", "changes during the run"),
    "signal unknown": ("drift: {signal: sped(clerk)}", "E161 4:19", "unknown signal"),
    "signal of nobody": ("drift: {signal: speed(clark)}", "E161 4:25", "unknown entity"),
    "signal of a place": ("drift: {signal: 'distance(clerk, clerk)'}", "E161 4:20", "expected a speed"),
    "signal afterwards": ("drift: {signal: '2 * min_distance(clerk, clerk)'}", "E161 4:24", "only afterwards"),
    "signal that is true": ("drift: {signal: speed(clerk) > 1}", "E161", "found something true"),
    "no signal": ("drift: {signal: 1 m/s + 2 m/s}", "E161", "never changes"),
    "signal and more": ("drift: {signal: speed(clerk), within: [0, 1]}", "E120 4:33", "beside 'signal'"),
    "signal number": ("drift: {signal: 3}", "E122 4:19", "formula over signals"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_is_told_where_it_stands(faults: Faults, trace: Path, name: str):
    text, where, message = WRONG[name]
    found = faults(HEAD + "world:\n  " + text + "\n")
    shown = [f"{one.code} {one.place.line}:{one.place.column} {one.message}" for one in found if one.place]
    assert any(line.startswith(where) and message in line for line in shown), shown
    assert len(found) == 1


def test_laws_that_vary_keep_their_names(faults: Faults):
    (fault,) = faults(HEAD + "parameters: {profile: 3}\nworld: {}\n")
    assert fault.code == "E128"


@pytest.mark.parametrize("start", ["2026-03-28 22:00", "soon", "2026-03-29 02:30 Europe/Berlin"])
def test_a_start_is_a_moment_somewhere(faults: Faults, start: str):
    (fault,) = faults(HEAD + f"start: {start}\nworld: {{}}\n")
    assert (fault.code, fault.place.line, fault.place.column) == ("E130", 3, 8)


# -- the schema --------------------------------------------------------------------------------------------


@pytest.fixture
def validator(shop: Domain, sensors: Mapping[str, Section]) -> Draft202012Validator:
    schema = scenario_schema(domains={"shop": shop}, sensors=sensors, exporters=("coco",))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_schema_takes_what_the_checker_takes(validator: Draft202012Validator, load: Load, trace: Path):
    @few
    @given(law=laws | st.just({"signal": "speed(clerk)"}))
    def check(law: Any) -> None:
        data = {"scenario": "shop/visit", "duration": "10 s", "world": {"drift": law}}
        assert [error.message for error in validator.iter_errors(data)] == []

    check()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pace": {"ou": [1, 1, 1]}},
        {"pace": {"signal": "speed(clerk)"}},
        {"drift": {"ou": [1, 1]}},
        {"drift": {"ou": {"mean": 1, "std": 1}}},
        {"drift": {"signal": 3}},
        {"drift": {"markov": {"dwell": {"1": "1 s"}}, "within": [0, 1]}},
        {"drift": {"calendar": {"value": 1, "hours": [1, 2]}}},
    ],
)
def test_the_schema_refuses_what_it_can_see(validator: Draft202012Validator, wrong: Any):
    assert not validator.is_valid({"scenario": "shop/visit", "duration": "10 s", "world": wrong})

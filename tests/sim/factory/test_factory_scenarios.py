"""The factory as users meet it: bundled scenarios, faults told at their line, a record equal to the score."""

from pathlib import Path

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.noise import Edit

BUNDLED = sorted(path.stem for path in Path(__file__).parents[3].glob("scenarios/factory/*.yaml"))
LINE = """scenario: factory/line
duration: 1 h
world:
  sources: [{id: orders, every: {each: {exponential: 60 s}}}]
  buffers: [{id: b, capacity: 3}]
  sinks: [{id: done}]
  machines:
    - {id: m1, from: orders, to: b, cycle_time: {each: {exponential: 30 s}}}
    - {id: m2, from: b, to: done, cycle_time: 20 s}
"""


@pytest.mark.parametrize("name", BUNDLED)
def test_score_and_record_agree_to_the_bit(name):
    scenario = load_scenario(f"factory/{name}")
    plain, later, stepped = scenario.nominal_batch(7, 0, 3)
    for one in (plain, later.edited(Edit(1, t=scenario.duration / 3.0)), stepped.edited(Edit(9, beta=0.3))):
        assert record(scenario, one).outcome == score(scenario, one)


@pytest.mark.parametrize("name", BUNDLED)
def test_causes_lead_from_lives_to_rows(name):
    scenario = load_scenario(f"factory/{name}")
    recording = record(scenario, scenario.nominal(7, 1))
    (lives,) = recording.tables["lives"]
    known = {*lives["cause"], ""}
    for table in ("machine_states", "alarms", "work_orders", "parts", "quality"):
        (rows,) = recording.tables[table]
        assert set(rows["cause"]) <= known
    (states,) = recording.tables["machine_states"]
    is_halted = np.isin(states["state"], ("down", "maintenance"))
    waits = np.isin(states["state"], ("starved", "blocked"))
    assert np.all((states["cause"] != "")[is_halted])
    assert not np.any((states["cause"] != "")[~is_halted & ~waits])


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("  sources: [{id: orders, every: {each: {exponential: 60 s}}}]\n", "", 7, "no entity 'orders'"),
        ("capacity: 3", "capacity: -3", 5, "at least 0"),
        ("exponential: 60 s", "exponential: 20 s", 4, "utilisation is 1.5"),
        ("exponential: 60 s", "normal: [20 s, 2 s]", 4, "utilisation is 1.5"),
        ("{exponential: 30 s}", "{gamma: [2, 45 s]}", 4, "utilisation is 1.5"),
        ("{exponential: 30 s}", "{uniform: [60 s, 2 min]}", 4, "utilisation is 1.5"),
        ("from: b,", "from: done,", 9, "'done' is a sink; a source or a buffer is meant here"),
        ("from: b,", "from: orders,", 5, "no machine takes parts from this buffer"),
    ],
)
def test_faults_are_told_at_their_line(tmp_path, old, new, line, message):
    file = tmp_path / "line.yaml"
    assert old in LINE
    file.write_text(LINE.replace(old, new), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(file))
    told = str(caught.value)
    assert message in told
    assert f"line.yaml:{line}:" in told


INNER = """scenario: factory/line
duration: 1 h
world:
  sources: [{id: orders, every: {each: {exponential: {rate: 0.0125 Hz}}}}]
  buffers:
    - {id: a}
    - {id: b}
  sinks: [{id: done}]
  machines:
    - {id: m1, count: 2, from: orders, to: a, cycle_time: 100 s}
    - {id: m2, from: a, to: b, cycle_time: 20 s}
    - {id: m3, from: b, to: done, cycle_time: {each: {exponential: 120 s}}}
"""
FAILS = "  components: [{id: c, on: m2, ages: operating, degrades: {lifetime: 1 h}, repair: {time: 1 h}}]\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ("7", "1.5")),  # what comes passes two machines and is too much for the third
        ("cycle_time: 20 s", "cycle_time: 100 s", ("6", "1.25")),
        (
            "every: {each: {exponential: {rate: 0.0125 Hz}}}",
            "batch: 1",
            ("7", "2.4"),
        ),  # m1 gives one in 50 s
        ("exponential: 120 s", "exponential: 80 s", None),
        ("{id: b}", "{id: b, capacity: 5}", None),
        ("{id: m3,", "{id: m3, count: 2,", None),
        ("  machines:", FAILS + "  machines:", None),  # nobody knows how often
        ("cycle_time: 20 s}", "cycle_time: 20 s}\n    - {id: m4, from: a, to: done, cycle_time: 20 s}", None),
    ],
)
def test_a_load_above_one_is_told_at_inner_buffers_too(tmp_path, old, new, told):
    file = tmp_path / "line.yaml"
    assert old in INNER
    file.write_text(INNER.replace(old, new), "utf-8")
    if told is None:
        load_scenario(str(file))
        return
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(file))
    line, utilisation = told
    assert f"line.yaml:{line}:" in str(caught.value)
    assert f"utilisation is {utilisation}:" in str(caught.value)


def test_a_line_without_a_source_is_a_fault(tmp_path):
    file = tmp_path / "line.yaml"
    text = LINE.replace("  sources: [{id: orders, every: {each: {exponential: 60 s}}}]\n", "")
    file.write_text(text.replace("from: orders", "from: b").replace("to: b,", "to: done,"), "utf-8")
    with pytest.raises(ScenarioError, match="the line has no source"):
        load_scenario(str(file))

"""Episodes that an event ends: how long they last, what is censored, and that nothing before is changed."""

import json
import math

import numpy as np
import pytest
import yaml
from jsonschema import Draft202012Validator

from oddsmith.catalog import load_scenario, sensor_sections
from oddsmith.exporters import TABLE as EXPORTERS
from sim.domains import domain_named
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.language.schema import scenario_schema

LINE = """scenario: factory/line
duration: {until: UNTIL, at_most: 60 d}
world:
  sources: [{id: orders}]
  sinks: [{id: done}]
  machines: [{id: m, count: 3, from: orders, to: done, cycle_time: 1 h}]
  components:
    - id: c
      on: m
      ages: calendar
      degrades: {lifetime: {each: {exponential: 40 d}}}
      repair: {time: 5 h}
event:
  early: "eventually[0:20 d](broken(c_0) > 0)"
  two: "eventually(machines_down >= 2)"
"""
DAY = 86400.0


@pytest.fixture
def line(tmp_path):
    def load(until, old="", new=""):
        assert old in LINE
        file = tmp_path / "line.yaml"
        file.write_text(LINE.replace(old, new).replace("UNTIL", json.dumps(until)), "utf-8")
        return load_scenario(str(file))

    return load


def test_a_life_is_followed_to_its_end_or_censored(line):
    scenario = line("failed(c_0)")
    outcomes = [score(scenario, draw) for draw in scenario.nominal_batch(3, 0, 1200)]
    lasted = np.array([one.duration for one in outcomes]) / DAY
    censored = np.array([one.is_censored for one in outcomes])
    assert np.all(lasted[censored] == 60.0)
    assert np.all(lasted[~censored] < 60.0)
    chance = math.exp(-60 / 40)
    assert abs(censored.mean() - chance) <= 3.5 * math.sqrt(chance * (1 - chance) / 1200)
    # the life's mean, from all the time at risk and the failures seen (exponential lives, Lawless 2003, 4.1)
    failures = int((~censored).sum())
    assert abs(lasted.sum() / failures - 40) <= 3.5 * 40 / math.sqrt(failures)
    early = np.array([one.occurred("early") for one in outcomes])
    assert np.array_equal(early, lasted <= 20.0)


@pytest.mark.parametrize(
    "until",
    [
        "failed(c_0)",
        "any(x in component: failed(x))",
        "all(x in component: failed(x))",
        "count(failed) >= 3",
        "count(failed, component=c_1) > 1",
        "failed(c_0) and occurs(repaired, component=c_1)",
        "eventually(down_for(m_1) > 2 h)",
        "two",
        "early or failed(c_2)",
    ],
)
def test_the_end_changes_nothing_before_it(line, until):
    scenario, whole = line(until), line("count(failed) >= 100000")
    for draw in scenario.nominal_batch(5, 0, 12):
        short, full = record(scenario, draw), record(whole, draw)
        end = short.outcome.duration
        assert short.outcome == score(scenario, draw)
        assert short.window == (0.0, end)
        assert short.outcome.is_censored == (end == 60 * DAY)
        assert list(short.occurrences) == [one for one in full.occurrences if one.t <= end]
        (lives,) = short.tables["lives"]
        assert np.all(lives["until"] <= end)


@pytest.mark.parametrize(
    ("happens", "grows"),
    [
        ("failed(c_1)", "eventually(broken(c_1) > 0)"),
        ("any(x in component: failed(x))", "eventually(machines_down >= 1)"),
    ],
)
def test_waiting_and_looking_back_end_at_the_same_moment(line, happens, grows):
    waited, looked = line(happens), line(grows)
    for draw in waited.nominal_batch(5, 0, 20):
        assert score(waited, draw) == score(looked, draw)


def test_the_moment_of_an_occurrence_is_when_it_happens(line):
    scenario = line("count(failed) >= 100000", "event:\n", 'event:\n  second: "count(failed) >= 2"\n')
    recording = record(scenario, scenario.nominal(1, 0))
    moments = [one.t for one in recording.occurrences if one.kind == "failed"]
    assert recording.outcome.event_times["second"] == moments[1]


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("always(down(m_0) < 1)", "it cannot end an episode"),
        ("not failed(c_0)", "it cannot end an episode"),
        ("made(m_0) > 3", "it cannot end an episode"),
        ("worn_out", "unknown event 'worn_out'"),
        ("failed(d)", "unknown entity 'd'"),
        ("eventually(down_for(m_0) > 2 m)", "compares a duration"),
    ],
)
def test_what_cannot_end_an_episode_is_told_at_its_line(line, until, message):
    with pytest.raises(ScenarioError) as caught:
        line(until)
    told = str(caught.value)
    assert message in told
    assert "line.yaml:2:" in told
    assert told.endswith("1 fault")


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        ("{until: failed(c_0)}", "'at_most' is missing"),
        ("{until: failed(c_0), at_most: -3 d}", "at least"),
        ("{until: [1], at_most: 3 d}", "expected a text"),
        ("{unless: failed(c_0), at_most: 3 d}", "unknown key 'unless'"),
        ("-5 s", "at least"),
        ("", "expected"),
    ],
)
def test_durations_are_checked(line, duration, message):
    with pytest.raises(ScenarioError, match=message):
        line("", "{until: UNTIL, at_most: 60 d}", duration)


def test_other_domains_last_as_long_as_they_are_told_to():
    with pytest.raises(ScenarioError, match="'driving' lasts as long as it is told to"):
        load_scenario("driving/cut_in", overrides={"duration": "{until: collision, at_most: 12 s}"})


def test_it_is_said_again_and_set_from_outside(line, tmp_path):
    scenario = line("failed(c_0)")
    file = tmp_path / "again.yaml"
    file.write_text(yaml.safe_dump(scenario.to_data(), sort_keys=False), "utf-8")
    assert load_scenario(str(file)).hash == scenario.hash
    assert load_scenario(str(file), overrides={"duration": "2 d"}).until is None
    assert load_scenario(str(file), overrides={"duration.at_most": "2 d"}).duration == 2 * DAY
    kinds = {"domains": {"factory": domain_named("factory")}, "sensors": sensor_sections()}
    validator = Draft202012Validator(scenario_schema(**kinds, exporters=tuple(EXPORTERS)))
    data = yaml.safe_load(file.read_text("utf-8"))
    assert validator.is_valid(data)
    assert validator.is_valid(data | {"duration": "3 d"})
    assert not validator.is_valid(data | {"duration": {"until": "failed(c_0)"}})

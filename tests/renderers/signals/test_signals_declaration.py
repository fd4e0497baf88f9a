"""What a scenario may say of signal sensors, checked by the language as users meet it."""

import pytest

from oddsmith.catalog import load_scenario
from renderers.signals_declaration import CURRENT, VIBRATION, windows_fault
from sim.domains.factory.parts import geometry_faults
from sim.errors import ScenarioError

SCENARIO = """\
scenario: driving/shaken
language: 1
duration: 12 s
world:
  road: {highway: {lanes: 3}}
  ego: {vehicle: sedan, lane: 2, speed: 20 m/s}
sensors:
  s: {%s, on: ego}
"""


@pytest.fixture
def load(tmp_path):
    def read(sensor):
        file = tmp_path / "scenario.yaml"
        file.write_text(SCENARIO % sensor)
        return load_scenario(file)

    return read


@pytest.mark.parametrize(
    ("sensor", "place", "message"),
    [
        ("vibration: {rate: 5 kHz}", "8:25", "cannot show what rings up to 3090 Hz: at least 6180 Hz"),
        (
            "vibration: {resonance: 20 kHz}",
            "8:18",
            "at least 41200 Hz are needed, or a resonance below 12427 Hz",
        ),
        ("vibration: {window: 3 s, every: 2 s}", "8:27", "windows of 3 s overlap where one begins every 2 s"),
        ("vibration: {window: 1 ms, rate: 1 MHz, every: 1 ms, resonance: 3 kHz}", None, None),
        ("current: {rate: 100 Hz}", "8:23", "at least 500 Hz"),
        ("temperature: {window: 1 s}", "8:29", "a window holds 1 samples"),
        ("vibration: {window: 1000 s, every: 1 h, rate: 50 kHz}", "8:27", "it can hold from 2 to 16777216"),
        ("process: {of: head}", "8:16", "'full_scale' is missing"),
    ],
)
def test_contradictions_are_told_at_their_line(sensor, place, message, load):
    if message is None:
        assert load(sensor).sensors["s"].kind == "vibration"
        return
    with pytest.raises(ScenarioError) as told:
        load(sensor)
    assert message in str(told.value)
    assert f"scenario.yaml:{place}" in str(told.value)


def test_a_sensor_looks_once_per_window(load):
    assert load("vibration: {every: 10 min}").sensors["s"].rate == pytest.approx(1 / 600)


def test_every_fault_of_a_sensor_can_be_written_down(load):
    faults = "[{at: 1 s, drift: {rate: 0.1 1/h}}, {bias: {size: 10 %}}, {scale: {factor: 0.5}}, {stuck: {}}, "
    faults += "{spikes: {rate: 2 Hz}}, {dropouts: {length: 5 ms}}, {bursts: {}}, {swapped: {with: ego}}, "
    faults += "{at: {uniform: [0 s, 10 s]}, lasts: 3 s, skewed: {by: 50 ppm}}]"
    scenario = load(f"vibration: {{faults: {faults}}}")
    settings = scenario.resolve(scenario.nominal(1, 0)).sensors["s"]["settings"]
    assert [one["choice"].kind for one in settings["faults"]][:3] == ["drift", "bias", "scale"]
    assert settings["faults"][0]["choice"].settings["rate"] == pytest.approx(0.1 / 3600)
    assert 0.0 < settings["faults"][-1]["at"] < 10.0
    assert settings["faults"][7]["choice"].settings["with"] == "ego"


def test_checks_pass_over_what_is_wrong_in_itself():
    for section in (VIBRATION, CURRENT):
        assert section.check({}) == []
    assert windows_fault({"window": 1.0}) == []
    assert geometry_faults({"balls": 9}) == []


def test_impossible_bearings_are_told_at_the_fact_in_question():
    good = {"balls": 9, "ball_diameter": 0.008, "pitch_diameter": 0.039, "contact_angle": 0.0}
    assert geometry_faults(good) == []
    assert geometry_faults({**good, "balls": 2})[0][0] == "balls"
    assert "room for" in geometry_faults({**good, "ball_diameter": 0.015})[0][1]

"""Conditions of the run that read parameters of the episode."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.domains.base import Setup, Trace
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.noise import Draw
from sim.scenario import Scenario

FILE = """\
scenario: driving/triggers
duration: 12 s
parameters:
  trigger: {uniform: [20 m, 60 m]}
  margin: 3 m/s
  mood: {choice: {hasty: 0.5, calm: 0.5}}
world:
  road: {highway: {lanes: 2}}
  ego:
    lane: 1
    speed: 100 km/h
    do:
      - {when: "gap(ego, lead) < trigger and mood == hasty", brake: {deceleration: 4 m/s2, to: 40 km/h}}
  actors:
    - id: lead
      vehicle: van
      lane: 1
      ahead: 70 m
      speed: 80 km/h
    - id: other
      vehicle: van
      lane: 2
      ahead: 70 m
      speed: 80 km/h
      do: [{at: 1 s, set_speed: {signal: "speed(lead) - margin"}}]
event:
  close: "eventually(gap(ego, lead) < 18 m)"
"""


def load(tmp_path: Path, text: str = FILE) -> Scenario:
    file = tmp_path / "triggers.yaml"
    file.write_text(text)
    return Scenario.load(file, sensors={}, exporters=())


def followed(scenario: Scenario, draw: Draw) -> Trace:
    """Return the trace of a draw."""
    values = scenario.resolve(draw)
    setup = Setup(
        duration=scenario.duration, world=values.world, noise=draw.noise, through_crash=False, recorded=True
    )
    return scenario.domain.load()(setup)


def test_a_manoeuvre_begins_where_its_parameter_says(tmp_path: Path):
    """The gap at which braking begins is the drawn one, to what is driven in a step of the trace."""
    scenario = load(tmp_path)
    seen = {"hasty": 0, "calm": 0}
    for k in range(16):
        draw = scenario.nominal(5, k)
        values = scenario.resolve(draw).parameters
        assert record(scenario, draw).outcome == score(scenario, draw)
        found = followed(scenario, draw)
        gap, v = found.signal("gap", ("ego", "lead")), found.signal("speed", ("ego",))
        slower = np.flatnonzero(v < v[0] - 1e-6)
        if values["mood"] == "calm":
            assert slower.size == 0
        else:
            assert gap[slower[0]] == pytest.approx(values["trigger"], abs=0.3)
        seen[str(values["mood"])] += 1
    assert min(seen.values()) > 3


def test_a_signal_reads_a_parameter_that_never_changes(tmp_path: Path):
    scenario = load(tmp_path)
    found = followed(scenario, scenario.nominal(5, 0))
    assert found.signal("speed", ("other",))[-1] == pytest.approx(80.0 / 3.6 - 3.0, abs=0.05)


def test_a_parameter_that_only_a_condition_reads_is_used(tmp_path: Path):
    assert not load(tmp_path).warnings


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("< trigger", "< triger", "E161", "trigger"),
        ("< trigger", "< margin", "E161", "compares"),
        ("mood == hasty", "mood == hasti", "E123", "hasty"),
        ("- margin", "- trigger", "E161", "adds"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_place(tmp_path: Path, old: str, new: str, code: str, hint: str):
    with pytest.raises(ScenarioError) as told:
        load(tmp_path, FILE.replace(old, new))
    (fault,) = told.value.faults
    assert fault.code == code
    assert fault.place is not None
    line = next(i for i, text in enumerate(FILE.splitlines(), start=1) if old in text)
    assert fault.place.line == line
    assert hint in str(told.value)

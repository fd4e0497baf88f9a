"""Replayed traces: the vehicle is where the file says, others see it, and faults name their line."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.errors import RunError

CURVE = {"highway": {"alignment": [{"line": 20.0}, {"arc": {"length": 3000.0, "curvature": 0.004}}]}}


@pytest.fixture
def replay(driving, tmp_path):
    """Run a world in which `lead` follows a CSV."""

    def run(text, *, duration=4.0, road=None, **world):
        path = tmp_path / "trace.csv"
        path.write_text(text)
        lead = {"id": "lead", "vehicle": "sedan", "lane": 1, "ahead": 30.0, "driver": {"replay": str(path)}}
        return driving.run(duration=duration, road=road or {"highway": {}}, actors=[lead], **world)

    return run


def table(times, forward, left):
    rows = zip(times.tolist(), forward.tolist(), left.tolist(), strict=True)
    return "".join(["t,forward,left\n", *(f"{t!r},{x!r},{y!r}\n" for t, x, y in rows)])


@pytest.mark.parametrize("dt", [0.01, 0.037])
def test_it_is_where_the_trace_says_at_its_samples_whatever_the_step(replay, dt):
    times = np.arange(0.0, 4.01, 0.1)
    forward, left = 12.0 * times + 1.5 * np.sin(times), 0.4 * np.sin(2.0 * times)
    trace = replay(table(times, forward, left), dt=dt)
    at = trace.times
    offset = trace.signal("lateral_offset", ("lead",))
    assert np.allclose(offset, 0.4 * np.sin(2.0 * at), atol=2e-3)
    speed = np.hypot(12.0 + 1.5 * np.cos(at), 0.8 * np.cos(2.0 * at))
    inside = (at > 0.15) & (at < 3.85)
    assert np.allclose(trace.signal("speed", ("lead",))[inside], speed[inside], atol=0.01)
    heading = np.arctan2(0.8 * np.cos(2.0 * at), 12.0 + 1.5 * np.cos(at))
    assert np.allclose(trace.signal("heading", ("lead",))[inside], heading[inside], atol=2e-3)
    assert trace.signal("travelled", ("lead",))[-1] == pytest.approx(np.trapezoid(speed, at), rel=2e-3)


def test_a_straight_trace_is_a_constant_speed_to_the_bit_of_rounding_and_goes_on_after_its_end(replay):
    trace = replay("t,forward\n0,0\n1,20\n2.5,50\n", duration=6.0, ego={"lane": 3, "speed": 0.0})
    assert np.allclose(trace.signal("speed", ("lead",)), 20.0, atol=1e-9)
    assert np.allclose(trace.signal("gap", ("ego", "lead")), 30.0 + 20.0 * trace.times, atol=1e-6)


def test_in_a_curve_it_turns_with_the_road(replay):
    trace = replay("t,forward\n0,0\n10,150\n", duration=8.0, road=CURVE, ego={"lane": 3, "speed": 0.0})
    d = -3.5 * 2.5  # of lane 1 of three
    assert trace.signal("speed", ("lead",))[-1] == pytest.approx(15.0 * (1.0 - 0.004 * d), rel=1e-9)
    assert trace.signal("yaw_rate", ("lead",))[-1] == pytest.approx(15.0 * 0.004, rel=1e-9)


def test_others_brake_for_it_and_a_touch_is_found_between_samples(replay):
    stopping = "t,forward\n" + "".join(
        f"{t},{10 * t - 0.5 * min(t, 4) * t if t < 4 else 20}\n" for t in range(12)
    )
    soft = replay(stopping, duration=11.0, ego={"speed": 10.0, "driver": "idm"})
    assert soft.measure("min_gap", ("ego", "lead")) > 0.5
    hard = replay("t,forward\n0,0\n20,100\n", duration=9.0, ego={"speed": 15.0})
    contact = next(one for one in hard.occurrences if one.kind == "contact")
    assert contact.t == pytest.approx(30.0 / 10.0, abs=1e-9)


def test_after_a_crash_a_replayed_vehicle_is_a_wreck_as_any(replay):
    trace = replay("t,forward\n0,0\n20,100\n", duration=12.0, ego={"speed": 20.0}, through_crash=True)
    assert trace.measure("delta_v", ("lead",)) > 4.0
    assert trace.measure("impact_speed", ("ego", "lead")) == pytest.approx(15.0, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "trace.csv:1: expected the columns t [s], forward [m] and perhaps left [m], found nothing"),
        ("t,x\n0,1\n", "trace.csv:1: expected the columns"),
        ("t,forward\n0,0\n", "needs at least 2 samples, this one has 1"),
        ("t,forward\n0,0\n1,5\n1,6\n", "trace.csv:4: t does not grow: 1 after 1"),
        ("t,forward\n1,0\n2,5\n", "trace.csv:2: t begins at 1"),
        ("t,forward\n0,0\n1,fast\n", "trace.csv:3: forward is no finite number: 'fast'"),
        ("t,forward\n0,0\n1,nan\n", "trace.csv:3: forward is no finite number: 'nan'"),
        ("t,forward\n0,0\n1\n", "trace.csv:3: expected 2 numbers, found 1"),
    ],
)
def test_a_fault_in_the_file_names_its_line(replay, text, words):
    with pytest.raises(RunError) as told:
        replay(text)
    assert words in str(told.value)


def test_a_scenario_with_a_replay_loads_hashes_it_and_refuses_a_script(tmp_path):
    from oddsmith.catalog import load_scenario
    from sim.episode import score
    from sim.errors import ScenarioError

    text = """
scenario: driving/mine
duration: 4 s
world:
  road: {highway: {}}
  ego: {lane: 1, speed: 20 m/s}
  actors:
    - {id: lead, vehicle: sedan, lane: 1, ahead: 20 m, driver: {replay: lead.csv}}
event: {crash: "collided(ego, lead)"}
"""
    (tmp_path / "mine.yaml").write_text(text)
    (tmp_path / "lead.csv").write_text("t,forward\n0,0\n10,100\n")
    first = load_scenario(str(tmp_path / "mine.yaml"))
    assert [item.written for item in first.inputs] == ["lead.csv"]
    outcome = score(first, first.nominal(1, 0))
    assert outcome.occurred("crash")
    assert outcome.event_times["crash"] == pytest.approx(2.0, abs=1e-6)
    (tmp_path / "lead.csv").write_text("t,forward\n0,0\n10,300\n")
    second = load_scenario(str(tmp_path / "mine.yaml"))
    assert first.hash != second.hash
    assert not score(second, second.nominal(1, 0)).occurred("crash")
    (tmp_path / "lead.csv").write_text("t,forward\n0,0\n10,fast\n")
    with pytest.raises(
        ScenarioError, match=r"mine.yaml:8:(.|\n)*lead.csv:3: forward is no finite number: 'fast'"
    ):
        load_scenario(str(tmp_path / "mine.yaml"))
    (tmp_path / "lead.csv").write_text("t,forward\n0,0\n10,300\n")
    scripted = text.replace("{replay: lead.csv}", "{replay: lead.csv}, do: [{at: 1 s, brake: {}}]")
    (tmp_path / "mine.yaml").write_text(scripted)
    with pytest.raises(ScenarioError, match="replays a trace does what that says"):
        load_scenario(str(tmp_path / "mine.yaml"))
    assert math.isfinite(outcome.scores["crash"])

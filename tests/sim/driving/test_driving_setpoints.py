"""Set-points that change during the run: drifting and recorded speeds, and signals to work towards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.declaration import DOMAIN
from sim.domains.driving.setpoints import TICK, Reading
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.event_grammar import Names, parse_signal
from sim.fields import SignalValue
from sim.laws.varying import TABLE, Course, OrnsteinUhlenbeck, Profile
from sim.noise import Draw, Edit, Noise
from sim.scenario import Scenario

OU = Course(OrnsteinUhlenbeck(25.0, 1.5, 5.0, None, 0.0, 100.0), "law:driver.idm.desired_speed")
TRACE = Profile((0.0, 2.0, 5.0, 9.0, 14.0), (20.0, 24.0, 24.0, 15.0, 18.0))
TWO = Names(domain=DOMAIN, entities={"ego": "vehicle", "lead": "vehicle"})
HIGHWAY = {"highway": {"lanes": 2}}


def signal(text: str, least: float | None = 0.0, most: float | None = 100.0) -> SignalValue:
    return SignalValue(parse_signal(text, TWO), least, most)


def lead(**more: Any) -> dict[str, Any]:
    return {"id": "lead", "vehicle": "sedan", "lane": 1, "ahead": 60.0, "speed": 25.0, **more}


def speeds(trace: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    return trace.times, trace.signal("speed", (name,))


# -- courses -----------------------------------------------------------------------------------------------


def test_a_wish_that_drifts_is_put_in_force_tick_by_tick(driving):
    world = driving.world(
        ego={"speed": 25.0, "driver": {"idm": {"desired_speed": OU}}}, duration=6.0, road=HIGHWAY
    )
    path = OU.path(np.array([TICK * k for k in range(62)]), Noise(7), "ego")
    seen = []

    def look():
        while True:
            yield world.clock.wait(0.5 * TICK)
            seen.append((world.clock.now, world.commands("ego")[c.V_SET]))

    world.start(look())
    world.clock.run(6.0)
    assert len(seen) > 100
    for moment, wish in seen:
        tick = moment / TICK
        if abs(tick - round(tick)) > 0.2:  # between two ticks
            assert wish == path.at(moment)


def test_a_driver_of_a_drifting_wish_follows_it(driving):
    """On an empty road an IDM driver obeys dv/dt = a (1 - (v / v0)^4), here with v0 as it drifts."""
    trace = driving.run(
        ego={"speed": 25.0, "driver": {"idm": {"desired_speed": OU}}}, duration=40.0, road=HIGHWAY
    )
    times, v = speeds(trace, "ego")
    wish = OU.path(np.array([TICK * k for k in range(402)]), Noise(7), "ego").at(times)
    expected = np.empty_like(v)
    expected[0] = 25.0
    for k, dt in enumerate(np.diff(times)):
        expected[k + 1] = expected[k] + dt * 1.4 * (1.0 - (expected[k] / wish[k]) ** 4)
    assert np.std(v) > 0.3
    assert np.abs(v - expected).max() < 0.1


def test_the_wish_does_not_depend_on_the_step_of_the_motion(driving):
    found = []
    for dt in (0.01, 0.005):
        trace = driving.run(
            ego={"speed": 25.0, "driver": {"idm": {"desired_speed": OU}}}, duration=10.0, dt=dt, road=HIGHWAY
        )
        found.append(trace.signal("speed", ("ego",))[-1])
    assert found[0] == pytest.approx(found[1], abs=2e-3)


@pytest.mark.parametrize("course", [TRACE, Profile((0.0, 1.0, 6.0), (20.0, 20.0, 26.0))])
def test_a_recorded_speed_is_driven_as_recorded(driving, course: Profile):
    trace = driving.run(
        ego={"speed": 20.0, "do": [{"at": 0.0, "follow_speed": Course(course, "s")}]},
        duration=12.0,
        road=HIGHWAY,
    )
    times, v = speeds(trace, "ego")
    recorded = np.interp(times, course.times, course.values)
    assert np.abs(v - recorded).max() < 0.15
    assert np.sqrt(np.mean((v - recorded) ** 2)) < 0.05
    way = trace.signal("travelled", ("ego",))
    assert way[-1] == pytest.approx(np.trapezoid(recorded, times), abs=0.4)


def test_a_recording_begins_when_the_manoeuvre_does(driving):
    script = [{"at": 3.0, "follow_speed": Course(TRACE, "s")}, {"at": 8.0, "set_speed": 20.0}]
    trace = driving.run(ego={"speed": 20.0, "do": script}, duration=12.0, road=HIGHWAY)
    times, v = speeds(trace, "ego")
    during = (times >= 3.0) & (times < 8.0)
    assert np.abs(v[during] - np.interp(times[during] - 3.0, TRACE.times, TRACE.values)).max() < 0.15
    assert v[-1] < 21.5  # given back to the driver, who wants 20 m/s
    assert np.all(v[times < 3.0] == pytest.approx(20.0, abs=1e-6))


def test_a_chain_of_wishes_jumps_at_its_own_moments(driving):
    law = TABLE["markov"].build({"dwell": {20.0: 1.5, 28.0: 1.5}})
    course = Course(law, "s")
    world = driving.world(
        ego={"speed": 25.0, "driver": {"idm": {"desired_speed": course}}}, duration=8.0, road=HIGHWAY
    )
    path = course.path(np.array([TICK * k for k in range(82)]), Noise(7), "ego")
    jumps = path.times[1:][path.times[1:] < 7.9]
    assert len(jumps) > 1
    seen = []

    def look():
        for moment in jumps:
            yield world.clock.until(moment + 1e-4)
            seen.append(world.commands("ego")[c.V_SET])

    world.start(look())
    world.clock.run(8.0)
    assert seen == [path.at(moment) for moment in jumps]


# -- signals -----------------------------------------------------------------------------------------------


def test_a_driver_keeps_to_the_speed_of_another(driving):
    """Wanted is 2 m/s less than the leader, who slows down; the wish follows within a tick."""
    slower = [{"at": 2.0, "brake": {"deceleration": 3.0, "to": 15.0}}]
    trace = driving.run(
        ego={"speed": 25.0, "driver": {"acc_aeb": {"set_speed": signal("speed(lead) - 2 m/s")}}},
        actors=[lead(do=slower, ahead=150.0)],
        duration=40.0,
        road=HIGHWAY,
    )
    _, v = speeds(trace, "ego")
    _, w = speeds(trace, "lead")
    assert w[-1] == pytest.approx(15.0, abs=0.05)
    assert v[-1] == pytest.approx(13.0, abs=0.05)


def test_a_headway_may_be_read_from_the_run(driving):
    """IDM keeps s0 + v T in equilibrium far below its wish; T here grows with the leader's speed."""
    trace = driving.run(
        ego={
            "speed": 20.0,
            "driver": {"idm": {"desired_speed": 60.0, "headway": signal("speed(lead) * 0.1 s2/m")}},
        },
        actors=[lead(speed=20.0, ahead=50.0)],
        duration=60.0,
        road=HIGHWAY,
    )
    v = trace.signal("speed", ("ego",))[-1]
    gap = trace.signal("gap", ("ego", "lead"))[-1]
    assert gap == pytest.approx((2.0 + v * 2.0) / np.sqrt(1.0 - (v / 60.0) ** 4), rel=0.01)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("speed(lead)", 25.0),
        ("2 * speed(lead) - speed(ego)", 30.0),
        ("gap(ego, lead) / 10 s", 6.0),
        ("-speed(lead)", 0.0),  # kept to the field's bounds
        ("speed(lead) * 30", 100.0),
        ("min(speed(lead), 3 m/s)", 3.0),
        ("max(abs(speed(ego) - speed(lead)), 1 m/s)", 5.0),
        ("speed(nearest(vehicle, ego))", 25.0),
        ("speed(lead) / (speed(ego) - 20 m/s) * 1 m/s", None),  # undefined: nothing changes
        ("(ttc(ego, lead) - ttc(ego, lead)) * 1 m/s2", None),
    ],
)
def test_a_signal_is_arithmetic_over_the_present(driving, text: str, expected: float | None):
    least, most = (None, None) if expected is None else (0.0, 100.0)
    source = signal(text, least, most)
    world = driving.world(ego={"speed": 20.0}, actors=[lead()], duration=2.0, road=HIGHWAY)
    reading = Reading(world, source)
    world._compiled = world._programs.arrays()  # as at the end of building
    found = reading.now()
    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-9)


def test_a_script_gives_the_driver_a_wish_that_is_read(driving):
    """The nearest vehicle is found anew at every tick; the driver ends at its speed."""
    script = [{"at": 2.0, "set_speed": signal("speed(nearest(vehicle, ego)) - 1 m/s")}]
    trace = driving.run(
        ego={"speed": 28.0, "do": script},
        actors=[lead(ahead=400.0, speed=20.0, lane=2), {**lead(ahead=90.0, speed=25.0), "id": "near"}],
        duration=30.0,
        road=HIGHWAY,
    )
    assert trace.signal("speed", ("ego",))[-1] == pytest.approx(24.0, abs=0.01)


def test_a_goal_of_braking_may_move(driving):
    trace = driving.run(
        ego={"speed": 30.0, "do": [{"at": 1.0, "brake": {"deceleration": 4.0, "to": signal("speed(lead)")}}]},
        actors=[lead(ahead=120.0, do=[{"at": 0.5, "brake": {"deceleration": 2.0, "to": 12.0}}])],
        duration=12.0,
        road=HIGHWAY,
    )
    assert trace.signal("speed", ("ego",))[-1] == pytest.approx(12.0, abs=0.1)


# -- noise -------------------------------------------------------------------------------------------------

FILE = """\
scenario: driving/wandering
duration: 8 s
world:
  road: {highway: {lanes: 2}}
  ego:
    lane: 1
    speed: {normal: [100 km/h, 5 km/h]}
    driver: {human: {desired_speed: {signal: "speed(lead) + 1 m/s"}, headway: 0.9 s}}
  actors:
    - id: lead
      vehicle: van
      lane: 1
      ahead: {uniform: [15 m, 30 m]}
      speed: 95 km/h
      driver: {idm: {desired_speed: {ou: {mean: 90 km/h, std: 6 km/h, time_constant: 3 s}}}}
    - id: other
      vehicle: sedan
      lane: 2
      ahead: 5 m
      speed: 100 km/h
      do: [{at: 1 s, follow_speed: {profile: {file: trace.csv, time: t, column: v, unit: km/h}}}]
event:
  close: "eventually(thw(ego, lead) < 0.4 s)"
  collision: "collided(ego, lead)"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "trace.csv").write_text("t,v\n0,100\n3,80\n6,95\n")
    path = tmp_path / "wandering.yaml"
    path.write_text(FILE)
    return path


def load(file: Path, **more: Any) -> Scenario:
    return Scenario.load(file, sensors={}, exporters=(), **more)


def test_score_and_record_agree_to_the_bit(file: Path):
    scenario = load(file)
    for k in range(12):
        draw = scenario.nominal(3, k)
        if k % 2:
            draw = draw.edited(Edit(77 + k, None, 0.4 * k / 2), Edit(5 + k, "lead", 1.0, 0.5))
        assert score(scenario, draw) == record(scenario, draw).outcome


def test_edits_act_from_their_moment_on_and_on_their_entity(file: Path):
    scenario = load(file)
    draw = scenario.nominal(3, 0)
    tracks = {}
    for name, edits in {
        "": (),
        "late": (Edit(9, None, 4.0),),
        "lead": (Edit(9, "lead", 0.0),),
        "other": (Edit(9, "other", 0.0),),
    }.items():
        found = record(scenario, draw.edited(*edits))
        track = found.tracks[0]
        tracks[name] = {one: track.poses[:, track.bodies.index(one)] for one in ("ego", "lead", "other")}
    before = {name: tracks[""][name][:400] for name in tracks[""]}
    assert all(np.array_equal(tracks["late"][one][:400], before[one]) for one in before)
    assert not np.array_equal(tracks["late"]["lead"], tracks[""]["lead"])
    assert not np.array_equal(tracks["lead"]["lead"], tracks[""]["lead"])
    assert all(np.array_equal(tracks["other"][one], tracks[""][one]) for one in before)


def test_another_actor_changes_nothing_of_the_wish(file: Path):
    wish = "{idm: {desired_speed: {ou: [40 km/h, 1 km/h, 3 s]}}}"
    far = f"    - {{id: far, vehicle: van, lane: 2, ahead: 400 m, speed: 40 km/h, driver: {wish}}}\n"
    found = []
    for one in (FILE, FILE.replace("  actors:\n", "  actors:\n" + far)):
        file.write_text(one)
        scenario = load(file)
        values = scenario.resolve(Draw(5, (0.5,) * scenario.dimension))
        item = next(item for item in values.world["actors"] if item["id"] == "lead")
        course = item["driver"].settings["desired_speed"]
        found.append(course.path(np.arange(0.0, 8.0, 0.1), Noise(5), "lead").values)
    assert np.array_equal(*found)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("speed(lead) + 1 m/s", "gap(ego, lead)", "E161"),
        ("speed(lead) + 1 m/s", "speed(leed)", "E161"),
        ("speed(lead) + 1 m/s", "min_gap(ego, lead)", "E161"),
        ("std: 6 km/h", "std: 6 km", "E131"),
        ("column: v", "column: w", "E142"),
        ("speed: 95 km/h", "speed: {ou: [95 km/h, 1 km/h, 2 s]}", "E144"),
    ],
)
def test_a_wrong_set_point_is_told(file: Path, old: str, new: str, code: str):
    file.write_text(FILE.replace(old, new))
    with pytest.raises(ScenarioError) as told:
        load(file)
    assert [fault.code for fault in told.value.faults] == [code]

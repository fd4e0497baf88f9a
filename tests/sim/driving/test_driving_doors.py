"""Open doors are parts of their vehicles: touched, seen, and told as these."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.coupled import door_angle
from sim.domains.driving.signals import CODES, body_distance, signal_at
from sim.errors import RunError

ANGLE = math.radians(65.0)
STREET = {"street": {"lanes": 1, "oncoming_lanes": 1}}


def _parked(**more):
    return {
        "id": "parked", "static": "sedan", "on": "right_parking", "ahead": 20.0,
        "do": [{"at": 0.0, "open_door": {"side": "left", "time": 0.5, **more}}],
    }  # fmt: skip


def _rider(room, speed=5.0):
    # The side of the car is 0.185 m inside the bay's edge, which is 1.75 m from the lane's middle.
    offset = room - 0.185 + 0.30 - 1.75
    return {"vehicle": "bicycle", "lane": 1, "offset": offset, "speed": speed}


def test_a_door_reaches_as_far_as_its_length_and_angle_say(driving):
    world = driving.world(road=STREET, ego=_rider(3.0), actors=[_parked()])
    world.clock.run(1.0)
    car, door = world.index["parked"], world.index["parked#left_door"]
    x, p = world.X[door], world.P[door]
    length = 0.26 * 4.71
    assert p[c.LENGTH] == pytest.approx(length)
    tip = x[c.D] + 0.5 * length * math.sin(x[c.E])
    hinge = world.X[car, c.D] + 0.5 * 1.83 - 0.045
    assert tip - hinge == pytest.approx(length * math.sin(ANGLE), abs=1e-9)
    assert world.bodies == ("ego", "parked")


@pytest.mark.parametrize(("room", "touches"), [(0.8, True), (1.07, True), (1.25, False)])
def test_who_rides_within_reach_of_the_door_hits_the_car(driving, room, touches):
    # The tip is 1.22 m x sin 65 deg = 1.11 m from the hinge, which lies 0.045 m inside the flank; its corner
    # 0.045 m x cos 65 deg = 0.019 m further: 1.085 m beside the flank.
    trace = driving.run(duration=8.0, road=STREET, ego=_rider(room), actors=[_parked()])
    contacts = [one.fields for one in trace.occurrences if one.kind == "contact"]
    assert bool(contacts) is touches
    if touches:
        assert {contacts[0]["a"], contacts[0]["b"]} == {"ego", "parked"}
        side = contacts[0]["side_a" if contacts[0]["a"] == "parked" else "side_b"]
        assert side == "left"
        assert trace.predicate("collided", ("ego", "parked"))[-1] > 0.0
        assert trace.measure("impact_speed", ("ego", "parked")) == pytest.approx(5.0, abs=0.01)
    else:
        clear = trace.measure("min_distance", ("ego", "parked"))
        assert clear == pytest.approx(room - 1.085, abs=2e-3)


def test_a_door_that_stays_shut_changes_nothing(driving):
    def margins(actors):
        trace = driving.run(duration=6.0, road=STREET, ego=_rider(0.5), actors=actors)
        return trace.predicate("collided", ("ego", "parked"))

    shut = {**_parked(), "do": [{"at": 100.0, "open_door": {"side": "left"}}]}
    plain = {**_parked(), "do": []}
    assert np.array_equal(margins([shut]), margins([plain]))


def test_distance_and_time_to_collision_count_the_door(driving):
    world = driving.world(road=STREET, ego=_rider(0.9), actors=[_parked()])
    world.clock.run(4.45)  # beside the car, half a metre behind the door's tip
    i, j = world.index["ego"], world.index["parked"]

    def signal(name):
        return signal_at(
            CODES[name], i, j, world.X, world.P, world.corners, world.line, world.lanes, world.room
        )

    door = world.index["parked#left_door"]
    assert signal("distance") == body_distance(world.X, world.P, world.corners, world.line, door, i, world.room)
    assert signal("distance") == pytest.approx(5.0 * signal("ttc"), abs=0.05)
    assert 0.3 < signal("distance") < 0.7
    assert signal("sight") == np.inf  # nobody is hidden by an own door


def test_time_to_collision_counts_a_door_that_meets_a_door(driving):
    # Flanks are 1.8 m apart: a door reaches 1.085 m of it, so that only the two doors can meet.
    opened = [{"at": 0.0, "open_door": {"side": "right", "time": 0.5}}]
    ego = {"vehicle": "sedan", "lane": 1, "offset": 1.8 - 0.185 + 0.915 - 1.75, "speed": 5.0, "do": opened}
    trace = driving.run(duration=8.0, road=STREET, ego=ego, actors=[_parked()])
    touched = next(one.t for one in trace.occurrences if one.kind == "contact")
    world = driving.world(road=STREET, ego=ego, actors=[_parked()])
    world.clock.run(touched - 1.0)
    i, j = world.index["ego"], world.index["parked"]
    left = signal_at(CODES["ttc"], i, j, world.X, world.P, world.corners, world.line, world.lanes, world.room)
    assert left == pytest.approx(1.0, abs=0.02)


def test_the_door_opens_smoothly_as_long_as_told():
    moments = np.linspace(-0.5, 1.5, 2001)
    angles, rates = np.array([door_angle(t, 0.0, ANGLE, 1.0) for t in moments]).T
    assert angles[0] == 0.0
    assert angles[-1] == ANGLE
    assert np.gradient(angles, moments)[1:-1] == pytest.approx(rates[1:-1], abs=1e-4)
    assert np.all(np.diff(angles) >= 0.0)


def test_the_recording_tells_the_angle_and_one_body(driving):
    trace = driving.run(duration=2.0, road=STREET, ego=_rider(3.0), actors=[_parked()])
    truth = trace.truth()
    assert truth.tracks[0].bodies == ("ego", "parked")
    door = next(one for one in truth.channels if one.body == "parked" and one.name == "door_left")
    assert door.values[0] == pytest.approx(0.0, abs=1e-9)
    assert door.values[-1] == pytest.approx(ANGLE, abs=1e-9)
    assert truth.scene["parked"].shape.details["doors"][0][0] == 1.0


def test_after_a_blow_the_door_stays_on_its_hinge(driving):
    trace = driving.run(
        duration=8.0, road=STREET, through_crash=True, actors=[_parked()],
        ego={"vehicle": "suv", "lane": 1, "offset": -0.7, "speed": 8.0},
    )  # fmt: skip
    assert trace.measure("contact_impulse", ("ego", "parked")) > 50.0
    crash = trace._aftermath.crash
    car, door = (crash.poses[:, crash.bodies.index(name)] for name in ("parked", "parked#left_door"))
    turn = [2.0 * np.arctan2(pose[:, 5], pose[:, 6]) for pose in (car, door)]
    assert np.cos(turn[1] - turn[0]) == pytest.approx(-math.cos(ANGLE), abs=0.03)


def test_what_has_no_such_door_is_told(driving):
    with pytest.raises(RunError, match="parked has no door that opens: those of hatchback"):
        driving.world(road=STREET, ego=_rider(3.0), actors=[{**_parked(), "static": "bus"}])

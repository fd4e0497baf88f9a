"""Trams keep to their rails, stop as late as rails let them, and go first; sirens make others make way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.roads import pose_at

CROSSING = {"intersection": {"control": "priority"}}
SIGNALS = {"intersection": {"control": {"signals": {"green": 30.0, "shift": 8.0}}}}


def _row(world, name):
    _, rows = world.history()
    return rows[:, world.index[name]]


def test_a_tram_needs_the_square_of_its_speed_over_twice_its_grip_to_stop(driving):
    brake = {"at": 0.0, "brake": {"deceleration": 9.0, "jerk": 1e5}}
    world = driving.world(
        road={"street": {}}, ego={"vehicle": "tram", "lane": 1, "speed": 50 / 3.6, "do": [brake]}
    )
    world.clock.run(10.0)
    grip = 0.278 * 9.80665
    assert _row(world, "ego")[-1, c.WAY] == pytest.approx((50 / 3.6) ** 2 / (2 * grip), rel=1e-3)


def test_in_an_arc_the_middle_is_inside_the_rails_by_the_sagitta(driving):
    road = {"highway": {"lanes": 1, "alignment": [{"arc": {"length": 200.0, "curvature": 0.04}}]}}
    world = driving.world(duration=4.0, road=road, ego={"vehicle": "tram", "lane": 1, "speed": 6.0})
    world.clock.run(4.0)
    d = world.road.lane_centre(1)
    radius = 25.0 - d
    own = _row(world, "ego")[100:]  # 6 m on, where both bogies are in the arc
    assert own[:, c.D] - d == pytest.approx(radius - math.sqrt(radius**2 - 3.2**2), abs=1e-9)
    assert np.abs(own[:, c.E]).max() < 1e-9
    assert own[-1, c.R] == pytest.approx(6.0 / radius)
    # and both bogies stand on the rails
    x, y, yaw = pose_at(world.line, own[-1, c.S], own[-1, c.D])
    centre = np.array(pose_at(world.line, own[-1, c.S], 25.0)[:2])
    for ahead in (3.2, -3.2):
        bogie = np.array([x + ahead * math.cos(yaw), y + ahead * math.sin(yaw)])
        assert np.linalg.norm(bogie - centre) == pytest.approx(radius, abs=1e-9)


@pytest.mark.parametrize(("other", "waits"), [("tram", True), ("sedan", False)])
def test_on_the_priority_street_a_car_waits_for_a_tram_from_the_minor_one(driving, other, waits):
    moving = {"speed": 10.0, "driver": "idm"}
    ways = ({"from": a, "to": b, "before": 30.0} for a, b in (("west", "east"), ("south", "north")))
    world = driving.world(
        duration=6.0, road=CROSSING, ego={"vehicle": "sedan", **moving, "route": next(ways)},
        actors=[{"id": "other", "vehicle": other, **moving, "route": next(ways)}],
    )  # fmt: skip
    world.clock.run(6.0)
    assert world.touching is None
    ego, other_row = _row(world, "ego"), _row(world, "other")
    assert bool(ego[:, c.V].min() < 5.0) is waits
    assert bool(other_row[:, c.V].min() < 5.0) is not waits


def _at_red(driving, hears):
    world = driving.world(
        duration=9.0, road=SIGNALS,
        ego={"vehicle": "sedan", "speed": 12.0, "driver": "idm", "hears_siren": hears,
             "route": {"from": "south", "to": "north", "before": 45.0}},
        actors=[{"id": "ambulance", "vehicle": "ambulance", "blue_lights": True, "speed": 14.0, "driver": "idm",
                 "route": {"from": "west", "to": "east", "before": 40.0, "margin": 0.5}}],
    )  # fmt: skip
    world.clock.run(9.0)
    return world


def test_a_siren_that_is_heard_stops_who_has_green_and_the_ambulance_passes_red_slowly(driving):
    world = _at_red(driving, hears=100.0)
    ego, ambulance = _row(world, "ego"), _row(world, "ambulance")
    stop = world.P[1, c.STOP]
    assert world.touching is None
    assert ego[:, c.V].min() < 5.0
    at_line = np.argmin(np.abs(ambulance[:, c.S] + 0.5 * 5.93 - stop))
    assert ambulance[at_line, c.V] == pytest.approx(20 / 3.6, abs=0.4)
    assert ambulance[-1, c.S] > stop + 10.0


def test_who_does_not_hear_it_drives_on(driving):
    world = _at_red(driving, hears=0.0)
    assert _row(world, "ego")[:, c.V].min() > 11.0


def test_on_two_lanes_a_corridor_forms_and_closes_again(driving):
    world = driving.world(
        duration=20.0, road={"highway": {"lanes": 2}},
        ego={"lane": 1, "speed": 20.0, "driver": "idm", "hears_siren": 200.0},
        actors=[
            {"id": "left", "vehicle": "sedan", "lane": 2, "ahead": 5.0, "speed": 20.0, "driver": "idm",
             "hears_siren": 200.0},
            {"id": "ambulance", "vehicle": "ambulance", "blue_lights": True, "lane": 2, "offset": -1.75,
             "behind": 120.0, "speed": 32.0, "driver": "idm"},
        ],
    )  # fmt: skip
    world.clock.run(20.0)
    assert world.touching is None
    right, left, ambulance = (_row(world, name) for name in ("ego", "left", "ambulance"))
    lanes = world.lanes
    room = left[:, c.D].max() - right[:, c.D].min() - 1.83
    assert right[:, c.D].min() == pytest.approx(lanes[0] - (1.75 - 0.915 - 0.15), abs=0.05)
    assert left[:, c.D].max() == pytest.approx(lanes[1] + (1.75 - 0.915 - 0.15), abs=0.05)
    assert room > 2.02 + 0.5
    assert ambulance[-1, c.S] > max(right[-1, c.S], left[-1, c.S]) + 20.0
    assert ambulance[:, c.V].min() > 25.0
    assert abs(right[-1, c.D] - lanes[0]) < 0.3


def test_blue_lamps_flash_twice_a_second_left_and_right_in_turns(driving):
    trace = driving.run(duration=2.0, ego={"vehicle": "ambulance", "blue_lights": True, "speed": 10.0})
    lamps = {one.name: one.values for one in trace.truth().channels if one.name.startswith("blue_")}
    left, right = lamps["blue_left"], lamps["blue_right"]
    assert not np.any((left > 0.5) & (right > 0.5))
    for lamp in (left, right):
        assert np.sum(np.diff(lamp) > 0.5) in (7, 8)  # two flashes, twice a second

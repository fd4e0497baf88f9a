"""Trailers follow their hitch as the tractrix says, are bodies of their own, and crash with what pulls them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.coupled import trailing_angle
from sim.domains.driving.roads import pose_at
from sim.errors import RunError

TRACTOR = {"vehicle": "tractor", "trailer": "semi_trailer"}


def _places(world, name):
    """Return (T, 3) x, y, yaw of a body over the run."""
    _, rows = world.history()
    own = rows[:, world.index[name]]
    out = np.array([pose_at(world.line, s, d) for s, d in own[:, [c.S, c.D]]])
    out[:, 2] += own[:, c.E]
    return out


def _at(places, ahead):
    return places[:, :2] + ahead * np.column_stack([np.cos(places[:, 2]), np.sin(places[:, 2])])


def test_in_a_steady_curve_the_axle_runs_on_the_circle_of_pythagoras(driving):
    # The hitch runs on a circle of radius H; an axle L behind it on one of sqrt(H^2 - L^2).
    world = driving.world(
        duration=25.0,
        road={"highway": {"lanes": 2, "alignment": [{"arc": {"length": 900.0, "curvature": 1 / 60.0}}]}},
        ego={**TRACTOR, "lane": 1, "speed": 8.0},
    )
    world.clock.run(25.0)
    hitch, trailer = _places(world, "ego"), _places(world, "ego_trailer")
    centre = np.array(pose_at(world.line, world.X[0, c.S], 60.0)[:2])
    p, q = world.P[0], world.P[1]
    radius = np.linalg.norm(_at(hitch, q[c.HITCH]) - centre, axis=1)[-1]
    axle = np.linalg.norm(_at(trailer, -q[c.REAR]) - centre, axis=1)[-1]
    length = q[c.FRONT] + q[c.REAR]
    assert length == pytest.approx(7.7)
    assert axle == pytest.approx(math.sqrt(radius**2 - length**2), abs=2e-3)
    # and the coupling stays together all the time
    apart = np.linalg.norm(_at(hitch, q[c.HITCH]) - _at(trailer, q[c.FRONT]), axis=1)
    assert apart.max() < 1e-9
    assert p[c.TAIL] == pytest.approx(16.5 - 6.1)


def test_on_a_straight_the_angle_dies_away_with_the_way_over_the_length(driving):
    world = driving.world(ego={"vehicle": "sedan", "trailer": "caravan", "lane": 2, "speed": 20.0})
    row, start = world.index["ego_trailer"], 0.4
    world.X[row, c.E] = start
    world.clock.run(1.0)
    way = 20.0
    length = world.P[row, c.FRONT] + world.P[row, c.REAR]
    expected = 2.0 * math.atan(math.tan(start / 2) * math.exp(-way / length))
    assert world.X[row, c.E] == pytest.approx(expected, abs=1e-9)
    assert trailing_angle(start, way, length) == pytest.approx(expected, rel=1e-12)


def test_the_tractrix_agrees_with_small_steps_of_its_differential_equation():
    angle, n = 1.2, 200_000
    for _ in range(n):  # d(angle)/d(way) = -sin(angle) / length
        angle -= math.sin(angle) / 4.0 * (3.0 / n)
    assert trailing_angle(1.2, 3.0, 4.0) == pytest.approx(angle, abs=1e-5)


@pytest.mark.parametrize("curvature", [0.0, 0.01, -0.02])
def test_a_trailer_begins_coupled_and_its_axle_in_the_lane(driving, curvature):
    road = (
        {"highway": {"alignment": [{"arc": {"length": 500.0, "curvature": curvature}}]}}
        if curvature
        else "highway"
    )
    world = driving.world(road=road, ego={**TRACTOR, "lane": 2, "speed": 10.0})
    places = [_places(world, name)[:1] for name in world.bodies]
    q = world.P[1]
    assert _at(places[0], q[c.HITCH])[0] == pytest.approx(_at(places[1], q[c.FRONT])[0], abs=1e-9)
    assert world.names == world.bodies == ("ego", "ego_trailer")


def test_ways_are_measured_to_the_end_of_the_trailer(driving):
    world = driving.world(
        ego={"speed": 20.0},
        actors=[
            {"id": "lead", **TRACTOR, "lane": 1, "ahead": 30.0, "speed": 20.0},
            {"id": "last", "vehicle": "sedan", "lane": 1, "behind": 12.0, "of": "lead", "speed": 20.0},
        ],
    )
    from sim.domains.driving.signals import CODES, signal_at

    def gap(a, b):
        return signal_at(
            CODES["gap"], world.index[a], world.index[b], world.X, world.P, world.corners, world.line,
            world.lanes, world.room,
        )  # fmt: skip

    assert gap("ego", "lead_trailer") == pytest.approx(30.0)
    assert gap("last", "lead_trailer") == pytest.approx(12.0)


def test_who_follows_follows_the_trailer_and_nobody_follows_their_own(driving):
    world = driving.world(
        duration=20.0,
        ego={"lane": 1, "speed": 22.0, "driver": {"idm": {"desired_speed": 33.0}}},
        actors=[{"id": "lead", **TRACTOR, "lane": 1, "ahead": 30.0, "speed": 22.0, "driver": "idm"}],
    )
    world.clock.run(20.0)
    assert world.names[world.ahead[0, 0]] == "lead_trailer"
    assert world.ahead[1, 0] == -1
    assert world.touching is None
    assert world.speed("lead") == pytest.approx(22.0, abs=0.5)


def test_a_hit_on_the_trailer_is_a_touch_of_the_trailer_and_moves_both(driving):
    trace = driving.run(
        duration=8.0, through_crash=True, ego={"speed": 30.0, "lane": 1},
        actors=[{"id": "lead", **TRACTOR, "lane": 1, "ahead": 20.0, "speed": 10.0}],
    )  # fmt: skip
    contact = next(one for one in trace.occurrences if one.kind == "contact")
    assert {contact.fields["a"], contact.fields["b"]} == {"ego", "lead_trailer"}
    assert trace.predicate("collided", ("ego", "lead_trailer"))[-1] == pytest.approx(20.0, abs=0.01)
    track = trace.truth().tracks[0]
    names, poses = list(track.bodies), track.poses
    tractor, trailer = (poses[:, names.index(name)] for name in ("lead", "lead_trailer"))

    def ends(pose, ahead):
        yaw = 2.0 * np.arctan2(pose[:, 5], pose[:, 6])
        return pose[:, :2] + ahead * np.column_stack([np.cos(yaw), np.sin(yaw)])

    apart = np.linalg.norm(ends(tractor, -1.45) - ends(trailer, 5.2), axis=1)
    assert apart.max() < 0.02  # the coupling holds through the crash
    # 1.55 t at 20 m/s against 31.5 t in line: whatever the restitution, the train gains less than 2 m v / M
    after = np.diff(tractor[:, 0])[-1] / np.diff(track.times)[-1]
    assert after < 12.0


def test_a_car_with_a_caravan_is_slower_off_the_mark(driving):
    def power(**more):
        return driving.world(ego={"vehicle": "sedan", **more}).P[0, c.POWER]

    assert power(trailer="caravan") == pytest.approx(power() * 1550.0 / (1550.0 + 1400.0))


def test_what_cannot_pull_is_told(driving):
    with pytest.raises(RunError, match="ego cannot pull a semi_trailer: that is for tractor"):
        driving.world(ego={"vehicle": "sedan", "trailer": "semi_trailer"})

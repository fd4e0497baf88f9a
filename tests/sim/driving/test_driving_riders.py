"""Two-wheelers, animals and debris in the driving world: they lean, cross, are selected, are hit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import formulas as f
from sim.domains.driving.conditions import below
from sim.errors import RunError
from sim.geometry import matrix_from_pose

G = 9.80665
CURVE = {"highway": {"alignment": [{"line": 20.0}, {"arc": {"length": 3000.0, "curvature": 0.01}}]}}
STYLES = ("bicycle", "e_scooter", "motorcycle")


def track_of(trace, name):
    truth = trace.truth()
    track = next(track for track in truth.tracks if name in track.bodies)
    return track.times, track.poses[:, track.bodies.index(name)]


def channel(trace, body, name):
    return next(c for c in trace.truth().channels if (c.body, c.name) == (body, name)).values


@pytest.mark.parametrize("style", STYLES)
def test_a_rider_leans_into_a_curve_as_gravity_asks(driving, style):
    speed = 6.0
    rider = {"id": "rider", "vehicle": style, "lane": 1, "ahead": 60.0, "speed": speed}
    trace = driving.run(duration=12.0, road=CURVE, ego={"lane": 3, "speed": 0.0}, actors=[rider])
    _, poses = track_of(trace, "rider")
    T = matrix_from_pose(poses)
    lean = np.arctan2(T[:, 2, 1], T[:, 2, 2])  # of its left side upwards, right-hand about forward
    k = 0.01 / (1.0 - 0.01 * float(trace.signal("lateral_offset", ("rider",))[-1] - 3.5 * 2.5))
    assert lean[0] == 0.0
    assert lean[-1] == pytest.approx(-math.atan(speed * speed * k / G), rel=0.02)
    # it leans about where the wheels stand, and its way along the ground stays the planar one
    assert np.all(poses[:, 2] == 0.0)


@pytest.mark.parametrize("style", STYLES)
def test_a_slow_rider_keeps_its_lane_with_coarse_steps_as_with_fine_ones(driving, style):
    def offset(dt):
        ego = {"vehicle": style, "lane": 1, "speed": 5.5, "driver": "human"}
        trace = driving.run(duration=12.0, dt=dt, road={"street": {}}, ego=ego, actors=[])
        return trace.times, trace.signal("lateral_offset", ("ego",))

    times, fine = offset(0.005)
    for dt in (0.02, 0.04, 0.05):  # slip dies away in 0.02 s: midpoint steps longer than twice that diverge
        coarse_times, coarse = offset(dt)
        assert coarse == pytest.approx(np.interp(coarse_times, times, fine), abs=0.03)


def test_cranks_turn_once_per_development_and_rest_while_braking(driving):
    rider = {"id": "rider", "vehicle": "bicycle", "lane": 1, "ahead": 60.0, "speed": 5.0,
             "do": [{"at": 4.0, "brake": {"deceleration": 2.0}}]}  # fmt: skip
    trace = driving.run(duration=7.0, ego={"lane": 3, "speed": 0.0}, actors=[rider])
    crank, times = channel(trace, "rider", "crank_angle"), trace.times
    before = np.searchsorted(times, 4.0)
    assert crank[before] == pytest.approx(2.0 * math.pi * 5.0 * 4.0 / 5.0, rel=1e-3)
    assert np.ptp(crank[before + 30 :][times[before + 30 :] < 6.4]) == 0.0
    wheel = channel(trace, "rider", "wheel_angle")
    assert wheel[before] == pytest.approx(5.0 * 4.0 / 0.35, rel=1e-3)


@pytest.mark.parametrize("style", STYLES)
def test_a_two_wheeler_crosses_straight_from_kerb_to_kerb(driving, style):
    rider = {"id": "rider", "vehicle": style, "on": "right_sidewalk", "ahead": 40.0,
             "do": [{"at": 1.0, "cross": {"speed": 4.0, "acceleration": 1.0}}]}  # fmt: skip
    trace = driving.run(duration=12.0, road={"street": {}}, ego={"speed": 0.0}, actors=[rider])
    times, poses = track_of(trace, "rider")
    assert np.ptp(poses[:, 0]) < 1e-9
    # 4 m/s at 1 m/s2 take 8 m; from the start at rest y grows as t^2/2
    early = (times > 1.5) & (times < 4.5)
    way = poses[early, 1] - poses[0, 1]
    assert np.allclose(way, 0.5 * (times[early] - 1.0) ** 2, atol=0.08)
    # from the middle of the right sidewalk to 1 m behind the left kerb: 1.25 + 2.2 + 3.5 + 3.5 + 2.2 + 1
    assert poses[-1, 1] - poses[0, 1] == pytest.approx(13.65, abs=1e-6)
    assert trace.signal("speed", ("rider",))[-1] == 0.0


def test_a_car_that_is_told_to_cross_is_refused_when_it_is_drawn(driving):
    van = {
        "id": "van",
        "vehicle": "van",
        "on": "right_parking",
        "ahead": 40.0,
        "do": [{"at": 1.0, "cross": {}}],
    }
    with pytest.raises(RunError, match="van is told to cross, which is for pedestrians"):
        driving.run(road={"street": {}}, actors=[van])


def test_animals_are_a_kind_of_their_own_in_conditions_and_events(driving):
    deer = {"id": "deer", "animal": "deer", "on": "left_sidewalk", "ahead": 60.0,
            "do": [{"at": 0.0, "cross": {"speed": 5.0, "acceleration": 3.0}}]}  # fmt: skip
    walker = {"id": "walker", "pedestrian": "adult", "on": "right_sidewalk", "ahead": 10.0}
    near = below("distance", (f.Call("nearest", ("animal", "ego")), "ego"), 20.0)
    ego = {"speed": 10.0, "do": [{"when": near, "brake": {"deceleration": 5.0}}]}
    trace = driving.run(duration=8.0, road={"street": {}}, ego=ego, actors=[deer, walker])
    names, which = trace.nearest("animal", "ego")
    assert list(names) == ["deer"]
    assert not which.any()
    began = next(o.t for o in trace.occurrences if o.kind == "manoeuvre" and o.fields["actor"] == "ego")
    apart = trace.signal("distance", ("deer", "ego"))
    assert np.interp(began, trace.times, apart) == pytest.approx(20.0, abs=1e-4)
    assert np.all(apart[trace.times < began - 1e-9] > 20.0)


def test_a_rider_who_is_hit_falls_and_slides(driving):
    rider = {"id": "rider", "vehicle": "bicycle", "lane": 1, "ahead": 30.0, "speed": 4.0}
    trace = driving.run(duration=9.0, ego={"speed": 14.0}, actors=[rider], through_crash=True)
    assert trace.measure("impact_speed", ("ego", "rider")) == pytest.approx(10.0, abs=1e-6)
    _, poses = track_of(trace, "rider")
    upright = matrix_from_pose(poses)[-1, 2, 2]
    assert abs(upright) < 0.5  # it lies
    risk = 1.0 / (1.0 + math.exp(6.9 - 0.090 * 36.0))
    assert trace.measure("fatality_risk", ("rider",)) == pytest.approx(risk, rel=1e-6)
    # a body of 93 kg takes little from a car of 1550 kg
    assert trace.measure("delta_v", ("ego",)) < 1.5 < trace.measure("delta_v", ("rider",))


def test_lost_things_have_their_real_size_and_stop_what_hits_them(driving):
    pallet = {"id": "pallet", "static": "pallet", "lane": 1, "ahead": 30.0}
    trace = driving.run(duration=5.0, ego={"speed": 20.0}, actors=[pallet])
    contact = next(o for o in trace.occurrences if o.kind == "contact")
    assert contact.t == pytest.approx(30.0 / 20.0, abs=1e-6)
    body = next(body for body in trace.truth().scene if body.name == "pallet")
    assert (body.category, body.shape.size) == ("dynamic", (1.2, 0.8, 0.144))


def test_an_emergency_brake_stops_for_a_deer_it_can_see(driving):
    deer = {"id": "deer", "animal": "deer", "lane": 1, "ahead": 60.0}
    ego = {"speed": 16.0, "driver": {"acc_aeb": {"trigger_ttc": 1.6}}}
    trace = driving.run(duration=9.0, ego=ego, actors=[deer])
    assert trace.measure("min_gap", ("ego", "deer")) > 0.0
    assert trace.signal("speed", ("ego",))[-1] < 1e-6

"""Criticality: formulas against their definitions, and measures against encounters one can compute by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sim.domains.driving.criticality import (
    brake_threat,
    eu_2022_1426_ttc,
    modified_ttc,
    r157_ttc,
    rss_distance,
)
from sim.domains.driving.encounters import fatality_risk_in_a_car, fatality_risk_on_foot

G = 9.80665


@settings(deadline=None)
@given(st.floats(0.1, 200), st.floats(-30, 30), st.floats(-12, 12))
@example(0.125, -24.0, 1.0)  # far apart roots of opposite signs
def test_the_modified_time_to_collision_closes_the_gap_for_the_first_time(gap, closing, surge):
    found = modified_ttc(gap, closing, surge)
    closed = lambda t: closing * t + 0.5 * surge * t * t  # noqa: E731
    if math.isinf(found):
        assert all(closed(t) < gap + 1e-6 for t in np.linspace(0.0, 60.0, 500))
    else:
        assume(found < 1e5)
        rounding = 1e-14 * (abs(closing) * found + 0.5 * abs(surge) * found * found) + 1e-12 * gap
        assert closed(found) == pytest.approx(gap, abs=rounding)
        assert all(closed(t) <= gap + rounding for t in np.linspace(0.0, found, 100))


def test_without_acceleration_it_is_the_time_to_collision():
    assert modified_ttc(30.0, 10.0, 0.0) == pytest.approx(3.0)
    assert modified_ttc(30.0, -10.0, 0.0) == modified_ttc(30.0, 0.0, 0.0) == math.inf


def _played(v, first, then, response=1.0, step=1e-4):
    """Way of a body that accelerates during the response and then brakes to rest, by small steps."""
    way = 0.0
    for a, until in ((first, response), (-then, math.inf)):
        t = 0.0
        while t < until and (v > 0.0 or a > 0.0):
            way += v * step + 0.5 * a * step * step
            v, t = v + a * step, t + step
    return way


@pytest.mark.parametrize(("back", "front"), [(30.0, 30.0), (20.0, 35.0), (10.0, 0.0), (13.9, 8.3), (2.0, 33.0)])
def test_the_safe_distance_is_what_the_worst_case_needs(back, front):
    worst = _played(back, 3.5, 4.0) - _played(front, 0.0, 8.0, response=0.0)
    assert rss_distance(back, front) == pytest.approx(max(worst, 0.0), abs=0.02)
    assert rss_distance(-front, -back) == rss_distance(back, front)  # the other way round the road


def test_towards_each_other_both_must_come_to_rest():
    worst = _played(15.0, 3.5, 3.0) + _played(20.0, 3.5, 4.0)
    assert rss_distance(15.0, -20.0) == pytest.approx(worst, abs=0.02)
    assert rss_distance(-15.0, 20.0) == 0.0  # they part


def test_signals_of_a_pair_in_line(driving):
    trace = driving.run(
        duration=1.0,
        ego={"lane": 2, "speed": 25.0, "driver": "constant"},
        actors=[
            {"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 60.0, "speed": 15.0, "driver": "constant"}
        ],
    )
    pair, gap = ("ego", "lead"), trace.signal("gap", ("ego", "lead"))
    assert np.allclose(trace.signal("modified_ttc", pair), gap / 10.0)
    assert np.allclose(trace.signal("modified_ttc", pair), trace.signal("ttc", pair))
    assert np.allclose(trace.signal("rss_margin", pair), gap - rss_distance(25.0, 15.0))
    threat = trace.signal("brake_threat_number", pair)
    friction = driving.world(ego={"lane": 2, "speed": 25.0}).road.friction
    assert np.allclose(threat, 100.0 / (2.0 * gap) / (friction * G))
    assert brake_threat(friction * G, friction) == pytest.approx(1.0)
    assert trace.measure("time_exposed_ttc", pair) == 0.0
    assert trace.measure("pet", pair) == math.inf  # a second of driving does not reach where the other was


def test_a_lane_is_left_by_what_reaches_over_its_line(driving):
    trace = driving.run(
        duration=8.0,
        road={"highway": {"lanes": 2, "lane_width": 3.5}},
        ego={
            "lane": 1, "speed": 25.0, "vehicle": "sedan", "driver": "constant",
            "do": [{"at": "1 s", "change_lane": {"to": 2, "lateral_speed": 1.0}}],
        },
    )  # fmt: skip
    departure, offset = trace.signal("lane_departure", ("ego",)), trace.signal("lateral_offset", ("ego",))
    width = driving.world(ego={"lane": 1, "speed": 25.0, "vehicle": "sedan"}).P[0, 1]
    assert departure[0] == pytest.approx(0.5 * width - 1.75)
    assert departure[-1] == pytest.approx(0.5 * width - 1.75, abs=0.03)
    assert np.max(departure) == pytest.approx(0.5 * width, abs=0.15)  # its centre on the line, a little turned
    assert np.argmax(departure) == pytest.approx(np.argmax(np.abs(offset)), abs=3)


def test_a_follower_encroaches_after_its_time_gap(driving):
    trace = driving.run(
        duration=6.0,
        ego={"lane": 2, "speed": 20.0, "driver": "constant"},
        actors=[
            {"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 30.0, "speed": 20.0, "driver": "constant"}
        ],
    )
    gap = trace.signal("gap", ("ego", "lead"))[0]
    step = float(np.max(np.diff(trace.times)))
    assert trace.measure("pet", ("ego", "lead")) == pytest.approx(gap / 20.0, abs=step)
    assert trace.measure("pet", ("lead", "ego")) == trace.measure("pet", ("ego", "lead"))


def _crossing(driving, ahead):
    return driving.run(
        duration=8.0,
        road={"street": {}},
        ego={"lane": 1, "speed": 10.0, "driver": "constant"},
        actors=[
            {
                "id": "walker", "pedestrian": "adult", "on": "right_sidewalk", "ahead": ahead,
                "do": [{"at": "0 s", "cross": {"speed": 2.0}}],
            }
        ],
    )  # fmt: skip


def test_a_crossing_is_timed_from_leaving_to_reaching_the_shared_place(driving):
    # The walker has crossed the lane long before a car that starts 60 m away comes.
    trace = _crossing(driving, 60.0)
    pet = trace.measure("pet", ("ego", "walker"))
    assert trace.measure("impact_speed", ("ego", "walker")) == 0.0
    later = _crossing(driving, 65.0).measure("pet", ("ego", "walker"))
    assert 0.0 < pet < 6.0
    assert later - pet == pytest.approx(0.5, abs=0.03)  # five metres at ten metres a second


def test_exposure_counts_the_seconds_below_the_threshold(driving):
    trace = driving.run(
        duration=20.0,
        ego={"lane": 2, "speed": 20.0, "driver": "constant"},
        actors=[
            {"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 60.0, "speed": 10.0, "driver": "constant"}
        ],
    )
    assert trace.measure("impact_speed", ("ego", "lead")) == pytest.approx(10.0, abs=1e-6)
    assert trace.measure("time_exposed_ttc", ("ego", "lead")) == pytest.approx(1.5, abs=0.02)
    assert trace.measure("pet", ("ego", "lead")) == 0.0


def test_risks_are_the_published_curves():
    assert fatality_risk_in_a_car(71 * 0.44704) == fatality_risk_in_a_car(40.0) == 1.0
    assert fatality_risk_in_a_car(0.5 * 71 * 0.44704) == pytest.approx(1 / 16)
    # Rosén and Sander give 1 % at 30 km/h or so, half at 75 to 80 km/h.
    assert fatality_risk_on_foot(50 / 3.6) == pytest.approx(0.083, abs=0.002)
    assert fatality_risk_on_foot(6.9 / 0.090 / 3.6) == pytest.approx(0.5)


def test_whoever_is_hit_is_at_risk(driving):
    trace = driving.run(
        duration=8.0,
        through_crash=True,
        road={"street": {}},
        ego={"lane": 1, "speed": 15.0, "driver": "constant"},
        actors=[
            {"id": "child", "pedestrian": "adult", "on": "right_sidewalk", "ahead": 40.0},
            {"id": "wreck", "vehicle": "sedan", "lane": 1, "ahead": 40.0, "speed": 0.0, "driver": "constant"},
        ],
    )
    assert trace.measure("fatality_risk", ("ego",)) == fatality_risk_in_a_car(
        trace.measure("delta_v", ("ego",))
    )
    assert 0.0 < trace.measure("fatality_risk", ("wreck",)) < 0.2
    assert trace.measure("fatality_risk", ("child",)) == 0.0


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        (r157_ttc, (0.581, 0.813, 1.044, 1.276, 1.507, 1.739)),
        (eu_2022_1426_ttc, (0.48, 0.71, 0.94, 1.18, 1.41, 1.64)),
    ],
)
def test_both_tables_of_the_least_ttc_at_a_cut_in_are_the_printed_ones(formula, printed):
    """UN R157, 5.2.5.2, at 10 to 60 km/h, and what the KBA prints for Regulation (EU) 2022/1426."""
    digits = 3 if formula is r157_ttc else 2
    for kmh, least in zip(range(10, 70, 10), printed, strict=True):
        assert formula(kmh / 3.6) == pytest.approx(least, abs=0.51 * 10.0**-digits)


def test_ttc_margins_are_those_of_the_pair(driving):
    lead = {"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 40.0, "speed": 15.0}
    trace = driving.run(duration=1.0, ego={"lane": 2, "speed": 25.0}, actors=[lead])
    gap = trace.signal("gap", ("ego", "lead"))
    assert np.allclose(trace.signal("r157_ttc_margin", ("ego", "lead")), gap / 10.0 - r157_ttc(10.0))
    european = trace.signal("eu_2022_1426_ttc_margin", ("lead", "ego"))
    assert np.allclose(european, gap / 10.0 - eu_2022_1426_ttc(10.0))
    parting = driving.run(duration=1.0, ego={"lane": 2, "speed": 10.0}, actors=[lead])
    assert np.all(parting.signal("r157_ttc_margin", ("ego", "lead")) == np.inf)

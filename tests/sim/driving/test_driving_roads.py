"""The reference line: closed forms, round trips, and continuity."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.domains.driving.road_building import build_road
from sim.domains.driving.roads import curvature_at, pose_at
from sim.fields import Chosen

HIGHWAY = {"lanes": 3, "lane_width": 3.5, "shoulder": 2.5, "surface": "dry", "friction": None, "alignment": (),
           "limit": None, "work_zone": None, "entry": None, "exit": None}  # fmt: skip
CURVES = (
    Chosen("line", 80.0),
    Chosen("clothoid", {"length": 60.0, "to": 1 / 150}),
    Chosen("arc", {"length": 120.0, "curvature": 1 / 150}),
    Chosen("clothoid", {"length": 90.0, "to": -1 / 250}),
)


def road(alignment=(), **settings):
    return build_road(
        Chosen("highway", {**HIGHWAY, "alignment": alignment, **settings}), start=100.0, length=600.0
    )


def slow_pose(line, s, d):
    """World pose by numerical integration of the heading."""
    heading = lambda w: quad(lambda u: curvature_at(line, u), 0.0, w, limit=200, points=line[1:, 0])[0]  # noqa: E731
    steps = np.linspace(0.0, s, 4001)
    bends = np.array([curvature_at(line, float(w)) for w in steps])
    angles = np.concatenate([[0.0], np.cumsum(0.5 * (bends[1:] + bends[:-1]) * np.diff(steps))])
    x = np.trapezoid(np.cos(angles), steps)
    y = np.trapezoid(np.sin(angles), steps)
    end = heading(s)
    return x - d * math.sin(end), y + d * math.cos(end), end


@pytest.mark.parametrize(("s", "d"), [(50.0, -3.0), (150.0, 0.0), (215.0, 2.0), (330.0, -5.0), (420.0, 1.0)])
def test_the_line_is_the_integral_of_its_curvature(s, d):
    line = road(CURVES).line
    assert pose_at(line, s, d) == pytest.approx(slow_pose(line, s, d), abs=2e-4)


def test_an_arc_is_a_circle():
    bent = road((Chosen("arc", {"length": 300.0, "curvature": 0.01}),))
    for s, d in ((120.0, 0.0), (180.0, -4.0), (350.0, 3.0)):
        x, y, heading = bent.pose(s, d)
        # the straight run-up ends at (100, 0); the centre of the circle lies 100 m to its left
        assert math.hypot(x - 100.0, y - 100.0) == pytest.approx(100.0 - d, abs=1e-9)
        assert heading == pytest.approx((s - 100.0) * 0.01)


@given(st.floats(1.0, 560.0), st.floats(-12.0, 6.0), st.floats(-6.0, 6.0))
@settings(max_examples=200, deadline=None)
def test_world_and_road_coordinates_are_inverse(s, d, guess):
    bent = road(CURVES)
    x, y, _ = bent.pose(s, d)
    assert bent.place(x, y, s + guess) == pytest.approx((s, d), abs=1e-8)


@pytest.mark.parametrize("alignment", [(), CURVES])
def test_segments_join_without_a_step(alignment):
    built = road(alignment)
    for at in built.line[1:, 0]:
        before, after = built.pose(at - 1e-9, -2.0), built.pose(at + 1e-9, -2.0)
        assert before == pytest.approx(after, abs=1e-7)
    assert built.length >= 600.0


def test_lane_one_is_the_rightmost():
    built = road()
    assert built.lane_centres == pytest.approx((-8.75, -5.25, -1.75))
    assert built.lane_centre(1) < built.lane_centre(3)


def test_a_street_has_kerbs_bays_and_oncoming_lanes():
    street = build_road(
        Chosen(
            "street",
            {
                "lanes": 1, "oncoming_lanes": 1, "lane_width": 3.5, "parking": 2.2, "sidewalk": 2.5,
                "crosswalk": 40.0, "centre_line": "broken", "limit": None,
                "alignment": (), "surface": "wet", "friction": None,
            },
        ),
        start=100.0,
        length=300.0,
    )  # fmt: skip
    assert street.directions == (1, -1)
    assert street.lane_centres == (-1.75, 1.75)
    assert street.edges == pytest.approx((-5.7, 5.7))
    assert street.places["right_parking"] == pytest.approx(-4.6)
    assert street.crosswalks == ((140.0, 4.0, -3.5, 3.5),)
    assert street.friction == 0.6
    edges = [(right, left) for right, left, _, _ in street.strips]
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(edges))

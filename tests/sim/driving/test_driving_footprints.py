"""Distances of convex footprints against slow, independent constructions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.driving.footprints import (
    contact_between,
    place_polygon,
    polygon_distance,
    segment_clearance,
    time_to_touch,
)
from sim.domains.driving.vehicles import CORNER_LIMIT, PEDESTRIANS, STATICS, VEHICLES

BODIES = [*VEHICLES.values(), *PEDESTRIANS.values(), STATICS["cone"], STATICS["box"]]
places = st.tuples(
    st.sampled_from(BODIES), st.floats(-12, 12), st.floats(-12, 12), st.floats(-math.pi, math.pi)
)


def placed(place) -> tuple[np.ndarray, int]:
    body, x, y, yaw = place
    out = np.zeros((CORNER_LIMIT, 2))
    place_polygon(body.corners, len(body.footprint), x, y, yaw, out)
    return out, len(body.footprint)


def slow_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Signed distance of convex polygons from their Minkowski difference: where the origin lies to its hull."""
    from scipy.spatial import ConvexHull

    cloud = (b[:, None, :] - a[None, :, :]).reshape(-1, 2)
    hull = ConvexHull(cloud)
    inside = np.max(hull.equations[:, 2])
    if inside <= 0.0:
        return float(inside)
    ring = cloud[hull.vertices]
    ends = np.roll(ring, -1, axis=0) - ring
    share = np.clip(-np.sum(ring * ends, axis=1) / np.sum(ends * ends, axis=1), 0.0, 1.0)
    return float(np.min(np.hypot(*(ring + share[:, None] * ends).T)))


@given(places, places)
@settings(max_examples=400, deadline=None)
def test_the_distance_is_that_of_the_minkowski_difference(first, second):
    (a, na), (b, nb) = placed(first), placed(second)
    found = polygon_distance(a, na, b, nb)
    assert found == pytest.approx(slow_distance(a[:na], b[:nb]), abs=1e-9)
    assert found == pytest.approx(polygon_distance(b, nb, a, na), abs=1e-12)


def test_cars_in_a_lane_are_bumper_to_bumper():
    a, na = placed((VEHICLES["sedan"], 0.0, 0.0, 0.0))
    b, nb = placed((VEHICLES["gvt"], 20.0, 0.4, 0.0))
    assert polygon_distance(a, na, b, nb) == pytest.approx(20.0 - (4.71 + 4.023) / 2, abs=1e-12)


@given(places, places, st.floats(-30, 30), st.floats(-30, 30))
@settings(max_examples=200, deadline=None)
def test_time_to_touch_is_the_first_zero_of_the_distance(first, second, vx, vy):
    (a, na), (b, nb) = placed(first), placed(second)
    found = time_to_touch(a, na, b, nb, vx, vy)
    at = lambda t: polygon_distance(a, na, b + np.array([vx, vy]) * t, nb)  # noqa: E731
    if at(0.0) <= 0.0:
        assert found == 0.0
    elif math.isinf(found):
        assert all(at(t) > -1e-9 for t in np.linspace(0.0, 5.0, 400))
    else:
        assert at(found) == pytest.approx(0.0, abs=1e-7)
        assert all(at(t) > -1e-9 for t in np.linspace(0.0, found, 50))


def test_time_to_touch_in_line_is_gap_over_speed():
    a, na = placed((VEHICLES["sedan"], 0.0, 0.0, 0.0))
    b, nb = placed((VEHICLES["truck"], 30.0, 0.0, 0.0))
    gap = 30.0 - (4.71 + 8.5) / 2
    assert time_to_touch(a, na, b, nb, -8.0, 0.0) == pytest.approx(gap / 8.0, rel=1e-12)
    assert time_to_touch(a, na, b, nb, 8.0, 0.0) == math.inf
    assert time_to_touch(a, na, b, nb, 0.0, 0.0) == math.inf


def test_the_point_of_contact_is_the_middle_of_the_touching_faces():
    a, na = placed((STATICS["box"], 0.0, 0.0, 0.0))
    b, nb = placed((STATICS["box"], 0.6, 0.2, 0.0))
    x, y, nx, ny = contact_between(a, na, b, nb, 1e-3, np.zeros((1, 2)))
    assert (x, y) == pytest.approx((0.3, 0.1))
    assert (nx, ny) == pytest.approx((1.0, 0.0))


def test_a_line_of_sight_is_blocked_by_what_it_cuts():
    box, count = placed((STATICS["box"], 5.0, 0.0, 0.3))
    room = np.zeros((2, 2))
    assert segment_clearance(0.0, 0.0, 10.0, 0.0, box, count, room) < 0.0
    assert segment_clearance(0.0, 2.0, 10.0, 2.0, box, count, room) == pytest.approx(
        2.0 - 0.3 * (math.cos(0.3) + math.sin(0.3))
    )
    assert segment_clearance(0.0, 0.0, 2.0, 0.0, box, count, room) > 2.0


@pytest.mark.parametrize("body", BODIES, ids=lambda b: b.style)
def test_footprints_are_convex_and_fill_their_box(body):
    points = np.array(body.footprint)
    edges = np.roll(points, -1, axis=0) - points
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    assert np.all(turns > 0)
    assert np.ptp(points, axis=0) == pytest.approx(body.size[:2])

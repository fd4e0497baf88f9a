"""Bodies on different reference lines see each other where a brute-force search says they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.driving.lines import nearest_on
from sim.domains.driving.maps.curves import along, chained, line_of, shifted, turn
from sim.domains.driving.roads import pose_at

CURVES = chained(
    (3.0, -2.0, 0.7),
    [(40.0, 0.0, 0.0), (12.0, 0.0, 0.08), (10.0, 0.08, 0.08), (12.0, 0.08, 0.0), (60.0, 0.0, 0.0)],
)
LINE = line_of(CURVES)


@settings(max_examples=200, deadline=None)
@given(st.floats(-20.0, 150.0), st.floats(-8.0, 8.0))
def test_a_place_beside_a_line_is_found_again(s: float, d: float) -> None:
    x, y, _ = pose_at(LINE, s, d)
    assert nearest_on(LINE, x, y, np.inf) == pytest.approx((s, d), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.floats(-40.0, 90.0), st.floats(-30.0, 110.0))
def test_nothing_on_the_line_is_nearer_than_its_nearest_point(x: float, y: float) -> None:
    s, d = nearest_on(LINE, x, y, np.inf)
    ways = np.linspace(-100.0, 300.0, 8001)
    apart = min(math.hypot(x - px, y - py) for px, py, _ in (pose_at(LINE, w, 0.0) for w in ways))
    assert abs(d) <= apart + 1e-6
    assert pose_at(LINE, s, d)[:2] == pytest.approx((x, y), abs=1e-6)


def test_a_place_out_of_reach_is_nowhere() -> None:
    x, y, _ = pose_at(LINE, 20.0, 5.0)
    assert np.isnan(nearest_on(LINE, x, y, 4.9)).all()
    assert nearest_on(LINE, x, y, 5.1)[1] == pytest.approx(5.0)


@given(
    st.floats(-math.pi, math.pi),
    st.floats(0.3, 2.5) | st.floats(-2.5, -0.3),
    st.floats(5.0, 40.0),
    st.floats(5.0, 40.0),
)
def test_a_turn_ends_where_it_should_without_a_kink(
    heading: float, by: float, before: float, after: float
) -> None:
    corner = (before * math.cos(heading), before * math.sin(heading))
    goal = heading + by
    end = (corner[0] + after * math.cos(goal), corner[1] + after * math.sin(goal), goal)
    segments = turn((0.0, 0.0, heading), end)
    x, y, reached = along(segments[-1], segments[-1][0])
    assert (x, y) == pytest.approx(end[:2], abs=1e-6)
    assert math.remainder(reached - goal, 2 * math.pi) == pytest.approx(0.0, abs=1e-9)
    bends = [k for segment in segments for k in segment[4:]]
    assert bends[0] == bends[-1] == 0.0
    assert bends[1:-1:2] == pytest.approx(bends[2::2])


def test_euro_ncap_s_turn_at_10_km_h_has_its_radius_of_9_metres() -> None:
    # CCFtap: clothoid by 20.62 deg, arc of 9 m by 48.76 deg, clothoid: as far along as across
    ramp = 2.0 * math.radians(20.62) * 9.0
    path = chained(
        (0.0, 0.0, 0.0), [(ramp, 0.0, 1 / 9), (9.0 * math.radians(48.76), 1 / 9, 1 / 9), (ramp, 1 / 9, 0.0)]
    )
    end = along(path[-1], ramp)
    assert end[0] == pytest.approx(end[1], rel=1e-9)
    ours = turn((0.0, 0.0, 0.0), (end[0], end[1], math.pi / 2))
    assert max(k for *_, k in ours) == pytest.approx(1 / 9, rel=1e-6)


def test_a_line_beside_an_arc_is_an_arc_about_the_same_point() -> None:
    (arc,) = shifted(chained((0.0, 0.0, 0.0), [(10.0, 0.05, 0.05)]), 5.0)
    assert arc[0] == pytest.approx(7.5)
    assert arc[4] == pytest.approx(1 / 15)
    with pytest.raises(ValueError, match="no line parallel"):
        shifted(chained((0.0, 0.0, 0.0), [(10.0, 0.0, 0.05)]), 1.0)

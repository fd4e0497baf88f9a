import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bearings import CATALOGUE, Bearing, fault_orders

PUBLISHED = {
    "6205": (3.58477554, 5.41522446, 2.35672170, 0.39830839),
    "6203": (3.05311943, 4.94688057, 1.99383872, 0.38163993),
    "ZA-2115": (7.09210414, 8.90789586, 4.19749967, 0.44325651),
    "UER204": (3.08306802, 4.91693198, 2.06657037, 0.38538350),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_orders_of_the_rigs_bearings(name):
    orders = fault_orders(CATALOGUE[name])
    found = (orders.outer, orders.inner, orders.ball, orders.cage)
    assert found == pytest.approx(PUBLISHED[name], abs=6e-9)


@given(st.integers(3, 40), st.floats(0.02, 0.9), st.floats(0.0, 1.5))
def test_every_ball_meets_both_races_and_their_hits_add_up(balls, ratio, angle):
    try:
        orders = fault_orders(Bearing(balls, ratio, 1.0, angle))
    except ValueError:
        assert balls * math.asin(ratio) > math.pi
        return
    assert orders.outer + orders.inner == pytest.approx(balls)
    assert orders.outer == pytest.approx(balls * orders.cage)
    assert 0 < orders.cage < 0.5 < orders.inner / balls < 1


@pytest.mark.parametrize(
    ("bearing", "message"),
    [
        (Bearing(2, 0.01, 0.04), "at least 3 balls, got 2"),
        (Bearing(9, 0.05, 0.04), "would meet in its centre"),
        (Bearing(9, -0.01, 0.04), "must be positive"),
        (Bearing(16, 0.01, 0.04), "16 balls of 0.01 m do not fit .* room for 12"),
        (Bearing(9, 0.008, 0.04, math.pi / 2), "contact angle"),
    ],
)
def test_impossible_geometry_is_told(bearing, message):
    with pytest.raises(ValueError, match=message):
        fault_orders(bearing)

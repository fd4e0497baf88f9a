"""Sensors look on one absolute grid, inside the window, at moments that rounding does not lose."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.observation import mounting, sample_times


def test_the_grid_is_absolute_and_both_ends_count():
    assert sample_times((0.25, 0.9), 10.0).tolist() == pytest.approx([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])


@given(st.integers(0, 10**6), st.integers(0, 500), st.sampled_from([1.0, 3.0, 10.0, 25.0, 50.0, 100.0]))
def test_a_window_from_tick_to_tick_holds_all_its_ticks(first, length, rate):
    times = sample_times((first / rate, (first + length) / rate), rate)
    assert len(times) == length + 1
    assert np.array_equal(times, np.arange(first, first + length + 1) / rate)


@given(st.floats(0, 1e3), st.floats(0, 20), st.floats(0.1, 1000))
def test_moments_lie_inside_and_none_is_missing(start, length, rate):
    times = sample_times((start, start + length), rate)
    slack = 1e-6 / rate
    assert all(start - slack <= t <= start + length + slack for t in times)
    assert abs(len(times) - length * rate) <= 1 + 1e-6 * max(1.0, rate * (start + length))


def test_a_sensor_without_a_clock_gets_no_moments():
    assert sample_times((0.0, 5.0), 0.0).size == 0


def test_a_mounting_yawed_left_looks_along_y():
    T = mounting((1.0, 2.0, 3.0, 0.0, 0.0, math.pi / 2))
    assert T[:3, 3].tolist() == [1.0, 2.0, 3.0]
    assert T[:3, :3] @ [1.0, 0.0, 0.0] == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)

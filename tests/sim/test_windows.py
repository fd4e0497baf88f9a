"""Sliding extrema against their definition, written out."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.windows import leading_maximum, until_margin

MARGINS = hnp.arrays(np.float64, st.integers(1, 24), elements=st.floats(-5, 5))
OFFSETS = st.floats(0, 6)


def clock(count):
    return np.cumsum(np.resize([0.1, 0.4, 0.25], count))


@given(MARGINS, OFFSETS, st.one_of(st.none(), OFFSETS))
def test_leading_maximum_is_the_maximum_over_the_window(margins, start, length):
    times = clock(len(margins))
    end = None if length is None else start + length
    found = leading_maximum(times, margins, start, end)
    for t, value in zip(times, found, strict=True):
        inside = (times >= t + start - 1e-9) & (times <= (math.inf if end is None else t + end + 1e-9))
        assert value == max(margins[inside], default=-math.inf)


@given(st.data(), OFFSETS, st.one_of(st.none(), OFFSETS))
def test_until_is_the_best_moment_to_which_left_holds(data, start, length):
    left = data.draw(MARGINS)
    right = data.draw(hnp.arrays(np.float64, len(left), elements=st.floats(-5, 5)))
    times = clock(len(left))
    end = None if length is None else start + length
    found = until_margin(times, left, right, start, end)
    for i, t in enumerate(times):
        best = -math.inf
        for j in range(i, len(times)):
            if t + start - 1e-9 <= times[j] <= (math.inf if end is None else t + end + 1e-9):
                best = max(best, min(right[j], min(left[i:j], default=math.inf)))
        assert found[i] == best

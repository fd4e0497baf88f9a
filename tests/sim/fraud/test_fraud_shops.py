"""Merchants grouped by kind and place: shares of popularity add up to 1, however unequal merchants are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.domains.fraud.shops import grouped

KINDS, PLACES = 2, 3


@given(st.lists(st.floats(0.0, 60.0), min_size=4, max_size=30), st.randoms(use_true_random=False))
def test_shares_of_a_group_rise_to_one(exponents, random):
    """Against a plain sum over each group; popularities may differ by sixty powers of ten."""
    weight = 10.0 ** np.array(exponents)
    kind = np.array([random.randrange(KINDS) for _ in weight])
    place = np.array([random.randrange(PLACES) for _ in weight])
    kind[:KINDS], place[:KINDS] = np.arange(KINDS), 0  # every kind is in the largest city
    start, found, share = grouped(kind, place, weight, KINDS, PLACES)
    for group in range(KINDS * PLACES):
        span = slice(int(start[group]), int(start[group + 1]))
        own = np.flatnonzero((kind == group // PLACES) & (place == group % PLACES))
        if not len(own):
            own = np.flatnonzero((kind == group // PLACES) & (place == 0))
        assert sorted(found[span].tolist()) == own.tolist()
        parts = weight[found[span]] / weight[own].sum()
        np.testing.assert_allclose(share[span], np.cumsum(parts), atol=1e-9)
        assert share[span][-1] == pytest.approx(1.0)

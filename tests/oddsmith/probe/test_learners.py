"""What trees are judged by: recall at a precision, lift, and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oddsmith.probe.learners import average_precision, lift_limit, recall_at

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=25)


@given(scored, st.sampled_from([0.5, 0.75, 0.9]))
def test_recall_at_a_precision_tries_every_threshold(rows, precision):
    y, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    best = 0.0
    for threshold in np.unique(score):
        chosen = score >= threshold
        hits = weight @ (y & chosen)
        if hits >= precision * (weight @ chosen):
            best = max(best, hits / max(weight @ y, 1))
    assert recall_at(precision, y, score.astype(float), weight.astype(float)) == pytest.approx(best)


def test_average_precision_of_noise_is_the_share_of_positives():
    rng = np.random.default_rng(0)
    y = rng.random(200_000) < 0.02
    found = average_precision(y, rng.random(200_000), np.ones(200_000))
    assert found == pytest.approx(0.02, abs=4 * 0.02 / np.sqrt(4000))


def test_twenty_times_the_share_is_cut_where_positives_are_not_rare():
    assert lift_limit(0.001) == pytest.approx(0.02)
    assert lift_limit(0.5) == 0.75
    assert lift_limit(0.1) == pytest.approx(0.55)

"""Places within a moment against counting all pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oddsmith.probe.ties import TieTally

rows = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=40)


@given(rows)
def test_ties_are_the_pairs_of_one_moment(given_rows):
    ordered = sorted(given_rows, key=lambda row: row[0])
    t = np.array([float(moment) for moment, _ in ordered])
    y = np.array([flag for _, flag in ordered])
    tally = TieTally()
    tally.take(t, np.zeros(len(t), np.int64), y)
    pairs = [(i, j) for i in np.flatnonzero(y) for j in np.flatnonzero(~y) if t[i] == t[j]]
    assert tally.ties.pairs == len(pairs)
    assert tally.ties.later == sum(i > j for i, j in pairs)
    assert tally.ties.moments == len({t[i] for i, _ in pairs})
    assert tally.is_in_order


def test_time_may_start_anew_with_an_episode_but_not_within_one():
    for episode, is_in_order in ((1, True), (0, False)):
        tally = TieTally()
        tally.take(np.array([1.0, 2.0]), np.zeros(2, np.int64), np.array([True, False]))
        tally.take(np.array([0.5, 0.7]), np.full(2, episode), np.array([True, False]))
        assert tally.is_in_order is is_in_order


def test_without_ties_nothing_is_said():
    assert TieTally().ties.share == 0.5

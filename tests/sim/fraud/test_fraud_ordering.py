"""Entries in the order of time, and the last of them at a shop, beside slow twins."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.ordering import in_time_order, last_visit


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    made = rng.integers(0, 3, (400, c.ROW))
    made[:, c.R_T] = np.sort(rng.integers(0, 300, 400))
    made[:, c.R_CHANNEL] = rng.choice([c.CARD_PRESENT, c.CARD_NOT_PRESENT, c.CASH_DESK, c.MOBILE], 400)
    made[:, c.R_MARK] = rng.choice([-1, -1, 5], 400)
    made[:, c.R_ID] = rng.permutation(400)
    return made


def _slow_visit(rows, shop, since, by_card):
    ways = (c.CARD_PRESENT,) if by_card else (c.CARD_PRESENT, c.CASH_DESK, c.MOBILE)
    there = (rows[:, c.R_SHOP] == shop) & np.isin(rows[:, c.R_CHANNEL], ways)
    there &= (rows[:, c.R_STATUS] == c.SETTLED) & (rows[:, c.R_T] >= since) & (rows[:, c.R_MARK] < 0)
    return np.flatnonzero(there)[-1] if there.any() else -1


@pytest.mark.parametrize("by_card", [True, False])
def test_the_last_visit_is_that_of_the_slow_twin(rows, by_card):
    found = []
    for stop in range(0, 401, 7):
        for shop in range(3):
            for since in (0.0, 150.5, 290.0):
                at = last_visit(rows[:stop], shop, since, by_card)
                assert at == _slow_visit(rows[:stop], shop, since, by_card)
                found.append(at)
    assert min(found) == -1
    assert len(set(found)) > 10


def test_entries_are_put_in_the_order_of_time(rows):
    shuffled = np.random.default_rng(4).permutation(rows)
    blocks = list(in_time_order(np.ascontiguousarray(shuffled), 150))
    assert [len(one) for one in blocks] == [150, 150, 100]
    ordered = np.concatenate(blocks)
    assert np.array_equal(ordered[:, c.R_T], rows[:, c.R_T])
    assert np.array_equal(np.sort(ordered[:, c.R_ID]), np.arange(400))

"""What customers order to one another, told for one, in parts, or for a whole block."""

from itertools import pairwise

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.controls_watch import were_sent
from sim.domains.fraud.neighbours import Neighbours

DAY = 86_400_000


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(200, 60, controls=banks.controls)


def test_parts_of_a_span_make_the_whole(bank):
    neighbours = Neighbours(bank)
    stops = [0, 3 * DAY + 5, 3 * DAY + 6, 20 * DAY, bank.end]
    for customer in range(0, 200, 9):
        parts = [neighbours.ordered_to(customer, a, b) for a, b in pairwise(stops)]
        np.testing.assert_array_equal(np.concatenate(parts), neighbours.ordered_to(customer, 0, bank.end))


def test_who_asks_again_is_told_the_same_whatever_was_asked_before(banks):
    bank = banks.opened(200, 60)
    asked = Neighbours(bank)
    for customer in range(3, 200, 31):
        whole = Neighbours(bank).ordered_to(customer, 0, bank.end)
        for start, stop in ((0, DAY), (DAY, 2 * DAY), (2 * DAY, 9 * DAY), (30 * DAY, bank.end), (5, 40 * DAY)):
            due = (start <= whole[:, c.T]) & (whole[:, c.T] < stop)
            np.testing.assert_array_equal(asked.ordered_to(customer, start, stop), whole[due])


def test_blocks_are_the_same_told_one_by_one_and_all_at_once(bank, monkeypatch):
    together = Neighbours(bank)
    assert together.are_blocked(np.arange(200)).any()
    monkeypatch.setattr("sim.domains.fraud.neighbours._MANY", 0)  # never all at once
    alone = Neighbours(bank)
    for customer in range(200):
        np.testing.assert_array_equal(alone.blocks(customer), together.blocks(customer))


def test_nobody_is_blocked_without_controls(banks):
    neighbours = Neighbours(banks.opened(200, 30))
    assert not neighbours.are_blocked(np.arange(200)).any()
    assert neighbours.blocks(3).shape == (0, 2)


def test_an_order_is_stopped_by_a_span_of_its_own_payer_alone():
    ordered = np.zeros((5, c.INTENT), np.int64)
    ordered[:, c.OTHER], ordered[:, c.WHEN] = [1, 1, 2, 3, 3], [9, 10, 10, 24, 25]
    owners, spans = np.array([1, 3, 3]), np.array([[10, 20], [0, 5], [20, 25]])
    assert were_sent(ordered, owners, spans).tolist() == [True, False, True, False, True]
    assert were_sent(ordered, owners[:0], spans[:0]).all()

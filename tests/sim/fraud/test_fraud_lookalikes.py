"""Honest look-alikes of crime: from both sides it can be told who pays whom, and every family is there."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import received
from sim.domains.fraud.lookalikes import LOOKALIKE_REF
from sim.domains.fraud.neighbours import Neighbours
from sim.domains.fraud.payments import payments_of_day, pays_often

RENT, CLUB, SHARE, GIFT, CAR, HOUSE, LOAN, PASSED, CASH, SOLD, WAGES = 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18
INVOICE = 44
BUSINESS = 4


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(4200, 75)


@pytest.fixture(scope="module")
def arrivals(bank):
    people, _ = bank.people(np.arange(bank.customers))
    room, cursor, parts = np.empty((1 << 16, c.INTENT), np.int64), np.zeros(2, np.int64), []
    days, span = np.array([0, bank.day_of(bank.end - 1)]), np.array([0, bank.end])
    while cursor[0] < bank.customers:
        cursor[1] = 0
        received(bank.town, people, np.arange(bank.customers), days, span, -1, room, cursor)
        parts.append(room[: cursor[1]].copy())
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def own(bank):
    """All look-alikes of the first customers: (slot, customer, day, intent)."""
    people, _ = bank.people(np.arange(bank.customers))
    room = np.empty((60, c.INTENT), np.int64)
    found = []
    for customer in range(bank.customers):
        if people[customer, c.TIES] == 0:
            continue
        for day in range(10, bank.day_of(bank.end - 1)):
            n = payments_of_day(bank.town, people[customer], customer, day, 0.0, room, 0)
            found += [((row[c.REF] - LOOKALIKE_REF) >> 8 & 63, customer, day, row.copy()) for row in room[:n]]
    return found


def _of(own, *slots):
    return [one for one in own if one[0] in slots]


def test_whoever_pays_is_among_those_who_may(bank, arrivals):
    payees, counts = np.unique(arrivals[:, c.MARK], return_counts=True)
    busiest = payees[np.argsort(-counts)][:25]
    for payee in (*busiest.tolist(), *payees[::150].tolist()):
        payers = set(arrivals[arrivals[:, c.MARK] == payee, c.OTHER].tolist())
        assert payers <= set(bank.payers(payee).tolist())


def test_one_alone_is_told_what_all_are(bank, arrivals):
    payees, neighbours = np.unique(arrivals[:, c.MARK]), Neighbours(bank)
    for payee in payees[::200].tolist():
        mine = arrivals[arrivals[:, c.MARK] == payee]
        mine = mine[np.lexsort((mine[:, c.REF], mine[:, c.T]))]
        mine[:, c.MARK] = -1
        np.testing.assert_array_equal(neighbours.ordered_to(payee, 0, bank.end), mine)


def test_landlords_and_clubs_are_paid_by_many(arrivals):
    is_tie = (arrivals[:, c.REF] & 1) == 1
    payees = arrivals[is_tie, c.MARK]
    payers = [
        len(np.unique(arrivals[is_tie & (arrivals[:, c.MARK] == one), c.OTHER])) for one in np.unique(payees)
    ]
    assert sum(count >= 5 for count in payers) >= 10
    assert max(payers) >= 40


def test_wages_go_to_many_within_minutes(own):
    wages = _of(own, *range(WAGES, INVOICE))
    payrolls = {}
    for _, customer, day, row in wages:
        payrolls.setdefault((customer, day), []).append(row)
    largest = max(payrolls.values(), key=len)
    assert len(largest) >= 8
    assert max(r[c.T] for r in largest) - min(r[c.T] for r in largest) < 300_000
    assert len({int(r[c.OTHER]) for r in largest}) == len(largest)


def test_flat_shares_pass_on_what_came_in(own):
    passed = _of(own, PASSED)
    shares = _of(own, SHARE)
    assert passed
    for _, first, day, row in passed:
        came = [one for one in shares if one[3][c.OTHER] == first and 0 <= day - one[2] <= 4]
        assert all(4 * one[3][c.AMOUNT] == row[c.AMOUNT] for one in came)
        assert row[c.SHOP] == c.ARRANGED


def test_a_house_is_paid_two_days_after_its_loan_came(own):
    loans = {one[1]: one for one in _of(own, LOAN)}
    houses = [one for one in _of(own, HOUSE) if one[1] in loans]
    assert houses
    for _, customer, day, row in houses:
        assert day == loans[customer][2] + 2
        assert row[c.AMOUNT] == -loans[customer][3][c.AMOUNT]


def test_takings_are_cash_in_whole_notes_and_often_below_what_is_reported(bank, own):
    takings = np.array([one[3][c.AMOUNT] for one in _of(own, CASH)])
    assert len(takings) > 200
    assert np.all(takings % (bank.preset.cash_step * 100) == 0)
    assert 0.02 < np.mean((takings > 6000_00) & (takings < 10_000_00)) < 0.4


def test_businesses_pay_bills_and_now_and_then_a_large_one_to_somebody_new(bank, own):
    """The honest double of an invoice that goes to a false account is far more frequent than the crime."""
    people, _ = bank.people(np.arange(bank.customers))
    bills = [(one[1], one[3]) for one in _of(own, *range(INVOICE, INVOICE + 3))]
    payers = np.array([customer for customer, _ in bills])
    assert set(people[payers, c.SEGMENT]) == {3.0, 4.0}
    assert all(row[c.CHANNEL] == c.TRANSFER and row[c.OTHER] == -1 for _, row in bills)
    often = np.sum(people[payers, c.SEGMENT] == BUSINESS) / np.sum(people[:, c.SEGMENT] == BUSINESS)
    open_days = np.sum(bank.days[10 : bank.day_of(bank.end - 1), c.IS_OPEN])
    assert often == pytest.approx(4.0 * open_days / 21.0, rel=0.08)
    shares = np.array([-row[c.AMOUNT] / people[customer, c.INCOME] for customer, row in bills])
    assert np.median(shares) == pytest.approx(0.04, rel=0.1)
    is_new = np.array(
        [not pays_often(bank.town, people[customer], customer, row[c.PARTY]) for customer, row in bills]
    )
    assert is_new.mean() == pytest.approx(0.08, abs=4 * (0.08 * 0.92 / len(bills)) ** 0.5)
    assert np.sum(is_new & (shares > 0.15)) >= 3


@pytest.mark.parametrize("slots", [(RENT,), (CLUB,), (GIFT,), (CAR,), tuple(range(SOLD, SOLD + 6))])
def test_the_rest_is_there_too(own, slots):
    assert len(_of(own, *slots)) > 5


def test_no_two_orders_have_the_same_number(own):
    keys = [(customer, int(row[c.REF])) for _, customer, _, row in own]
    assert len(set(keys)) == len(keys)

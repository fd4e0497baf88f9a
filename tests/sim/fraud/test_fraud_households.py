"""Customers at one address live in one city and rent from one landlord; partners pay each other."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import payers_in_block
from sim.domains.fraud.neighbours import Neighbours
from sim.domains.fraud.payments import CIRCLES
from sim.domains.fraud.registers import customers

SIZE = 8192


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(SIZE, 30)


@pytest.fixture(scope="module")
def folk(bank):
    return bank.people(np.arange(SIZE))


@pytest.fixture(scope="module")
def households(folk):
    """Number of the first at an address -> who lives there."""
    home = folk[0][:, c.HOME].astype(np.int64)
    return {int(first): np.flatnonzero(home == first) for first in np.unique(home)}


def test_homes_are_of_one_two_or_a_flat_share_of_four(households):
    """Pairs are couples with 0.35 outside flat shares, which are 5 % of the fours: within 4.5 errors."""
    sizes = np.bincount([len(who) for who in households.values()], minlength=5)
    assert sizes[3] == 0
    fours, pairs = SIZE / 4, (SIZE / 4 - sizes[4]) * 2
    assert abs(sizes[4] - 0.05 * fours) < 4.5 * np.sqrt(0.05 * 0.95 * fours)
    assert abs(sizes[2] - 0.35 * pairs) < 4.5 * np.sqrt(0.35 * 0.65 * pairs)
    assert all(first == who[0] for first, who in households.items())


def test_whoever_lives_together_has_one_city_and_one_landlord(folk, households):
    people, orders = folk
    for who in households.values():
        assert len(set(people[who, c.CITY])) == 1
        for slot in (c.RENT, c.UTILITIES):
            payees = orders[who, slot, c.PAYEE][orders[who, slot, c.DAY_OF_MONTH] > 0]
            assert len(set(payees.tolist())) <= 1


def test_partners_are_among_those_who_pay_each_other(bank, households):
    starts, found = payers_in_block(bank.town, 0)
    for who in (one for one in households.values() if len(one) == 2 and one[1] < CIRCLES[-1]):
        for one, other in (who, who[::-1]):
            assert other in found[starts[one] : starts[one + 1]]


def test_the_register_names_households_without_telling_numbers(bank, folk):
    (batch,) = customers(bank)
    named = batch["household_id"].values
    home = folk[0][:, c.HOME]
    assert len(set(named.tolist())) == len(set(home.tolist()))
    assert all(len(set(named[home == first].tolist())) == 1 for first in np.unique(home)[:200])
    assert abs(np.corrcoef(named.astype(float), home)[0, 1]) < 4.5 / np.sqrt(SIZE)


def test_in_a_bank_without_ties_everybody_lives_alone(banks):
    people, _ = banks.opened(64, preset="czech_retail_1993").people(np.arange(64))
    np.testing.assert_array_equal(people[:, c.HOME], np.arange(64))


@pytest.mark.parametrize("customers", [1, 2, 3, 7, 259, 263])
def test_nobody_is_paid_by_somebody_who_is_not_there(banks, customers):
    """Partners, friends, landlords and bosses of the last customers may not be there in a bank of that size."""
    bank = banks.opened(customers, 10)
    _, found = payers_in_block(bank.town, 0)
    assert len(found) == 0 or 0 <= found.min() <= found.max() < customers
    neighbours = Neighbours(bank)
    for customer in range(customers):
        payers = neighbours.ordered_to(customer, 0, bank.end)[:, c.OTHER]
        assert set(payers.tolist()) <= set(range(customers))

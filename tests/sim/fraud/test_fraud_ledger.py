"""The ledger: lived lazily and in any parts, it comes to the entries of the whole book."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.fraud import layout as c
from sim.domains.fraud.ledger import Ledger


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(150, 40)


@pytest.fixture(scope="module")
def book(banks, bank):
    return banks.entries(bank)


@pytest.mark.parametrize("customer", [0, 7, 80, 149])
def test_a_customer_lived_alone_has_the_same_entries_as_in_the_book(banks, bank, book, customer):
    ledger = Ledger(bank)
    ledger.advance(customer, bank.end)
    np.testing.assert_array_equal(ledger.entries(customer), banks.of(book, customer))
    assert ledger.touched == (customer,)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 149), st.lists(st.integers(1, 40 * 86_400_000 - 1), max_size=12))
def test_stops_on_the_way_change_nothing(banks, bank, book, customer, stops):
    ledger = Ledger(bank)
    for stop in [*sorted(stops), bank.end]:
        ledger.advance(customer, stop)
    np.testing.assert_array_equal(ledger.entries(customer), banks.of(book, customer))


def _transfer(amount):
    return {c.KIND: c.CREDIT_TRANSFER, c.AMOUNT: amount, c.CHANNEL: c.INSTANT, c.PARTY: 12345}


def test_injections_give_the_same_entries_in_the_book(banks, bank, book):
    ledger = Ledger(bank)
    for k, hour in enumerate((30, 31, 500, 501, 700)):
        customer = (3, 9)[k % 2]
        money = ledger.available(customer, hour * 3_600_000)
        posted = ledger.post(customer, _transfer(-money // 2), t=hour * 3_600_000, about=("test", k))
        assert posted.accepted == (posted.status == c.SETTLED)
    for customer in (3, 9):
        ledger.advance(customer, bank.end)
    played = banks.entries(bank, ledger.injections)
    for customer in (3, 9):
        np.testing.assert_array_equal(ledger.entries(customer), banks.of(played, customer))
    untouched = ~np.isin(book[:, c.R_ACCOUNT], (3, 9))
    np.testing.assert_array_equal(book[untouched], played[~np.isin(played[:, c.R_ACCOUNT], (3, 9))])


def test_a_blocked_account_pays_nobody_not_even_other_customers(banks, bank, book):
    paid = book[(book[:, c.R_PAYMENT] != 0) & (book[:, c.R_AMOUNT] < 0) & (book[:, c.R_T] > 10**9)]
    payer = int(paid[0, c.R_ACCOUNT])
    ledger = Ledger(bank)
    ledger.block_account(payer, 10**9)
    played = banks.entries(bank, ledger.injections)
    after = banks.of(played, payer)
    after = after[after[:, c.R_T] > 10**9]
    leaving = after[(after[:, c.R_AMOUNT] < 0) & (after[:, c.R_TYPE] != c.FEE)]
    assert len(leaving) > 5
    assert set(leaving[:, c.R_STATUS].tolist()) == {c.ACCOUNT_BLOCKED}
    stopped = set(paid[paid[:, c.R_ACCOUNT] == payer][:, c.R_PAYMENT].tolist())
    arrived = set(played[played[:, c.R_AMOUNT] > 0][:, c.R_PAYMENT].tolist())
    assert not stopped & arrived


def test_a_payee_lived_lazily_sees_that_the_payer_is_blocked(banks, bank, book):
    credits = book[(book[:, c.R_PAYMENT] != 0) & (book[:, c.R_AMOUNT] > 0) & (book[:, c.R_T] > 2 * 10**9)]
    payee = int(credits[0, c.R_ACCOUNT])
    payer = next(int(p) for p in bank.payers(payee))
    ledger = Ledger(bank)
    for one in bank.payers(payee):
        ledger.block_account(int(one), 10**9)
    ledger.advance(payee, bank.end)
    np.testing.assert_array_equal(
        ledger.entries(payee), banks.of(banks.entries(bank, ledger.injections), payee)
    )
    assert payer in ledger.touched


def test_a_blocked_card_is_refused_until_the_new_one_is_there(bank):
    ledger = Ledger(bank)
    ledger.block_card(5, 10**8, until=15 * 86_400_000)
    ledger.advance(5, bank.end)
    rows = ledger.entries(5)
    card = np.isin(rows[:, c.R_CHANNEL], (c.CARD_PRESENT, c.CARD_NOT_PRESENT))
    during = card & (rows[:, c.R_T] > 10**8) & (rows[:, c.R_T] < 15 * 86_400_000)
    assert set(rows[during, c.R_STATUS].tolist()) == {c.CARD_BLOCKED}
    assert c.CARD_BLOCKED not in rows[card & ~during, c.R_STATUS]


def test_nothing_is_posted_after_the_end(bank):
    ledger = Ledger(bank)
    assert not ledger.post(1, _transfer(-100), t=bank.end, about=("late", 0)).accepted
    assert len(ledger.injections) == 0


def test_a_history_is_the_same_whether_its_owner_was_met_before_or_not(bank, book):
    t, ledger = 30 * 86_400_000, Ledger(bank)
    first = ledger.history(7, t)
    ledger.post(7, _transfer(-100), t=t + 5, about=("history", 0))
    np.testing.assert_array_equal(first, ledger.entries(7)[: len(first)])
    np.testing.assert_array_equal(first, Ledger(bank).history(7, t))
    own = book[(book[:, c.R_ACCOUNT] == 7) & (book[:, c.R_T] < t)]
    np.testing.assert_array_equal(first[:, c.R_ID], own[:, c.R_ID])


def test_entries_of_accounts_that_were_disturbed_often_stay_as_they_were(banks):
    bank = banks.opened(controls=banks.controls)
    ledger, first = Ledger(bank), {}
    for day in (5, 9, 20):
        for customer in range(8):
            what, about = _transfer(-100_000 * day), ("away", 100 * day + customer)
            ledger.post(customer, what, t=day * 86_400_000, about=about)
            first[day, customer] = ledger.entries(customer)
    for (_, customer), rows in first.items():
        ledger.advance(customer, 30 * 86_400_000)
        np.testing.assert_array_equal(rows, ledger.entries(customer)[: len(rows)])


def test_who_cannot_have_been_at_a_shop_has_no_entry_there(banks):
    bank = banks.opened(40, 30, controls=banks.controls)
    rows = banks.entries(bank)
    ledger, t = Ledger(bank), 25 * 86_400_000
    told = missed = 0
    for customer in range(40):
        own = banks.of(rows, customer)
        shops = set(own[(own[:, c.R_T] < t) & (own[:, c.R_SHOP] >= 0), c.R_SHOP].tolist())
        for shop in [*shops, *range(0, 512, 40)]:
            may = ledger.may_have_been_at(customer, shop, t)
            assert may or shop not in shops
            told += may
            missed += not may
    assert told > 200
    assert missed > 200

"""The book: balances to the cent, the order of time, and independence of windows and of other customers."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.presets import TABLE


def _previous(bank, rows):
    """Return rows by account and time, and the balance before each."""
    people, _ = bank.people(np.arange(bank.customers))
    rows = rows[np.lexsort((rows[:, c.R_T], rows[:, c.R_ACCOUNT]))]
    first = np.concatenate(([True], rows[1:, c.R_ACCOUNT] != rows[:-1, c.R_ACCOUNT]))
    start = people[rows[:, c.R_ACCOUNT], c.START].astype(np.int64)
    return rows, np.where(first, start, np.concatenate(([0], rows[:-1, c.R_BALANCE])))


@pytest.mark.parametrize("preset", sorted(TABLE))
def test_every_balance_follows_from_the_one_before(banks, preset):
    bank = banks.opened(preset=preset)
    rows, before = _previous(bank, banks.entries(bank))
    moved = np.where(rows[:, c.R_STATUS] == c.SETTLED, rows[:, c.R_AMOUNT], 0)
    assert len(rows) > 500
    np.testing.assert_array_equal(rows[:, c.R_BALANCE], before + moved)


def test_entries_come_in_the_order_of_time_with_ids_of_their_own(banks):
    rows = banks.entries(banks.opened())
    assert np.all(np.diff(rows[:, c.R_T]) >= 0)
    assert rows[0, c.R_T] >= 0
    assert rows[-1, c.R_T] < 45 * 86_400_000
    assert len(np.unique(rows[:, c.R_ID])) == len(rows)


def test_entries_of_one_account_never_share_a_moment(banks):
    rows = banks.entries(banks.opened())
    pairs = rows[:, c.R_ACCOUNT] * (1 << 40) + rows[:, c.R_T]
    assert len(np.unique(pairs)) == len(pairs)


@pytest.mark.parametrize("hours", [5, 24, 24 * 9])
def test_windows_do_not_change_the_book(banks, hours):
    bank = banks.opened(60, 30)
    np.testing.assert_array_equal(banks.entries(bank), banks.entries(bank, window=hours * 3_600_000))


def test_a_book_can_be_gone_through_twice_and_another_key_gives_another(banks):
    bank = banks.opened(60, 20)
    np.testing.assert_array_equal(banks.entries(bank), banks.entries(bank))
    assert not np.array_equal(banks.entries(bank)[:50], banks.entries(banks.opened(60, 20, key=8))[:50])


def test_a_customer_more_leaves_the_others_alone(banks):
    """Only payments to the newcomer change: whom they go to, not when, how much, or what is left."""
    less, more = (banks.entries(banks.opened(customers, 40)) for customers in (100, 101))
    others = more[more[:, c.R_ACCOUNT] < 100]
    # What the newcomer pays others arrives there: leave out accounts that got something from it.
    met = set(others[~np.isin(others[:, c.R_ID], less[:, c.R_ID]), c.R_ACCOUNT].tolist())
    columns = [c.R_T, c.R_ID, c.R_AMOUNT, c.R_BALANCE, c.R_STATUS, c.R_SHOP]
    for customer in range(100):
        if customer not in met:
            np.testing.assert_array_equal(
                banks.of(less, customer)[:, columns], banks.of(others, customer)[:, columns]
            )
    assert len(met) < 10


def test_what_one_customer_pays_another_arrives(banks):
    """Both entries carry the id of the payment and opposite amounts; what is sent late may arrive too late."""
    bank = banks.opened(400, 60)
    rows = banks.entries(bank)
    paid = rows[rows[:, c.R_PAYMENT] != 0]
    out = paid[(paid[:, c.R_AMOUNT] < 0) & (paid[:, c.R_STATUS] == c.SETTLED)]
    back = paid[paid[:, c.R_AMOUNT] > 0]
    assert len(back) > 100
    sent = dict(zip(out[:, c.R_PAYMENT].tolist(), out.tolist(), strict=True))
    arrived = dict(zip(back[:, c.R_PAYMENT].tolist(), back.tolist(), strict=True))
    assert len(arrived) == len(back)
    assert set(arrived) <= set(sent)
    for payment, entry in arrived.items():
        assert entry[c.R_AMOUNT] == -sent[payment][c.R_AMOUNT]
        assert entry[c.R_T] > sent[payment][c.R_T]
    late = [entry for payment, entry in sent.items() if payment not in arrived]
    assert all(entry[c.R_T] > (60 - 8) * 86_400_000 for entry in late)


def test_refused_payments_leave_the_balance_and_say_why(banks):
    rows = banks.entries(banks.opened(400, 45))
    refused = rows[rows[:, c.R_STATUS] != c.SETTLED]
    assert 0.005 < len(refused) / len(rows) < 0.06
    assert {c.INSUFFICIENT_FUNDS, c.WRONG_PIN, c.DO_NOT_HONOUR} <= set(refused[:, c.R_STATUS].tolist())
    assert np.all(refused[:, c.R_AMOUNT] < 0)
    assert np.all(refused[:, c.R_POSTED] == -1)
    settled = rows[rows[:, c.R_STATUS] == c.SETTLED]
    assert np.all(settled[:, c.R_POSTED] >= settled[:, c.R_T])

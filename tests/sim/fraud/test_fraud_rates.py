"""Honest activity: as much as the preset says, the same at every size, and each customer's own."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.presets import TABLE

DAYS = 60


@pytest.fixture(scope="module")
def lived(banks):
    """Size -> (bank, entries), of three sizes of one bank."""
    opened = {size: banks.opened(size, DAYS, start="2025-03-03 00:00") for size in (100, 1000, 10_000)}
    return {size: (bank, banks.entries(bank)) for size, bank in opened.items()}


def _shares(rows, column, length):
    return np.bincount(rows[:, column], minlength=length)[:length] / len(rows)


@pytest.mark.parametrize("size", [100, 1000])
@pytest.mark.parametrize(("column", "length"), [(c.R_CHANNEL, 8), (c.R_TYPE, 12), (c.R_STATUS, 11)])
def test_shares_do_not_depend_on_the_size(lived, size, column, length):
    """Entries of a customer go together, so that the spread is that of whole customers, by resampling them."""
    rows, large = lived[size][1], lived[10_000][1]
    few = np.array([_shares(large[large[:, c.R_ACCOUNT] // size == k], column, length) for k in range(10)])
    bound = 4.5 * few.std(axis=0, ddof=1) + 1e-3
    assert np.all(np.abs(_shares(rows, column, length) - _shares(large, column, length)) < bound)


def test_every_segment_pays_as_often_as_its_preset_says(lived):
    """Purchases and withdrawals; weekdays, paydays, trips and spells move them by some percent."""
    bank, rows = lived[10_000]
    people, _ = bank.people(np.arange(bank.customers))
    tried = (rows[:, c.R_TYPE] == c.PURCHASE) | (rows[:, c.R_TYPE] == c.WITHDRAWAL)
    count = np.bincount(rows[tried, c.R_ACCOUNT], minlength=bank.customers) / (DAYS / 30.44)
    for number, habits in enumerate(TABLE["retail_bank_eu"].habits):
        own = count[people[:, c.SEGMENT] == number]
        assert abs(len(own) / bank.customers - habits.share) < 4.5 * np.sqrt(habits.share / bank.customers)
        # Some do not pay for want of money; business and students most.
        assert 0.75 * habits.purchases < own.mean() < 1.12 * habits.purchases


def test_amounts_of_a_kind_lie_around_its_median(lived):
    bank, rows = lived[10_000]
    bought = rows[(rows[:, c.R_TYPE] == c.PURCHASE) & (rows[:, c.R_SHOP] >= 0)]
    people, _ = bank.people(np.arange(bank.customers))
    usual = np.exp(people[bought[:, c.R_ACCOUNT], c.TASTE])
    kind = bank.town.kind[bought[:, c.R_SHOP]]
    for number, category in enumerate(CATEGORIES):
        own = -bought[kind == number, c.R_AMOUNT] / 100.0 / usual[kind == number]
        if len(own) > 2000:
            assert abs(np.log(np.median(own) / category.median)) < 0.25


@pytest.mark.parametrize("preset", sorted(TABLE))
def test_cash_comes_in_notes(banks, preset):
    rows = banks.entries(banks.opened(preset=preset))
    cash = rows[rows[:, c.R_TYPE] == c.WITHDRAWAL]
    assert len(cash) > 30
    assert np.all(cash[:, c.R_AMOUNT] % (100 * TABLE[preset].cash_step) == 0)


def test_czech_people_bring_cash_and_pay_a_fee_as_often_as_there(banks):
    """A share of 0.46 of the accounts pays the fee of 14.60 every month; overdrawn accounts pay 350."""
    bank = banks.opened(600, 92, preset="czech_retail_1993", start="1993-07-01 00:00")
    rows = banks.entries(bank)
    fees = rows[rows[:, c.R_TYPE] == c.FEE]
    payers = np.unique(fees[fees[:, c.R_AMOUNT] != -35000, c.R_ACCOUNT])
    assert abs(len(payers) / 600 - 0.46) < 4.5 * np.sqrt(0.46 * 0.54 / 600)
    assert set(np.unique(fees[:, c.R_AMOUNT]).tolist()) <= {-1460, -35000, -1460 - 35000}
    weekend = (
        bank.days[np.searchsorted(bank.days[:, c.MIDNIGHT], rows[:, c.R_T], side="right") - 1, c.WEEKDAY] >= 5
    )
    assert 0.2 < weekend.mean() < 0.36


def test_order_in_time_is_that_of_a_plain_sort(lived):
    from sim.domains.fraud.ordering import in_time_order

    rows = lived[1000][1].copy()
    rows[:, c.R_T] //= 40_000_000  # many at one moment
    shuffled = rows[np.random.default_rng(2).permutation(len(rows))]
    slow = rows[np.lexsort((rows[:, c.R_ID].astype(np.uint64), rows[:, c.R_T]))]
    (ordered,) = in_time_order(np.ascontiguousarray(shuffled), len(shuffled))
    np.testing.assert_array_equal(ordered[:, c.R_ID], slow[:, c.R_ID])

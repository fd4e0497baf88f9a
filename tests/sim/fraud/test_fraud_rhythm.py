"""The rhythm of honest life: weekdays, paydays, spells, closed days, refunds, subscriptions."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.presets import TABLE

DAYS = 91  # with Easter, and three months of everything
CARDS = (c.CARD_PRESENT, c.CARD_NOT_PRESENT)


@pytest.fixture(scope="module")
def lived(banks):
    """A bank, (n, PERSON) its customers, its entries, and the day of each."""
    bank = banks.opened(2000, DAYS, start="2025-03-03 00:00")
    rows = banks.entries(bank)
    day = np.searchsorted(bank.days[:, c.MIDNIGHT], rows[:, c.R_T], side="right") - 1
    return bank, bank.people(np.arange(bank.customers))[0], rows, day


def _bought(rows):
    return (rows[:, c.R_TYPE] == c.PURCHASE) | (rows[:, c.R_TYPE] == c.WITHDRAWAL)


def _per_day(lived):
    """(customers, DAYS) how often each buys on each day, and the days."""
    bank, _, rows, day = lived
    first = bank.day_of(0)
    is_own = _bought(rows)
    count = np.zeros((bank.customers, DAYS + 1))  # an hour more, as clocks go forward
    np.add.at(count, (rows[is_own, c.R_ACCOUNT], day[is_own] - first), 1)
    return count[:, :DAYS], bank.days[first : first + DAYS]


def _ratio(own, others):
    """Return the ratio of two sums over customers, (n,) each, and its standard error."""
    ratio = own.sum() / others.sum()
    return ratio, np.sqrt(np.sum((own - ratio * others) ** 2)) / others.sum()


@pytest.mark.parametrize("weekday", range(1, 8))
def test_weekdays_and_holidays_are_as_busy_as_the_preset_says(lived, weekday):
    """Beside Mondays; paydays fall on some more than on others, by a few percent."""
    count, days = _per_day(lived)
    kind, factors = days[:, c.WEEKDAY], TABLE["retail_bank_eu"].weekdays
    ratio, error = _ratio(count[:, kind == weekday].mean(axis=1), count[:, kind == 0].mean(axis=1))
    assert abs(ratio - factors[weekday] / factors[0]) < 4.5 * error + 0.03


def test_people_buy_more_after_they_were_paid(lived):
    bank, people, _, _ = lived
    count, days = _per_day(lived)
    since = (days[None, :, c.DATE] - people[:, c.PAYDAY, None].astype(np.int64)) % 31
    usual = people[:, c.RATE, None] * bank.town.weekdays[days[:, c.WEEKDAY]][None, :]
    later = (since >= 7) & (since < 24)
    level = count[later].sum() / usual[later].sum()
    for day, lift in enumerate(TABLE["retail_bank_eu"].payday_lift):
        ratio, error = _ratio(
            np.where(since == day, count, 0).sum(axis=1), np.where(since == day, usual, 0).sum(axis=1)
        )
        # Just after payday there is money, so that a few more of the tries are made.
        assert -4.5 * error / level - 0.03 < ratio / level - lift < 4.5 * error / level + 0.08


def test_purchases_come_in_spells(lived):
    """Burstiness of the times between them, (sigma - mu) / (sigma + mu): 0 at random; Goh & Barabasi (2008)."""
    bank, _, rows, _ = lived
    found = []
    rows = rows[_bought(rows)]
    for customer in range(0, bank.customers, 4):
        gaps = np.diff(rows[rows[:, c.R_ACCOUNT] == customer, c.R_T])
        if len(gaps) >= 60:
            found.append((gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean()))
    assert len(found) > 100
    assert 0.1 < np.mean(found) < 0.3


def test_nothing_is_booked_on_closed_days(lived):
    bank, _, rows, _ = lived
    booked = rows[np.isin(rows[:, c.R_CHANNEL], CARDS) & (rows[:, c.R_STATUS] == c.SETTLED), c.R_POSTED]
    on = np.searchsorted(bank.days[:, c.MIDNIGHT], booked, side="right") - 1
    assert bank.days[on, c.IS_OPEN].all()
    dates = bank.days[bank.days[:, c.MONTH] % 12 == 3]
    assert not dates[
        np.isin(dates[:, c.DATE], (18, 21)), c.IS_OPEN
    ].any()  # Good Friday and Easter Monday, 2025
    assert dates[dates[:, c.DATE] == 22, c.IS_OPEN].all()


def test_refunds_bring_back_no_more_than_was_paid_there(lived):
    bank, _, rows, day = lived
    is_paid = (rows[:, c.R_TYPE] == c.PURCHASE) & (rows[:, c.R_STATUS] == c.SETTLED)
    paid = {}
    for row in rows[is_paid]:
        paid.setdefault((row[c.R_ACCOUNT], row[c.R_SHOP]), []).append(row)
    refunds = rows[rows[:, c.R_TYPE] == c.REFUND]
    assert len(refunds) > 300
    for row in refunds:
        before = [one for one in paid[row[c.R_ACCOUNT], row[c.R_SHOP]] if one[c.R_T] < row[c.R_T]]
        assert max(-one[c.R_AMOUNT] for one in before) >= row[c.R_AMOUNT] > 0
    # Of purchases early enough, as often as those of their kind are given back.
    early = is_paid & (day < bank.day_of(bank.end - 1) - 27) & (rows[:, c.R_SHOP] >= 0)
    expected = bank.town.kinds[bank.town.kind[rows[early, c.R_SHOP]], c.REFUNDED].sum()
    late = (refunds[:, c.R_T] > bank.days[bank.day_of(bank.end - 1) - 25, c.MIDNIGHT]).sum()
    assert len(refunds) - late - 4.5 * np.sqrt(expected) < expected < len(refunds) + 4.5 * np.sqrt(expected)


def test_subscriptions_cost_the_same_every_month(lived):
    bank, _, rows, day = lived
    is_one = (rows[:, c.R_TYPE] == c.SUBSCRIPTION) & (rows[:, c.R_STATUS] == c.SETTLED)
    own, on = rows[is_one], day[is_one]
    order = np.lexsort((own[:, c.R_T], own[:, c.R_PARTY], own[:, c.R_ACCOUNT]))
    own, on = own[order], on[order]
    again = np.all(own[1:, [c.R_ACCOUNT, c.R_PARTY]] == own[:-1, [c.R_ACCOUNT, c.R_PARTY]], axis=1)
    assert again.sum() > 1000
    assert (own[1:, c.R_AMOUNT] == own[:-1, c.R_AMOUNT])[again].all()
    months = np.diff(bank.days[on, c.MONTH])[again]
    assert np.mean(months == 1) > 0.97  # a declined month is left out, and a closed day may be the next month's
    assert months.min() >= 0


@pytest.mark.parametrize("preset", sorted(TABLE))
def test_every_preset_names_the_sources_of_its_numbers(preset):
    assert len(TABLE[preset].sources) >= 1
    assert all(len(one) > 20 for one in TABLE[preset].sources)

"""Honest payments that look like crime: rent, wages, clubs, flat shares, sales, bills, takings, houses, gifts.

Each family of crime has its honest double. A landlord and a club are fan-ins, wages a fan-out, a flat share
takes money in and passes it on the same day, takings are cash just below what has to be reported, a house or a
car is an outlier to somebody new, and so is the bill of a new supplier. Who pays whom, when and how much
follows from noise alone, and from either side it can be told who the other may be; so customers are as
independent of one another as with payments between friends. All shares and amounts are assumptions.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import inner, leaf
from sim.domains.fraud.draws import ENTITIES, charged, identity, lognormal, poisson, rare
from sim.domains.fraud.links import (
    CAR,
    CIRCLE,
    FLAT,
    HOUSE,
    LINK,
    LOOK,
    MONTH,
    ONCE,
    SELF_EMPLOYED,
    STREET,
    SUPPLIED_BY,
    boss_of,
    buys,
    club_of,
    collector_of,
    landlord_of,
    seller_to,
    supplier_of,
)  # fmt: skip
from sim.domains.fraud.shops import Town

__all__ = ["LOOKALIKE_REF", "MOST_LOOKALIKES", "write_lookalikes"]

LOOKALIKE_REF = 40 << 40
"""Look-alikes are numbered from here: day * 64 + number, times 256."""
MOST_LOOKALIKES = 40
"""The most of them that a customer makes in a day."""

_ACCOUNT, _OUTSIDER, _PAYMENT, _COMPANY = (
    ENTITIES[name] for name in ("account", "outsider", "payment", "company")
)
_RENT, _CLUB, _SHARE, _GIFT, _CAR, _HOUSE, _LOAN, _PASSED, _CASH, _SOLD, _WAGES = (
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    18,
)
_INVOICE = 44
_MOST_SOLD, _MOST_WAGES, _MOST_INVOICES = 6, 22, 3
_USUAL_INVOICE, _INVOICE_SPREAD = 0.04, 1.0  # median in monthly incomes, sigma of the logarithm
_TO_NEW = 0.08  # share of bills of somebody, or to an account, that was never paid before
_HOUR = 3_600_000


@leaf
def _when(town: Town, day: np.ndarray, i: int, index: int) -> int:
    """Return a moment between 8 and 20 o'clock."""
    u = rare(town.noise, LOOK, i, index, max(day[c.MIDNIGHT], 0) / 1000.0)
    return day[c.MIDNIGHT] + int((8.0 + 12.0 * u) / 24.0 * day[c.LENGTH])


@leaf
def _write(
    town: Town, i: int, d: int, slot: int, other: int, outsider: int, t: int, amount: int, out: np.ndarray
) -> None:  # fmt: skip
    """Write one payment: to a customer (other >= 0) or to or from somebody outside."""
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    how = rare(town.noise, LOOK, i, (d * 64 + slot) * 8 + (1 << 41), t0)
    late = rare(town.noise, LOOK, i, (d * 64 + slot) * 8 + 1 + (1 << 41), t0)
    settings = town.settings
    if how < settings[c.PHONE_SHARE]:
        channel, arrives = c.MOBILE, t + 1000 + int(8000 * late)
    elif how < settings[c.PHONE_SHARE] + (1.0 - settings[c.PHONE_SHARE]) * settings[c.INSTANT_SHARE]:
        channel, arrives = c.INSTANT, t + 1000 + int(8000 * late)
    else:
        channel, arrives = c.TRANSFER, town.days[day[c.NEXT_OPEN], c.MIDNIGHT] + int((6.0 + 6.0 * late) * _HOUR)
    out[c.T], out[c.KIND], out[c.AMOUNT], out[c.CHANNEL] = t, c.CREDIT_TRANSFER, amount, channel
    if other >= town.customers or other == i:
        other, outsider = -1, (1 << 40) + i * 64 + slot
    if other >= 0:
        out[c.PARTY] = np.int64(identity(town.noise[0], _ACCOUNT, other))
        out[c.SHOP] = c.ANOTHER_CUSTOMER
        out[c.PAYMENT] = np.int64(identity(town.noise[0], _PAYMENT, 1 << 46 | ((i << 14 | d) << 6) | slot))
    else:
        out[c.PARTY] = np.int64(identity(town.noise[0], _OUTSIDER, outsider))
        out[c.SHOP], out[c.PAYMENT] = c.NO_SHOP, 0
    out[c.PLACE], out[c.REF] = -1, LOOKALIKE_REF | (d * 64 + slot) << 8
    out[c.ENTRY] = c.NO_ENTRY if amount > 0 else (c.APP if late < 0.6 else c.ONLINE_BANKING)
    out[c.MARK], out[c.DEVICE], out[c.REFUSE], out[c.BY] = -1, 0, 0, c.OWNER
    out[c.OTHER], out[c.WHEN] = other, arrives


@leaf
def _round(town: Town, i: int, index: int, median: float, sigma: float, whole: float) -> int:
    """Return an amount around a median [EUR at price level 1], which is the same at every use of an index."""
    minor = town.settings[c.MINOR]
    level = town.settings[c.PRICE_LEVEL] * minor
    size = lognormal(rare(town.noise, LINK, i, index, 0.0), math.log(median * level), sigma)
    return charged(size, rare(town.noise, LINK, i, index + 1, 0.0), whole, 0.0, int(minor))


@inner
def write_lookalikes(town: Town, p: np.ndarray, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Append the payments of this module that a customer makes, and gets from outside, on a day.

    Args:
        town: where it lives.
        p: (PERSON,) who it is.
        i: its number.
        d: day.
        out: (N, INTENT) filled in from n on.
        n: how many there are already.

    Returns:
        How many there are now.
    """
    return _write_ties(town, p, i, d, out, n) if p[c.TIES] > 0.0 else n


@leaf
def _write_ties(town: Town, p: np.ndarray, i: int, d: int, out: np.ndarray, n: int) -> int:
    day = town.days[d]
    if p[c.RENTS] > 0.0 and (day[c.DUE] >> int(p[c.RENTS])) & 1 and landlord_of(town.noise, i) != i:
        amount = _round(town, i, 32, 240.0, 0.6, 0.85)
        _write(
            town, i, d, _RENT, landlord_of(town.noise, i), 0, _when(town, day, i, d * 64 + 3), -amount, out[n]
        )
        n += 1
    if p[c.GIVES] > 0.0 and (day[c.DUE] >> int(p[c.GIVES])) & 1:
        club = club_of(town.noise, i, int(2.0 * rare(town.noise, LINK, i, 11, 0.0)))
        if club != i:
            amount = _round(town, i, 34, 14.0, 0.6, 0.95)
            _write(town, i, d, _CLUB, club, 0, _when(town, day, i, d * 64 + 4), -amount, out[n])
            n += 1
    if p[c.SHARES] > 0.0:
        n = _flat_share(town, p, i, d, out, n)
    if p[c.IS_BOSS] > 0.0 and (day[c.DUE] >> 27) & 1:
        n = _wages(town, i, d, out, n)
    if p[c.SELLS] > 0.0:
        n = _sales(town, p[c.SELLS], i, d, out, n)
    if p[c.INVOICED] > 0.0 and day[c.IS_OPEN]:
        n = _invoices(town, p, i, d, out, n)
    if p[c.TAKINGS] > 0.0 and day[c.WEEKDAY] == int(p[c.TAKINGS]) - 1:
        _takings(town, p, i, d, out[n])
        n += 1
    return _rarely(town, i, d, out, n)


@leaf
def _flat_share(town: Town, p: np.ndarray, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Three pay their share to the first of a flat, who passes the whole rent on within a day or two."""
    day, first = town.days[d], (i // FLAT) * FLAT
    share = _round(town, first, 36, 330.0, 0.25, 0.9)
    if i != first and (day[c.DUE] >> int(p[c.SHARES])) & 1:
        _write(town, i, d, _SHARE, first, 0, _when(town, day, i, d * 64 + 5), -share, out[n])
        return n + 1
    if i == first and (day[c.DUE] >> (int(p[c.SHARES]) + 1)) & 1:
        t = day[c.MIDNIGHT] + int((14.0 + 8.0 * rare(town.noise, LOOK, i, d * 64 + 10, 0.0)) * _HOUR)
        _write(town, i, d, _PASSED, -1, (2 << 40) + first, t, -FLAT * share, out[n])
        out[n, c.SHOP] = c.ARRANGED
        return n + 1
    return n


@leaf
def _wages(town: Town, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Pay all who work for a customer beside their job, within minutes."""
    day, street = town.days[d], (i // STREET) * STREET
    t = _when(town, day, i, d * 64 + 18)
    paid = 0
    for worker in range(street, min(street + STREET, town.customers)):
        if worker != i and paid < _MOST_WAGES and boss_of(town.noise, worker) == i:
            amount = _round(town, worker, 38, 420.0, 0.3, 0.7)
            _write(town, i, d, _WAGES + paid, worker, 0, t + paid * 7000, -amount, out[n])
            n, paid = n + 1, paid + 1
    return n


@leaf
def _sales(town: Town, often: float, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Strangers pay for what a customer sells on a market place."""
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    minor = int(town.settings[c.MINOR])
    for k in range(min(poisson(rare(town.noise, LOOK, i, d * 64 + 12, t0), often), _MOST_SOLD)):
        index = (d * 8 + k) * 4 + (1 << 42)
        level = town.settings[c.PRICE_LEVEL] * minor
        size = lognormal(rare(town.noise, LOOK, i, index, t0), math.log(28.0 * level), 0.9)
        amount = charged(size, rare(town.noise, LOOK, i, index + 1, t0), 0.75, 0.05, minor)
        t = _when(town, day, i, index + 2)
        _write(town, i, d, _SOLD + k, -1, (3 << 40) + (i << 20) + d * 8 + k, t, amount, out[n])
        n += 1
    return n


@leaf
def _invoices(town: Town, p: np.ndarray, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Pay bills of suppliers, most of them those that one always has."""
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    for k in range(
        min(poisson(rare(town.noise, LOOK, i, d * 64 + _INVOICE, t0), p[c.INVOICED]), _MOST_INVOICES)
    ):
        index = (d * 8 + k) * 8 + (1 << 44)
        size = lognormal(
            rare(town.noise, LOOK, i, index, t0), math.log(_USUAL_INVOICE * p[c.INCOME]), _INVOICE_SPREAD
        )
        amount = charged(
            size, rare(town.noise, LOOK, i, index + 1, t0), 0.62, 0.01, int(town.settings[c.MINOR])
        )
        u, among = rare(town.noise, LOOK, i, index + 2, t0), i
        if u < _TO_NEW:
            among = -1 - (i << 14 | d)  # the suppliers of a business that is none
        company = supplier_of(town.noise, among, int(SUPPLIED_BY * rare(town.noise, LOOK, i, index + 3, t0)))
        t = day[c.MIDNIGHT] + int(
            (8.0 + 10.0 * rare(town.noise, LOOK, i, index + 4, t0)) / 24.0 * day[c.LENGTH]
        )
        _write(town, i, d, _INVOICE + k, -1, 0, t, -amount, out[n])
        out[n, c.PARTY] = np.int64(identity(town.noise[0], _COMPANY, company))
        if out[n, c.CHANNEL] == c.INSTANT:  # bills are due in weeks
            out[n, c.CHANNEL] = c.TRANSFER
        n += 1
    return n


@leaf
def _takings(town: Town, p: np.ndarray, i: int, d: int, out: np.ndarray) -> None:
    """A shop or somebody who is paid in cash brings it to the bank once a week."""
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    step = int(town.settings[c.CASH_STEP] * town.settings[c.MINOR])
    usual = _round(town, i, 40, 2200.0 if p[c.SEGMENT] >= SELF_EMPLOYED else 350.0, 0.8, 0.0)
    size = lognormal(rare(town.noise, LOOK, i, d * 64 + 11, t0), math.log(float(usual)), 0.35)
    _write(town, i, d, _CASH, -1, 0, _when(town, day, i, d * 64 + 19), max(int(size) // step, 1) * step, out)
    out[c.KIND], out[c.PARTY], out[c.ENTRY] = c.DEPOSIT, 0, c.NO_ENTRY
    out[c.CHANNEL] = c.CASH_DESK
    if town.settings[c.PHONE_SHARE] > 0.0:
        out[c.CHANNEL], out[c.ENTRY] = c.MOBILE, c.AGENT


@leaf
def _rarely(town: Town, i: int, d: int, out: np.ndarray, n: int) -> int:
    """Append what happens once in years: a house, a car; and a gift that a circle of friends collects for."""
    day, month = town.days[d], d // MONTH
    what = buys(town.noise, i, month)
    if what != 0:
        on = int((MONTH - 4) * rare(town.noise, LOOK, i, ONCE + month * 64 + 1, 0.0))
        since = d % MONTH - on
        t = _when(town, day, i, ONCE + month * 64 + 3)
        if what == CAR and since == 0:
            price = _round(town, i, 1000 + month * 2, 6500.0, 0.8, 0.95)
            _write(town, i, d, _CAR, seller_to(town.noise, i, month), 0, t, -price, out[n])
            if out[n, c.OTHER] < 0:
                out[n, c.SHOP] = c.ARRANGED
            n += 1
        if what == HOUSE and (since == 0 or since == 2):  # the loan is there two days before the house is paid
            price = _round(town, i, 1000 + month * 2, 210_000.0, 0.5, 1.0)
            if since == 0:
                _write(town, i, d, _LOAN, -1, 0, t, price, out[n])
                out[n, c.PARTY] = np.int64(identity(town.noise[0], _COMPANY, 500_000 + i % 7))
            else:
                _write(town, i, d, _HOUSE, -1, (4 << 40) + i, t, -price, out[n])
                out[n, c.SHOP] = c.ARRANGED
            n += 1
    collector = collector_of(town.noise, i, month)
    if collector >= 0:
        n = _gift(town, i, d, collector, out, n)
    return n


@leaf
def _gift(town: Town, i: int, d: int, collector: int, out: np.ndarray, n: int) -> int:
    """Friends pay into one account within two days; the gift is paid from it on the third."""
    day, month, block = town.days[d], d // MONTH, i // CIRCLE
    on = int(24.0 * rare(town.noise, LOOK, block, month * 4 + 2 + (1 << 40), 0.0))
    each = 5.0 * (1.0 + np.floor(4.0 * rare(town.noise, LOOK, block, month * 4 + 3 + (1 << 40), 0.0)))
    share = int(each * town.settings[c.PRICE_LEVEL]) * int(town.settings[c.MINOR])
    u = rare(town.noise, LOOK, i, ONCE + month * 64 + 4, 0.0)
    if i != collector and u < 0.6 and d % MONTH == on + int(2.0 * u / 0.6):
        _write(town, i, d, _GIFT, collector, 0, _when(town, day, i, d * 64 + 6), -share, out[n])
        return n + 1
    if i == collector and d % MONTH == on + 3:
        _write(
            town,
            i,
            d,
            _GIFT,
            -1,
            (5 << 40) + i * 64 + month,
            _when(town, day, i, d * 64 + 6),
            -9 * share,
            out[n],
        )
        out[n, c.SHOP] = c.ARRANGED
        return n + 1
    return n

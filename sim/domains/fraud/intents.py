"""What a customer is about to do on one day: a pure function of its noise, whatever happened before."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import CASH, PROFILES
from sim.domains.fraud.compiling import inner, single
from sim.domains.fraud.draws import (
    ENTITIES,
    charged,
    identity,
    lognormal,
    poisson,
    stream,
    uniform,
    uniforms,
)
from sim.domains.fraud.ordering import sort_intents
from sim.domains.fraud.payments import DAY, hour, payments_of_day, set_intent
from sim.domains.fraud.shops import CITIES, Town

__all__ = ["MOST", "day_intents", "trip"]

MOST = 150
"""A customer does no more things of its own in one day."""

_BUY, _HABIT, _TRIP, _EARN, _BILL = (stream(name) for name in ("buy", "habit", "trip", "earn", "bill"))
_COMPANY = ENTITIES["company"]
_ONLINE_HOURS, _OFFICE, _BATCH = (PROFILES.index(name) for name in ("online", "office", "batch"))
_TRIP_DAYS = 30
_BURST = (
    0.9  # sigma of how busy spells of three days are, so that cards are bursty: B about 0.2 (Goh & Barabasi)
)


@inner
def _shop(town: Town, kind: int, place: int, u: float) -> int:
    """Return a merchant of a kind at a place, by popularity."""
    group = kind * (town.start.shape[0] - 1) // town.kinds.shape[0] + place
    first, last = town.start[group], town.start[group + 1]
    return town.found[min(first + np.searchsorted(town.share[first:last], u), last - 1)]


@inner
def trip(town: Town, i: int, d: int, travels: float, places: int) -> int:
    """Return the place a customer travels in on a day, -1 at home. At most one trip begins in 30 days."""
    period = d // _TRIP_DAYS
    goes, u, w, v = uniforms(town.noise, _TRIP, i, period, 0.0)
    if goes >= travels:
        return -1
    length = 1 + int(13.0 * u * u)
    begin = int((_TRIP_DAYS - length) * w)
    if not begin <= d - period * _TRIP_DAYS < begin + length:
        return -1
    if v < 0.55:
        return int(CITIES * v / 0.55)
    return CITIES + int((places - 1 - CITIES) * (v - 0.55) / 0.45)


@inner
def _favourite(town: Town, i: int, group: int, u: float) -> float:
    """Return by which popularity one of four favourites was found; the first is visited most often."""
    first, second, third, fourth = uniforms(town.noise, _HABIT, i, group, 0.0)
    if u < 0.46:
        return first
    if u < 0.68:
        return second
    return third if u < 0.85 else fourth


@inner
def _purchase(
    town: Town, p: np.ndarray, day: np.ndarray, i: int, d: int, k: int, away: int, row: np.ndarray
) -> None:  # fmt: skip
    """Write purchase or cash withdrawal number k of a day."""
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    what, where, whose, when = uniforms(town.noise, _BUY, i, (d * 64 + k) * 2, t0)
    much, atom, how, _ = uniforms(town.noise, _BUY, i, (d * 64 + k) * 2 + 1, t0)
    mix = town.mix[int(p[c.SEGMENT])]
    kind = min(np.searchsorted(mix, what), mix.shape[0] - 1)
    about = town.kinds[kind]
    places = (town.start.shape[0] - 1) // town.kinds.shape[0]
    is_online = where < min(about[c.ONLINE_SHARE] * p[c.ONLINE], 0.98) or about[c.ONLINE_SHARE] == 1.0
    place = int(p[c.CITY]) if away < 0 else away
    if is_online:
        place = places - 1
    elif away < 0 and where > 0.93:  # a visit to another city
        place = min(np.searchsorted(town.cities, (where - 0.93) / 0.07), CITIES - 1)
    if whose < 0.7 and away < 0:
        u = _favourite(town, i, kind * 2 + is_online, whose / 0.7)
    else:
        u = (whose - 0.7) / 0.3 if whose >= 0.7 else whose / 0.7
    shop = _shop(town, kind, place, u)
    profile = _ONLINE_HOURS if is_online else int(about[c.HOURS])
    t = day[c.MIDNIGHT] + hour(town.hours, profile, when, day[c.LENGTH])
    minor = town.settings[c.MINOR]
    size = lognormal(much, about[c.LOG_MEDIAN] + p[c.TASTE] + about[c.SIGMA] * town.level[shop], about[c.SIGMA])
    ref = d * 64 + k
    party = np.uint64(town.identity[shop])
    if kind == CASH:
        step = town.settings[c.CASH_STEP] * minor
        step *= 1.0 if atom < 0.5 else (2.0 if atom < 0.7 else 5.0)
        amount = int(max(np.floor(size / step + 0.5), 1.0) * step)
        channel = c.MOBILE if how < town.settings[c.PHONE_SHARE] else c.CASH_DESK
        entry = c.AGENT if channel == c.MOBILE else c.CHIP
        set_intent(
            row, t, c.WITHDRAWAL, -amount, channel, party, shop, place, entry, c.WITHDRAWAL << 40 | ref << 8
        )
        return
    amount = charged(size, atom, about[c.WHOLE], about[c.CHARM], int(minor))
    if how < town.settings[c.PHONE_SHARE]:
        channel, entry = c.MOBILE, c.APP
    elif is_online:
        channel, entry = c.CARD_NOT_PRESENT, c.ECOMMERCE
    else:
        channel, entry = c.CARD_PRESENT, c.CHIP
        if amount < 50.0 * minor * town.settings[c.PRICE_LEVEL] and how < 0.8:
            entry = c.CONTACTLESS
        elif how > 0.992:
            entry = c.MAGSTRIPE
    set_intent(row, t, c.PURCHASE, -amount, channel, party, shop, place, entry, ref << 8)


@inner
def _activity(town: Town, p: np.ndarray, i: int, d: int, away: int) -> float:
    """Return the mean number of purchases on a day: rhythm, payday, and weeks that are busier than others."""
    day = town.days[d]
    since = (day[c.DATE] - int(p[c.PAYDAY])) % 31
    lift = town.lift[since] if since < town.lift.shape[0] else 1.0
    begin = max(town.days[d - d % 3, c.MIDNIGHT], 0) / 1000.0
    burst = lognormal(uniform(town.noise, DAY, i, (1 << 30) + d // 3, begin), -0.5 * _BURST**2, _BURST)
    yearly = 1.25 if day[c.MONTH] % 12 == 11 else 0.98
    return p[c.RATE] * town.weekdays[day[c.WEEKDAY]] * lift * burst * yearly * (1.4 if away >= 0 else 1.0)


@inner
def _monthly(
    town: Town, p: np.ndarray, orders: np.ndarray, day: np.ndarray, i: int, d: int, out: np.ndarray, n: int
) -> int:  # fmt: skip
    """Append what falls due on a day: orders, pay, the month's statement."""
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    for slot in range(c.SLOTS):
        date = orders[slot, c.DAY_OF_MONTH]
        if date == 0 or not (day[c.DUE] >> date) & 1:
            continue
        u = uniform(town.noise, _BILL, i, d * 16 + slot, t0)
        amount = int(orders[slot, c.PRICE])
        if slot == c.UTILITIES or slot == c.PHONE:  # billed by use in some months
            v = uniform(town.noise, _BILL, i, d * 16 + 8 + slot, t0)
            amount = max(int(amount * (0.85 + 0.3 * v)), 100) if v > 0.6 else amount
        kind, channel, entry = c.DIRECT_DEBIT, c.DEBIT, c.NO_ENTRY
        if slot == c.RENT or slot == c.SAVINGS:
            kind, channel = c.STANDING_ORDER, c.TRANSFER
        elif slot == c.STREAMING or slot == c.MEMBERSHIP:
            kind, channel, entry = c.SUBSCRIPTION, c.CARD_NOT_PRESENT, c.RECURRING
        payee = int(orders[slot, c.PAYEE]) if slot != c.SAVINGS else 1_000_000 + i
        t = day[c.MIDNIGHT] + hour(town.hours, _BATCH, u, day[c.LENGTH])
        party = identity(town.noise[0], _COMPANY, payee)
        ref = kind << 40 | (d * 16 + slot) << 8
        set_intent(out[n], t, kind, -amount, channel, party, c.NO_SHOP, -1, entry, ref)
        n += 1
    if (day[c.DUE] >> (1 + (int(p[c.PAYDAY]) + 2) % 28)) & 1:
        t = day[c.MIDNIGHT] + int(uniform(town.noise, _BILL, i, d * 16 + 15, t0) * 0.9 * day[c.LENGTH])
        party = identity(town.noise[0], _COMPANY, 1_000_000 + i)
        set_intent(out[n], t, c.SWEEP, 0, c.TRANSFER, party, c.NO_SHOP, -1, c.APP, c.SWEEP << 40 | d << 8)
        n += 1
    if day[c.IS_LAST]:
        t = (
            day[c.MIDNIGHT]
            + day[c.LENGTH]
            - 1000 * (60 + int(600 * uniform(town.noise, _BILL, i, d * 16 + 14, t0)))
        )
        set_intent(
            out[n],
            t,
            c.STATEMENT,
            0,
            c.INTERNAL,
            np.uint64(0),
            c.NO_SHOP,
            -1,
            c.NO_ENTRY,
            c.STATEMENT << 40 | d << 8,
        )
        n += 1
    return _earnings(town, p, day, i, d, out, n)


@inner
def _earnings(
    town: Town, p: np.ndarray, day: np.ndarray, i: int, d: int, out: np.ndarray, n: int
) -> int:  # fmt: skip
    """Append what a day brings in: pay once a month, invoices of the self-employed, a business's takings."""
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    segment, minor = int(p[c.SEGMENT]), int(town.settings[c.MINOR])
    payer, kind, channel, profile = int(p[c.EMPLOYER]), c.CREDIT_TRANSFER, c.TRANSFER, _BATCH
    if segment <= 2:
        if not (day[c.PAID] >> int(p[c.PAYDAY])) & 1:
            return n
        v = uniform(town.noise, _EARN, i, d * 4 + 1, t0)
        amount = p[c.INCOME]
        if segment != 2 and v < town.settings[c.BONUS]:  # extra hours, a bonus
            amount *= 0.9 + 0.5 * v
    else:
        if not day[c.IS_OPEN]:
            return n
        often = 0.16 if segment == 3 else 0.85
        u = uniform(town.noise, _EARN, i, d * 4, t0)
        if u >= often:
            return n
        sigma = 0.9 if segment == 3 else 0.35
        mean = p[c.INCOME] / (21.0 * often)
        amount = lognormal(
            uniform(town.noise, _EARN, i, d * 4 + 1, t0), math.log(mean) - 0.5 * sigma * sigma, sigma
        )
        payer = 200_000 + int(5000.0 * u / often) if segment == 3 else 300_000 + i % 3
        kind = c.CREDIT_TRANSFER if segment == 3 else c.SETTLEMENT
    if p[c.CASH_PAID] > 0.0:
        step = int(town.settings[c.CASH_STEP]) * minor
        amount = max(np.floor(amount / step), 1.0) * step
        kind, channel, profile = c.DEPOSIT, c.CASH_DESK, _OFFICE
        if town.settings[c.PHONE_SHARE] > 0.0:
            channel = c.MOBILE
    t = day[c.MIDNIGHT] + hour(town.hours, profile, uniform(town.noise, _EARN, i, d * 4 + 2, t0), day[c.LENGTH])
    party = identity(town.noise[0], _COMPANY, payer) if kind != c.DEPOSIT else np.uint64(0)
    entry = c.AGENT if channel == c.MOBILE else c.NO_ENTRY
    set_intent(
        out[n], t, kind, max(int(amount), minor), channel, party, c.NO_SHOP, -1, entry, kind << 40 | d << 8 | 1
    )
    return n + 1


@inner
def _deposit(town: Town, day: np.ndarray, d: int, u: float, much: float, row: np.ndarray) -> None:
    """Write cash that somebody brings to the bank, beside pay; u is below the chance of it on a day."""
    step = town.settings[c.CASH_STEP] * town.settings[c.MINOR]
    size = lognormal(much, town.settings[c.DEPOSIT_SIZE], town.settings[c.DEPOSIT_SPREAD])
    amount = int(max(np.floor(size / step + 0.5), 1.0) * step)
    since = hour(town.hours, _OFFICE, u * 30.44 / town.settings[c.DEPOSITS], day[c.LENGTH])
    ref = c.DEPOSIT << 40 | d << 8 | 2
    channel, entry = c.CASH_DESK, c.NO_ENTRY
    if town.settings[c.PHONE_SHARE] > 0.0:
        channel, entry = c.MOBILE, c.AGENT
    t = day[c.MIDNIGHT] + since
    set_intent(row, t, c.DEPOSIT, amount, channel, np.uint64(0), c.NO_SHOP, -1, entry, ref)


@single
def day_intents(
    town: Town, p: np.ndarray, orders: np.ndarray, i: int, d: int, out: np.ndarray,
) -> int:  # fmt: skip
    """Write everything a customer is about to do on a day, in time order, and return how much that is.

    Args:
        town: where they live.
        p: (PERSON,) who the customer is.
        orders: (SLOTS, ORDER) its monthly payments.
        i: its number.
        d: day.
        out: (MOST, INTENT) filled in.
    """
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    n = 0
    places = (town.start.shape[0] - 1) // town.kinds.shape[0]
    away = trip(town, i, d, p[c.TRAVELS], places)
    mean = _activity(town, p, i, d, away)
    purchases, payments, brings, much = uniforms(town.noise, DAY, i, d, t0)
    for k in range(min(poisson(purchases, mean), 60)):
        _purchase(town, p, day, i, d, k, away, out[n])
        n += 1
    n = payments_of_day(town, p, i, d, payments, out, n)
    if brings < town.settings[c.DEPOSITS] / 30.44:
        _deposit(town, day, d, brings, much, out[n])
        n += 1
    n = _monthly(town, p, orders, day, i, d, out, n)
    sort_intents(out, n)
    return n

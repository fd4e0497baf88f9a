"""Payments from person to person: the only thing by which honest customers change one another's accounts.

Whether and when such a payment is made depends on the payer's noise and blocked account alone, never on money.
So what a customer receives can be worked out from who may pay, without living their lives.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import PROFILES
from sim.domains.fraud.compiling import folded, inner, leaf
from sim.domains.fraud.draws import ENTITIES, charged, identity, lognormal, poisson, stream, uniform
from sim.domains.fraud.links import (
    FLAT,
    STREET,
    SUPPLIED_BY,
    boss_of,
    club_of,
    landlord_of,
    partner_of,
    supplier_of,
)  # fmt: skip
from sim.domains.fraud.lookalikes import write_lookalikes
from sim.domains.fraud.shops import Town

__all__ = [
    "CIRCLES",
    "DAY",
    "PAYMENTS_A_DAY",
    "REFUSED",
    "friend_of",
    "hour",
    "payment_to_a_friend",
    "payments_of_day",
    "pays_often",
    "set_intent",
    "slot_of",
]

DAY = stream("day")
"""Stream of how many things are done on a day."""
REFUSED = stream("refused")
"""Stream of refusals that nothing speaks for."""
PAYMENTS_A_DAY = 3
"""The most payments to people that a customer makes in a day."""
CIRCLES = np.array([16, 16, 256, 4096])
"""How many customers one's friends are among, by friend; the last divides all others."""

_FRIEND, _PAY = stream("friend"), stream("pay")
_ACCOUNT, _OUTSIDER, _PAYMENT, _COMPANY = (
    ENTITIES[name] for name in ("account", "outsider", "payment", "company")
)
_ONLINE_HOURS = PROFILES.index("online")
_KNOWN = np.array([0.28, 0.48, 0.62, 0.72])  # sums of the shares of payments to each; the rest go outside
_LARGE, _LARGE_MEDIAN = 0.1, 400.0
"""Share of transfers and instant payments that pay a bill or a debt, and their median [EUR at price level 1].

Assumptions. An instant payment is of 600 EUR in the mean (SIA and EBA Clearing, February 2018: half a million
of them, worth 300 million); those by phone stay small.
"""


@folded
def hour(hours: np.ndarray, profile: int, u: float, length: int) -> int:
    """Return the moment of a day [ms after midnight] at which a share u of a profile is through."""
    row = hours[profile]
    h = min(int(np.searchsorted(row, u, side="right")) - 1, 23)
    inside = (u - row[h]) / max(row[h + 1] - row[h], 1e-12)
    return min(int((h + inside) * length / 24.0), length - 1)


@folded
def set_intent(
    row: np.ndarray, t: int, kind: int, amount: int, channel: int, party: np.uint64, shop: int, place: int,
    entry: int, ref: int,
) -> None:  # fmt: skip
    """Write an intent of a customer's own: without a mark, on its own device, not paired with another entry."""
    row[c.T], row[c.KIND], row[c.AMOUNT], row[c.CHANNEL] = t, kind, amount, channel
    row[c.PARTY], row[c.SHOP], row[c.PLACE], row[c.ENTRY] = np.int64(party), shop, place, entry
    row[c.REF] = ref
    row[c.MARK], row[c.DEVICE], row[c.PAYMENT], row[c.REFUSE] = -1, 0, 0, 0
    row[c.BY], row[c.OTHER], row[c.WHEN] = c.OWNER, -1, 0


@inner
def friend_of(town: Town, i: int, slot: int) -> int:
    """Return the number of one of the four friends of a customer, the first its partner if it has one.

    There may be no such customer.
    """
    if slot == 0 and town.settings[c.LOOKALIKES] > 0.0:
        partner = partner_of(town.noise, i)
        if partner >= 0:
            return partner
    width = CIRCLES[slot]
    return (i // width) * width + int(width * uniform(town.noise, _FRIEND, i, slot, 0.0))


@inner
def slot_of(town: Town, i: int, index: int, t0: float) -> int:
    """Return which friend a payment goes to, 4 for somebody else; `index` is that of its first draw."""
    u = uniform(town.noise, _PAY, i, index, t0)
    slot = 0
    while slot < 4 and u > _KNOWN[slot]:
        slot += 1
    return slot


@leaf
def payment_to_a_friend(town: Town, i: int, taste: float, d: int, k: int, row: np.ndarray) -> None:
    """Write payment number k of a day to another person.

    Args:
        town: where they live.
        i: number of the customer who pays.
        taste: of the customer, from which the amount comes.
        d: day.
        k: 0, 1, … on that day.
        row: (INTENT,) filled in.
    """
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    index = (d * PAYMENTS_A_DAY + k) * 8
    slot = slot_of(town, i, index, t0)
    payee = friend_of(town, i, slot) if slot < 4 else -1
    if payee == i or payee >= town.customers:
        payee = -1
    settings = town.settings
    level = settings[c.PRICE_LEVEL] * settings[c.MINOR]
    how = uniform(town.noise, _PAY, i, index + 4, t0)
    v = uniform(town.noise, _PAY, i, index + 1, t0)
    if v < _LARGE and how >= settings[c.PHONE_SHARE]:
        size = lognormal(v / _LARGE, math.log(_LARGE_MEDIAN * level) + 0.6 * taste, 1.0)
    else:
        small = (v - _LARGE) / (1.0 - _LARGE) if how >= settings[c.PHONE_SHARE] else v
        size = lognormal(small, math.log(24.0 * level) + 0.6 * taste, 1.05)
    amount = charged(size, uniform(town.noise, _PAY, i, index + 2, t0), 0.62, 0.01, int(settings[c.MINOR]))
    since = hour(town.hours, _ONLINE_HOURS, uniform(town.noise, _PAY, i, index + 3, t0), day[c.LENGTH])
    t = day[c.MIDNIGHT] + since
    late = uniform(town.noise, _PAY, i, index + 5, t0)
    if how < settings[c.PHONE_SHARE]:
        channel, arrives = c.MOBILE, t + 1000 + int(8000 * late)
    elif how < settings[c.PHONE_SHARE] + (1.0 - settings[c.PHONE_SHARE]) * settings[c.INSTANT_SHARE]:
        channel, arrives = c.INSTANT, t + 1000 + int(8000 * late)
    else:
        channel, arrives = c.TRANSFER, town.days[day[c.NEXT_OPEN], c.MIDNIGHT] + int((6.0 + 6.0 * late) * 3.6e6)
    number = ((i << 14 | d) << 2) | k
    party = (
        identity(town.noise[0], _ACCOUNT, payee)
        if payee >= 0
        else identity(town.noise[0], _OUTSIDER, i * 8 + slot)
    )
    entry = c.APP if late < 0.7 else c.ONLINE_BANKING
    set_intent(row, t, c.CREDIT_TRANSFER, -amount, channel, party, c.NO_SHOP, -1, entry,
         (c.CREDIT_TRANSFER << 40) | (d * PAYMENTS_A_DAY + k) << 8)  # fmt: skip
    if payee >= 0:
        row[c.SHOP] = c.ANOTHER_CUSTOMER
        row[c.PAYMENT] = np.int64(identity(town.noise[0], _PAYMENT, number))
    row[c.OTHER], row[c.WHEN] = payee, arrives


@folded
def payments_of_day(
    town: Town, p: np.ndarray, i: int, d: int, u: float, out: np.ndarray, n: int
) -> int:  # fmt: skip
    """Append the orders between people of a customer on a day, also what it gets from outside for them.

    Args:
        town: where it lives.
        p: (PERSON,) who it is.
        i: its number.
        d: day.
        u: second uniform of the stream DAY of that day: how many friends are paid.
        out: (N, INTENT) filled in from n on; OTHER and WHEN say to whom a payment goes and when it arrives.
        n: how many there are already.

    Returns:
        How many there are now.
    """
    for k in range(min(poisson(u, p[c.PEOPLE]), PAYMENTS_A_DAY)):
        payment_to_a_friend(town, i, p[c.TASTE], d, k, out[n])
        n += 1
    return write_lookalikes(town, p, i, d, out, n)


@leaf
def pays_often(town: Town, p: np.ndarray, i: int, party: int) -> bool:
    """Return whether an identity is somebody whom a customer pays again and again, but for its shops."""
    key, one = town.noise[0], np.uint64(party)
    for slot in range(4):
        friend = friend_of(town, i, slot)
        if one == identity(key, _ACCOUNT, friend) or one == identity(key, _OUTSIDER, i * 8 + slot):
            return True
    if one == identity(key, _OUTSIDER, i * 8 + 4):
        return True
    if p[c.RENTS] > 0.0 and one == identity(key, _ACCOUNT, landlord_of(town.noise, i)):
        return True
    if p[c.GIVES] > 0.0 and (
        one == identity(key, _ACCOUNT, club_of(town.noise, i, 0))
        or one == identity(key, _ACCOUNT, club_of(town.noise, i, 1))
    ):
        return True
    first = (i // FLAT) * FLAT
    if p[c.SHARES] > 0.0 and (
        one == identity(key, _ACCOUNT, first) or one == identity(key, _OUTSIDER, (2 << 40) + first)
    ):
        return True
    if p[c.INVOICED] > 0.0:
        for which in range(SUPPLIED_BY):
            if one == identity(key, _COMPANY, supplier_of(town.noise, i, which)):
                return True
    if p[c.IS_BOSS] > 0.0:
        for worker in range((i // STREET) * STREET, (i // STREET + 1) * STREET):
            if one == identity(key, _ACCOUNT, worker):
                return bool(boss_of(town.noise, worker) == i)
    return False

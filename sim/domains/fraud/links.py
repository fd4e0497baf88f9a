"""Who has to do with whom: the ties between customers that honest look-alikes of crime come from.

All ties follow from noise alone and lie within a block of customers, so that from either side it can be told
who is at the other end. All shares are assumptions.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.draws import NoiseArrays, rare, stream

__all__ = [
    "CAR",
    "CIRCLE",
    "FLAT",
    "HOUSE",
    "LINK",
    "LOOK",
    "MONTH",
    "ONCE",
    "SELF_EMPLOYED",
    "STREET",
    "SUPPLIED_BY",
    "SUPPLIERS",
    "boss_of",
    "buys",
    "club_of",
    "collector_of",
    "draw_links",
    "home_of",
    "landlord_of",
    "partner_of",
    "seller_to",
    "supplier_of",
    "write_payees",
]

LINK, LOOK = stream("link"), stream("lookalike")
"""Streams of what holds for good, and of what happens on a day."""
SELF_EMPLOYED = 3
"""Segments from here on may pay wages."""
FLAT, CIRCLE, STREET, _TOWN = 4, 16, 256, 4096
"""Customers among whom one shares a flat, gives presents, rents and trades; and joins clubs."""
CAR, HOUSE = 1, 2
MONTH = 30
"""Days in which there is at most one house, car or gift."""
ONCE = 1 << 43
"""Draws of such a month are numbered from here."""
_TENANTS, _MEMBERS, _FLATS, _SELLERS, _CARS, _HOUSES = 0.09, 0.05, 0.05, 0.025, 0.0036, 0.0009
# Shares of customers who rent from another, who belong to a club, of blocks that are a flat, of customers who
# sell on a market place; and of customers who buy a car or a house in a month.
_COUPLES = 0.35  # of pairs of customers, those who live together
SUPPLIERS = 600_000
"""Companies that supply businesses are numbered from here."""
SUPPLIED_BY = 6
"""How many of them a business pays again and again."""
_INVOICES = (1.0, 4.0)  # bills of suppliers a month, of the self-employed and of businesses
_COMPANIES = 4000  # suppliers there are
_WORKING_DAYS = 21.0  # a month
_BOSSES = 8  # who may pay wages in a street, if they are self-employed or a business


@leaf
def draw_links(noise: NoiseArrays, i: int, settings: np.ndarray, p: np.ndarray) -> None:
    """Fill in which of these a customer does every month.

    Args:
        noise: arrays of the episode's noise.
        i: number of the customer.
        settings: (HABITS,) numbers of the preset.
        p: (PERSON,) with segment; RENTS, GIVES and SHARES become a day of the month (0 for none), IS_BOSS 1 for
            who may pay wages, SELLS sales a day, TAKINGS weekday of cash takings from 1 (0 for none), INVOICED
            bills of suppliers a working day. TIES is 1 if there is any of it, or something that happens once.
    """
    for k in range(c.RENTS, c.TIES + 1):
        p[k] = 0.0
    p[c.INVOICED] = 0.0
    if settings[c.LOOKALIKES] == 0.0:
        return
    segment = int(p[c.SEGMENT])
    u = rare(noise, LINK, i, 0, 0.0)
    p[c.RENTS] = 1.0 + np.floor(5.0 * u / _TENANTS) if u < _TENANTS else 0.0
    u = rare(noise, LINK, i, 1, 0.0)
    p[c.GIVES] = 1.0 + np.floor(28.0 * u / _MEMBERS) if u < _MEMBERS else 0.0
    u = rare(noise, LINK, i // FLAT, 2, 0.0)
    p[c.SHARES] = 24.0 + np.floor(4.0 * u / _FLATS) if u < _FLATS else 0.0
    p[c.IS_BOSS] = 1.0 if segment >= SELF_EMPLOYED and i % STREET < _BOSSES else 0.0
    u = rare(noise, LINK, i, 3, 0.0)
    p[c.SELLS] = 0.15 + 20.0 * u if u < _SELLERS else 0.0
    u = rare(noise, LINK, i, 4, 0.0)
    shop = 0.30 if segment >= SELF_EMPLOYED else 0.004
    p[c.TAKINGS] = 1.0 + np.floor(5.0 * u / shop) if u < shop else 0.0
    if segment >= SELF_EMPLOYED:
        p[c.INVOICED] = _INVOICES[segment - SELF_EMPLOYED] / _WORKING_DAYS
    ties = p[c.INVOICED] + p[c.RENTS] + p[c.GIVES] + p[c.SHARES] + p[c.IS_BOSS] + p[c.SELLS] + p[c.TAKINGS]
    for month in range(int(settings[c.MONTHS])):
        if buys(noise, i, month) != 0 or collector_of(noise, i, month) >= 0:
            ties += 1.0
    p[c.TIES] = 1.0 if ties > 0.0 else 0.0


@leaf
def partner_of(noise: NoiseArrays, i: int) -> int:
    """Return whom a customer lives with as a couple, -1 for nobody; there may be no such customer."""
    return i ^ 1 if rare(noise, LINK, i // 2, 5, 0.0) < _COUPLES else -1


@leaf
def home_of(noise: NoiseArrays, i: int) -> int:
    """Return the number of the first of those at a customer's address: itself, if it lives alone.

    A flat share or a couple; a business may stand at its owner's address.
    """
    if rare(noise, LINK, i // FLAT, 2, 0.0) < _FLATS:
        return (i // FLAT) * FLAT
    return min(i, i ^ 1) if partner_of(noise, i) >= 0 else i


@leaf
def landlord_of(noise: NoiseArrays, i: int) -> int:
    """Return whom a customer rents from, if it does: in a street one of the first more often."""
    return (i // STREET) * STREET + int(STREET * rare(noise, LINK, i, 8, 0.0) ** 4)


@leaf
def boss_of(noise: NoiseArrays, i: int) -> int:
    """Return who a customer works for beside its job, -1 for nobody."""
    if rare(noise, LINK, i, 9, 0.0) >= 0.25:
        return -1
    return (i // STREET) * STREET + int(_BOSSES * rare(noise, LINK, i, 10, 0.0) ** 2)


@leaf
def supplier_of(noise: NoiseArrays, i: int, which: int) -> int:
    """Return the company of one of the suppliers of a business; large ones supply many."""
    return SUPPLIERS + int(_COMPANIES * rare(noise, LINK, i, 48 + which, 0.0) ** 2.5)


@leaf
def club_of(noise: NoiseArrays, i: int, which: int) -> int:
    """Return one of the clubs of a customer's town."""
    block = i // _TOWN
    return block * _TOWN + int(_TOWN * rare(noise, LINK, block, 16 + which, 0.0) ** 2)


@leaf
def collector_of(noise: NoiseArrays, i: int, month: int) -> int:
    """Return who collects for a gift in a customer's circle in a month, -1 for nobody."""
    block = i // CIRCLE
    if rare(noise, LOOK, block, month * 4 + (1 << 40), 0.0) >= 0.06:
        return -1
    return block * CIRCLE + int(CIRCLE * rare(noise, LOOK, block, month * 4 + 1 + (1 << 40), 0.0))


@leaf
def write_payees(noise: NoiseArrays, months: int, i: int, out: np.ndarray) -> int:
    """Write whom a customer may pay something of this kind in some months of 30 days, wages aside.

    Args:
        noise: arrays of the episode's noise.
        months: how many.
        i: number of the customer.
        out: (N,) filled in; itself, and one payee twice, may be among them.

    Returns:
        How many there are, at most 4 and two for each month.
    """
    n = 0
    if rare(noise, LINK, i, 0, 0.0) < _TENANTS:
        out[n] = landlord_of(noise, i)
        n += 1
    if rare(noise, LINK, i, 1, 0.0) < _MEMBERS:
        out[n], out[n + 1] = club_of(noise, i, 0), club_of(noise, i, 1)
        n += 2
    if rare(noise, LINK, i // FLAT, 2, 0.0) < _FLATS:
        out[n] = (i // FLAT) * FLAT
        n += 1
    for month in range(months):
        collector = collector_of(noise, i, month)
        if collector >= 0:
            out[n] = collector
            n += 1
        if buys(noise, i, month) == CAR:
            out[n] = seller_to(noise, i, month)
            n += 1
    return n


@leaf
def buys(noise: NoiseArrays, i: int, month: int) -> int:
    """Return what a customer buys in a month: CAR, HOUSE, or 0 for neither."""
    u = rare(noise, LOOK, i, ONCE + month * 64, 0.0)
    return HOUSE if u < _HOUSES else (CAR if u < _HOUSES + _CARS else 0)


@leaf
def seller_to(noise: NoiseArrays, i: int, month: int) -> int:
    """Return whom a customer buys its car from."""
    return (i // STREET) * STREET + int(STREET * rare(noise, LOOK, i, ONCE + month * 64 + 2, 0.0))

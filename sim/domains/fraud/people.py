"""Who the customers are: everything about a customer that does not change, drawn from its own noise alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.draws import NoiseArrays, charged, lognormal, stream, uniform
from sim.domains.fraud.links import draw_links, home_of
from sim.domains.fraud.presets import Preset

__all__ = ["ORDER_KINDS", "PEOPLE_STREAMS", "draw_people", "habits_of"]

ORDER_KINDS = ("rent", "utilities", "phone", "insurance", "streaming", "membership", "savings", "loan")
"""What customers have agreed to pay every month, in the order of their slots."""

_SHARES = np.array([0.30, 0.055, 0.013, 0.03, 0.0, 0.0, 0.08, 0.10])  # of a monthly income; 0: see `_PRICES`
_SPREADS = np.array([0.30, 0.40, 0.50, 0.60, 0.35, 0.40, 0.60, 0.50])
_PRICES = np.array([0.0, 0.0, 0.0, 0.0, 11.0, 26.0, 0.0, 0.0])  # median [EUR]
_COMPANIES = np.array([4000.0, 60.0, 12.0, 40.0, 25.0, 300.0, 0.0, 80.0])  # how many there are to pay

PEOPLE_STREAMS = {"person": stream("person"), "order": stream("order")}
"""Streams of addressed noise that say who a customer is."""
_PERSON, _ORDER = PEOPLE_STREAMS["person"], PEOPLE_STREAMS["order"]

_H_SHARE, _H_INCOME, _H_SPREAD, _H_PURCHASES, _H_PEOPLE, _H_YOUNG, _H_OLD, _H_ONLINE, _H_CASH, _H_ORDERS = (
    range(10)
)


@lru_cache(maxsize=16)
def habits_of(preset: Preset) -> tuple[np.ndarray, np.ndarray]:
    """Return ((S, 9 + SLOTS) habits of the segments, (P, 2) paydays with the sum of their probabilities)."""
    rows = [
        [h.share, h.income, h.spread, h.purchases, h.people, *h.ages, h.online, h.cash, *h.orders]
        for h in preset.habits
    ]
    habits = np.array(rows, np.float64)
    habits[:, _H_SHARE] = np.cumsum(habits[:, _H_SHARE] / habits[:, _H_SHARE].sum())
    paydays = np.array(preset.paydays, np.float64)
    paydays[:, 1] = np.cumsum(paydays[:, 1] / paydays[:, 1].sum())
    habits.setflags(write=False)
    paydays.setflags(write=False)
    return habits, paydays


@leaf
def draw_people(
    noise: NoiseArrays, who: np.ndarray, habits: np.ndarray, paydays: np.ndarray, cities: np.ndarray,
    settings: np.ndarray, overdraft: float, people: np.ndarray, orders: np.ndarray,
) -> None:  # fmt: skip
    """Fill in who some customers are.

    Args:
        noise: arrays of the episode's noise.
        who: (n,) numbers of the customers.
        habits: of `habits_of`.
        paydays: of `habits_of`.
        cities: (G,) sums of the shares of customers who live there.
        settings: (HABITS,) numbers of the preset.
        overdraft: share of customers with an arranged overdraft.
        people: (n, PERSON), filled in.
        orders: (n, SLOTS, ORDER), filled in.
    """
    minor = settings[c.MINOR]
    for row in range(who.shape[0]):
        i = who[row]
        p = people[row]
        u = uniform(noise, _PERSON, i, 0, 0.0)
        s = 0
        while s < habits.shape[0] - 1 and u > habits[s, _H_SHARE]:
            s += 1
        h = habits[s]
        p[c.SEGMENT] = s
        income = lognormal(uniform(noise, _PERSON, i, 1, 0.0), np.log(h[_H_INCOME] * minor), h[_H_SPREAD])
        p[c.INCOME] = np.floor(income)
        u = uniform(noise, _PERSON, i, 2, 0.0)
        k = 0
        while k < paydays.shape[0] - 1 and u > paydays[k, 1]:
            k += 1
        p[c.PAYDAY] = paydays[k, 0]
        p[c.HOME] = i if settings[c.LOOKALIKES] == 0.0 else home_of(noise, i)
        where = uniform(noise, _PERSON, int(p[c.HOME]), 3, 0.0)
        p[c.CITY] = min(np.searchsorted(cities, where), cities.shape[0] - 1)
        p[c.AGE] = h[_H_YOUNG] + (h[_H_OLD] - h[_H_YOUNG]) * uniform(noise, _PERSON, i, 4, 0.0)
        # How much people use their account varies by more than a Poisson number: a gamma-like spread.
        p[c.RATE] = h[_H_PURCHASES] / 30.44 * lognormal(uniform(noise, _PERSON, i, 5, 0.0), -0.125, 0.5)
        p[c.ONLINE] = h[_H_ONLINE] * lognormal(uniform(noise, _PERSON, i, 6, 0.0), -0.08, 0.4)
        relative = income / (h[_H_INCOME] * minor)
        own = lognormal(uniform(noise, _PERSON, i, 7, 0.0), 0.0, 0.2)
        p[c.TASTE] = (
            settings[c.ELASTICITY] * np.log(relative)
            + np.log(own)
            + 0.45 * np.log(h[_H_INCOME] / habits[1, _H_INCOME])
        )
        p[c.PEOPLE] = h[_H_PEOPLE] / 30.44 * lognormal(uniform(noise, _PERSON, i, 8, 0.0), -0.18, 0.6)
        has = uniform(noise, _PERSON, i, 9, 0.0)
        hundred = 100.0 * minor * settings[c.PRICE_LEVEL]
        p[c.OVERDRAFT] = (
            np.floor(income * (0.5 + has / overdraft) / hundred) * hundred if has < overdraft else 0.0
        )
        p[c.CARD_LIMIT] = max(np.floor(1.2 * income / hundred), 5.0) * hundred
        p[c.CASH_LIMIT] = max(np.floor(settings[c.CASH_MOST] * income / hundred), 3.0) * hundred
        p[c.TRANSFER_LIMIT] = max(np.floor(2.0 * income / hundred), 10.0) * hundred
        # Accounts are opened evenly over the years of an adult life, more of them lately.
        p[c.OPENED] = np.floor(uniform(noise, _PERSON, i, 10, 0.0) ** 1.6 * min(p[c.AGE] - 16.0, 30.0) * 365.25)
        p[c.EMPLOYER] = np.floor(4000.0 * uniform(noise, _PERSON, i, 11, 0.0) ** 2.5)
        p[c.TRAVELS] = (0.10 if s == 2 else 0.16) * lognormal(uniform(noise, _PERSON, i, 12, 0.0), -0.3, 0.8)
        p[c.CARDS] = 1.0 + (uniform(noise, _PERSON, i, 13, 0.0) < 0.35)
        p[c.DEVICES] = 1.0 + (uniform(noise, _PERSON, i, 14, 0.0) < 0.45)
        kept = lognormal(uniform(noise, _PERSON, i, 15, 0.0), np.log(settings[c.KEPT]), settings[c.KEPT_SPREAD])
        p[c.START] = np.floor(h[_H_INCOME] * minor * relative ** settings[c.KEPT_ELASTICITY] * kept)
        p[c.CASH_PAID] = uniform(noise, _PERSON, i, 16, 0.0) < h[_H_CASH]
        p[c.PAYS_FEE] = uniform(noise, _PERSON, i, 17, 0.0) < settings[c.FEE_SHARE]
        draw_links(noise, i, settings, p)
        for slot in range(c.SLOTS):
            _draw_order(
                noise, i, slot, h[_H_ORDERS + slot], p, minor, settings[c.PRICE_LEVEL], orders[row, slot]
            )


@leaf
def _draw_order(
    noise: NoiseArrays, i: int, slot: int, share: float, p: np.ndarray, minor: float, level: float,
    order: np.ndarray,
) -> None:  # fmt: skip
    """Draw one monthly payment; an order that is not there has no day."""
    order[:] = 0
    if uniform(noise, _ORDER, i, 8 * slot, 0.0) >= share:
        return
    u = uniform(noise, _ORDER, i, 8 * slot + 1, 0.0)
    # Half of the bills are timed to just after pay, as people ask for; the rest fall on the first half.
    timed = 1 + (int(p[c.PAYDAY]) + int(6 * u)) % 28
    order[c.DAY_OF_MONTH] = timed if u < 0.5 else 1 + int(30.0 * (u - 0.5))
    order[c.DAY_OF_MONTH] = max(min(order[c.DAY_OF_MONTH], 28), 1)
    price = p[c.INCOME] * _SHARES[slot] if _SHARES[slot] > 0.0 else _PRICES[slot] * level * minor
    price = lognormal(uniform(noise, _ORDER, i, 8 * slot + 2, 0.0), np.log(price), _SPREADS[slot])
    atom = uniform(noise, _ORDER, i, 8 * slot + 3, 0.0)
    if slot == c.RENT or slot == c.SAVINGS:
        order[c.PRICE] = charged(price, atom, 0.9, 0.0, int(minor))
    elif slot == c.STREAMING or slot == c.MEMBERSHIP:
        order[c.PRICE] = charged(price, atom, 0.2, 0.75, int(minor))
    else:
        order[c.PRICE] = charged(price, atom, 0.15, 0.02, int(minor))
    whose = int(p[c.HOME]) if slot == c.RENT or slot == c.UTILITIES else i  # each pays a part of it
    u = uniform(noise, _ORDER, whose, 8 * slot + 4, 0.0)
    order[c.PAYEE] = int(_COMPANIES[slot] * u**2.5) + 10_000 * (1 + slot)

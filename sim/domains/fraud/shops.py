"""Merchants and cash machines: what they sell, where, how popular they are, and how customers find one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import CASH, CATEGORIES, HOURS, PROFILES
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.draws import ENTITIES, NoiseArrays, identities, stream, uniform
from sim.domains.fraud.presets import Preset

__all__ = ["CITIES", "Places", "Town", "draw_town", "grouped", "places_of"]

CITIES = 24
"""Cities of the home country."""

_MINOR = 100.0  # minor units of one unit of a currency
_SHOP = stream("shop")


class Town(NamedTuple):
    """What customers live in, as kernels take it; places are cities, countries abroad, and online.

    Args:
        noise: arrays of the episode's noise.
        days: (D, DAYS) calendar.
        customers: how many there are.
        kind: (M,) kind of each merchant.
        kinds: (C, KINDS) numbers of each kind of merchant.
        mix: (S, C) sums of the shares of kinds, by segment.
        hours: (P, 25) sums of the shares of hours, by profile; the last profile is that of batches.
        start: (C * places + 1,) where the merchants of kind and place begin in `found`.
        found: (M',) numbers of merchants, grouped.
        share: (M',) sums of popularity within a group, from above 0 to 1.
        place: (M,) where each is.
        tills: (M,) how many terminals each has.
        level: (M,) how dear each is: part of the spread of a kind is between its shops.
        identity: (M,) by which each is known.
        cities: (CITIES,) sums of the shares of customers.
        settings: (HABITS,) numbers of the preset.
        weekdays: (8,) factors on activity, Monday to Sunday and holidays.
        lift: (L,) factors on activity from the payday on.
        rules: (R, RULE) of the controls; none if there are none.
        desk: (DESK,) numbers of those who look at alerts.
    """

    noise: NoiseArrays
    days: np.ndarray
    customers: int
    kind: np.ndarray
    kinds: np.ndarray
    mix: np.ndarray
    hours: np.ndarray
    start: np.ndarray
    found: np.ndarray
    share: np.ndarray
    place: np.ndarray
    tills: np.ndarray
    level: np.ndarray
    identity: np.ndarray
    cities: np.ndarray
    settings: np.ndarray
    weekdays: np.ndarray
    lift: np.ndarray
    rules: np.ndarray
    desk: np.ndarray


@dataclass(frozen=True)
class Places:
    """Where things happen: the cities of the home country, then places abroad, then online."""

    names: tuple[str, ...]
    countries: tuple[str, ...]

    @property
    def online(self) -> int:
        """The number of the place that is nowhere."""
        return len(self.names) - 1


def places_of(preset: Preset) -> Places:
    """Return the places of a preset."""
    home = [f"city {i + 1:02d}" for i in range(CITIES)]
    return Places(
        (*home, *(f"abroad {country}" for country in preset.abroad), "online"),
        (*(preset.country for _ in home), *preset.abroad, preset.country),
    )


def draw_town(noise: NoiseArrays, preset: Preset, *, days: np.ndarray, customers: int, merchants: int) -> Town:
    """Return the town of an episode.

    Args:
        noise: arrays of the episode's noise.
        preset: of the bank.
        days: calendar.
        customers: how many there are.
        merchants: how many there are at home; abroad there are two more for every kind and country.
    """
    habits = _habits_in(preset)
    count, width = len(CATEGORIES), CITIES + len(preset.abroad) + 1
    total = merchants + 2 * count * len(preset.abroad)
    kind, place, tills = (np.zeros(total, np.int64) for _ in range(3))
    weight = np.zeros(total)
    _draw_shops(
        noise,
        merchants,
        preset.popularity,
        habits.many,
        habits.online,
        habits.cities,
        CITIES,
        width,
        kind,
        place,
        tills,
        weight,
    )
    start, found, share = grouped(kind, place, weight, count, width)
    known = np.zeros(total, np.uint64)
    identities(noise[0], ENTITIES["merchant"], 0, known)
    return Town(
        noise=noise,
        days=days,
        customers=customers,
        kind=kind,
        kinds=habits.kinds,
        mix=habits.mix,
        hours=habits.hours,
        start=start,
        found=found,
        share=share,
        place=place,
        tills=tills,
        level=0.25 * np.sin(0.7 + 12.9898 * np.arange(total)),
        identity=known.view(np.int64),
        cities=habits.cities,
        settings=np.append(habits.settings, (-(-len(days) // 30), preset.has_lookalikes)),
        weekdays=habits.weekdays,
        lift=habits.lift,
        rules=np.empty((0, c.RULE)),
        desk=np.zeros(c.DESK),
    )


class _Habits(NamedTuple):
    """The numbers of a preset as kernels take them.

    `many` are the sums of the shares of merchants by kind, `online` what share of each kind is online; the rest
    is as in `Town`.
    """

    many: np.ndarray
    online: np.ndarray
    kinds: np.ndarray
    mix: np.ndarray
    hours: np.ndarray
    cities: np.ndarray
    settings: np.ndarray
    weekdays: np.ndarray
    lift: np.ndarray


@lru_cache(maxsize=16)
def _habits_in(preset: Preset) -> _Habits:
    shares = np.array([one.share * preset.categories.get(one.mcc, 1.0) for one in CATEGORIES])
    # There are more small shops than visits: kinds with dear goods have more shops per visit.
    many = np.cumsum((0.3 + np.sqrt(shares)) * (shares > 0))
    cities = np.cumsum(1.0 / np.arange(1, CITIES + 1))  # by the rank-size rule
    kinds = [
        (np.log(k.median * preset.price_level * _MINOR), preset.cash_spread if place == CASH else k.sigma,
         k.online, k.whole, k.charm, PROFILES.index(k.hours), k.refund)
        for place, k in enumerate(CATEGORIES)
    ]  # fmt: skip
    settings = (
        preset.instant, preset.phone, preset.cash_step, preset.fee, preset.interest, preset.refused,
        preset.price_level, _MINOR, preset.kept, preset.kept_spread, preset.cash_limit, preset.bonus,
        preset.deposits[0], np.log(max(preset.deposits[1], 1.0) * _MINOR), preset.deposits[2], preset.fee_share,
        preset.plenty, preset.elasticity, preset.kept_elasticity,
    )  # fmt: skip
    habits = _Habits(
        many=many / many[-1],
        online=np.array([one.online for one in CATEGORIES]),
        kinds=np.array(kinds),
        mix=_mixes(preset, shares),
        hours=_hours(),
        cities=cities / cities[-1],
        settings=np.array(settings),
        weekdays=np.array(preset.weekdays),
        lift=np.array(preset.payday_lift),
    )
    for array in habits:
        array.setflags(write=False)
    return habits


def _mixes(preset: Preset, shares: np.ndarray) -> np.ndarray:
    """Return (S, C) sums of shares; segments differ in how much they do online and in cash."""
    rows = []
    for habits in preset.habits:
        lean = np.array(
            [
                (1.5 - 0.5 * habits.online) if one.mcc == "6011" else habits.online**one.online
                if one.online else 1.0
                for one in CATEGORIES
            ]
        )  # fmt: skip
        rows.append(np.cumsum(shares * lean) / np.sum(shares * lean))
    return np.array(rows)


def _hours() -> np.ndarray:
    table = np.zeros((len(HOURS), 25))
    for row, weights in zip(table, HOURS.values(), strict=True):
        row[1:] = np.cumsum(weights) / sum(weights)
    return table


def grouped(
    kind: np.ndarray, place: np.ndarray, weight: np.ndarray, count: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (start, found, share) of `Town`; places without a kind borrow the largest city's.

    Args:
        kind: (m,) of each merchant.
        place: (m,) of each merchant.
        weight: (m,) popularity, of any scale.
        count: kinds.
        width: places.
    """
    group = kind * width + place
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(count * width + 1))
    own = group[order]
    largest = np.zeros(count * width)
    np.maximum.at(largest, group, weight)
    # Relative to its own group: beside one enormous shop the sums over others would vanish.
    total = np.cumsum(weight[order] / largest[own])
    before = np.concatenate(([0.0], total))[edges]
    share = (total - before[own]) / (before[own + 1] - before[own])
    number = np.arange(count * width)
    one = np.where(edges[:-1] < edges[1:], number, number // width * width)
    lengths = edges[one + 1] - edges[one]
    start = np.concatenate(([0], np.cumsum(lengths)))
    taken = np.arange(start[-1]) + np.repeat(edges[one] - start[:-1], lengths)
    return start, order[taken], share[taken]


@leaf
def _draw_shops(
    noise: NoiseArrays, merchants: int, popularity: float, kinds: np.ndarray, online: np.ndarray,
    cities: np.ndarray, home: int, width: int, kind: np.ndarray, place: np.ndarray, tills: np.ndarray,
    weight: np.ndarray,
) -> None:  # fmt: skip
    """Draw every merchant: the first ones one of each kind in the largest city, then one of each online."""
    count = kinds.shape[0]
    for m in range(kind.shape[0]):
        u = uniform(noise, _SHOP, m, 0, 0.0)
        v = uniform(noise, _SHOP, m, 1, 0.0)
        if m >= merchants:
            kind[m] = (m - merchants) % count
            place[m] = home + (m - merchants) // (2 * count)
        elif m < 2 * count:
            kind[m] = m % count
            place[m] = 0 if m < count or online[m % count] == 0.0 else width - 1
        else:
            kind[m] = min(np.searchsorted(kinds, u), count - 1)
            is_online = v < 0.5 * online[kind[m]]
            place[m] = width - 1 if is_online else min(np.searchsorted(cities, (v * 7919.0) % 1.0), home - 1)
        weight[m] = (1.0 - uniform(noise, _SHOP, m, 2, 0.0)) ** (-popularity)
        tills[m] = 1 + int(min(weight[m], 40.0) ** 0.6)

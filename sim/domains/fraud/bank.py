"""Everything that is drawn once for an episode: calendar, market, and customers when they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import payers_in_block
from sim.domains.fraud.categories import CASH
from sim.domains.fraud.controls import Controls, controls_of
from sim.domains.fraud.days import calendar_of
from sim.domains.fraud.intents import MOST
from sim.domains.fraud.payments import CIRCLES
from sim.domains.fraud.people import draw_people, habits_of
from sim.domains.fraud.presets import Preset
from sim.domains.fraud.shops import Town, draw_town
from sim.noise import Noise
from sim.wall_clock import WallClock

__all__ = ["LOOK_BACK", "Bank", "Folk"]

LOOK_BACK = 8
"""Payments arrive no more than this many days after they are sent: a long holiday, and some."""


class Folk(NamedTuple):
    """Who the customers are, as far as anybody asked.

    Args:
        people: (N, PERSON) what does not change.
        orders: (N, SLOTS, ORDER) what they have agreed to pay every month.
        is_met: (N,) whether the rows of a customer are filled in.
    """

    people: np.ndarray
    orders: np.ndarray
    is_met: np.ndarray


@dataclass(frozen=True)
class Bank:
    """What customers live in; nothing in it changes while they do.

    Args:
        preset: kind of bank.
        clock: local time.
        duration: of the episode [s].
        town: what kernels need of it.
        controls: what it does against crime.
    """

    preset: Preset
    clock: WallClock
    duration: float
    town: Town
    controls: Controls
    _payers: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False, compare=False)
    _rooms: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(
        cls, noise: Noise, *, preset: Preset, clock: WallClock, duration: float, customers: int, merchants: int,
        controls: Mapping[str, Any] | None = None,
    ) -> Bank:  # fmt: skip
        """Draw the bank of an episode; `controls` is what stands under that key of its world."""
        days = calendar_of(clock, duration, preset)
        town = draw_town(noise.arrays, preset, days=days, customers=customers, merchants=merchants)
        desk = controls_of(controls, preset)
        return cls(preset, clock, duration, town._replace(rules=desk.rules, desk=desk.desk), desk)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return self.town.customers

    @property
    def days(self) -> np.ndarray:
        """(D, DAYS) calendar."""
        return self.town.days

    @cached_property
    def end(self) -> int:
        """The end of the episode [ms]."""
        return round(self.duration * 1000)

    def people(self, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ((n, PERSON), (n, SLOTS, ORDER)) of some customers by number."""
        people = np.empty((len(who), c.PERSON))
        orders = np.empty((len(who), c.SLOTS, c.ORDER), np.int32)
        self._draw(who, people, orders)
        return people, orders

    def _draw(self, who: np.ndarray, people: np.ndarray, orders: np.ndarray) -> None:
        draw_people(
            self.town.noise, who, *self.habits, self.town.cities, self.town.settings, self.preset.overdraft,
            people, orders,
        )  # fmt: skip

    @cached_property
    def habits(self) -> tuple[np.ndarray, np.ndarray]:
        """What `people.habits_of` says of the preset."""
        return habits_of(self.preset)

    def everybody(self) -> Folk:
        """Return all customers; they are drawn once."""
        return self.met(np.arange(self.customers))

    def met(self, who: np.ndarray) -> Folk:
        """Return all customers, of whom some, by number, are filled in beside those that were met before."""
        folk = self.folk
        if len(who) == 1:
            self.person(int(who[0]))
            return folk
        fresh = who[~folk.is_met[who]]
        if len(fresh):
            folk.people[fresh], folk.orders[fresh] = self.people(fresh)
            folk.is_met[fresh] = True
        return folk

    def person(self, customer: int) -> np.ndarray:
        """Return (PERSON,) who a customer is."""
        folk = self.folk
        if not folk.is_met[customer]:
            one = slice(customer, customer + 1)
            self._draw(np.array([customer]), folk.people[one], folk.orders[one])
            folk.is_met[customer] = True
        return np.asarray(folk.people[customer])

    @cached_property
    def folk(self) -> Folk:
        """All customers; the rows of those whom nobody asked about are empty."""
        # Memory that nobody writes to takes no room.
        n = self.customers
        orders = np.empty((n, c.SLOTS, c.ORDER), np.int32)
        return Folk(np.empty((n, c.PERSON)), orders, np.zeros(n, np.bool_))

    def payers(self, customer: int) -> np.ndarray:
        """Return the numbers of the customers who may pay a customer, ascending."""
        block, row = divmod(customer, int(CIRCLES[-1]))
        if block not in self._payers:
            self._payers[block] = payers_in_block(self.town, block)
        starts, found = self._payers[block]
        return found[starts[row] : starts[row + 1]]

    def day_of(self, t: int) -> int:
        """Return the day of the calendar a moment [ms] lies in."""
        return bisect_right(self._midnights, t) - 1

    @cached_property
    def visits(self) -> tuple[np.ndarray, np.ndarray]:
        """(C,) sums of how often shops of each kind are visited, in a place and online; not cash machines."""
        sums = []
        for share in (1.0 - self.town.kinds[:, c.ONLINE_SHARE], self.town.kinds[:, c.ONLINE_SHARE]):
            visits = np.diff(self.town.mix[1], prepend=0.0) * share
            visits[CASH] = 0.0
            sums.append(np.cumsum(visits))
        return sums[0], sums[1]

    @cached_property
    def _midnights(self) -> list[int]:
        return [int(t) for t in self.days[:, c.MIDNIGHT]]

    @cached_property
    def lengths(self) -> list[int]:
        """How long each day of the calendar is [ms], for those who ask for one at a time."""
        return [int(length) for length in self.days[:, c.LENGTH]]

    @cached_property
    def hours(self) -> list[list[float]]:
        """The sums of the shares of hours, by profile, likewise."""
        return [row.tolist() for row in self.town.hours]

    def midnight(self, day: int) -> int:
        """Return the moment [ms] at which a day of the calendar begins."""
        return self._midnights[day]

    @cached_property
    def scratch(self) -> np.ndarray:
        """(MOST, INTENT) room to work in, for the intents of one day."""
        return np.empty((MOST, c.INTENT), np.int64)

    def room_for_acts(self, least: int) -> np.ndarray:
        """Return (N, ACT) room for what controls do, N at least as said; what was in it is lost."""
        room = self._rooms.get("acts")
        if room is None or len(room) < least:
            room = self._rooms["acts"] = np.empty((2 * least, c.ACT), np.int64)
        return room

    def forget_rooms(self) -> None:
        """Give the memory of such room back."""
        self._rooms.clear()

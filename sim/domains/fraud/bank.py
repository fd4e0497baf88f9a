"""Everything that is drawn once for an episode: calendar, market, and customers when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.controls import Controls, controls_of
from sim.domains.fraud.days import calendar_of
from sim.domains.fraud.intents import MOST
from sim.domains.fraud.payments import payers_of, received
from sim.domains.fraud.people import draw_people, habits_of
from sim.domains.fraud.presets import Preset
from sim.domains.fraud.shops import Town, draw_town
from sim.noise import Noise
from sim.wall_clock import WallClock

__all__ = ["LOOK_BACK", "Bank", "in_order"]

LOOK_BACK = 8
"""Payments arrive no more than this many days after they are sent: a long holiday, and some."""


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

    @property
    def end(self) -> int:
        """The end of the episode [ms]."""
        return round(self.duration * 1000)

    def people(self, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ((n, PERSON), (n, SLOTS, ORDER)) of some customers by number."""
        habits, paydays = habits_of(self.preset)
        people = np.empty((len(who), c.PERSON))
        orders = np.empty((len(who), c.SLOTS, c.ORDER), np.int32)
        draw_people(
            self.town.noise, who, habits, paydays, self.town.cities, self.town.settings, self.preset.overdraft,
            people, orders,
        )  # fmt: skip
        return people, orders

    def payers(self, customer: int) -> np.ndarray:
        """Return the numbers of the customers who may pay a customer."""
        room = np.empty(4096, np.int64)
        return room[: payers_of(self.town, customer, room)].copy()

    def day_of(self, t: int) -> int:
        """Return the day of the calendar a moment [ms] lies in."""
        return int(np.searchsorted(self.days[:, c.MIDNIGHT], t, side="right")) - 1

    def arrivals(self, customer: int) -> np.ndarray:
        """Return (K, INTENT) what other customers order to one customer's account in the episode, in order.

        OTHER is who pays and WHEN the moment it was sent; what is stopped on the way is among it.
        """
        payers = self.payers(customer)
        people = self.people(payers)[0]
        last = self.day_of(self.end - 1)
        room = np.empty((64 + 2 * (last + 1) * len(payers), c.INTENT), np.int64)
        n = row = 0
        while row < len(payers):
            more = received(
                self.town, payers[row], people[row], 0, last, customer, 0, self.end, room, n,
            )  # fmt: skip
            if more < 0:
                room = np.concatenate([room, np.empty_like(room)])
            else:
                n, row = more, row + 1
        room[:n, c.MARK] = -1
        return in_order(room[:n])

    def scratch(self) -> np.ndarray:
        """Return room for the intents of one day."""
        return np.empty((MOST, c.INTENT), np.int64)


def in_order(intents: np.ndarray) -> np.ndarray:
    """Return intents of one customer by time, then number."""
    return np.ascontiguousarray(intents[np.lexsort((intents[:, c.REF], intents[:, c.T]))])

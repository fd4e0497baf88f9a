"""Everything that is drawn once for an episode: calendar, market, and customers when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.domains.fraud import layout as c
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
    """

    preset: Preset
    clock: WallClock
    duration: float
    town: Town

    @classmethod
    def open(
        cls, noise: Noise, *, preset: Preset, clock: WallClock, duration: float, customers: int, merchants: int
    ) -> Bank:
        """Draw the bank of an episode."""
        days = calendar_of(clock, duration, preset)
        town = draw_town(noise.arrays, preset, days=days, customers=customers, merchants=merchants)
        return cls(preset, clock, duration, town)

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

    def credits_of(
        self, customer: int, payers: np.ndarray, people: np.ndarray, start: int, stop: int, blocks: np.ndarray
    ) -> np.ndarray:
        """Return (K, INTENT) what other customers' payments bring to one customer in [start, stop).

        Args:
            customer: who is paid.
            payers: (n,) of `payers`.
            people: (n, PERSON) who they are.
            start: first moment [ms].
            stop: the end [ms].
            blocks: (n, 2) from when to when each payer's account is blocked [ms].
        """
        first, last = self.day_of(start) - LOOK_BACK, self.day_of(max(stop - 1, start))
        room = np.empty((3 * (last - first + 1) * max(len(payers), 1), c.INTENT), np.int64)
        payees = np.empty(len(room), np.int64)
        n = 0
        for row, payer in enumerate(payers):
            n = received(
                self.town, payer, people[row, c.PEOPLE], people[row, c.TASTE],
                max(first, 0), last, customer, start, stop, blocks[row, 0], blocks[row, 1], room,
                payees, n,
            )  # fmt: skip
        return in_order(room[:n])

    def scratch(self) -> np.ndarray:
        """Return room for the intents of one day."""
        return np.empty((MOST, c.INTENT), np.int64)


def in_order(intents: np.ndarray) -> np.ndarray:
    """Return intents of one customer by time, then number."""
    return np.ascontiguousarray(intents[np.lexsort((intents[:, c.REF], intents[:, c.T]))])

"""Payments between all customers that are under way: sent in a window of a book, there in it or later."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import received
from sim.domains.fraud.bank import Bank

__all__ = ["Transit"]


class Transit:
    """What customers order to one another's accounts; windows must be gone through in the order of time.

    Every day is worked out once, in the first window that has a part of it, and its payments are kept until
    they arrive. In a large bank windows are shorter than holidays, after which payments of many days arrive.
    """

    def __init__(self, bank: Bank, people: np.ndarray) -> None:
        """Begin at the start of the episode; `people` is (N, PERSON), all customers."""
        self._bank, self._people = bank, people
        self._next_day = bank.day_of(0)
        self._under_way = np.empty((0, c.INTENT), np.int64)  # MARK is the number of the payee

    def arriving(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (K, INTENT) what arrives in a window [ms], by payee and moment, and (K,) the payees.

        What controls stop on the way is among it.
        """
        last = self._bank.day_of(stop - 1)
        if last >= self._next_day:
            self._under_way = np.concatenate([self._under_way, *self._sent(last, start)])
            self._next_day = last + 1
        is_there = self._under_way[:, c.T] < stop
        found, self._under_way = self._under_way[is_there], self._under_way[~is_there]
        owner = found[:, c.MARK].copy()
        found[:, c.MARK] = -1
        order = np.lexsort((found[:, c.REF], found[:, c.T], owner))
        return found[order], owner[order]

    def _sent(self, last: int, start: int) -> list[np.ndarray]:
        """Return what is sent from the next day to the last, and arrives from a moment [ms] on."""
        bank = self._bank
        size = 4096 + bank.customers * (last - self._next_day + 1) // 3
        days, span = np.array([self._next_day, last]), np.array([start, bank.end])
        cursor, parts, everybody = np.zeros(2, np.int64), [], np.arange(bank.customers)
        while cursor[0] < bank.customers:
            room = np.empty((size, c.INTENT), np.int64)
            cursor[1] = 0
            received(bank.town, self._people, everybody, days, span, -1, room, cursor)
            parts.append(room[: cursor[1]])
        return parts

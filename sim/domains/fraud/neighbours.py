"""What customers order to one another's accounts, and whose orders controls stop, for a few of them at a time.

Both follow from noise alone as long as nobody is disturbed: it can be told without living anybody.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import received
from sim.domains.fraud.bank import LOOK_BACK, Bank
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.controls_rules import start_watch
from sim.domains.fraud.controls_watch import NO_SPANS, NOTHING, most_acts, spans_of, watch_all
from sim.domains.fraud.ordering import sort_intents
from sim.domains.fraud.payments import CIRCLES

__all__ = ["Neighbours"]

_ROOM = 1024
_BLOCK = int(CIRCLES[-1])
_MANY = 16
"""Once one of so many customers of a block was asked about, all of it is told at once, which costs less."""
_KEPT = 1 << 18
"""How many orders are kept once they are told, so that long episodes of large banks take no more memory."""


@leaf
def _is_clear(
    customers: np.ndarray, is_told: np.ndarray, is_blocked: np.ndarray, is_disturbed: np.ndarray
) -> bool:  # fmt: skip
    """Return whether every one was told about, is not blocked, and is not disturbed."""
    for k in range(customers.shape[0]):
        one = customers[k]
        if not is_told[one] or is_blocked[one] or is_disturbed[one]:
            return False
    return True


class Neighbours:
    """Payments between customers as they would be if campaigns did nothing to the payers."""

    def __init__(self, bank: Bank) -> None:
        """Begin with nobody told about."""
        self._bank = bank
        self._first_day = bank.day_of(0)
        self._room = np.empty((_ROOM, c.INTENT), np.int64)
        self._days, self._span, self._cursor = (np.zeros(2, np.int64) for _ in range(3))
        self._is_told = np.full(bank.customers, len(bank.town.rules) == 0)
        self._is_blocked = np.zeros(bank.customers, np.bool_)
        self._spans: dict[int, np.ndarray] = {}
        self._asked = np.zeros(bank.customers // _BLOCK + 1, np.int64)
        self._kept: dict[int, tuple[np.ndarray, array[int], list[int]]] = {}  # block -> orders, moments, starts
        self._room_left = _KEPT

    def ordered_to(self, customer: int, start: int, stop: int) -> np.ndarray:
        """Return (K, INTENT) what others order to an account and arrives in a span [ms], in order.

        OTHER is who pays, WHEN the moment it was sent; what is stopped on the way is among it. To be read only.
        """
        bank = self._bank
        block, row = divmod(customer, _BLOCK)
        if block in self._kept:
            orders, moments, starts = self._kept[block]
            begin, end = starts[row], starts[row + 1]
            return orders[bisect_left(moments, start, begin, end) : bisect_left(moments, stop, begin, end)]
        payers = bank.payers(customer)
        if not len(payers):
            return NOTHING
        people, cursor = bank.met(payers).people, self._cursor
        self._days[:] = max(bank.day_of(start) - LOOK_BACK, self._first_day), bank.day_of(stop - 1)
        self._span[:] = start, stop
        while True:
            cursor[:] = 0
            received(bank.town, people, payers, self._days, self._span, customer, self._room, cursor)
            if cursor[0] == len(payers):
                break
            self._room = np.empty((2 * len(self._room), c.INTENT), np.int64)
        found = self._room[: cursor[1]].copy()
        found[:, c.MARK] = -1
        sort_intents(found, len(found))
        return found

    def blocks(self, customer: int) -> np.ndarray:
        """Return (S, 2) when nothing leaves an account that nobody disturbs [ms]; of the whole episode."""
        if not self._is_told[customer]:
            self._tell(np.array([customer]))
        return self._spans.get(customer, NO_SPANS)

    def is_clear(self, customers: np.ndarray, is_disturbed: np.ndarray) -> bool:
        """Return whether it is known that nothing is stopped of some customers, and nobody disturbed them."""
        return bool(_is_clear(customers, self._is_told, self._is_blocked, is_disturbed))

    def are_blocked(self, customers: np.ndarray) -> np.ndarray:
        """Return (n,) whether controls stop anything of some customers in the episode."""
        strangers = customers[~self._is_told[customers]]
        if len(strangers):
            self._tell(np.array(sorted(set(strangers.tolist()))))  # few: faster than np.unique
        blocked: np.ndarray = self._is_blocked[customers]
        return blocked

    def forget(self) -> None:
        """Drop the orders that are kept; they are worked out anew if somebody asks for them."""
        self._kept.clear()
        self._room_left = 0

    def _tell(self, strangers: np.ndarray) -> None:
        """Watch customers of one block throughout the episode."""
        block = int(strangers[0]) // _BLOCK
        self._asked[block] += len(strangers)
        first, stop = block * _BLOCK, min((block + 1) * _BLOCK, self._bank.customers)
        if self._asked[block] * _MANY > stop - first:
            strangers = np.arange(first, stop)
            arrivals, starts = self._ordered_among(strangers)
            if len(arrivals) <= self._room_left:
                self._room_left -= len(arrivals)
                self._kept[block] = arrivals, array("q", arrivals[:, c.T].tobytes()), starts.tolist()
        else:
            parts = [self.ordered_to(one, 0, self._bank.end) for one in strangers.tolist()]
            arrivals = np.concatenate(parts)
            starts = np.cumsum([0, *(len(part) for part in parts)])
        self._watch(strangers, arrivals, starts)
        self._is_told[strangers] = True

    def _ordered_among(self, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (K, INTENT) all that a block of customers order to one another, and where each one's begin."""
        bank = self._bank
        people = bank.met(block).people
        days, span = np.array([self._first_day, bank.day_of(bank.end - 1)]), np.array([0, bank.end])
        size, cursor, parts = 4096 + len(block) * int(days[1] - days[0] + 1) // 8, np.zeros(2, np.int64), []
        while cursor[0] < len(block):
            room = np.empty((size, c.INTENT), np.int64)
            cursor[1] = 0
            received(bank.town, people, block, days, span, -1, room, cursor)
            parts.append(room[: cursor[1]])
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        found = found[np.lexsort((found[:, c.REF], found[:, c.T], found[:, c.MARK]))]
        starts = np.searchsorted(found[:, c.MARK], np.arange(block[0], block[-1] + 2))
        found[:, c.MARK] = -1
        return found, starts

    def _watch(self, who: np.ndarray, arrivals: np.ndarray, starts: np.ndarray) -> None:
        bank, span = self._bank, np.array([0, self._bank.end])
        states, cursor = np.empty((len(who), c.WATCH), np.int64), np.zeros(2, np.int64)
        start_watch(states[0])
        states[1:] = states[0]
        nothing = np.zeros(len(who) + 1, np.int64)
        acts = bank.room_for_acts(most_acts(bank.end, len(arrivals)))
        while cursor[0] < len(who):
            watch_all(
                bank.town, bank.met(who).people, who, states, span, arrivals, starts, NOTHING, nothing,
                bank.scratch, acts, cursor,
            )  # fmt: skip
            if not cursor[1]:
                continue
            owners, spans = spans_of(acts[: cursor[1]])
            self._is_blocked[owners] = True
            for customer in dict.fromkeys(owners.tolist()):
                self._spans[customer] = spans[owners == customer]

"""The book of all customers: everything that was entered, window by window, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.controls_cases import card_alerts
from sim.domains.fraud.controls_guard import Guard
from sim.domains.fraud.injections import Injections
from sim.domains.fraud.kept import Kept
from sim.domains.fraud.living import live_all
from sim.domains.fraud.ordering import in_time_order
from sim.domains.fraud.posting import start_accounts
from sim.domains.fraud.transit import Transit

__all__ = ["Book"]

_ROWS_AT_ONCE = 1 << 17
_ROWS_SHOWN = 1 << 15
"""How many entries are handed on at a time: as text and columns they take several times the memory."""
_ROWS_A_DAY = 1.7  # of a customer, about; sets how long windows are, not what is in them
_HOUR = 3_600_000
_PARTS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Lengths of windows of which a day is made up [h]."""


class Book:
    """All entries of an episode; a pure function of the bank and the injections.

    It can be gone through repeatedly; each time all customers are lived anew, which takes no memory and hardly
    longer than reading the entries back from a disk. Identities and marks alone, which are few bytes, are kept
    in a file without a name from the first time on.
    """

    def __init__(
        self,
        bank: Bank,
        injections: Injections | None = None,
        *,
        window: int | None = None,
        touched: Callable[[], np.ndarray] | None = None,
    ) -> None:
        """Prepare a book.

        Args:
            bank: what customers live in.
            injections: what was done to their accounts, of each customer in the order it was done; None if
                nothing was.
            window: length of a window [ms]; chosen for some hundred thousand entries if None.
            touched: gives (customers,) the moment from which a crime may have changed an account [ms].
        """
        self._bank = bank
        self._injections = Injections() if injections is None else injections
        self._touched = touched
        self._alerts: np.ndarray | None = None
        hours = int(_ROWS_AT_ONCE / (_ROWS_A_DAY / 24.0 * max(bank.customers, 1)))
        # What is done on a day is worked out anew in each window that has a part of it.
        hours = hours - hours % 24 if hours >= 24 else min(one for one in _PARTS if one >= hours)
        self._kept: Kept | None = None
        self._window = window or min(hours, 24 * 31) * _HOUR

    def windows(self) -> Iterator[np.ndarray]:
        """Yield (n, ROW) entries, some at a time, in the order of time."""
        kept = Kept(2)
        yield from kept.while_passing(self._with_marks())
        self._kept = kept

    def marks(self) -> Iterator[np.ndarray]:
        """Yield (n, 3) identities and marks of the entries, likewise, and 1 where crime may be felt."""
        if self._kept is None:
            for _ in self.windows():
                pass
        assert self._kept is not None
        for kept in self._kept:
            yield np.column_stack([kept[:, 0], kept[:, 1] >> 1, kept[:, 1] & 1])

    def _with_marks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        touched = None if self._touched is None else self._touched()
        for entries in self._lived():
            kept = np.empty((len(entries), 2), np.int64)
            kept[:, 0], kept[:, 1] = entries[:, c.R_ID], entries[:, c.R_MARK] << 1
            if touched is not None:
                kept[:, 1] |= entries[:, c.R_T] >= touched[entries[:, c.R_ACCOUNT]]
            yield entries, kept

    def alerts(self) -> np.ndarray:
        """Return (n, ACT) all alerts, in the order of time; not those about orders while a case was open."""
        if self._alerts is None:
            for _ in self.windows():
                pass
        assert self._alerts is not None
        return self._alerts

    def _lived(self) -> Iterator[np.ndarray]:
        bank = self._bank
        people, orders, _ = bank.everybody()
        states = np.empty((bank.customers, c.STATE), np.int64)
        start_accounts(people, states)
        guard, transit = Guard(bank, people, self._injections), Transit(bank, people)
        rows = np.empty((int(1.6 * _ROWS_AT_ONCE), c.ROW), np.int64)
        start = 0
        alerts = []
        while start < bank.end:
            stop = min(start + self._window, bank.end)
            for entries in self._window_between(people, orders, states, guard, transit, start, stop, rows):
                alerts.append(card_alerts(entries))
                yield entries
            start = stop
        found = np.concatenate([*alerts, guard.alerts()])
        self._alerts = found[np.lexsort((found[:, c.A_ENTRY], found[:, c.A_T]))]

    def _window_between(
        self,
        people: np.ndarray,
        orders: np.ndarray,
        states: np.ndarray,
        guard: Guard,
        transit: Transit,
        start: int,
        stop: int,
        rows: np.ndarray,
    ) -> Iterator[np.ndarray]:
        bank = self._bank
        credits, credit_start = guard.watch(*transit.arriving(start, stop), start, stop)
        injected, injected_start = guard.injected(start, stop)
        cursor = np.zeros(2, np.int64)
        parts = []
        while cursor[0] < bank.customers:
            live_all(
                bank.town, people, orders, states, np.array([start, stop]), credits, credit_start, injected,
                injected_start, bank.scratch, rows, cursor, 0,
            )  # fmt: skip
            parts.append(rows[: cursor[1]] if cursor[0] >= bank.customers else rows[: cursor[1]].copy())
        entries = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(entries):
            yield from in_time_order(entries, _ROWS_SHOWN)

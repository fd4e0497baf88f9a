"""The book of all customers: everything that was entered, window by window, in the order of time."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import LOOK_BACK, Bank
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.controls_cases import card_alerts
from sim.domains.fraud.controls_guard import Guard
from sim.domains.fraud.ledger import Injection
from sim.domains.fraud.living import live_all
from sim.domains.fraud.payments import received_by_all
from sim.domains.fraud.posting import start_accounts

__all__ = ["Book", "in_time_order"]

_ROWS_AT_ONCE = 200_000
_ROWS_A_DAY = 1.7  # of a customer, about; sets how long windows are, not what is in them
_HOUR = 3_600_000


class Book:
    """All entries of an episode; a pure function of the bank and the injections.

    It can be gone through repeatedly; each time all customers are lived anew, which takes no memory and hardly
    longer than reading the entries back from a disk. Identities and marks alone, which are few bytes, are kept
    in a file without a name from the first time on.
    """

    def __init__(
        self,
        bank: Bank,
        injections: Sequence[Injection],
        *,
        window: int | None = None,
        touched: Callable[[], np.ndarray] | None = None,
    ) -> None:
        """Prepare a book.

        Args:
            bank: what customers live in.
            injections: what was done to their accounts, of each customer in the order it was done.
            window: length of a window [ms]; chosen for some hundred thousand entries if None.
            touched: gives (customers,) the moment from which a crime may have changed an account [ms].
        """
        self._bank = bank
        self._injections = injections
        self._touched = touched
        self._alerts: np.ndarray | None = None
        hours = int(_ROWS_AT_ONCE / (_ROWS_A_DAY / 24.0 * max(bank.customers, 1)))
        hours -= (
            hours % 24 if hours > 24 else 0
        )  # what is done on a day is worked out anew in each window of it
        self._kept: tuple[IO[bytes], list[int]] | None = None
        self._window = window or min(max(hours, 1), 24 * 31) * _HOUR

    def windows(self) -> Iterator[np.ndarray]:
        """Yield (n, ROW) entries of one window after the other, each in the order of time."""
        file, sizes = TemporaryFile(), []  # noqa: SIM115  # closed with the book
        touched = None if self._touched is None else self._touched()
        weakref.finalize(self, file.close)
        for entries in self._lived():
            kept = np.empty((len(entries), 2), np.int64)
            kept[:, 0], kept[:, 1] = entries[:, c.R_ID], entries[:, c.R_MARK] << 1
            if touched is not None:
                kept[:, 1] |= entries[:, c.R_T] >= touched[entries[:, c.R_ACCOUNT]]
            file.write(kept.data)
            sizes.append(len(entries))
            yield entries
        self._kept = self._kept or (file, sizes)

    def marks(self) -> Iterator[np.ndarray]:
        """Yield (n, 3) identities and marks of the entries, window by window, and 1 where crime may be felt."""
        if self._kept is None:
            for _ in self.windows():
                pass
        assert self._kept is not None
        file, sizes = self._kept
        file.seek(0)
        for size in sizes:
            kept = np.frombuffer(file.read(16 * size), np.int64).reshape(-1, 2)
            yield np.column_stack([kept[:, 0], kept[:, 1] >> 1, kept[:, 1] & 1])

    def alerts(self) -> np.ndarray:
        """Return (n, ACT) all alerts, in the order of time; not those about orders while a case was open."""
        if self._alerts is None:
            for _ in self.windows():
                pass
        assert self._alerts is not None
        return self._alerts

    def _lived(self) -> Iterator[np.ndarray]:
        bank = self._bank
        people, orders = bank.people(np.arange(bank.customers))
        states = np.empty((bank.customers, c.STATE), np.int64)
        start_accounts(people, states)
        guard = Guard(bank, people, self._injections)
        rows = np.empty((int(1.6 * _ROWS_AT_ONCE), c.ROW), np.int64)
        start = 0
        alerts = []
        while start < bank.end:
            stop = min(start + self._window, bank.end)
            for entries in self._window_between(people, orders, states, guard, start, stop, rows):
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
        start: int,
        stop: int,
        rows: np.ndarray,
    ) -> Iterator[np.ndarray]:
        bank = self._bank
        credits, credit_start = guard.watch(*self._arrivals(people, start, stop), start, stop)
        injected, injected_start = guard.injected(start, stop)
        scratch, cursor = bank.scratch(), np.zeros(2, np.int64)
        parts = []
        while cursor[0] < bank.customers:
            live_all(
                bank.town, people, orders, states, np.array([start, stop]), credits, credit_start, injected,
                injected_start, scratch, rows, cursor,
            )  # fmt: skip
            parts.append(rows[: cursor[1]] if cursor[0] >= bank.customers else rows[: cursor[1]].copy())
        entries = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(entries):
            yield in_time_order(entries)

    def _arrivals(self, people: np.ndarray, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (K, INTENT) what customers order to one another's accounts, by payee, and (K,) the payees."""
        bank = self._bank
        first, last = max(bank.day_of(start) - LOOK_BACK, 0), bank.day_of(stop - 1)
        size = 4096 + bank.customers * (last - first + 1) // 3
        cursor = np.zeros(2, np.int64)
        parts = []
        while cursor[0] < bank.customers:
            room = np.empty((size, c.INTENT), np.int64)
            cursor[1] = 0
            received_by_all(bank.town, people, first, last, start, stop, room, cursor)
            parts.append(room[: cursor[1]])
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        owner = found[:, c.MARK].copy()
        found[:, c.MARK] = -1
        order = np.lexsort((found[:, c.REF], found[:, c.T], owner))
        return found[order], owner[order]


def in_time_order(entries: np.ndarray) -> np.ndarray:
    """Return (n, ROW) entries by time, column after column in memory; those of one moment by identity.

    Identities say nothing, and so does the order.
    """
    key = np.empty(len(entries), np.uint64)
    ordered = np.empty((c.ROW, len(entries)), np.int64)
    bits = len(entries).bit_length()
    _keys(entries, bits, key)
    key.sort()  # no two are equal, so any way of sorting gives the same
    _gather(entries, key, bits, ordered)
    return ordered.T


@leaf
def _keys(entries: np.ndarray, bits: int, key: np.ndarray) -> None:
    """Write the moment of each entry since the first, and its place in the lowest bits."""
    begin = entries[0, c.R_T]
    for k in range(entries.shape[0]):
        begin = min(begin, entries[k, c.R_T])
    for k in range(entries.shape[0]):
        key[k] = np.uint64(entries[k, c.R_T] - begin) << np.uint64(bits) | np.uint64(k)


@leaf
def _gather(entries: np.ndarray, key: np.ndarray, bits: int, ordered: np.ndarray) -> None:
    """Write entries in the order of the keys, those of one moment by identity."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for k in range(key.shape[0]):
        at = k
        while at > 0 and key[at] >> np.uint64(bits) == key[at - 1] >> np.uint64(bits):
            mine, other = np.int64(key[at] & mask), np.int64(key[at - 1] & mask)
            if np.uint64(entries[mine, c.R_ID]) >= np.uint64(entries[other, c.R_ID]):
                break
            key[at], key[at - 1] = key[at - 1], key[at]
            at -= 1
    for k in range(key.shape[0]):
        row = np.int64(key[k] & mask)
        for column in range(c.ROW):
            ordered[column, k] = entries[row, column]

"""Entries, and what is about to be done, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf

__all__ = ["in_time_order", "last_visit", "sort_intents"]


def in_time_order(entries: np.ndarray, at_once: int) -> Iterator[np.ndarray]:
    """Yield (n, ROW) entries by time, so many at once, column after column in memory.

    Those of one moment come by identity: identities say nothing, and so does the order.
    """
    key = np.empty(len(entries), np.uint64)
    bits = len(entries).bit_length()
    _keys(entries, bits, key)
    key.sort()  # no two are equal, so any way of sorting gives the same
    _settle_ties(entries, key, bits)
    for first in range(0, len(key), at_once):
        some = key[first : first + at_once]
        ordered = np.empty((c.ROW, len(some)), np.int64)
        _gather(entries, some, bits, ordered)
        yield ordered.T


@leaf
def _keys(entries: np.ndarray, bits: int, key: np.ndarray) -> None:
    """Write the moment of each entry since the first, and its place in the lowest bits."""
    begin = entries[0, c.R_T]
    for k in range(entries.shape[0]):
        begin = min(begin, entries[k, c.R_T])
    for k in range(entries.shape[0]):
        key[k] = np.uint64(entries[k, c.R_T] - begin) << np.uint64(bits) | np.uint64(k)


@leaf
def _settle_ties(entries: np.ndarray, key: np.ndarray, bits: int) -> None:
    """Put the keys of entries of one moment in the order of their identities."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for k in range(key.shape[0]):
        at = k
        while at > 0 and key[at] >> np.uint64(bits) == key[at - 1] >> np.uint64(bits):
            mine, other = np.int64(key[at] & mask), np.int64(key[at - 1] & mask)
            if np.uint64(entries[mine, c.R_ID]) >= np.uint64(entries[other, c.R_ID]):
                break
            key[at], key[at - 1] = key[at - 1], key[at]
            at -= 1


@leaf
def _gather(entries: np.ndarray, key: np.ndarray, bits: int, ordered: np.ndarray) -> None:
    """Write entries in the order of the keys."""
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for k in range(key.shape[0]):
        row = np.int64(key[k] & mask)
        for column in range(c.ROW):
            ordered[column, k] = entries[row, column]


@leaf
def sort_intents(intents: np.ndarray, n: int) -> None:
    """Sort the first n of (N, INTENT) by time, then number: by insertion, for they are few."""
    for a in range(1, n):
        b = a
        while b > 0 and (intents[b, c.T], intents[b, c.REF]) < (intents[b - 1, c.T], intents[b - 1, c.REF]):
            for k in range(c.INTENT):
                intents[b, k], intents[b - 1, k] = intents[b - 1, k], intents[b, k]
            b -= 1


@leaf
def last_visit(rows: np.ndarray, shop: int, since: float, by_card: bool) -> int:
    """Return where the last honest, accepted entry at a merchant since a moment [ms] stands, -1 for none.

    Args:
        rows: (n, ROW) entries of a customer, in order.
        shop: number of the merchant.
        since: the moment.
        by_card: whether only cards that were put in or held to a terminal count; else also cash and telephones.
    """
    for k in range(rows.shape[0] - 1, -1, -1):
        if rows[k, c.R_SHOP] != shop or rows[k, c.R_STATUS] != c.SETTLED or rows[k, c.R_MARK] >= 0:
            continue
        channel = rows[k, c.R_CHANNEL]
        by_other = not by_card and (channel == c.CASH_DESK or channel == c.MOBILE)
        if rows[k, c.R_T] >= since and (channel == c.CARD_PRESENT or by_other):
            return k
    return -1

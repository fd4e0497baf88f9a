"""What the bank came to know about each entry, and which entries a crime changed: for the table of labels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.arrivals import received
from sim.domains.fraud.controls_watch import were_sent

if TYPE_CHECKING:
    from sim.domains.fraud.bank import Bank
    from sim.domains.fraud.book import Book
    from sim.domains.fraud.world import World

__all__ = ["VERDICTS", "Known", "known_of", "touched_from"]

VERDICTS = ("fraud", "genuine")
"""What the bank takes an entry for once somebody has looked at it."""


@dataclass(frozen=True)
class Known:
    """What is known at the end of the episode.

    Args:
        detected: (M,) by mark: moment at which the bank knew of the entry [s]; NaN if it never did.
        reported: (M,) moment at which a customer reported it [s]; NaN if none did.
        charged_back: (M,) whether the money came back.
        alerted: (A,) identities of the entries that alerts were about, ascending, unsigned.
        decided: (A,) moment at which each was decided [s]; NaN if after the end.
        verdict: (A,) what it was taken for: place in `VERDICTS`, -1 if undecided.
    """

    detected: np.ndarray
    reported: np.ndarray
    charged_back: np.ndarray
    alerted: np.ndarray
    decided: np.ndarray
    verdict: np.ndarray

    def places(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (k,) which entries an alert was about, and (k,) their places in `alerted`."""
        if not len(self.alerted):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        ids = np.ascontiguousarray(ids).view(np.uint64)
        place = np.minimum(np.searchsorted(self.alerted, ids), len(self.alerted) - 1)
        rows = np.flatnonzero(self.alerted[place] == ids)
        return rows, place[rows]


def known_of(world: World, book: Book) -> Known:
    """Return what the bank and its customers found out."""
    count, end = len(world.roll.marks), world.bank.end
    detected, reported = np.full(count, np.nan), np.full(count, np.nan)
    charged_back = np.zeros(count, bool)
    for report in world.reports.made if world.reports is not None else ():
        reported[report.mark] = report.t / 1000.0
        charged_back[report.mark] = report.charged_back >= 0
    for mark, t in _found(world):
        if t < end:
            detected[mark] = np.fmin(detected[mark], t / 1000.0)
    alerts = book.alerts()
    ids = alerts[:, c.A_ENTRY].astype(np.uint64)
    order = np.argsort(ids, kind="stable")
    is_over = alerts[order, c.A_UNTIL] < end
    return Known(
        np.fmin(detected, reported),
        reported,
        charged_back,
        ids[order],
        np.where(is_over, alerts[order, c.A_UNTIL] / 1000.0, np.nan),
        np.where(is_over, 1 - alerts[order, c.A_FOUND], -1),
    )


def _found(world: World) -> list[tuple[int, int]]:
    """Return (mark, moment [ms]) of what investigators found: in a confirmed case, all on that account."""
    given: dict[int, list[tuple[int, int]]] = defaultdict(list)
    owner = {}
    for one in world.ledger.injections:
        mark = one.what[c.MARK]
        if mark >= 0:
            given[one.customer].append((mark, one.t))
            owner[mark] = one.customer
    return [
        (mark, case.decided)
        for case in world.ledger.suspicions
        if case.is_confirmed
        for mark, t in given[owner[case.mark]]
        if t < case.decided
    ]


def touched_from(world: World) -> np.ndarray:
    """Return (N,) from when on accounts may differ from a world without crime [ms]; NEVER where they may not.

    Accounts that a crime or a report posted to differ from then on; those that such an account would have paid,
    or would not have paid, differ from the moment of that payment. There it ends, since what customers pay one
    another does not depend on what they have.
    """
    bank, ledger = world.bank, world.ledger
    touched = np.full(bank.customers, c.NEVER, np.int64)
    np.minimum.at(touched, ledger.injections.customers, ledger.injections.rows[:, c.T])
    for customer in np.flatnonzero(touched < c.NEVER).tolist():
        blocks, undisturbed = ledger.blocks(customer), ledger.undisturbed_blocks(customer)
        if np.array_equal(blocks, undisturbed):
            continue
        paid = _paid(bank, customer)
        with_crime, without = (
            were_sent(paid, np.full(len(spans), customer), spans) for spans in (blocks, undisturbed)
        )
        changed = paid[with_crime != without]
        np.minimum.at(touched, changed[:, c.MARK], changed[:, c.T])
    return touched


def _paid(bank: Bank, customer: int) -> np.ndarray:
    """Return (K, INTENT) what a customer orders to others' accounts; MARK is who is paid."""
    who, size = np.array([customer]), 1024
    days, span = np.array([0, bank.day_of(bank.end - 1)]), np.array([0, bank.end])
    while True:
        room, cursor = np.empty((size, c.INTENT), np.int64), np.zeros(2, np.int64)
        received(bank.town, bank.met(who).people, who, days, span, -1, room, cursor)
        if cursor[0]:
            return room[: cursor[1]].copy()
        size *= 2

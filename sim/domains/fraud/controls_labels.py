"""What the bank came to know about each entry, and which entries a crime changed: for the table of labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.controls_watch import Watch, were_sent
from sim.domains.fraud.payments import received

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
    given = [
        (one.what[c.MARK], one.customer, one.t) for one in world.ledger.injections if one.what[c.MARK] >= 0
    ]
    owner = {mark: customer for mark, customer, _ in given}
    cases = [(owner[one.mark], one.decided) for one in world.ledger.suspicions if one.is_confirmed]
    return [
        (mark, decided)
        for who, decided in cases
        for mark, customer, t in given
        if customer == who and t < decided
    ]


def touched_from(world: World) -> np.ndarray:
    """Return (N,) from when on accounts may differ from a world without crime [ms]; NEVER where they may not.

    Accounts that a crime or a report posted to differ from then on; those that such an account would have paid,
    or would not have paid, differ from the moment of that payment. There it ends, since what customers pay one
    another does not depend on what they have.
    """
    bank, ledger = world.bank, world.ledger
    touched = np.full(bank.customers, c.NEVER, np.int64)
    for one in ledger.injections:
        touched[one.customer] = min(touched[one.customer], one.t)
    for customer in np.flatnonzero(touched < c.NEVER):
        paid = _paid(bank, int(customer))
        person = ledger.person(int(customer))
        honest = Watch(bank, int(customer), person, partial(bank.arrivals, int(customer)))
        honest.advance(bank.end)
        without = were_sent(paid, {int(customer): honest.spans})
        changed = paid[were_sent(paid, {int(customer): ledger.blocks(int(customer))}) != without]
        np.minimum.at(touched, changed[:, c.MARK], changed[:, c.T])
    return touched


def _paid(bank: Bank, customer: int) -> np.ndarray:
    """Return (K, INTENT) what a customer orders to others' accounts; MARK is who is paid."""
    person = bank.people(np.array([customer], np.int64))[0][0]
    room = np.empty((4096, c.INTENT), np.int64)
    while True:
        n = received(bank.town, customer, person, 0, bank.day_of(bank.end - 1), -1, 0, bank.end, room, 0)
        if n >= 0:
            return room[:n].copy()
        room = np.empty((2 * len(room), c.INTENT), np.int64)

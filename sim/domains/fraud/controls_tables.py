"""Tables of the controls: alerts with what was found, and what customers reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.control_fields import ABOUT
from sim.domains.fraud.draws import ENTITIES, identities
from sim.noise import hash64
from sim.recording import Identities, Words

if TYPE_CHECKING:
    from sim.domains.fraud.book import Book
    from sim.domains.fraud.world import World

__all__ = ["FINDINGS", "alerts", "reports"]

FINDINGS = ("dismissed", "confirmed")
"""What came of an alert."""

_MINOR = 100.0
Batch = Mapping[str, Any]


def alerts(world: World, book: Book) -> Iterator[Batch]:
    """Yield the alerts of the episode, in the order of time; what was found after its end is not known."""
    bank, found = world.bank, book.alerts()
    rule = found[:, c.A_RULE] - 1
    is_over = found[:, c.A_UNTIL] < bank.end
    key = int(bank.town.noise[0])
    yield {
        "t": found[:, c.A_T] / 1000.0,
        "alert_id": Identities(
            np.array([hash64("alert", key, int(one)) for one in found[:, c.A_ENTRY]], np.uint64)
        ),
        "transaction_id": Identities(found[:, c.A_ENTRY].astype(np.uint64)),
        "account_id": Identities(_accounts(world)[found[:, c.A_CUSTOMER]]),
        "rule": Words(rule, bank.controls.names),
        "about": Words(bank.town.rules[rule, c.ABOUT].astype(np.int64), tuple(ABOUT)),
        "t_decided": np.where(is_over, found[:, c.A_UNTIL] / 1000.0, np.nan),
        "finding": Words(np.where(is_over, found[:, c.A_FOUND], -1), FINDINGS),
    }


def reports(world: World) -> Iterator[Batch]:
    """Yield what customers reported, in the order of time."""
    made = [] if world.reports is None else sorted(world.reports.made, key=lambda one: (one.t, one.entry))
    back = np.array([one.charged_back for one in made], np.float64)
    owners = np.array([one.customer for one in made], np.int64)
    yield {
        "t": np.array([one.t for one in made], np.float64) / 1000.0,
        "transaction_id": Identities(np.array([one.entry for one in made], np.uint64)),
        "account_id": Identities(_accounts(world)[owners]),
        "amount": np.array([one.amount for one in made], np.float64) / _MINOR,
        "t_charged_back": np.where(back >= 0, back / 1000.0, np.nan),
        "chargeback_id": Identities(np.array([one.chargeback for one in made], np.uint64)),
    }


def _accounts(world: World) -> np.ndarray:
    known = np.empty(world.bank.customers, np.uint64)
    identities(world.bank.town.noise[0], ENTITIES["account"], 0, known)
    return known

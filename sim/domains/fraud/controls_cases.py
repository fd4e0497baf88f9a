"""Cases: what controls suspected and what was found, in words that campaigns, events and tables share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.domains.fraud import layout as c

__all__ = ["Report", "Suspicion", "card_alerts", "of_card", "of_payment"]

_SECOND = 1000  # between an order and its alert [ms]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An order of a crime that a rule fired on.

    Args:
        mark: number of the mark of its entry.
        t: moment of the alert [ms].
        decided: moment at which the case was decided [ms]; 0 if it was about an earlier order.
        is_confirmed: whether it was taken for fraud.
    """

    mark: int
    t: int
    decided: int
    is_confirmed: bool


@dataclass(slots=True)
class Report:
    """What a customer told the bank about an entry of a crime.

    Args:
        mark: number of the mark of the entry.
        customer: number of who reports.
        entry: identity of the entry, unsigned 64 bits.
        t: moment of the report [ms].
        amount: of the entry [minor units].
        charged_back: moment at which the money came back [ms]; -1 if it did not.
        chargeback: identity of the entry by which it came.
    """

    mark: int
    customer: int
    entry: int
    t: int
    amount: int
    charged_back: int = -1
    chargeback: int = 0


def card_alerts(rows: np.ndarray) -> np.ndarray:
    """Return (n, ACT) the alerts about orders with cards among (N, ROW) entries: those that opened a case."""
    rows = rows[rows[:, c.R_RULE] > 0]
    code = rows[:, c.R_RULE]
    alerts = np.zeros((len(rows), c.ACT), np.int64)
    alerts[:, c.A_T], alerts[:, c.A_KIND] = rows[:, c.R_T] + _SECOND, c.ACT_ALERT
    alerts[:, c.A_CUSTOMER], alerts[:, c.A_ENTRY] = rows[:, c.R_ACCOUNT], rows[:, c.R_ID]
    alerts[:, c.A_UNTIL] = rows[:, c.R_T] + (code >> 16)
    alerts[:, c.A_RULE], alerts[:, c.A_FOUND] = code & 0x7FFF, (code >> 15) & 1
    return alerts


def of_card(entry: np.ndarray) -> list[Suspicion]:
    """Return the suspicion about an (ROW,) entry with a card, if there is one."""
    if entry[c.R_RULE] == 0:
        return []
    mark, t = int(entry[c.R_MARK]), int(entry[c.R_T]) + _SECOND
    if entry[c.R_RULE] < 0:
        return [Suspicion(mark, t, 0, False)]
    alert = card_alerts(entry[None])[0]
    return [Suspicion(mark, t, int(alert[c.A_UNTIL]), bool(alert[c.A_FOUND]))]


def of_payment(acts: Sequence[Sequence[int]], mark: int) -> list[Suspicion]:
    """Return the suspicion among what controls did about one order."""
    return [
        Suspicion(mark, one[c.A_T], one[c.A_UNTIL] if one[c.A_RULE] > 0 else 0, bool(one[c.A_FOUND]))
        for one in acts
        if one[c.A_KIND] == c.ACT_ALERT
    ]

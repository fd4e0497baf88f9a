"""The crimes of one episode of a bank, gathered from its ledger and labels: entries, and payments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from oddsmith.dataset import Episode

__all__ = ["CASH", "Crime", "Payment", "crimes_of", "is_moment", "payments_of", "sent"]


CASH = "cash"
"""In place of an account: notes, over a counter or from a machine that is not named."""


@dataclass
class Crime:
    """One ring.

    Args:
        ring: its row of the table `rings`.
        entries: rows of the ledger with their labels, in time order.
        here: accounts of this bank among those that entries name.
    """

    ring: dict[str, Any]
    entries: list[dict[str, Any]] = field(default_factory=list)
    here: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Kind and first digits of its id."""
        return f"{self.ring['typology']} {self.ring['ring_id'][:6]}"


@dataclass(frozen=True)
class Payment:
    """Money from one to another.

    Args:
        t: moment [s].
        source: account or merchant that pays, or `CASH`.
        target: who is paid, or `CASH`.
        is_refused: asked for, and not paid.
        is_shop: one of them is a merchant.
        is_detected: the bank took it for fraud, then or later.
    """

    t: float
    source: str
    target: str
    amount: float
    is_refused: bool
    is_shop: bool
    is_detected: bool


def crimes_of(episode: Episode, entries: Sequence[dict[str, Any]]) -> list[Crime]:
    """Return the rings of an episode that left entries, those with most of them first, then by money moved.

    Args:
        episode: whose.
        entries: rows of the ledger with their labels that a crime made, in time order.
    """
    found = {row["ring_id"]: Crime(dict(row)) for row in episode.rows("rings")}
    for row in entries:
        if row["ring_id"] in found:
            found[row["ring_id"]].entries.append(row)
    kept = [crime for crime in found.values() if crime.entries]
    named = {row["counterparty_id"] for crime in kept for row in crime.entries}
    if "accounts" in episode.dataset.tables:
        accounts = (row["account_id"] for row in episode.rows("accounts", columns=["account_id"]))
        here = frozenset(one for one in accounts if one in named)
        kept = [replace(crime, here=here) for crime in kept]
    return sorted(kept, key=lambda one: (-len(one.entries), -one.ring["moved"], one.ring["ring_id"]))


def is_moment(t: float | None) -> bool:
    """Return whether something happened, at a moment that is neither null nor NaN."""
    return t is not None and not math.isnan(t)


def sent(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry of each payment, though both accounts may have one: the payer's, if it is here."""
    known = {row["payment_id"] for row in entries if row["amount"] < 0}
    return [
        row
        for row in entries
        if row["amount"] < 0 or row["payment_id"] is None or row["payment_id"] not in known
    ]


def payments_of(entries: Sequence[dict[str, Any]]) -> Iterator[Payment]:
    """Yield payments in time order, each once.

    Args:
        entries: of one crime, in time order.
    """
    for row in sent(entries):
        here = row["account_id"]
        is_cash = row.get("channel") == "cash" or row.get("type") == "deposit"  # or at an agent
        there = row["counterparty_id"] or (CASH if is_cash else "bank")
        source, target = (here, there) if row["amount"] < 0 else (there, here)
        yield Payment(
            row["t"],
            source,
            target,
            abs(row["amount"]),
            is_refused=row.get("status") == "declined",
            is_shop=row.get("merchant_category") is not None,
            is_detected=is_moment(row.get("t_detected")),
        )

"""The crimes of one episode of a bank, gathered from its ledger and labels: entries, and payments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from oddsmith.dataset import Episode

__all__ = ["Crime", "Payment", "crimes_of", "payments_of", "sent"]


@dataclass
class Crime:
    """One ring.

    Args:
        ring: its row of the table `rings`.
        entries: rows of the ledger with their labels, in time order.
    """

    ring: dict[str, Any]
    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Kind and first digits of its id."""
        return f"{self.ring['typology']} {self.ring['ring_id'][:6]}"


@dataclass(frozen=True)
class Payment:
    """Money from one to another.

    Args:
        t: moment [s].
        source: account or merchant that pays.
        target: who is paid.
        is_refused: asked for, and not paid.
        is_shop: one of them is a merchant.
    """

    t: float
    source: str
    target: str
    amount: float
    is_refused: bool
    is_shop: bool


def crimes_of(episode: Episode, entries: Sequence[dict[str, Any]]) -> list[Crime]:
    """Return the rings of an episode that left entries, those with most of them first.

    Args:
        episode: whose.
        entries: rows of the ledger with their labels that a crime made, in time order.
    """
    found = {row["ring_id"]: Crime(dict(row)) for row in episode.rows("rings")}
    for row in entries:
        if row["ring_id"] in found:
            found[row["ring_id"]].entries.append(row)
    kept = [crime for crime in found.values() if crime.entries]
    return sorted(kept, key=lambda crime: (-len(crime.entries), crime.ring["ring_id"]))


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
        here, there = row["account_id"], row["counterparty_id"] or "bank"
        source, target = (here, there) if row["amount"] < 0 else (there, here)
        yield Payment(
            row["t"],
            source,
            target,
            abs(row["amount"]),
            is_refused=row.get("status") == "declined",
            is_shop=row.get("merchant_category") is not None,
        )

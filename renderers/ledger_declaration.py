"""What may stand under `ledger:`: the book of a bank as its analysts get it."""

from __future__ import annotations

from sim.fields import Flag, Quantity, Section

__all__ = ["LEDGER"]

LEDGER = Section(
    doc="Every entry of every account as a bank's systems tell it, in the order of time.",
    fields={
        "balances": Flag(doc="whether the balance after each entry is told", default=True, fixed=True),
        "missing_devices": Quantity(
            doc="share of entries whose device was not caught", unit="", default=0.0, least=0.0, most=1.0
        ),
    },
)

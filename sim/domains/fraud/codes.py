"""Names of what stands on the ledger, in the order of their codes; kernels hold the codes, tables the names."""

from __future__ import annotations

__all__ = [
    "CHANNELS",
    "DECLINES",
    "ENTRIES",
    "ISO_DECLINES",
    "SEGMENTS",
    "TYPES",
]

CHANNELS = (
    "card_present",
    "card_not_present",
    "transfer",
    "instant",
    "direct_debit",
    "cash",
    "mobile_money",
    "internal",
)
"""How money moves; `internal` is what the bank books by itself."""

TYPES = (
    "purchase",
    "refund",
    "withdrawal",
    "deposit",
    "credit_transfer",
    "standing_order",
    "direct_debit",
    "subscription",
    "fee",
    "interest",
    "settlement",
    "chargeback",
)
"""What an entry is, as a bank tells it on a statement. `settlement`: a merchant's takings arrive."""

DECLINES = (
    "",
    "insufficient_funds",
    "limit_exceeded",
    "card_blocked",
    "account_blocked",
    "do_not_honour",
    "wrong_pin",
    "wrong_cvv",
    "system_malfunction",
    "expired_card",
    "suspected_fraud",
)
"""Why an entry was refused; "" is one that was not."""

ISO_DECLINES = ("", "51", "61", "62", "57", "05", "55", "N7", "96", "54", "59")
"""The same as response codes of ISO 8583, field 39."""

ENTRIES = ("", "chip", "contactless", "magstripe", "ecommerce", "recurring", "online_banking", "app", "agent")
"""How the order was given."""

SEGMENTS = ("student", "salaried", "pensioner", "self_employed", "business")
"""Kinds of customers."""

"""The tables of a bank: what each column holds, who may know it, and when."""

from __future__ import annotations

from functools import lru_cache

from sim.domains.base import ColumnDeclaration, TableDeclaration

__all__ = ["tables_in"]

_TIME = "timestamp[ms, UTC]"


def _column(type: str, role: str, doc: str, unit: str = "", available: str = "event") -> ColumnDeclaration:
    return ColumnDeclaration(type, role, doc, unit, available)


def _entries(currency: str) -> TableDeclaration:
    return TableDeclaration(
        {
            "t": _column("float64", "key", "moment of the entry", "s"),
            "transaction_id": _column("string", "key", "the entry"),
            "account_id": _column("string", "key", "account it is on"),
            "time": _column(_TIME, "feature", "when it happened"),
            "posted": _column(_TIME, "feature", "when it was booked; null if refused", available="posting"),
            "amount": _column("float64", "feature", "to the account; negative from it", currency),
            "balance": _column("float64", "feature", "of the account afterwards", currency),
            "type": _column("category", "feature", "what it is"),
            "channel": _column("category", "feature", "how the money moves"),
            "entry": _column("category", "feature", "how the order was given"),
            "status": _column("category", "feature", "accepted or declined"),
            "decline_code": _column("category", "feature", "ISO 8583 response code of a refusal"),
            "counterparty_id": _column("string", "feature", "account or merchant at the other end"),
            "merchant_category": _column("category", "feature", "ISO 18245 code of a merchant"),
            "place": _column("category", "feature", "city, or country abroad, of a merchant; or online"),
            "country": _column("category", "feature", "ISO 3166 code of a merchant's country"),
            "terminal_id": _column("string", "feature", "terminal or cash machine"),
            "card_id": _column("string", "feature", "card used"),
            "device_id": _column("string", "feature", "telephone or computer used"),
            "payment_id": _column("string", "feature", "the same for both entries of a payment in this bank"),
        },
        "every entry of every account, in the order of time",
        is_hidden=True,
    )


_LABELS = TableDeclaration(
    {
        "transaction_id": _column("string", "key", "the entry"),
        "is_fraud": _column("bool", "label", "whether a crime made it"),
        "typology": _column("category", "label", "kind of crime"),
        "ring_id": _column("string", "label", "which crime of its kind"),
        "role": _column("category", "label", "part of the account's owner in it"),
        "stage": _column("int32", "label", "step of the crime, from 1; 0 for none"),
        "sequence": _column("int32", "label", "number of the entry within the ring, from 1; 0 for none"),
        "cause_id": _column(
            "string", "label", "what it descends from: the entry that brought the money, or an attack"
        ),
        "victim_id": _column("string", "label", "account that loses"),
        "t_detected": _column("float64", "label", "moment the bank took it for fraud; NaN if it did not", "s"),
        "t_reported": _column("float64", "label", "moment its customer reported it; NaN if none did", "s"),
        "chargeback": _column("bool", "label", "whether the money was charged back"),
        "verdict": _column("category", "label", "what the bank knows: fraud, genuine; null if nobody looked"),
        "touched": _column(
            "bool", "label", "whether a world without crime may have it otherwise, or not at all"
        ),
        "ring_weight": _column("float64", "weight", "rings of the natural world it stands for"),
    },
    "the truth about each entry, in the order of the entries",
)


_ALERTS = TableDeclaration(
    {
        "t": _column("float64", "key", "moment of the alert", "s"),
        "alert_id": _column("string", "key", "the alert"),
        "transaction_id": _column("string", "key", "entry it is about"),
        "account_id": _column("string", "key", "account of that entry"),
        "rule": _column("category", "feature", "rule that fired"),
        "about": _column("category", "feature", "what the rule looks at"),
        "t_decided": _column(
            "float64", "feature", "moment it was decided; NaN if after the end", "s", available="report"
        ),
        "finding": _column("category", "feature", "what was found, rightly or not", available="report"),
    },
    "what the bank's rules suspected, one row per case",
)
_LOGINS = TableDeclaration(
    {
        "t": _column("float64", "key", "moment of the login", "s"),
        "login_id": _column("string", "key", "the login"),
        "customer_id": _column("string", "key", "whose access it is"),
        "time": _column(_TIME, "feature", "when it happened"),
        "device_id": _column("string", "feature", "telephone or computer used"),
        "place": _column("category", "feature", "city, or country abroad, that its address points to"),
        "network": _column("category", "feature", "kind of network its address belongs to"),
        "result": _column("category", "feature", "accepted, or wrong password"),
    },
    "every login to online banking, in the order of time",
)
_LOGIN_LABELS = TableDeclaration(
    {
        "login_id": _column("string", "key", "the login"),
        "is_fraud": _column("bool", "label", "whether a crime made it"),
        "typology": _column("category", "label", "kind of crime"),
        "ring_id": _column("string", "label", "which crime of its kind"),
        "ring_weight": _column("float64", "weight", "rings of the natural world it stands for"),
    },
    "the truth about each login, in the order of the logins",
)


def _reports(currency: str) -> TableDeclaration:
    return TableDeclaration(
        {
            "t": _column("float64", "key", "moment of the report", "s"),
            "transaction_id": _column("string", "key", "entry it is about"),
            "account_id": _column("string", "key", "account of that entry"),
            "amount": _column("float64", "feature", "that left the account", currency),
            "t_charged_back": _column(
                "float64", "feature", "moment the money came back; NaN if it did not", "s", available="report"
            ),
            "chargeback_id": _column("string", "feature", "entry by which it came", available="report"),
        },
        "what customers told the bank they had not ordered, or were deceived into",
    )


def _accounts(currency: str) -> TableDeclaration:
    return TableDeclaration(
        {
            "account_id": _column("string", "key", "the account"),
            "customer_id": _column("string", "key", "its owner"),
            "iban": _column("string", "feature", "number of the account; of a bank that cannot exist"),
            "bank": _column("category", "feature", "bank that keeps it"),
            "opened": _column("date32", "feature", "day it was opened"),
            "currency": _column("category", "feature", "ISO 4217 code"),
            "overdraft": _column("float64", "feature", "arranged overdraft", currency),
            "start_balance": _column("float64", "feature", "balance when the episode begins", currency),
        },
        "every account",
    )


_CUSTOMERS = TableDeclaration(
    {
        "customer_id": _column("string", "key", "the customer"),
        "household_id": _column("string", "feature", "the same for customers at one address"),
        "segment": _column("category", "feature", "kind of customer"),
        "age": _column("int32", "feature", "age in years"),
        "city": _column("category", "feature", "where it lives"),
        "country": _column("category", "feature", "ISO 3166 code"),
        "income": _column("float64", "feature", "monthly income, rounded as customers tell it"),
    },
    "every customer",
)
_CARDS = TableDeclaration(
    {
        "card_id": _column("string", "key", "the card"),
        "account_id": _column("string", "key", "account it draws on"),
        "number": _column("string", "feature", "masked number; of a range that no one is given"),
        "daily_limit": _column("float64", "feature", "most that can be spent in a day"),
    },
    "every card",
)
_DEVICES = TableDeclaration(
    {
        "device_id": _column("string", "key", "the device"),
        "customer_id": _column("string", "key", "whose it is"),
        "registered": _column(
            "date32", "feature", "when its owner first used it; most are replaced after 30 months"
        ),
        "system": _column("category", "feature", "operating system"),
    },
    "every device that customers registered in the end; now and then they order on others, as thieves do",
)
_MERCHANTS = TableDeclaration(
    {
        "merchant_id": _column("string", "key", "the merchant, as the counterparty of entries"),
        "name": _column("string", "feature", "as it stands on statements"),
        "merchant_category": _column("category", "feature", "ISO 18245 code"),
        "category": _column("category", "feature", "the same in words"),
        "place": _column("category", "feature", "city, country abroad, or online"),
        "country": _column("category", "feature", "ISO 3166 code"),
        "terminals": _column("int32", "feature", "how many terminals it has"),
    },
    "every merchant and cash machine",
)
_RINGS = TableDeclaration(
    {
        "ring_id": _column("string", "key", "the ring"),
        "campaign": _column("category", "label", "campaign it belongs to"),
        "typology": _column("category", "label", "kind of crime"),
        "began": _column("float64", "label", "moment it began", "s"),
        "moved": _column("float64", "label", "money moved by it, refused payments left out"),
        "entries": _column("int64", "label", "entries it made"),
        "refused": _column("int64", "label", "entries that were refused"),
        "untried": _column("int64", "label", "movements never tried, as the sender had not the money"),
        "is_finished": _column("bool", "label", "whether its last step was over before the episode ended"),
        "dropped": _column("string", "label", "role that nobody could play; null if it took place"),
        "mark": _column(
            "float64", "meta", "uniform number of the ring; below 1/boost it is of the natural world"
        ),
        "ring_weight": _column("float64", "weight", "rings of the natural world it stands for"),
    },
    "every crime, also those that could not take place",
)


_ATTACKS = TableDeclaration(
    {
        "attack_id": _column("string", "key", "the attack, as causes name it"),
        "ring_id": _column("string", "label", "ring it belongs to"),
        "t": _column("float64", "label", "moment", "s"),
        "action": _column("category", "label", "what the criminals did"),
        "kind": _column("category", "label", "of what was compromised; none for a ring's own beginning"),
        "compromised_id": _column("string", "label", "account, card, device or customer that was compromised"),
        "transaction_id": _column("string", "label", "honest entry in which it happened, as a skimmed payment"),
        "terminal_id": _column("string", "label", "terminal at which that was: the point of compromise"),
    },
    "what criminals did before money moved: where causes begin",
)
_TELLS = TableDeclaration(
    {
        "typology": _column("string", "label", "kind of crime"),
        "feature": _column("string", "label", "column or derived feature, as the probe names it"),
        "highest_auc": _column("float64", "label", "the most it may show"),
    },
    "what gives kinds of crime away by nature, as declared",
)
_EXPECTED = TableDeclaration(
    {
        "campaign": _column("string", "key", "the campaign"),
        "typology": _column("string", "label", "kind of crime"),
        "expected": _column("float64", "label", "rings that its rate asks for in the mean"),
        "realised": _column("int64", "label", "rings that took place"),
        "dropped": _column("int64", "label", "rings for which somebody was missing"),
        "unfinished": _column("int64", "label", "rings that the end of the episode cut short"),
        "idle": _column(
            "int64", "label", "rings that came to their end without an entry: nobody had what they wanted"
        ),
        "refused": _column("int64", "label", "rings of whose entries every one was refused"),
    },
    "how often crimes were to be expected, and what became of them",
)


@lru_cache(maxsize=32)
def tables_in(currency: str) -> dict[str, TableDeclaration]:
    """Return the tables of a bank with a currency (ISO 4217)."""
    return {
        "entries": _entries(currency),
        "labels": _LABELS,
        "alerts": _ALERTS,
        "reports": _reports(currency),
        "logins": _LOGINS,
        "login_labels": _LOGIN_LABELS,
        "accounts": _accounts(currency),
        "customers": _CUSTOMERS,
        "cards": _CARDS,
        "devices": _DEVICES,
        "merchants": _MERCHANTS,
        "rings": _RINGS,
        "attacks": _ATTACKS,
        "tells": _TELLS,
        "campaigns_expected": _EXPECTED,
    }

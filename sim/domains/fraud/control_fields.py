"""What may stand under `controls:` of a bank: rules, those who look at alerts, and what customers report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.fields import Field, Flag, Listing, Quantity, Section, Word

__all__ = ["ABOUT", "ACTIONS", "BY", "controls_section"]

ABOUT: dict[str, str] = {
    "card": "an order with a card: purchases and cash machines",
    "transfer": "a transfer from the account",
    "arrival": "a transfer to the account",
    "deposit": "cash that is brought to the bank",
}
"""What a rule looks at, in the order of its codes."""

ACTIONS: dict[str, str] = {
    "alert": "let somebody look into it",
    "step_up": "ask for a second proof of who orders, refuse without it, and let somebody look into it",
    "block": "refuse it, block the card or the account, and let somebody look into it",
}
"""What a rule does, in the order of its codes."""

BY = ("owner", "stranger", "deceived", "accomplice")
"""Who gives an order, in the order of its codes: what the owner of the account will say if asked."""

_CHANNELS: dict[str, str] = {
    "any": "any channel",
    "card_present": "with the card at a terminal",
    "card_not_present": "with the card's number",
    "transfer": "credit transfer",
    "instant": "instant payment",
    "mobile_money": "mobile money",
}


def _share(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="", default=default, least=0.0, most=1.0)


def _span(doc: str, default: str | None) -> Quantity:
    return Quantity(doc=doc, unit="s", default=default, least=0.0)


def _spread(default: float) -> Quantity:
    return Quantity(doc="sigma of the logarithm of that time", unit="", default=default, least=0.0, most=3.0)


def _by(doc: str, shares: Sequence[float]) -> Section:
    told = (
        "who owns the account",
        "who stole a card or an account",
        "who was talked into it",
        "who takes part",
    )
    fields: dict[str, Field] = {
        name: _share(f"{doc}, if it was given by one {who}", share)
        for name, who, share in zip(BY, told, shares, strict=True)
    }
    return Section(doc=doc, fields=fields)


def _needs_span(rule: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a fault for a rule that counts and does not say within which time."""
    counts = [key for key in ("more_than", "total", "passed_on", "declined") if rule.get(key)]
    if counts and rule.get("within") is None:
        return [(counts[0], "say within which time: 'within' is needed beside it")]
    return []


def _rule(currency: str) -> Section:
    def money(doc: str) -> Quantity:
        return Quantity(doc=doc, unit=currency, default=None, least=0.0, most=1e12)

    return Section(
        doc="a rule that fires where all its conditions hold; the first of a kind that fires counts",
        fields={
            "about": Word(doc="what it looks at", options=ABOUT, fixed=True),
            "action": Word(doc="what it does", options=ACTIONS, default="alert", fixed=True),
            "over": money("amounts from here on"),
            "under": money("amounts below this"),
            "times_usual": Quantity(
                doc="amounts from this multiple of what the customer usually pays on", unit="", default=0.0,
                least=0.0, most=1e6,
            ),
            "more_than": Quantity(
                doc="more orders of the kind than this within the time; the last 8 of cards and the last 16 "
                "others are remembered", unit="", default=0, integer=True, least=0, most=14,
            ),
            "within": _span("time over which orders are counted", None),
            "total": money("orders of the kind add up to this within the time"),
            "new_payee": Flag(doc="payee the customer has not paid before", default=False, fixed=True),
            "new_device": Flag(doc="device that is not recognised", default=False, fixed=True),
            "abroad": Flag(doc="merchant abroad", default=False, fixed=True),
            "elsewhere": _span("card at a terminal in another country within this time of the last", None),
            "channel": Word(doc="how the money moves", options=_CHANNELS, default="any", fixed=True),
            "passed_on": Quantity(
                doc="share of what arrived within the time that leaves again", unit="", default=0.0,
                least=0.0, most=10.0,
            ),
            "declined": Quantity(
                doc="more refused orders of the card than this within the time", unit="", default=0,
                integer=True, least=0, most=6,
            ),
        },
        check=_needs_span,
    )  # fmt: skip


def _noticed(doc: str, share: float, after: str) -> Section:
    return Section(
        doc=doc,
        fields={
            "share": _share("share that is reported", share),
            "after": _span("median time until it is", after),
            "spread": _spread(1.0),
        },
    )


def controls_section(currency: str) -> Section:
    """Return what may stand under `controls:` of a bank with a currency (ISO 4217)."""
    investigators = Section(
        doc="those who look into alerts; how long one waits is a law: there is no team that runs out of time",
        fields={
            "after": _span("median time until an alert is decided", "5 h"),
            "spread": _spread(1.1),
            "confirms": _by("share of orders taken for fraud", (0.02, 0.92, 0.55, 0.5)),
            "card_renewal": _span("time until a new card is there", "5 d"),
            "quiet": _span("time without further alerts after one was decided", "2 d"),
        },
    )
    reports = Section(
        doc="what customers tell the bank by themselves",
        fields={
            "stranger": _noticed("orders that they did not give", 0.92, "4 d"),
            "deceived": _noticed("orders that they were talked into", 0.62, "3 d"),
            "freezes": _share("share of payees in this bank whose account is blocked after a report", 0.75),
            "inquiry": _span("median time from a report to that block", "8 h"),
            "charged_back": _share("share of reported card payments that are charged back", 0.85),
            "chargeback_after": _span("median time from a report to the money", "30 d"),
            "spread": _spread(0.5),
        },
    )
    return Section(
        doc="what the bank does against crime; it sees orders, and nothing of why they are given",
        fields={
            "usual": Flag(doc="the usual rules, after those listed here", default=True, fixed=True),
            "rules": Listing(doc="rules", item=_rule(currency), named=True),
            "passes": _by("share of orders that pass a step-up", (0.97, 0.05, 0.85, 0.95)),
            "unrecognised": _share("share of own devices that the bank fails to recognise", 0.004),
            "acquainted": _share("share of those one often pays who were paid before the start", 0.9),
            "investigators": investigators,
            "reports": reports,
        },
        default=None,
    )

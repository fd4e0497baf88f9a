"""What may stand under `world:` in a scenario of a bank, in the currency of its preset."""

from __future__ import annotations

from functools import lru_cache

from sim.domains.fraud.presets import TABLE as PRESETS
from sim.fields import Field, Listing, Quantity, Section, Text, Word

__all__ = ["CUSTOMERS", "PRESET", "ROLES_FROM", "world_section"]

PRESET = "retail_bank_eu"
"""The preset where none is named."""
CUSTOMERS = 1000
"""Customers where none are counted."""

ROLES_FROM: dict[str, str] = {
    "customer": "a customer of the bank, drawn at random among those that fit",
    "outside": "somebody with an account at another bank",
}
"""Where those who play a role are taken from."""

_SEGMENTS: dict[str, str] = {
    "any": "any customer",
    "student": "students",
    "salaried": "employees",
    "pensioner": "pensioners",
    "self_employed": "self-employed people",
    "business": "businesses",
}
_CHANNELS: dict[str, str] = {
    "instant": "instant payment, there within seconds",
    "transfer": "credit transfer",
    "mobile_money": "mobile money",
    "cash": "cash, at the counter or a machine",
}

_ROLE = Section(
    doc="those who play one part in a ring",
    fields={
        "role": Text(doc="its name, as steps and labels have it"),
        "from": Word(doc="where they are taken from", options=ROLES_FROM, default="customer", fixed=True),
        "count": Quantity(doc="how many", unit="", integer=True, default=1, least=1, most=1000, each=True),
        "segment": Word(doc="kind of customer", options=_SEGMENTS, default="any", fixed=True),
        "open_for": Quantity(
            doc="longest time the account has been open at the start of the episode",
            unit="s", default=None, least=0.0, fixed=True,
        ),
    },
)  # fmt: skip


def _step(currency: str) -> Section:
    return Section(
        doc="one movement of money, by everyone who plays the sender's part",
        fields={
            "from": Text(doc="role that sends"),
            "to": Text(doc="role that receives; senders take turns with those who play it"),
            "amount": Quantity(
                doc="how much", unit=currency, default=None, least=0.01, most=1e9, each=True
            ),
            "share": Quantity(
                doc="how much of what the sender got from the ring and has not sent on", unit="",
                default=None, least=0.0, most=1.0, each=True,
            ),
            "after": Quantity(
                doc="time since the step before", unit="s", default=0.0, least=0.0, each=True
            ),
            "channel": Word(doc="how", options=_CHANNELS, default="instant", fixed=True),
        },
        exclusive=(("amount", "share"),),
    )  # fmt: skip


def _campaign(currency: str) -> Section:
    return Section(
        doc="a kind of crime that is committed again and again",
        fields={
            "typology": Text(doc="its name in labels; the id of the campaign unless given", default=None),
            "rate": Quantity(
                doc="rings that begin per customer and time", unit="1/customer/s", least=0.0, fixed=True
            ),
            "boost": Quantity(
                doc="factor on the rate; rings then stand for the natural world with weight 1/boost",
                unit="", default=1.0, least=1.0, most=1e6, fixed=True,
            ),
            "roles": Listing(doc="who takes part", item=_ROLE),
            "steps": Listing(doc="what they do, one after the other", item=_step(currency)),
            "sources": Listing(doc="where its numbers come from", item=Text(doc="a source"), default=()),
        },
    )  # fmt: skip


@lru_cache(maxsize=32)
def world_section(currency: str) -> Section:
    """Return what may stand under `world:` of a bank with a currency (ISO 4217)."""
    fields: dict[str, Field] = {
        "preset": Word(
            doc="kind of bank: its currency, customers and habits",
            options={name: preset.doc for name, preset in PRESETS.items()}, default=PRESET, fixed=True,
        ),
        "customers": Quantity(
            doc="how many customers", unit="", integer=True, default=CUSTOMERS, least=1, most=5e6, fixed=True
        ),
        "merchants": Quantity(
            doc="how many merchants; in a power of two, about one per 20 customers, unless given", unit="",
            integer=True, default=None, least=100, most=1e6, fixed=True,
        ),
        "campaigns": Listing(doc="crimes", item=_campaign(currency), named=True),
    }  # fmt: skip
    return Section(doc="a bank, its customers, and crime", fields=fields)

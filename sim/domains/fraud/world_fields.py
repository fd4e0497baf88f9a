"""What may stand under `world:` in a scenario of a bank, in the currency of its preset."""

from __future__ import annotations

from functools import lru_cache

from sim.domains.fraud.campaign_fields import campaign_section
from sim.domains.fraud.control_fields import controls_section
from sim.domains.fraud.presets import TABLE as PRESETS
from sim.fields import Field, Listing, Quantity, Section, Word

__all__ = ["CUSTOMERS", "PRESET", "world_section"]

PRESET = "retail_bank_eu"
"""The preset where none is named."""
CUSTOMERS = 1000
"""Customers where none are counted."""


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
        "controls": controls_section(currency),
        "campaigns": Listing(doc="crimes", item=campaign_section(currency), named=True),
    }  # fmt: skip
    return Section(doc="a bank, its customers, and crime", fields=fields)

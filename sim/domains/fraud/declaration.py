"""The bank as its scenarios see it: what may stand under `world:` and what events may speak of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sim.domains.base import (
    Domain,
    EntityDeclaration,
    MeasureDeclaration,
    OccurrenceDeclaration,
    PredicateDeclaration,
    SignalDeclaration,
)
from sim.domains.fraud.campaign_checks import campaign_faults
from sim.domains.fraud.presets import TABLE as PRESETS
from sim.domains.fraud.tables import tables_in
from sim.domains.fraud.world_fields import PRESET, world_section

__all__ = ["DOMAIN", "bank_in"]

_CAMPAIGN = ("campaign",)
_EURO = "EUR"
"""The currency of typologies."""

_PREDICATES: dict[str, PredicateDeclaration] = {}

_OCCURRENCES = {
    "ring_began": OccurrenceDeclaration({"campaign": "entity", "ring": "word"}, "the first step of a ring"),
    "ring_dropped": OccurrenceDeclaration(
        {"campaign": "entity", "ring": "word", "role": "word"}, "nobody could play a role, so nothing happened"
    ),
}


def _signals(currency: str) -> dict[str, SignalDeclaration]:
    return {
        "moved": SignalDeclaration(_CAMPAIGN, currency, 1000.0, "most that one ring has moved so far"),
        "loss": SignalDeclaration(
            _CAMPAIGN, currency, 1000.0, "what left this bank for the other end of rings so far, all together"
        ),
        "rings": SignalDeclaration(_CAMPAIGN, "", 1.0, "rings that have begun so far"),
        "life": SignalDeclaration(
            _CAMPAIGN, "s", 86400.0, "longest time between the first and the last movement of one ring so far"
        ),
        "moved_unseen": SignalDeclaration(
            _CAMPAIGN, currency, 1000.0, "most that one ring moved before its first alert, so far"
        ),
        "survived": SignalDeclaration(
            _CAMPAIGN,
            "s",
            86400.0,
            "longest time between movements of one ring, up to the first block of one of its accounts, so far",
        ),
        "alerts": SignalDeclaration(_CAMPAIGN, "", 1.0, "alerts about orders of rings so far"),
        "reports": SignalDeclaration(_CAMPAIGN, "", 1.0, "entries of rings that customers reported so far"),
    }


def _measures(currency: str) -> dict[str, MeasureDeclaration]:
    return {
        "total_loss": MeasureDeclaration(
            _CAMPAIGN, currency, 1000.0, "what left this bank for the other end of rings", grows=True
        ),
    }


def _campaigns(world: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = world.get("campaigns") or ()
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, (list, tuple)) else []


def _entities(world: Mapping[str, Any]) -> list[EntityDeclaration]:
    """Return the campaigns: their noise can be redrawn one by one."""
    return [
        EntityDeclaration(str(one.get("id", "")), "campaign", is_boosted=_boost(one) > 1.0)
        for one in _campaigns(world)
    ]


def _boost(campaign: Mapping[str, Any]) -> float:
    """Return the boost of a campaign; 1 where what stands there is no number, which is told elsewhere."""
    try:
        return float(campaign.get("boost", 1.0))
    except (TypeError, ValueError):
        return 1.0


def _check(world: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with campaigns."""
    preset = PRESETS[_preset(world)]
    return [
        (f"campaigns.{one.get('id', '?')}{'.' if path else ''}{path}", message)
        for one in _campaigns(world)
        for path, message in campaign_faults(one, preset)
    ]


def _localised(world: Mapping[str, Any]) -> Domain:
    preset = PRESETS[_preset(world)]
    return bank_in(preset.currency, preset.price_level)


def _preset(world: Mapping[str, Any]) -> str:
    """Return the name of the preset; the usual one where what stands there is none, which is told elsewhere."""
    preset = world.get("preset", PRESET)
    return preset if isinstance(preset, str) and preset in PRESETS else PRESET


@lru_cache(maxsize=32)
def bank_in(currency: str, price_level: float = 1.0) -> Domain:
    """Return the declaration of a bank with a currency (ISO 4217).

    Args:
        currency: of all its accounts.
        price_level: what costs a euro in the euro area costs as much in the currency: typologies are in euros.
    """
    return Domain(
        name="fraud",
        doc="A bank: customers and merchants, their accounts and payments, and crime among them.",
        world=world_section(currency),
        categories=("bank",),
        signals=_signals(currency),
        measures=_measures(currency),
        predicates=_PREDICATES,
        occurrences=_OCCURRENCES,
        entities=_entities,
        check=_check,
        simulate="sim.domains.fraud.world:simulate",
        tables=tables_in(currency),
        has_calendar=True,
        localised=_localised,
        restated={} if currency == _EURO else {_EURO: (price_level, currency)},
    )


DOMAIN = bank_in(PRESETS[PRESET].currency)
"""The fraud domain, in euros; a scenario's own is in the currency of its preset."""

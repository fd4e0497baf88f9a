"""Tables about campaigns: what gives them away by nature, how many were to be expected, where causes begin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud.campaigns import expected_rings
from sim.noise import hash64
from sim.recording import Identities, Words

if TYPE_CHECKING:
    from sim.domains.fraud.world import World

__all__ = ["attacks", "campaigns_expected", "tells"]

Batch = Mapping[str, Any]


def _typology(campaign: Mapping[str, Any]) -> str:
    return str(campaign["typology"] or campaign["id"])


def tells(world: World) -> Iterator[Batch]:
    """Yield what is declared to give typologies away, for the probe."""
    rows = [
        (_typology(campaign), feature, highest)
        for campaign in world.setup.world["campaigns"]
        for feature, highest in campaign["tells"].items()
    ]
    yield {
        "typology": np.array([row[0] for row in rows], object),
        "feature": np.array([row[1] for row in rows], object),
        "highest_auc": np.array([row[2] for row in rows], np.float64),
    }


def campaigns_expected(world: World) -> Iterator[Batch]:
    """Yield a row per campaign: how many rings its rate asks for, and what became of them."""
    campaigns = world.setup.world["campaigns"]
    own = [[ring for ring in world.roll.rings if ring.campaign == one["id"]] for one in campaigns]
    yield {
        "campaign": np.array([one["id"] for one in campaigns], object),
        "typology": np.array([_typology(one) for one in campaigns], object),
        "expected": np.array([expected_rings(world.bank, one) for one in campaigns], np.float64),
        "realised": np.array([sum(ring.dropped is None for ring in rings) for rings in own], np.int64),
        "dropped": np.array([sum(ring.dropped is not None for ring in rings) for rings in own], np.int64),
        "unfinished": np.array(
            [sum(ring.dropped is None and not ring.is_finished for ring in rings) for rings in own], np.int64
        ),
        "idle": np.array(
            [sum(ring.is_finished and not ring.entries for ring in rings) for rings in own], np.int64
        ),
        "refused": np.array(
            [sum(0 < ring.entries == ring.refused for ring in rings) for rings in own], np.int64
        ),
    }


def attacks(world: World) -> Iterator[Batch]:
    """Yield what criminals did before money moved, in the order of time."""
    found = sorted(world.roll.attacks, key=lambda one: (one.t, one.id))
    key = int(world.bank.town.noise[0])
    actions, kinds = (sorted({getattr(one, name) for one in found}) for name in ("action", "kind"))

    def numbers(name: str) -> Identities:
        return Identities(np.array([getattr(one, name) for one in found], np.uint64))

    yield {
        "attack_id": numbers("id"),
        "ring_id": Identities(
            np.array([hash64("ring", key, one.ring.campaign, one.ring.number) for one in found], np.uint64)
        ),
        "t": np.array([one.t for one in found], np.float64),
        "action": Words(np.array([actions.index(one.action) for one in found], np.int64), tuple(actions)),
        "kind": Words(np.array([kinds.index(one.kind) for one in found], np.int64), tuple(kinds)),
        "compromised_id": numbers("compromised"),
        "transaction_id": numbers("entry"),
        "terminal_id": numbers("terminal"),
    }

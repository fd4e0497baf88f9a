"""Campaigns: crimes of one kind begin at random, as often as their rate says, at hours at which people act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.fraud.bank import Bank
from sim.domains.fraud.campaign_hours import beginning
from sim.domains.fraud.campaign_play import Play
from sim.domains.fraud.draws import poisson
from sim.domains.fraud.rings import Ring

if TYPE_CHECKING:
    from sim.domains.fraud.world import World

__all__ = ["expected_rings", "run_campaign"]

_MEAN = 20.0  # rings that are drawn at a time, so that a Poisson number stays small
_MONTH = 30.44 * 86400.0


def expected_rings(bank: Bank, campaign: Mapping[str, Any]) -> float:
    """Return how many rings of a campaign an episode has in the mean."""
    if campaign["rate"] is not None:
        rate = float(campaign["rate"])
    else:
        shares = sum(habits.share for habits in bank.preset.habits)
        payments = sum(one.share * (one.purchases + one.people) for one in bank.preset.habits) / shares / _MONTH
        rate = float(campaign["rate_by_use"]) * payments
    return rate * float(campaign["boost"]) * bank.customers * bank.duration


def run_campaign(world: World, campaign: Mapping[str, Any]) -> None:
    """Start the processes of all rings of a campaign.

    Their number is Poisson; their beginnings are independent, and as frequent on every day that is allowed.
    """
    noise, name = world.setup.noise, campaign["id"]
    mean = expected_rings(world.bank, campaign)
    parts = int(mean // _MEAN) + 1
    length = world.setup.duration / parts
    number = 0
    for part in range(parts):
        first = part * length
        for _ in range(poisson(noise.uniform(name, "count", part, first), mean / parts)):
            began = beginning(
                world.bank,
                (part + noise.uniform(name, "begins", number, first)) / parts,
                noise.uniform(name, "hour", number, first),
                weekdays=campaign["weekdays"],
                profile=campaign["hours"],
            )
            mark = noise.uniform(name, "mark", number, began)
            ring = Ring(name, campaign["typology"] or name, number, began, mark, 1.0 / campaign["boost"])
            world.roll.rings.append(ring)
            world.clock.start(Play(world, campaign, ring).run())
            number += 1

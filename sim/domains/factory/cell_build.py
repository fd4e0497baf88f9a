"""Robots, piles and plates of a factory, built from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.factory import cell, cell_guide, piling
from sim.domains.factory.cell import Handling, Worn
from sim.domains.factory.cell_guide import GuidedConveyor, guide_of
from sim.domains.factory.draws import numbers
from sim.domains.factory.piling import Piling

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["build_guided", "build_handlings", "build_pilings", "staff_guides"]


def build_guided(world: World, item: Mapping[str, Any], capacity: float) -> GuidedConveyor:
    """Return a conveyor with a plate."""
    name, noise, guide = item["id"], world.setup.noise, item["guide"]
    return GuidedConveyor(
        name,
        capacity,
        transit=item["transit"],
        agenda=world.agenda,
        guide=guide_of(guide),
        laws=cell_guide.Laws(*(numbers(noise, name, guide[key]) for key in ("friction", "yaw", "clearing"))),
        log=world.log,
    )


def staff_guides(world: World) -> None:
    """Give plates the components that wear and the crews that clear them, which are built later."""
    for item in world.values["buffers"]:
        store = world.stores[item["id"]]
        if isinstance(store, GuidedConveyor):
            store.worn = _worn(world, item["guide"])
            store.crew = world.crews[item["guide"]["crew"]] if item["guide"]["crew"] else None
            store.cleans = item["guide"]["cleans"]


def build_handlings(world: World) -> dict[str, Handling]:
    """Return machine -> its robot, which from now on has the last word on where parts go."""
    found = {}
    for item in world.values["machines"]:
        values, name = item["handles"], item["id"]
        if values is None:
            continue
        machine, noise = world.machines[name], world.setup.noise
        found[name] = machine.outcome = Handling(
            machine,
            world.agenda,
            world.log,
            values=values,
            laws=cell.Laws(*(numbers(noise, name, values[key]) for key in ("mass", "friction", "clearing"))),
            worn=_worn(world, values),
            inner=machine.outcome,
            drops_to=world.stores[values["drops_to"]],
        )
    return found


def build_pilings(world: World) -> dict[str, Piling]:
    """Return machine -> its piles, which from now on have the last word on where parts go."""
    found = {}
    for item in world.values["machines"]:
        values, name = item["stacks"], item["id"]
        if values is None:
            continue
        machine, noise = world.machines[name], world.setup.noise
        found[name] = machine.outcome = Piling(
            machine,
            world.agenda,
            world.log,
            values=values,
            high=int(item["batch"]),
            laws=piling.Laws(*(numbers(noise, name, values[key]) for key in ("offset", "clearing"))),
            worn=_worn(world, values),
            inner=machine.outcome,
            falls_to=world.stores[values["falls_to"]],
        )
    return found


def _worn(world: World, values: Mapping[str, Any]) -> Worn:
    return Worn(world.components[values["by"]] if values["by"] else None, values["loses"])

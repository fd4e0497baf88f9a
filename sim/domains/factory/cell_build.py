"""Robots, piles and plates of a factory, built from its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.factory import cell, cell_guide, piling
from sim.domains.factory.cell import Handling, Worn
from sim.domains.factory.cell_guide import GuidedConveyor, guide_of
from sim.domains.factory.draws import Numbers, numbers
from sim.domains.factory.machines import Machine
from sim.domains.factory.piling import Piling

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["build_guided", "build_handlings", "build_pilings", "staff_guides"]


def build_guided(world: World, item: Mapping[str, Any], capacity: float) -> GuidedConveyor:
    """Return a conveyor with a plate."""
    name, guide = item["id"], item["guide"]
    return GuidedConveyor(
        name,
        capacity,
        transit=item["transit"],
        agenda=world.agenda,
        guide=guide_of(guide),
        laws=cell_guide.Laws(*_laws(world, name, guide, "friction", "yaw", "clearing")),
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
    for item, machine in _machines_with(world, "handles"):
        values = item["handles"]
        found[machine.name] = machine.outcome = Handling(
            machine,
            world.agenda,
            world.log,
            values=values,
            laws=cell.Laws(*_laws(world, machine.name, values, "mass", "friction", "clearing")),
            worn=_worn(world, values),
            inner=machine.outcome,
            drops_to=world.stores[values["drops_to"]],
        )
    return found


def build_pilings(world: World) -> dict[str, Piling]:
    """Return machine -> its piles, which from now on have the last word on where parts go."""
    found = {}
    for item, machine in _machines_with(world, "stacks"):
        values = item["stacks"]
        found[machine.name] = machine.outcome = Piling(
            machine,
            world.agenda,
            world.log,
            values=values,
            high=int(item["batch"]),
            laws=piling.Laws(*_laws(world, machine.name, values, "offset", "clearing")),
            worn=_worn(world, values),
            inner=machine.outcome,
            falls_to=world.stores[values["falls_to"]],
        )
    return found


def _machines_with(world: World, key: str) -> Iterator[tuple[Mapping[str, Any], Machine]]:
    """Yield the machines that have some settings, each with all of its own."""
    for item in world.values["machines"]:
        if item[key] is not None:
            yield item, world.machines[item["id"]]


def _laws(world: World, name: str, values: Mapping[str, Any], *keys: str) -> Iterator[Numbers]:
    return (numbers(world.setup.noise, name, values[key]) for key in keys)


def _worn(world: World, values: Mapping[str, Any]) -> Worn:
    return Worn(world.components[values["by"]] if values["by"] else None, values["loses"])

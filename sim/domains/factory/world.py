"""The factory of one episode: built from plain values, run by SimPy, left behind as a trace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sim.domains.base import Setup
from sim.domains.factory.agenda import Agenda
from sim.domains.factory.alarms import OF_ALARMS, Alarm, alarms_of, watched
from sim.domains.factory.cell_build import build_guided, build_handlings, build_pilings, staff_guides
from sim.domains.factory.components import Component
from sim.domains.factory.crews import Crew, Spares, keep_hours
from sim.domains.factory.draws import normals, numbers, uniforms
from sim.domains.factory.fitting import fit_components
from sim.domains.factory.kernel_tables import is_plain
from sim.domains.factory.kernel_world import run_compiled
from sim.domains.factory.log import Log
from sim.domains.factory.machines import Machine
from sim.domains.factory.milling import Milled, milled
from sim.domains.factory.names import members
from sim.domains.factory.pools import Pool
from sim.domains.factory.quality import Quality
from sim.domains.factory.readings import Reading
from sim.domains.factory.states import AWAY
from sim.domains.factory.stores import Arrivals, Conveyor, Parts, Sink, Source, Store
from sim.domains.factory.surroundings import Surroundings
from sim.domains.factory.trace import OF_LEVELS, OF_SINKS, FactoryTrace, entities_of
from sim.domains.factory.waiting import Wait, awaited
from sim.formulas import Formula

__all__ = ["World", "simulate"]

_POINTS = 2000
"""Points at which the wear of a component is kept in an episode, at most, beside its failures and renewals."""


def simulate(setup: Setup) -> FactoryTrace:
    """Run one episode of the factory domain and return what it leaves behind.

    Plain lines that are not recorded are run by the compiled kernel, all others by SimPy; both give the same.
    """
    world = World(setup)
    if setup.recorded or not is_plain(world):
        world.run()
    else:
        run_compiled(world)
    return FactoryTrace(world)


class World:
    """Everything in the factory by name, each kind in the order of the scenario."""

    def __init__(self, setup: Setup) -> None:
        """Build the factory at time 0."""
        self.setup = setup
        self.values = setup.world
        self.agenda = Agenda()
        self.log = Log(setup.recorded)
        self.parts = Parts()
        self.stores: dict[str, Store] = {}
        self.arrivals: dict[str, Arrivals] = {}
        self.machines: dict[str, Machine] = {}
        self.qualities: dict[str, Quality] = {}
        self.components: dict[str, Component] = {}
        self.readings: dict[str, Reading] = {}
        self.crews: dict[str, Crew] = {}
        self.spares: dict[str, Spares] = {}
        self.since = 0.0
        shafts = {one["id"]: one["shaft"] for one in self.values["machines"]}
        self.surroundings = Surroundings(setup.duration, setup.noise, shafts)
        self.milling = {
            one["id"]: one["milling"] for one in self.values["machines"] if one["milling"] is not None
        }
        self._milled: dict[str, Milled] = {}
        self._alarms: Mapping[str, Alarm] | None = None
        self._build_stores()
        self._build_helpers()
        self._build_machines()
        self._build_components()
        self._build_outcomes()
        self.handlings = build_handlings(self)
        self.pilings = build_pilings(self)
        staff_guides(self)
        self._build_hours()
        self._listen()

    def milled(self, machine: str) -> Milled:
        """Return what is logged of the parts that a machine with `milling:` has finished."""
        if machine not in self._milled:
            moments = [cycle[1] for cycle in self.machines[machine].cycles or ()]
            self._milled[machine] = milled(self.milling[machine], self.setup.noise, machine, moments=moments)
        return self._milled[machine]

    def alarms(self) -> Mapping[str, Alarm]:
        """Return what people were told, once the run is over."""
        if self._alarms is None:
            self._alarms = alarms_of(self, float(self.agenda.now))
        return self._alarms

    def run(self) -> None:
        """Run from time 0 to the end."""
        for component in self.components.values():
            component.start()
        for machine in self.machines.values():
            machine.start()
        warm_up = self.values["warm_up"]
        if 0.0 < warm_up < self.setup.duration:
            self.agenda.tick(0, self._reset).schedule(warm_up)
        if self.setup.until is not None:
            self._wait_for(self.setup.until)
        self.agenda.run(self.setup.duration, stop_at=self.setup.stop_at)

    def _wait_for(self, until: Formula) -> None:
        """Stop when an event comes about, if what happens is enough to tell when."""
        what = awaited(until, partial(entities_of, self))
        if what is not None:
            self.log.heard = Wait(what, self.agenda.stop).hear

    def _reset(self, event: object) -> None:
        now = self.since = self.agenda.now
        for store in self.stores.values():
            store.reset(now)
        for arrivals in self.arrivals.values():
            arrivals.reset()
        for machine in self.machines.values():
            machine.reset(now)
        for component in self.components.values():
            component.reset()
        for quality in self.qualities.values():
            quality.reset()
        for handling in self.handlings.values():
            handling.reset()

    # -- building -----------------------------------------------------------------------------------------

    def _build_stores(self) -> None:
        values, parts = self.values, self.parts
        for rank, item in enumerate(values["sources"]):
            name = item["id"]
            if item["every"] is None:
                self.stores[name] = Source(name, parts)
                continue
            capacity = float("inf") if item["capacity"] is None else item["capacity"]
            store = self.stores[name] = Store(name, capacity)
            every = numbers(self.setup.noise, name, item["every"])
            self.arrivals[name] = Arrivals(
                store, parts, every=every, batch=int(item["batch"]), agenda=self.agenda, rank=rank
            )
        for item in values["buffers"]:
            name = item["id"]
            capacity = float("inf") if item["capacity"] is None else item["capacity"]
            if item["guide"] is not None:
                self.stores[name] = build_guided(self, item, capacity)
            elif item["transit"] > 0.0:
                self.stores[name] = Conveyor(name, capacity, transit=item["transit"], agenda=self.agenda)
            else:
                self.stores[name] = Store(name, capacity)
            for _ in range(int(item["initial"])):
                self.stores[name].put(parts.new(0.0), 0.0)
        for item in values["sinks"]:
            self.stores[item["id"]] = Sink(item["id"], parts, is_scrap=item["counts"] == "scrap")

    def _build_helpers(self) -> None:
        for item in self.values["crews"]:
            self.crews[item["id"]] = Crew(self.agenda, int(item["size"]))
        for item in self.values["spares"]:
            name = item["id"]
            self.spares[name] = Spares(
                self.agenda,
                stock=int(item["stock"]),
                reorder_at=int(item["reorder_at"]),
                lot=int(item["lot"]),
                lead_time=numbers(self.setup.noise, name, item["lead_time"]),
                told=partial(self.log.tell_stock, name),
            )

    def _build_machines(self) -> None:
        pools = {item["id"]: Pool(int(item["size"])) for item in self.values["pools"]}
        ranks = ranks_of(self.values)
        for item in self.values["machines"]:
            name, noise = item["id"], self.setup.noise
            batch = int(item["batch"])
            also = [(self.stores[one["from"]], int(one["parts"])) for one in item["also_takes"]]
            gives = [(self.stores[one["to"]], int(one["parts"])) for one in item["also_gives"]]
            machine = self.machines[name] = Machine(
                name,
                self.agenda,
                rank=ranks[name],
                takes=[(self.stores[item["from"]], batch), *also],
                gives=[(self.stores[item["to"]], batch), *gives],
                cycle=numbers(noise, name, item["cycle_time"]),
                blocking=item["blocking"],
                interrupted=item["interrupted"],
                new_part=self.parts.new,
            )
            machine.scrap = self._scrap
            if item["operators"] is not None:
                machine.pool = pools[item["operators"]]
            if item["setup"] is not None:
                machine.setup = (numbers(noise, name, item["setup"]["time"]), int(item["setup"]["every"]))
        self.pools = pools
        self.scrapped: list[tuple[int, float]] = []

    def _scrap(self, part: int, now: float) -> None:
        self.scrapped.append((part, now))

    def _build_components(self) -> None:
        self.components = fit_components(self)
        is_read = self.setup.recorded or "wear" in self.setup.reads
        for component in self.components.values():
            component.gap = self.setup.duration / _POINTS
            component.trail = [(0.0, component.process.level)] if is_read else None
            component.others = [
                one
                for one in self.components.values()
                if one.machine is component.machine and one is not component
            ]
        for rank, item in enumerate(self.values["readings"]):
            name, noise = item["id"], self.setup.noise
            for own_part in members(item["of"], tuple(self.components)):
                own = name if own_part == item["of"] else f"{name}_{own_part.rpartition('_')[2]}"
                self.readings[own] = Reading(
                    {**item, "id": own},
                    self.components[own_part],
                    self.agenda,
                    self.log,
                    noise=normals(noise, own, "noise"),
                    gaps=uniforms(noise, own, "gaps"),
                    rank=rank,
                )
        for item in self.values["components"]:
            self._heed(item)

    def _heed(self, item: Mapping[str, Any]) -> None:
        """Let maintenance on readings hear of them."""
        upkeep = item["upkeep"]
        if upkeep.kind != "on_reading":
            return
        rule = upkeep.settings
        for name in members(rule["reading"], tuple(self.readings)):
            reading = self.readings[name]
            for component in members(item["id"], tuple(self.components)):
                if reading.component is self.components[component]:
                    reading.add_rule(rule["above"], int(rule["times"]), reading.component.serve)

    def _build_outcomes(self) -> None:
        for item in self.values["machines"]:
            if item["quality"] is None and item["inspects"] is None:
                continue
            name, noise = item["id"], self.setup.noise
            quality, inspects = item["quality"], item["inspects"]
            self.qualities[name] = self.machines[name].outcome = Quality(
                self.parts,
                self.log,
                quality=quality,
                inspects=inspects,
                to=self.stores[item["to"]],
                rejects_to=self.stores[inspects["rejects_to"]] if inspects else None,
                draw=partial(uniforms, noise, name),
                severity=numbers(noise, name, quality["severity"] if quality else 0.0),
                defects={
                    kind: (
                        one["share"],
                        None if one["severity"] is None else numbers(noise, name, one["severity"]),
                    )
                    for kind, one in (quality["defects"] if quality else {}).items()
                    if one is not None
                },
                components=[one for one in self.components.values() if one.machine.name == name],
            )

    def _build_hours(self) -> None:
        shifts = {item["id"]: item for item in self.values["shifts"]}
        for item in self.values["machines"]:
            if item["shift"] is not None:
                keep_hours(self.agenda, shifts[item["shift"]], _turn(self.machines[item["id"]]))
        for item in self.values["crews"]:
            if item["shift"] is not None:
                keep_hours(self.agenda, shifts[item["shift"]], self.crews[item["id"]].set_hours)

    def _listen(self) -> None:
        """Let machines and stores keep what signals and tables need."""
        for machine in self.machines.values():
            machine.trail = ([0.0], [machine.state])
            if self.setup.recorded or machine.name in self.milling:
                machine.cycles = []
        reads, told = self.setup.reads, watched(self, "level")
        for store in self.stores.values():
            is_told = store.name in told and reads & OF_ALARMS
            if self.setup.recorded or is_told or reads & (OF_SINKS if isinstance(store, Sink) else OF_LEVELS):
                store.trail = ([0.0], [store.level])


def _turn(machine: Machine) -> Any:
    def turn(now: float, on: bool) -> None:
        if on:
            machine.release(AWAY, now)
        else:
            machine.halt(AWAY, now)

    return turn


def ranks_of(values: Mapping[str, Any]) -> dict[str, int]:
    """Return machine -> rank, counted from the end of the line; among equals, as the scenario lists them."""
    steps = {item["id"]: 0 for item in values["sinks"]}
    waiting = list(values["machines"])
    far: dict[str, int] = {}
    while waiting:
        near = [item for item in waiting if any(place in steps for place in _gives(item))]
        if not near:
            near = waiting[:1]  # nothing of it leads to a sink
        for item in near:
            far[item["id"]] = 1 + min((steps[one] for one in _gives(item) if one in steps), default=len(far))
        for item in near:
            for place in (item["from"], *(one["from"] for one in item["also_takes"])):
                steps.setdefault(place, far[item["id"]])
        waiting = [item for item in waiting if item["id"] not in far]
    order = sorted(range(len(values["machines"])), key=lambda i: (far[values["machines"][i]["id"]], i))
    return {values["machines"][i]["id"]: rank for rank, i in enumerate(order)}


def _gives(item: Mapping[str, Any]) -> list[str]:
    return [item["to"], *(one["to"] for one in item["also_gives"])]

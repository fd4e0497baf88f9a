"""The tables of a factory Recording, made of what was kept while it ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.factory.cell_trace import jams_of, picks_of
from sim.domains.factory.log import Job
from sim.domains.factory.oee import oee_of
from sim.domains.factory.states import DOWN, MAINTENANCE, STATES
from sim.domains.factory.stores import SOUND
from sim.domains.factory.tables import TABLES
from sim.recording import TableBatches

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["build_tables"]

Rows = list[tuple[object, ...]]

_DTYPES = {"float64": np.float64, "int64": np.int64, "bool": np.bool_}


def build_tables(world: World, end: float) -> Mapping[str, TableBatches]:
    """Return every declared table, each of one batch in time order."""
    rows: dict[str, Rows] = {
        "machine_states": _states(world, end),
        "alarms": _alarms(world),
        "work_orders": _work_orders(world),
        "parts": _parts(world),
        "genealogy": _genealogy(world),
        "quality": _quality(world),
        "process_values": _process_values(world),
        "stocks": [(spare, t, stock) for t, spare, stock in world.log.stocks],
        "oee": _oee(world, end),
        "lives": _lives(world, end),
        "picks": picks_of(world),
        "jams": jams_of(world),
    }
    tables: dict[str, TableBatches] = {name: (_batch(name, found),) for name, found in rows.items()}
    return tables | {"milling": _milling(world)}


def _milling(world: World) -> TableBatches:
    """Return a batch per machine with `milling:`; one without rows where there is none."""
    batches = []
    for name in world.milling:
        moments = np.array([cycle[1] for cycle in world.machines[name].cycles or ()], np.float64)
        keys = {
            "machine": np.full(len(moments), name, object),
            "udi": np.arange(1, len(moments) + 1),
            "t": moments,
        }
        batches.append(keys | dict(world.milled(name).columns))
    return batches or (_batch("milling", []),)


def _batch(table: str, rows: Rows) -> Mapping[str, np.ndarray]:
    columns = TABLES[table].columns
    values = list(zip(*rows, strict=True)) if rows else [() for _ in columns]
    return {
        name: np.array(column, _DTYPES.get(declared.type, object))
        for (name, declared), column in zip(columns.items(), values, strict=True)
    }


def _cause(job: Job) -> str:
    return f"{job.component}#{job.life}"


def _states(world: World, end: float) -> Rows:
    """Return a row per state; a stop has the life of the component that made it as its cause."""
    rows: Rows = []
    for name, machine in world.machines.items():
        assert machine.trail is not None
        times, states = machine.trail
        jobs = [job for job in world.log.jobs if job.machine == name]
        for i, state in enumerate(states):
            until = times[i + 1] if i + 1 < len(times) else end
            kind = {DOWN: "repair", MAINTENANCE: "service"}.get(state)
            rows.append((name, times[i], until, STATES[state], _stopper(jobs, kind, times[i]) if kind else ""))
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _stopper(jobs: list[Job], kind: str, t: float) -> str:
    """Return the cause of the last job of a kind that had been asked for by then and was not done."""
    open_jobs = [job for job in jobs if job.kind == kind and job.asked <= t and not job.ended <= t]
    return _cause(open_jobs[-1]) if open_jobs else ""


def _life_at(world: World, component: str, t: float) -> int:
    """Return which life of a component it was at a moment: one ends when its repair or replacement does."""
    return sum(job.component == component and job.ended <= t for job in world.log.jobs)


def _alarms(world: World) -> Rows:
    rows: Rows = []
    for t, name, change, value in world.log.alarms:
        component = world.readings[name].component
        cause = f"{component.name}#{_life_at(world, component.name, t)}"
        rows.append((name, component.machine.name, t, change, value, cause))
    return rows


def _work_orders(world: World) -> Rows:
    return [
        (
            i,
            job.machine,
            job.component,
            job.kind,
            job.reason,
            job.asked,
            job.begun,
            job.ended,
            job.wear,
            _cause(job),
        )
        for i, job in enumerate(world.log.jobs)
    ]


def _parts(world: World) -> Rows:
    spoilt = world.parts.spoilt
    return [
        (part, born, part in spoilt, *spoilt.get(part, SOUND)) for part, born in enumerate(world.parts.born)
    ]


def _genealogy(world: World) -> Rows:
    rows: Rows = []
    for name, machine in world.machines.items():
        for begun, ended, parts, taken in machine.cycles or ():
            rows += [(part, name, begun, ended, -1) for part in parts]
            rows += [(part, name, begun, ended, parts[0]) for part in taken]
    return sorted(rows, key=lambda row: (row[3], row[1], row[0]))


def _quality(world: World) -> Rows:
    return [
        (part, machine, t, passed, is_bad, *defect)
        for t, machine, part, passed, is_bad, *defect in world.log.quality
    ]


def _process_values(world: World) -> Rows:
    return [(name, t, value, wear, label) for t, name, value, wear, label in world.log.readings]


def _oee(world: World, end: float) -> Rows:
    rows: Rows = []
    for name in world.machines:
        one = oee_of(world, name, end)
        rows.append(
            (
                name,
                one.planned,
                one.running,
                one.ideal,
                one.made,
                one.good,
                one.availability,
                one.performance,
                one.quality,
                one.oee,
            )
        )
    return rows


def _lives(world: World, end: float) -> Rows:
    ends = {"repair": "failure", "service": "service"}
    rows: Rows = []
    for name, component in world.components.items():
        begun, jobs = 0.0, [job for job in world.log.jobs if job.component == name]
        for life in range(component.life + 1):
            job = next((one for one in jobs if one.life == life), None)
            until, how = (job.asked, ends[job.kind]) if job else (end, "censored")
            if begun <= until:
                rows.append(
                    (name, life, component.machine.name, component.fault, f"{name}#{life}", begun, until, how)
                )
            begun = job.ended if job else end
    return sorted(rows, key=lambda row: (row[5], row[0]))

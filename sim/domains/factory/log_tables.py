"""The tables of a factory Recording, made of what was kept while it ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.factory.alarms import told
from sim.domains.factory.causes import Causes, cause_of
from sim.domains.factory.cell_trace import jams_of, picks_of
from sim.domains.factory.oee import oee_of
from sim.domains.factory.piling_trace import piles_of
from sim.domains.factory.states import STATES
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
    causes = Causes(world)
    rows: dict[str, Rows] = {
        "machine_states": _states(world, causes, end),
        "alarms": _alarms(world, causes, end),
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
        "piles": piles_of(world),
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


def _states(world: World, causes: Causes, end: float) -> Rows:
    """Return a row per state; a stop, and who waits for it, have the life that made it as their cause."""
    rows: Rows = []
    for name, machine in world.machines.items():
        assert machine.trail is not None
        times, states = machine.trail
        for i, state in enumerate(states):
            until = times[i + 1] if i + 1 < len(times) else end
            rows.append((name, times[i], until, STATES[state], causes.of_state(name, state, times[i], until)))
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _alarms(world: World, causes: Causes, end: float) -> Rows:
    alarms = world.alarms()
    rows: Rows = []
    for one in told(alarms, end):
        alarm, change = one.alarm, "raised" if one.is_raised else "cleared"
        cause = causes.of_alarm(alarm, one.raised, alarms)
        rows.append(
            (
                alarm.name,
                alarm.of,
                alarm.machine,
                alarm.priority,
                one.t,
                change,
                one.value,
                one.is_chattering,
                one.in_flood,
                cause,
            )
        )
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
            cause_of(job),
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

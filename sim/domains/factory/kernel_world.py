"""A world run by the compiled event kernel, which then stands as SimPy would have left it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.factory import kernel_layout as c
from sim.domains.factory.alarms import OF_ALARMS, watched
from sim.domains.factory.kernel import advance
from sim.domains.factory.kernel_tables import Streams, tables_of
from sim.domains.factory.log import Job
from sim.domains.factory.stores import Sink, Source

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["CompiledRun", "run_compiled"]

_KINDS = ("repair", "service")
_REASONS = ("failure", "age")


def run_compiled(world: World, *, is_complete: bool = False) -> None:
    """Run a plain world from time 0 to its end, draw for draw as `World.run` does.

    Args:
        world: just built.
        is_complete: whether every change of a state, every cycle and every birth is kept, not only what
            events read.
    """
    setup = world.setup
    end = setup.duration if setup.stop_at is None else setup.stop_at
    stop = math.nextafter(end, -math.inf) if setup.stop_at is None else end
    run = CompiledRun(world, stop=stop, flags=_flags(world, is_complete))
    chunks = list(run.chunks())
    _leave(world, run.line, end)
    _tell(world, np.concatenate([rows for rows, _ in chunks]), np.concatenate([more for _, more in chunks]))


class CompiledRun:
    """A plain world in the kernel, whose log is taken piece by piece: as long as one likes in little memory.

    Args:
        world: just built; it is left as it is.
        stop: the last moment at which something is done [s].
        flags: what is logged, of `kernel_layout`.
    """

    def __init__(self, world: World, *, stop: float, flags: int) -> None:
        """Begin at time 0."""
        self.line, self._streams = tables_of(world, stop=stop, flags=flags)

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Run to the end; yield (n, 3) whole numbers and (n, 2) times [s] of the log."""
        while (status := advance(self.line)) != c.OVER:
            if status == c.NUMBERS:
                _stock(self.line, self._streams)
            elif status == c.RING_FULL:
                self.line = _with_larger_rings(self.line)
            else:
                yield _drained(self.line)
        yield _drained(self.line)


def _flags(world: World, is_complete: bool) -> int:
    reads = world.setup.reads
    is_complete_trail = reads & {"working", "idle_for"} or (reads & OF_ALARMS and watched(world, "state"))
    flags = c.STATES if is_complete or is_complete_trail else c.HALTS
    stores = world.stores.values()
    if any(store.trail is not None for store in stores if not isinstance(store, Sink)):
        flags |= c.LEVELS
    if any(store.trail is not None for store in stores if isinstance(store, Sink)):
        flags |= c.LEAVES
    return flags | (c.CYCLES if is_complete else 0)


def _stock(line: c.Line, streams: Streams) -> None:
    t = float(line.span[c.NOW])
    line.span[c.CHANGE] = streams.stock(line, t, fresh=t >= line.span[c.CHANGE])


def _drained(line: c.Line) -> tuple[Any, Any]:
    n = int(line.count[c.LOGGED])
    line.count[c.LOGGED] = 0
    return line.log[:n].copy(), line.log_times[:n].copy()


def _with_larger_rings(line: c.Line) -> c.Line:
    """Return the line with room for twice the parts in every store that is nearly full."""
    store, before = line.store, line.store.copy()
    is_full = (store[:, c.KIND] == c.BUFFER) & (store[:, c.LEVEL] + store[:, c.SLACK] > store[:, c.RING])
    store[is_full, c.RING] = 2 * store[is_full, c.RING] + 1
    store[1:, c.OFFSET] = np.cumsum(store[:-1, c.RING] + 1)
    store[:, c.HEAD] = 0
    rings = []
    for old in (line.came, line.born, line.part):
        new = np.zeros(int((store[:, c.RING] + 1).sum()), old.dtype)
        for row, was in zip(store, before, strict=True):
            new[row[c.OFFSET] : row[c.OFFSET] + row[c.LEVEL]] = old[_places(was)]
        rings.append(new)
    line.count[c.GROWS] = 0
    return line._replace(came=rings[0], born=rings[1], part=rings[2])


def _places(row: Any) -> Any:
    """Return where the parts of a store stand in the rings, the first one first."""
    return row[c.OFFSET] + ((row[c.HEAD] + np.arange(row[c.LEVEL])) & row[c.RING])


# -- leaving the world as SimPy would ---------------------------------------------------------------------


def _leave(world: World, line: c.Line, end: float) -> None:
    world.agenda.finish_at(end)
    if 0.0 < world.values["warm_up"] <= line.span[c.STOP]:
        world.since = world.values["warm_up"]
    for name, row, tally in zip(world.stores, line.store, line.tally, strict=True):
        store = world.stores[name]
        places = _places(row)
        if not isinstance(store, Source):
            store.items = deque(zip(line.part[places].tolist(), line.came[places].tolist(), strict=True))
        store.reserved = int(row[c.RESERVED])
        store.arrived, store.departed = int(row[c.ARRIVED]), int(row[c.DEPARTED])
        store.area, store.waited, store.since = (float(value) for value in tally)
        if isinstance(store, Sink):
            store.total, store.good = int(row[c.TOTAL]), int(row[c.ARRIVED])
    for arrivals, row in zip(world.arrivals.values(), line.arrival, strict=True):
        arrivals.came, arrivals.lost = int(row[c.CAME]), int(row[c.LOST])
    for machine in world.machines.values():
        row, times = line.machine[machine.rank], line.times[machine.rank]
        machine.state, machine.since = int(row[c.STATE]), float(times[c.SINCE])
        machine.totals, machine.made = times[c.TOTALS :].tolist(), int(row[c.MADE])
        machine.halts = [int(row[c.STOPS]), int(row[c.SERVES]), 0]
        if row[c.HOLDS] != c.NOTHING:
            machine.hold(int(row[c.PART]), is_finished=bool(row[c.HOLDS] == c.FINISHED))
    for component, row, wear in zip(world.components.values(), line.component, line.wear, strict=True):
        component.failures, component.services = int(row[c.FAILURES]), int(row[c.SERVICES])
        component.life = int(row[c.LIFE])
        component.is_failed, component.is_busy = bool(row[c.FAILED]), bool(row[c.BUSY])
        component.process.age = float(wear[c.AGE])


def _tell(world: World, rows: Any, more: Any) -> None:
    """Give machines and stores their trails and the log its occurrences and jobs."""
    by_rank = sorted(world.machines.values(), key=lambda machine: machine.rank)
    for rank, machine in enumerate(by_rank):
        own = (rows[:, 0] == c.ENTERS) & (rows[:, 1] == rank)
        assert machine.trail is not None
        machine.trail = _trail(machine.trail, more[own, 0], rows[own, 2])
        if machine.cycles is not None:
            own = (rows[:, 0] == c.WORKED) & (rows[:, 1] == rank)
            made = zip(more[own, 1].tolist(), more[own, 0].tolist(), rows[own, 2].tolist(), strict=True)
            machine.cycles += [(began, ended, (part,), ()) for began, ended, part in made]
    for s, store in enumerate(world.stores.values()):
        if store.trail is not None:
            kind = c.LEFT_SO_FAR if isinstance(store, Sink) else c.HAS_LEVEL
            own = (rows[:, 0] == kind) & (rows[:, 1] == s)
            store.trail = _trail(store.trail, more[own, 0], rows[own, 2])
    world.parts.born += more[rows[:, 0] == c.IS_BORN, 0].tolist()
    thrown = rows[:, 0] == c.THROWN
    world.scrapped += zip(rows[thrown, 2].tolist(), more[thrown, 0].tolist(), strict=True)
    of_jobs = rows[:, 0] >= c.FAILS
    _tell_jobs(world, rows[of_jobs].tolist(), more[of_jobs, 0].tolist())


def _trail(begun: tuple[list[float], list[int]], times: Any, values: Any) -> tuple[list[float], list[int]]:
    """Return all changes, of several at one moment the last alone."""
    moments = np.concatenate((begun[0], times))
    is_last = np.concatenate((moments[1:] != moments[:-1], [True]))
    return moments[is_last].tolist(), np.concatenate((begun[1], values))[is_last].tolist()


def _tell_jobs(world: World, rows: Sequence[Sequence[int]], moments: Sequence[float]) -> None:
    components, log = list(world.components.values()), world.log
    job_of: dict[int, Job] = {}
    for (kind, who, value), t in zip(rows, moments, strict=True):
        name, machine = components[who].name, components[who].machine.name
        if kind in (c.FAILS, c.SERVED):
            which = kind - c.FAILS
            if kind == c.FAILS:
                log.tell(t, "failed", component=name, machine=machine)
            wear = 1.0 if kind == c.FAILS else 0.0
            job_of[who] = Job(name, machine, _KINDS[which], _REASONS[which], value, t, wear)
            log.jobs.append(job_of[who])
        elif kind == c.JOB_BEGINS:
            job_of[who].begun = t
        else:
            job_of[who].ended = t
            log.tell(t, "repaired" if value == c.REPAIR else "serviced", component=name, machine=machine)

"""What was behind a row of a table: the hidden fault, told by the life of a component, `component#life`.

A machine that waits does so because of another: of one that gives it parts, or takes them away. If that one has
waited itself it is asked in turn, until somebody has stood still for a job of maintenance, a jam or a drop.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.domains.factory.cell_guide import GuidedConveyor
from sim.domains.factory.log import Job
from sim.domains.factory.states import BLOCKED, DOWN, MAINTENANCE, STARVED

if TYPE_CHECKING:
    from sim.domains.factory.alarms import Alarm
    from sim.domains.factory.stores import Store
    from sim.domains.factory.world import World

__all__ = ["Causes", "cause_of"]

_JOBS = {DOWN: "repair", MAINTENANCE: "service"}


def cause_of(job: Job) -> str:
    """Return the life that a job ends, as tables name it."""
    return f"{job.component}#{job.life}"


class Causes:
    """Causes of states and alarms in a recorded world at its end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: dict[str, list[Job]] = {name: [] for name in world.machines}
        for job in world.log.jobs:
            self._jobs[job.machine].append(job)
        self._givers = _ends(world, "gives")
        self._takers = _ends(world, "takes")
        self._begun = {
            name: [one[0] for one in machine.cycles or ()] for name, machine in world.machines.items()
        }
        self._ended = {
            name: [one[1] for one in machine.cycles or ()] for name, machine in world.machines.items()
        }

    def of_state(self, machine: str, state: int, t: float, until: float) -> str:
        """Return the cause of a machine's state from t to `until`; empty for none."""
        if state in _JOBS:
            return self._stopper(machine, state, t)
        return self._wait(machine, state, until, set()) if state in (STARVED, BLOCKED) else ""

    def of_alarm(self, alarm: Alarm, t: float, alarms: Mapping[str, Alarm]) -> str:
        """Return the cause of an alarm raised at t; empty for none."""
        if alarm.kind == "alarm":
            root = alarms[alarm.of]
            *_, begun = (begin for begin, _ in root.spans if begin <= t)
            return self.of_alarm(root, begun, alarms)
        if alarm.kind == "reading":
            component = self._world.readings[alarm.of].component.name
            jobs = (job for job in self._world.log.jobs if job.component == component)
            return f"{component}#{sum(job.ended <= t for job in jobs)}"
        if alarm.kind == "level":
            return self._of_level(self._world.stores[alarm.of], t)
        times, states = self._trail(alarm.of)
        return self.of_state(alarm.of, states[bisect.bisect_right(times, t) - 1], t, t)

    def _of_level(self, store: Store, t: float) -> str:
        """Return why a store is full or empty: those that take from it have stood, or those that give."""
        found = [_jam(store, t)]
        found += [self._late(one, self._begun[one], t, set()) for one in self._takers.get(store.name, ())]
        found += [self._late(one, self._ended[one], t, set()) for one in self._givers.get(store.name, ())]
        return next((cause for cause in found if cause), "")

    def _wait(self, machine: str, state: int, t: float, seen: set[str]) -> str:
        """Return why a machine has been starved or blocked up to a moment."""
        one = self._world.machines[machine]
        stores, others, cycles = (
            (one.takes, self._givers, self._ended)
            if state == STARVED
            else (one.gives, self._takers, self._begun)
        )
        for store, _ in stores:
            cause = _jam(store, t)
            for other in () if cause else others.get(store.name, ()):
                cause = cause or self._late(other, cycles[other], t, seen)
            if cause:
                return cause
        return ""

    def _late(self, machine: str, cycles: Sequence[float], t: float, seen: set[str]) -> str:
        """Return what kept a machine since its last cycle began or ended, as another waits for, before t."""
        if machine in seen:
            return ""
        seen.add(machine)
        place = bisect.bisect_left(cycles, t) - 1
        since = cycles[place] if place >= 0 else 0.0
        for state, begin, end in self._spells(machine, since, t):
            cause = self._stopper(machine, state, begin) if state in _JOBS else ""
            if state in (STARVED, BLOCKED):
                cause = self._wait(machine, state, end, seen)
            if cause:
                return cause
        return ""

    def _spells(self, machine: str, since: float, t: float) -> Iterator[tuple[int, float, float]]:
        """Yield (state, begin, end) of a machine's states between two moments, the latest first."""
        times, states = self._trail(machine)
        for place in range(bisect.bisect_left(times, t) - 1, -1, -1):
            end = min(times[place + 1], t) if place + 1 < len(times) else t
            if end <= since:
                return
            yield states[place], times[place], end

    def _stopper(self, machine: str, state: int, t: float) -> str:
        """Return the cause of the last job that had been asked for by then and was not done, or of a drop."""
        jobs = [job for job in self._jobs[machine] if job.kind == _JOBS[state]]
        still_open = [job for job in jobs if job.asked <= t and not job.ended <= t]
        if still_open:
            return cause_of(still_open[-1])
        world = self._world
        picks = world.handlings[machine].picks if machine in world.handlings else []
        piles = world.pilings[machine].piles if machine in world.pilings else []
        falls = [pick for pick in picks if pick.is_dropped] + [pile for pile in piles if pile.has_toppled]
        return next((one.cause for one in reversed(falls) if one.t <= t), "")

    def _trail(self, machine: str) -> tuple[Sequence[float], Sequence[int]]:
        trail = self._world.machines[machine].trail
        assert trail is not None
        return trail


def _jam(store: Store, t: float) -> str:
    """Return the cause of a jam that a store has, or had until just now."""
    jams = store.jams if isinstance(store, GuidedConveyor) else []
    return next((jam.cause for jam in reversed(jams) if jam.t <= t and not jam.until < t), "")


def _ends(world: World, side: str) -> dict[str, list[str]]:
    """Return store -> machines that give to it, or take from it."""
    found: dict[str, list[str]] = {}
    for name, machine in world.machines.items():
        for store, _ in machine.gives if side == "gives" else machine.takes:
            found.setdefault(store.name, []).append(name)
    return found

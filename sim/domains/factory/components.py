"""A component: what wears in a machine, when its failure or service stops it, and how it is renewed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sim.domains.factory.agenda import FAILURE, Agenda
from sim.domains.factory.crews import Crew, Spares
from sim.domains.factory.log import Job, Log
from sim.domains.factory.machines import Machine
from sim.domains.factory.spells import Spells
from sim.domains.factory.states import SERVICED, STOPPED
from sim.domains.factory.wear import Process

__all__ = ["Component", "Repair", "Upkeep"]


@dataclass(frozen=True)
class Repair:
    """What is done after a failure.

    Args:
        time: it takes [s].
        restores: share of the age that is taken away.
        priority: the crew takes the smallest first.
    """

    time: Spells
    crew: Crew | None
    spares: Spares | None
    restores: float
    priority: int


@dataclass(frozen=True)
class Upkeep:
    """When it is replaced before it fails.

    Args:
        time: a replacement takes [s].
        at_age: age at which it is due [s]; inf for never.
        when_stopped_above: wear from which it is replaced whenever its machine is stopped; inf for never.
    """

    time: Spells
    at_age: float = math.inf
    when_stopped_above: float = math.inf


class Component:
    """One component of one machine.

    Args:
        name: its id, the address of its noise.
        process: how it wears.
        is_clocked: whether it ages whenever the machine is not down, rather than while the machine works.
        stops: whether its failure stops the machine.
        rank: among the components, for ties.
        defect: kind of defect that its wear leaves on parts; empty for those of its machine.
    """

    def __init__(
        self,
        name: str,
        machine: Machine,
        agenda: Agenda,
        log: Log,
        *,
        process: Process,
        is_clocked: bool,
        stops: bool,
        repair: Repair,
        upkeep: Upkeep,
        rank: int,
        fault: str,
        onset: float,
        defect: str = "",
    ) -> None:
        self.name, self.machine, self.process = name, machine, process
        self.defect = defect
        self.fault, self.onset = fault, onset
        self.is_failed = self.is_busy = False
        self.life = self.failures = self.services = 0
        self.trail: list[tuple[float, float]] | None = None
        self.gap = 0.0
        self.others: list[Component] = []
        self.noticed: Callable[[], None] = lambda: None
        self._agenda, self._env, self._log = agenda, agenda.env, log
        self._is_clocked, self._stops = is_clocked, stops
        self._repair, self._upkeep = repair, upkeep
        self._is_due = False
        self._since = math.nan
        self._tick = agenda.tick(FAILURE + rank, self._look)
        if is_clocked:
            machine.clocks.append(self)
        else:
            machine.wears.append(self)

    def start(self) -> None:
        """Begin to age at time 0."""
        if self._is_clocked and not self.machine.is_down:
            self.go_on(0.0)

    def reset(self) -> None:
        """Begin to count anew."""
        self.failures = self.services = 0

    # -- ageing -------------------------------------------------------------------------------------------

    def ahead(self, span: float, t: float) -> float:
        """Return the age until it fails or its replacement is due, if that is less than `span`, else inf."""
        if self.is_failed:
            return math.inf
        left = self.process.ahead(span, t)
        due = max(self._upkeep.at_age - self.process.age, 0.0)
        self._is_due = due < min(left, span) and not self.is_busy
        return due if self._is_due else left

    def spend(self, span: float) -> None:
        """Age by a span."""
        if not self.is_failed:
            self.process.spend(span)
            if self.trail is not None:
                self._note(float(self._env.now))

    def pause(self, now: float) -> None:
        """Cease to age by the clock."""
        if not math.isnan(self._since):
            self.spend(now - self._since)
            self._since = math.nan
            self._tick = self._agenda.tick(self._tick.rank, self._look)

    def go_on(self, now: float) -> None:
        """Age by the clock again."""
        if not self.is_failed:
            self._since = now
            self._plan(now)

    def wear_at(self, now: float) -> float:
        """Return the wear at this moment, from 0 to 1."""
        if self.is_failed:
            return 1.0
        process = self.process
        span = (
            (0.0 if math.isnan(self._since) else now - self._since)
            if self._is_clocked
            else self.machine.worked(now)
        )
        return min(max(process.level_at(process.age + span), 0.0), 1.0)

    def _plan(self, now: float) -> None:
        """Let something be due at the next failure, service or look ahead."""
        span = self.process.horizon(now)
        left = self.ahead(span, now)
        self._is_certain = left < math.inf
        if min(left, span) < math.inf:
            self._tick.schedule(min(left, span))

    def _look(self, event: object) -> None:
        if event is not self._tick:
            return
        now = float(self._env.now)
        self.spend(now - self._since)
        self._since = now
        if not self._is_certain:
            self._plan(now)
            return
        self.strike(now)
        if not math.isnan(self._since) and not self.is_failed and not self.machine.is_down:
            self._plan(now)

    # -- failure and service ------------------------------------------------------------------------------

    def strike(self, now: float) -> None:
        """What was looked ahead to has come: a failure, or the age of replacement."""
        if self._is_due:
            self.serve("age", now)
        else:
            self._fail(now)

    def serve(self, reason: str, now: float) -> None:
        """Replace it before it fails, unless that is under way."""
        if self.is_busy or self.is_failed:
            return
        self.is_busy = True
        job = self._job("service", reason, now)
        self.services += 1
        self.machine.halt(SERVICED, now)
        self._env.process(self._renewal(job, SERVICED, restores=1.0, time=self._upkeep.time))

    def _fail(self, now: float) -> None:
        self.is_failed = True
        self.failures += 1
        self._log.tell(now, "failed", component=self.name, machine=self.machine.name)
        job = self._job("repair", "failure", now)
        if self.trail is not None:
            self._note(now)
        reason = STOPPED if self._stops else None
        if reason is not None:
            self.machine.halt(STOPPED, now)
            self._look_around(now)
        self._env.process(self._renewal(job, reason, restores=self._repair.restores, time=self._repair.time))

    def _look_around(self, now: float) -> None:
        """Use the stop to replace what is worn enough."""
        for other in self.others:
            if other.wear_at(now) >= other._upkeep.when_stopped_above:
                other.serve("opportunity", now)

    def _renewal(self, job: Job, reason: int | None, *, restores: float, time: Spells) -> Iterator[Any]:
        env, repair = self._env, self._repair
        if repair.spares is not None:
            yield repair.spares.take()
        if repair.crew is not None:
            yield repair.crew.ask(repair.priority)
        job.begun = float(env.now)
        time.begin()
        is_over = False
        while not is_over:
            span, is_over = time.piece(float(env.now))
            yield env.timeout(span)
        now = job.ended = float(env.now)
        self._renew(job, restores, now)
        if repair.crew is not None:
            repair.crew.done()
        if reason is not None:
            self.machine.release(reason, now)

    def _renew(self, job: Job, restores: float, now: float) -> None:
        kind = "repaired" if job.kind == "repair" else "serviced"
        self._log.tell(now, kind, component=self.name, machine=self.machine.name)
        if self.trail is not None:
            self._note(now)
        self.process.renew(self.process.age * (1.0 - restores), now)
        self.is_failed = self.is_busy = False
        self.life += 1
        if self.trail is not None:
            self.trail.append((now, self.process.level))
        if self._is_clocked and not self._stops and not self.machine.is_down:
            self.go_on(now)

    def _job(self, kind: str, reason: str, now: float) -> Job:
        wear = 1.0 if self.is_failed else self.wear_at(now)
        job = Job(self.name, self.machine.name, kind, reason, self.life, now, wear)
        self._log.jobs.append(job)
        return job

    def _note(self, now: float) -> None:
        """Keep the wear of this moment, unless one of just before is kept."""
        trail = self.trail
        assert trail is not None
        if now - trail[-1][0] >= self.gap or self.is_failed:
            trail.append((now, 1.0 if self.is_failed else self.process.level))

"""A machine: a small automaton that SimPy events drive, one event per cycle.

It is idle (starved or blocked), works, or is halted for one reason or several: down, being serviced, off
shift. A halt in the middle of a cycle keeps the part; what becomes of the work is the machine's own rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.domains.factory.agenda import MACHINE, Agenda
from sim.domains.factory.draws import Numbers
from sim.domains.factory.pools import Pool
from sim.domains.factory.states import (
    BLOCKED,
    DOWN,
    MAINTENANCE,
    OFF,
    SERVICED,
    SETUP,
    STARVED,
    STATES,
    STOPPED,
    WAITING,
    WORKING,
    Clocked,
    Wearing,
)
from sim.domains.factory.stores import Store

__all__ = ["Machine", "Outcome"]

Outcome = Callable[["Machine", int, float], Store]
"""What becomes of a finished part: it is looked at, perhaps spoilt, and sent to a store."""


class Machine:
    """One machine of the line.

    Args:
        rank: 0 for the last machine of the line, more for those before it.
        takes: (store, parts) it needs for a cycle, the main one first.
        gives: (store, parts) of a cycle, the main one first.
        new_part: makes a part.
    """

    def __init__(
        self,
        name: str,
        agenda: Agenda,
        *,
        rank: int,
        takes: list[tuple[Store, int]],
        gives: list[tuple[Store, int]],
        cycle: Numbers,
        blocking: str,
        interrupted: str,
        new_part: Callable[[float], int],
    ) -> None:
        self.name = name
        self.takes, self.gives = takes, gives
        self.takes_one = len(takes) == 1 == takes[0][1]
        self.wears: list[Wearing] = []
        self.clocks: list[Clocked] = []
        self.pool: Pool | None = None
        self.setup: tuple[Numbers, int] | None = None
        self.outcome: Outcome | None = None
        self.cycles: list[tuple[float, float, tuple[int, ...], tuple[int, ...]]] | None = None
        self.trail: tuple[list[float], list[int]] | None = None
        self.scrap: Callable[[int, float], None] = lambda part, now: None
        self._env = agenda.env
        self._agenda = agenda
        self.rank = rank
        self._cycle = cycle
        self._reserves = blocking == "before_service"
        self._repeats = blocking == "repetitive"
        self._interrupted = interrupted
        self._new_part = new_part
        self._tick = agenda.tick(MACHINE + rank, self._due)
        self._is_plain = len(takes) == len(gives) == 1 == takes[0][1] == gives[0][1] and not self._reserves
        self.state, self.halts = STARVED, [0, 0, 0]
        self._parts: tuple[int, ...] = ()
        self._taken: tuple[int, ...] = ()
        self._outbox: list[tuple[Store, int]] = []
        self._waits_at: Store | None = None
        self._begun = self._end = self._began_cycle = 0.0
        self._left: float | None = None
        self._failing: Wearing | None = None
        self._has_operator = self._asks_operator = self._has_places = self._is_setup = False
        self._since_setup = 0
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Begin to count anew."""
        self.since = now
        self.began = now
        self.totals = [0.0] * len(STATES)
        self.made = 0

    def time_in(self, state: int, now: float) -> float:
        """Return the time spent in a state since counting began [s]."""
        return self.totals[state] + (now - self.since if state == self.state else 0.0)

    # -- a cycle ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work at time 0."""
        if not any(self.halts):
            self._begin(0.0)

    def wake(self, now: float) -> None:
        """A part has come that this machine waits for."""
        self._waits_at = None
        self._begin(now)

    def unblock(self, now: float) -> None:
        """There is a place that this machine waits for."""
        self._waits_at = None
        if self._outbox:
            self._deliver(now)
        else:
            self._begin(now)

    def attend(self, now: float) -> None:
        """An operator comes."""
        self._asks_operator = False
        self._has_operator = True
        if self._left is not None:
            self._go_on(now)
        else:
            self._begin(now)

    def _begin(self, now: float) -> None:
        """Take parts and begin a cycle, or wait for what is missing."""
        for store, count in self.takes:
            if not store.has(count):
                self._wait(store, store.takers, STARVED, now)
                return
        if self._reserves and not self._reserve(now):
            return
        if self.pool is not None and not self._has_operator and not self._called(now):
            return
        if self.setup is not None and self._since_setup >= self.setup[1]:
            self._is_setup = True
            self._work(self.setup[0].next(now), now)
            return
        if self._is_plain:
            self._parts = (self.takes[0][0].take(now),)
        else:
            self._load(now)
        self._began_cycle = now
        self._work(self._cycle.next(now), now)
        for store, _ in self.takes:
            if store.givers:
                store.invite(now)

    def _reserve(self, now: float) -> bool:
        """Reserve the places that the cycle needs, or wait for the first that is not there."""
        if self._has_places:
            return True
        for store, count in self.gives:
            if not store.has_room_for(count):
                self._wait(store, store.givers, BLOCKED, now)
                return False
        for store, count in self.gives:
            store.reserved += count
        self._has_places = True
        return True

    def _give_up_places(self, now: float) -> None:
        if self._has_places:
            self._has_places = False
            for store, count in self.gives:
                for _ in range(count):
                    store.release(now)

    def _called(self, now: float) -> bool:
        assert self.pool is not None
        if self.pool.ask(self):
            self._has_operator = True
            return True
        self._asks_operator = True
        self._enter(WAITING, now)
        return False

    def _load(self, now: float) -> None:
        main, *others = self.takes
        self._parts = tuple(main[0].take(now) for _ in range(main[1]))
        self._taken = tuple(store.take(now) for store, count in others for _ in range(count))

    def _work(self, span: float, now: float) -> None:
        """Work for a time, or until a component fails."""
        self._begun, self._end = now, now + span
        until = span
        self._failing = None
        for wear in self.wears:
            left = wear.ahead(until, now)
            if left < until:
                self._failing, until = wear, left
        self._tick.schedule(until)
        state = SETUP if self._is_setup else WORKING
        if state != self.state:
            self._enter(state, now)

    def _due(self, event: object) -> None:
        """The cycle is over, or a component fails."""
        if event is not self._tick:
            return  # of a cycle that was interrupted
        now: float = self._env.now
        failing, self._failing = self._failing, None
        for wear in self.wears:
            wear.spend((self._end if failing is None else now) - self._begun)
        self._begun = now  # what has been spent is not counted again by those who ask for the wear now
        if failing is None:
            self._finish(now)
            return
        failing.strike(now)
        if not any(self.halts):
            self._work(self._end - now, now)

    def _finish(self, now: float) -> None:
        if self._is_setup:
            self._is_setup = False
            self._since_setup = 0
            self._begin(now)
            return
        self._since_setup += 1
        if self._repeats and not self.gives[0][0].has_room():
            self._work(self._cycle.next(now), now)
            return
        self.made += 1
        if self.pool is not None:
            self._has_operator = False
            self.pool.give_back(now)
        if self.cycles is not None:
            self.cycles.append((self._began_cycle, now, self._parts, self._taken))
        if self._is_plain and self.outcome is None:
            store = self.gives[0][0]
            if store.has_room():
                (part,), self._parts = self._parts, ()
                store.put(part, now)
                self._begin(now)
                return
        self._pack(now)
        self._deliver(now)

    def _pack(self, now: float) -> None:
        """Put what the cycle made into the outbox."""
        (store, _), *others = self.gives
        for part in self._parts:
            goes_to = self.outcome(self, part, now) if self.outcome else store
            self._outbox.append((goes_to, part))
            if self._has_places and goes_to is not store:
                store.release(now)
        for other, count in others:
            self._outbox += [(other, self._new_part(now)) for _ in range(count)]
        self._parts = self._taken = ()

    def _deliver(self, now: float) -> None:
        """Give on what has been made; begin again when all of it is gone."""
        outbox = self._outbox
        while outbox:
            store, part = outbox[0]
            if self._has_places and any(store is one for one, _ in self.gives):
                store.reserved -= 1
            elif not store.has_room():
                self._wait(store, store.givers, BLOCKED, now)
                return
            outbox.pop(0)
            store.put(part, now)
        self._has_places = False
        self._begin(now)

    def _wait(self, store: Store, line: list[Any], state: int, now: float) -> None:
        line.append(self)
        self._waits_at = store
        if state != self.state:
            self._enter(state, now)
        if state != STARVED:
            return
        self._give_up_places(now)
        if self._has_operator and self.pool is not None:
            self._has_operator = False
            self.pool.give_back(now)
        if store.givers:
            store.invite(now)  # a machine that waits for a part is a place for one

    # -- halts --------------------------------------------------------------------------------------------

    def halt(self, reason: int, now: float) -> None:
        """Stop for a reason; further reasons add to it."""
        if not any(self.halts):
            self._stop(now)
        was_down = self.is_down
        self.halts[reason] += 1
        if self.is_down and not was_down:
            for clock in self.clocks:
                clock.pause(now)
        self._enter(self._halted_state(), now)

    def release(self, reason: int, now: float) -> None:
        """Take a reason away, and go on if there is no other."""
        was_down = self.is_down
        self.halts[reason] -= 1
        if was_down and not self.is_down:
            for clock in self.clocks:
                clock.go_on(now)
        if any(self.halts):
            self._enter(self._halted_state(), now)
        elif self._left is not None:
            self._resume(now)
        elif self._outbox:
            self._deliver(now)
        else:
            self._begin(now)

    @property
    def is_down(self) -> bool:
        """Whether it has failed or is being serviced."""
        return bool(self.halts[STOPPED] or self.halts[SERVICED])

    def worked(self, now: float) -> float:
        """Return how long it has worked since its components' ages were last counted [s]."""
        return now - self._begun if self.state in (WORKING, SETUP) else 0.0

    def _halted_state(self) -> int:
        return DOWN if self.halts[STOPPED] else MAINTENANCE if self.halts[SERVICED] else OFF

    def _stop(self, now: float) -> None:
        """Leave whatever the machine does or waits for."""
        if self.state in (WORKING, SETUP):
            self._left = self._end - now
            for wear in self.wears:
                wear.spend(now - self._begun)
            self._tick = self._agenda.tick(MACHINE + self.rank, self._due)
            self._failing = None
        if self._waits_at is not None:
            line: list[Any] = self._waits_at.takers if self.state == STARVED else self._waits_at.givers
            line.remove(self)
            self._waits_at = None
        if self.pool is not None:
            self._dismiss(now)

    def _dismiss(self, now: float) -> None:
        assert self.pool is not None
        if self._asks_operator:
            self.pool.forget(self)
            if self._left is None:
                self._give_up_places(now)
        elif self._has_operator:
            self.pool.give_back(now)
        self._asks_operator = self._has_operator = False

    def _resume(self, now: float) -> None:
        """Go on with an interrupted cycle."""
        if self._interrupted == "scrap" and not self._is_setup:
            self._left = None
            for part in self._parts + self._taken:
                self.scrap(part, now)
            self._parts = self._taken = ()
            self._give_up_places(now)
            self._begin(now)
        elif self.pool is None or self._has_operator or self._called(now):
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        left, self._left = self._left, None
        assert left is not None
        if self._interrupted == "restart" and not self._is_setup:
            left = self._cycle.next(now)
        self._work(left, now)

    # -- telling ------------------------------------------------------------------------------------------

    @property
    def held(self) -> int:
        """How many parts are in it."""
        return len(self._parts) + len(self._taken) + len(self._outbox)

    def hold(self, part: int, *, is_finished: bool) -> None:
        """Have a part in it, as far as another engine has brought it."""
        self._parts = () if is_finished else (part,)
        self._outbox = [(self.gives[0][0], part)] if is_finished else []

    def _enter(self, state: int, now: float) -> None:
        self.totals[self.state] += now - self.since
        self.since = now
        self.state = state
        trail = self.trail
        if trail is not None:
            times, states = trail
            if times and times[-1] == now:
                states[-1] = state
            else:
                times.append(now)
                states.append(state)

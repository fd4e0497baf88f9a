"""Where parts are between machines: sources, buffers, conveyors and sinks, all of one kind."""

from __future__ import annotations

import math
from collections import deque
from typing import Protocol

from sim.domains.factory.agenda import ARRIVAL, Agenda
from sim.domains.factory.draws import Numbers

__all__ = ["SOUND", "Arrivals", "Conveyor", "Giver", "Parts", "Sink", "Source", "Store", "Taker"]

SOUND = (0.0, "", "")
"""What stands for the defect of a part that has none."""


class Taker(Protocol):
    """Waits for a part."""

    @property
    def takes_one(self) -> bool:
        """Whether one part is all it waits for: then it takes it away at once."""
        ...

    def wake(self, now: float) -> None:
        """Look again: there is a part."""
        ...


class Giver(Protocol):
    """Waits for a free place."""

    def unblock(self, now: float) -> None:
        """Look again: there is a place."""
        ...


class Parts:
    """All parts there have been: a part is its number, in the order of their birth."""

    def __init__(self) -> None:
        self.born: list[float] = []
        self.spoilt: dict[int, tuple[float, str, str]] = {}
        """Part -> size of its defect [m], cause and kind."""

    def new(self, now: float) -> int:
        """Return a new part."""
        self.born.append(now)
        return len(self.born) - 1


class Store:
    """A buffer with places; machines that want a part or a place wait here in order."""

    def __init__(self, name: str, capacity: float) -> None:
        self.name = name
        self.capacity = capacity
        self.items: deque[tuple[int, float]] = deque()
        self.takers: list[Taker] = []
        self.givers: list[Giver] = []
        self.reserved = 0
        self.trail: tuple[list[float], list[int]] | None = None
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Begin to count anew: arrivals, departures, waiting times and the integral of the level."""
        self.since = self.began = now
        self.area = self.waited = 0.0
        self.arrived = self.departed = 0

    @property
    def level(self) -> int:
        """How many parts are in it."""
        return len(self.items)

    def has(self, parts: int) -> bool:
        """Return whether so many parts can be taken."""
        return len(self.items) >= parts

    def has_room(self) -> bool:
        """Return whether a part can be put; a machine that waits for just one counts as a place."""
        return self.has_room_for(1)

    def has_room_for(self, parts: int) -> bool:
        """Return whether so many parts can be put."""
        missing = len(self.items) + self.reserved + parts - self.capacity
        return missing <= 0 or missing <= sum(taker.takes_one for taker in self.takers)

    def put(self, part: int, now: float) -> None:
        """Put a part, for which there is room."""
        items = self.items
        self.area += len(items) * (now - self.since)
        self.since = now
        items.append((part, now))
        self.arrived += 1
        if self.takers:
            self.takers.pop(0).wake(now)
        if self.trail is not None:
            self._note(now)

    def take(self, now: float) -> int:
        """Take the first part; who takes invites those that wait for a place, when it has all it needs."""
        items = self.items
        self.area += len(items) * (now - self.since)
        self.since = now
        part, came = items.popleft()
        self.waited += now - came
        self.departed += 1
        if self.trail is not None:
            self._note(now)
        return part

    def release(self, now: float) -> None:
        """Give up a reserved place."""
        self.reserved -= 1
        self.invite(now)

    def invite(self, now: float) -> None:
        """Tell each machine that waits for a place, as far as there are places; who needs more waits on."""
        for _ in range(len(self.givers)):
            if not (self.givers and self.has_room()):
                return
            self.givers.pop(0).unblock(now)

    def _note(self, now: float) -> None:
        assert self.trail is not None
        times, levels = self.trail
        if times and times[-1] == now:
            levels[-1] = self.level
        else:
            times.append(now)
            levels.append(self.level)


class Source(Store):
    """A place where there is always a part."""

    def __init__(self, name: str, parts: Parts) -> None:
        super().__init__(name, 0)
        self._parts = parts

    def has(self, parts: int) -> bool:
        """Return True."""
        return True

    def take(self, now: float) -> int:
        """Take a part that is born now."""
        self.arrived += 1
        self.departed += 1
        return self._parts.new(now)


class Sink(Store):
    """A way out: every part finds room, and none comes back."""

    def __init__(self, name: str, parts: Parts, *, is_scrap: bool) -> None:
        super().__init__(name, math.inf)
        self.is_scrap = is_scrap
        self._parts = parts
        self.total = self.good = 0

    def reset(self, now: float) -> None:
        """Begin to count anew."""
        super().reset(now)
        self.good = 0

    @property
    def level(self) -> int:
        """How many parts have left here since the start."""
        return self.total

    def put(self, part: int, now: float) -> None:
        """Count a part out; what it waited is its time in the factory."""
        self.total += 1
        self.arrived += 1
        self.waited += now - self._parts.born[part]
        if part not in self._parts.spoilt:
            self.good += 1
        if self.trail is not None:
            self._note(now)


class Conveyor(Store):
    """A buffer through which a part takes its time; parts queue up at the end."""

    def __init__(self, name: str, capacity: float, *, transit: float, agenda: Agenda) -> None:
        super().__init__(name, capacity)
        self._transit = transit
        self._agenda = agenda
        self._moving = 0

    def has(self, parts: int) -> bool:
        """Return whether so many parts have come to the end."""
        return len(self.items) - self._moving >= parts

    def has_room_for(self, parts: int) -> bool:
        """Return whether so many parts can be put on it."""
        return len(self.items) + self.reserved + parts <= self.capacity

    def put(self, part: int, now: float) -> None:
        """Put a part on it; it can be taken after the time of transit."""
        takers, self.takers = self.takers, []
        super().put(part, now)
        self.takers = takers
        self._moving += 1
        self._agenda.tick(ARRIVAL, self._arrive).schedule(self._transit)

    def _arrive(self, event: object) -> None:
        self._moving -= 1
        if self.takers:
            self.takers.pop(0).wake(self._agenda.now)


class Arrivals:
    """Brings parts to a place; those that find no room are lost."""

    def __init__(
        self, store: Store, parts: Parts, *, every: Numbers, batch: int, agenda: Agenda, rank: int
    ) -> None:
        self._store = store
        self._parts = parts
        self._every = every
        self._batch = batch
        self._env = agenda.env
        self._tick = agenda.tick(ARRIVAL + rank, self._arrive)
        self.came = self.lost = 0
        self._tick.schedule(every.next(0.0))

    def reset(self) -> None:
        """Begin to count anew."""
        self.came = self.lost = 0

    def _arrive(self, event: object) -> None:
        now = self._env.now
        for _ in range(self._batch):
            self.came += 1
            if self._store.has_room():
                self._store.put(self._parts.new(now), now)
            else:
                self.lost += 1
        self._tick.schedule(self._every.next(now))

"""A conveyor with a plate at its end: a part that jams there holds up those behind until somebody clears it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.domains.factory.agenda import Agenda
from sim.domains.factory.cell import Worn
from sim.domains.factory.crews import Crew
from sim.domains.factory.draws import Numbers
from sim.domains.factory.log import Log
from sim.domains.factory.stores import Conveyor
from sim.worlds.guiding import Guide, is_sure, jams, margin

__all__ = ["GuidedConveyor", "Jam", "Laws", "guide_of"]


@dataclass
class Jam:
    """One jam.

    Args:
        friction: of the part on the plate.
        yaw: of the part as it came [rad].
        until: when it is cleared; NaN where it is not [s].
        is_played: whether contacts decided.
        cause: hidden fault that raised the friction.
    """

    t: float
    part: int
    friction: float
    yaw: float
    is_played: bool
    cause: str
    until: float = float("nan")


class Laws(NamedTuple):
    """What is drawn: for each part, and for each jam."""

    friction: Numbers
    yaw: Numbers
    clearing: Numbers


def guide_of(values: Mapping[str, Any]) -> Guide:
    """Return the plate from the settings of `guide:`."""
    x, y, z = (float(side) for side in values["size"])
    return Guide(
        angle=float(values["angle"]),
        length=float(values["length"]),
        speed=float(values["speed"]),
        belt_friction=float(values["belt_friction"]),
        size=(x, y, z),
        mass=float(values["mass"]),
    )


class GuidedConveyor(Conveyor):
    """A conveyor whose parts must pass a plate.

    Args:
        laws: of parts and jams.
    """

    def __init__(
        self,
        name: str,
        capacity: float,
        *,
        transit: float,
        agenda: Agenda,
        guide: Guide,
        laws: Laws,
        log: Log,
    ) -> None:
        super().__init__(name, capacity, transit=transit, agenda=agenda)
        self.guide = guide
        self.worn = Worn(None, 0.0)
        self.crew: Crew | None = None
        self.cleans = False
        self.jams: list[Jam] = []
        self.least = float("inf")
        self.margins: tuple[list[float], list[float]] = ([0.0], [float("inf")])
        self._held = 0
        self._laws, self._log = laws, log

    def _arrive(self, event: object) -> None:
        if self._held:
            self._held += 1
        elif not self._is_stuck(self._agenda.now):
            super()._arrive(event)

    def _is_stuck(self, now: float) -> bool:
        """Return whether the next part jams; if so, somebody is called."""
        part = self.items[len(self.items) - self._moving][0]
        friction = self._laws.friction.next(now) * (1.0 + self.worn.share(now))
        yaw = self._laws.yaw.next(now)
        times, margins = self.margins
        times.append(now)
        margins.append(margin(self.guide, friction))
        if not jams(self.guide, friction, yaw=yaw):
            return False
        self._held = 1
        is_played = not is_sure(self.guide, friction)
        jam = Jam(now, part, friction, yaw, is_played, self.worn.cause(now))
        self.jams.append(jam)
        self._log.tell(now, "jammed", store=self.name)
        self._agenda.env.process(self._clear(jam))
        return True

    def _clear(self, jam: Jam) -> Iterator[Any]:
        """Take the part off the plate by hand; those behind it come to the plate one after the other."""
        if self.crew is not None:
            yield self.crew.ask(0)
        if self.cleans and self.worn.component is not None:
            self.worn.component.serve("opportunity", self._agenda.now)
        yield self._agenda.env.timeout(self._laws.clearing.next(self._agenda.now))
        now = jam.until = self._agenda.now
        if self.crew is not None:
            self.crew.done()
        self._log.tell(now, "cleared", store=self.name)
        held, self._held = self._held, 0
        super()._arrive(None)
        for done in range(1, held):
            if self._is_stuck(now):
                self._held = held - done
                return
            super()._arrive(None)

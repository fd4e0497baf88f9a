"""A robot that carries each finished part of its machine: it holds it, lets it slip, or drops it.

The carriage fills the last moments of the cycle, and an empty hand is noticed at the end of it: that is when
SimPy decides what follows. Whether a part was held follows from force, mass and friction
(`sim.worlds.slipping`); where that leaves a doubt, the carriage is played in PyBullet, in a world made for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.domains.factory.agenda import FAILURE, Agenda
from sim.domains.factory.components import Component
from sim.domains.factory.draws import Numbers
from sim.domains.factory.log import Log
from sim.domains.factory.machines import Machine, Outcome
from sim.domains.factory.states import STOPPED
from sim.domains.factory.stores import Store
from sim.worlds.carrying import Carriage
from sim.worlds.grasping import Grip, carry
from sim.worlds.slipping import Slid, is_sure, margin, slide

__all__ = ["REACH", "Handling", "Laws", "Pick", "Worn", "carriage_of", "clear_away"]

REACH = 0.5
"""From the robot's axis to the line along which it carries [m]."""


class Worn(NamedTuple):
    """A component whose wear weakens something, by so much at wear 1."""

    component: Component | None
    loses: float

    def share(self, now: float) -> float:
        """Return what is lost now."""
        return 0.0 if self.component is None else self.loses * self.component.wear_at(now)

    def cause(self, now: float) -> str:
        """Return the component and its life as tables name them; empty where it is as good as new."""
        one = self.component
        return f"{one.name}#{one.life}" if one is not None and self.share(now) > 0.0 else ""


@dataclass(frozen=True)
class Pick:
    """What became of one carriage.

    Args:
        t: when it ended [s].
        margin: by which share the force was larger than carrying without a slip needs.
        slip: of the part in the hand [m].
        lost: when the hand lost it; inf for never [s].
        is_played: whether contacts decided.
        cause: hidden fault that took force away.
    """

    t: float
    part: int
    grip: Grip
    margin: float
    slip: float
    lost: float
    is_played: bool
    cause: str

    @property
    def is_dropped(self) -> bool:
        """Whether the hand was empty at the end."""
        return self.lost < math.inf


class Laws(NamedTuple):
    """What is drawn for each part."""

    mass: Numbers
    friction: Numbers
    clearing: Numbers


def carriage_of(values: Mapping[str, Any]) -> Carriage:
    """Return the way a hand goes, from the settings of `handles:`."""
    height, half = float(values["size"][2]), float(values["across"]) / 2
    z = height / 2 if values["robot"] == "panda" else height
    return Carriage(
        values["robot"], (REACH, -half, z), (REACH, half, z), float(values["lift"]), float(values["time"])
    )


def clear_away(machine: Machine, agenda: Agenda, span: float) -> None:
    """Stop a machine from now on for a time in which somebody clears away what lies about [s]."""

    def clear() -> Iterator[Any]:
        machine.halt(STOPPED, agenda.now)
        yield agenda.env.timeout(span)
        machine.release(STOPPED, agenda.now)

    if span > 0.0:
        agenda.tick(FAILURE, lambda event: agenda.env.process(clear())).schedule(0.0)


class Handling:
    """The carriages of one machine: an outcome of its cycles, after any other.

    Args:
        values: settings of `handles:`.
        inner: what else becomes of a part, told first.
    """

    def __init__(
        self,
        machine: Machine,
        agenda: Agenda,
        log: Log,
        *,
        values: Mapping[str, Any],
        laws: Laws,
        worn: Worn,
        inner: Outcome | None,
        drops_to: Store,
    ) -> None:
        self.machine, self.carriage = machine, carriage_of(values)
        self.picks: list[Pick] = []
        self.dropped = 0
        self._size = tuple(float(side) for side in values["size"])
        self._force = float(values["force"])
        self._agenda, self._log = agenda, log
        self._laws, self._worn, self._inner, self._drops_to = laws, worn, inner, drops_to

    def reset(self) -> None:
        """Begin to count anew."""
        self.dropped = 0

    def __call__(self, machine: Machine, part: int, now: float) -> Store:
        """Return where a part goes."""
        to = machine.gives[0][0] if self._inner is None else self._inner(machine, part, now)
        pick = self._carry(part, now)
        self.picks.append(pick)
        if not pick.is_dropped:
            return to
        self.dropped += 1
        self._log.tell(now, "dropped", machine=machine.name)
        clear_away(machine, self._agenda, self._laws.clearing.next(now))
        return self._drops_to

    def _carry(self, part: int, now: float) -> Pick:
        x, y, z = self._size
        grip = Grip(
            force=max(self._force * (1.0 - self._worn.share(now)), 1e-6),
            friction=self._laws.friction.next(now),
            mass=self._laws.mass.next(now),
            size=(x, y, z),
        )
        way = self.carriage
        is_played = not is_sure(way, grip)
        if is_played:
            seen = carry(way, grip, after=None)
            found = Slid(seen.slip, seen.lost)
        else:
            found = slide(way, grip)
        lost = now - way.time + found.lost
        return Pick(now, part, grip, margin(way, grip), found.slip, lost, is_played, self._worn.cause(now))

"""Overall equipment effectiveness of a machine, from its counts and times.

OEE = availability x performance x quality = good count x ideal cycle / planned time; the factors are made of
the logged numbers, so that the identity holds to the last count (Nakajima 1988, Introduction to TPM).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.domains.factory.piling_trace import turned_away
from sim.domains.factory.states import DOWN, MAINTENANCE, OFF, SETUP
from sim.laws.source import LawSource

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["Oee", "oee_of"]


@dataclass(frozen=True)
class Oee:
    """The numbers that make up the OEE of one machine.

    Args:
        planned: time in which it was to work [s].
        running: planned time less failures, maintenance and setups [s].
        ideal: cycle time of one part [s].
        made: parts it has finished.
        good: parts of these that are not turned away or spoilt.
    """

    planned: float
    running: float
    ideal: float
    made: int
    good: int

    @property
    def availability(self) -> float:
        """Running over planned time."""
        return self.running / self.planned if self.planned > 0.0 else 0.0

    @property
    def performance(self) -> float:
        """Ideal time of what was made over running time."""
        return self.made * self.ideal / self.running if self.running > 0.0 else 0.0

    @property
    def quality(self) -> float:
        """Good over made."""
        return self.good / self.made if self.made else 0.0

    @property
    def oee(self) -> float:
        """Good count times ideal cycle over planned time."""
        return self.good * self.ideal / self.planned if self.planned > 0.0 else 0.0


def oee_of(world: World, name: str, end: float) -> Oee:
    """Return the OEE of a machine since counting began; the ideal cycle is the mean of its cycle times."""
    machine = world.machines[name]
    item = next(one for one in world.values["machines"] if one["id"] == name)
    cycle, batch = item["cycle_time"], int(item["batch"])
    mean = float(cycle.law.mean) if isinstance(cycle, LawSource) else float(cycle)
    planned = end - world.since - machine.time_in(OFF, end)
    lost = sum(machine.time_in(state, end) for state in (DOWN, MAINTENANCE, SETUP))
    quality = world.qualities.get(name)
    made = machine.made * batch
    bad = 0 if quality is None else quality.bad
    if name in world.handlings:
        bad += world.handlings[name].dropped
    if name in world.pilings:
        bad += turned_away(world, name)
    return Oee(planned, planned - lost, mean / batch, made, made - bad)

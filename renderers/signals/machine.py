"""What a Recording tells of one machine: its parts, how they are, how fast it turns and how hard it works."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.errors import RunError
from sim.geometry import Array
from sim.recording import Channel, Recording

__all__ = ["Machine", "Part", "machine_named"]


@dataclass(frozen=True)
class Part:
    """A part of a machine that can be heard; a component of the world with one fault, which may be slight.

    Args:
        name: of the component; also the entity of its noise.
        kind: bearing, gear, shaft, motor, pump, pneumatics, tool or joint.
        fault: what goes wrong with it.
        facts: what never changes about it, plain numbers in SI.
        wear: how far it has gone, 0 good to 1 condemned; None for a part that stays good.
    """

    name: str
    kind: str
    fault: str
    facts: Mapping[str, object]
    wear: Channel | None

    def severity(self, t: float) -> float:
        """Return how far the fault shows at a moment."""
        return 0.0 if self.wear is None else self.wear.at(t)

    @property
    def ratio(self) -> float:
        """Turns of the part per turn of the machine's shaft."""
        return self.fact("ratio")

    def fact(self, name: str) -> float:
        """Return a number that never changes about the part.

        Raises:
            RunError: the recording does not tell it.
        """
        value = self.facts.get(name)
        if not isinstance(value, int | float):
            raise RunError(f"the recording does not tell {name!r} of {self.kind} {self.name!r}")
        return float(value)


@dataclass(frozen=True)
class Machine:
    """One machine of a Recording.

    Args:
        name: of its body.
        parts: in the order of the scene.
        speed: of its shaft [rad/s]; None for a machine that does not turn.
        load: share of the rated load; None for a machine that always works at it.
        air: temperature around [K]; None for 20 degrees Celsius.
    """

    name: str
    parts: tuple[Part, ...]
    speed: Channel | None
    load: Channel | None
    air: Channel | None

    def of_kind(self, *kinds: str) -> tuple[Part, ...]:
        """Return the parts of some kinds."""
        return tuple(part for part in self.parts if part.kind in kinds)

    def frequency_at(self, t: float) -> float:
        """Return turns per second."""
        return 0.0 if self.speed is None else self.speed.at(t) / (2.0 * math.pi)

    def load_at(self, t: float) -> float:
        """Return the share of the rated load."""
        return 1.0 if self.load is None else self.load.at(t)

    def loads_at(self, times: Array) -> Array:
        """Return (T,) shares of the rated load."""
        return np.ones(len(times)) if self.load is None else np.interp(times, self.load.times, self.load.values)

    def turns_at(self, times: Array) -> Array:
        """Return (T,) turns of the shaft since time 0: the exact integral of a speed linear between samples."""
        if self.speed is None:
            return np.zeros(len(times))
        knots, speeds, total = self._knots
        at = np.interp(times, knots, speeds)
        before = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 1)
        since = np.asarray(times) - knots[before]
        return total[before] + 0.5 * (speeds[before] + at) * since

    def is_steady(self, start: float, end: float) -> bool:
        """Return whether the speed is the same all through a stretch of time [s]."""
        if self.speed is None:
            return True
        knots, speeds, _ = self._knots
        first = max(int(np.searchsorted(knots, start, side="right")) - 1, 0)
        there = speeds[first : int(np.searchsorted(knots, end)) + 1]
        return bool((there == there[0]).all())

    @cached_property
    def _knots(self) -> tuple[Array, Array, Array]:
        """(times, turns per second, turns since time 0) of the speed's samples."""
        assert self.speed is not None
        knots, speeds = np.asarray(self.speed.times, float), np.asarray(self.speed.values) / (2.0 * math.pi)
        steps = 0.5 * (speeds[1:] + speeds[:-1]) * np.diff(knots)
        return knots, speeds, speeds[0] * knots[0] + np.concatenate([[0.0], np.cumsum(steps)])


def machine_named(recording: Recording, name: str | None) -> Machine:
    """Return the machine that a sensor stands on, or the machine of the component that it stands on.

    Raises:
        RunError: it stands on nothing, or on no body of the recording.
    """
    if name is None or name not in recording.scene:
        raise RunError(f"a signal sensor stands on a machine, got {name!r}")
    name = str(recording.scene[name].shape.details.get("machine", name))
    parts = []
    for body in recording.scene:
        facts = body.shape.details
        if facts.get("machine") == name and facts.get("part") is not None:
            wear = recording.channel(body.name, "severity")
            parts.append(Part(body.name, str(facts["part"]), str(facts.get("fault", "")), facts, wear))
    found = [recording.channel(name, channel) for channel in ("speed", "load", "ambient")]
    return Machine(name, tuple(parts), *found)

"""Ramps of a motorway: where they run beside its lanes, and the extra lane by which one enters or leaves.

A ramp runs parallel to the motorway, swings over along a quintic whose slope and bend are 0 at both ends, and
goes on as the extra lane, or the other way round. RAA (2008): extra lanes of 250 m, 60 m beyond to taper off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RUN_OUT", "Ramp", "Stretch", "entry_ramp", "exit_ramp", "extra_lane"]

RUN_OUT = 60.0
"""Paved length beyond the end of an extra lane [m]."""
_SWING = 160.0  # length along which a ramp swings over [m]
_APART = 13.0  # from the middle of the extra lane to that of the ramp where it runs parallel [m]
_GOES_ON = 300.0  # length of the parallel part [m]
_HALF = 3.0  # half the paved width of a ramp [m]

Band = tuple[float, float, str, float]
Line = tuple[float, float, str, str]


@dataclass(frozen=True)
class Stretch:
    """A part of a road with a cross-section of its own.

    Args:
        begins, ends: where along the road [m].
        strips: as of a road.
        markings: as of a road.
        lanes: rows of the lanes that are there.
    """

    begins: float
    ends: float
    strips: tuple[Band, ...]
    markings: tuple[Line, ...]
    lanes: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Ramp:
    """A ramp beside a motorway.

    Args:
        begins, ends: where it swings over [m].
        from_d, to_d: way across of its middle there [m].
        paved: s between which it is there [m].
        half: half its paved width [m].
    """

    begins: float
    ends: float
    from_d: float
    to_d: float
    paved: tuple[float, float]
    half: float = _HALF

    def middle(self, s: float) -> float:
        """Return the way across of its middle at s [m]."""
        x = min(max((s - self.begins) / (self.ends - self.begins), 0.0), 1.0)
        return self.from_d + (self.to_d - self.from_d) * x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)

    def slope(self, s: float) -> float:
        """Return the change of `middle` along the road at s."""
        x = min(max((s - self.begins) / (self.ends - self.begins), 0.0), 1.0)
        return (self.to_d - self.from_d) * 30.0 * x * x * (1.0 - x) * (1.0 - x) / (self.ends - self.begins)

    def covers(self, s: float, d: float, margin: float) -> bool:
        """Return whether a place is on it or nearer than a margin [m]."""
        inside = self.paved[0] - margin <= s <= self.paved[1] + margin
        return inside and abs(d - self.middle(s)) < self.half + margin


def extra_lane(settings: Mapping[str, Any], origin: float) -> tuple[tuple[float, float], ...]:
    """Return (from s, to s) where the extra lane of a highway is there, in order; () where there is none.

    Args:
        settings: of the highway.
        origin: s of ego's start [m].
    """
    parts = sorted(
        (origin + one["at"], origin + one["at"] + one["length"])
        for one in (settings["entry"], settings["exit"])
        if one is not None
    )
    if len(parts) == 2 and parts[1][0] <= parts[0][1] + 2.0 * RUN_OUT:
        parts = [(parts[0][0], max(parts[0][1], parts[1][1]))]  # one lane from the entry to the exit
    return tuple(parts)


def entry_ramp(begins: float, d: float) -> Ramp:
    """Return the ramp that leads to an extra lane whose middle is at d, and begins at s [m]."""
    swing = begins - _SWING
    return Ramp(swing, begins, d - _APART, d, (swing - _GOES_ON, begins))


def exit_ramp(ends: float, d: float) -> Ramp:
    """Return the ramp that goes on where an extra lane ends."""
    swing = ends + _SWING
    return Ramp(ends, swing, d, d - _APART, (ends, swing + _GOES_ON))

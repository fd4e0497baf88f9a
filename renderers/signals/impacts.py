"""Blows that make a machine ring: every ball over a pit, every cracked tooth in mesh.

Hits are counted in turns of the shaft, so they follow its speed. Between two of them lies one over the fault's
order, give or take the slip, and what they lose or gain stays lost or gained: the train is cyclostationary, not
periodic, and its lines widen with their order.

Source: McFadden & Smith (1984); Randall & Antoni (2011).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from renderers.signals.machine import Machine, Part
from renderers.signals.randomness import normals, window_key
from sim.bearings import Bearing, fault_orders
from sim.geometry import Array
from sim.noise import Noise

__all__ = ["FAULTS", "Impacts", "Pattern", "pattern_of", "struck"]

_SLIP, _STRENGTH, _FIRST = 1, 2, 3

_SETTLING = 0.05
"""Trains begin this long before a window [s], whatever the sensor, so that all sensors hear the same hits."""

_STEP = 1e-3
"""Between two moments at which the phase of the shaft is looked up [s]."""


@dataclass(frozen=True)
class _Character:
    """How a bearing's fault sounds: its loudness, what modulates it, and how irregular it is.

    Args:
        loudness: relative to a pit in the outer race.
        depth: of the modulation, relative.
        order: turns of what modulates per turn of the shaft; "cage" for the cage's.
        spread: of the logarithm of single hits.
        slip: by how much more irregular than the bearing's own slip.
        crowd: hits each time the pit passes.
    """

    loudness: float
    depth: float
    order: float | str
    spread: float
    slip: float
    crowd: int = 1


FAULTS = {
    # Fitted to CWRU records 130 (outer race, at 6 o'clock) and 105 (inner race). Depths: the sidebands at the
    # shaft's speed lie 17 and 23 dB below the fault's first line. Spread: a pit that turns with the shaft is
    # met under changing load, and its record has the larger crest factor, 6.0 against 5.4, at a lower
    # kurtosis. Slip: in the load zone balls roll, and four harmonics of record 130 stay within 10 dB.
    "outer_race": _Character(1.0, 0.27, 1.0, 0.02, 0.25),
    "inner_race": _Character(0.8, 0.12, 1.0, 0.20, 0.9),
    # Record 118 has no line of its ball, a kurtosis of 2.97 and twice the good bearing's rms: a ball turns
    # about changing axes, and its pit makes a crowd of slight, irregular hits that run into each other.
    "ball": _Character(0.056, 0.05, "cage", 0.3, 100.0, 20),
    "cage": _Character(0.3, 0.0, 1.0, 0.2, 2.0),
}
"""The faults of bearings."""

LOUDEST = 100.0
"""Peak acceleration where a pit of severity 1 in the outer race is hit at rated load [m/s2].

With the resonance of a bearing housing this is about 22 m/s2 rms; runs to failure end between 10 and 50.
"""

CRACKED = 40.0
"""The same of a tooth that is about to break off [m/s2]."""


@dataclass(frozen=True)
class Pattern:
    """A train of hits as a fault makes it.

    Args:
        order: hits per turn of the machine's shaft.
        slip: standard deviation of the interval, relative.
        depth: of the modulation of their strength.
        modulation: turns of what modulates per turn of the machine's shaft.
        spread: standard deviation of the logarithm of their strength.
        loudness: peak acceleration at severity 1 and rated load [m/s2].
        crowd: hits each time the fault passes; the order of the fault is that of its hits over this.
    """

    order: float
    slip: float
    depth: float
    modulation: float
    spread: float
    loudness: float
    crowd: int = 1


@dataclass(frozen=True)
class Impacts:
    """Hits in a window: (H,) moments [s], ascending, and (H,) peak accelerations [m/s2]."""

    times: Array
    strengths: Array


def pattern_of(part: Part) -> Pattern | None:
    """Return how a part's fault knocks, None where it does not.

    Raises:
        ValueError: it is a bearing of impossible geometry.
    """
    if part.kind == "gear" and part.fault == "gear_crack":
        return Pattern(part.ratio, 0.0, 0.0, 1.0, 0.15, CRACKED)
    if part.kind != "bearing" or part.fault not in FAULTS:
        return None
    sound = FAULTS[part.fault]
    order, cage = _bearing_orders(part)
    modulation = cage if sound.order == "cage" else float(sound.order)
    return Pattern(
        order * sound.crowd * part.ratio,
        part.fact("slip") * sound.slip,
        sound.depth,
        modulation * part.ratio,
        sound.spread,
        LOUDEST * sound.loudness,
        sound.crowd,
    )


def _bearing_orders(part: Part) -> tuple[float, float]:
    """Return (hits, turns of the cage) per turn of the bearing's shaft, the cage's creep included."""
    bearing = Bearing(
        int(part.fact("balls")),
        part.fact("ball_diameter"),
        part.fact("pitch_diameter"),
        part.fact("contact_angle"),
    )
    orders = fault_orders(bearing)
    cage = orders.cage * (1.0 + part.fact("creep"))
    hits = {
        "outer_race": bearing.balls * cage,
        "inner_race": bearing.balls * (1.0 - cage),
        "ball": 2.0 * orders.ball * (1.0 - cage) / (1.0 - orders.cage),  # it rolls on the race that turns away
        "cage": cage,
    }
    return hits[part.fault], cage


def struck(
    part: Part, pattern: Pattern, machine: Machine, window: tuple[float, float], noise: Noise
) -> Impacts:
    """Return the hits of a part's fault in a window and a little before it.

    Args:
        part: what is hit.
        pattern: how.
        machine: the machine it belongs to.
        window: (start, end) [s].
        noise: of the episode; the hits are the part's own, the same for all sensors that look at that moment.
    """
    start, end = window
    severity, load = part.severity(start), machine.load_at(start)
    steps = 1 if machine.is_steady(start - _SETTLING, end) else math.ceil((end - start + _SETTLING) / _STEP)
    times = np.linspace(start - _SETTLING, end, steps + 1)
    turns = machine.turns_at(times)
    if severity <= 0.0 or turns[-1] <= turns[0]:
        return Impacts(np.empty(0), np.empty(0))
    key = window_key(noise, part.name, "hits", start)
    place = _places(part, pattern, (turns[0], turns[-1]), key, noise)
    times = np.interp(place, turns, times)
    angle = 2.0 * math.pi * (pattern.modulation * place + noise.uniform(part.name, "angle"))
    loudness = pattern.loudness * severity * math.sqrt(max(load, 0.0))
    lively = np.exp(pattern.spread * normals(key, _STRENGTH, len(place)) - 0.5 * pattern.spread**2)
    return Impacts(times, loudness * (1.0 + pattern.depth * np.cos(angle)) * lively)


def _places(part: Part, pattern: Pattern, turns: tuple[float, float], key: Any, noise: Noise) -> Array:
    """Return where in turns of the shaft the hits fall."""
    first, last = turns
    if pattern.slip == 0.0:  # a tooth keeps its place on the shaft
        begin = noise.uniform(part.name, "tooth")
        hits = np.arange(math.ceil(first * pattern.order - begin), math.floor(last * pattern.order - begin) + 1)
        return np.asarray((hits + begin) / pattern.order)
    span = (last - first) * pattern.order
    count = math.ceil(span + 6.0 * pattern.slip * math.sqrt(span) + 4.0)
    steps = np.maximum(1.0 + pattern.slip * normals(key, _SLIP, count), 0.05)
    steps[0] *= ndtr(normals(key, _FIRST, 1)[0])
    place = first + np.cumsum(steps) / pattern.order
    return place[place < last]

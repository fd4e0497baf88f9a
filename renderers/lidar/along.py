"""What comes back along one beam: its parts sorted and joined to echoes, and what floats before them.

What comes back within `SEPARATION` is one echo, at the mean of its parts by their strength.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.lidar.air import Air
from renderers.lidar.draws import chance
from sim.compiled import inner
from sim.geometry import Array

__all__ = ["SEPARATION", "Echoes", "add_floating", "joined", "looked_up"]

SEPARATION = 0.75
"""Least distance of two echoes that are told apart [m]: half a pulse of 5 ns. Assumption."""

_AIR = -1


class Echoes(NamedTuple):
    """What comes back along a beam: range, signal, and whose it is, -1 for what floats."""

    way: Array
    signal: Array
    body: NDArray[np.int32]


@inner
def joined(echoes: Echoes, found: int) -> int:
    """Sort by range, join what comes back together, and return the number of echoes left."""
    if found < 2:
        return found
    way, signal, body = echoes.way, echoes.signal, echoes.body
    for i in range(1, found):
        j = i
        while j > 0 and way[j - 1] > way[j]:
            way[j - 1], way[j] = way[j], way[j - 1]
            signal[j - 1], signal[j] = signal[j], signal[j - 1]
            body[j - 1], body[j] = body[j], body[j - 1]
            j -= 1
    left, first = 0, 0
    while first < found:
        last, total, moment, best = first, 0.0, 0.0, first
        while last < found and way[last] - way[first] < SEPARATION:
            total, moment = total + signal[last], moment + signal[last] * way[last]
            if signal[last] > signal[best]:
                best = last
            last += 1
        body[left] = body[best]
        way[left] = moment / total if total > 0.0 else way[first]
        signal[left] = total
        left, first = left + 1, last
    return left


@inner
def looked_up(table: np.ndarray, step: float, way: float) -> float:
    """Return the value of a table at a range."""
    x = min(way / step, table.shape[0] - 1.0)
    k = min(int(x), table.shape[0] - 2)
    return table[k] + (x - k) * (table[k + 1] - table[k])


@inner
def _where(table: np.ndarray, step: float, value: float) -> float:
    """Return the range at which an ascending table reaches a value."""
    low, k = 0, table.shape[0] - 1
    while k - low > 1:
        middle = (low + k) // 2
        if table[middle] < value:
            low = middle
        else:
            k = middle
    return step * (k - 1 + (value - table[k - 1]) / (table[k] - table[k - 1]))


@inner
def add_floating(
    echoes: Echoes, found: int, air: Air, farthest: float, place: float, fog_place: float, size: np.uint64,
    unevenness: np.uint64,
) -> int:  # fmt: skip
    """Add what drops, flakes or fog before the last surface send back; return the number of echoes.

    Args:
        echoes: of the beam, joined.
        found: how many there are.
        air: what floats in it.
        farthest: range that counts where nothing is met [m].
        place: chance that tells where a particle is.
        fog_place: where the fog's echo comes from.
        size: random bits that tell how large the particle is.
        unevenness: and how thick the fog.
    """
    limit = echoes.way[found - 1] if found > 0 else farthest
    if air.crowd.shape[0] > 0:
        wanted = -math.log(place)
        if wanted < looked_up(air.crowd, air.step, limit):
            way = _where(air.crowd, air.step, wanted)
            excess = 1.0 - math.log(chance(size)) * looked_up(air.spread, air.step, way)
            echoes.way[found], echoes.signal[found], echoes.body[found] = way, excess * excess, _AIR
            found += 1
    if air.fog.shape[0] > 0 and fog_place < looked_up(air.fog_place, air.step, limit):
        way = _where(air.fog_place, air.step, fog_place)
        echoes.way[found], echoes.body[found] = way, _AIR
        echoes.signal[found] = -math.log(chance(unevenness)) * looked_up(air.fog, air.step, way)
        found += 1
    return found

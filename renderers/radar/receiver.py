"""From echoes to detections: what is too close merges, what is too weak is missed, what noise does is told.

Echoes that lie within one cell of a stronger one in range, in azimuth and in speed are one with it; those that
differ by a cell in any of the three are told apart. The echo of a cell has the power

    x = |sqrt(a) + sqrt(1 + b) z|^2

with a that of what is steady, b that of what fluctuates, both over the noise, and z complex and normal with
E|z|^2 = 1. It is told where x > -ln P_fa, so that

    P_d = P_fa^(1 / (1 + b))                             for what fluctuates (Swerling I)
    P_d = Q_1(sqrt(2 a), sqrt(-2 ln P_fa))               for a corner reflector (Marcum's function)

Range, azimuth and speed err by cell / sqrt(2 x) (Skolnik 2008, chapter 18), at least by a fiftieth of a cell.
Fluctuations differ from sweep to sweep and from body to body; those of two points of one body, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.radar.echoes import GHOST, NOISE, Echoes, Radar
from renderers.radar.models import Model
from sim.noise import Noise

__all__ = ["Cell", "Detection", "false_alarms", "heard", "merged"]

_FAINT = 0.3
"""Mean power over noise below which a cell is noise: it would be told once in 10^5, as false alarms are."""
_FINEST = 0.02
_MANY = 4096
"""Cells of one body in one sweep at most; addresses of noise are so far apart."""


@dataclass(frozen=True)
class Cell:
    """What a radar cannot tell apart: power-weighted means of the echoes in it.

    Args:
        range: [m].
        azimuth: [rad].
        elevation: [rad].
        rate: [m/s].
        steady: power over noise.
        fluctuating: power over noise.
        body: stage number of the strongest echo's body, -1 for none.
        source: of the strongest echo, a place in `SOURCES`.
    """

    range: float
    azimuth: float
    elevation: float
    rate: float
    steady: float
    fluctuating: float
    body: int
    source: int


@dataclass(frozen=True)
class Detection:
    """What is told of a cell, and the cell.

    Args:
        range: [m].
        azimuth: [rad].
        rate: [m/s].
        power: over noise.
        cell: the truth.
    """

    range: float
    azimuth: float
    rate: float
    power: float
    cell: Cell


def merged(echoes: Echoes, is_steady: NDArray[np.bool_], model: Model) -> list[Cell]:
    """Return the cells, the one with the strongest echo first.

    Args:
        echoes: of one moment.
        is_steady: (B,) whether the echoes of each body do not fluctuate.
        model: whose cells count.
    """
    order = np.lexsort((np.arange(len(echoes.snr)), -echoes.snr))
    order = order[echoes.snr[order] > 1e-3 * _FAINT]
    place = np.stack(
        [
            echoes.range / model.range_cell,
            np.sin(echoes.azimuth) / model.azimuth_cell,
            echoes.rate / model.speed_cell,
        ],
        axis=1,
    )[order]
    group = np.full(len(order), -1, np.int64)
    count = _grouped(place, group)
    power = echoes.snr[order]
    total = np.bincount(group, power, count)
    steady = np.bincount(group, np.where(is_steady[echoes.body[order]], power, 0.0), count)
    ranges, azimuth, elevation, rate = (
        (np.bincount(group, power * value[order], count) / total).tolist()
        for value in (echoes.range, echoes.azimuth, echoes.elevation, echoes.rate)
    )
    leader = order[np.unique(group, return_index=True)[1]] if count else order
    return [
        Cell(
            ranges[k], azimuth[k], elevation[k], rate[k], float(steady[k]), float(total[k] - steady[k]),
            int(echoes.body[leader[k]]), int(echoes.source[leader[k]]),
        )
        for k in range(count)
    ]  # fmt: skip


@nb.njit(cache=True, nogil=True)
def _grouped(place: np.ndarray, group: np.ndarray) -> int:
    """Write the group of each of the (n, 3) places, the strongest first, and return their number."""
    count = 0
    for k in range(len(place)):
        if group[k] >= 0:
            continue
        for n in range(k, len(place)):
            if (
                group[n] < 0
                and abs(place[n, 0] - place[k, 0]) < 1.0
                and abs(place[n, 1] - place[k, 1]) < 1.0
                and abs(place[n, 2] - place[k, 2]) < 1.0
            ):
                group[n] = count
        count += 1
    return count


def heard(
    cells: list[Cell], radar: Radar, noise: Noise, names: tuple[str, ...], *, sensor: str, index: int, t: float
) -> list[Detection]:
    """Return what passes the threshold in one sweep.

    Args:
        cells: of the sweep.
        radar: what it can do.
        noise: of the episode.
        names: (B,) of the bodies; each has fluctuations of its own.
        sensor: name of the radar.
        index: of the sweep.
        t: its moment [s].
    """
    found: list[Detection] = []
    seen: dict[str, int] = {}
    for cell in cells:
        if cell.steady + cell.fluctuating < _FAINT:
            continue
        name = names[cell.body] + ("'" if cell.source == GHOST else "")
        place = seen[name] = seen.get(name, -1) + 1
        at = index * _MANY + place
        real, imaginary, *errors = (
            noise.normal(f"{sensor}:{name}", stream, at, t)
            for stream in ("re", "im", "range", "azimuth", "rate")
        )
        spread = math.sqrt(0.5 * (1.0 + cell.fluctuating))
        power = (math.sqrt(cell.steady) + spread * real) ** 2 + (spread * imaginary) ** 2
        if power > radar.model.threshold:
            found.append(_told(cell, radar, power, errors))
    return [one for one in found if _is_told(one, radar)]


def _told(cell: Cell, radar: Radar, power: float, errors: list[float]) -> Detection:
    model = radar.model
    share = max(1.0 / math.sqrt(2.0 * power), _FINEST)
    across = math.sin(cell.azimuth) + share * model.azimuth_cell * errors[1]
    return Detection(
        cell.range + share * model.range_cell * errors[0],
        math.asin(min(max(across, -1.0), 1.0)),
        cell.rate + share * model.speed_cell * errors[2],
        power,
        cell,
    )


def _is_told(one: Detection, radar: Radar) -> bool:
    model = radar.model
    return radar.nearest < one.range < model.range and model.slowest < one.rate < model.fastest


def false_alarms(
    model: Model, nearest: float, noise: Noise, *, sensor: str, index: int, t: float
) -> list[Detection]:
    """Return what noise alone makes of a sweep: as many as the cells make it, anywhere in the view, just above.

    Args:
        model: the radar.
        nearest: nearest range told [m].
        noise: of the episode.
        sensor: name of the radar.
        index: of the sweep.
        t: its moment [s].
    """

    def uniform(stream: str, k: int) -> float:
        return noise.uniform(f"{sensor}:noise", stream, index * _MANY + k, t)

    # The number is Poisson's: as many exponential gaps as fit into the mean.
    found: list[Detection] = []
    mean, passed = model.false_alarm * model.cells, -math.log(uniform("gap", 0))
    side = math.sin(min(0.5 * model.fov, 0.5 * math.pi))
    while passed < mean and len(found) < _MANY - 1:
        k = len(found)
        ranges = nearest + (model.range - nearest) * uniform("range", k)
        azimuth = math.asin(side * (2.0 * uniform("azimuth", k) - 1.0))
        rate = model.slowest + (model.fastest - model.slowest) * uniform("rate", k)
        power = model.threshold - math.log(uniform("power", k))
        found.append(
            Detection(ranges, azimuth, rate, power, Cell(ranges, azimuth, 0.0, rate, 0.0, 0.0, -1, NOISE))
        )
        passed -= math.log(uniform("gap", k + 1))
    return found

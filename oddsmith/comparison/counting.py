"""What is counted in trajectories, simulated or recorded in the same way: speeds, headways, cut-ins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from oddsmith.comparison.trajectories import Trajectory

__all__ = ["STATISTICS", "STEP", "Counted", "count"]

STEP = 0.5
"""Time between two looks [s]; speeds are taken over two of it."""

STATISTICS = {
    "speed": "m/s",
    "acceleration": "m/s2",
    "headway": "s",
    "cut_in_gap": "m",
    "cut_in_ttc": "s",
}
"""Statistic -> its unit."""

_FOLLOWS = 10.0  # headway beyond which nobody follows [s]
_ROLLS = 1.0  # speed from which a headway says something [m/s]
_CLOSES = 20.0  # time to collision beyond which a cut-in is none to its follower [s]


@dataclass(frozen=True)
class Counted:
    """What some traffic shows.

    Args:
        samples: statistic -> one array per vehicle, the blocks that are resampled: what one driver does at one
            moment and the next is not independent.
        metres: (V,) way of each vehicle [m].
        lane_changes: (V,) of each vehicle.
        cut_ins: (V,) lane changes of each vehicle before somebody who follows.
    """

    samples: dict[str, list[NDArray[np.float64]]]
    metres: NDArray[np.float64]
    lane_changes: NDArray[np.int64]
    cut_ins: NDArray[np.int64]


@dataclass
class _Grid:
    """Vehicles of one recording at common moments; NaN and -1 where one is not there."""

    forward: NDArray[np.float64]
    speed: NDArray[np.float64]
    acceleration: NDArray[np.float64]
    lanes: NDArray[np.int64]
    lengths: NDArray[np.float64]


def count(trajectories: Sequence[Trajectory]) -> Counted:
    """Count what is asked, vehicle by vehicle.

    Speed is the way over 1 s around a moment by that second, acceleration the difference of two such ways 0.5 s
    apart on either side; headway is the clear way to the next ahead in the lane by the own speed, up to 10 s.
    A cut-in is a lane change with somebody behind in the new lane who has a headway up to 10 s: its gap, and
    its time to collision where the follower is faster, up to 20 s.
    """
    samples: dict[str, list[NDArray[np.float64]]] = {name: [] for name in STATISTICS}
    metres: list[float] = []
    changes: list[int] = []
    cut_ins: list[int] = []
    ordered = sorted(trajectories, key=lambda one: one.recording)  # stable: vehicles keep their order
    for _, group in groupby(ordered, key=lambda one: one.recording):
        ways = list(group)
        grid = _on_grid(ways)
        for v, way in enumerate(ways):
            metres.append(float(np.abs(np.diff(way.forward)).sum()))
            found, changed = _of_vehicle(grid, v)
            for name in STATISTICS:
                samples[name].append(np.array(found[name], np.float64))
            changes.append(changed)
            cut_ins.append(len(found["cut_in_gap"]))
    return Counted(samples, np.array(metres), np.array(changes, np.int64), np.array(cut_ins, np.int64))


def _on_grid(ways: list[Trajectory]) -> _Grid:
    first = math.ceil(min(float(way.times[0]) for way in ways) / STEP - 1e-9)
    last = math.floor(max(float(way.times[-1]) for way in ways) / STEP + 1e-9)
    times = np.arange(first, last + 1) * STEP
    shape = (len(ways), len(times))
    forward, lanes = np.full(shape, np.nan), np.full(shape, -1, np.int64)
    for v, way in enumerate(ways):
        inside = (times >= way.times[0] - 1e-9) & (times <= way.times[-1] + 1e-9)
        forward[v, inside] = np.interp(times[inside], way.times, way.forward)
        before = np.searchsorted(way.times, times[inside] + 1e-9, side="right") - 1
        lanes[v, inside] = way.lanes[np.maximum(before, 0)]
    speed, acceleration = np.full(shape, np.nan), np.full(shape, np.nan)
    speed[:, 1:-1] = (forward[:, 2:] - forward[:, :-2]) / (2 * STEP)
    acceleration[:, 2:-2] = (speed[:, 3:-1] - speed[:, 1:-3]) / (2 * STEP)
    return _Grid(forward, speed, acceleration, lanes, np.array([way.length for way in ways]))


def _of_vehicle(grid: _Grid, v: int) -> tuple[dict[str, list[float]], int]:
    """Return the samples of one vehicle, and how often it changed lanes."""
    speed, acceleration = grid.speed[v], grid.acceleration[v]
    headway: list[float] = []
    gaps: list[float] = []
    ttcs: list[float] = []
    changes = 0
    for k in np.flatnonzero(np.isfinite(speed)):
        gap, _ = _next_in_lane(grid, v, int(k), ahead=True)
        if speed[k] > _ROLLS and 0.0 < gap <= _FOLLOWS * speed[k]:
            headway.append(gap / float(speed[k]))
        if k > 0 and grid.lanes[v, k - 1] >= 0 and grid.lanes[v, k] != grid.lanes[v, k - 1]:
            changes += 1
            gap, follower = _next_in_lane(grid, v, int(k), ahead=False)
            closing = float(grid.speed[follower, k] - speed[k]) if follower >= 0 else math.nan
            if 0.0 < gap <= _FOLLOWS * (closing + speed[k]):
                gaps.append(gap)
                if closing > 0.0 and gap <= _CLOSES * closing:
                    ttcs.append(gap / closing)
    found = {
        "speed": speed[np.isfinite(speed)].tolist(),
        "acceleration": acceleration[np.isfinite(acceleration)].tolist(),
        "headway": headway,
        "cut_in_gap": gaps,
        "cut_in_ttc": ttcs,
    }
    return found, changes


def _next_in_lane(grid: _Grid, v: int, k: int, *, ahead: bool) -> tuple[float, int]:
    """Return the clear way to the next vehicle in one's lane, and who it is; (inf, -1) if there is none."""
    way = (grid.forward[:, k] - grid.forward[v, k]) * (1.0 if ahead else -1.0)
    there = (grid.lanes[:, k] == grid.lanes[v, k]) & (way > 0.0)
    if not there.any():
        return math.inf, -1
    other = int(np.argmin(np.where(there, way, np.inf)))
    return float(way[other] - 0.5 * (grid.lengths[v] + grid.lengths[other])), other

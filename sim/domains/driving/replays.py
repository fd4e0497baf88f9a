"""Vehicles that follow a recorded trajectory: a CSV of where one was, relative to where it starts.

Columns `t` [s], `forward` [m] along the road and, if there is one, `left` [m]. Between the samples goes a cubic
(Catmull-Rom tangents), so that speeds are continuous; beyond the last one the vehicle goes on as it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.replay_files import read_trace
from sim.geometry import Array

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["follow_trace", "replayed_top_speed"]


def follow_trace(world: World, name: str, path: Path) -> None:
    """Let a vehicle follow a trace from the start on; nobody drives it until it is hit."""
    times, places = _arrays(Path(path))
    state, side = world.state(name), world.direction(name)
    first = world.reserve_path(3 * len(times))
    slopes = _tangents(times, places)
    rows: list[tuple[float, float]] = []
    for t, (forward, left), (speed, drift) in zip(
        times.tolist(), places.tolist(), slopes.tolist(), strict=True
    ):
        rows.append((t, 0.0))
        rows.append((float(state[c.S]) + side * forward, side * speed))
        rows.append((float(state[c.D]) + side * left, side * drift))
    state[c.V] = slopes[0, 0]
    world.start(_begin(world, name, first, rows))


def _begin(world: World, name: str, first: int, rows: list[tuple[float, float]]) -> Process:
    world.set_path(first, rows)
    commands = world.commands(name)
    commands[c.PATH0], commands[c.PATH1] = first, first + len(rows)
    world.state(name)[c.LEG] = first
    commands[c.MODE] = c.REPLAYED
    yield world.clock.until(0.0)


def replayed_top_speed(path: Path) -> float:
    """Return the highest mean speed between two samples of a trace [m/s]."""
    times, places = _arrays(Path(path))
    return float(np.max(np.abs(np.diff(places[:, 0])) / np.diff(times)))


def _tangents(times: Array, places: Array) -> Array:
    """Return (T, 2) rates at the samples: of the parabola through three neighbours, of a line at the ends."""
    rates = np.diff(places, axis=0) / np.diff(times)[:, None]
    gaps = np.diff(times)[:, None]
    inner = (rates[:-1] * gaps[1:] + rates[1:] * gaps[:-1]) / (gaps[1:] + gaps[:-1])
    return np.concatenate([rates[:1], inner, rates[-1:]])


def _arrays(path: Path) -> tuple[Array, Array]:
    """Return (T,) times [s] and (T, 2) ways forward and to the left [m] of a trace."""
    table = np.array(read_trace(path))
    return table[:, 0], table[:, 1:]

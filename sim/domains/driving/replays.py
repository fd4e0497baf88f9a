"""Vehicles that follow a recorded trajectory: a CSV of where one was, relative to where it starts.

Columns `t` [s], `forward` [m] along the road and, if there is one, `left` [m]. Between the samples goes a cubic
(Catmull-Rom tangents), so that speeds are continuous; beyond the last one the vehicle goes on as it was.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.driving import layout as c
from sim.errors import RunError
from sim.geometry import Array

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["follow_trace", "read_trace", "replayed_top_speed"]

_COLUMNS = ("t", "forward", "left")
_LEAST = 2  # samples a trace needs


def follow_trace(world: World, name: str, path: Path) -> None:
    """Let a vehicle follow a trace from the start on; nobody drives it until it is hit."""
    times, places = read_trace(Path(path))
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
    times, places = read_trace(Path(path))
    return float(np.max(np.abs(np.diff(places[:, 0])) / np.diff(times)))


def _tangents(times: Array, places: Array) -> Array:
    """Return (T, 2) rates at the samples: of the parabola through three neighbours, of a line at the ends."""
    rates = np.diff(places, axis=0) / np.diff(times)[:, None]
    gaps = np.diff(times)[:, None]
    inner = (rates[:-1] * gaps[1:] + rates[1:] * gaps[:-1]) / (gaps[1:] + gaps[:-1])
    return np.concatenate([rates[:1], inner, rates[-1:]])


def read_trace(path: Path) -> tuple[Array, Array]:
    """Return (T,) times [s] and (T, 2) ways forward and to the left [m] of a trace.

    Raises:
        RunError: the file is no such table; the message names the file and the line.
    """
    return _parsed(path.name, path.read_bytes())


@lru_cache(maxsize=64)
def _parsed(name: str, content: bytes) -> tuple[Array, Array]:
    """Return the trace in a file's content, which is read anew for every episode but understood once."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RunError(f"{name} is not a text in UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip() for cell in next(lines, [])]
    _check_header(name, header)
    rows: list[tuple[float, ...]] = []
    for cells in lines:
        if any(cell.strip() for cell in cells):
            rows.append(_row(f"{name}:{lines.line_num}", header, cells, rows))
    if len(rows) < _LEAST:
        raise RunError(f"{name}: a trace needs at least {_LEAST} samples, this one has {len(rows)}")
    table = np.array(rows)
    return table[:, 0], table[:, 1:]


def _check_header(name: str, header: list[str]) -> None:
    missing = [column for column in _COLUMNS[:2] if column not in header]
    unknown = [cell for cell in header if cell not in _COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        found = ", ".join(header) or "nothing"
        raise RunError(f"{name}:1: expected the columns t [s], forward [m] and perhaps left [m], found {found}")


def _row(where: str, header: list[str], cells: list[str], before: list[tuple[float, ...]]) -> tuple[float, ...]:
    if len(cells) != len(header):
        raise RunError(f"{where}: expected {len(header)} numbers, found {len(cells)}")
    values = {}
    for column, cell in zip(header, cells, strict=True):
        try:
            values[column] = float(cell)
        except ValueError:
            values[column] = np.nan
        if not np.isfinite(values[column]):
            raise RunError(f"{where}: {column} is no finite number: '{cell.strip()}'")
    if not before and values["t"] != 0.0:
        raise RunError(f"{where}: t begins at {values['t']:g}; the first sample is that of the start, t = 0")
    if before and values["t"] <= before[-1][0]:
        raise RunError(f"{where}: t does not grow: {values['t']:g} after {before[-1][0]:g}")
    return values["t"], values["forward"], values.get("left", 0.0)

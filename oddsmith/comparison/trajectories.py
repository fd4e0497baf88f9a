"""Trajectories of vehicles on a road with lanes side by side, and the CSV file they come in.

Columns: `vehicle`, `t` [s], `forward` [m] along the road from a common line, of the vehicle's middle, and
`lane`, a whole number; and if there are any, `recording`, where a file holds several, and `length` [m], 4.5 m
unless given. The rows of a vehicle stand in time order; those of different vehicles may be mixed.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import RunError

__all__ = ["LENGTH", "Trajectory", "read_trajectories"]

LENGTH = 4.5
"""Of a vehicle whose length is not told [m]."""

_NEEDED = ("vehicle", "t", "forward", "lane")
_KNOWN = (*_NEEDED, "recording", "length")


@dataclass(frozen=True)
class Trajectory:
    """The way of one vehicle.

    Args:
        recording: which of several; only vehicles of the same one meet.
        times: (T,) growing [s].
        forward: (T,) way of its middle along the road, growing in the direction of travel [m].
        lanes: (T,) whole numbers.
        length: [m].
    """

    recording: str
    times: NDArray[np.float64]
    forward: NDArray[np.float64]
    lanes: NDArray[np.int64]
    length: float


def read_trajectories(path: Path) -> tuple[Trajectory, ...]:
    """Return the trajectories in a CSV file, in order of recording and vehicle as they first come.

    Raises:
        RunError: the file is no such table; the message names the file and the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream)
            header = [cell.strip() for cell in next(lines, [])]
            _check_header(path.name, header)
            found: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    _take(f"{path.name}:{lines.line_num}", header, cells, found)
    except UnicodeDecodeError:
        raise RunError(f"{path.name} is not a text in UTF-8") from None
    ways = tuple(_trajectory(recording, rows) for (recording, _), rows in found.items() if len(rows) > 1)
    if not ways:
        raise RunError(f"{path.name}: no vehicle has two samples")
    return ways


def _check_header(name: str, header: list[str]) -> None:
    missing = [column for column in _NEEDED if column not in header]
    unknown = [cell for cell in header if cell not in _KNOWN]
    if missing or unknown or len(set(header)) < len(header):
        shown = ", ".join(header) or "nothing"
        raise RunError(
            f"{name}:1: expected the columns vehicle, t [s], forward [m], lane and perhaps recording and "
            f"length [m], found {shown}"
        )


def _take(
    where: str,
    header: list[str],
    cells: list[str],
    found: dict[tuple[str, str], list[tuple[float, float, float, float]]],
) -> None:
    """Add one row to those of its vehicle."""
    if len(cells) != len(header):
        raise RunError(f"{where}: expected {len(header)} cells, found {len(cells)}")
    texts = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    t, forward, lane = (_number(where, texts, column) for column in ("t", "forward", "lane"))
    length = _number(where, texts, "length") if texts.get("length") else LENGTH
    if lane != round(lane):
        raise RunError(f"{where}: lane is no whole number: {texts['lane']}")
    if length <= 0.0:
        raise RunError(f"{where}: length is not positive: {texts['length']}")
    rows = found.setdefault((texts.get("recording", ""), texts["vehicle"]), [])
    if rows and t <= rows[-1][0]:
        raise RunError(f"{where}: t of vehicle {texts['vehicle']} does not grow: {t:g} after {rows[-1][0]:g}")
    rows.append((t, forward, lane, length))


def _number(where: str, texts: dict[str, str], column: str) -> float:
    try:
        value = float(texts[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RunError(f"{where}: {column} is no finite number: '{texts[column]}'")
    return value


def _trajectory(recording: str, rows: list[tuple[float, float, float, float]]) -> Trajectory:
    table = np.array(rows)
    return Trajectory(recording, table[:, 0], table[:, 1], table[:, 2].astype(np.int64), float(table[0, 3]))

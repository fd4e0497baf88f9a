"""CSV files with a recorded trajectory for a vehicle to follow: where one was, relative to where it starts.

Columns `t` [s], `forward` [m] along the road and, if there is one, `left` [m].
"""

from __future__ import annotations

import csv
import io
import math
from functools import lru_cache
from pathlib import Path

from sim.errors import RunError

__all__ = ["Sample", "check_trace", "read_trace"]

Sample = tuple[float, float, float]
"""Moment [s], way forward and to the left [m]."""

_COLUMNS = ("t", "forward", "left")
_LEAST = 2  # samples a trace needs


def read_trace(path: Path) -> tuple[Sample, ...]:
    """Return the samples of a trace, at least two.

    Raises:
        RunError: the file is no such table; the message names the file and the line.
    """
    return _parsed(path.name, path.read_bytes())


def check_trace(path: Path) -> tuple[str, ...]:
    """Return no remarks: all of a trace has an effect.

    Raises:
        RunError: as `read_trace`.
    """
    read_trace(path)
    return ()


@lru_cache(maxsize=64)
def _parsed(name: str, content: bytes) -> tuple[Sample, ...]:
    """Return the trace in a file's content, which is read anew for every episode but understood once."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RunError(f"{name} is not a text in UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip() for cell in next(lines, [])]
    _check_header(name, header)
    rows: list[Sample] = []
    for cells in lines:
        if any(cell.strip() for cell in cells):
            rows.append(_row(f"{name}:{lines.line_num}", header, cells, rows))
    if len(rows) < _LEAST:
        raise RunError(f"{name}: a trace needs at least {_LEAST} samples, this one has {len(rows)}")
    return tuple(rows)


def _check_header(name: str, header: list[str]) -> None:
    missing = [column for column in _COLUMNS[:2] if column not in header]
    unknown = [cell for cell in header if cell not in _COLUMNS]
    if missing or unknown or len(set(header)) < len(header):
        found = ", ".join(header) or "nothing"
        raise RunError(f"{name}:1: expected the columns t [s], forward [m] and perhaps left [m], found {found}")


def _row(where: str, header: list[str], cells: list[str], before: list[Sample]) -> Sample:
    if len(cells) != len(header):
        raise RunError(f"{where}: expected {len(header)} numbers, found {len(cells)}")
    values = {}
    for column, cell in zip(header, cells, strict=True):
        try:
            values[column] = float(cell)
        except ValueError:
            values[column] = math.nan
        if not math.isfinite(values[column]):
            raise RunError(f"{where}: {column} is no finite number: '{cell.strip()}'")
    if not before and values["t"] != 0.0:
        raise RunError(f"{where}: t begins at {values['t']:g}; the first sample is that of the start, t = 0")
    if before and values["t"] <= before[-1][0]:
        raise RunError(f"{where}: t does not grow: {values['t']:g} after {before[-1][0]:g}")
    return values["t"], values["forward"], values.get("left", 0.0)

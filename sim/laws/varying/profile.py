"""A recorded course: one column of a CSV file over another that holds the time."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.laws.base import Array, LawError
from sim.laws.checks import finite
from sim.laws.varying.base import Path, VaryingArgument, VaryingKind
from sim.lazy import np
from sim.noise import Noise

__all__ = ["KIND", "Profile", "profile_rows"]


@dataclass(frozen=True)
class Profile:
    """Values over time, linear between them or held until the next; the ends hold beyond them.

    Args:
        times: moments of the episode, ascending [s].
        values: one per moment, in SI.
        is_linear: whether it goes straight from value to value, rather than in steps.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    is_linear: bool = True

    def __post_init__(self) -> None:
        """Refuse lists that do not match or do not ascend."""
        if not self.times or len(self.times) != len(self.values):
            raise LawError("column", f"{len(self.values)} values but {len(self.times)} times")
        for earlier, later in zip(self.times, self.times[1:], strict=False):
            if not later > earlier:
                raise LawError("time", f"the times must ascend: {later:g} s comes after {earlier:g} s")

    @cached_property
    def _tables(self) -> tuple[Array, Array]:
        return np.array(self.times), np.array(self.values)

    @property
    def low(self) -> float:
        """The least value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The greatest value."""
        return max(self.values)

    def path(self, times: Array, noise: Noise, entity: str, stream: str, *, since: float = 0.0) -> Path:
        """Return the path: a linear one at the times asked for, one of steps where they are."""
        known, values = self._tables
        known = known + since
        if self.is_linear:
            return Path(times, np.interp(times, known, values))
        inside = (known > times[0]) & (known <= times[-1])
        first = max(int(np.searchsorted(known, times[0], side="right")) - 1, 0)
        return Path(np.append(times[0], known[inside]), np.append(values[first], values[inside]))


def profile_rows(text: str, time: str, column: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return (times, values) of two columns of a CSV text with a header line; rows without either are skipped.

    Raises:
        LawError: no such column, a row that has one without the other, a cell that is no finite number, or no
            row at all.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(rows, [])]
    for argument, name in (("time", time), ("column", column)):
        if name not in header:
            raise LawError(argument, f"the file has no column '{name}'; it has: {', '.join(header)[:200]}")
    places = (("time", header.index(time)), ("column", header.index(column)))
    found: list[tuple[float, float]] = []
    for row in rows:
        cells = [(name, row[at].strip() if at < len(row) else "") for name, at in places]
        if any(cell for _, cell in cells):
            moment, value = (_number(name, cell, rows.line_num) for name, cell in cells)
            found.append((moment, value))
    if not found:
        raise LawError("column", f"the columns '{time}' and '{column}' hold no number")
    return tuple(moment for moment, _ in found), tuple(value for _, value in found)


def _number(argument: str, cell: str, line: int) -> float:
    try:
        return finite(argument, float(cell))
    except ValueError:
        raise LawError(argument, f"line {line} holds '{cell[:40]}', not a finite number") from None


def _build(arguments: Mapping[str, Any]) -> Profile:
    if "rows" not in arguments:
        raise LawError("file", "the columns must be read first")
    moments, values = arguments["rows"]
    shift = finite("shift", arguments.get("shift", 0.0))
    times, plus = arguments.get("times", 1.0), arguments.get("plus", 0.0)
    return Profile(
        times=tuple(moment + shift for moment in moments),
        values=tuple(plus + times * value for value in values),
        is_linear=arguments.get("between", "linear") == "linear",
    )


KIND = VaryingKind(
    name="profile",
    doc="A recorded course: a column of a CSV file over a column of times; its ends hold beyond it.",
    example="{profile: {file: trace.csv, time: t, column: speed, unit: km/h}}",
    arguments=(
        VaryingArgument("file", "file", "a CSV file with a header line", required=True),
        VaryingArgument("time", "column", "the column of times", required=True),
        VaryingArgument("column", "column", "the column of values", required=True),
        VaryingArgument("unit", "word", "the unit of the values, if not SI"),
        VaryingArgument("time_unit", "word", "the unit of the times, if not seconds"),
        VaryingArgument(
            "between", "word", "linear from value to value, or step: held until the next; linear unless given",
            options=("linear", "step"),
        ),
        VaryingArgument("shift", "shift", "added to the times of the file: the moment its time 0 falls on"),
    ),
    build=_build,
)  # fmt: skip

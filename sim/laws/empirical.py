"""Laws taken from data: listed values, the bins of a histogram, or the column of a CSV file."""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.laws.base import Argument, Array, LawError, LawKind, NumericLaw, Real
from sim.laws.checks import finite, numbers
from sim.laws.elementary import log, where
from sim.lazy import np

__all__ = ["KIND", "Empirical", "Histogram", "column_values"]


def _checked(weights: tuple[float, ...]) -> float:
    for weight in weights:
        if finite("weights", weight) < 0.0:
            raise LawError("weights", f"a weight must be at least 0, got {weight:g}")
    total = math.fsum(weights)
    if total <= 0.0:
        raise LawError("weights", "the weights sum to 0")
    return total


def _upward(weights: tuple[float, ...]) -> Array:
    """Return (n,) P(X <= value i): sums from below, ending in exactly 1."""
    sums: Array = np.cumsum(weights) / math.fsum(weights)
    sums[np.flatnonzero(np.array(weights))[-1] :] = 1.0
    return sums


def _downward(weights: tuple[float, ...]) -> Array:
    """Return (n,) P(X > value i): sums from above, so that small tails keep their digits."""
    return np.append(np.cumsum(weights[:0:-1])[::-1], 0.0) / math.fsum(weights)


@dataclass(frozen=True)
class Empirical(NumericLaw):
    """Mass on listed values, which ascend; weights need not sum to 1."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse lists that do not match or do not ascend."""
        if not self.values or len(self.values) != len(self.weights):
            raise LawError("weights", f"{len(self.values)} values but {len(self.weights)} weights")
        for value in self.values:
            finite("values", value)
        if any(a >= b for a, b in zip(self.values, self.values[1:], strict=False)):
            raise LawError("values", "the values must ascend")
        _checked(self.weights)

    @classmethod
    def of(cls, values: Sequence[float], weights: Sequence[float] | None = None) -> Empirical:
        """Return the law of values in any order, equal ones merged, with equal weights if none are given."""
        listed = numbers("values", values)
        masses = (1.0,) * len(listed) if weights is None else numbers("weights", weights)
        if not listed or len(listed) != len(masses):
            raise LawError("weights", f"{len(listed)} values but {len(masses)} weights")
        merged: dict[float, float] = {}
        for number, mass in sorted(zip(listed, masses, strict=True)):
            merged[number] = merged.get(number, 0.0) + mass
        return cls(tuple(merged), tuple(merged.values()))

    @cached_property
    def _tables(self) -> tuple[Array, Array, Array]:
        """Values, P(X <= value) and P(X > value)."""
        return np.array(self.values), _upward(self.weights), _downward(self.weights)

    @property
    def is_discrete(self) -> bool:
        """True: all probability sits on the listed values."""
        return True

    @cached_property
    def mean(self) -> float:
        """The weighted mean."""
        return math.fsum(np.multiply(self.values, self.weights)) / math.fsum(self.weights)

    @cached_property
    def variance(self) -> float:
        """The weighted variance about the mean."""
        squares = (np.array(self.values) - self.mean) ** 2
        return math.fsum(squares * np.array(self.weights)) / math.fsum(self.weights)

    @property
    def low(self) -> float:
        """The least value."""
        return self.values[0]

    @property
    def high(self) -> float:
        """The greatest value."""
        return self.values[-1]

    def to_data(self) -> Any:
        """Return {empirical: {values, weights}}."""
        return {"empirical": {"values": list(self.values), "weights": list(self.weights)}}

    def below(self, x: Real) -> Real:
        """Return P(X < x)."""
        before: Any = np.nextafter(x, -np.inf)
        result: Real = self.cdf(before)
        return result

    def reach(self, x: Real) -> Real:
        """Return P(X >= x)."""
        before: Any = np.nextafter(x, -np.inf)
        result: Real = self.sf(before)
        return result

    def next_atom(self, x: float) -> float:
        """Return the least listed value above x; inf if there is none."""
        at = bisect_right(self.values, x)
        return self.values[at] if at < len(self.values) else math.inf

    def last_atom(self, x: float) -> float:
        """Return the greatest listed value up to x; -inf if there is none."""
        at = bisect_right(self.values, x)
        return self.values[at - 1] if at else -math.inf

    def _ppf(self, u: Any) -> Any:
        values, upward, _ = self._tables
        return values[np.searchsorted(upward, u, side="left")]

    def _isf(self, q: Any) -> Any:
        values, _, downward = self._tables
        return values[np.searchsorted(-downward, -np.asarray(q), side="left")]

    def _cdf(self, x: Any) -> Any:
        values, upward, _ = self._tables
        return upward[np.searchsorted(values, x, side="right") - 1]

    def _sf(self, x: Any) -> Any:
        values, _, downward = self._tables
        return downward[np.searchsorted(values, x, side="right") - 1]

    def _log_prob(self, x: Any) -> Any:
        values = self._tables[0]
        at = np.searchsorted(values, x, side="left")
        mass = np.array(self.weights)[at] / math.fsum(self.weights)
        return where(values[at] == x, log(mass), -math.inf)


@dataclass(frozen=True)
class Histogram(NumericLaw):
    """Constant density within each bin: n + 1 ascending edges and n weights, which need not sum to 1."""

    edges: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse edges that do not ascend or do not match the weights."""
        if len(self.edges) < 2 or len(self.edges) != len(self.weights) + 1:
            raise LawError("edges", f"{len(self.weights)} weights need {len(self.weights) + 1} edges")
        for edge in self.edges:
            finite("edges", edge)
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise LawError("edges", "the edges must ascend")
        _checked(self.weights)

    @cached_property
    def _tables(self) -> tuple[Array, Array, Array, Array]:
        """Edges (n + 1), widths (n), P(X <= edge) and P(X > edge), each (n + 1)."""
        edges = np.array(self.edges)
        upward, downward = np.append(0.0, _upward(self.weights)), np.append(1.0, _downward(self.weights))
        return edges, np.diff(edges), upward, downward

    @cached_property
    def mean(self) -> float:
        """The mean of the bin centres, weighted."""
        centres = 0.5 * (np.array(self.edges[1:]) + np.array(self.edges[:-1]))
        return math.fsum(centres * np.array(self.weights)) / math.fsum(self.weights)

    @cached_property
    def variance(self) -> float:
        """The variance between and within bins."""
        edges, widths, _, _ = self._tables
        squares = (edges[:-1] + 0.5 * widths - self.mean) ** 2 + widths**2 / 12.0
        return math.fsum(squares * np.array(self.weights)) / math.fsum(self.weights)

    @property
    def low(self) -> float:
        """The first edge."""
        return self.edges[0]

    @property
    def high(self) -> float:
        """The last edge."""
        return self.edges[-1]

    def to_data(self) -> Any:
        """Return {empirical: {edges, weights}}."""
        return {"empirical": {"edges": list(self.edges), "weights": list(self.weights)}}

    def _ppf(self, u: Any) -> Any:
        edges, widths, upward, _ = self._tables
        at = np.maximum(np.searchsorted(upward, u, side="left") - 1, 0)
        return edges[at] + widths[at] * ((u - upward[at]) / (upward[at + 1] - upward[at]))

    def _isf(self, q: Any) -> Any:
        edges, widths, _, downward = self._tables
        at = np.maximum(np.searchsorted(-downward, -np.asarray(q), side="left") - 1, 0)
        return edges[at + 1] - widths[at] * ((q - downward[at + 1]) / (downward[at] - downward[at + 1]))

    def _cdf(self, x: Any) -> Any:
        edges, _, upward, _ = self._tables
        return np.interp(x, edges, upward)

    def _sf(self, x: Any) -> Any:
        edges, _, _, downward = self._tables
        return np.interp(x, edges, downward)

    def _log_prob(self, x: Any) -> Any:
        edges, widths, _, _ = self._tables
        at = np.minimum(np.searchsorted(edges, x, side="right") - 1, len(widths) - 1)
        return log(np.array(self.weights)[at] / (widths[at] * math.fsum(self.weights)))


def column_values(text: str, column: str) -> tuple[float, ...]:
    """Return the numbers in one column of a CSV text with a header line, in order; empty cells are skipped.

    Raises:
        LawError: no such column, a cell that is no finite number, or no number at all.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(rows, [])]
    if column not in header:
        raise LawError("column", f"the file has no column '{column}'; it has: {', '.join(header)[:200]}")
    at, found = header.index(column), []
    for row in rows:
        cell = row[at].strip() if at < len(row) else ""
        if not cell:
            continue
        try:
            found.append(finite("column", float(cell)))
        except ValueError:
            raise LawError("column", f"line {rows.line_num} holds '{cell[:40]}', not a finite number") from None
    if not found:
        raise LawError("column", f"the column '{column}' holds no number")
    return tuple(found)


def _build(arguments: Mapping[str, Any]) -> Empirical | Histogram:
    if "edges" in arguments:
        return Histogram(numbers("edges", arguments["edges"]), numbers("weights", arguments["weights"]))
    if "file" in arguments:
        raise LawError("file", "the column must be read into values first")
    return Empirical.of(arguments["values"], arguments.get("weights"))


KIND = LawKind(
    name="empirical",
    doc="A law taken from data: listed values, a histogram, or a column of a CSV file.",
    example="{empirical: {file: gaps.csv, column: gap}}",
    arguments=(
        Argument("values", "values", "the observed values"),
        Argument("weights", "weights", "a weight per value (default: equal) or per bin, at least 0"),
        Argument("edges", "values", "the edges of the bins, ascending, one more than weights"),
        Argument("file", "file", "a CSV file with a header line"),
        Argument("column", "word", "the column of the file"),
        Argument("unit", "word", "the unit of the column, if not SI"),
    ),
    build=_build,
    forms=(
        ("values",),
        ("values", "weights"),
        ("edges", "weights"),
        ("file", "column"),
        ("file", "column", "unit"),
    ),
)

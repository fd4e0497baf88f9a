"""Conditions and signals of the event grammar as programs for the kernel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim import formulas as f
from sim.domains.driving import watches as w
from sim.domains.driving.signals import CODES

__all__ = ["Programs", "above", "below", "both", "members"]

_KINDS = {"vehicle": 0, "pedestrian": 1, "static": 2, "animal": 3, "any": w.ANY_KIND}
_ARITHMETIC = {"+": w.ADD, "-": w.SUB, "*": w.MUL, "/": w.DIV}
_FUNCTIONS = {"min": w.MIN, "max": w.MAX}


def above(name: str, arguments: tuple[str | f.Call, ...], bound: float) -> f.Compare:
    """Return the formula `signal >= bound`."""
    return f.Compare(">=", f.Signal(name, arguments), f.Number(bound), 1.0)


def below(name: str, arguments: tuple[str | f.Call, ...], bound: float) -> f.Compare:
    """Return the formula `signal <= bound`."""
    return f.Compare("<=", f.Signal(name, arguments), f.Number(bound), 1.0)


def both(*parts: f.Formula) -> f.AllOf:
    """Return the conjunction."""
    return f.AllOf(parts)


def members(item: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids that stand for an item with `count:`, item_0, item_1…; they are neighbours in `names`."""
    return tuple(
        name for name in names if name.startswith(f"{item}_") and name.removeprefix(f"{item}_").isdigit()
    )


class Programs:
    """The programs of one run: rows of (operation, code, i, j), a constant per row, and moving references."""

    def __init__(self, index: Mapping[str, int], *, bodies: int) -> None:
        """Begin with none; `index` maps names to rows, of which the first `bodies` are what events select."""
        self._index, self._bodies = index, bodies
        self._ops: list[tuple[int, int, int, int]] = []
        self._constants: list[tuple[float, float]] = []
        self._table: list[tuple[int, int]] = []
        self._refs: list[tuple[int, int, int, int]] = []

    def add(self, condition: f.Formula) -> int:
        """Compile a condition and return its watch number."""
        first = len(self._ops)
        self._formula(condition)
        self._table.append((first, len(self._ops)))
        return len(self._table) - 1

    def reference(self, argument: str | f.Call) -> int:
        """Return the row of a body, or a negative number that `refs` explains."""
        return self._reference(argument)

    @property
    def count(self) -> int:
        """Number of programs."""
        return len(self._table)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return (table, ops, constants, refs) as the kernel takes them."""
        return (
            np.array(self._table, np.int64).reshape(-1, 2),
            np.array(self._ops, np.int64).reshape(-1, 4),
            np.array(self._constants, np.float64).reshape(-1, 2),
            np.array(self._refs, np.int64).reshape(-1, 4),
        )

    def _emit(
        self, op: int, code: int = 0, i: int = 0, j: int = 0, *, constant: float = 0.0, factor: float = 1.0
    ) -> None:
        self._ops.append((op, code, i, j))
        self._constants.append((constant, factor))

    def _formula(self, formula: f.Formula) -> None:
        if isinstance(formula, f.Compare):
            self._compare(formula)
        elif isinstance(formula, f.Not):
            self._formula(formula.body)
            self._emit(w.NEG)
        elif isinstance(formula, (f.AllOf, f.AnyOf)):
            for number, part in enumerate(formula.parts):
                self._formula(part)
                if number:
                    self._emit(w.MIN if isinstance(formula, f.AllOf) else w.MAX)
        else:
            raise TypeError(f"{type(formula).__name__} cannot be watched while the world runs")

    def _compare(self, compare: f.Compare) -> None:
        self._term(compare.left)
        sign = -1.0 if compare.op in ("<", "<=", "==") else 1.0
        bound = 0.0
        if isinstance(compare.right, f.Number) and compare.op not in ("==", "!="):
            bound = compare.right.value
        else:
            self._term(compare.right)
            self._emit(w.SUB)
        if compare.op in ("==", "!="):  # whole numbers: equal within half of one
            self._emit(w.ABS)
            bound = 0.5
        self._emit(w.BEYOND, constant=bound, factor=sign / compare.scale)

    def _term(self, term: f.Term) -> None:
        if isinstance(term, f.Number):
            self._emit(w.CONSTANT, constant=term.value)
        elif isinstance(term, f.Signal):
            rows = [self._reference(argument) for argument in term.arguments]
            self._emit(w.SIGNAL, CODES[term.name], rows[0], rows[1] if len(rows) > 1 else 0)
        elif isinstance(term, f.Arithmetic):
            self._term(term.left)
            self._term(term.right)
            self._emit(_ARITHMETIC[term.op])
        elif isinstance(term, f.Call) and term.name in ("abs", "min", "max"):
            self._function(term)
        else:
            raise TypeError(f"{term} cannot be watched while the world runs")

    def _function(self, call: f.Call) -> None:
        for number, argument in enumerate(call.arguments):
            if isinstance(argument, str):
                raise TypeError(f"{call.name} takes numbers, not {argument!r}")
            self._term(argument)
            if number:
                self._emit(_FUNCTIONS[call.name])
        if call.name == "abs":
            self._emit(w.ABS)

    def _reference(self, argument: str | f.Call) -> int:
        """Return the row of a body, or a negative number for one that is found anew at every moment."""
        if isinstance(argument, str):
            return self._index[argument]
        kinds = {"ahead": w.AHEAD, "blocker": w.BLOCKER}
        if argument.name in kinds:
            entry = (kinds[argument.name], self._index[str(argument.arguments[0])], 0, 0)
        else:
            kind, base = str(argument.arguments[0]), self._index[str(argument.arguments[1])]
            rows = [self._index[name] for name in members(kind, tuple(self._index))]
            first, last = (0, self._bodies) if kind in _KINDS else (min(rows), max(rows) + 1)
            entry = (_KINDS.get(kind, w.ANY_KIND), base, first, last)
        if entry not in self._refs:
            self._refs.append(entry)
        return -1 - self._refs.index(entry)

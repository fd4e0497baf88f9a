"""Margins of formulas on one run: of the whole episode, at every moment, and as time goes on.

A margin is a robustness (Fainekos and Pappas 2009): an atom is (left - right) / scale, `and` is min, `or`
max, `eventually` a maximum over its window, `always` a minimum; it holds where the margin is >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np

from sim.domains.base import Trace
from sim.formulas import (
    AllOf,
    Always,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Count,
    EventName,
    Eventually,
    Formula,
    Measure,
    Not,
    Number,
    Occurs,
    ParameterValue,
    Predicate,
    Signal,
    Term,
    Until,
    WordIs,
)
from sim.geometry import Array
from sim.recording import Occurrence
from sim.windows import leading_maximum, until_margin

__all__ = ["LARGEST", "Margins", "least_count", "matches"]

LARGEST = 1e6
"""Margins are cut here, so that scores are finite and order is kept."""


def matches(one: Occurrence, kind: str, wanted: tuple[tuple[str, str | float], ...]) -> bool:
    """Return whether an occurrence is of a kind and has these values in its fields."""
    return one.kind == kind and all(one.fields.get(key) == value for key, value in wanted)


def least_count(op: str, bound: float) -> int:
    """Return the smallest whole number that is > or >= a bound."""
    return math.floor(bound) + 1 if op == ">" else math.ceil(bound)


class Margins:
    """Evaluates formulas on one trace; signals and events are computed once."""

    def __init__(
        self, trace: Trace, events: Mapping[str, Formula], parameters: Mapping[str, float | str | bool]
    ) -> None:
        self._trace = trace
        self._events = events
        self._parameters = parameters
        self._most = np.full(len(trace.times), LARGEST)
        self._signals: dict[tuple[str, tuple[str, ...]], Array] = {}
        self._margins: dict[int, Array] = {}  # by id: formulas outlive the reader, and hashing is deep

    # -- the episode ---------------------------------------------------------------------------------------

    def score(self, formula: Formula) -> float:
        """Return the margin of the whole episode."""
        match formula:
            case AllOf(parts=parts):
                return min((self.score(part) for part in parts), default=LARGEST)
            case AnyOf(parts=parts):
                return max((self.score(part) for part in parts), default=-LARGEST)
            case Not(body=body):
                return -self.score(body) or -math.ulp(0.0)
            case EventName(name=name):
                return self.score(self._events[name])
            case Predicate():
                return float(self.margin(formula)[-1])
        return float(self.margin(formula)[0])

    def decided(self, formula: Formula) -> float:
        """Return the first moment at which it is settled that the formula holds; inf where it does not."""
        times = self._trace.times
        match formula:
            case AllOf(parts=parts):
                return max((self.decided(part) for part in parts), default=float(times[0]))
            case AnyOf(parts=parts):
                return min((self.decided(part) for part in parts), default=math.inf)
            case EventName(name=name):
                return self.decided(self._events[name])
            case Eventually() | Predicate():
                reached = np.flatnonzero(self.so_far(formula) >= 0)
                return float(times[reached[0]]) if len(reached) else math.inf
            case Until(right=right):
                reached = np.flatnonzero(self.margin(right) >= 0)
                return float(times[reached[0]]) if len(reached) else math.inf
            case Occurs(kind=kind, fields=wanted):
                return self._moment_of(1, kind, wanted)
            case Compare(op=">" | ">=" as op, left=Count(kind=kind, fields=wanted), right=Number(value=least)):
                return self._moment_of(least_count(op, least), kind, wanted)
        return float(times[-1]) if self.score(formula) >= 0 else math.inf

    def peak(self, formula: Formula) -> float:
        """Return the moment that made the score what it is; the last one if no single moment did."""
        found = self._moment_of_score(formula)
        return float(self._trace.times[-1]) if found is None else found

    def _moment_of_score(self, formula: Formula) -> float | None:
        """Return the moment at which a score was best; of several parts, that of the deciding one that has any.

        Whether something occurs, or a count of the whole episode, says nothing about when it was near.
        """
        match formula:
            case AllOf(parts=parts):
                told = (self._moment_of_score(part) for part in sorted(parts, key=self.score))
                return next((t for t in told if t is not None), None)
            case AnyOf(parts=parts):
                told = (self._moment_of_score(part) for part in sorted(parts, key=self.score, reverse=True))
                return next((t for t in told if t is not None), None)
            case Not(body=body):
                return self._moment_of_score(body)
            case EventName(name=name):
                return self._moment_of_score(self._events[name])
            case Eventually() | Predicate():
                return float(self._trace.times[int(np.argmax(self.so_far(formula)))])
            case Always(body=body):
                return float(self._trace.times[int(np.argmin(self.margin(body)))])
        return None

    def so_far(self, formula: Formula) -> Array:
        """Return the (T,) score as known at each moment, of a formula whose score only grows."""
        match formula:
            case Eventually(body=body, start=start, end=end):
                inside = self._trace.times - self._trace.times[0]
                seen = (inside >= start) & (inside <= (math.inf if end is None else end))
                return np.where(seen, self.margin(body), -LARGEST)
            case AllOf(parts=parts):
                return np.minimum.reduce([self._most, *(np.maximum.accumulate(self.so_far(p)) for p in parts)])
            case AnyOf(parts=parts):
                return np.maximum.reduce([-self._most, *(self.so_far(part) for part in parts)])
            case EventName(name=name):
                return self.so_far(self._events[name])
        return self.margin(formula)

    def measure(self, measure: Measure) -> float:
        """Return the value of a measure of this run."""
        return self._trace.measure(measure.name, self._names(measure.arguments))

    # -- every moment --------------------------------------------------------------------------------------

    def margin(self, formula: Formula) -> Array:
        """Return the (T,) margin of a formula, seen from each moment."""
        if id(formula) not in self._margins:
            self._margins[id(formula)] = np.clip(self._margin(formula), -LARGEST, LARGEST)
        return self._margins[id(formula)]

    def _margin(self, formula: Formula) -> Array:
        times = self._trace.times
        match formula:
            case Compare():
                return self._comparison(formula)
            case AllOf(parts=parts):
                return np.minimum.reduce([self._most, *(self.margin(part) for part in parts)])
            case AnyOf(parts=parts):
                return np.maximum.reduce([-self._most, *(self.margin(part) for part in parts)])
            case Not(body=body):
                negative = -self.margin(body)
                return np.where(negative == 0.0, -math.ulp(0.0), negative)
            case Eventually(body=body, start=start, end=end):
                return leading_maximum(times, self.margin(body), start, end)
            case Always(body=body, start=start, end=end):
                return -leading_maximum(times, -self.margin(body), start, end)
            case Until(left=left, right=right, start=start, end=end):
                return until_margin(times, self.margin(left), self.margin(right), start, end)
            case Predicate(name=name, arguments=arguments):
                return self._trace.predicate(name, self._names(arguments))
            case EventName(name=name):
                return self._constant(self.score(self._events[name]))
            case WordIs(parameter=parameter, word=word):
                return self._constant(1.0 if str(self._parameters[parameter]) == word else -1.0)
            case Occurs(kind=kind, fields=wanted):
                return self._constant(float(self._matching(kind, wanted)) - 1.0)
        raise TypeError(f"not a formula without sets: {formula!r}")

    def _constant(self, value: float) -> Array:
        return np.full(len(self._trace.times), value)

    def _comparison(self, formula: Compare) -> Array:
        left, right = self._term(formula.left), self._term(formula.right)
        with np.errstate(invalid="ignore"):
            margin = (left - right) / formula.scale
        match formula.op:
            case ">" | ">=":
                margin = margin if formula.op == ">=" else np.where(margin == 0.0, -math.ulp(0.0), margin)
            case "<":
                margin = np.where(margin == 0.0, -math.ulp(0.0), -margin)
            case "<=":
                margin = -margin
            case "==":
                margin = 0.0 - np.abs(margin)
            case "!=":
                margin = np.where(margin == 0.0, -1.0, np.abs(margin))
        return np.broadcast_to(np.asarray(margin, np.float64), self._trace.times.shape)

    def _term(self, term: Term) -> Any:
        match term:
            case Number(value=value):
                return value
            case ParameterValue(name=name):
                return float(self._parameters[name])
            case Signal(name=name, arguments=arguments):
                return self._signal(name, arguments)
            case Measure():
                return self.measure(term)
            case Count(kind=kind, fields=wanted):
                return float(self._matching(kind, wanted))
            case Arithmetic(op=op, left=left, right=right):
                with np.errstate(invalid="ignore", divide="ignore"):  # inf - inf is told as a score of nan
                    return _ARITHMETIC[op](self._term(left), self._term(right))
            case Call(name=name, arguments=arguments):
                values = [self._term(a) for a in arguments if not isinstance(a, str)]
                return _FUNCTIONS[name](*values)
        raise TypeError(f"not a term: {term!r}")

    def _signal(self, name: str, arguments: tuple[str | Call, ...]) -> Array:
        for i, argument in enumerate(arguments):
            if isinstance(argument, Call):
                category, to = (str(a) for a in argument.arguments)
                candidates, which = self._trace.nearest(category, to)
                if not candidates:
                    return self._constant(math.inf)
                curves = [
                    self._signal(name, (*arguments[:i], candidate, *arguments[i + 1 :]))
                    for candidate in candidates
                ]
                return np.asarray(np.stack(curves)[which, np.arange(len(which))])
        names = self._names(arguments)
        if (name, names) not in self._signals:
            self._signals[name, names] = self._trace.signal(name, names)
        return self._signals[name, names]

    # -- entities ------------------------------------------------------------------------------------------

    def _names(self, arguments: tuple[str | Call, ...]) -> tuple[str, ...]:
        return tuple(a if isinstance(a, str) else self._nearest_at_end(a) for a in arguments)

    def _nearest_at_end(self, call: Call) -> str:
        category, to = (str(a) for a in call.arguments)
        candidates, which = self._trace.nearest(category, to)
        return candidates[int(which[-1])]

    def _matching(self, kind: str, wanted: tuple[tuple[str, str | float], ...]) -> int:
        return sum(matches(occurrence, kind, wanted) for occurrence in self._trace.occurrences)

    def _moment_of(self, count: int, kind: str, wanted: tuple[tuple[str, str | float], ...]) -> float:
        """Return the moment at which something has happened so many times; inf where it has not."""
        if count <= 0:
            return float(self._trace.times[0])
        found = (one.t for one in self._trace.occurrences if matches(one, kind, wanted))
        return next(islice(found, count - 1, None), math.inf)


_ARITHMETIC: dict[str, Any] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_FUNCTIONS: dict[str, Any] = {"abs": np.abs, "min": np.minimum, "max": np.maximum}

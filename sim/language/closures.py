"""Trees of expressions as closures over the list of an episode's values, or over lists of arrays."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.expressions import Apply, Literal, Reference, Tree
from sim.laws.elementary import exp, log
from sim.lazy import np

__all__ = ["ARRAYS", "NUMBERS", "Closure", "closure"]

Closure = Callable[[Sequence[Any]], Any]
"""Gives a value from the values of the slots."""

_SHARED: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "negative": operator.neg, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "abs": abs,
}  # fmt: skip


def _real_power(base: float, exponent: float) -> float:
    return math.pow(base, exponent)  # a ** b of a negative base would be complex


NUMBERS: Mapping[str, Callable[..., Any]] = {
    **_SHARED,
    "**": _real_power, "min": min, "max": max, "sqrt": math.sqrt, "exp": math.exp, "log": math.log,
    "not": operator.not_,
}  # fmt: skip
"""The operators on single values; `and`, `or`, `if` are closures of their own because they stop early."""

ARRAYS: Mapping[str, Callable[..., Any]] = {
    **_SHARED,
    "min": lambda *parts: _fold(np.minimum, parts), "max": lambda *parts: _fold(np.maximum, parts),
    "sqrt": lambda x: np.sqrt(x), "exp": exp, "log": log, "not": lambda truth: np.logical_not(truth),
    "and": lambda *parts: _fold(np.logical_and, parts), "or": lambda *parts: _fold(np.logical_or, parts),
    "if": lambda condition, then, otherwise: np.where(condition, then, otherwise),
}  # fmt: skip
"""The operators on (n,) arrays, elementwise."""


def _fold(function: Callable[[Any, Any], Any], parts: Sequence[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = function(total, part)
    return total


def closure(tree: Tree, slots: Mapping[str, int], operators: Mapping[str, Callable[..., Any]]) -> Closure:
    """Return the expression as a function of the slots' values.

    Args:
        tree: a checked expression.
        slots: reference as written -> index of its slot.
        operators: NUMBERS or ARRAYS.
    """
    if isinstance(tree, Literal):
        value = tree.value
        return lambda values: value
    if isinstance(tree, Reference):
        return operator.itemgetter(slots[tree.name])
    parts = [closure(part, slots, operators) for part in tree.parts]
    if tree.op in operators:
        return _applied(operators[tree.op], tree, parts)
    return _stopping_early(tree.op, parts)


def _applied(function: Callable[..., Any], tree: Apply, parts: Sequence[Closure]) -> Closure:
    if len(parts) == 1:
        (only,) = parts
        return lambda values: function(only(values))
    if len(parts) == 2:
        left, right = parts
        constant = tree.parts[1]
        if isinstance(constant, Literal):
            known = constant.value
            return lambda values: function(left(values), known)
        return lambda values: function(left(values), right(values))
    several = tuple(parts)
    return lambda values: function(*[part(values) for part in several])


def _stopping_early(op: str, parts: Sequence[Closure]) -> Closure:
    several = tuple(parts)
    if op == "and":
        return lambda values: all(part(values) for part in several)
    if op == "or":
        return lambda values: any(part(values) for part in several)
    condition, then, other = several
    return lambda values: then(values) if condition(values) else other(values)

"""Walking through formulas: everything inside one, and one with its parameters filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from sim.formulas import Compare, Formula, Number, ParameterValue, Term, WordIs

__all__ = ["filled", "parameter_of", "parts"]

Part = TypeVar("Part", bound=Formula | Term)


def parts(value: Any) -> Iterator[Any]:
    """Yield a formula and everything inside it."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    elif is_dataclass(value):
        yield value
        for one in fields(value):
            yield from parts(getattr(value, one.name))


def parameter_of(part: Any) -> str | None:
    """Return the parameter that a part of a formula reads, None for parts that read none."""
    if isinstance(part, WordIs):
        return part.parameter
    return part.name if isinstance(part, ParameterValue) else None


def filled(formula: Part, value_of: Callable[[str], Any]) -> Part:
    """Return a formula or term in which the values of an episode stand in place of its parameters.

    Args:
        formula: what to fill in.
        value_of: name of a parameter -> its value: a number in SI units, or a word.
    """
    found: Part = _filled(formula, value_of)
    return found


def _filled(value: Any, value_of: Callable[[str], Any]) -> Any:
    if isinstance(value, ParameterValue):
        return Number(float(value_of(value.name)))
    if isinstance(value, WordIs):
        return Compare(">=", Number(1.0 if value_of(value.parameter) == value.word else -1.0), Number(0.0), 1.0)
    if isinstance(value, tuple):
        return tuple(_filled(item, value_of) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: _filled(getattr(value, one.name), value_of) for one in fields(value)}
        )
    return value

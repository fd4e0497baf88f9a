"""A checked document as plain data that loads to an equal scenario: SI units, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.language.kinds import NumberKind
from sim.language.plan import (
    Computed,
    Constant,
    DuringRun,
    EachUse,
    Fixed,
    Given,
    Group,
    InTime,
    LawSpec,
    Leaf,
    Number,
    Pick,
    Plan,
    Repeated,
    Row,
    SignalUse,
    Source,
)
from sim.units import DIMENSIONLESS, Dimension

__all__ = ["canonical", "number_data", "quantity_data", "source_data"]


def quantity_data(value: float, dimension: Dimension | None) -> float | int | str:
    """Return a number in SI as a scenario spells it, so that reading it gives the same bits."""
    if dimension is None or dimension == DIMENSIONLESS:
        return int(value) if value == int(value) and abs(value) < 2**53 else value
    return f"{value!r} {dimension.symbol}"


def _finite(value: float) -> bool:
    return value - value == 0.0


def canonical(plan: Plan, *, full: bool = True) -> Any:
    """Return a checked part as plain data; None stands for what is absent.

    Args:
        plan: the part.
        full: with defaults filled in; without them the data says what the file says, and can be read again.
    """
    if isinstance(plan, Leaf):
        dimension = plan.kind.dimension if isinstance(plan.kind, NumberKind) else None
        return None if plan.source is None else source_data(plan.source, dimension)
    if isinstance(plan, Fixed):
        return plan.data
    if isinstance(plan, Row):
        return [canonical(item, full=full) for item in plan.items]
    if isinstance(plan, Pick):
        return {plan.kind: canonical(plan.settings, full=full)}
    if isinstance(plan, Repeated):
        count = {} if plan.count is None else {"count": canonical(plan.count)}
        return {"id": plan.id, **count, **_group_data(plan.content, full=full)}
    return _group_data(plan, full=full)


def _group_data(group: Group, *, full: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, entry in group.entries.items():
        if key in group.defaults and not full:
            continue
        value = canonical(entry, full=full)
        if key == group.inline:
            data.update(value or {})
        elif value is not None:
            data[key] = value
    return data


def source_data(source: Source | DuringRun, dimension: Dimension | None) -> Any:
    """Return how a scenario spells a source of a quantity of a dimension, in SI."""
    if isinstance(source, Constant):
        value = source.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return number_data(float(value), dimension) if is_number and value is not None else value
    if isinstance(source, Computed):
        return "${" + source.text.strip() + "}"
    if isinstance(source, EachUse):
        return {"each": source_data(source.law, dimension)}
    if isinstance(source, InTime):
        return dict(source.data)
    if isinstance(source, SignalUse):
        return {"signal": source.term.text.strip()}
    if isinstance(source, Given):
        branches = {word: source_data(branch, dimension) for word, branch in source.branches.items()}
        return {"given": source.on.text.strip(), **branches}
    return _law_data(source, dimension)


def number_data(value: Number, dimension: Dimension | None) -> Any:
    """Return how a scenario spells a number in SI, or an expression for one."""
    if isinstance(value, Computed):
        return "${" + value.text.strip() + "}"
    return quantity_data(value, dimension) if _finite(value) else _infinite_data(value, dimension)


def _infinite_data(value: float, dimension: Dimension | None) -> str:
    symbol = dimension.symbol if dimension is not None else ""
    return f"{'-' if value < 0 else ''}inf {symbol}".strip()


def _law_data(law: LawSpec, dimension: Dimension | None) -> dict[str, Any]:
    arguments = {
        name: _argument_data(value, law.dimensions.get(name), dimension)
        for name, value in law.arguments.items()
        if name != "column_values"  # stands in the file
    }
    body = arguments["options"] if set(arguments) == {"options"} else arguments
    data: dict[str, Any] = {law.name: body}
    if law.within is not None:
        data["within"] = [None if end is None else number_data(end, dimension) for end in law.within]
    if law.times is not None:
        data["times"] = number_data(law.times, None)
    if law.plus is not None:
        data["plus"] = number_data(law.plus, dimension)
    return data


def _argument_data(value: Any, dimension: Dimension | None, whole: Dimension | None) -> Any:
    if isinstance(value, Mapping):
        return {_option_key(key, dimension): number_data(weight, None) for key, weight in value.items()}
    if isinstance(value, tuple):
        return [
            source_data(item, whole)
            if isinstance(item, Constant | LawSpec | Given)
            else number_data(item, dimension)
            for item in value
        ]
    return value if isinstance(value, str) else number_data(value, dimension)


def _option_key(key: str | float, dimension: Dimension | None) -> str:
    return key if isinstance(key, str) else str(quantity_data(key, dimension))

"""Laws from plain data in SI: the inverse of every law's `to_data`.

The scenario language reads units, names and places itself and then calls `build`; `from_data` is the way for
data that is in SI already.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sim.errors import did_you_mean
from sim.laws.affine import affine
from sim.laws.base import LawError, LawKind
from sim.laws.constant import Constant
from sim.laws.table import TABLE
from sim.laws.truncated import truncate

__all__ = ["MODIFIERS", "bind", "build", "check_form", "from_data"]

MODIFIERS = ("times", "plus", "within")
"""Keys that may stand beside any law of numbers: plus + times * X, then restricted to `within`."""


def from_data(data: Any) -> Any:
    """Return the law that plain data spells: a constant, or {law: arguments} with modifiers beside it.

    Returns:
        A `Law`, or a `Given` where the law depends on a choice.

    Raises:
        LawError: unknown law, missing or unknown arguments, or an impossible law.
    """
    if not isinstance(data, Mapping):
        return Constant(data)
    names = [key for key in data if key not in MODIFIERS]
    if "given" in data:
        cases = {key: from_data(data[key]) for key in names if key != "given"}
        return _assemble("given", {"given": data["given"], "cases": cases}, **_modifiers(data))
    if len(names) != 1:
        raise LawError(None, f"expected one law, got {', '.join(map(str, names)) or 'none'}")
    kind = TABLE.get(names[0])
    if kind is None:
        near = did_you_mean(str(names[0]), tuple(TABLE))
        raise LawError(None, f"unknown law '{names[0]}'" + (f"; did you mean '{near}'?" if near else ""))
    arguments = bind(kind, data[names[0]])
    if "laws" in arguments:
        if not isinstance(arguments["laws"], list | tuple):
            raise LawError("laws", "expected a list of laws")
        arguments["laws"] = [from_data(law) for law in arguments["laws"]]
    return _assemble(kind.name, arguments, **_modifiers(data))


def bind(kind: LawKind, body: Any) -> dict[str, Any]:
    """Return the body of a law by argument name, whichever way it is written; defaults are left to `build`.

    Raises:
        LawError: an unknown or a missing argument, arguments that do not go together, too many of them.
    """
    if kind.body == "options":
        return {kind.arguments[0].name: body}
    if isinstance(body, Mapping):
        given = dict(body)
    else:
        listed = list(body) if isinstance(body, Sequence) and not isinstance(body, str) else [body]
        order = max(kind.alternatives[:1], key=len)
        if len(listed) > len(order):
            raise LawError(None, f"{kind.name} takes {', '.join(order)}; got {len(listed)} arguments")
        given = dict(zip(order, listed, strict=False))
    check_form(kind, given)
    return given


def check_form(kind: LawKind, given: Mapping[str, Any]) -> None:
    """Refuse argument names that are unknown, missing or do not go together.

    Raises:
        LawError: with the name at fault.
    """
    known = tuple(argument.name for argument in kind.arguments)
    for name in given:
        if name not in known:
            near = did_you_mean(str(name), known)
            hint = f"; did you mean '{near}'?" if near else f"; it takes {', '.join(known)}"
            raise LawError(str(name), f"{kind.name} has no such argument{hint}")
    optional = {argument.name for argument in kind.arguments if argument.default is not None}
    if any(set(given) <= set(form) and set(form) - optional <= set(given) for form in kind.alternatives):
        return
    forms = " or ".join(", ".join(form) for form in kind.alternatives)
    raise LawError(None, f"{kind.name} takes {forms}; got {', '.join(given) or 'nothing'}")


def build(
    name: str,
    arguments: Mapping[str, Any],
    *,
    times: float = 1.0,
    plus: float = 0.0,
    within: Sequence[float] | None = None,
) -> Any:
    """Return a law of the table from arguments in SI by name: plus + times * X, restricted to `within`.

    Raises:
        LawError: an argument, a modifier or their combination makes the law impossible; among them a median
            that is named and lies outside `within`.
    """
    law = _assemble(name, arguments, times=times, plus=plus, within=within)
    if within is not None and "median" in arguments:
        median = plus + times * arguments["median"]
        if not within[0] <= median <= within[1]:
            raise LawError("within", f"the median {median:g} lies outside [{within[0]:g}, {within[1]:g}]")
    return law


def _assemble(
    name: str,
    arguments: Mapping[str, Any],
    *,
    times: float = 1.0,
    plus: float = 0.0,
    within: Sequence[float] | None = None,
) -> Any:
    """Return what `build` returns, medians outside `within` allowed: a printed law may be a far tail."""
    kind = TABLE[name]
    if kind.body == "arguments":
        check_form(kind, arguments)
    form = next((form for form in kind.alternatives if set(arguments) <= set(form)), ())
    defaults = {a.name: a.default for a in kind.arguments if a.name in form and a.default is not None}
    given = {argument: _as_float(value) for argument, value in {**defaults, **arguments}.items()}
    law = affine(kind.build(given), times=times, plus=plus)
    if within is None:
        return law
    return truncate(law, *_interval(within))


def _interval(within: Sequence[float]) -> tuple[float, float]:
    if isinstance(within, str) or not isinstance(within, Sequence) or len(within) != 2:
        raise LawError("within", "expected two values, [lower, upper]")
    for end in within:
        if isinstance(end, bool) or not isinstance(end, int | float) or math.isnan(end):
            raise LawError("within", f"expected a number, got {end!r}")
    return float(within[0]), float(within[1])


def _as_float(value: Any) -> Any:
    """Return whole numbers as floats, alone or listed, so that equal laws print alike."""
    if isinstance(value, list | tuple):
        return [_as_float(one) for one in value]
    try:
        return float(value) if type(value) is int else value
    except OverflowError:
        raise LawError(None, f"the number {str(value)[:20]}… is too large") from None


def _modifiers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in MODIFIERS if key in data}

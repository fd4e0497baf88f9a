"""From a law as written to the law itself, truncated to `within` and to the bounds of its field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sim.language.plan import Computed, Constant, LawSpec, Number
from sim.laws.base import LawError
from sim.laws.constant import Constant as ConstantLaw
from sim.laws.plain import build
from sim.laws.truncated import truncate

__all__ = ["build_law", "is_constant"]

Evaluate = Callable[[Computed], Any]


def is_constant(part: Any) -> bool:
    """Return whether no expression stands in a law or an argument of one."""
    if isinstance(part, Computed):
        return False
    if isinstance(part, LawSpec):
        return all(map(is_constant, (*part.arguments.values(), part.within, part.plus, part.times)))
    if isinstance(part, Mapping):
        return all(map(is_constant, part.values()))
    return all(map(is_constant, part)) if isinstance(part, tuple) else True


def _refuse(computed: Computed) -> Any:
    raise AssertionError(f"'{computed.text}' is not known yet")


def build_law(spec: LawSpec, evaluate: Evaluate = _refuse) -> Any:
    """Return the law.

    Args:
        spec: as written.
        evaluate: gives the value of an expression among the arguments.

    Raises:
        LawError: the arguments make it impossible; its argument is "within" for bounds that leave nothing.
    """
    arguments = {name: _value(value, evaluate) for name, value in spec.arguments.items()}
    if "column_values" in arguments:
        arguments = {"values": arguments["column_values"]}
    within = None
    if spec.within is not None:
        low, high = spec.within
        within = (_number(low, -math.inf, evaluate), _number(high, math.inf, evaluate))
    times, plus = _number(spec.times, 1.0, evaluate), _number(spec.plus, 0.0, evaluate)
    return _bounded(build(spec.name, arguments, times=times, plus=plus, within=within), spec)


def _bounded(law: Any, spec: LawSpec) -> Any:
    if not law.is_numeric or (spec.least is None and spec.most is None):
        return law
    least = -math.inf if spec.least is None else spec.least
    most = math.inf if spec.most is None else spec.most
    try:
        return truncate(law, least, most)
    except LawError:
        raise LawError(None, f"gives nothing that may stand here, [{least:g}, {most:g}]") from None


def _number(value: Number | None, default: float, evaluate: Evaluate) -> float:
    if value is None:
        return default
    return float(evaluate(value)) if isinstance(value, Computed) else value


def _value(value: Any, evaluate: Evaluate) -> Any:
    if isinstance(value, Computed):
        return evaluate(value)
    if isinstance(value, LawSpec):
        return build_law(value, evaluate)
    if isinstance(value, Constant):
        assert value.value is not None
        return ConstantLaw(value.value)
    if isinstance(value, Mapping):
        return {key: _value(part, evaluate) for key, part in value.items()}
    return tuple(_value(part, evaluate) for part in value) if isinstance(value, tuple) else value

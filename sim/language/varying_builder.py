"""From a law that varies in time, as written, to the law itself, kept to the bounds of its field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.language.plan import Computed, InTime, Leaf
from sim.language.report import Report
from sim.laws.base import LawError

if TYPE_CHECKING:
    from sim.wall_clock import WallClock

__all__ = ["build_varying", "check_varying"]

Evaluate = Callable[[Computed], Any]


def _refuse(computed: Computed) -> Any:
    raise AssertionError(f"'{computed.text}' is not known yet")


def build_varying(spec: InTime, clock: WallClock | None, evaluate: Evaluate = _refuse) -> Any:
    """Return the law.

    Args:
        spec: as written.
        clock: of the scenario's `start:`.
        evaluate: gives the value of an expression among the arguments.

    Raises:
        LawError: the arguments make it impossible, or it leaves the bounds of its field.
    """
    from sim.laws.varying.table import TABLE

    arguments = {name: _value(value, evaluate) for name, value in spec.arguments.items()}
    law = TABLE[spec.name].build({**arguments, "clock": clock})
    least = -math.inf if spec.least is None else spec.least
    most = math.inf if spec.most is None else spec.most
    if spec.name == "ou":
        return replace(law, least=max(law.least, least), most=min(law.most, most))
    for value in (law.low, law.high):
        if not math.isnan(value) and not least <= value <= most:
            raise LawError(None, f"reaches {value:.6g}, outside of what may stand here, [{least:g}, {most:g}]")
    if spec.integer and any(value != int(value) for value in law.states):
        raise LawError(None, "gives fractions; whole numbers are expected here")
    return law


def check_varying(leaves: Sequence[Leaf], clock: WallClock | None, report: Report) -> None:
    """Build the laws that vary in time and hold no expressions, noting what makes them impossible."""
    for leaf in leaves:
        spec = leaf.source
        if not isinstance(spec, InTime) or (spec.name == "calendar" and clock is None):
            if isinstance(spec, InTime):
                message = "a calendar needs the scenario's start:, a date and time with a time zone"
                report.add("E121", leaf.where, message, place=spec.place)
            continue
        if spec.expressions:
            continue
        try:
            build_varying(spec, clock)
        except LawError as error:
            place = spec.places.get(error.argument or "", spec.place)
            report.add("E142", leaf.where, f"{spec.name}: {error.message}", place=place)


def _value(value: Any, evaluate: Evaluate) -> Any:
    if isinstance(value, Computed):
        return evaluate(value)
    if isinstance(value, Mapping):
        return {key: _value(part, evaluate) for key, part in value.items()}
    return tuple(_value(part, evaluate) for part in value) if isinstance(value, tuple) else value

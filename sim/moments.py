"""What a formula says of when: whether its score only grows, and whether one moment settles it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from sim.domains.base import Domain
from sim.formulas import (
    AllOf,
    Always,
    AnyOf,
    Compare,
    Count,
    EventName,
    Eventually,
    Formula,
    Measure,
    Number,
    Occurs,
    Predicate,
    Quantified,
    Until,
)

__all__ = ["has_moment", "is_running_maximum", "mentioned"]


def mentioned(formula: object) -> Iterator[object]:
    """Yield the formula and every node inside it."""
    yield formula
    if is_dataclass(formula):
        for part in fields(formula):
            value = getattr(formula, part.name)
            for child in value if isinstance(value, tuple) else (value,):
                if is_dataclass(child):
                    yield from mentioned(child)


def is_running_maximum(formula: Formula, domain: Domain, events: Mapping[str, Formula]) -> bool:
    """Return whether the score, seen as time goes on, only grows and depends on the past alone.

    Then redrawing all noise after the first moment at which a level was reached keeps the score above it.
    """
    match formula:
        case Eventually(body=body):
            return not any(isinstance(n, Eventually | Always | Until | EventName) for n in mentioned(body))
        case Predicate(name=name):
            return domain.predicates[name].grows
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return all(is_running_maximum(part, domain, events) for part in parts)
        case EventName(name=name):
            return is_running_maximum(events[name], domain, events)
        case Quantified(body=body):
            return is_running_maximum(body, domain, events)
        case Compare(op=op, left=Measure(name=name), right=Number()):
            return op in (">", ">=") and domain.measures[name].grows
    return False


def has_moment(formula: Formula, domain: Domain, events: Mapping[str, Formula]) -> bool:
    """Return whether it is settled at one moment, known when it comes, that the formula holds."""
    match formula:
        case Occurs() | Compare(op=">=" | ">", left=Count(), right=Number()):
            return True
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return all(has_moment(part, domain, events) for part in parts)
        case EventName(name=name):
            return name in events and has_moment(events[name], domain, events)
        case Quantified(body=body):
            return has_moment(body, domain, events)
        case Eventually() | Predicate():
            return is_running_maximum(formula, domain, events)
    return False

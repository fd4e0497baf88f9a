"""Did the rare thing happen, how nearly, and when: formulas evaluated on what a run left behind.

A margin is a robustness (Fainekos and Pappas 2009): an atom is (left - right) / scale, `and` is min, `or` max,
`eventually` a maximum over its window, `always` a minimum; it holds where the margin is >= 0. An event's
score is its margin at the start of the episode.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.domains.base import Domain, Trace
from sim.errors import RunError
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
from sim.geometry import Array
from sim.margins import Margins, mentioned
from sim.recording import Outcome

__all__ = ["evaluate", "is_running_maximum", "needs_crash"]


def needs_crash(domain: Domain, formulas: Mapping[str, Formula]) -> bool:
    """Return whether any formula reads what only the world behind the first touch can tell."""
    for formula in formulas.values():
        for node in mentioned(formula):
            match node:
                case Predicate(name=name) if domain.predicates[name].needs_crash:
                    return True
                case Measure(name=name) if domain.measures[name].needs_crash:
                    return True
                case Occurs(kind=kind) | Count(kind=kind) if domain.occurrences[kind].needs_crash:
                    return True
    return False


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


def evaluate(
    events: Mapping[str, Formula],
    modes: Mapping[str, Formula],
    trace: Trace,
    *,
    domain: Domain,
    parameters: Mapping[str, float | str | bool],
) -> Outcome:
    """Return the Outcome of a run.

    Raises:
        RunError: a score is not a number.
    """
    events = {name: _expand(formula, trace) for name, formula in events.items()}
    modes = {name: _expand(formula, trace) for name, formula in modes.items()}
    reader = Margins(trace, events, parameters)
    scores, times, peaks = {}, {}, {}
    running: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for name, formula in events.items():
        score = reader.score(formula)
        if math.isnan(score):
            raise RunError(f"the score of event '{name}' is not a number")
        scores[name] = score
        times[name] = reader.decided(formula) if score >= 0 else math.nan
        peaks[name] = times[name] if score >= 0 else reader.peak(formula)
        if is_running_maximum(formula, domain, events):
            running[name] = _changes(trace.times, reader.so_far(formula))
    mode = next((name for name, formula in modes.items() if reader.score(formula) >= 0), "")
    return Outcome(scores, times, peaks, reader.measures(events, modes), mode, running)


def _changes(times: Array, margins: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the points at which a running maximum grows."""
    best = np.maximum.accumulate(margins)
    grows = np.concatenate(([True], best[1:] > best[:-1]))
    return tuple(times[grows].tolist()), tuple(best[grows].tolist())


def _expand(formula: Formula, trace: Trace) -> Formula:
    """Return the formula with every `any(x in …)` written out over the entities of this run."""
    kinds = sorted({node.over.kind for node in mentioned(formula) if isinstance(node, Quantified)})
    return _written_out(formula, tuple((kind, tuple(trace.entities(kind))) for kind in kinds))


@lru_cache(maxsize=1024)
def _written_out(formula: Formula, sets: tuple[tuple[str, tuple[str, ...]], ...]) -> Formula:
    expanded: Formula = _without_sets(formula, dict(sets), {})
    return expanded


def _without_sets(node: Any, sets: Mapping[str, tuple[str, ...]], bound: Mapping[str, str]) -> Any:
    """Return a node with quantifiers written out and variables replaced by entities."""
    if isinstance(node, str):
        return bound.get(node, node)
    if isinstance(node, tuple):
        return tuple(_without_sets(part, sets, bound) for part in node)
    if isinstance(node, Quantified):
        free = [entity for entity in sets[node.over.kind] if entity not in bound.values()]
        parts = tuple(_without_sets(node.body, sets, {**bound, node.variable: entity}) for entity in free)
        return AnyOf(parts) if node.quantifier == "any" else AllOf(parts)
    if is_dataclass(node) and not isinstance(node, type):
        changes = {
            part.name: _without_sets(getattr(node, part.name), sets, bound)
            for part in fields(node)
            if part.name in ("arguments", "body", "parts", "left", "right", "fields")
        }
        return replace(node, **changes)
    return node

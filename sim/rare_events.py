"""Did the rare thing happen, how nearly, and when: formulas evaluated on what a run left behind.

An event's score is the margin of its formula (see `sim.margins`) for the whole episode; it occurs where the
score is >= 0, and its time is the first moment at which that is settled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.domains.base import Domain, Trace
from sim.errors import RunError
from sim.formulas import (
    AllOf,
    AnyOf,
    Count,
    EventName,
    Formula,
    Measure,
    Occurs,
    Predicate,
    Quantified,
    Signal,
)
from sim.geometry import Array
from sim.margins import Margins
from sim.moments import is_running_maximum, mentioned
from sim.recording import Outcome

__all__ = ["Judge", "written_out"]


class Judge:
    """Gives the Outcome of runs; what follows from the formulas alone is worked out once."""

    def __init__(
        self,
        domain: Domain,
        events: Mapping[str, Formula],
        modes: Mapping[str, Formula],
        until: Formula | None = None,
    ) -> None:
        """Prepare the formulas of a scenario.

        Args:
            domain: whose signals and measures they mention.
            events: name -> formula, in the scenario's order.
            modes: name -> formula; the first that holds names the mode of an episode.
            until: what ends an episode early, if anything does.
        """
        self.events = dict(events)
        self.modes = dict(modes)
        self.until = None if until is None else _by_value(until, events)
        formulas = [*events.values(), *modes.values(), *([until] if until is not None else [])]
        nodes = [node for formula in formulas for node in mentioned(formula)]
        self.needs_crash = any(_reads_crash(domain, node) for node in nodes)
        self.reads = frozenset(name for node in nodes for name in _read_by(node))
        read = [domain.signals[name].arguments for name in self.reads if name in domain.signals]
        self.reads_sensors = any("sensor" in arguments for arguments in read)
        self._growing = {name for name, f in events.items() if is_running_maximum(f, domain, events)}
        self._sets = tuple(sorted({node.over.kind for node in nodes if isinstance(node, Quantified)}))
        self._expand = lru_cache(maxsize=256)(self._written_out)

    def ending(self, trace: Trace, parameters: Mapping[str, float | str | bool]) -> float:
        """Return the moment at which what ends an episode comes about in a run; inf where it does not."""
        if self.until is None:
            return math.inf
        members = {kind: tuple(trace.entities(kind)) for kind in self._sets}
        return Margins(trace, {}, parameters).decided(written_out(self.until, members))

    def outcome(self, trace: Trace, parameters: Mapping[str, float | str | bool]) -> Outcome:
        """Return the Outcome of one run.

        Raises:
            RunError: a score is not a number; the message names the event.
        """
        events, modes, measures = self._expand(tuple(tuple(trace.entities(kind)) for kind in self._sets))
        margins = Margins(trace, events, parameters)
        scores, times, peaks = {}, {}, {}
        running: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
        for name, formula in events.items():
            score = margins.score(formula)
            if math.isnan(score):
                raise RunError(f"the score of event '{name}' is not a number")
            scores[name] = score
            times[name] = margins.decided(formula) if score >= 0 else math.nan
            peaks[name] = times[name] if score >= 0 else margins.peak(formula)
            if name in self._growing:
                running[name] = _changes(trace.times, margins.so_far(formula))
        mode = next((name for name, formula in modes.items() if margins.score(formula) >= 0), "")
        values = {
            f"{measure.name}({', '.join(map(str, measure.arguments))})": margins.measure(measure)
            for measure in measures
        }
        return Outcome(scores, times, peaks, values, mode, running)

    def _written_out(
        self, members: tuple[tuple[str, ...], ...]
    ) -> tuple[dict[str, Formula], dict[str, Formula], tuple[Measure, ...]]:
        """Return events and modes with every `any(x in …)` written out, and the measures they read."""
        sets = dict(zip(self._sets, members, strict=True))
        events = {name: written_out(formula, sets) for name, formula in self.events.items()}
        modes = {name: written_out(formula, sets) for name, formula in self.modes.items()}
        nodes = [node for f in [*events.values(), *modes.values()] for node in mentioned(f)]
        plain = [n for n in nodes if isinstance(n, Measure) and all(isinstance(a, str) for a in n.arguments)]
        return events, modes, tuple(dict.fromkeys(plain))


def _reads_crash(domain: Domain, node: object) -> bool:
    match node:
        case Predicate(name=name):
            return domain.predicates[name].needs_crash
        case Measure(name=name):
            return domain.measures[name].needs_crash
        case Occurs(kind=kind) | Count(kind=kind):
            return domain.occurrences[kind].needs_crash
    return False


def _read_by(node: object) -> tuple[str, ...]:
    """Return what a node of a formula reads of a run: a signal, measure, predicate or kind of occurrence."""
    match node:
        case Signal(name=name) | Measure(name=name) | Predicate(name=name):
            return (name,)
        case Occurs(kind=kind) | Count(kind=kind):
            return (kind,)
    return ()


def _changes(times: Array, margins: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the points at which a running maximum grows."""
    best = np.maximum.accumulate(margins)
    grows = np.concatenate(([True], best[1:] > best[:-1]))
    return tuple(times[grows].tolist()), tuple(best[grows].tolist())


def _by_value(node: Any, events: Mapping[str, Formula]) -> Any:
    """Return a formula with the events that it names in their places."""
    if isinstance(node, EventName):
        return _by_value(events[node.name], events)
    if isinstance(node, tuple):
        return tuple(_by_value(part, events) for part in node)
    if isinstance(node, AllOf | AnyOf):
        return replace(node, parts=_by_value(node.parts, events))
    return replace(node, body=_by_value(node.body, events)) if isinstance(node, Quantified) else node


def written_out(node: Any, sets: Mapping[str, Sequence[str]], bound: Mapping[str, str] | None = None) -> Any:
    """Return a part of a formula with quantifiers written out and variables replaced by entities.

    Args:
        node: the part.
        sets: kind of entities -> their ids.
        bound: variable -> the entity it stands for.
    """
    bound = bound or {}
    if isinstance(node, str):
        return bound.get(node, node)
    if isinstance(node, tuple):
        return tuple(written_out(part, sets, bound) for part in node)
    if isinstance(node, Quantified):
        free = [entity for entity in sets[node.over.kind] if entity not in bound.values()]
        parts = tuple(written_out(node.body, sets, {**bound, node.variable: entity}) for entity in free)
        return AnyOf(parts) if node.quantifier == "any" else AllOf(parts)
    if is_dataclass(node) and not isinstance(node, type):
        changes = {
            part.name: written_out(getattr(node, part.name), sets, bound)
            for part in fields(node)
            if part.name in ("arguments", "body", "parts", "left", "right", "fields")
        }
        return replace(node, **changes)
    return node

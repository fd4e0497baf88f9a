"""The formulas of a scenario: events, modes and conditions over entities, read by the event grammar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from sim.domains.base import Domain
from sim.errors import Place
from sim.event_grammar import GrammarError, Names, parse, parse_condition, parse_signal
from sim.formula_parts import parameter_of, parts
from sim.formulas import EventName, Formula, WordIs
from sim.language.kinds import WordKind
from sim.language.nodes import MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Later, Leaf
from sim.language.report import Report
from sim.language.scalars import part_of
from sim.language.walker import ID, is_reserved

__all__ = ["event_names", "formula_parameters", "names_of", "read_formulas", "settle"]

Read = TypeVar("Read")


def names_of(
    domain: Domain,
    entities: Mapping[str, str],
    sets: tuple[str, ...],
    events: tuple[str, ...],
    columns: Mapping[str, Leaf],
    sensors: tuple[str, ...] = (),
) -> Names:
    """Return what the formulas of a scenario may mention."""
    units = {name: None if isinstance(leaf.kind, WordKind) else leaf.symbol for name, leaf in columns.items()}
    return Names(domain=domain, entities=entities, sets=sets, events=events, parameters=units, sensors=sensors)


def settle(
    later: list[Later], names: Names, columns: Mapping[str, Leaf], report: Report
) -> dict[str, list[str]]:
    """Find the entities and conditions that were put off, noting those that are not there.

    Returns:
        parameter -> where it is read.
    """
    users: dict[str, list[str]] = {}
    known = (*names.entities, *(one for one in names.sets if one not in names.entities))
    for one in later:
        if one.what == "condition":
            one.value = _read(parse_condition, one.text, one.where, one.place, names, report)
        elif one.what == "signal":
            read = partial(parse_signal, dimension=one.dimension)
            one.value = _read(read, one.text, one.where, one.place, names, report)
        elif one.text in known:
            one.value = one.text
        else:
            message = f"there is no entity '{one.text[:60]}'"
            report.add("E160", one.where, message, place=one.place, allowed=known, given=one.text)
        for parameter in _read_by(one.value, columns, one.where, one.place, report):
            users.setdefault(parameter, []).append(one.where)
    return users


def event_names(node: Node | None, report: Report, where: str = "event") -> tuple[str, ...]:
    """Return the names under `event:` or `modes:`, noting those that are none."""
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return ()
    if not isinstance(node, MapNode):
        report.add("E122", where, f"expected names with their formulas, got {kind_of(node)}", place=node.place)
        return ()
    for entry in node.entries:
        if not ID.match(entry.key) or is_reserved(entry.key):
            message = (
                f"'{entry.key[:60]}' cannot name a formula: a letter, then letters, digits and '_', no word"
            )
            report.add("E128", f"{where}.{entry.key}", f"{message} of the language", place=entry.place)
    return node.keys


def read_formulas(node: Node | None, where: str, names: Names, report: Report) -> dict[str, Formula]:
    """Return the formulas of `event:` or `modes:` that can be read; cycles among events are faults."""
    found: dict[str, Formula] = {}
    places: dict[str, Place | None] = {}
    for entry in node.entries if isinstance(node, MapNode) else ():
        path = f"{where}.{entry.key}"
        text = entry.value.value if isinstance(entry.value, ScalarNode) else None
        if not isinstance(text, str):
            message = f"expected a formula, got {kind_of(entry.value)}"
            report.add("E122", path, message, place=entry.value.place)
            continue
        formula = _read(parse, text, path, entry.value.place, names, report)
        if formula is not None:
            found[entry.key] = formula
            places[entry.key] = entry.value.place
    for name in _circular(found):
        report.add("E162", f"{where}.{name}", f"the event '{name}' refers to itself", place=places[name])
    return found


def _read(
    reader: Callable[[str, Names], Read],
    text: str,
    where: str,
    place: Place | None,
    names: Names,
    report: Report,
) -> Read | None:
    """Return what a reader makes of a text, None with a fault."""
    try:
        return reader(text, names)
    except GrammarError as error:
        at = part_of(place, text, error.offset, error.end, report)
        report.add("E161", where, error.message, place=at, allowed=error.allowed, suggestion=error.suggestion)
        return None


def formula_parameters(
    formulas: Mapping[str, Formula], columns: Mapping[str, Leaf], node: Node | None, where: str, report: Report
) -> dict[str, list[str]]:
    """Return parameter -> formulas that mention it; a word that a parameter can never be is a fault."""
    users: dict[str, list[str]] = {}
    for name, formula in formulas.items():
        path = f"{where}.{name}"
        text = node.get(name) if isinstance(node, MapNode) else None
        for parameter in _read_by(formula, columns, path, text.place if text else None, report):
            users.setdefault(parameter, []).append(path)
    return users


def _read_by(
    formula: Any, columns: Mapping[str, Leaf], where: str, place: Place | None, report: Report
) -> tuple[str, ...]:
    """Return the parameters that a formula or term reads, noting words that they can never be."""
    found: dict[str, None] = {}
    for part in parts(formula):
        parameter = parameter_of(part)
        if parameter is None or parameter not in columns:
            continue
        found[parameter] = None
        leaf = columns[parameter]
        if isinstance(part, WordIs) and leaf.words and part.word not in leaf.words:
            message = f"'{parameter}' is never '{part.word}'"
            near = report.near(part.word, leaf.words)
            report.add("E123", where, message, place=place, allowed=leaf.words, suggestion=near)
    return tuple(found)


def _circular(formulas: Mapping[str, Formula]) -> list[str]:
    """Return the events that lead back to themselves, in order."""
    needs = {
        name: {part.name for part in parts(formula) if isinstance(part, EventName)} & set(formulas)
        for name, formula in formulas.items()
    }
    reached = {name: set(direct) for name, direct in needs.items()}
    for middle in formulas:
        for name in formulas:
            if middle in reached[name]:
                reached[name] |= reached[middle]
    return [name for name in formulas if name in reached[name]]

"""Events of a world in which something is more frequent than it is: their odds say nothing of the real one.

A boost makes instances more frequent and gives each its weight, which is exact for sums over instances. An
event is no sum: that three rings meet in a year tells nothing of a bank with a hundredth of them. So whatever
speaks of what is boosted has no odds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sim.formulas import Count, EventName, Formula, Occurs, Quantified, Selector

__all__ = ["events_under_boost"]


def events_under_boost(events: Mapping[str, Formula], boosted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return event -> the boosted entities it speaks of, for those that do.

    What speaks of a whole kind (`any(x in campaign: …)`), or of occurrences but not whose, speaks of all.

    Args:
        events: name -> formula.
        boosted: entities that the scenario makes more frequent than they are.
    """
    found = {}
    for name, formula in events.items():
        words = set(_words(formula, events))
        spoken_of = tuple(one for one in boosted if one in words or _ALL in words)
        if spoken_of:
            found[name] = spoken_of
    return found


_ALL = ""
"""Stands for all entities."""


def _words(node: Any, events: Mapping[str, Formula]) -> Iterator[str]:
    """Yield all names that a formula holds, those of the events it builds on included."""
    if isinstance(node, Quantified | Selector):
        yield _ALL
    if isinstance(node, Count | Occurs) and not node.fields:
        yield _ALL
    if isinstance(node, EventName) and node.name in events:
        yield from _words(events[node.name], events)
    if isinstance(node, str):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _words(part, events)
    elif is_dataclass(node):
        for one in fields(node):
            yield from _words(getattr(node, one.name), events)

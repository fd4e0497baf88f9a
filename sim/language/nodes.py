"""The content of a YAML file with a place on every key and value.

Three kinds of node: a scalar, a list, a mapping. A node whose place is None was not written in the file: it
comes from the command line or from a declaration's default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.errors import Place

__all__ = ["Entry", "ListNode", "MapNode", "Node", "ScalarNode", "kind_of", "node_of", "plain"]


@dataclass(frozen=True)
class ScalarNode:
    """null, a boolean, a number or a text."""

    value: bool | int | float | str | None
    place: Place | None = None


@dataclass(frozen=True)
class ListNode:
    """A list."""

    items: tuple[Node, ...]
    place: Place | None = None


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a mapping; `place` is that of the key."""

    key: str
    value: Node
    place: Place | None = None


@dataclass(frozen=True)
class MapNode:
    """A mapping; keys are texts, unique, in the order of the file."""

    entries: tuple[Entry, ...]
    place: Place | None = None

    @cached_property
    def by_key(self) -> Mapping[str, Entry]:
        """The entries by their key."""
        return {entry.key: entry for entry in self.entries}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(entry.key for entry in self.entries)

    def get(self, key: str) -> Node | None:
        """Return the value at a key, None where there is none."""
        entry = self.by_key.get(key)
        return entry.value if entry else None

    def with_entry(self, key: str, value: Node) -> MapNode:
        """Return this mapping with one value replaced in its place, or added at the end."""
        if key not in self.by_key:
            return MapNode((*self.entries, Entry(key, value, value.place)), self.place)
        changed = (Entry(e.key, value, e.place) if e.key == key else e for e in self.entries)
        return MapNode(tuple(changed), self.place)


Node = ScalarNode | ListNode | MapNode


def plain(node: Node) -> Any:
    """Return the node as plain data: dicts, lists and scalars."""
    if isinstance(node, MapNode):
        return {entry.key: plain(entry.value) for entry in node.entries}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def node_of(data: Any, place: Place | None = None) -> Node:
    """Return plain data as a node, every part of it at `place`."""
    if isinstance(data, Mapping):
        entries = (Entry(str(key), node_of(value, place), place) for key, value in data.items())
        return MapNode(tuple(entries), place)
    if isinstance(data, Sequence) and not isinstance(data, str):
        return ListNode(tuple(node_of(item, place) for item in data), place)
    return ScalarNode(data, place)


def kind_of(node: Node) -> str:
    """Return what a user would call this node: a mapping, a list, a text, a number."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return "true or false"
    return "a text" if isinstance(node.value, str) else "a number"

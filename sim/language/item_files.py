"""`use:` in an item of a list with ids: the item's fields from a file of their own, as typologies of crime are.

What the item says itself wins, by the rules of `includes`: mappings are put together key by key, lists are
replaced, and of fields of which only one may stand the item's own is kept. Such a file is written for many
worlds: amounts in a unit that the domain restates (euros, in a bank of another currency) are put into theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.domains import domain_named, domain_names
from sim.domains.base import Domain
from sim.fields import Field, Listing, Section
from sim.language.includes import merged_section, used_mapping, world_of
from sim.language.input_files import Inputs
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of, plain
from sim.language.report import Report

__all__ = ["ITEM_FILE", "has_item_files", "with_item_files"]

ITEM_FILE = "use"
"""Key of an item under which the path of its file stands."""


def has_item_files(root: Node) -> bool:
    """Return whether an item of a list right under `world:` has a file, of which nothing is known yet."""
    world = root.get("world") if isinstance(root, MapNode) else None
    lists = (
        [e.value for e in world.entries if isinstance(e.value, ListNode)] if isinstance(world, MapNode) else []
    )
    return any(isinstance(one, MapNode) and ITEM_FILE in one.by_key for many in lists for one in many.items)


def with_item_files(
    root: Node, inputs: Inputs, report: Report, *, overruled: Node, domains: Mapping[str, Domain] | None
) -> Node:
    """Return a document in which items are put together with their files.

    Args:
        root: the document.
        overruled: the document with what the command line says, which may change the units of its world.
        inputs: finds the files, and remembers them.
        report: takes the faults.
        domains: the domains there are; the installed ones unless given.
    """
    declared = world_of([root], domains) if isinstance(root, MapNode) else None
    world = root.get("world") if isinstance(root, MapNode) else None
    if declared is None or not isinstance(root, MapNode) or not isinstance(world, MapNode):
        return root
    reader = _Items(inputs, report, _restated(overruled, domains))
    entries = tuple(
        replace(entry, value=reader.listed(entry.value, declared.fields.get(entry.key), f"world.{entry.key}"))
        for entry in world.entries
    )
    return root.with_entry("world", MapNode(entries, world.place))


@dataclass(frozen=True)
class _Items:
    """Reads the files of items."""

    inputs: Inputs
    report: Report
    restated: Mapping[str, tuple[float, str]]

    def listed(self, node: Node, declared: Field | None, where: str) -> Node:
        """Return a list of items, each put together with its file."""
        if not isinstance(declared, Listing) or not declared.named or not isinstance(node, ListNode):
            return node
        assert isinstance(declared.item, Section), "items with ids are sections"
        items = tuple(self._item(one, declared.item, f"{where}.{k}") for k, one in enumerate(node.items))
        return ListNode(items, node.place)

    def _item(self, node: Node, declared: Section, where: str) -> Node:
        entry = node.by_key.get(ITEM_FILE) if isinstance(node, MapNode) else None
        if entry is None or not isinstance(node, MapNode):
            return node
        own = MapNode(tuple(one for one in node.entries if one.key != ITEM_FILE), node.place)
        other = self._file(entry, f"{where}.{ITEM_FILE}")
        return own if other is None else merged_section(own, _in_units(other, self.restated), declared)

    def _file(self, entry: Entry, where: str) -> MapNode | None:
        written = entry.value.value if isinstance(entry.value, ScalarNode) else None
        if not isinstance(written, str):
            message = f"expected the path of a file, got {kind_of(entry.value)}"
            self.report.add("E122", where, message, place=entry.value.place)
            return None
        path = self.inputs.rebased(written, entry.value.place)
        expected = "the file of an item is a mapping with its fields"
        return used_mapping(path, where, entry.value.place, self.inputs, self.report, expected=expected)


_AMOUNT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([A-Z]{3})\s*")


def _restated(root: Node, domains: Mapping[str, Domain] | None) -> Mapping[str, tuple[float, str]]:
    """Return what units of its items' files stand for in the world of a document."""
    named = root.get("scenario") if isinstance(root, MapNode) else None
    world = root.get("world") if isinstance(root, MapNode) else None
    text = named.value if isinstance(named, ScalarNode) else None
    name = text.partition("/")[0] if isinstance(text, str) else ""
    if domains is not None:
        domain = domains.get(name)
    else:
        domain = domain_named(name) if name in domain_names() else None
    if domain is None or domain.localised is None or not isinstance(world, MapNode):
        return {}
    return domain.localised(plain(world)).restated


def _in_units(node: MapNode, restated: Mapping[str, tuple[float, str]]) -> MapNode:
    """Return a mapping whose amounts are in the units of the world; places stay those of the file."""
    entries = (
        Entry(_amount(one.key, restated), _value_in_units(one.value, restated), one.place)
        for one in node.entries
    )
    return MapNode(tuple(entries), node.place) if restated else node


def _value_in_units(node: Node, restated: Mapping[str, tuple[float, str]]) -> Node:
    if isinstance(node, MapNode):
        return _in_units(node, restated)
    if isinstance(node, ListNode):
        return ListNode(tuple(_value_in_units(one, restated) for one in node.items), node.place)
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return ScalarNode(_amount(node.value, restated), node.place)
    return node


def _amount(text: str, restated: Mapping[str, tuple[float, str]]) -> str:
    """Return a text, in the world's unit if it is an amount that has to be restated."""
    found = _AMOUNT.fullmatch(text)
    if found is None or found[2] not in restated:
        return text
    factor, unit = restated[found[2]]
    return f"{float(found[1]) * factor:.12g} {unit}"

"""`use:`: shared pieces from other files, put together with a scenario before anything is checked.

What the scenario says itself wins; of two used files the later one does. Mappings are put together key by key
as far as they are declared as sections; another kind or value replaces the one before. Lists of items with ids
are joined, as are constraints, dependence, sources and tags; an id that stands twice is a fault, and any other
list is replaced.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.domains import domain_named, domain_names
from sim.domains.base import Domain
from sim.errors import Place
from sim.fields import Field, Listing, Section, Tagged
from sim.language.input_files import Inputs
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.report import Report
from sim.language.sections import SHARED, sensor_section
from sim.language.source import parse_text, read_bytes

__all__ = ["MAX_DEPTH", "MAX_FILES", "merged_section", "used_mapping", "with_used", "world_of"]

MAX_DEPTH = 8
MAX_FILES = 32

_SUFFIXES = (".yaml", ".yml")
_JOINED = ("constraints", "dependence", "sources", "tags")
_NAMED = ("parameters", "event", "modes")


def with_used(
    root: Node,
    inputs: Inputs,
    report: Report,
    *,
    sensors: Mapping[str, Section],
    domains: Mapping[str, Domain] | None,
) -> Node:
    """Return a document with the files it uses put in, and without its `use:`.

    Args:
        root: the document.
        inputs: finds the files, and remembers them.
        report: takes the faults.
        sensors: kind of sensor -> what may stand in its section.
        domains: the domains there are; the installed ones unless given.
    """
    if not isinstance(root, MapNode) or "use" not in root.by_key:
        return root
    found = _Reader(inputs, report).whole(root, "", ())
    last = {path: number for number, (path, _) in enumerate(found)}
    # a file that several others use stands once, behind all of them
    whole = [document for number, (path, document) in enumerate(found) if last[path] == number]
    merge = _Merge(sensors, world_of(whole, domains))
    total, *others = whole
    for other in others:
        total = merge.documents(total, other)
    return total


def world_of(documents: Sequence[MapNode], domains: Mapping[str, Domain] | None) -> Section | None:
    """Return what may stand under `world:`, None where no document names a domain that there is."""
    for document in documents:
        node = document.get("scenario")
        if node is not None:
            text = node.value if isinstance(node, ScalarNode) else None
            name = text.partition("/")[0] if isinstance(text, str) else ""
            if domains is not None:
                return domains[name].world if name in domains else None
            return domain_named(name).world if name in domain_names() else None
    return None


@dataclass
class _Reader:
    """Reads what a document uses, and what that uses in turn."""

    inputs: Inputs
    report: Report
    count: int = field(default=0)

    def whole(self, root: MapNode, written: str, chain: tuple[str, ...]) -> list[tuple[str, MapNode]]:
        """Return (path, document) of a document and those it uses, each before those that it overrules.

        Args:
            root: the document.
            written: its path from the scenario's folder, "" for the scenario itself.
            chain: paths of the documents that lead to it.
        """
        entry = root.by_key.get("use")
        rest = MapNode(tuple(one for one in root.entries if one.key != "use"), root.place)
        found = [(written, rest)]
        for text, place in reversed(self._paths(entry)):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(written), text))
            used = self._used(path, place, (*chain, written))
            if used is not None:
                found += self.whole(used, path, (*chain, written))
        return found

    def _paths(self, entry: Entry | None) -> list[tuple[str, Place | None]]:
        if entry is None:
            return []
        items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
        found = []
        for item in items:
            if isinstance(item, ScalarNode) and isinstance(item.value, str):
                found.append((item.value, item.place))
            elif not (isinstance(item, ScalarNode) and item.value is None):
                message = f"expected the path of a file, or a list of them, got {kind_of(item)}"
                self.report.add("E122", "use", message, place=item.place)
        return found

    def _used(self, path: str, place: Place | None, chain: tuple[str, ...]) -> MapNode | None:
        """Return the document at a path, None with a fault."""
        if path in chain:
            names = " -> ".join((*filter(None, chain[chain.index(path) :]), path))
            self.report.add("E171", "use", f"files use each other in a circle: {names}", place=place)
            return None
        self.count += 1
        if len(chain) > MAX_DEPTH or self.count > MAX_FILES:
            limit = f"{MAX_DEPTH} deep" if len(chain) > MAX_DEPTH else f"{MAX_FILES} files"
            self.report.add("E171", "use", f"files are used more than {limit}", place=place)
            return None
        expected = "a file to use is a mapping like a scenario"
        return used_mapping(path, "use", place, self.inputs, self.report, expected=expected)


def used_mapping(
    path: str, where: str, place: Place | None, inputs: Inputs, report: Report, *, expected: str
) -> MapNode | None:
    """Return the mapping that a file to use holds, None with a fault.

    Args:
        path: of the file, from the scenario's folder.
        where: path of the key that names it.
        place: where that stands.
        inputs: finds the file, and remembers it and its folder.
        report: takes the fault.
        expected: begins the message about a file that holds something else.
    """
    found = inputs.add(path, _SUFFIXES, where, place, report, is_used=True)
    raw = read_bytes(found.file, report) if found is not None else None
    if raw is None:
        return None
    name = inputs.shown(path)
    inputs.bases[name] = posixpath.dirname(path)
    root = parse_text(raw, name, report)
    if root is not None and not isinstance(root, MapNode):
        report.add("E122", where, f"{expected}, this is {kind_of(root)}", place=root.place)
    return root if isinstance(root, MapNode) else None


@dataclass(frozen=True)
class _Merge:
    """Puts two documents together; the first one wins."""

    sensors: Mapping[str, Section]
    world: Section | None

    def documents(self, own: MapNode, other: MapNode) -> MapNode:
        """Return both documents in one."""
        entries = []
        for entry in own.entries:
            shared = other.get(entry.key)
            value = entry.value if shared is None else self._top(entry.key, entry.value, shared)
            entries.append(Entry(entry.key, value, entry.place))
        entries += [entry for entry in other.entries if entry.key not in own.by_key]
        return MapNode(tuple(entries), own.place)

    def _top(self, key: str, own: Node, other: Node) -> Node:
        if _is_null(own):
            return other
        if key in _JOINED:
            return _joined(own, other)
        if key in _NAMED:
            return _by_key(own, other, {})
        if key == "sensors":
            names = own.keys if isinstance(own, MapNode) else ()
            return _by_key(own, other, dict.fromkeys(names, sensor_section(self.sensors)))
        declared = self.world if key == "world" else SHARED.get(key)
        return own if declared is None else _merged(own, other, declared)


def _merged(own: Node, other: Node, declared: Field | None) -> Node:
    """Return a declared part put together; anything but a section or a list of items with ids is replaced."""
    match declared:
        case Section():
            return merged_section(own, other, declared)
        case Tagged() if isinstance(own, MapNode) and isinstance(other, MapNode) and own.keys == other.keys:
            return _by_key(own, other, declared.options)
        case Listing(named=True):
            return _joined(own, other)
    return own


def merged_section(own: Node, other: Node, declared: Section) -> Node:
    """Return two mappings of a section put together; what `own` says wins."""
    if not isinstance(own, MapNode) or not isinstance(other, MapNode):
        return other if _is_null(own) else own
    kinds = declared.choice.options if declared.choice is not None else {}
    overruled = {key for key in kinds if any(mine in kinds and mine != key for mine in own.keys)}
    for group in declared.exclusive:
        overruled |= {key for key in group if any(mine in group and mine != key for mine in own.keys)}
    rest = MapNode(tuple(one for one in other.entries if one.key not in overruled), other.place)
    return _by_key(own, rest, {**declared.fields, **kinds})


def _by_key(own: Node, other: Node, fields: Mapping[str, Field]) -> Node:
    if not isinstance(own, MapNode) or not isinstance(other, MapNode):
        return other if _is_null(own) else own
    entries = []
    for entry in own.entries:
        shared = other.get(entry.key)
        value = entry.value if shared is None else _merged(entry.value, shared, fields.get(entry.key))
        entries.append(Entry(entry.key, value, entry.place))
    entries += [entry for entry in other.entries if entry.key not in own.by_key]
    return MapNode(tuple(entries), own.place)


def _joined(own: Node, other: Node) -> Node:
    if isinstance(own, ListNode) and isinstance(other, ListNode):
        return ListNode((*own.items, *other.items), own.place)
    return other if _is_null(own) else own


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None

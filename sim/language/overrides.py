"""`--set path=value`: changes made to the nodes before anything is checked, placed at the command line."""

from __future__ import annotations

from collections.abc import Mapping

from sim.errors import did_you_mean
from sim.language.nodes import ListNode, MapNode, Node, ScalarNode, node_of
from sim.language.report import Report
from sim.language.sections import SHARED, SPECIAL
from sim.language.source import parse_text

__all__ = ["apply_overrides"]


def apply_overrides(root: Node, overrides: Mapping[str, str], report: Report) -> Node:
    """Return the document with values replaced; a path that cannot be is a fault.

    Args:
        root: the document.
        overrides: path -> YAML text. A path is written as everywhere: a parameter's bare name, the id of
            an item or a part of the world with what follows, or the whole dotted path.
        report: takes the faults.
    """
    for path, text in overrides.items():
        if not isinstance(root, MapNode):
            return root
        value = _value(path, text, report)
        if value is None:
            continue
        steps = _full(path, root)
        changed = _set(root, steps, value) if steps else None
        if changed is None:
            known = (*SHARED, *SPECIAL, *_shortcuts(root))
            near = did_you_mean(path.partition(".")[0], known)
            report.add("E180", path, f"there is no '{path}' to set", suggestion=near)
        elif isinstance(changed, MapNode):
            root = changed
    return root


def _value(path: str, text: str, report: Report) -> Node | None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        report.add("E103", path, "the value is not UTF-8")
        return None
    own = Report()
    node = parse_text(raw, "", own)
    for fault in own.faults:
        report.add(fault.code, path, f"{fault.message}, in '{text[:60]}'")
    if node is None and not own.faults:
        return node_of(None)
    return node


def _full(path: str, root: MapNode) -> list[str]:
    """Return the keys that lead to a path from the top."""
    steps = path.split(".")
    if not all(steps):
        return []
    head = steps[0]
    if head in SHARED or head in SPECIAL:
        return steps
    shortcut = _shortcuts(root).get(head)
    return [*shortcut, *steps[1:]] if shortcut is not None else []


def _shortcuts(root: MapNode) -> dict[str, tuple[str, ...]]:
    """Return bare name -> path: parameters, ids of items, parts of the world and sensors."""
    found: dict[str, tuple[str, ...]] = {}
    for section in ("sensors", "world"):
        node = root.get(section)
        if isinstance(node, MapNode):
            found |= {key: (section, key) for key in node.keys}
            for entry in node.entries:
                if isinstance(entry.value, ListNode):
                    names = filter(None, map(_id, entry.value.items))
                    found |= {name: (section, entry.key, name) for name in names}
    parameters = root.get("parameters")
    if isinstance(parameters, MapNode):
        found |= {key: ("parameters", key) for key in parameters.keys}
    return found


def _id(node: Node) -> str | None:
    name = node.get("id") if isinstance(node, MapNode) else None
    return name.value if isinstance(name, ScalarNode) and isinstance(name.value, str) else None


def _set(node: Node | None, steps: list[str], value: Node) -> Node | None:
    """Return a node with the value at the end of the steps replaced; None where they lead nowhere."""
    if not steps:
        return value
    key, *rest = steps
    if isinstance(node, ListNode):
        return _set_item(node, key, rest, value)
    if isinstance(node, ScalarNode):
        if node.value is not None and node.value != key:
            # a bare kind (`road: highway`) that another kind's settings replace
            return _set(MapNode((), node.place), steps, value) if rest else None
        node = MapNode((), node.place)
    inner = _set(node.get(key) if node is not None else None, rest, value)
    if inner is None:
        return None
    return (node or MapNode(())).with_entry(key, inner)


def _set_item(node: ListNode, key: str, rest: list[str], value: Node) -> Node | None:
    for index, item in enumerate(node.items):
        if key == (_id(item) or str(index)):
            inner = _set(item, rest, value)
            if inner is None:
                return None
            return ListNode((*node.items[:index], inner, *node.items[index + 1 :]), node.place)
    return None

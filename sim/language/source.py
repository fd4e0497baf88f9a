"""YAML text to nodes with places: the only module that reads YAML.

PyYAML's C parser gives events; nodes are built from them in one pass without recursion, so every limit is
checked before anything grows. Scalars follow the YAML 1.2 core schema, so that the editor and we agree:
`1e-6` is a number, `on`, `no` and `1:30` are texts. Tags are refused; duplicate keys name both lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sim.errors import Place
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from sim.language.report import Report

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_DIGITS", "MAX_NODES", "parse_text", "read_bytes", "split_lines"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_DIGITS = 64

_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUTHS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)\Z")
_NAN = re.compile(r"\.(nan|NaN|NAN)\Z")


class _Refused(Exception):
    """Reading cannot go on; the fault is in the report."""


def read_bytes(path: Path, report: Report) -> bytes | None:
    """Return the content of a scenario file, or None with a fault in the report."""
    place = Place(str(path), 1, 1, 1)
    try:
        if path.is_dir():
            report.add("E101", "", "this is a directory; a scenario is one YAML file", place=place)
            return None
        if path.exists() and not path.is_file():
            report.add("E101", "", "this is not a regular file", place=place)
            return None
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        report.add("E101", "", "there is no such file", place=place)
        return None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else None
        report.add("E101", "", f"the file cannot be read: {reason or error}", place=place)
        return None
    if len(raw) > MAX_BYTES:
        report.add("E102", "", f"the file is larger than {MAX_BYTES // 1024**2} MiB", place=place)
        return None
    return raw


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them."""
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text)


def parse_text(raw: bytes, name: str, report: Report) -> Node | None:
    """Return the nodes of a YAML text, or None with the faults in the report.

    Args:
        raw: the text in UTF-8.
        name: the file as faults show it; "" for the command line, whose places are None.
        report: takes the faults, and the source lines that they quote.
    """
    text = _decode(raw, name, report)
    if text is None:
        return None
    if name:
        report.texts[name] = split_lines(text)
    reader = _Reader(name, report, split_lines(text))
    try:
        root = reader.read(text)
    except _Refused:
        return None
    if root is None or (isinstance(root, ScalarNode) and root.value is None and name):
        report.add("E104", "", "the file is empty", place=Place(name, 1, 1, 1) if name else None)
        return None
    return root


def _decode(raw: bytes, name: str, report: Report) -> str | None:
    place = Place(name, 1, 1, 1) if name else None
    if b"\0" in raw:
        report.add("E103", "", "this is a binary file; a scenario is a YAML text in UTF-8", place=place)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        if name:
            column = error.start - (before.rfind(b"\n") + 1) + 1
            place = Place(name, before.count(b"\n") + 1, column, column + 1)
        bad = f"byte 0x{raw[error.start]:02x}"
        report.add("E103", "", f"the file is not UTF-8: {bad} cannot be decoded", place=place)
        return None


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    is_map: bool
    mark: Any
    anchor: str | None
    children: list[Node] = field(default_factory=list)
    sizes: int = 1


@dataclass
class _Reader:
    """Builds nodes from events; keeps what one document needs."""

    name: str
    report: Report
    lines: list[str]
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    count: int = 0
    root: Node | None = None

    def read(self, text: str) -> Node | None:
        """Return the root node, None for an empty stream."""
        documents = 0
        for event in self._events(text):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse("E112", "a second document starts here", self._span(event))
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close(event)
        return self.root

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._refuse("E105", _problem(error, mark, text), self._point(mark))
        except yaml.YAMLError as error:
            problem = str(error).splitlines()[0] if str(error) else "unreadable"
            self._refuse("E105", problem, Place(self.name, 1, 1, 1) if self.name else None)

    def _node(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
            return
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse("E108", f"the tag '{tag}' is not part of the language", self._span(event))
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self.stack) >= MAX_DEPTH:
                self._refuse("E106", f"nested more than {MAX_DEPTH} deep", self._span(event))
            self._tally(1, event)
            is_map = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Open(is_map, event.start_mark, event.anchor))
            if event.anchor is not None:
                self.anchors.pop(event.anchor, None)
            return
        self._tally(1, event)
        is_plain = event.implicit[0]
        value = self._resolve(event.value, event) if is_plain else event.value
        self._add(ScalarNode(value, self._span(event)), 1, event.anchor)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if any(open_.anchor == name for open_ in self.stack):
            self._refuse("E113", f"the alias '*{name}' contains itself", self._span(event))
        if name not in self.anchors:
            self._refuse("E113", f"there is no anchor '&{name}' before this alias", self._span(event))
        node, size = self.anchors[name]
        self._tally(size, event)
        self._add(node, size, None)

    def _tally(self, size: int, event: Any) -> None:
        self.count += size
        if self.count > MAX_NODES:
            self._refuse("E107", f"more than {MAX_NODES} nodes after expanding aliases", self._span(event))

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if self.stack:
            self.stack[-1].children.append(node)
            self.stack[-1].sizes += size
        else:
            self.root = node

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        place = self._place(done.mark, event.end_mark)
        node: Node = (
            self._mapping(done.children, place) if done.is_map else ListNode(tuple(done.children), place)
        )
        self._add(node, done.sizes, done.anchor)

    def _mapping(self, children: list[Node], place: Place | None) -> MapNode:
        entries: dict[str, Entry] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, ScalarNode) or key.value is None:
                self.report.add("E110", "", "a key must be a plain word", place=key.place)
                continue
            word = self._key_text(key)
            if word in entries:
                self._duplicate(word, entries[word].place, key.place)
                continue
            entries[word] = Entry(word, value, key.place)
        return MapNode(tuple(entries.values()), place)

    def _key_text(self, key: ScalarNode) -> str:
        """Return a key as it was written: `2` and `on` are the texts "2" and "on"."""
        if isinstance(key.value, bool):
            return "true" if key.value else "false"
        return str(key.value)

    def _duplicate(self, word: str, first: Place | None, second: Place | None) -> None:
        lines = f"lines {first.line} and {second.line}" if first and second else "this value"
        self.report.add("E109", "", f"the key '{word}' stands twice, in {lines}", place=second)

    def _resolve(self, text: str, event: Any) -> bool | int | float | str | None:
        if text in _NULLS:
            return None
        if text in _TRUTHS:
            return _TRUTHS[text]
        for pattern, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
            if pattern.match(text):
                if len(text.lstrip("+-")) > MAX_DIGITS:
                    self._refuse("E111", f"an integer of more than {MAX_DIGITS} digits", self._span(event))
                return int(text[2:] if base != 10 else text, base)
        if _FLOAT.match(text):
            return float(text)
        if _INFINITY.match(text):
            return float("-inf" if text.startswith("-") else "inf")
        return float("nan") if _NAN.match(text) else text

    def _refuse(self, code: str, message: str, place: Place | None) -> None:
        self.report.add(code, "", message, place=place)
        raise _Refused

    def _span(self, event: Any) -> Place | None:
        return self._place(event.start_mark, event.end_mark)

    def _point(self, mark: Any) -> Place | None:
        return self._place(mark, mark) if mark is not None else None

    def _place(self, start: Any, end: Any) -> Place | None:
        """Return the stretch of the first line from start to end."""
        if not self.name:
            return None
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        past = end.column if end.line == start.line else len(line.rstrip())
        return Place(self.name, start.line + 1, start.column + 1, max(past, start.column + 1) + 1)


def _problem(error: yaml.MarkedYAMLError, mark: Any, text: str) -> str:
    """Return what the parser found, or that a tab indents the line, of which it speaks in riddles."""
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab indents this line; YAML is indented with spaces"
    return f"{error.context}, {error.problem}" if error.context else str(error.problem)

"""One walker reads what any domain, sensor or section declares: nodes in, a plan out, all faults in the report.

It knows kinds of fields, not domains. Leaves are registered under their path, so that expressions, `--set`,
`explain` and columns name them alike; references between entities and conditions are checked afterwards, when
all entities are known.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.errors import Place, did_you_mean
from sim.expressions import FUNCTIONS
from sim.fields import (
    REQUIRED,
    Condition,
    Field,
    Figures,
    File,
    Flag,
    Listing,
    Module,
    Name,
    Numbers,
    Quantity,
    Section,
    Tagged,
    Text,
    Word,
)
from sim.language.input_files import Inputs
from sim.language.kinds import Kind, NumberKind, TruthKind, WordKind
from sim.language.known import UNTOLD, constant_of
from sim.language.law_reader import LawReader, law_names
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of, node_of
from sim.language.number_rows import read_figures, read_numbers
from sim.language.plan import Fixed, Group, Later, Leaf, Pick, Plan, Repeated, Row, SignalUse
from sim.language.report import Report
from sim.language.scalars import Bounds, Want
from sim.units import unit

__all__ = ["COUNT", "ID", "Walker", "is_reserved", "kind_of_field"]

COUNT = Quantity(doc="how many entities the item stands for", unit="", integer=True, least=0.0, most=100_000.0)

ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
_RESERVED = frozenset(
    {*FUNCTIONS, "true", "false", "until", "eventually", "always", "occurs", "count", "any", "all", "nearest"}
)


def is_reserved(name: str) -> bool:
    """Return whether a name means something to the language itself."""
    return name in _RESERVED or name in law_names() or keyword.iskeyword(name)


def kind_of_field(declared: Quantity | Word | Flag) -> Kind:
    """Return the kind of value of a leaf."""
    if isinstance(declared, Quantity):
        return NumberKind(unit(declared.unit).dimension)
    return WordKind(tuple(declared.options)) if isinstance(declared, Word) else TruthKind()


def want_of(declared: Quantity | Word | Flag) -> Want:
    """Return what may stand in a leaf."""
    kind = kind_of_field(declared)
    if not isinstance(declared, Quantity):
        return Want(kind, fixed=declared.fixed, varying=isinstance(declared, Word) and declared.varying)
    return Want(
        kind,
        Bounds(declared.least, declared.most, declared.integer),
        fixed=declared.fixed,
        each=declared.each,
        varying=declared.varying,
        signal=declared.signal,
    )


@dataclass
class Walker:
    """Walks declared fields.

    Args:
        report: takes the faults.
        inputs: takes the input files.
    """

    report: Report
    inputs: Inputs
    leaves: dict[str, Leaf] = field(default_factory=dict)
    places: dict[str, Place | None] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    later: list[Later] = field(default_factory=list)
    _entity: str | None = None
    _within: str | None = None
    _is_default: bool = False

    @property
    def laws(self) -> LawReader:
        """The reader of values."""
        return LawReader(self.report, self.inputs)

    def fault(self, code: str, where: str, message: str, place: Place | None, **more: Any) -> None:
        """Note a fault."""
        self.report.add(code, where, message, place=place, **more)

    def walk(self, declared: Field, node: Node, where: str) -> Plan | None:
        """Return the plan of a node, None with faults where nothing of it can be used."""
        self.places[where] = node.place
        if isinstance(node, ScalarNode) and node.value is None and declared.default is None:
            return Fixed(None, None)
        match declared:
            case Section(bare=str(key)) if not isinstance(node, MapNode) or {*node.keys} & {*law_names()}:
                return self.walk(declared.fields[key], node, where)
            case Section(short=str(key)) if isinstance(node, ScalarNode) and isinstance(node.value, str):
                return self.section(declared, MapNode((Entry(key, node, node.place),), node.place), where)
            case Section():
                return self.section(declared, node, where)
            case Tagged():
                return self._tagged(declared, node, where)
            case Listing():
                return self._listing(declared, node, where)
            case Quantity() | Word() | Flag():
                return self._leaf(declared, node, where)
            case Numbers():
                return read_numbers(declared, node, where, self.report)
            case Figures():
                return read_figures(declared, node, where, self.report)
            case Name() | Condition() | Text() | File() | Module():
                return self._text(declared, node, where)
        raise AssertionError(f"the walker knows no field {type(declared).__name__}")

    # -- sections ------------------------------------------------------------------------------------------

    def section(self, declared: Section, node: Node, where: str, *, also: tuple[str, ...] = ()) -> Group | None:
        """Return the plan of a mapping with known keys; `also` are keys that the caller reads itself."""
        if isinstance(node, ScalarNode) and node.value is None:
            node = MapNode((), node.place)
        if not isinstance(node, MapNode):
            self.fault("E122", where, f"expected a mapping, got {kind_of(node)}", node.place)
            return None
        kinds = tuple(declared.choice.options) if declared.choice else ()
        self.keys(node, where, (*also, *declared.fields, *kinds), self._required(declared))
        self._exclusive(declared, node, where)
        entries: dict[str, Plan] = {}
        for key, part in declared.fields.items():
            plan = self.entry(part, node, key, where)
            if plan is not None:
                entries[key] = plan
        self._check(declared, entries, node, where)
        defaults = frozenset(key for key in entries if key not in node.by_key)
        if declared.choice is None:
            return Group(entries, defaults=defaults)
        chosen = self._choice(declared.choice, node, where, (*also, *declared.fields))
        return Group({**entries, "choice": chosen} if chosen else entries, "choice", defaults)

    def _required(self, declared: Section) -> tuple[str, ...]:
        return tuple(key for key, part in declared.fields.items() if _is_required(part))

    def keys(self, node: MapNode, where: str, allowed: tuple[str, ...], required: tuple[str, ...]) -> None:
        """Note unknown and missing keys; an unknown key near a missing one is one fault, not two."""
        missing = [key for key in required if key not in node.by_key]
        absent = [key for key in allowed if key not in node.by_key]
        for entry in node.entries:
            if entry.key in allowed:
                continue
            near = self.report.near(entry.key, missing) or self.report.near(entry.key, absent)
            if near in missing:
                missing.remove(near)
            message = f"unknown key '{_short(entry.key)}'"
            path = f"{where}.{entry.key}" if where else entry.key
            self.fault("E120", path, message, entry.place, allowed=allowed, suggestion=near)
        for key in missing:
            self.fault("E121", where, f"'{key}' is missing", _head(node.place))

    def _exclusive(self, declared: Section, node: MapNode, where: str) -> None:
        for group in declared.exclusive:
            present = [node.by_key[key] for key in group if key in node.by_key and not _is_null(node.get(key))]
            for extra in present[1:]:
                message = f"'{present[0].key}' and '{extra.key}' cannot stand together"
                self.fault("E124", f"{where}.{extra.key}", message, extra.place)

    def _check(self, declared: Section, entries: Mapping[str, Plan], node: MapNode, where: str) -> None:
        if declared.check is None:
            return
        told = {key: constant_of(plan) for key, plan in entries.items()}
        constants = {key: value for key, value in told.items() if value is not UNTOLD}
        for key, message in declared.check(constants):
            entry = node.by_key.get(key)
            place = _head(node.place) if entry is None else entry.value.place
            self.fault("E191", f"{where}.{key}", message, place)

    def entry(self, declared: Field, node: MapNode, key: str, where: str) -> Plan | None:
        """Return the plan of one key of a mapping, or of its default; None for a missing one."""
        path = f"{where}.{key}" if where else key
        entry = node.by_key.get(key)
        if entry is not None:
            return self.walk(declared, entry.value, path)
        return None if _is_required(declared) else self._default(declared, path, node.place)

    def _default(self, declared: Field, path: str, place: Place | None) -> Plan | None:
        if declared.default is None:
            return Fixed(None, None)
        data = {} if declared.default is REQUIRED else declared.default
        was, self._is_default = self._is_default, True
        plan = self.walk(declared, node_of(data, _head(place)), path)
        self._is_default = was
        return plan

    # -- choices -------------------------------------------------------------------------------------------

    def _choice(self, declared: Tagged, node: MapNode, where: str, known: tuple[str, ...]) -> Pick | None:
        """Return the one kind that stands inline among the keys of a section."""
        present = [entry for entry in node.entries if entry.key in declared.options]
        options = tuple(declared.options)
        if len(present) == 1:
            return self._picked(declared, present[0], where)
        if present:
            names = ", ".join(entry.key for entry in present)
            self.fault("E125", where, f"one of these may stand here, not several: {names}", present[1].place)
        elif isinstance(declared.default, str):
            return self._picked(declared, Entry(declared.default, MapNode((), _head(node.place))), where)
        elif declared.default is not None:
            strange = [entry.key for entry in node.entries if entry.key not in known]
            if not any(did_you_mean(key, options) for key in strange):  # a near miss has been told already
                self.fault("E121", where, "one of its kinds is missing", _head(node.place), allowed=options)
        return None

    def _tagged(self, declared: Tagged, node: Node, where: str) -> Pick | None:
        options = tuple(declared.options)
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            entry = Entry(node.value, ScalarNode(None, node.place), node.place)
        elif isinstance(node, MapNode) and len(node.entries) == 1:
            entry = node.entries[0]
        elif isinstance(node, MapNode):
            self.fault("E125", where, "exactly one kind must stand here", _head(node.place), allowed=options)
            return None
        else:
            message = f"expected one of its kinds, got {kind_of(node)}"
            self.fault("E122", where, message, node.place, allowed=options)
            return None
        if entry.key not in declared.options:
            message = f"'{_short(entry.key)}' is not one of its kinds"
            self.fault("E123", where, message, entry.place, allowed=options, given=entry.key)
            return None
        return self._picked(declared, entry, where)

    def _picked(self, declared: Tagged, entry: Entry, where: str) -> Pick | None:
        part, path = declared.options[entry.key], f"{where}.{entry.key}"
        if isinstance(entry.value, ScalarNode) and entry.value.value is None:
            if _is_required(part) and not isinstance(part, Section):
                self.fault("E121", path, f"'{entry.key}' needs a value", entry.place)
                return None
            settings = self._default(part, path, entry.place)
        else:
            settings = self.walk(part, entry.value, path)
        return None if settings is None else Pick(entry.key, settings)

    # -- lists ---------------------------------------------------------------------------------------------

    def _listing(self, declared: Listing, node: Node, where: str) -> Row | None:
        if not isinstance(node, ListNode):
            self.fault("E122", where, f"expected a list, got {kind_of(node)}", node.place)
            return None
        if declared.named:
            plans = [
                self._item(declared.item, item, f"{where}.{i}", where) for i, item in enumerate(node.items)
            ]
        else:
            plans = [self.walk(declared.item, item, f"{where}.{i}") for i, item in enumerate(node.items)]
        return Row(tuple(plan for plan in plans if plan is not None))

    def _item(self, declared: Field, node: Node, numbered: str, where: str) -> Plan | None:
        assert isinstance(declared, Section), "items with ids are sections"
        if not isinstance(node, MapNode):
            self.fault("E122", numbered, f"expected a mapping with an id, got {kind_of(node)}", node.place)
            return None
        name = self._id(node, numbered, where)
        path = numbered if name is None else f"{where}.{name}"
        count = self._count(node, path)
        was = self._entity, self._within
        self._entity, self._within = path if count is not None else self._entity, path
        content = self.section(declared, node, path, also=("id", "count"))
        self._entity, self._within = was
        if count is not None and name is not None:
            self.sets[name] = path
        return None if content is None or name is None else Repeated(name, path, count, content)

    def _id(self, node: MapNode, numbered: str, where: str) -> str | None:
        entry = node.by_key.get("id")
        if entry is None:
            self.fault("E121", numbered, "'id' is missing: a name for this item", _head(node.place))
            return None
        name = entry.value.value if isinstance(entry.value, ScalarNode) else None
        place = entry.value.place
        if not isinstance(name, str) or not ID.match(name) or is_reserved(name):
            message = "an id is a letter followed by letters, digits and '_', and no word of the language"
            self.fault("E128", f"{numbered}.id", message, place)
            return None
        if name in self.ids:
            other = self.places.get(f"{self.ids[name]}.id")
            line = f" in line {other.line}" if other else ""
            line += f" of {other.file}" if other and place and other.file != place.file else ""
            self.fault("E127", f"{numbered}.id", f"the id '{name}' is already given{line}", place)
            return None
        self.ids[name] = f"{where}.{name}"
        self.places[f"{where}.{name}"] = node.place
        self.places[f"{where}.{name}.id"] = place
        return name

    def _count(self, node: MapNode, path: str) -> Leaf | None:
        entry = node.by_key.get("count")
        if entry is None:
            return None
        plan = self.walk(COUNT, entry.value, f"{path}.count")
        return plan if isinstance(plan, Leaf) else None

    # -- leaves --------------------------------------------------------------------------------------------

    def _leaf(self, declared: Quantity | Word | Flag, node: Node, where: str) -> Leaf:
        want = want_of(declared)
        bounds = want.bounds
        leaf = Leaf(
            path=where,
            where=where,
            kind=want.kind,
            source=self.laws.value(node, where, want),
            unit=declared.unit if isinstance(declared, Quantity) else "",
            doc=declared.doc,
            place=node.place,
            least=bounds.least,
            most=bounds.most,
            integer=bounds.integer,
            entity=self._entity,
            item=self._within,
            is_default=self._is_default,
        )
        self.leaves[where] = leaf
        if isinstance(leaf.source, SignalUse):
            self.later.append(leaf.source.term)
        return leaf

    def _text(self, declared: Name | Condition | Text | File | Module, node: Node, where: str) -> Fixed | None:
        text = node.value if isinstance(node, ScalarNode) else None
        if isinstance(text, int | float) and not isinstance(text, bool) and isinstance(declared, Text):
            text = str(text)
        if not isinstance(text, str):
            wanted = {Name: "the id of an entity", Condition: "a condition", File: "the path of a file"}
            message = f"expected {wanted.get(type(declared), 'a text')}, got {kind_of(node)}"
            self.fault("E122", where, message, node.place)
            return None
        if isinstance(declared, File):
            path = self.inputs.rebased(text, node.place)
            found = self.inputs.add(path, declared.suffixes, where, node.place, self.report)
            can = found and self.inputs.is_readable(found, declared.reader, where, node.place, self.report)
            return Fixed(found.file, path) if found and can else None
        if isinstance(declared, Module) and not self.inputs.add_module(text, where, node.place, self.report):
            return None
        if isinstance(declared, Text | Module):
            return Fixed(text, text)
        later = Later("entity" if isinstance(declared, Name) else "condition", text, where, node.place)
        self.later.append(later)
        return Fixed(later, text)


def _is_null(node: Node | None) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _is_required(declared: Field) -> bool:
    """Return whether a key must be there: a section whose own fields all default need not."""
    return declared.default is REQUIRED


def _head(place: Place | None) -> Place | None:
    """Return the beginning of a place, for what is missing in it."""
    return None if place is None else replace(place, end=place.column + 1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"

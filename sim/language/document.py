"""The whole document: every top-level section is read, then everything is checked against everything else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.domains import domain_named, domain_names
from sim.domains.base import Domain, EntityDeclaration
from sim.event_grammar import Names
from sim.fields import Section
from sim.formulas import Formula
from sim.language.conditions import event_names, formula_parameters, names_of, read_formulas, settle
from sim.language.coupling import Constraint, read_constraints, read_dependence
from sim.language.graph import Graph
from sim.language.input_files import Inputs
from sim.language.nodes import Entry, MapNode, Node, ScalarNode, kind_of, plain
from sim.language.parameters import read_parameters
from sim.language.plan import Fixed, Group, Leaf, Pick, Plan
from sim.language.report import Report
from sim.language.sections import SHARED, SPECIAL, export_field, sensor_section
from sim.language.settings import Capture, Exposure
from sim.language.settings_reader import SettingsReader, read_splits
from sim.language.varying_builder import check_varying
from sim.language.walker import ID, Walker, is_reserved
from sim.laws.dependence import GaussianCopula
from sim.moments import has_moment
from sim.views import SeeingSection

if TYPE_CHECKING:
    from sim.wall_clock import WallClock

__all__ = ["DEFAULT_SPLITS", "Document", "read_document"]

DEFAULT_SPLITS = {"train": 0.8, "val": 0.1, "test": 0.1}

_TABLES = ("calls", "episodes", "inputs", "occurrences")
"""Folders of a dataset whose names no sensor may take."""


@dataclass
class Document:
    """A document that was read; only complete if its report is clean."""

    report: Report
    inputs: Inputs
    walker: Walker
    name: str = ""
    domain: Domain | None = None
    shared: dict[str, Plan] = field(default_factory=dict)
    world: Plan | None = None
    sensors: dict[str, Group] = field(default_factory=dict)
    export: tuple[str, ...] = ()
    splits: dict[str, float] = field(default_factory=dict)
    graph: Graph | None = None
    columns: dict[str, Leaf] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    copulas: tuple[GaussianCopula, ...] = ()
    events: dict[str, Formula] = field(default_factory=dict)
    modes: dict[str, Formula] = field(default_factory=dict)
    until: Formula | None = None
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    exposure: Exposure | None = None
    capture: Capture | None = None
    captures: dict[str, Capture | None] = field(default_factory=dict)
    entities: tuple[str, ...] = ()
    boosted: tuple[str, ...] = ()
    clock: WallClock | None = None


def read_document(
    root: Node,
    inputs: Inputs,
    report: Report,
    *,
    sensors: Mapping[str, Section],
    exporters: Collection[str],
    domains: Mapping[str, Domain] | None = None,
) -> Document:
    """Return what a document says, with all its faults in the report.

    Args:
        root: the document.
        inputs: finds its input files.
        report: takes the faults.
        sensors: kind of sensor -> what may stand in its section.
        exporters: names of the formats.
        domains: the domains there are; the installed ones unless given.
    """
    document = Document(report, inputs, Walker(report, inputs))
    if not isinstance(root, MapNode):
        report.add("E122", "", f"a scenario is a mapping, this is {kind_of(root)}", place=root.place)
        return document
    reader = _Reader(document, root, sensors, exporters, domains)
    reader.sections()
    reader.references()
    return document


@dataclass
class _Reader:
    document: Document
    root: MapNode
    kinds: Mapping[str, Section]
    exporters: Collection[str]
    domains: Mapping[str, Domain] | None

    @property
    def report(self) -> Report:
        return self.document.report

    @property
    def walker(self) -> Walker:
        return self.document.walker

    def fault(self, code: str, where: str, message: str, node: Node | None, **more: Any) -> None:
        self.report.add(code, where, message, place=node.place if node else self.root.place, **more)

    # -- sections ------------------------------------------------------------------------------------------

    def sections(self) -> None:
        """Read every section by itself."""
        required = ("scenario", "duration", "world")
        self.walker.keys(self.root, "", (*SHARED, *SPECIAL), required)
        self.document.domain = self._localised(self._domain())
        if (parameters := self.root.get("parameters")) is not None:
            read_parameters(parameters, self.walker)
        world = self.root.get("world")
        if self.document.domain is not None and world is not None:
            self.document.world = self.walker.walk(self.document.domain.world, world, "world")
        self._shared()
        self._sensors()
        self._export()
        self._splits()

    def _domain(self) -> Domain | None:
        node = self.root.get("scenario")
        name = node.value if isinstance(node, ScalarNode) else None
        if not isinstance(name, str):
            return None
        prefix, slash, rest = name.partition("/")
        if not slash or not rest:
            message = "a scenario is named domain/name, such as driving/cut_in"
            self.fault("E128", "scenario", message, node, allowed=self._known())
            return None
        try:
            domain = self.domains[prefix] if self.domains is not None else domain_named(prefix)
        except KeyError:
            message = f"there is no domain '{prefix[:60]}'"
            self.fault("E123", "scenario", message, node, allowed=self._known(), given=prefix)
            return None
        self.document.name = name
        return domain

    def _localised(self, domain: Domain | None) -> Domain | None:
        """Return the declaration that holds for this world, such as that of a bank with its currency."""
        node = self.root.get("world")
        if domain is None or domain.localised is None or not isinstance(node, MapNode):
            return domain
        return domain.localised(plain(node))

    def _known(self) -> list[str]:
        """Return the names of all domains; finding them searches the installed packages."""
        return sorted(self.domains) if self.domains is not None else domain_names()

    def _shared(self) -> None:
        """Read the sections that hold declared fields alone; a missing one was told with the keys."""
        group = Section(doc="", fields=SHARED)
        nodes = tuple(entry for entry in self.root.entries if entry.key in SHARED)
        present = MapNode(nodes, self.root.place)
        for key, declared in group.fields.items():
            plan = self.walker.entry(declared, present, key, "")
            if plan is not None:
                self.document.shared[key] = plan

    def _sensors(self) -> None:
        node = self.root.get("sensors")
        if node is None or (isinstance(node, ScalarNode) and node.value is None):
            return
        if not isinstance(node, MapNode):
            self.fault("E122", "sensors", f"expected names with their sensors, got {kind_of(node)}", node)
            return
        declared = sensor_section(self.kinds)
        for entry in node.entries:
            where = f"sensors.{entry.key}"
            if not ID.match(entry.key) or is_reserved(entry.key) or entry.key in _TABLES:
                message = f"'{entry.key[:60]}' cannot name a sensor: a letter, then letters, digits and '_'"
                self.report.add("E128", where, f"{message}, and no reserved word", place=entry.place)
            group = self.walker.section(declared, entry.value, where)
            if group is not None:
                self.document.sensors[entry.key] = group

    def _export(self) -> None:
        node = self.root.get("export")
        if node is None:
            return
        plan = self.walker.walk(export_field(self.exporters), node, "export")
        items = plan.items if plan is not None and hasattr(plan, "items") else ()
        sources = [item.source for item in items if isinstance(item, Leaf)]
        self.document.export = tuple(
            str(one.value) for one in sources if one is not None and hasattr(one, "value")
        )

    def _splits(self) -> None:
        node = self.root.get("splits")
        if node is None:
            self.document.splits = dict(DEFAULT_SPLITS)
            return
        if not isinstance(node, MapNode) or not node.entries:
            self.fault("E122", "splits", f"expected names with their shares, got {kind_of(node)}", node)
            return
        self.document.splits = read_splits(node, self.report)

    # -- references ----------------------------------------------------------------------------------------

    def references(self) -> None:
        """Check what one section says about another."""
        document = self.document
        events = event_names(self.root.get("event"), self.report)
        event_names(self.root.get("modes"), self.report, "modes")
        self._shadowing(events)
        document.graph = self._graph()
        document.columns = _columns(self.walker.leaves)
        document.constraints = read_constraints(self.root.get("constraints"), document.graph, self.report)
        drawn = {name: leaf for name, leaf in document.columns.items() if leaf.is_random}
        document.copulas = read_dependence(self.root.get("dependence"), drawn, self.report)
        if document.domain is not None:
            self._formulas(document.domain, events)
        settings = SettingsReader(self.report, self.walker.places, events, tuple(document.modes))
        document.clock = settings.start(document.shared.get("start"))
        begins = document.shared.get("start")
        needs_start = document.domain is not None and document.domain.has_calendar
        if needs_start and (not isinstance(begins, Fixed) or begins.value is None):
            message = "the calendar of this domain needs a start: a date, a time and a time zone"
            self.fault("E121", "start", message, None)
        check_varying(tuple(self.walker.leaves.values()), document.clock, self.report)
        document.capture = settings.window(document.shared.get("capture"), "capture")
        for name, group in document.sensors.items():
            plan = group.entries.get("capture")
            document.captures[name] = settings.window(plan, f"sensors.{name}.capture")
        document.exposure = settings.exposure(document.shared.get("exposure"))
        settings.check_sampling(document.shared.get("sampling"))
        self._unused()

    def _graph(self) -> Graph:
        document = self.document
        world = document.domain.world.fields if document.domain else {}
        aliases = {key: f"world.{key}" for key in world}
        aliases |= {name: f"sensors.{name}" for name in document.sensors if name not in aliases}
        aliases |= self.walker.ids
        graph = Graph(self.walker.leaves, aliases, self.walker.places, self.report)
        graph.sort()
        return graph

    def _shadowing(self, events: tuple[str, ...]) -> None:
        """Note names that would mean two things in the same place."""
        domain = self.document.domain
        taken = dict.fromkeys(domain.world.fields if domain else (), "a part of the world")
        taken_ids = {name: f"the id of {path}" for name, path in self.walker.ids.items()}
        for name, path in self.walker.ids.items():
            if name in taken:
                place = self.walker.places.get(f"{path}.id")
                self.report.add("E129", f"{path}.id", f"'{name}' is {taken[name]} already", place=place)
        bare = {
            name: "a signal or measure of the domain"
            for table in (domain.signals, domain.measures) if domain
            for name, declared in table.items() if not declared.arguments
        } if domain else {}  # fmt: skip
        world_nodes = {name: what for name, what in taken.items() if self._is_section(name)}
        for name in self.walker.leaves:
            if name == self.walker.leaves[name].where:
                continue
            what = {**bare, **dict.fromkeys(events, "an event"), **taken_ids, **world_nodes}.get(name)
            self._refuse_name(f"parameters.{name}", name, what)
        for name in events:
            self._refuse_name(f"event.{name}", name, {**bare, **taken_ids}.get(name), "event")
        tables = dict.fromkeys(domain.tables if domain else (), "a table of the domain")
        for name in self.document.sensors:
            what = {**taken, **taken_ids, **tables}.get(name)
            self._refuse_name(f"sensors.{name}", name, what, "sensors")

    def _is_section(self, key: str) -> bool:
        domain = self.document.domain
        return domain is not None and isinstance(domain.world.fields[key], Section)

    def _refuse_name(self, where: str, name: str, what: str | None, section: str = "parameters") -> None:
        if what is None:
            return
        node = self.root.get(section)
        entry = node.by_key.get(name) if isinstance(node, MapNode) else None
        self.report.add("E129", where, f"'{name}' is {what} already", place=entry.place if entry else None)

    def _looking(self) -> tuple[str, ...]:
        """Return the names of the sensors whose signals events may read."""
        chosen = {name: group.entries.get("choice") for name, group in self.document.sensors.items()}
        return tuple(
            name
            for name, one in chosen.items()
            if isinstance(one, Pick) and isinstance(self.kinds.get(one.kind), SeeingSection)
        )

    def _formulas(self, domain: Domain, events: tuple[str, ...]) -> None:
        document, report = self.document, self.report
        entities = self._entities(domain)
        if entities is None:
            return
        document.entities = tuple(entities)
        moment = names_of(domain, entities, tuple(self.walker.sets), (), document.columns)
        self._used(settle(self.walker.later, moment, document.columns, report))
        names = names_of(domain, entities, tuple(self.walker.sets), events, document.columns, self._looking())
        for section, found in (("event", document.events), ("modes", document.modes)):
            node = self.root.get(section)
            found.update(read_formulas(node, section, names, report))
            self._used(formula_parameters(found, document.columns, node, section, report))
            document.texts[section] = {
                entry.key: str(plain(entry.value)).strip()
                for entry in (node.entries if isinstance(node, MapNode) else ())
            }
        self._until(domain, names)

    def _used(self, users: Mapping[str, list[str]]) -> None:
        assert self.document.graph is not None
        for name, where in users.items():
            self.document.graph.users.setdefault(name, []).extend(where)

    def _until(self, domain: Domain, names: Names) -> None:
        """Read the event that ends an episode: one whose moment is known when it comes."""
        node = self.root.get("duration")
        text = node.get("until") if isinstance(node, MapNode) else None
        if text is None or (isinstance(text, ScalarNode) and text.value is None):
            return
        document, report, where = self.document, self.report, "duration.until"
        single = MapNode((Entry("until", text, text.place),), text.place)
        found = read_formulas(single, "duration", names, report)
        self._used(formula_parameters(found, document.columns, single, "duration", report))
        document.until = found.get("until")
        if not domain.can_end_early:
            message = (
                f"an episode of the domain '{domain.name}' lasts as long as it is told to, whatever happens"
            )
            self.fault("E163", where, f"{message}: give the duration as a time alone", text)
        elif document.until is not None and not has_moment(document.until, domain, document.events):
            message = (
                "whether this holds is settled at the end only, so it cannot end an episode; eventually(…)"
            )
            self.fault("E163", where, f"{message}, occurs(…), count(…) >= n can, joined by and / or", text)

    def _entities(self, domain: Domain) -> dict[str, str] | None:
        """Return id -> category, and note what only the domain can see; None where faults hide the entities."""
        node = self.root.get("world")
        if node is None:
            return None
        world = plain(node) if isinstance(node, MapNode) else {}
        found: list[EntityDeclaration] = []
        try:
            found = list(domain.entities(world))
            faults = list(domain.check(self.walker.inputs.as_files(world))) if self.report.is_clean else []
        except (AttributeError, KeyError, TypeError, ValueError):
            if self.report.is_clean:
                raise  # the data is as declared, so the fault is the domain's
            return None
        for path, message in faults:
            where = f"world.{path}" if path else "world"
            self.report.add("E190", where, message, place=self._place(where))
        self.document.boosted = tuple(entity.id for entity in found if entity.is_boosted)
        return {entity.id: entity.category for entity in found}

    def _place(self, where: str) -> Any:
        while where and where not in self.walker.places:
            where = where.rpartition(".")[0]
        return self.walker.places.get(where)

    def _unused(self) -> None:
        if not self.report.is_clean:
            return  # a fault may hide the use
        graph = self.document.graph
        for leaf in self.walker.leaves.values():
            if leaf.path != leaf.where and graph is not None and not graph.users.get(leaf.path):
                place = self.walker.places.get(leaf.where)
                message = f"the parameter '{leaf.path}' is not used"
                self.report.add("W201", leaf.where, message, place=place)


def _columns(leaves: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """Return the once-per-episode quantities: named ones, and laws written where they are used."""
    return {
        path: leaf
        for path, leaf in leaves.items()
        if leaf.path != leaf.where or (leaf.is_random and leaf.entity is None)
    }

"""Laws as they stand in a file: `{normal: [6 m/s, 2 m/s], within: [0 m/s, 20 m/s]}` and the like.

What a law takes comes from `sim.laws.TABLE`; units are read here according to the kind of each argument. A law
whose arguments are all constants is built at once, so that an impossible one is a fault at its argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sim.errors import Place
from sim.language.input_files import Inputs
from sim.language.kinds import NumberKind, TruthKind, WordKind
from sim.language.law_arguments import ArgumentReader
from sim.language.law_builder import build_law, is_constant
from sim.language.nodes import Entry, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Constant, DuringRun, EachUse, Given, InTime, Later, LawSpec, SignalUse, Source
from sim.language.report import Report
from sim.language.scalars import (
    Want,
    check_bounds,
    parse_into,
    read_expression,
    read_number,
    read_truth,
    read_word,
)
from sim.laws.base import LawError
from sim.laws.table import TABLE, VARYING
from sim.units import DIMENSIONLESS

__all__ = ["LawReader", "law_names"]

_MODIFIERS = ("within", "plus", "times")


@cache
def law_names() -> tuple[str, ...]:
    """Return the names of all laws, which nothing else may bear."""
    return (*TABLE, *VARYING)


@dataclass(frozen=True)
class LawReader:
    """Reads values: constants, expressions and laws."""

    report: Report
    inputs: Inputs

    def value(self, node: Node, where: str, want: Want) -> Source | DuringRun | None:
        """Return where a field's value comes from; it may change during the run where `want` says so."""
        if isinstance(node, MapNode) and "signal" in node.by_key:
            return self._signal(node, where, want)
        if isinstance(node, MapNode) and any(entry.key in VARYING for entry in node.entries):
            return self._varying(node, where, want)
        return self.source(node, where, want)

    def source(self, node: Node, where: str, want: Want) -> Source | None:
        """Return where the value at a place comes from, None with faults where it is wrong."""
        if isinstance(node, MapNode):
            return self._random(node, where, want)
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and "${" in node.value:
            if want.fixed:
                self._fault("E134", where, "only a constant may stand here", node.place)
                return None
            return read_expression(node, where, self.report)
        return self.constant(node, where, want)

    def constant(self, node: Node, where: str, want: Want) -> Constant | None:
        """Return a constant, None with a fault."""
        if isinstance(want.kind, TruthKind):
            truth = read_truth(node, where, self.report)
            return None if truth is None else Constant(truth)
        if isinstance(want.kind, WordKind):
            word = read_word(node, where, want.kind.options, self.report)
            return None if word is None else Constant(word)
        number = read_number(node, where, want.dimension, self.report)
        if number is None:
            return None
        if not check_bounds(number, want.bounds, want.unit, where, node.place, self.report):
            return None
        return Constant(int(number) if want.bounds.integer else number)

    def _fault(self, code: str, where: str, message: str, place: Place | None, **more: Any) -> None:
        self.report.add(code, where, message, place=place, **more)

    # -- laws ----------------------------------------------------------------------------------------------

    def _random(self, node: MapNode, where: str, want: Want) -> Source | None:
        if "each" in node.by_key:
            return self._each(node, where, want)
        if any(entry.key in ("signal", *VARYING) for entry in node.entries):
            self.value(node, where, want.once)  # which tells that it may not
            return None
        if want.fixed:
            self._fault("E134", where, "only a constant may stand here, not a law", node.place)
            return None
        entry = self._law_entry(node, where)
        if entry is None:
            return None
        if entry.key == "given":
            return self._given(node, entry, where, want)
        return self._law(node, entry, where, want)

    def _each(self, node: MapNode, where: str, want: Want) -> EachUse | None:
        entry = node.by_key["each"]
        if not want.each:
            self._fault("E134", where, "'each' has no meaning here: the value is needed once", entry.place)
            return None
        for other in node.entries:
            if other.key != "each":
                self._fault("E120", where, f"unknown key '{other.key}' beside 'each'", other.place)
        if not isinstance(entry.value, MapNode):
            self._fault("E122", where, f"expected a law, got {kind_of(entry.value)}", entry.value.place)
            return None
        source = self._random(entry.value, where, want.once)
        return EachUse(source) if isinstance(source, LawSpec | Given) else None

    def _signal(self, node: MapNode, where: str, want: Want) -> SignalUse | None:
        """Return signals to be read during the run; their formula is read when all entities are known."""
        entry = node.by_key["signal"]
        if not want.signal:
            self._fault(
                "E144", where, "signals of the run have no meaning here: the value is fixed before", entry.place
            )
            return None
        for other in node.entries:
            if other.key != "signal":
                self._fault("E120", where, f"unknown key '{other.key}' beside 'signal'", other.place)
        text = entry.value.value if isinstance(entry.value, ScalarNode) else None
        if not isinstance(text, str):
            self._fault(
                "E122", where, f"expected a formula over signals, got {kind_of(entry.value)}", entry.value.place
            )
            return None
        return SignalUse(Later("signal", text, where, entry.value.place, dimension=want.dimension))

    def _varying(self, node: MapNode, where: str, want: Want) -> InTime | None:
        entry = next(one for one in node.entries if one.key in VARYING)
        if not want.varying:
            message = f"'{entry.key}' varies in time; the value here is the same all through the episode"
            self._fault("E144", where, message, entry.place)
            return None
        from sim.language.varying_reader import read_varying

        return read_varying(node, entry, where, want, report=self.report, inputs=self.inputs)

    def _law_entry(self, node: MapNode, where: str) -> Entry | None:
        """Return the entry whose key names the law."""
        if "given" in node.by_key:
            return node.by_key["given"]
        found = [entry for entry in node.entries if entry.key in TABLE]
        rest = [entry for entry in node.entries if entry.key not in TABLE and entry.key not in _MODIFIERS]
        if len(found) == 1:
            for entry in rest:
                message = f"unknown key '{entry.key}' beside a law"
                self._fault("E120", where, message, entry.place, allowed=_MODIFIERS, given=entry.key)
            return found[0]
        if len(found) > 1:
            names = ", ".join(entry.key for entry in found)
            self._fault("E125", where, f"one law may stand here, not several ({names})", found[1].place)
        elif rest:
            message = f"'{rest[0].key}' is not a law"
            self._fault("E140", where, message, rest[0].place, allowed=law_names(), given=rest[0].key)
        else:
            self._fault("E140", where, "a law is missing here", node.place, allowed=law_names())
        return None

    def _given(self, node: MapNode, entry: Entry, where: str, want: Want) -> Given | None:
        on = entry.value.value if isinstance(entry.value, ScalarNode) else None
        if not isinstance(on, str):
            self._fault("E122", where, "'given' takes the name of a choice", entry.value.place)
            return None
        condition = parse_into(on, entry.value.place, where, self.report)
        branches: dict[str, Source] = {}
        is_whole = condition is not None
        for branch in node.entries:
            if branch.key == "given":
                continue
            source = self.source(branch.value, f"{where}.{branch.key}", want.once)
            is_whole = is_whole and source is not None
            if source is not None:
                branches[branch.key] = source
        if condition is None or not is_whole:
            return None
        return Given(condition, branches, entry.place, {one.key: one.place for one in node.entries})

    def _law(self, node: MapNode, entry: Entry, where: str, want: Want) -> LawSpec | None:
        kind = TABLE[entry.key]
        faults = len(self.report.faults)
        places: dict[str, Place | None] = {}
        reader = ArgumentReader(self.report, self.inputs, self.source, want, places)
        arguments, dimensions = reader.arguments(entry, kind, f"{where}.{entry.key}")
        within = reader.within(node.get("within"), f"{where}.within")
        plus = reader.modifier(node.get("plus"), f"{where}.plus", want.dimension, "plus")
        times = reader.modifier(node.get("times"), f"{where}.times", DIMENSIONLESS, "times")
        if len(self.report.faults) > faults:
            return None
        is_number = isinstance(want.kind, NumberKind)
        spec = LawSpec(
            name=entry.key,
            arguments=arguments,
            dimensions=dimensions,
            within=within,
            plus=plus,
            times=times,
            least=want.bounds.least if is_number else None,
            most=want.bounds.most if is_number else None,
            integer=want.bounds.integer,
            place=entry.place,
            places=places,
        )
        return spec if self._is_possible(spec, where, want) else None

    def _is_possible(self, spec: LawSpec, where: str, want: Want) -> bool:
        """Build a law without expressions, noting what makes it impossible."""
        if not is_constant(spec):
            return True
        try:
            law = build_law(spec)
        except LawError as error:
            place = spec.places.get(error.argument or "", spec.place)
            self._fault("E142", where, f"{spec.name}: {error.message}", place)
            return False
        if isinstance(want.kind, WordKind):
            return self._has_words(law, spec, where, want.kind)
        if not law.is_numeric:
            self._fault("E143", where, f"expected {want.kind}, '{spec.name}' gives words", spec.place)
            return False
        if want.bounds.integer and not law.is_discrete:
            self._fault("E143", where, f"expected a whole number, '{spec.name}' gives fractions", spec.place)
            return False
        if isinstance(want.kind, TruthKind) and spec.name != "bernoulli":
            self._fault("E143", where, "expected true or false: the law for that is 'bernoulli'", spec.place)
            return False
        return True

    def _has_words(self, law: Any, spec: LawSpec, where: str, kind: WordKind) -> bool:
        if law.is_numeric:
            message = f"expected a word, '{spec.name}' gives numbers"
            self._fault("E143", where, message, spec.place, allowed=kind.options)
            return False
        strange = [word for word in law.options if kind.options and word not in kind.options]
        for word in strange:
            place = spec.places.get(f"options.{word}", spec.place)
            message = f"'{word}' is not one of its words"
            self._fault("E123", where, message, place, allowed=kind.options, given=word)
        return not strange

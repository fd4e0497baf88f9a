"""Laws as they stand in a file: `{normal: [6 m/s, 2 m/s], within: [0 m/s, 20 m/s]}` and the like.

What a law takes comes from `sim.laws.TABLE`; units are read here according to the kind of each argument. A law
whose arguments are all constants is built at once, so that an impossible one is a fault at its argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sim.errors import Place
from sim.language.input_files import Inputs
from sim.language.kinds import Kind, NumberKind, TruthKind, WordKind
from sim.language.law_builder import build_law, is_constant
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Computed, Constant, EachUse, Given, LawSpec, Number, Source
from sim.language.report import Report
from sim.language.scalars import (
    Bounds,
    check_bounds,
    parse_into,
    read_expression,
    read_number,
    read_truth,
    read_word,
)
from sim.laws.base import Argument, LawError, LawKind
from sim.laws.table import TABLE
from sim.units import DIMENSIONLESS, Dimension, UnitError, parse_quantity, unit

__all__ = ["LawReader", "Want", "law_names"]

_MODIFIERS = ("within", "plus", "times")


@cache
def law_names() -> tuple[str, ...]:
    """Return the names of all laws, which nothing else may bear."""
    return tuple(TABLE)


@dataclass(frozen=True)
class Want:
    """What may stand at a place: the kind of value, its bounds, whether it may be random."""

    kind: Kind
    bounds: Bounds = field(default_factory=Bounds)
    fixed: bool = False
    each: bool = False

    @property
    def dimension(self) -> Dimension | None:
        """The dimension of a number, None for any."""
        return self.kind.dimension if isinstance(self.kind, NumberKind) else None

    @property
    def unit(self) -> str:
        """The SI unit of a number, "" for none."""
        return self.dimension.symbol if self.dimension is not None else ""


@dataclass(frozen=True)
class LawReader:
    """Reads values: constants, expressions and laws."""

    report: Report
    inputs: Inputs

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
        source = self._random(entry.value, where, replace(want, each=False))
        return EachUse(source) if isinstance(source, LawSpec | Given) else None

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
            source = self.source(branch.value, f"{where}.{branch.key}", replace(want, each=False))
            is_whole = is_whole and source is not None
            if source is not None:
                branches[branch.key] = source
        if condition is None or not is_whole:
            return None
        return Given(condition, branches, entry.place)

    def _law(self, node: MapNode, entry: Entry, where: str, want: Want) -> LawSpec | None:
        kind = TABLE[entry.key]
        faults = len(self.report.faults)
        places: dict[str, Place | None] = {}
        arguments, dimensions = self._arguments(entry, kind, f"{where}.{entry.key}", want, places)
        within = self._within(node.get("within"), f"{where}.within", want, places)
        plus = self._modifier(node.get("plus"), f"{where}.plus", want.dimension, "plus", places)
        times = self._modifier(node.get("times"), f"{where}.times", DIMENSIONLESS, "times", places)
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

    # -- arguments -----------------------------------------------------------------------------------------

    def _arguments(
        self, entry: Entry, kind: LawKind, where: str, want: Want, places: dict[str, Place | None]
    ) -> tuple[dict[str, Any], dict[str, Dimension | None]]:
        given = self._named_arguments(entry, kind, where)
        values: dict[str, Any] = {}
        dimensions: dict[str, Dimension | None] = {}
        for argument, node in given:
            places[argument.name] = node.place
            dimensions[argument.name] = _dimension(argument, want.dimension)
            value = self._argument(argument, node, f"{where}.{argument.name}", want, places)
            if value is not None:
                values[argument.name] = value
        order = [argument.name for argument in kind.arguments]
        values = {name: values[name] for name in order if name in values}  # however they were written
        if kind.name == "empirical" and isinstance(values.get("file"), str):
            values = self._column(values, where, want, places)
        return values, dimensions

    def _named_arguments(self, entry: Entry, kind: LawKind, where: str) -> list[tuple[Argument, Node]]:
        """Return the arguments that stand in the body of a law, noting those that do not belong."""
        node = entry.value
        if kind.body == "options":
            return [(kind.arguments[0], node)]
        if isinstance(node, MapNode):
            return self._by_name(node, kind, where, entry)
        positional = kind.alternatives[0]
        items = node.items if isinstance(node, ListNode) else (node,)
        if isinstance(node, ScalarNode) and node.value is None:
            items = ()
        if len(items) > len(positional):
            message = f"'{kind.name}' takes {', '.join(positional)}: {len(positional)}, not {len(items)} values"
            self._fault("E141", where, message, node.place)
            return []
        names = positional[: len(items)]
        self._complete(set(names), kind, where, entry)
        return [(_argument(kind, name), item) for name, item in zip(names, items, strict=True)]

    def _by_name(self, node: MapNode, kind: LawKind, where: str, entry: Entry) -> list[tuple[Argument, Node]]:
        known = tuple(argument.name for argument in kind.arguments)
        found = []
        for one in node.entries:
            argument = kind.argument(one.key)
            if argument is None:
                message = f"'{kind.name}' takes no '{one.key}'"
                self._fault("E141", where, message, one.place, allowed=known, given=one.key)
            else:
                found.append((argument, one.value))
        if len(found) == len(node.entries):
            self._complete(set(node.keys), kind, where, entry)
        return found

    def _complete(self, names: set[str], kind: LawKind, where: str, entry: Entry) -> None:
        """Note arguments that are missing, or do not stand together."""
        for form in kind.alternatives:
            rest = [name for name in form if name not in names]
            if names <= set(form) and all(_argument(kind, name).default is not None for name in rest):
                return
        forms = "; or ".join(", ".join(form) for form in kind.alternatives)
        given = ", ".join(sorted(names)) or "nothing"
        self._fault("E141", where, f"'{kind.name}' takes {forms}; given: {given}", entry.place)

    def _argument(
        self, argument: Argument, node: Node, where: str, want: Want, places: dict[str, Place | None]
    ) -> Any:
        match argument.kind:
            case "options":
                return self._options(node, where, want, places)
            case "weights" | "values":
                dimension = want.dimension if argument.kind == "values" else DIMENSIONLESS
                return self._numbers(node, where, dimension)
            case "laws":
                return self._laws(node, where, want)
            case "word":
                return self._text(node, where, "a name")
            case "file":
                return self._text(node, where, "the path of a file")
            case "integer":
                number = self._number(node, where, DIMENSIONLESS)
                if isinstance(number, float) and number != int(number):
                    self._fault("E133", where, f"expected a whole number, got {number:g}", node.place)
                return number
        is_difference = argument.kind == "spread"
        dimension = _dimension(argument, want.dimension)
        return self._number(node, where, dimension, is_difference=is_difference)

    def _number(
        self, node: Node, where: str, dimension: Dimension | None, *, is_difference: bool = False
    ) -> Number | None:
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and "${" in node.value:
            return read_expression(node, where, self.report)
        return read_number(node, where, dimension, self.report, is_difference=is_difference)

    def _numbers(self, node: Node, where: str, dimension: Dimension | None) -> tuple[Number, ...] | None:
        if not isinstance(node, ListNode):
            self._fault("E122", where, f"expected a list of numbers, got {kind_of(node)}", node.place)
            return None
        numbers = [self._number(item, f"{where}.{i}", dimension) for i, item in enumerate(node.items)]
        return tuple(number for number in numbers if number is not None)

    def _text(self, node: Node, where: str, what: str) -> str | None:
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            return node.value
        self._fault("E122", where, f"expected {what}, got {kind_of(node)}", node.place)
        return None

    def _laws(self, node: Node, where: str, want: Want) -> tuple[Source, ...] | None:
        if not isinstance(node, ListNode):
            self._fault("E122", where, f"expected a list of laws, got {kind_of(node)}", node.place)
            return None
        inner = replace(want, each=False, bounds=Bounds(integer=want.bounds.integer))
        found: list[Source] = []
        for index, item in enumerate(node.items):
            source = self.source(item, f"{where}.{index}", inner)
            if isinstance(source, Computed | Given):
                message = "a law or a constant is expected here"
                self._fault("E143", f"{where}.{index}", message, item.place)
            elif source is not None:
                found.append(source)
        return tuple(found)

    def _options(
        self, node: Node, where: str, want: Want, places: dict[str, Place | None]
    ) -> Mapping[str | float, Number] | None:
        """Return option -> weight; a list means equal weights. Options are words, or numbers with units."""
        if isinstance(node, ListNode):
            names = [self._option_name(item, where) for item in node.items]
            pairs = [(name, item.place) for name, item in zip(names, node.items, strict=True) if name]
            weights: Sequence[Number | None] = [1.0 / len(names)] * len(pairs) if names else []
        elif isinstance(node, MapNode):
            pairs = [(entry.key, entry.place) for entry in node.entries]
            weights = [self._number(e.value, f"{where}.{e.key}", DIMENSIONLESS) for e in node.entries]
        else:
            message = f"expected options with their weights, got {kind_of(node)}"
            self._fault("E122", where, message, node.place)
            return None
        options: dict[str | float, Number] = {}
        for (name, place), weight in zip(pairs, weights, strict=True):
            places[f"options.{name}"] = place
            option = self._option(name, place, where, want)
            if option in options:
                self._fault("E127", where, f"the option '{name}' stands twice", place)
            if option is not None and weight is not None:
                options[option] = weight
        return options

    def _option_name(self, node: Node, where: str) -> str | None:
        if isinstance(node, ScalarNode) and isinstance(node.value, str | int | float):
            return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
        self._fault("E122", where, f"expected an option, got {kind_of(node)}", node.place)
        return None

    def _option(self, name: str, place: Place | None, where: str, want: Want) -> str | float | None:
        if not isinstance(want.kind, NumberKind):
            return name
        number = read_number(ScalarNode(name, place), where, want.dimension, self.report)
        if number is None or not check_bounds(number, want.bounds, want.unit, where, place, self.report):
            return None
        return number

    def _within(
        self, node: Node | None, where: str, want: Want, places: dict[str, Place | None]
    ) -> tuple[Number | None, Number | None] | None:
        if node is None:
            return None
        places["within"] = node.place
        if not isinstance(node, ListNode) or len(node.items) != 2:
            self._fault("E126", where, "expected [lower end, upper end]", node.place)
            return None
        low, high = (
            None if isinstance(item, ScalarNode) and item.value is None
            else self._number(item, where, want.dimension)
            for item in node.items
        )  # fmt: skip
        return low, high

    def _modifier(
        self,
        node: Node | None,
        where: str,
        dimension: Dimension | None,
        name: str,
        places: dict[str, Place | None],
    ) -> Number | None:
        if node is None:
            return None
        places[name] = node.place
        return self._number(node, where, dimension, is_difference=True)

    def _column(
        self, values: dict[str, Any], where: str, want: Want, places: dict[str, Place | None]
    ) -> dict[str, Any]:
        """Replace a file and its column by the values that stand there, in SI."""
        from sim.laws.empirical import column_values

        text = self.inputs.text(values["file"], f"{where}.file", places["file"], self.report)
        if text is None or not isinstance(values.get("column"), str):
            return values
        try:
            numbers = column_values(text, values["column"])
            scale = unit(values["unit"]) if "unit" in values else None
        except (LawError, UnitError) as error:
            name = error.argument if isinstance(error, LawError) else "unit"
            self._fault("E142", where, str(error), places.get(name or "column"))
            return values
        if scale is not None and want.dimension is not None and scale.dimension != want.dimension:
            self._fault("E131", where, f"expected {want.kind}, got {scale.dimension}", places.get("unit"))
        if scale is not None:
            numbers = tuple(float(number * scale.factor + scale.offset) for number in numbers)
        return {**values, "column_values": numbers}


def _argument(kind: LawKind, name: str) -> Argument:
    argument = kind.argument(name)
    assert argument is not None, f"the law {kind.name} lists no argument {name}"
    return argument


def _dimension(argument: Argument, dimension: Dimension | None) -> Dimension | None:
    """Return the dimension of an argument of a law of quantities of a dimension."""
    if argument.kind in ("value", "spread", "values", "options", "laws"):
        return dimension
    if argument.kind == "rate":
        return None if dimension is None else DIMENSIONLESS / dimension
    return DIMENSIONLESS

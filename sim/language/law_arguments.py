"""The arguments of a law as they stand in a file: by name or in order, each with the units of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import Place
from sim.language.input_files import Inputs
from sim.language.kinds import NumberKind
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Computed, Given, Number, Source
from sim.language.report import Report
from sim.language.scalars import Bounds, Want, check_bounds, read_expression, read_number
from sim.laws.base import Argument, LawError, LawKind
from sim.units import DIMENSIONLESS, Dimension, UnitError, unit

__all__ = ["ArgumentReader"]


@dataclass(frozen=True)
class ArgumentReader:
    """Reads the body of one law and the modifiers beside it.

    Args:
        report: takes the faults.
        inputs: takes the input files.
        read: reads a value that may be a law again.
        want: what the law is a law of.
        places: filled with the place of every argument.
    """

    report: Report
    inputs: Inputs
    read: Callable[[Node, str, Want], Source | None]
    want: Want
    places: dict[str, Place | None]

    def _fault(self, code: str, where: str, message: str, place: Place | None, **more: Any) -> None:
        self.report.add(code, where, message, place=place, **more)

    def arguments(
        self, entry: Entry, kind: LawKind, where: str
    ) -> tuple[dict[str, Any], dict[str, Dimension | None]]:
        """Return the arguments in SI by name, and the dimension of each."""
        given = self._named_arguments(entry, kind, where)
        values: dict[str, Any] = {}
        dimensions: dict[str, Dimension | None] = {}
        for argument, node in given:
            self.places[argument.name] = node.place
            dimensions[argument.name] = _dimension(argument, self.want.dimension)
            value = self._argument(argument, node, f"{where}.{argument.name}")
            if value is not None:
                values[argument.name] = value
        order = [argument.name for argument in kind.arguments]
        values = {name: values[name] for name in order if name in values}  # however they were written
        if kind.name == "empirical" and isinstance(values.get("file"), str):
            values = self._column(values, where)
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

    def _argument(self, argument: Argument, node: Node, where: str) -> Any:
        match argument.kind:
            case "options":
                return self._options(node, where)
            case "weights" | "values":
                dimension = self.want.dimension if argument.kind == "values" else DIMENSIONLESS
                return self._numbers(node, where, dimension)
            case "laws":
                return self._laws(node, where)
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
        dimension = _dimension(argument, self.want.dimension)
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

    def _laws(self, node: Node, where: str) -> tuple[Source, ...] | None:
        if not isinstance(node, ListNode):
            self._fault("E122", where, f"expected a list of laws, got {kind_of(node)}", node.place)
            return None
        inner = replace(self.want.once, bounds=Bounds(integer=self.want.bounds.integer))
        found: list[Source] = []
        for index, item in enumerate(node.items):
            source = self.read(item, f"{where}.{index}", inner)
            if isinstance(source, Computed | Given):
                message = "a law or a constant is expected here"
                self._fault("E143", f"{where}.{index}", message, item.place)
            elif source is not None:
                found.append(source)
        return tuple(found)

    def _options(self, node: Node, where: str) -> Mapping[str | float, Number] | None:
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
            self.places[f"options.{name}"] = place
            option = self._option(name, place, where)
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

    def _option(self, name: str, place: Place | None, where: str) -> str | float | None:
        if not isinstance(self.want.kind, NumberKind):
            return name
        number = read_number(ScalarNode(name, place), where, self.want.dimension, self.report)
        if number is None or not check_bounds(
            number, self.want.bounds, self.want.unit, where, place, self.report
        ):
            return None
        return number

    def within(self, node: Node | None, where: str) -> tuple[Number | None, Number | None] | None:
        """Return the ends of a truncation, None where there is none."""
        if node is None:
            return None
        self.places["within"] = node.place
        if not isinstance(node, ListNode) or len(node.items) != 2:
            self._fault("E126", where, "expected [lower end, upper end]", node.place)
            return None
        low, high = (
            None if isinstance(item, ScalarNode) and item.value is None
            else self._number(item, where, self.want.dimension)
            for item in node.items
        )  # fmt: skip
        return low, high

    def modifier(
        self,
        node: Node | None,
        where: str,
        dimension: Dimension | None,
        name: str,
    ) -> Number | None:
        """Return `plus` or `times`, None where it is not there."""
        if node is None:
            return None
        self.places[name] = node.place
        return self._number(node, where, dimension, is_difference=True)

    def _column(self, values: dict[str, Any], where: str) -> dict[str, Any]:
        """Replace a file and its column by the values that stand there, in SI."""
        from sim.laws.empirical import column_values

        values = {**values, "file": self.inputs.rebased(values["file"], self.places["file"])}
        text = self.inputs.text(values["file"], f"{where}.file", self.places["file"], self.report)
        if text is None or not isinstance(values.get("column"), str):
            return values
        try:
            numbers = column_values(text, values["column"])
            scale = unit(values["unit"]) if "unit" in values else None
        except (LawError, UnitError) as error:
            name = error.argument if isinstance(error, LawError) else "unit"
            self._fault("E142", where, str(error), self.places.get(name or "column"))
            return values
        if scale is not None and self.want.dimension is not None and scale.dimension != self.want.dimension:
            self._fault(
                "E131", where, f"expected {self.want.kind}, got {scale.dimension}", self.places.get("unit")
            )
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

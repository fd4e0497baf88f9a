"""Laws that vary in time as they stand in a file: `{ou: [30 m/s, 1 m/s, 8 s]}` and the like.

What a law takes comes from `sim.laws.varying`; units are read here according to the kind of each argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.errors import Place
from sim.language.input_files import Inputs
from sim.language.kinds import NumberKind, TruthKind, WordKind
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Computed, InTime, Number
from sim.language.printing import number_data, quantity_data
from sim.language.report import Report
from sim.language.scalars import Want, read_expression, read_number, read_word
from sim.laws.base import LawError
from sim.laws.varying.base import VaryingArgument, VaryingKind
from sim.laws.varying.profile import profile_rows
from sim.laws.varying.table import TABLE
from sim.units import DIMENSIONLESS, Dimension, UnitError, unit

__all__ = ["read_varying"]

_SECONDS = unit("s").dimension
_PER_SECOND = unit("1/s").dimension


def read_varying(
    node: MapNode, entry: Entry, where: str, want: Want, *, report: Report, inputs: Inputs
) -> InTime | None:
    """Return the law that varies in time at a place, None with faults where it is wrong.

    Args:
        node: the mapping.
        entry: the one of its entries that names the law.
        where: its dotted path.
        want: what it is a law of.
        report: takes the faults.
        inputs: takes the input files.
    """
    return _Reader(report, inputs, want, where, TABLE[entry.key]).read(node, entry)


@dataclass
class _Reader:
    report: Report
    inputs: Inputs
    want: Want
    where: str
    kind: VaryingKind
    places: dict[str, Place | None] = field(default_factory=dict)
    expressions: list[tuple[Computed, Dimension | None]] = field(default_factory=list)

    def _fault(self, code: str, argument: str, message: str, place: Place | None, **more: Any) -> None:
        where = f"{self.where}.{self.kind.name}.{argument}" if argument else f"{self.where}.{self.kind.name}"
        self.report.add(code, where, message, place=place, **more)

    def read(self, node: MapNode, entry: Entry) -> InTime | None:
        faults = len(self.report.faults)
        if not self._fits(entry):
            return None
        arguments: dict[str, Any] = {}
        body: dict[str, Any] = {}
        for argument, part in self._parts(entry):
            self.places[argument.name] = part.place
            found = self._argument(argument, part)
            if found is not None:
                arguments[argument.name], body[argument.name] = found
        data: dict[str, Any] = {self.kind.name: {key: body[key] for key in self._order(body)}}
        for other in node.entries:
            if other.key != entry.key:
                self._modifier(other, arguments, data)
        if self.kind.name == "profile" and len(self.report.faults) == faults:
            self._rows(arguments)
        if len(self.report.faults) > faults:
            return None
        return InTime(
            name=self.kind.name,
            arguments=arguments,
            data=data,
            expressions=tuple(self.expressions),
            least=self.want.bounds.least,
            most=self.want.bounds.most,
            integer=self.want.bounds.integer,
            place=entry.place,
            places=self.places,
        )

    def _fits(self, entry: Entry) -> bool:
        """Note a law that cannot give the kind of value that is wanted."""
        wanted = self.want.kind
        problem = None
        if isinstance(wanted, TruthKind) or (isinstance(wanted, WordKind) and not self.kind.words):
            problem = f"expected {wanted}, '{self.kind.name}' gives numbers"
        elif self.want.bounds.integer and not self.kind.words:
            problem = f"expected a whole number, '{self.kind.name}' gives fractions"
        if problem is not None:
            self._fault("E143", "", problem, entry.place)
        return problem is None

    def _order(self, body: Mapping[str, Any]) -> list[str]:
        return [one.name for one in self.kind.arguments if one.name in body]

    # -- arguments -----------------------------------------------------------------------------------------

    def _parts(self, entry: Entry) -> list[tuple[VaryingArgument, Node]]:
        """Return the arguments in the body, noting those that do not belong or are missing."""
        node, kind = entry.value, self.kind
        required = [one for one in kind.arguments if one.required]
        if isinstance(node, ListNode) and len(node.items) == len(required) > 0:
            return list(zip(required, node.items, strict=True))
        if not isinstance(node, MapNode):
            names = ", ".join(one.name for one in required or kind.arguments)
            self._fault(
                "E141", "", f"'{kind.name}' takes {names}, got {kind_of(node)}", node.place or entry.place
            )
            return []
        found = []
        for one in node.entries:
            argument = kind.argument(one.key)
            if argument is None:
                known = tuple(other.name for other in kind.arguments)
                message = f"'{kind.name}' takes no '{one.key}'"
                self._fault("E141", "", message, one.place, allowed=known, given=one.key)
            else:
                found.append((argument, one.value))
        for argument in required:
            if argument.name not in node.by_key and len(found) == len(node.entries):
                self._fault("E141", "", f"'{kind.name}' needs '{argument.name}': {argument.doc}", entry.place)
        return found

    def _argument(self, argument: VaryingArgument, node: Node) -> tuple[Any, Any] | None:
        """Return an argument's value in SI and how it is spelt."""
        name, dimension = argument.name, self.want.dimension
        match argument.kind:
            case "value":
                return self._number(node, name, dimension)
            case "spread":
                return self._number(node, name, dimension, is_difference=True)
            case "seconds" | "shift":
                return self._number(node, name, _SECONDS)
            case "column" | "file" | "word":
                return self._text(argument, node)
            case "dwell":
                return self._mapping(node, name, self._state, lambda part: self._number(part, name, _SECONDS))
            case "rates":
                return self._table(node, name, _PER_SECOND)
            case "jumps":
                return self._table(node, name, DIMENSIONLESS)
            case "weights":
                return self._weights(node, name)
            case "dates":
                return self._dates(node, name)
            case "pattern":
                return self._factor(node, name, with_list=True)
            case "months":
                return self._mapping(node, name, _span, lambda part: self._number(part, name, DIMENSIONLESS))
            case "days":
                return self._mapping(node, name, _span, lambda part: self._factor(part, name))
            case "holiday":
                if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.isalpha():
                    return node.value, node.value
                return self._factor(node, name)

    def _number(
        self, node: Node, name: str, dimension: Dimension | None, *, is_difference: bool = False
    ) -> tuple[Number, Any] | None:
        where = f"{self.where}.{self.kind.name}.{name}"
        number: Number | None
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and "${" in node.value:
            number = read_expression(node, where, self.report)
            if number is not None:
                self.expressions.append((number, dimension))
        else:
            number = read_number(node, where, dimension, self.report, is_difference=is_difference)
        return None if number is None else (number, number_data(number, dimension))

    def _text(self, argument: VaryingArgument, node: Node) -> tuple[str, str] | None:
        where = f"{self.where}.{self.kind.name}.{argument.name}"
        if argument.kind == "file" and isinstance(node, ScalarNode) and isinstance(node.value, str):
            path = self.inputs.rebased(node.value, node.place)
            return path, path
        if argument.options:
            word = read_word(node, where, argument.options, self.report)
            return None if word is None else (word, word)
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            return node.value, node.value
        self._fault("E122", argument.name, f"expected a text, got {kind_of(node)}", node.place)
        return None

    def _mapping(
        self,
        node: Node,
        name: str,
        key_of: Callable[[str, Place | None], Any],
        read: Callable[[Node], tuple[Any, Any] | None],
    ) -> tuple[dict[Any, Any], dict[str, Any]] | None:
        if not isinstance(node, MapNode) or not node.entries:
            self._fault("E122", name, f"expected a mapping, got {kind_of(node)}", node.place)
            return None
        values: dict[Any, Any] = {}
        data: dict[str, Any] = {}
        for entry in node.entries:
            key, found = key_of(entry.key, entry.place), read(entry.value)
            if key in values:
                self._fault("E127", name, f"'{entry.key}' stands twice", entry.place)
            elif key is not None and found is not None:
                values[key] = found[0]
                data[self._spelt(key)] = found[1]
        return values, data

    # -- states --------------------------------------------------------------------------------------------

    def _state(self, text: str, place: Place | None) -> str | float | None:
        """Return a state: a word, or a number in SI."""
        where = f"{self.where}.{self.kind.name}"
        if isinstance(self.want.kind, WordKind):
            return read_word(ScalarNode(text, place), where, self.want.kind.options, self.report)
        return read_number(ScalarNode(text, place), where, self.want.dimension, self.report)

    def _spelt(self, key: str | float) -> str:
        return key if isinstance(key, str) else str(quantity_data(key, self.want.dimension))

    def _table(self, node: Node, name: str, dimension: Dimension) -> tuple[Any, Any] | None:
        def row(part: Node) -> tuple[Any, Any] | None:
            return self._mapping(part, name, self._state, lambda one: self._number(one, name, dimension))

        return self._mapping(node, name, self._state, row)

    def _weights(self, node: Node, name: str) -> tuple[Any, Any] | None:
        if isinstance(node, ScalarNode) and isinstance(node.value, str | int | float):
            state = self._state(str(node.value), node.place)
            return None if state is None else ({state: 1.0}, self._spelt(state))
        return self._mapping(node, name, self._state, lambda part: self._number(part, name, DIMENSIONLESS))

    # -- calendars -----------------------------------------------------------------------------------------

    def _factor(self, node: Node, name: str, *, with_list: bool = False) -> tuple[Any, Any] | None:
        """Return a factor, or factors by hours of the day: a mapping, or a list of one per hour."""

        def factor(part: Node) -> tuple[Any, Any] | None:
            return self._number(part, name, DIMENSIONLESS)

        if isinstance(node, MapNode):
            return self._mapping(node, name, _span, factor)
        if isinstance(node, ListNode):
            found = [one for one in map(factor, node.items) if one is not None]
            return tuple(value for value, _ in found), [data for _, data in found]
        if with_list:
            self._fault("E122", name, f"expected hours with their factors, got {kind_of(node)}", node.place)
            return None
        return factor(node)

    def _dates(self, node: Node, name: str) -> tuple[tuple[str, ...], list[str]] | None:
        items = node.items if isinstance(node, ListNode) else ()
        texts = [one.value for one in items if isinstance(one, ScalarNode) and isinstance(one.value, str)]
        if not isinstance(node, ListNode) or len(texts) < len(items):
            self._fault(
                "E122", name, f"expected a list of dates such as 2026-12-25, got {kind_of(node)}", node.place
            )
            return None
        return tuple(texts), texts

    # -- beside the law ------------------------------------------------------------------------------------

    def _modifier(self, entry: Entry, arguments: dict[str, Any], data: dict[str, Any]) -> None:
        """Read what stands beside the law: `times` and `plus`, and `within` of an ou."""
        bounded = ("within",) if self.kind.name == "ou" else ()
        allowed = ("times", "plus", *bounded) if isinstance(self.want.kind, NumberKind) else ()
        if entry.key not in allowed:
            message = f"unknown key '{entry.key}' beside '{self.kind.name}'"
            self._fault("E120", "", message, entry.place, allowed=allowed, given=entry.key)
            return
        self.places[entry.key] = entry.value.place
        if entry.key == "within":
            found = self._within(entry.value)
        else:
            dimension = DIMENSIONLESS if entry.key == "times" else self.want.dimension
            found = self._number(entry.value, entry.key, dimension, is_difference=True)
        if found is not None:
            arguments[entry.key], data[entry.key] = found

    def _within(self, node: Node) -> tuple[Any, Any] | None:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            self._fault("E126", "within", "expected [lower end, upper end]", node.place)
            return None
        ends: list[tuple[Any, Any]] = []
        for item, open_end in zip(node.items, (-math.inf, math.inf), strict=True):
            is_open = isinstance(item, ScalarNode) and item.value is None
            end = (open_end, None) if is_open else self._number(item, "within", self.want.dimension)
            if end is None:
                return None
            ends.append(end)
        return tuple(value for value, _ in ends), [data for _, data in ends]

    def _rows(self, arguments: dict[str, Any]) -> None:
        """Put the two columns of a profile's file, in SI, beside the words that name them."""
        written = arguments["file"]
        text = self.inputs.text(written, f"{self.where}.profile.file", self.places["file"], self.report)
        if text is None:
            return
        try:
            times, values = profile_rows(text, arguments["time"], arguments["column"])
            scales = [unit(arguments[key]) if key in arguments else None for key in ("time_unit", "unit")]
        except LawError as error:
            self._fault("E142", "", error.message, self.places.get(error.argument or "file"))
            return
        except UnitError as error:
            self._fault("E130", "", error.message, self.places.get("unit"), suggestion=error.suggestion)
            return
        pairs = (("time_unit", scales[0], _SECONDS), ("unit", scales[1], self.want.dimension))
        for name, scale, dimension in pairs:
            if scale is not None and dimension is not None and scale.dimension != dimension:
                self._fault("E131", name, f"expected {dimension}, got {scale.dimension}", self.places.get(name))
        found = []
        for numbers, scale in zip((times, values), scales, strict=True):
            factor, offset = (scale.factor, scale.offset) if scale is not None else (1.0, 0.0)
            found.append(tuple(number * factor + offset for number in numbers))
        arguments["rows"] = tuple(found)


def _span(text: str, place: Place | None) -> str:
    """Return a span of hours or days as it is written; what it means is the law's to say."""
    return text

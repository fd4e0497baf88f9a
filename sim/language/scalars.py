"""Single values of a file: numbers with units, words, truths and expressions, each checked where it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sim.errors import Place
from sim.expressions import ExpressionError, expression_text, parse_expression
from sim.language.kinds import Kind, NumberKind, WordKind
from sim.language.nodes import Node, ScalarNode, kind_of
from sim.language.plan import Computed
from sim.language.report import Report
from sim.units import Dimension, UnitError, parse_quantity

__all__ = [
    "Bounds",
    "Want",
    "check_bounds",
    "fits",
    "note_expression_error",
    "parse_into",
    "part_of",
    "read_expression",
    "read_number",
    "read_truth",
    "read_word",
]


@dataclass(frozen=True)
class Bounds:
    """What a number must keep to."""

    least: float | None = None
    most: float | None = None
    integer: bool = False


@dataclass(frozen=True)
class Want:
    """What may stand at a place: the kind of value, its bounds, whether it may be random."""

    kind: Kind
    bounds: Bounds = field(default_factory=Bounds)
    fixed: bool = False
    each: bool = False
    varying: bool = False
    signal: bool = False

    @property
    def once(self) -> Want:
        """What may stand inside of a law: a value that is drawn once and then stays."""
        return replace(self, each=False, varying=False, signal=False)

    @property
    def dimension(self) -> Dimension | None:
        """The dimension of a number, None for any."""
        return self.kind.dimension if isinstance(self.kind, NumberKind) else None

    @property
    def unit(self) -> str:
        """The SI unit of a number, "" for none."""
        return self.dimension.symbol if self.dimension is not None else ""


def part_of(place: Place | None, text: str, offset: int, end: int, report: Report) -> Place | None:
    """Return the place of text[offset:end] where `text` is the scalar at `place`; the whole where unsure."""
    line = report.line_at(place)
    if place is None or line is None:
        return place
    start = place.column - 1
    if not line.startswith(text, start):
        start += 1  # past a quote
    if not line.startswith(text, start):
        return place
    end = max(end, offset + 1)
    return Place(place.file, place.line, start + offset + 1, start + end + 1)


def read_number(
    node: Node, where: str, dimension: Dimension | None, report: Report, *, is_difference: bool = False
) -> float | None:
    """Return a number in SI, or None with a fault.

    Args:
        node: what stands there.
        where: its dotted path.
        dimension: what is expected; None takes any.
        report: takes the fault.
        is_difference: whether it is a spread or a shift, to which no offset applies.
    """
    expected = "a number" if dimension is None else str(dimension)
    value = node.value if isinstance(node, ScalarNode) else None
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        report.add("E122", where, f"expected {expected}, got {kind_of(node)}", place=node.place)
        return None
    symbol = None if dimension is None else dimension.symbol
    try:
        number = parse_quantity(value, symbol, is_difference=is_difference).value
    except UnitError as error:
        code = "E131" if _has_other_dimension(value) else "E130"
        report.add(code, where, error.message, place=node.place, suggestion=error.suggestion)
        return None
    if math.isnan(number):
        report.add("E130", where, f"expected {expected}, got not-a-number", place=node.place)
        return None
    return number


def _has_other_dimension(value: int | float | str) -> bool:
    try:
        return parse_quantity(value).dimension is not None
    except UnitError:
        return False


def check_bounds(
    value: float, bounds: Bounds, unit: str, where: str, place: Place | None, report: Report
) -> bool:
    """Return whether a constant keeps to its bounds, noting a fault where not."""
    if not math.isfinite(value):
        report.add("E132", where, "expected a finite number", place=place)
    elif bounds.integer and value != int(value):
        report.add("E133", where, f"expected a whole number, got {value:g}", place=place)
    elif bounds.least is not None and value < bounds.least:
        report.add("E132", where, f"must be at least {bounds.least:g} {unit}".rstrip(), place=place)
    elif bounds.most is not None and value > bounds.most:
        report.add("E132", where, f"must be at most {bounds.most:g} {unit}".rstrip(), place=place)
    else:
        return True
    return False


def read_word(node: Node, where: str, options: Sequence[str], report: Report) -> str | None:
    """Return one of the options, or None with a fault."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        message = f"expected one of its words, got {kind_of(node)}"
        report.add("E122", where, message, place=node.place, allowed=options)
        return None
    if options and node.value not in options:
        message = f"'{_short(node.value)}' is not one of its words"
        report.add("E123", where, message, place=node.place, allowed=options, given=node.value)
        return None
    return node.value


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def read_truth(node: Node, where: str, report: Report) -> bool | None:
    """Return true or false, or None with a fault."""
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    given = node.value if isinstance(node, ScalarNode) else None
    is_old_style = isinstance(given, str) and given.lower() in ("on", "off", "yes", "no")
    meant = ("true" if str(given).lower() in ("on", "yes") else "false") if is_old_style else None
    report.add(
        "E122", where, f"expected true or false, got {kind_of(node)}", place=node.place, suggestion=meant
    )
    return None


def read_expression(node: Node, where: str, report: Report) -> Computed | None:
    """Return the expression of a `${…}`, None with a fault for one that cannot be read.

    The node must be a text with `${` in it.
    """
    assert isinstance(node, ScalarNode)
    whole = str(node.value)
    text = expression_text(whole)
    if text is None:
        message = 'an expression must be the whole value: "${…}", with nothing before or after'
        report.add("E150", where, message, place=node.place)
        return None
    return parse_into(text, node.place, where, report, shift=whole.index("${") + 2, whole=whole)


def parse_into(
    text: str, place: Place | None, where: str, report: Report, *, shift: int = 0, whole: str | None = None
) -> Computed | None:
    """Return an expression's tree; faults point into the scalar `whole`, in which `text` begins at `shift`."""
    whole = text if whole is None else whole
    inside = part_of(place, whole, shift, shift + len(text), report)
    try:
        return Computed(text, parse_expression(text), inside)
    except ExpressionError as error:
        note_expression_error(error, text, inside, where, report)
        return None


def note_expression_error(
    error: ExpressionError, text: str, place: Place | None, where: str, report: Report
) -> None:
    """Note what is wrong with an expression that stands at `place`, with the caret under the offending part."""
    place = part_of(place, text, error.offset, error.end, report)
    report.add(
        error.code,
        where,
        error.message,
        place=place,
        allowed=error.allowed,
        suggestion=error.suggestion,
    )


def fits(found: Kind, wanted: Kind) -> str | None:
    """Return why a value of one kind cannot stand where another is wanted; None where it can."""
    if isinstance(wanted, NumberKind) and isinstance(found, NumberKind):
        if None in (wanted.dimension, found.dimension) or wanted.dimension == found.dimension:
            return None
        return f"expected {wanted}, the expression gives {found}"
    if isinstance(wanted, WordKind) and isinstance(found, WordKind):
        strange = [word for word in found.options if wanted.options and word not in wanted.options]
        if not strange:
            return None
        return f"'{strange[0]}' is not one of the words that may stand here ({', '.join(wanted.options)})"
    return None if type(found) is type(wanted) else f"expected {wanted}, the expression gives {found}"

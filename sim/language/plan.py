"""What a checked document is: a tree of groups whose leaves say where each value comes from.

A leaf's source is a constant, an expression, a law, a law conditional on a word, or a law drawn at every use.
`canonical` prints any part as plain data that loads to an equal scenario: SI units, defaults filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.errors import Place
from sim.expressions import Reference, Tree, references
from sim.language.kinds import Kind, NumberKind
from sim.units import DIMENSIONLESS, Dimension

__all__ = [
    "Computed",
    "Constant",
    "EachUse",
    "Fixed",
    "Given",
    "Group",
    "Later",
    "LawSpec",
    "Leaf",
    "Number",
    "Pick",
    "Plan",
    "Repeated",
    "Row",
    "Source",
    "canonical",
    "computed_of",
    "expressions_of",
    "quantity_data",
    "source_data",
]

DrawnWhen = Literal["never", "once per episode", "once per entity", "at each use", "computed"]


@dataclass(frozen=True)
class Constant:
    """A value that is the same in every episode."""

    value: float | str | bool | None


@dataclass(eq=False)
class Computed:
    """`${…}`: an expression, and where it stands in the file.

    The tree changes once, when the values are known and bare words are told from references.
    """

    text: str
    tree: Tree
    place: Place | None = None


Number = float | Computed
"""A number in SI that a law takes: written down, or computed at the draw."""


@dataclass(frozen=True)
class LawSpec:
    """A law as written, in SI.

    Args:
        name: key in the table of laws.
        arguments: argument -> number, word, list of numbers, mapping option -> weight, or list of sources.
        dimensions: argument -> dimension of its numbers, where it has one.
        within: lower and upper end of the truncation, None where open.
        plus: added to the value.
        times: multiplies the value, before `plus`.
        least: the field's own bounds, to which the law is truncated too.
        place: of the law's name.
    """

    name: str
    arguments: Mapping[str, Any]
    dimensions: Mapping[str, Dimension | None]
    within: tuple[Number | None, Number | None] | None = None
    plus: Number | None = None
    times: Number | None = None
    least: float | None = None
    most: float | None = None
    integer: bool = False
    place: Place | None = None
    places: Mapping[str, Place | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Given:
    """Another source for every word that `on` can be."""

    on: Computed
    branches: Mapping[str, Source]
    place: Place | None = None
    places: Mapping[str, Place | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class EachUse:
    """`{each: LAW}`: the domain draws when it needs one."""

    law: LawSpec | Given


Source = Constant | Computed | LawSpec | Given | EachUse


@dataclass
class Leaf:
    """One place where a value stands.

    Args:
        path: name of the value: a parameter's name, or the dotted path (`world.ego.speed`).
        where: dotted path in the file; differs from `path` for named parameters.
        kind: what kind of value it is; None until inferred, for parameters only.
        source: where it comes from; None where the file is wrong.
        unit: SI unit, "" for none.
        entity: path of the item with `count:` it belongs to, None for the others.
        item: path of the list item with an id it belongs to, None for the others.
        is_default: whether the file leaves it out and the declaration's default stands here.
        words: what a word can be, which may be less than its field allows; known after sorting.
    """

    path: str
    where: str
    kind: Kind | None
    source: Source | None
    unit: str = ""
    doc: str = ""
    place: Place | None = None
    least: float | None = None
    most: float | None = None
    integer: bool = False
    entity: str | None = None
    item: str | None = None
    is_default: bool = False
    words: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """The SI symbol of the dimension it turned out to have, "" where it has none."""
        return self.kind.symbol if isinstance(self.kind, NumberKind) else ""

    @property
    def is_random(self) -> bool:
        """Whether a law stands here."""
        return isinstance(self.source, LawSpec | Given)

    @property
    def drawn(self) -> DrawnWhen:
        """When the value comes to be."""
        if isinstance(self.source, EachUse):
            return "at each use"
        if self.is_random:
            return "once per episode" if self.entity is None else "once per entity"
        return "computed" if isinstance(self.source, Computed) else "never"


@dataclass
class Later:
    """The id of an entity, or a condition over entities: its value is found when all entities are known."""

    what: Literal["entity", "condition"]
    text: str
    where: str
    place: Place | None
    value: Any = None


@dataclass(frozen=True)
class Fixed:
    """A part that is never random: a text, an id, a condition, a file. `data` is how the file spells it.

    A value that is a `Later` stands for what it holds in the end.
    """

    value: Any
    data: Any


@dataclass(frozen=True)
class Group:
    """A mapping with known keys.

    Args:
        entries: the plans by key, in the order of the declaration.
        inline: key of the kind that stands inline among the others.
        defaults: keys that the file leaves out.
    """

    entries: Mapping[str, Plan]
    inline: str | None = None
    defaults: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pick:
    """The chosen kind of a Tagged and its settings."""

    kind: str
    settings: Plan


@dataclass(frozen=True)
class Row:
    """A list."""

    items: tuple[Plan, ...]


@dataclass(frozen=True)
class Repeated:
    """An item of a named list: its id, how many entities it stands for (None: itself), its content."""

    id: str
    path: str
    count: Leaf | None
    content: Group


Plan = Leaf | Fixed | Group | Pick | Row | Repeated


def quantity_data(value: float, dimension: Dimension | None) -> float | int | str:
    """Return a number in SI as a scenario spells it, so that reading it gives the same bits."""
    if dimension is None or dimension == DIMENSIONLESS:
        return int(value) if value == int(value) and abs(value) < 2**53 else value
    return f"{value!r} {dimension.symbol}"


def _finite(value: float) -> bool:
    return value - value == 0.0


def canonical(plan: Plan, *, full: bool = True) -> Any:
    """Return a checked part as plain data; None stands for what is absent.

    Args:
        plan: the part.
        full: with defaults filled in; without them the data says what the file says, and can be read again.
    """
    if isinstance(plan, Leaf):
        dimension = plan.kind.dimension if isinstance(plan.kind, NumberKind) else None
        return None if plan.source is None else source_data(plan.source, dimension)
    if isinstance(plan, Fixed):
        return plan.data
    if isinstance(plan, Row):
        return [canonical(item, full=full) for item in plan.items]
    if isinstance(plan, Pick):
        return {plan.kind: canonical(plan.settings, full=full)}
    if isinstance(plan, Repeated):
        count = {} if plan.count is None else {"count": canonical(plan.count)}
        return {"id": plan.id, **count, **_group_data(plan.content, full=full)}
    return _group_data(plan, full=full)


def _group_data(group: Group, *, full: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, entry in group.entries.items():
        if key in group.defaults and not full:
            continue
        value = canonical(entry, full=full)
        if key == group.inline:
            data.update(value or {})
        elif value is not None:
            data[key] = value
    return data


def source_data(source: Source, dimension: Dimension | None) -> Any:
    """Return how a scenario spells a source of a quantity of a dimension, in SI."""
    if isinstance(source, Constant):
        value = source.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _number_data(float(value), dimension) if is_number and value is not None else value
    if isinstance(source, Computed):
        return "${" + source.text.strip() + "}"
    if isinstance(source, EachUse):
        return {"each": source_data(source.law, dimension)}
    if isinstance(source, Given):
        branches = {word: source_data(branch, dimension) for word, branch in source.branches.items()}
        return {"given": source.on.text.strip(), **branches}
    return _law_data(source, dimension)


def _number_data(value: Number, dimension: Dimension | None) -> Any:
    if isinstance(value, Computed):
        return "${" + value.text.strip() + "}"
    return quantity_data(value, dimension) if _finite(value) else _infinite_data(value, dimension)


def _infinite_data(value: float, dimension: Dimension | None) -> str:
    symbol = dimension.symbol if dimension is not None else ""
    return f"{'-' if value < 0 else ''}inf {symbol}".strip()


def _law_data(law: LawSpec, dimension: Dimension | None) -> dict[str, Any]:
    arguments = {
        name: _argument_data(value, law.dimensions.get(name), dimension)
        for name, value in law.arguments.items()
        if name != "column_values"  # stands in the file
    }
    body = arguments["options"] if set(arguments) == {"options"} else arguments
    data: dict[str, Any] = {law.name: body}
    if law.within is not None:
        data["within"] = [None if end is None else _number_data(end, dimension) for end in law.within]
    if law.times is not None:
        data["times"] = _number_data(law.times, None)
    if law.plus is not None:
        data["plus"] = _number_data(law.plus, dimension)
    return data


def _argument_data(value: Any, dimension: Dimension | None, whole: Dimension | None) -> Any:
    if isinstance(value, Mapping):
        return {_option_key(key, dimension): _number_data(weight, None) for key, weight in value.items()}
    if isinstance(value, tuple):
        return [
            source_data(item, whole)
            if isinstance(item, Constant | LawSpec | Given)
            else _number_data(item, dimension)
            for item in value
        ]
    return value if isinstance(value, str) else _number_data(value, dimension)


def _option_key(key: str | float, dimension: Dimension | None) -> str:
    return key if isinstance(key, str) else str(quantity_data(key, dimension))


def expressions_of(source: Source | None) -> Iterator[tuple[Computed, Reference]]:
    """Yield every reference of a source with the expression it stands in."""
    for computed in computed_of(source):
        for reference in references(computed.tree):
            yield computed, reference


def computed_of(source: Any) -> Iterator[Computed]:
    """Yield every expression of a source or of a part of one."""
    if isinstance(source, Computed):
        yield source
    elif isinstance(source, EachUse):
        yield from computed_of(source.law)
    elif isinstance(source, Given):
        yield source.on
        for branch in source.branches.values():
            yield from computed_of(branch)
    elif isinstance(source, LawSpec):
        for part in (*source.arguments.values(), source.within, source.plus, source.times):
            yield from computed_of(part)
    elif isinstance(source, Mapping):
        for part in source.values():
            yield from computed_of(part)
    elif isinstance(source, tuple):
        for part in source:
            yield from computed_of(part)

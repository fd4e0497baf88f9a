"""What a checked document is: a tree of groups whose leaves say where each value comes from.

A leaf's source is a constant, an expression, a law, a law conditional on a word, a law drawn at every use, a
law that varies in time, or signals of the run.
`sim.language.printing` prints any part of it as plain data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.errors import Place
from sim.expressions import Reference, Tree, references
from sim.language.kinds import Kind, NumberKind
from sim.units import Dimension

__all__ = [
    "Computed",
    "Constant",
    "DuringRun",
    "EachUse",
    "Fixed",
    "Given",
    "Group",
    "InTime",
    "Later",
    "LawSpec",
    "Leaf",
    "Number",
    "Pick",
    "Plan",
    "Repeated",
    "Row",
    "SignalUse",
    "Source",
    "computed_of",
    "expressions_of",
]

DrawnWhen = Literal[
    "never",
    "once per episode",
    "once per entity",
    "at each use",
    "varies in time",
    "read during the run",
    "computed",
]


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


@dataclass(frozen=True)
class InTime:
    """A law that varies in time, as written, in SI: the domain follows its course.

    Args:
        name: key in the table of laws that vary.
        arguments: argument -> numbers, words, tuples and mappings of them; modifiers are among them.
        data: how a scenario spells it.
        expressions: those that stand in it, each with the dimension it must have.
        least: the field's own bounds.
        place: of the law's name.
    """

    name: str
    arguments: Mapping[str, Any]
    data: Mapping[str, Any]
    expressions: tuple[tuple[Computed, Dimension | None], ...] = ()
    least: float | None = None
    most: float | None = None
    integer: bool = False
    place: Place | None = None
    places: Mapping[str, Place | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class SignalUse:
    """`{signal: "…"}`: the domain reads it while it runs."""

    term: Later


Source = Constant | Computed | LawSpec | Given | EachUse
"""Where the value of an episode comes from."""

DuringRun = InTime | SignalUse
"""Where a value comes from that changes while the episode runs."""


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
    source: Source | DuringRun | None
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
    def has_one_value(self) -> bool:
        """Whether an episode has one value of it, to which expressions may refer."""
        return not isinstance(self.source, EachUse | InTime | SignalUse)

    @property
    def drawn(self) -> DrawnWhen:
        """When the value comes to be."""
        if isinstance(self.source, EachUse):
            return "at each use"
        if isinstance(self.source, InTime):
            return "varies in time"
        if isinstance(self.source, SignalUse):
            return "read during the run"
        if self.is_random:
            return "once per episode" if self.entity is None else "once per entity"
        return "computed" if isinstance(self.source, Computed) else "never"


@dataclass
class Later:
    """The id of an entity, or a formula over entities: its value is found when all entities are known.

    Args:
        what: an entity, a condition of the moment, or a signal: a number of the moment.
        dimension: what a signal must have.
    """

    what: Literal["entity", "condition", "signal"]
    text: str
    where: str
    place: Place | None
    value: Any = None
    dimension: Dimension | None = None


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


def expressions_of(source: Source | DuringRun | None) -> Iterator[tuple[Computed, Reference]]:
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
    elif isinstance(source, InTime):
        yield from (computed for computed, _ in source.expressions)
    elif isinstance(source, LawSpec):
        for part in (*source.arguments.values(), source.within, source.plus, source.times):
            yield from computed_of(part)
    elif isinstance(source, Mapping):
        for part in source.values():
            yield from computed_of(part)
    elif isinstance(source, tuple):
        for part in source:
            yield from computed_of(part)

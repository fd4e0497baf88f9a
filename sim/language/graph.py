"""What depends on what: references find their values, kinds and dimensions are checked, cycles are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sim.expressions import Apply, ExpressionError, Literal, Reference, Tree
from sim.language.kinds import Kind, NumberKind, TruthKind, WordKind, kind_of_tree
from sim.language.plan import (
    Computed,
    Constant,
    DuringRun,
    EachUse,
    Given,
    InTime,
    LawSpec,
    Leaf,
    Source,
    computed_of,
    expressions_of,
)
from sim.language.report import Report
from sim.language.scalars import fits, note_expression_error
from sim.laws.table import TABLE

__all__ = ["Graph"]


class _Broken(Exception):
    """A value this one needs is wrong, and has been told."""


@dataclass
class Graph:
    """The leaves of a scenario and how they hang together.

    Args:
        leaves: path -> leaf; parameters first, then the rest in the order of the file.
        aliases: id of an item, key of the world or name of a sensor -> its path.
        sections: paths that hold values but are none.
        report: takes the faults.
    """

    leaves: Mapping[str, Leaf]
    aliases: Mapping[str, str]
    sections: Collection[str]
    report: Report
    order: list[Leaf] = field(default_factory=list)
    users: dict[str, list[str]] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)

    # -- names ---------------------------------------------------------------------------------------------

    def find(self, reference: Reference, entity: str | None = None) -> Leaf:
        """Return the value a reference names, as seen from a leaf of `entity`.

        Raises:
            ExpressionError: there is none, or it has not one value.
        """
        leaf = self._named(reference.name)
        if leaf is None:
            raise self._unknown(reference)
        if not leaf.has_one_value:
            how = "is drawn at each use" if isinstance(leaf.source, EachUse) else "changes during the run"
            raise _no_value(reference, f"'{reference.name}' {how} and has no single value")
        if leaf.entity is not None and leaf.entity != entity:
            message = f"'{reference.name}' is drawn for every entity of '{leaf.entity}' and has no single value"
            raise _no_value(reference, message)
        return leaf

    def _named(self, name: str) -> Leaf | None:
        if name in self.leaves:
            return self.leaves[name]
        head, dot, tail = name.partition(".")
        return self.leaves.get(f"{self.aliases[head]}.{tail}") if dot and head in self.aliases else None

    def _unknown(self, reference: Reference) -> ExpressionError:
        name = reference.name
        head, _, tail = name.partition(".")
        full = f"{self.aliases[head]}.{tail}".rstrip(".") if head in self.aliases else name
        if full in self.sections:
            inside = [path[len(full) + 1 :] for path in self.leaves if path.startswith(f"{full}.")]
            message = f"'{name}' is a section, not a value"
            return _no_value(reference, message, tuple(f"{name}.{rest}" for rest in inside))
        near = self.report.near(name, self._names)
        return _no_value(reference, f"there is no value named '{name}'", self._parameters, near)

    @cached_property
    def _parameters(self) -> tuple[str, ...]:
        """The named parameters, for faults to show."""
        return tuple(leaf.path for leaf in self.leaves.values() if leaf.path != leaf.where)

    def settle(self, computed: Computed, entity: str | None = None) -> None:
        """Tell words from references: in `weather == rain`, rain is a word if weather is one."""
        computed.tree = self._settled(computed.tree, entity)

    def _settled(self, tree: Tree, entity: str | None) -> Tree:
        if not isinstance(tree, Apply):
            return tree
        parts = tuple(self._settled(part, entity) for part in tree.parts)
        if tree.op in ("==", "!="):
            left, right = parts
            parts = (self._word(left, right), self._word(right, left))
        return Apply(tree.op, parts, tree.offset, tree.end)

    def _word(self, tree: Tree, other: Tree) -> Tree:
        """Return one side of an equality as a word where the other side is a word that it can name."""
        if not isinstance(tree, Reference) or not isinstance(other, Reference):
            return tree
        leaf = self._named(other.name)
        if leaf is None or not isinstance(leaf.kind, WordKind | None):
            return tree
        options = leaf.kind.options if leaf.kind is not None else ()
        is_word = tree.name in options or self._named(tree.name) is None
        return Literal(tree.name, None, tree.offset, tree.end) if is_word else tree

    @cached_property
    def _names(self) -> list[str]:
        """All names of leaves: paths, and those that begin with an alias."""
        heads = {path: alias for alias, path in self.aliases.items()}
        found = list(self.leaves)
        for leaf in self.leaves:
            parts = leaf.split(".")
            for count in range(1, len(parts)):
                alias = heads.get(".".join(parts[:count]))
                if alias is not None:
                    found.append(".".join((alias, *parts[count:])))
        return found

    # -- order ---------------------------------------------------------------------------------------------

    def sort(self) -> None:
        """Check every leaf after those it depends on, and keep that order."""
        state: dict[str, int] = {}
        for start in self.leaves:
            trail: list[tuple[Leaf, Iterator[Leaf]]] = []
            self._enter(self.leaves[start], state, trail)
            while trail:
                leaf, rest = trail[-1]
                following = next(rest, None)
                if following is None:
                    trail.pop()
                    state[leaf.path] = 2
                    self._finish(leaf)
                elif state.get(following.path) == 1:
                    self._cycle(following, [entry[0] for entry in trail])
                else:
                    self._enter(following, state, trail)

    def _enter(self, leaf: Leaf, state: dict[str, int], trail: list[tuple[Leaf, Iterator[Leaf]]]) -> None:
        if leaf.path not in state:
            state[leaf.path] = 1
            trail.append((leaf, iter(self._needs(leaf))))

    def _needs(self, leaf: Leaf) -> list[Leaf]:
        """Return what a leaf refers to, noting references that lead nowhere."""
        found: dict[str, Leaf] = {}
        for computed in computed_of(leaf.source):
            self.settle(computed, leaf.entity)
        for computed, reference in expressions_of(leaf.source):
            try:
                other = self.find(reference, leaf.entity)
            except ExpressionError as error:
                note_expression_error(error, computed.text, computed.place, leaf.where, self.report)
                self._broken.add(leaf.path)
                continue
            found[other.path] = other
            users = self.users.setdefault(other.path, [])
            if leaf.where not in users:
                users.append(leaf.where)
        return list(found.values())

    def _cycle(self, again: Leaf, trail: list[Leaf]) -> None:
        chain = trail[trail.index(again) :]
        shown = [leaf.path for leaf in (*chain, again)]
        if len(shown) > 9:
            shown[4:-4] = ["…"]
        names = " -> ".join(shown)
        self.report.add("E153", again.where, f"depends on itself: {names}", place=again.place)
        self._broken.update(leaf.path for leaf in chain)

    def _finish(self, leaf: Leaf) -> None:
        self.order.append(leaf)
        if leaf.source is None or leaf.path in self._broken:
            self._broken.add(leaf.path)
            return
        faults = len(self.report.faults)
        try:
            if isinstance(leaf.source, DuringRun):
                self._check_run(leaf.source, leaf)
            else:
                leaf.kind = self._checked(leaf.source, leaf.kind, leaf)
                leaf.words = tuple(dict.fromkeys(self._words(leaf.source, leaf)))
        except _Broken:
            self._broken.add(leaf.path)
        if len(self.report.faults) > faults:
            self._broken.add(leaf.path)

    # -- kinds ---------------------------------------------------------------------------------------------

    def kind(self, computed: Computed, where: str, entity: str | None = None) -> Kind | None:
        """Return the kind of an expression's value; None where it, or a value it needs, has a fault."""

        def kind_of(reference: Reference) -> Kind:
            leaf = self.find(reference, entity)
            if leaf.path in self._broken or leaf.kind is None:
                raise _Broken
            return WordKind(leaf.words) if leaf.words else leaf.kind

        try:
            return kind_of_tree(computed.tree, kind_of)
        except ExpressionError as error:
            note_expression_error(error, computed.text, computed.place, where, self.report)
            return None
        except _Broken:
            return None

    def _checked(self, source: Source, wanted: Kind | None, leaf: Leaf) -> Kind | None:
        """Check the expressions of a source and return the kind of its value."""
        if isinstance(source, Computed):
            return self._computed(source, wanted, leaf)
        if isinstance(source, EachUse):
            return self._checked(source.law, wanted, leaf)
        if isinstance(source, Given):
            return self._given(source, wanted, leaf)
        if isinstance(source, LawSpec):
            return self._law(source, wanted, leaf)
        return wanted

    def _check_run(self, source: DuringRun, leaf: Leaf) -> None:
        """Check the expressions of a law that varies in time."""
        for computed, dimension in source.expressions if isinstance(source, InTime) else ():
            self._computed(computed, NumberKind(dimension), leaf)

    def _computed(self, computed: Computed, wanted: Kind | None, leaf: Leaf) -> Kind | None:
        found = self.kind(computed, leaf.where, leaf.entity)
        if found is None:
            raise _Broken
        problem = fits(found, wanted) if wanted is not None else None
        if problem is not None:
            code = "E152" if isinstance(found, NumberKind) and isinstance(wanted, NumberKind) else "E154"
            self.report.add(code, leaf.where, problem, place=computed.place)
        is_open = isinstance(wanted, NumberKind) and wanted.dimension is None
        return found if wanted is None or is_open else wanted

    def _given(self, given: Given, wanted: Kind | None, leaf: Leaf) -> Kind | None:
        self._cover(given, leaf)
        kind = wanted
        for branch in given.branches.values():
            found = self._checked(branch, kind, leaf)
            kind = found if kind is None else kind
        return kind

    def _cover(self, given: Given, leaf: Leaf) -> None:
        """Note options of the choice without a branch, and branches that are no option."""
        tree = given.on.tree
        if not isinstance(tree, Reference):
            message = "'given' takes the name of a choice, not an expression"
            self.report.add("E150", leaf.where, message, place=given.on.place)
            return
        choice = self.find(tree, leaf.entity)
        if choice.path in self._broken:
            raise _Broken
        options = ("true", "false") if isinstance(choice.kind, TruthKind) else choice.words
        if not options:
            message = f"'{tree.name}' is {choice.kind}; 'given' takes the name of a choice"
            self.report.add("E154", leaf.where, message, place=given.on.place)
            return
        for word in given.branches:
            if word not in options:
                message = f"'{word}' is none of the words of '{tree.name}'"
                place = given.places.get(word, given.place)
                self.report.add("E123", leaf.where, message, place=place, allowed=options, given=word)
        missing = [word for word in options if word not in given.branches]
        if missing:
            message = f"no value for '{tree.name}' being {', '.join(missing)}"
            self.report.add("E121", leaf.where, message, place=given.place)

    def _law(self, law: LawSpec, wanted: Kind | None, leaf: Leaf) -> Kind | None:
        """Check the expressions among a law's arguments; one may give a bare parameter its dimension."""
        dimension = wanted.dimension if isinstance(wanted, NumberKind) else None
        is_open = isinstance(wanted, NumberKind) and dimension is None
        arguments = [(name, value, law.dimensions.get(name)) for name, value in law.arguments.items()]
        modifiers = [
            ("within", law.within, dimension),
            ("plus", law.plus, dimension),
            ("times", law.times, None),
        ]
        for name, part, expected in (*arguments, *modifiers):
            for computed in _expressions(part):
                found = self._computed(computed, NumberKind(expected), leaf)
                gives = isinstance(found, NumberKind) and _has_dimension_of_value(law.name, name)
                if is_open and gives and isinstance(found, NumberKind):
                    dimension = dimension or found.dimension
            for inner in part if isinstance(part, tuple) else ():
                if isinstance(inner, LawSpec):
                    self._checked(inner, wanted, leaf)
        return NumberKind(dimension) if is_open else wanted

    def _words(self, source: Source, leaf: Leaf) -> list[str]:
        """Return the words a source can give, which may be fewer than the field allows."""
        if not isinstance(leaf.kind, WordKind):
            return []
        if isinstance(source, Constant):
            return [str(source.value)]
        if isinstance(source, Given):
            return [word for branch in source.branches.values() for word in self._words(branch, leaf)]
        if isinstance(source, LawSpec):
            return [str(option) for option in source.arguments.get("options", ())]
        kind = self.kind(source, leaf.where, leaf.entity) if isinstance(source, Computed) else leaf.kind
        return list(kind.options) if isinstance(kind, WordKind) else []


def _expressions(part: Any) -> Iterator[Computed]:
    """Yield the expressions that stand directly in an argument."""
    if isinstance(part, Computed):
        yield part
    elif isinstance(part, Mapping | tuple):
        for item in part.values() if isinstance(part, Mapping) else part:
            if isinstance(item, Computed):
                yield item


def _has_dimension_of_value(law: str, argument: str) -> bool:
    declared = TABLE[law].argument(argument)
    return argument in ("within", "plus") or (declared is not None and declared.kind in ("value", "spread"))


def _no_value(
    reference: Reference, message: str, allowed: tuple[str, ...] = (), near: str | None = None
) -> ExpressionError:
    return ExpressionError(
        "E151",
        message,
        offset=reference.offset,
        end=reference.end,
        allowed=allowed[:12],
        suggestion=near,
    )

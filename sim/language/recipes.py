"""How a value comes to be in one draw: every source as a function of the values so far and a uniform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import RunError
from sim.expressions import Reference, references
from sim.language.closures import ARRAYS, NUMBERS, Closure, closure
from sim.language.kinds import TruthKind
from sim.language.law_builder import build_law, is_constant
from sim.language.plan import Computed, Constant, EachUse, Given, InTime, LawSpec, Leaf, Source, computed_of
from sim.laws.base import LawError
from sim.laws.constant import Constant as ConstantLaw
from sim.lazy import np

if TYPE_CHECKING:
    from sim.geometry import Array
    from sim.wall_clock import WallClock

__all__ = ["ColumnRecipe", "DrawFailed", "LawRecipe", "Recipe", "Scope", "check_computed"]

Recipe = Callable[[Sequence[Any], float], Any]
"""Gives a value from the slots and the leaf's own uniform."""

LawRecipe = Callable[[Sequence[Any]], Any]
"""Gives the law that a value has, given the slots."""

ColumnRecipe = Callable[[Sequence[Any], "Array"], Any]
"""As `Recipe`, for (n,) arrays in the slots and (n,) uniforms."""


class DrawFailed(RunError):
    """A value that cannot be found for this draw; `leaf` says which."""

    def __init__(self, leaf: Leaf, message: str) -> None:
        super().__init__(f"{leaf.where}: {message}")
        self.leaf = leaf
        self.message = message


@dataclass(frozen=True)
class Scope:
    """Where the values that expressions may refer to stand.

    Args:
        find: gives the leaf that a reference means, as seen from an entity.
        slots: path of a leaf -> index of its slot.
        clock: of the scenario's `start:`.
    """

    find: Callable[[Reference, str | None], Leaf]
    slots: Mapping[str, int]
    clock: WallClock | None = None

    def closure(self, computed: Computed, entity: str | None, *, arrays: bool = False) -> Closure:
        """Return an expression as a function of the slots."""
        tree = computed.tree
        slots = {one.name: self.slots[self.find(one, entity).path] for one in references(tree)}
        return closure(tree, slots, ARRAYS if arrays else NUMBERS)

    def recipe(self, leaf: Leaf) -> Recipe:
        """Return how a leaf's value is found in a draw, with errors told of the leaf."""
        inner = self._recipe(_source(leaf), leaf)
        if isinstance(leaf.source, LawSpec) and is_constant(leaf.source):
            return inner  # nothing can go wrong, and these are most

        def guarded(slots: Sequence[Any], u: float) -> Any:
            try:
                return inner(slots, u)
            except (ArithmeticError, ValueError) as error:
                raise DrawFailed(leaf, _reason(error)) from error

        return guarded

    def _recipe(self, source: Source, leaf: Leaf) -> Recipe:
        convert = _converter(leaf)
        if isinstance(source, Constant):
            value = source.value
            return lambda slots, u: value
        if isinstance(source, Computed):
            evaluate = self.closure(source, leaf.entity)
            return lambda slots, u: check_computed(evaluate(slots), leaf)
        if isinstance(source, Given):
            on = self._condition(source, leaf)
            branches = {word: self._recipe(branch, leaf) for word, branch in source.branches.items()}
            return lambda slots, u: branches[_word(slots[on])](slots, u)
        law = self._law(source, leaf)
        if isinstance(source, LawSpec) and is_constant(source):
            quantile = law(()).ppf
            if convert is None:
                return lambda slots, u: quantile(u)
            return lambda slots, u: convert(quantile(u))
        if convert is None:
            return lambda slots, u: law(slots).ppf(u)
        return lambda slots, u: convert(law(slots).ppf(u))

    def law(self, leaf: Leaf) -> LawRecipe:
        """Return how a random leaf's law is found in a draw."""
        return self._law(_source(leaf), leaf)

    def varying_law(self, leaf: Leaf) -> LawRecipe:
        """Return how the law of a leaf that varies in time is found in a draw."""
        from sim.language.varying_builder import build_varying

        spec = leaf.source
        assert isinstance(spec, InTime)
        if not spec.expressions:
            law = build_varying(spec, self.clock)
            return lambda slots: law
        known = {id(one): self.closure(one, leaf.entity) for one, _ in spec.expressions}

        def built(slots: Sequence[Any]) -> Any:
            try:
                return build_varying(spec, self.clock, lambda part: known[id(part)](slots))
            except (ArithmeticError, ValueError) as error:
                raise DrawFailed(leaf, _reason(error)) from error

        return built

    def _law(self, source: Source, leaf: Leaf) -> LawRecipe:
        if isinstance(source, EachUse):
            return self._law(source.law, leaf)
        if isinstance(source, Constant):
            assert source.value is not None
            constant = ConstantLaw(source.value)
            return lambda slots: constant
        if isinstance(source, Computed):
            evaluate = self.closure(source, leaf.entity)
            return lambda slots: ConstantLaw(evaluate(slots))
        if isinstance(source, Given):
            on = self._condition(source, leaf)
            branches = {word: self._law(branch, leaf) for word, branch in source.branches.items()}
            return lambda slots: branches[_word(slots[on])](slots)
        spec = source
        if is_constant(spec):
            law = build_law(spec)
            return lambda slots: law
        known = {id(one): self.closure(one, leaf.entity) for one in computed_of(spec)}
        return lambda slots: build_law(spec, lambda part: known[id(part)](slots))

    def _condition(self, given: Given, leaf: Leaf) -> int:
        assert isinstance(given.on.tree, Reference)
        return self.slots[self.find(given.on.tree, leaf.entity).path]

    # -- arrays --------------------------------------------------------------------------------------------

    def column(self, leaf: Leaf) -> ColumnRecipe:
        """Return how a leaf's values are found for many draws at once."""
        return self._column(_source(leaf), leaf)

    def _column(self, source: Source, leaf: Leaf) -> ColumnRecipe:
        if isinstance(source, Constant):
            value = source.value
            return lambda slots, u: np.full(len(u), value)
        if isinstance(source, Computed):
            evaluate = self.closure(source, leaf.entity, arrays=True)
            return lambda slots, u: np.broadcast_to(evaluate(slots), u.shape)
        if isinstance(source, Given):
            return self._given_column(source, leaf)
        if isinstance(source, LawSpec) and is_constant(source):
            quantile = self._law(source, leaf)(()).ppf
            if isinstance(leaf.kind, TruthKind):
                return lambda slots, u: quantile(u).astype(bool)
            return lambda slots, u: quantile(u)
        return self._row_by_row(self._recipe(source, leaf))

    def _given_column(self, given: Given, leaf: Leaf) -> ColumnRecipe:
        on = self._condition(given, leaf)
        branches = [(word, self._column(branch, leaf)) for word, branch in given.branches.items()]

        def column(slots: Sequence[Any], u: Array) -> Any:
            words = _words(slots[on])
            result = branches[0][1](slots, u)
            for word, branch in branches[1:]:
                result = np.where(words == word, branch(slots, u), result)
            return result

        return column

    def _row_by_row(self, recipe: Recipe) -> ColumnRecipe:
        """Return a column of a law that is another one in every draw."""

        def column(slots: Sequence[Any], u: Array) -> Any:
            def row(i: int) -> list[Any]:
                return [slot[i] if isinstance(slot, np.ndarray) else slot for slot in slots]

            return np.array([recipe(row(i), float(one)) for i, one in enumerate(u)])

        return column


def check_computed(value: Any, leaf: Leaf) -> Any:
    """Return a computed value, refusing one that may not stand where it stands.

    Raises:
        DrawFailed: it is outside the bounds of its field, not whole, or not finite.
    """
    if isinstance(value, str | bool):
        return value
    if not value - value == 0.0:
        raise DrawFailed(leaf, f"is {value} for this draw")
    if leaf.least is not None and value < leaf.least:
        raise DrawFailed(leaf, f"is {value:.6g} {leaf.unit} for this draw, below {leaf.least:g} {leaf.unit}")
    if leaf.most is not None and value > leaf.most:
        raise DrawFailed(leaf, f"is {value:.6g} {leaf.unit} for this draw, above {leaf.most:g} {leaf.unit}")
    if leaf.integer and value != int(value):
        raise DrawFailed(leaf, f"is {value:.6g} for this draw, not a whole number")
    return int(value) if leaf.integer else value


def _source(leaf: Leaf) -> Source:
    assert isinstance(leaf.source, Source), f"{leaf.where} has no value of the episode"
    return leaf.source


def _converter(leaf: Leaf) -> Callable[[Any], Any] | None:
    if isinstance(leaf.kind, TruthKind):
        return bool
    return int if leaf.integer else None


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _words(values: Any) -> Any:
    is_truth = isinstance(values, bool) or (isinstance(values, np.ndarray) and values.dtype == bool)
    return np.where(values, "true", "false") if is_truth else values


def _reason(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "divides by zero for this draw"
    if isinstance(error, LawError):
        return f"has an impossible law for this draw: {error}"
    return f"cannot be computed for this draw: {error}"

"""Plans as functions that build plain values: constant parts once, the rest in every draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sim.fields import Chosen, SignalValue
from sim.formula_parts import filled, parameter_of, parts
from sim.language.plan import (
    EachUse,
    Fixed,
    Group,
    InTime,
    Later,
    Leaf,
    Pick,
    Plan,
    Repeated,
    Row,
    SignalUse,
    computed_of,
)
from sim.language.recipes import Scope
from sim.laws.source import LawSource

__all__ = ["Built", "Templates", "Uniforms"]


def _as_it_is(value: Any) -> Any:
    return value


class Uniforms(Protocol):
    """Where counted entities get their uniforms from: the noise of an episode, or the middle of every law."""

    def uniform(self, entity: str, stream: str, /) -> float:
        """Return the uniform of one stream of an entity."""
        ...


Make = Callable[[list[Any], Uniforms], Any]
"""Gives a part's value from the slots and the episode's noise."""


@dataclass(frozen=True)
class Built:
    """A part of the world: the same value in every draw, or a function of the draw."""

    value: Any = None
    make: Make | None = None

    def __call__(self, slots: list[Any], noise: Uniforms) -> Any:
        """Return the value in a draw."""
        return self.value if self.make is None else self.make(slots, noise)


@dataclass(frozen=True)
class Templates:
    """Turns plans into `Built` parts.

    Args:
        scope: where values stand.
        constants: path of a leaf -> value, for those that are the same in every draw.
        entities: path of a counted item -> its leaves, each after those it depends on.
    """

    scope: Scope
    constants: Mapping[str, Any]
    entities: Mapping[str, Sequence[Leaf]]

    def build(self, plan: Plan) -> Built:
        """Return a plan as a function of the draw."""
        match plan:
            case Leaf():
                return self._leaf(plan)
            case Fixed(value=Later() as later):
                return self._settled(later.value)
            case Fixed():
                return Built(plan.value)
            case Group():
                return self._mapping({key: self.build(entry) for key, entry in plan.entries.items()})
            case Pick():
                return self._chosen(plan.kind, self.build(plan.settings))
            case Row():
                return self._row([self._item(item) for item in plan.items])
            case Repeated():
                return self._item(plan)

    def _leaf(self, leaf: Leaf) -> Built:
        if isinstance(leaf.source, EachUse):
            return self._each(leaf)
        if isinstance(leaf.source, InTime):
            return self._course(leaf)
        if isinstance(leaf.source, SignalUse):
            return self._settled(leaf.source.term.value, partial(SignalValue, least=leaf.least, most=leaf.most))
        if leaf.path in self.constants:
            return Built(self.constants[leaf.path])
        slot = self.scope.slots[leaf.path]
        return Built(make=lambda slots, noise: slots[slot])

    def _settled(self, value: Any, wrapped: Callable[[Any], Any] = _as_it_is) -> Built:
        """Return an entity or a formula of the moment, in which the parameters of each draw are filled in."""
        names = {name for part in parts(value) if (name := parameter_of(part)) is not None}
        if names <= set(self.constants):
            return Built(wrapped(filled(value, self.constants.__getitem__)))
        slots_of = self.scope.slots
        return Built(make=lambda slots, noise: wrapped(filled(value, lambda name: slots[slots_of[name]])))

    def _each(self, leaf: Leaf) -> Built:
        stream = f"law:{_inside(leaf)}"
        law = self.scope.law(leaf)
        if next(computed_of(leaf.source), None) is None:
            return Built(LawSource(law(()), stream))
        return Built(make=lambda slots, noise: LawSource(law(slots), stream))

    def _course(self, leaf: Leaf) -> Built:
        from sim.laws.varying.base import Course

        stream = f"law:{_inside(leaf)}"
        law = self.scope.varying_law(leaf)
        if next(computed_of(leaf.source), None) is None:
            return Built(Course(law(()), stream))
        return Built(make=lambda slots, noise: Course(law(slots), stream))

    def _mapping(self, entries: Mapping[str, Built]) -> Built:
        base = {key: entry.value for key, entry in entries.items()}
        moving = [(key, entry.make) for key, entry in entries.items() if entry.make is not None]
        if not moving:
            return Built(base)

        def make(slots: list[Any], noise: Uniforms) -> dict[str, Any]:
            found = base.copy()
            for key, part in moving:
                found[key] = part(slots, noise)
            return found

        return Built(make=make)

    def _chosen(self, kind: str, settings: Built) -> Built:
        inner = settings.make
        if inner is None:
            return Built(Chosen(kind, settings.value))
        return Built(make=lambda slots, noise: Chosen(kind, inner(slots, noise)))

    def _row(self, items: Sequence[Built]) -> Built:
        """Return a list of parts, of which a counted one stands for several."""
        if all(item.make is None for item in items):
            return Built(tuple(one for item in items for one in _spread(item.value)))

        def make(slots: list[Any], noise: Uniforms) -> tuple[Any, ...]:
            return tuple(one for item in items for one in _spread(item(slots, noise)))

        return Built(make=make)

    def _item(self, plan: Plan) -> Built:
        if not isinstance(plan, Repeated):
            return self.build(plan)
        entries = {key: self.build(entry) for key, entry in plan.content.entries.items()}
        if plan.count is None:
            return self._mapping({"id": Built(plan.id), **entries})
        return self._entities(plan, self._leaf(plan.count), self._mapping(entries))

    def _entities(self, plan: Repeated, count: Built, content: Built) -> Built:
        steps = [
            (self.scope.slots[leaf.path], leaf.is_random, f"law:{_inside(leaf)}", self.scope.recipe(leaf))
            for leaf in self.entities.get(plan.path, ())
        ]

        def make(slots: list[Any], noise: Uniforms) -> _Several:
            found = []
            for number in range(int(count(slots, noise))):
                name = f"{plan.id}_{number}"
                for slot, is_random, stream, recipe in steps:
                    u = noise.uniform(name, stream) if is_random else 0.5
                    slots[slot] = recipe(slots, u)
                found.append({"id": name, **content(slots, noise)})
            return _Several(found)

        return Built(make=make)


class _Several(list[Any]):
    """The entities that one counted item stands for."""


def _spread(value: Any) -> Sequence[Any]:
    return value if isinstance(value, _Several) else (value,)


def _inside(leaf: Leaf) -> str:
    """Return a leaf's path inside its item, or inside its part of the world."""
    if leaf.item is not None:
        return leaf.path[len(leaf.item) + 1 :]
    return leaf.path.split(".", 2)[-1]

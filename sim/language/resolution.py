"""From a draw to the values of one episode: a flat list of steps, compiled once per scenario."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import RunError
from sim.expressions import references
from sim.language.document import Document
from sim.language.graph import Graph
from sim.language.plan import Computed, Constant, Group, Leaf, Pick, expressions_of
from sim.language.recipes import ColumnRecipe, Recipe, Scope
from sim.language.templates import Built, Templates, Uniforms
from sim.laws.dependence import GaussianCopula
from sim.lazy import np

if TYPE_CHECKING:
    from sim.geometry import Array
    from sim.noise import Draw

__all__ = ["Resolution", "Values", "needs_of", "resolution_of"]


@dataclass(frozen=True)
class Values:
    """Everything one episode is made of, in SI. Parts are shared between draws: read them, never change them.

    Args:
        parameters: once-per-episode quantities by name or path.
        world: the resolved `world:` section.
        sensors: name -> {"settings": …, "at": (x, y, z, roll, pitch, yaw)}.
    """

    parameters: Mapping[str, float | str | bool]
    world: Mapping[str, Any]
    sensors: Mapping[str, Mapping[str, Any]]


Column = tuple[int, int | None, ColumnRecipe]
"""A slot, its place in `u`, and how it is filled for many draws at once."""


@dataclass(frozen=True)
class _Step:
    """Fills one slot."""

    leaf: Leaf
    slot: int
    index: int | None
    recipe: Recipe


@dataclass(frozen=True)
class Resolution:
    """The compiled scenario.

    Args:
        names: parameters that are drawn, in the order of `u`.
        initial: the slots, constants filled in.
        steps: what fills the others, each after those it depends on.
        columns: (name, slot) of every once-per-episode quantity.
        copulas: each with the places of its parameters in `u`.
    """

    names: tuple[str, ...]
    scope: Scope
    initial: tuple[Any, ...]
    steps: tuple[_Step, ...]
    columns: tuple[tuple[str, int], ...]
    copulas: tuple[tuple[GaussianCopula, tuple[int, ...]], ...]
    world: Built
    sensors: tuple[tuple[str, Built, Built, Built], ...]

    def resolve(self, draw: Draw) -> Values:
        """Return the values of a draw.

        Raises:
            RunError: a value cannot be computed, or may not stand where it stands, in this draw.
        """
        return self.values(draw.u, draw.noise)

    def values(self, u: Sequence[float], noise: Uniforms) -> Values:
        """Return the values at a point of the unit cube, with the uniforms of counted entities beside it.

        Raises:
            RunError: a value cannot be computed, or may not stand where it stands.
        """
        slots = self.slots(u)
        return Values(
            {name: slots[slot] for name, slot in self.columns},
            self.world(slots, noise),
            {
                name: {
                    "settings": settings(slots, noise),
                    "at": _mounted(rig_at(slots, noise), at(slots, noise)),
                }
                for name, settings, rig_at, at in self.sensors
            },
        )

    def slots(self, u: Sequence[float]) -> list[Any]:
        """Return all once-per-episode values of a point of the unit cube."""
        if len(u) != len(self.names):
            raise RunError(f"the draw has {len(u)} uniforms, the scenario draws {len(self.names)} parameters")
        slots = list(self.initial)
        v = self.coupled(u)
        for step in self.steps:
            slots[step.slot] = step.recipe(slots, 0.5 if step.index is None else v[step.index])
        return slots

    def coupled(self, u: Sequence[Any]) -> list[Any]:
        """Return the dependent uniforms of independent ones, as floats or as arrays."""
        v = list(u)
        for copula, places in self.copulas:
            for place, value in zip(places, copula.correlate([v[i] for i in places]), strict=True):
                v[place] = value
        return v

    def table(self, u: Array, columns: Sequence[Column]) -> list[Any]:
        """Return the slots of many draws, each an (n,) array or a constant.

        Args:
            u: (n, d) points of the unit cube.
            columns: the slots to fill, from `columns_of`.
        """
        slots = list(self.initial)
        v = self.coupled([u[:, i] for i in range(u.shape[1])])
        middle = np.full(len(u), 0.5)
        with np.errstate(all="ignore"):
            for slot, index, recipe in columns:
                slots[slot] = recipe(slots, middle if index is None else v[index])
        return slots

    def columns_of(self, needed: Collection[str]) -> tuple[Column, ...]:
        """Return how to fill, for many draws at once, the slots of some leaves."""
        return tuple(
            (step.slot, step.index, self.scope.column(step.leaf))
            for step in self.steps
            if step.leaf.path in needed
        )


def resolution_of(document: Document) -> Resolution:
    """Compile a document without faults.

    Raises:
        RunError: an expression over constants cannot be evaluated; its `leaf` says which.
    """
    graph = document.graph
    assert graph is not None
    assert document.world is not None
    order = [leaf for leaf in graph.order if leaf.has_one_value]
    slots = {leaf.path: i for i, leaf in enumerate(graph.order)}
    scope = Scope(graph.find, slots, document.clock)
    constants = _constants(order, scope, len(slots))
    moving = [leaf for leaf in order if leaf.path not in constants]
    once = [leaf for leaf in moving if leaf.entity is None]
    names = tuple(leaf.path for leaf in once if leaf.is_random)
    places = {name: i for i, name in enumerate(names)}
    steps = tuple(_Step(leaf, slots[leaf.path], places.get(leaf.path), scope.recipe(leaf)) for leaf in once)
    initial: list[Any] = [None] * len(slots)
    for path, value in constants.items():
        initial[slots[path]] = value
    templates = Templates(scope, constants, _by_entity(moving))
    return Resolution(
        names=names,
        scope=scope,
        initial=tuple(initial),
        steps=steps,
        columns=tuple((name, slots[name]) for name in document.columns),
        copulas=tuple((one, tuple(places[name] for name in one.of)) for one in document.copulas),
        world=templates.build(document.world),
        sensors=tuple(_sensor(name, group, templates) for name, group in document.sensors.items()),
    )


def _constants(order: Sequence[Leaf], scope: Scope, count: int) -> dict[str, Any]:
    """Return path -> value of the leaves that are the same in every draw, expressions over them included."""
    found: dict[str, Any] = {}
    slots: list[Any] = [None] * count
    for leaf in order:
        if isinstance(leaf.source, Constant):
            found[leaf.path] = leaf.source.value
        elif isinstance(leaf.source, Computed):
            needs = [scope.find(one, leaf.entity).path for one in references(leaf.source.tree)]
            if not all(path in found for path in needs):
                continue
            found[leaf.path] = scope.recipe(leaf)(slots, 0.5)
        else:
            continue
        slots[scope.slots[leaf.path]] = found[leaf.path]
    return found


def _by_entity(leaves: Sequence[Leaf]) -> dict[str, list[Leaf]]:
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.entity is not None:
            found.setdefault(leaf.entity, []).append(leaf)
    return found


def _sensor(name: str, group: Group, templates: Templates) -> tuple[str, Built, Built, Built]:
    chosen = group.entries["choice"]
    assert isinstance(chosen, Pick)
    rig_at, at = (templates.build(group.entries[key]) for key in ("rig_at", "at"))
    return name, templates.build(chosen.settings), rig_at, at


def _mounted(rig_at: Mapping[str, float] | None, at: Mapping[str, float]) -> tuple[float, ...]:
    """Return x, y, z [m], roll, pitch, yaw [rad] on the body of a sensor that may stand on a rig there."""
    own = tuple(at.values())
    if rig_at is None:
        return own
    from sim.geometry import composed

    return composed(tuple(rig_at.values()), own)


def needs_of(names: Collection[str], graph: Graph) -> set[str]:
    """Return the paths of everything that some leaves depend on, themselves included."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        leaf = graph.leaves[path]
        waiting += [graph.find(reference, leaf.entity).path for _, reference in expressions_of(leaf.source)]
    return found

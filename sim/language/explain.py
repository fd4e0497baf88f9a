"""A scenario told back: every value that is not simply a constant, as rows."""

from __future__ import annotations

from dataclasses import dataclass

from sim.language.document import Document
from sim.language.kinds import TruthKind, WordKind
from sim.language.loading import law_text
from sim.language.plan import Constant, Leaf

__all__ = ["Explained", "explain"]


@dataclass(frozen=True)
class Explained:
    """One value of a scenario.

    Args:
        path: its name or dotted path, as `--set` and expressions take it.
        law: how the scenario spells it, in SI.
        unit: SI unit; "word" or "true/false" for what is no number.
        drawn: "once per episode", "once per entity", "at each use", "computed" or "never".
        used: where its value goes.
    """

    path: str
    law: str
    unit: str
    drawn: str
    used: str


def explain(document: Document) -> tuple[Explained, ...]:
    """Return a row per parameter, law and expression, parameters first, in the order of the file."""
    return tuple(
        Explained(leaf.path, law_text(leaf), _unit(leaf), leaf.drawn, _uses(leaf, document))
        for leaf in document.walker.leaves.values()
        if leaf.path != leaf.where or not isinstance(leaf.source, Constant)
    )


def _unit(leaf: Leaf) -> str:
    if isinstance(leaf.kind, WordKind):
        return "word"
    if isinstance(leaf.kind, TruthKind):
        return "true/false"
    return leaf.symbol


def _uses(leaf: Leaf, document: Document) -> str:
    assert document.graph is not None
    users = document.graph.users.get(leaf.path, ())
    if leaf.path == leaf.where:
        return ", ".join((leaf.where, *users))
    return ", ".join(users) if users else "nowhere"

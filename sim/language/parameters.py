"""The `parameters:` section: names, and what kind of quantity each law written there is a law of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.expressions import expression_text
from sim.language.kinds import Kind, NumberKind, TruthKind, WordKind
from sim.language.nodes import Entry, ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Constant, LawSpec, Leaf
from sim.language.scalars import Want
from sim.language.walker import ID, Walker, is_reserved
from sim.laws.table import TABLE
from sim.units import DIMENSIONLESS, Dimension, UnitError, parse_quantity

__all__ = ["read_parameters"]

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def read_parameters(node: Node, walker: Walker) -> None:
    """Register every named parameter as a leaf whose path is its bare name."""
    if not isinstance(node, MapNode):
        if not (isinstance(node, ScalarNode) and node.value is None):
            message = f"expected names with their laws, got {kind_of(node)}"
            walker.fault("E122", "parameters", message, node.place)
        return
    for entry in node.entries:
        where = f"parameters.{entry.key}"
        walker.places[where] = entry.place
        if not ID.match(entry.key) or is_reserved(entry.key):
            message = (
                f"'{entry.key[:60]}' cannot name a parameter: a letter, then letters, digits and '_', no word"
            )
            walker.fault("E128", where, f"{message} of the language", entry.place)
        leaf = _leaf(entry, where, walker)
        walker.leaves[entry.key] = leaf


def _leaf(entry: Entry, where: str, walker: Walker) -> Leaf:
    kind = _kind(entry.value)
    want = Want(kind if kind is not None else NumberKind(None))
    source = walker.laws.source(entry.value, where, want)
    if isinstance(kind, WordKind):
        kind = WordKind(_options(source) or kind.options)
    return Leaf(
        path=entry.key,
        where=where,
        kind=kind,
        source=source,
        place=entry.value.place,
    )


def _options(source: object) -> tuple[str, ...]:
    if isinstance(source, LawSpec):
        return tuple(str(option) for option in source.arguments.get("options", ()))
    return (str(source.value),) if isinstance(source, Constant) else ()


def _kind(node: Node) -> Kind | None:
    """Return the kind of quantity a node describes; None where only expressions tell."""
    if isinstance(node, MapNode):
        return _kind_of_law(node)
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, bool):
        return TruthKind()
    if isinstance(value, str):
        if expression_text(value) is not None or "${" in value:
            return None
        return WordKind((value,)) if _WORD.match(value) else NumberKind(_unit_of(node))
    return NumberKind(None)


def _kind_of_law(node: MapNode) -> Kind | None:
    if "given" in node.by_key:
        kinds = [_kind(entry.value) for entry in node.entries if entry.key != "given"]
        return _joined([kind for kind in kinds if kind is not None])
    if "bernoulli" in node.by_key:
        return TruthKind()
    if "choice" in node.by_key:
        names = _names(node.by_key["choice"].value)
        if not names or not all(map(_is_quantity, names)):
            return WordKind(())
        return NumberKind(next(filter(None, map(_dimension, names)), None))
    return NumberKind(next(_dimensions(node), None))


def _joined(kinds: list[Kind]) -> Kind | None:
    """Return the one kind that all branches of a conditional law are read as."""
    if not kinds:
        return None
    if all(isinstance(kind, WordKind) for kind in kinds):
        return WordKind(())
    if all(isinstance(kind, TruthKind) for kind in kinds):
        return kinds[0]
    dimensions = [kind.dimension for kind in kinds if isinstance(kind, NumberKind)]
    return NumberKind(next((one for one in dimensions if one is not None), None))


def _names(node: Node) -> list[str]:
    if isinstance(node, MapNode):
        return list(node.keys)
    items = node.items if isinstance(node, ListNode) else ()
    return [str(item.value) for item in items if isinstance(item, ScalarNode)]


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except UnitError:
        return False
    return True


def _dimension(text: str | float) -> Dimension | None:
    try:
        return parse_quantity(text).dimension
    except UnitError:
        return None


def _unit_of(node: Node) -> Dimension | None:
    value = node.value if isinstance(node, ScalarNode) else None
    return _dimension(value) if isinstance(value, str) else None


def _dimensions(node: MapNode) -> Iterator[Dimension]:
    """Yield the dimensions that the arguments of a law give its quantity, in order."""
    for entry in node.entries:
        law = TABLE.get(entry.key)
        if entry.key in ("within", "plus"):
            yield from filter(None, map(_unit_of, _parts(entry.value)))
        elif law is not None and isinstance(entry.value, MapNode):
            for argument in entry.value.entries:
                declared = law.argument(argument.key)
                yield from _argument_dimensions(argument.value, declared.kind if declared else "pure")
        elif law is not None and law.body == "arguments":
            names = law.alternatives[0]
            for name, part in zip(names, _parts(entry.value), strict=False):
                declared = law.argument(name)
                yield from _argument_dimensions(part, declared.kind if declared else "pure")


def _argument_dimensions(node: Node, kind: str) -> Iterator[Dimension]:
    found = [one for one in map(_unit_of, _parts(node)) if one is not None]
    if kind in ("value", "spread", "values"):
        yield from found
    elif kind == "rate":
        yield from (DIMENSIONLESS / one for one in found)
    elif kind == "laws":
        for part in _parts(node):
            if isinstance(part, MapNode):
                yield from _dimensions(part)
            elif (one := _unit_of(part)) is not None:
                yield one
    elif kind == "word":
        yield from ()


def _parts(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else (node,)

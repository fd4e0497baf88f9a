"""The meaning of the event grammar: names are known, dimensions agree, truths are truths.

`parse` reads what may stand under `event:` and `modes:`, a truth of the whole episode; `parse_condition` reads
`when:`, a truth of the present moment, in which nothing looks ahead; `parse_signal` a number of the moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sim.domains.base import Domain
from sim.event_parser import GrammarError, Node, fault, parse_tree, unknown
from sim.formulas import (
    AllOf,
    Always,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Count,
    EventName,
    Eventually,
    Formula,
    Measure,
    Not,
    Number,
    Occurs,
    ParameterValue,
    Predicate,
    Quantified,
    Selector,
    Signal,
    Term,
    Until,
    WordIs,
)
from sim.units import DIMENSIONLESS, Dimension, UnitError, unit

__all__ = ["GrammarError", "Names", "parse", "parse_condition", "parse_signal"]

_TEMPORAL: dict[str, type[Eventually] | type[Always]] = {"eventually": Eventually, "always": Always}
_TERM_CALLS = {"abs": 1, "min": 2, "max": 2}


@dataclass(frozen=True)
class Names:
    """What a formula may mention.

    Args:
        entities: id -> category of every declared entity.
        sets: ids of items with `count:`, which stand for several entities.
        events: names of the scenario's events.
        parameters: once-per-episode parameter -> unit, or None where it is a word.
        sensors: names of the sensors that look somewhere.
    """

    domain: Domain
    entities: Mapping[str, str]
    sets: Collection[str] = ()
    events: Collection[str] = ()
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    sensors: Collection[str] = ()


@dataclass(frozen=True)
class _Value:
    """A term with its dimension (None: a bare number that takes any) and the scale of its margins."""

    term: Term
    dimension: Dimension | None
    scale: float
    momentary: bool


@dataclass(frozen=True)
class _Truth:
    """A formula and whether it is a truth of a moment (rather than of the episode)."""

    formula: Formula
    momentary: bool


def parse(text: str, names: Names) -> Formula:
    """Return the formula of an event or a mode.

    Raises:
        GrammarError: unknown names, wrong dimensions, or a truth that only moments have.
    """
    tree = parse_tree(text)
    truth = _Reader(names, is_condition=False).truth(tree)
    if truth.momentary:
        raise GrammarError(
            "this is true or false at each moment; an event is a truth of the episode: "
            "write eventually(…) or always(…) around it",
            offset=tree.offset,
            end=tree.end,
        )
    return truth.formula


def parse_condition(text: str, names: Names) -> Formula:
    """Return the formula of a `when:`, over signals at the present moment.

    Raises:
        GrammarError: as `parse`, and where the formula looks ahead or at the whole episode.
    """
    return _Reader(names, is_condition=True).truth(parse_tree(text)).formula


def parse_signal(text: str, names: Names, dimension: Dimension | None = None) -> Term:
    """Return the term of a `{signal: …}`, a number at the present moment.

    Raises:
        GrammarError: as `parse_condition`, and where it has another dimension or reads no signal at all.
    """
    tree = parse_tree(text)
    value = _Reader(names, is_condition=True).value(tree)
    if dimension is not None and value.dimension is not None and value.dimension != dimension:
        raise fault(tree, f"expected {dimension}, this is {value.dimension}")
    if not value.momentary:
        raise fault(tree, "this reads no signal and never changes; write the value itself")
    return value.term


class _Reader:
    """Turns nodes into formulas; knows the quantified variables in scope."""

    def __init__(self, names: Names, *, is_condition: bool) -> None:
        self._names = names
        self._is_condition = is_condition
        self._scope: dict[str, str] = {}

    # -- truths --------------------------------------------------------------------------------------------

    def truth(self, node: Node) -> _Truth:
        match node.kind:
            case "and" | "or":
                parts = [self.truth(part) for part in node.parts]
                formulas = tuple(part.formula for part in parts)
                whole = AllOf(formulas) if node.kind == "and" else AnyOf(formulas)
                return _Truth(whole, any(part.momentary for part in parts))
            case "not":
                body = self.truth(node.parts[0])
                return _Truth(Not(body.formula), body.momentary)
            case "compare":
                return self._comparison(node)
            case "until":
                self._refuse_lookahead(node)
                left, right = (self.truth(part) for part in node.parts)
                start, end = self._window(node)
                return _Truth(Until(left.formula, right.formula, start, end), False)
            case "call":
                return self._truth_call(node)
            case "name":
                return self._truth_name(node)
        raise fault(node, "expected something true or false, found a number")

    def _truth_call(self, node: Node) -> _Truth:
        domain = self._names.domain
        if node.text in _TEMPORAL:
            self._refuse_lookahead(node)
            (part,) = self._arity(node, 1)
            start, end = self._window(node)
            return _Truth(_TEMPORAL[node.text](self.truth(part).formula, start, end), False)
        if node.text in ("any", "all"):
            return self._quantified(node)
        if node.text == "occurs":
            self._refuse_lookahead(node)
            kind, fields = self._occurrence(node)
            return _Truth(Occurs(kind, fields), False)
        if node.text in domain.predicates:
            self._refuse_lookahead(node)
            arguments = self._entities(node, domain.predicates[node.text].arguments)
            return _Truth(Predicate(node.text, arguments), False)
        if node.text in domain.signals or node.text in domain.measures:
            raise fault(node, f"'{node.text}' is a number; compare it with something")
        known = [*_TEMPORAL, "any", "all", "occurs", *domain.predicates, *domain.signals, *domain.measures]
        raise unknown(node, "signal or predicate", known)

    def _truth_name(self, node: Node) -> _Truth:
        if node.text in self._names.events:
            self._refuse_lookahead(node)
            return _Truth(EventName(node.text), False)
        domain = self._names.domain
        for table, what in ((domain.predicates, "a predicate"), (domain.signals, "a signal")):
            if node.text in table:
                raise fault(node, f"'{node.text}' is {what}; name its entities: {node.text}(…)")
        raise unknown(node, "event", [*self._names.events, *domain.predicates])

    def _quantified(self, node: Node) -> _Truth:
        if len(node.parts) != 1 or node.parts[0].kind != "quantified":
            raise fault(node, f"write {node.text}(x in vehicle: …)")
        variable, over, body = node.parts[0].parts
        categories = {*self._names.entities.values(), *self._names.sets, "any"}
        if over.text not in categories:
            raise unknown(over, "set of entities", sorted(categories))
        if variable.text in self._names.entities or variable.text in self._scope:
            raise fault(variable, f"'{variable.text}' already names an entity")
        self._scope[variable.text] = over.text
        inner = self.truth(body)
        del self._scope[variable.text]
        return _Truth(Quantified(node.text, variable.text, Selector(over.text), inner.formula), inner.momentary)

    def _comparison(self, node: Node) -> _Truth:
        word = self._word_comparison(node)
        if word is not None:
            return word
        left, right = (self.value(part) for part in node.parts)
        if left.dimension is not None and right.dimension is not None and left.dimension != right.dimension:
            raise fault(node, f"compares {left.dimension} with {right.dimension}")
        scale = max((v.scale for v in (left, right) if v.scale > 0), default=1.0)
        if node.text in ("==", "!=") and (left.momentary or right.momentary):
            raise fault(node, "a signal is hardly ever equal to a number; use < or >")
        formula = Compare(node.text, left.term, right.term, scale)
        return _Truth(formula, left.momentary or right.momentary)

    def _word_comparison(self, node: Node) -> _Truth | None:
        left, right = node.parts
        if left.kind != "name" or self._names.parameters.get(left.text, "") is not None:
            return None
        if node.text not in ("==", "!=") or right.kind != "name":
            raise fault(node, f"'{left.text}' is a word; compare it with == or != to one of its words")
        formula: Formula = WordIs(left.text, right.text)
        return _Truth(Not(formula) if node.text == "!=" else formula, False)

    # -- numbers -------------------------------------------------------------------------------------------

    def value(self, node: Node) -> _Value:
        match node.kind:
            case "number":
                return self._number(node)
            case "negative":
                body = self.value(node.parts[0])
                return _Value(
                    Arithmetic("-", Number(0.0), body.term), body.dimension, body.scale, body.momentary
                )
            case "binary":
                return self._arithmetic(node)
            case "call":
                return self._value_call(node)
            case "name":
                return self._value_name(node)
        raise fault(node, "expected a number, found something true or false")

    def _number(self, node: Node) -> _Value:
        if not node.unit:
            return _Value(Number(float(node.text)), None, 0.0, False)
        try:
            written = unit(node.unit)
        except UnitError as error:
            raise fault(node, str(error)) from None
        return _Value(Number(float(node.text) * written.factor + written.offset), written.dimension, 0.0, False)

    def _arithmetic(self, node: Node) -> _Value:
        left, right = (self.value(part) for part in node.parts)
        momentary = left.momentary or right.momentary
        term = Arithmetic(node.text, left.term, right.term)
        if node.text in "+-":
            if left.dimension is not None and right.dimension is not None and left.dimension != right.dimension:
                raise fault(node, f"adds {left.dimension} to {right.dimension}")
            dimension = left.dimension if left.dimension is not None else right.dimension
            return _Value(term, dimension, max(left.scale, right.scale), momentary)
        one, other = left.dimension or DIMENSIONLESS, right.dimension or DIMENSIONLESS
        plain = left.dimension is None and right.dimension is None
        dimension = None if plain else one * other if node.text == "*" else one / other
        by_constant = isinstance(right.term, Number) and right.term.value != 0
        scale = 0.0
        if by_constant and isinstance(right.term, Number):
            size = abs(right.term.value)
            scale = left.scale * size if node.text == "*" else left.scale / size
        return _Value(term, dimension, scale, momentary)

    def _value_call(self, node: Node) -> _Value:
        domain = self._names.domain
        if node.text in _TERM_CALLS:
            parts = [self.value(part) for part in self._arity(node, _TERM_CALLS[node.text])]
            dimensions = {part.dimension for part in parts if part.dimension is not None}
            if len(dimensions) > 1:
                raise fault(node, f"{node.text} mixes {' and '.join(sorted(map(str, dimensions)))}")
            return _Value(
                Call(node.text, tuple(part.term for part in parts)),
                next(iter(dimensions), None),
                max(part.scale for part in parts),
                any(part.momentary for part in parts),
            )
        if node.text == "count":
            self._refuse_lookahead(node)
            kind, fields = self._occurrence(node)
            return _Value(Count(kind, fields), DIMENSIONLESS, 1.0, False)
        if node.text in domain.signals:
            signal = domain.signals[node.text]
            arguments = self._entities(node, signal.arguments)
            return _Value(Signal(node.text, arguments), unit(signal.unit).dimension, signal.scale, True)
        if node.text in domain.measures:
            return self._measure(node, domain.measures[node.text].arguments)
        raise unknown(node, "signal or measure", [*domain.signals, *domain.measures, *_TERM_CALLS, "count"])

    def _measure(self, node: Node, roles: tuple[str, ...]) -> _Value:
        self._refuse_lookahead(node)
        declared = self._names.domain.measures[node.text]
        arguments = self._entities(node, roles)
        return _Value(Measure(node.text, arguments), unit(declared.unit).dimension, declared.scale, False)

    def _value_name(self, node: Node) -> _Value:
        domain, parameters = self._names.domain, self._names.parameters
        if node.text in domain.measures and not domain.measures[node.text].arguments:
            return self._measure(node, ())
        if node.text in domain.signals and not domain.signals[node.text].arguments:
            declared = domain.signals[node.text]
            return _Value(Signal(node.text, ()), unit(declared.unit).dimension, declared.scale, True)
        written = parameters.get(node.text)
        if written is not None:
            return _Value(ParameterValue(node.text), unit(written).dimension, 1.0, False)
        if node.text in domain.signals or node.text in domain.measures:
            raise fault(node, f"'{node.text}' needs its entities: {node.text}(…)")
        raise unknown(node, "measure or parameter", [*domain.measures, *parameters, *domain.signals])

    # -- pieces --------------------------------------------------------------------------------------------

    def _entities(self, node: Node, roles: tuple[str, ...]) -> tuple[str | Call, ...]:
        return tuple(
            self._entity(p, role) for p, role in zip(self._arity(node, len(roles)), roles, strict=True)
        )

    def _entity(self, node: Node, role: str) -> str | Call:
        if role == "sensor":
            if node.text not in self._names.sensors or node.kind != "name":
                raise unknown(node, "sensor that looks somewhere", self._names.sensors)
            return node.text
        if node.kind == "call" and node.text == "nearest":
            among, to = self._arity(node, 2)
            known = {*self._names.entities.values(), *self._names.sets, "any"}
            if among.text not in known:
                raise unknown(among, "category", sorted(known))
            target = self._entity(to, "any")
            if not isinstance(target, str):
                raise fault(to, "name an entity here")
            return Call("nearest", (among.text, target))
        if node.kind != "name":
            raise fault(node, "expected the id of an entity")
        category = self._scope.get(node.text) or self._names.entities.get(node.text)
        if category is None:
            if node.text in {*self._names.entities.values(), *self._names.sets}:
                raise fault(node, f"'{node.text}' is a set; write any(x in {node.text}: …)")
            raise unknown(node, "entity", [*self._names.entities, *self._scope])
        if role != "any" and category not in (role, "any") and node.text not in self._scope:
            raise fault(node, f"'{node.text}' is a {category}; a {role} is meant here")
        return node.text

    def _occurrence(self, node: Node) -> tuple[str, tuple[tuple[str, str | float], ...]]:
        declared = self._names.domain.occurrences
        if not node.parts or node.parts[0].kind != "name":
            raise fault(node, f"name what {node.text}: {', '.join(declared)}")
        kind = node.parts[0].text
        if kind not in declared:
            raise unknown(node.parts[0], "occurrence", list(declared))
        fields: list[tuple[str, str | float]] = []
        for part in node.parts[1:]:
            if part.kind != "field":
                raise fault(part, "expected field = value")
            if part.text not in declared[kind].fields:
                raise unknown(part, f"field of {kind}", list(declared[kind].fields))
            value = part.parts[0]
            term = None if value.kind == "name" else self.value(value).term
            fields.append((part.text, term.value if isinstance(term, Number) else value.text))
        return kind, tuple(fields)

    def _window(self, node: Node) -> tuple[float, float | None]:
        if node.window is None:
            return 0.0, None
        start = self._seconds(node.window[0]) if node.window[0] else 0.0
        end = self._seconds(node.window[1]) if node.window[1] else None
        if end is not None and end < start:
            raise fault(node, f"the window ends at {end:g} s before it starts at {start:g} s")
        return start, end

    def _seconds(self, node: Node) -> float:
        value = self._number(node)
        if value.dimension is not None and value.dimension != unit("s").dimension:
            raise fault(node, f"expected a time, got {value.dimension}")
        assert isinstance(value.term, Number)
        return value.term.value

    def _arity(self, node: Node, count: int) -> tuple[Node, ...]:
        if len(node.parts) != count:
            plural = "s" if count != 1 else ""
            raise fault(node, f"'{node.text}' takes {count} argument{plural}, got {len(node.parts)}")
        return node.parts

    def _refuse_lookahead(self, node: Node) -> None:
        if self._is_condition:
            raise fault(
                node,
                f"'{node.text}' is known only afterwards; during the run only signals can be read",
            )

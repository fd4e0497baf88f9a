"""The event grammar as values: what `event:`, `modes:` and `when:` mean after parsing.

Two layers. A *term* is a number at every moment (a signal, a measure, arithmetic on them). A *formula* is a
margin at every moment: an atom is (left - right) / scale, `and` is min, `or` is max, `not` is minus (Fainekos
and Pappas 2009, robustness of temporal logic); it holds where the margin is >= 0.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AllOf",
    "Always",
    "AnyOf",
    "Arithmetic",
    "Call",
    "Compare",
    "Count",
    "EventName",
    "Eventually",
    "Formula",
    "Measure",
    "Not",
    "Number",
    "Occurs",
    "ParameterValue",
    "Predicate",
    "Quantified",
    "Selector",
    "Signal",
    "Term",
    "Until",
    "WordIs",
]


@dataclass(frozen=True)
class Selector:
    """A set of entities: a category (`vehicle`, `pedestrian`), the id of a counted item, or `any`."""

    kind: str


# -- terms -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A constant in SI units."""

    value: float


@dataclass(frozen=True)
class Signal:
    """A number at every moment, over entities: `ttc(ego, intruder)`. Arguments are ids or Call("nearest")."""

    name: str
    arguments: tuple[str | Call, ...]


@dataclass(frozen=True)
class Call:
    """A function of terms (`abs`, `min`, `max`) or of entities (`nearest(vehicle, ego)`)."""

    name: str
    arguments: tuple[Term | str, ...]


@dataclass(frozen=True)
class Measure:
    """A number per episode: `delta_v(ego)`, `min_distance(ego, child)`."""

    name: str
    arguments: tuple[str | Call, ...] = ()


@dataclass(frozen=True)
class ParameterValue:
    """The value that a once-per-episode parameter has in this episode."""

    name: str


@dataclass(frozen=True)
class Count:
    """How many occurrences of a kind match, over the whole episode."""

    kind: str
    fields: tuple[tuple[str, str | float], ...] = ()


@dataclass(frozen=True)
class Arithmetic:
    """left op right, op one of + - * /."""

    op: str
    left: Term
    right: Term


Term = Number | Signal | Measure | ParameterValue | Count | Arithmetic | Call


# -- formulas ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compare:
    """(left - right) / scale for > and >=, the negative for < and <=; == and != only for whole numbers."""

    op: str
    left: Term
    right: Term
    scale: float


@dataclass(frozen=True)
class WordIs:
    """A parameter that is a word has this value: margin 1 or -1."""

    parameter: str
    word: str


@dataclass(frozen=True)
class Predicate:
    """A graded truth of the whole episode that the domain computes: `collided(ego, intruder)`."""

    name: str
    arguments: tuple[str | Call, ...] = ()


@dataclass(frozen=True)
class Occurs:
    """At least one occurrence of a kind with these field values."""

    kind: str
    fields: tuple[tuple[str, str | float], ...] = ()


@dataclass(frozen=True)
class EventName:
    """Another event of the scenario."""

    name: str


@dataclass(frozen=True)
class Not:
    """The negation."""

    body: Formula


@dataclass(frozen=True)
class AllOf:
    """Conjunction."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class AnyOf:
    """Disjunction."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Eventually:
    """At some moment in [now + start, now + end]; end None is the end of the episode."""

    body: Formula
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Always:
    """At every moment in [now + start, now + end]."""

    body: Formula
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Until:
    """`right` happens at some moment in [now + start, now + end] and `left` holds until then."""

    left: Formula
    right: Formula
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Quantified:
    """`any(x in vehicle: …)` or `all(x in pedestrian: …)`: `body` mentions `variable` as an entity."""

    quantifier: str
    variable: str
    over: Selector
    body: Formula


Formula = (
    Compare
    | WordIs
    | Predicate
    | Occurs
    | EventName
    | Not
    | AllOf
    | AnyOf
    | Eventually
    | Always
    | Until
    | Quantified
)

"""How domains, sensors and exporters declare what may stand in their YAML sections.

A declaration is plain data; importing it costs nothing. One walker (`sim.language`) reads it to check a file,
to write the JSON Schema and to explain a scenario, and hands back plain values: a Section becomes a dict, a
Tagged a `Chosen`, a Listing a tuple, a leaf its value in SI units.

Every Quantity, Word and Flag leaf may be written in YAML as a constant, as a law (`{normal: [6 m/s, 2 m/s]}`),
or as an expression (`"${ego.speed - 2 m/s}"`), unless `fixed`. With `each=True` the leaf may also be
`{each: LAW}`: the domain then gets a `LawSource` and draws once per use. With `varying=True` a law that varies
in time may stand there (`{ou: …}`): the domain gets a `sim.laws.varying.Course`. With `signal=True` it may be
`{signal: "speed(lead) - 2 m/s"}`: the domain gets a `SignalValue` and reads it while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.formulas import Term

__all__ = [
    "REQUIRED",
    "Chosen",
    "Condition",
    "Field",
    "Figures",
    "File",
    "Flag",
    "Listing",
    "Module",
    "Name",
    "Numbers",
    "Quantity",
    "Section",
    "SignalValue",
    "Tagged",
    "Text",
    "Word",
]


class _Required:
    """The default of a field that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


@dataclass(frozen=True, kw_only=True)
class Field:
    """What every kind of field has.

    Args:
        doc: one sentence for hover texts, `explain` and the schema.
        default: plain YAML data used when the key is absent (a law is allowed); REQUIRED if it must be
            there; None if absence means None.
    """

    doc: str
    default: Any = REQUIRED


@dataclass(frozen=True, kw_only=True)
class Quantity(Field):
    """A number with a unit.

    Args:
        unit: SI unit that fixes the dimension ("m/s", "rad", "" for a pure number).
        least: smallest allowed value; a law that can fall below is truncated there, inside its log_prob.
        most: largest allowed value, likewise.
        integer: whether only whole numbers are meant.
        fixed: whether only a constant may stand here.
        each: whether `{each: LAW}` may stand here.
        varying: whether a law that varies in time may stand here.
        signal: whether `{signal: "…"}` may stand here.
    """

    unit: str
    least: float | None = None
    most: float | None = None
    integer: bool = False
    fixed: bool = False
    each: bool = False
    varying: bool = False
    signal: bool = False


@dataclass(frozen=True, kw_only=True)
class Word(Field):
    """One of a few names; `options` maps each to a sentence. With `varying`, a chain of them may stand here."""

    options: Mapping[str, str]
    fixed: bool = False
    varying: bool = False


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """true or false."""

    fixed: bool = False


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """Free text, never random."""


@dataclass(frozen=True, kw_only=True)
class Name(Field):
    """The id of an entity of the scenario (`ego`, `intruder`); checked against those declared."""


@dataclass(frozen=True, kw_only=True)
class Condition(Field):
    """A formula in the event grammar over the present moment; the value is a `sim.formulas.Formula`."""


@dataclass(frozen=True, kw_only=True)
class Numbers(Field):
    """A fixed-length list of constants, such as a resolution."""

    unit: str
    length: int
    integer: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Figures(Field):
    """A mapping from names that are free to constants without a unit."""

    least: float | None = None
    most: float | None = None
    default: Any = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class File(Field):
    """A path to an input file, relative to the scenario, hashed into it; the value is the resolved path.

    Args:
        suffixes: what its name may end in.
        reader: "module:function" of a light module; the function takes the path, raises an OddsmithError where
            the content cannot be used, and returns remarks for the user on what in it has no effect.
    """

    suffixes: tuple[str, ...] = ()
    reader: str = ""


@dataclass(frozen=True, kw_only=True)
class Module(Field):
    """A function of an installed module, written "package.module:function"; the value is that text.

    The module's source is hashed into the scenario; the module is found, not run.
    """


@dataclass(frozen=True, kw_only=True)
class Section(Field):
    """A mapping with known keys.

    Args:
        fields: what may stand in it.
        choice: if given, exactly one key of this Tagged stands inline beside the fields
            (`{at: 2 s, change_lane: {…}}`); its value arrives under the key "choice" as a `Chosen`.
        exclusive: groups of fields of which at most one may be present.
        check: takes the fields that are constants, in SI, and returns (key, message) for what cannot stand
            together; fields that are drawn or computed, in whole or in part, are not among them.
        bare: the field that is meant where no mapping stands but a value alone (`duration: 12 s`); the value
            then arrives as that field's, not as a dict.
        short: the field that is meant where a text stands alone; all others then have their defaults.
    """

    fields: Mapping[str, Field]
    choice: Tagged | None = None
    exclusive: tuple[tuple[str, ...], ...] = ()
    check: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]] | None = None
    bare: str | None = None
    short: str | None = None
    default: Any = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tagged(Field):
    """One of several kinds, written `{kind: settings}`, or `kind` alone where all its settings default.

    A kind's declaration is a Section, or any leaf (`{stop: 3 s}`).
    """

    options: Mapping[str, Field]


@dataclass(frozen=True, kw_only=True)
class Listing(Field):
    """A list of items.

    With `named`, each item of a Section has an `id` (unique in the scenario), may have `count:` (a Quantity:
    the item stands for that many entities `id_0`, `id_1`…, each with its own draws), and is addressed by its
    id in paths (`world.actors.intruder.speed`). Items arrive with key "id".
    """

    item: Field
    named: bool = False
    default: Any = ()


@dataclass(frozen=True)
class Chosen:
    """The value of a Tagged: which kind stands there, and its settings."""

    kind: str
    settings: Any


@dataclass(frozen=True)
class SignalValue:
    """A number that is read from the world while it runs, in SI.

    Args:
        term: arithmetic over signals of the present moment.
        least: what a smaller value is taken for; None for no bound.
        most: what a larger value is taken for; None for no bound.
    """

    term: Term
    least: float | None = None
    most: float | None = None

"""Units: text such as "100 km/h" becomes an exact number in SI and a dimension that is checked.

Numbers without a unit are SI. A `Dimension` is a product of powers of base units; beside those of the SI,
angle (rad), each currency, and every counted noun ("transfer", "customer") are bases of their own, so that
euros do not pass for dollars nor a rate per customer for a rate per transfer. Factors are rationals, so
"0.1 km" is 100.0 and not its neighbour.

    quantity = number [unit] ["per" [number] unit]        2 per 10000 transfer
    unit     = factor {("*" | "·" | "/" | blank) factor}   kg*m/s2; each "/" divides by the next factor only
    factor   = (symbol | "1" | "(" unit ")") [["^"] integer]
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from sim.errors import did_you_mean
from sim.unit_table import BASES, DIMENSION_NAMES, PREFIXED, PREFIXES, SYMBOLS

__all__ = [
    "DIMENSIONLESS",
    "Dimension",
    "Quantity",
    "Unit",
    "UnitError",
    "compatible",
    "format_quantity",
    "parse_quantity",
    "unit",
    "unit_names",
]

_UNKNOWN = "unknown unit"
_LONGEST = 200
"""Longest text that is read as a quantity [characters]."""

_NUMBER = re.compile(r"\s*([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3}(?!\d))?|\.?inf\b))", re.ASCII)
_TOKEN = re.compile(
    r"\s*(?:(?P<sign>[*·/()^])|(?P<one>\d+)|(?P<symbol>[^\W\d_][^\W\d]*|%|‰|°C|°)(?P<power>\^?-?\d+)?)"
)
_NOUN = re.compile(r"[a-z][a-z_]{3,}")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class UnitError(ValueError):
    """A unit that is unknown or of the wrong dimension; `suggestion` is the nearest known unit, if any."""

    def __init__(self, message: str, *, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True)
class Dimension:
    """A product of powers of base units, sorted by base: speed is (("m", 1), ("s", -1))."""

    powers: tuple[tuple[str, Fraction], ...] = ()

    @classmethod
    def of(cls, base: str) -> Dimension:
        """Return the dimension of one base unit or counted noun."""
        return cls(((base, Fraction(1)),))

    def __mul__(self, other: Dimension) -> Dimension:
        total = dict(self.powers)
        for base, power in other.powers:
            total[base] = total.get(base, Fraction(0)) + power
        return Dimension(tuple(sorted((base, power) for base, power in total.items() if power)))

    def __truediv__(self, other: Dimension) -> Dimension:
        return self * other ** Fraction(-1)

    def __pow__(self, power: int | Fraction) -> Dimension:
        return Dimension(tuple((base, p * power) for base, p in self.powers)) if power else DIMENSIONLESS

    @property
    def symbol(self) -> str:
        """The SI unit of this dimension as it may be written in a scenario; "" for a pure number."""
        if self.powers in _NAMED:
            return _NAMED[self.powers][1]
        over = [_powered(base, power) for base, power in self.powers if power > 0]
        under = [_powered(base, -power) for base, power in self.powers if power < 0]
        return "*".join(over or ["1" if under else ""]) + "".join(f"/{factor}" for factor in under)

    def __str__(self) -> str:
        if self.powers in _NAMED:
            name, symbol = _NAMED[self.powers]
            return f"{name} ({symbol})" if symbol else name
        if len(self.powers) == 1 and self.powers[0][1] == 1:
            base = self.powers[0][0]
            return f"an amount in {base}" if base.isupper() else f"a count of {base}"
        if counted := self.counted:
            time = " and time" if ("s", Fraction(-1)) in self.powers else ""
            return f"a rate per {counted}{time} ({self.symbol})"
        return f"a quantity in {self.symbol}"

    @property
    def counted(self) -> str | None:
        """What a rate counts on, in "3 per 1000 customer year" the customer; None of what is no such rate."""
        rest = [(base, power) for base, power in self.powers if (base, power) != ("s", Fraction(-1))]
        is_rate = len(rest) == 1 and rest[0][1] == -1 and rest[0][0] not in BASES and rest[0][0].islower()
        return rest[0][0] if is_rate else None


def _powered(base: str, power: Fraction) -> str:
    return base if power == 1 else f"{base}{power}" if power.denominator == 1 else f"{base}^({power})"


DIMENSIONLESS = Dimension()
"""The dimension of a pure number."""


@dataclass(frozen=True)
class Unit:
    """A unit as written: value in SI = scale * number + shift; `shift` is 0 but for temperatures."""

    text: str
    scale: Fraction
    shift: Fraction
    dimension: Dimension

    @property
    def factor(self) -> float:
        """`scale` as a float."""
        return float(self.scale)

    @property
    def offset(self) -> float:
        """`shift` as a float [SI]."""
        return float(self.shift)


@dataclass(frozen=True)
class Quantity:
    """A number in SI and its dimension; None where only a bare number was written."""

    value: float
    dimension: Dimension | None


def parse_quantity(raw: float | str, expected: str | None = None, *, is_difference: bool = False) -> Quantity:
    """Return the quantity written as a number (already SI) or a text with a unit.

    Args:
        raw: 27.8, "100 km/h", "15 %", "0.4 per 1000 customer year", "inf".
        expected: unit that fixes the dimension that must come out; None accepts any.
        is_difference: whether the quantity is a spread or a shift, to which no offset applies (5 °C = 5 K).

    Raises:
        UnitError: no number, an unknown unit, not a number, or another dimension than `expected`.
    """
    wanted = unit(expected).dimension if expected is not None else None
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise UnitError(f"expected {wanted or 'a number'}, got {raw!r}")
    if not isinstance(raw, str):
        if isinstance(raw, float) and math.isnan(raw):
            raise UnitError(f"expected {wanted or 'a number'}, got not-a-number")
        try:
            return Quantity(float(raw), wanted)
        except OverflowError:
            raise UnitError(f"the number {str(raw)[:20]}… is too large") from None
    number, rest = _leading_number(raw, wanted)
    if not rest:
        return Quantity(float(number), wanted)
    written = _unit_for(wanted, rest)
    if wanted is not None and written.dimension != wanted:
        raise _mismatch(wanted, written)
    return Quantity(_in_si(number, written, is_difference=is_difference), written.dimension)


def unit(text: str) -> Unit:
    """Return the unit a text names: "m/s", "m/s2", "kN*m", "1/km", "" for a pure number.

    Raises:
        UnitError: an unknown unit or text that is no unit.
    """
    if len(text) > _LONGEST:
        raise UnitError(f"a unit of {len(text)} characters")
    return _unit(text.strip())


def compatible(a: str, b: str) -> bool:
    """Return whether two units have the same dimension."""
    return unit(a).dimension == unit(b).dimension


def format_quantity(value: float, unit_text: str) -> str:
    """Return a value given in SI as text in a unit, to ten digits: (27.7778, "km/h") -> "100.00008 km/h"."""
    written = unit(unit_text)
    shown = (value - written.offset) / written.factor
    return f"{shown:.10g} {unit_text}".rstrip()


def unit_names() -> tuple[str, ...]:
    """Return all unit symbols without prefixes, for suggestions and documentation."""
    return tuple(SYMBOLS)


def _leading_number(text: str, wanted: Dimension | None) -> tuple[Fraction | float, str]:
    if len(text) > _LONGEST:
        raise UnitError(f"expected {wanted or 'a quantity'}, got a text of {len(text)} characters")
    match = _NUMBER.match(text)
    if match is None:
        raise UnitError(f"expected {wanted or 'a quantity'}, got '{text}', which starts with no number")
    written = match[1]
    infinite = written.endswith("inf")
    number = math.copysign(math.inf, -1.0 if written[0] == "-" else 1.0) if infinite else Fraction(written)
    return number, text[match.end() :].strip()


def _in_si(number: Fraction | float, written: Unit, *, is_difference: bool) -> float:
    if isinstance(number, float):
        return number
    try:
        return float(number * written.scale + (0 if is_difference else written.shift))
    except OverflowError:
        raise UnitError("the number is too large") from None


def _unit_for(wanted: Dimension | None, text: str) -> Unit:
    """Return the unit of what follows a number; what nobody knows is told beside what is wanted."""
    try:
        return _rate_unit(text)
    except UnitError as error:
        if wanted is None or error.suggestion is not None or not error.message.startswith(_UNKNOWN):
            raise
        raise UnitError(f"{error.message}; expected {wanted}", suggestion=wanted.symbol or None) from None


def _mismatch(wanted: Dimension, written: Unit) -> UnitError:
    nouns = [base for base, _ in written.dimension.powers if base not in BASES]
    for noun in nouns:
        if noun not in dict(wanted.powers) and (near := did_you_mean(noun, unit_names())):
            return UnitError(f"{_UNKNOWN} '{noun}'", suggestion=near)
    example = wanted.symbol or None
    if wanted.counted:
        example = f"3 per 1000 {wanted.counted}" + (" year" if ("s", Fraction(-1)) in wanted.powers else "")
    return UnitError(f"expected {wanted}, got {written.dimension}", suggestion=example)


def _rate_unit(text: str) -> Unit:
    """Return the unit of what follows the number: a unit, "per …", or a unit and "per …"."""
    over, per, under = text.partition("per ") if text.startswith("per ") else text.partition(" per ")
    if not per:
        return unit(text)
    counted = _NUMBER.match(under)
    many = Fraction(counted[1]) if counted and not counted[1].endswith("inf") else Fraction(1)
    named = under[counted.end() :] if counted else under
    if many <= 0 or not named.strip():
        raise UnitError(f"cannot read 'per {under}': after 'per' comes a positive number, a unit, or both")
    above, below = unit(over), unit(named)
    return Unit(text, above.scale / (below.scale * many), Fraction(0), above.dimension / below.dimension)


@lru_cache(maxsize=1024)
def _unit(text: str) -> Unit:
    plain = text.translate(_SUPERSCRIPTS)
    scale, dimension, end = _product(plain, 0, 0)
    if end != len(plain):
        raise UnitError(f"cannot read the unit '{text}' from '{plain[end:]}' on")
    shift = Fraction("273.15") if plain in ("°C", "degC") else Fraction(0)
    return Unit(text, scale, shift, dimension)


def _product(text: str, at: int, depth: int) -> tuple[Fraction, Dimension, int]:
    """Read factors from position `at` up to a closing bracket or the end."""
    scale, dimension, sign, operator = Fraction(1), DIMENSIONLESS, 1, ""
    while match := _TOKEN.match(text, at):
        if match["sign"] == ")":
            break
        at = match.end()
        if match["sign"] in ("*", "·", "/"):
            if operator:
                raise UnitError(f"cannot read the unit '{text}': '{operator}{match['sign']}'")
            operator = match["sign"]
            sign = -1 if operator == "/" else 1
            continue
        if match["sign"] == "^":
            raise UnitError(f"cannot read the unit '{text}': '^' must follow a unit directly")
        if match["sign"] == "(":
            inner_scale, inner, at = _product(text, at, depth + 1)
            if depth > 8 or text[at : at + 1] != ")":
                raise UnitError(f"cannot read the unit '{text}': unbalanced brackets")
            at += 1
        else:
            inner_scale, inner = _factor(match)
        scale, dimension, sign = scale * inner_scale**sign, dimension * inner**sign, 1
        operator = ""
    if operator:
        raise UnitError(f"cannot read the unit '{text}': nothing follows '{operator}'")
    return scale, dimension, at


def _factor(match: re.Match[str]) -> tuple[Fraction, Dimension]:
    if match["one"]:
        if match["one"] != "1":
            raise UnitError(f"a unit cannot hold the number {match['one']}; it goes first or after 'per'")
        return Fraction(1), DIMENSIONLESS
    scale, dimension = _symbol(match["symbol"])
    power = int(match["power"].lstrip("^")) if match["power"] else 1
    if not 0 < abs(power) <= 9:
        raise UnitError(f"the power {power} of '{match['symbol']}' is not between 1 and 9")
    return scale**power, dimension**power


def _symbol(name: str) -> tuple[Fraction, Dimension]:
    """Return scale and dimension of a known or prefixed unit, or of a counted noun (four letters or more)."""
    if name in SYMBOLS:
        scale, powers = SYMBOLS[name]
        return scale, _dimension(powers)
    for prefix, factor in PREFIXES.items():
        if name.startswith(prefix) and name[len(prefix) :] in PREFIXED:
            scale, powers = SYMBOLS[name[len(prefix) :]]
            return scale * factor, _dimension(powers)
    if _NOUN.fullmatch(name):
        return Fraction(1), Dimension.of(name)
    raise UnitError(f"{_UNKNOWN} '{name}'", suggestion=did_you_mean(name, unit_names()))


def _dimension(powers: str) -> Dimension:
    """Return the dimension that a table entry such as "kg m s-2" spells."""
    pairs = re.findall(r"([a-zA-Z]+)(-?\d*)", powers)
    return Dimension(tuple(sorted((base, Fraction(int(power or 1))) for base, power in pairs)))


_NAMED = {_dimension(powers).powers: (name, symbol) for powers, (name, symbol) in DIMENSION_NAMES.items()}

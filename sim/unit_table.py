"""The units a scenario may name: symbol -> (exact factor to SI, powers of the base units).

Bases are m, kg, s, A, K, cd, rad, bit, px, dB and the currencies. Definitions: BIPM SI Brochure (2019);
mile, foot, inch by the international yard (1959); a year is the Julian 365.25 d.
"""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["BASES", "DIMENSION_NAMES", "PREFIXED", "PREFIXES", "SYMBOLS"]

_CURRENCIES = "EUR USD GBP CHF JPY CNY INR SEK NOK DKK PLN CZK CAD AUD BRL KES"

BASES = frozenset(("m", "kg", "s", "A", "K", "cd", "rad", "bit", "px", "dB", *_CURRENCIES.split()))

_DAY = 86400
_YEAR = 31557600  # Julian year [s]
_TURN = 2 * Fraction(math.pi)

_ROWS: tuple[tuple[str, int | str | Fraction, str], ...] = (
    ("m metre meter metres meters", 1, "m"),
    ("km kilometre kilometer kilometres kilometers", 1000, "m"),
    ("mi mile miles", "1609.344", "m"),
    ("ft foot feet", "0.3048", "m"),
    ("in inch", "0.0254", "m"),
    ("nmi", 1852, "m"),
    ("ha", 10000, "m2"),
    ("L l litre liter", "0.001", "m3"),
    ("kg", 1, "kg"),
    ("g gram", "0.001", "kg"),
    ("t tonne", 1000, "kg"),
    ("lb", "0.45359237", "kg"),
    ("s sec second seconds", 1, "s"),
    ("min minute minutes", 60, "s"),
    ("h hour hours", 3600, "s"),
    ("d day days", _DAY, "s"),
    ("week weeks", 7 * _DAY, "s"),
    ("month months", Fraction(_YEAR, 12), "s"),
    ("year years", _YEAR, "s"),
    ("mph", "0.44704", "m s-1"),
    ("knot", Fraction(1852, 3600), "m s-1"),
    ("Hz", 1, "s-1"),
    ("rad", 1, "rad"),
    ("deg degree degrees °", _TURN / 360, "rad"),
    ("rpm", _TURN / 60, "rad s-1"),
    ("N", 1, "kg m s-2"),
    ("Pa", 1, "kg m-1 s-2"),
    ("bar", 100000, "kg m-1 s-2"),
    ("J", 1, "kg m2 s-2"),
    ("Wh", 3600, "kg m2 s-2"),
    ("W", 1, "kg m2 s-3"),
    ("A", 1, "A"),
    ("V", 1, "kg m2 s-3 A-1"),
    ("ohm Ω", 1, "kg m2 s-3 A-2"),
    ("K °C degC", 1, "K"),
    ("cd", 1, "cd"),
    ("lx", 1, "cd m-2"),
    ("bit", 1, "bit"),
    ("B byte", 8, "bit"),
    ("px pixel pixels", 1, "px"),
    ("dB", 1, "dB"),
    ("%", "0.01", ""),
    ("‰", "0.001", ""),
    ("ppm", "0.000001", ""),
    *((currency, 1, currency) for currency in _CURRENCIES.split()),
)

SYMBOLS: dict[str, tuple[Fraction, str]] = {
    symbol: (Fraction(scale), powers) for symbols, scale, powers in _ROWS for symbol in symbols.split()
}

PREFIXES: dict[str, Fraction] = {
    "n": Fraction(1, 10**9),
    "µ": Fraction(1, 10**6),
    "μ": Fraction(1, 10**6),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "c": Fraction(1, 100),
    "k": Fraction(1000),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
}

_PREFIXED = "m g s Hz rad N Pa bar J Wh W A V ohm Ω L B bit"
PREFIXED = frozenset((*_PREFIXED.split(), *_CURRENCIES.split()))

DIMENSION_NAMES: dict[str, tuple[str, str]] = {
    "": ("a pure number", ""),
    "m": ("a length", "m"),
    "m2": ("an area", "m2"),
    "m3": ("a volume", "m3"),
    "s": ("a duration", "s"),
    "s-1": ("a frequency", "1/s"),
    "m s-1": ("a speed", "m/s"),
    "m s-2": ("an acceleration", "m/s2"),
    "m s-3": ("a jerk", "m/s3"),
    "m-1": ("a rate per length", "1/m"),
    "rad": ("an angle", "rad"),
    "rad s-1": ("an angular rate", "rad/s"),
    "rad s-2": ("an angular acceleration", "rad/s2"),
    "kg": ("a mass", "kg"),
    "kg m-3": ("a density", "kg/m3"),
    "kg m2": ("a moment of inertia", "kg*m2"),
    "kg m s-1": ("an impulse", "N*s"),
    "kg m s-2": ("a force", "N"),
    "kg s-2": ("a stiffness", "N/m"),
    "kg m-1 s-2": ("a pressure", "Pa"),
    "kg m2 s-2": ("an energy or torque", "J"),
    "kg m2 s-3": ("a power", "W"),
    "A": ("a current", "A"),
    "kg m2 s-3 A-1": ("a voltage", "V"),
    "kg m2 s-3 A-2": ("a resistance", "ohm"),
    "K": ("a temperature", "K"),
    "cd m-2": ("an illuminance", "lx"),
    "bit": ("an amount of data", "bit"),
    "px": ("a count of pixels", "px"),
    "dB": ("a level", "dB"),
}

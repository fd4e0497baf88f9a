import contextlib
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.units import (
    DIMENSIONLESS,
    Dimension,
    UnitError,
    compatible,
    format_quantity,
    parse_quantity,
    unit,
    unit_names,
)


@pytest.mark.parametrize(
    ("text", "expected", "value"),
    [
        ("100 km/h", "m/s", 100_000 / 3600),
        ("0.1 km", "m", 100.0),
        ("180 deg", "rad", math.pi),
        ("30°", "rad", math.pi / 6),
        ("60 rpm", "rad/s", 2 * math.pi),
        ("15 %", "", 0.15),
        ("2.5 kHz", "1/s", 2500.0),
        ("9.81 m/s²", "m/s2", 9.81),
        ("9.81 m/s^2", "m/s^2", 9.81),
        ("3 kN m", "J", 3000.0),
        ("2 J/(kg K)", "m2/s2/K", 2.0),
        ("250 EUR", "EUR", 250.0),
        ("-2 kEUR", "EUR", -2000.0),
        ("1.5 year", "s", 1.5 * 365.25 * 86400),
        ("55 mph", "m/s", 55 * 1609.344 / 3600),
        ("20 °C", "K", 293.15),
        ("-40 degC", "K", 233.15),
        ("1e-6", "m", 1e-6),
        ("inf m", "m", math.inf),
        ("-inf", "m", -math.inf),
        (".5 s", "s", 0.5),
        (3, "m", 3.0),
        ("0.085 per km", "1/m", 8.5e-5),
        ("2 per 10000 transfer", "1/transfer", 2e-4),
        ("0.4 per 1000 customer year", "1/customer/s", 0.4 / 1000 / (365.25 * 86400)),
        ("250 EUR per customer year", "EUR/customer/s", 250 / (365.25 * 86400)),
        ("7 metre per second", "m/s", 7.0),
    ],
)
def test_a_quantity_is_read_into_si_exactly(text, expected, value):
    assert parse_quantity(text, expected).value == value


def test_a_difference_of_temperatures_has_no_offset():
    assert parse_quantity("5 °C", "K", is_difference=True).value == 5.0


def test_a_bare_number_takes_the_expected_dimension():
    assert parse_quantity(7.5, "m/s").dimension == unit("m/s").dimension
    assert parse_quantity("7.5").dimension is None


@pytest.mark.parametrize(
    ("raw", "expected", "message", "suggestion"),
    [
        ("5 m", "m/s", "expected a speed (m/s), got a length (m)", "m/s"),
        ("5 EUR", "USD", "expected an amount in USD, got an amount in EUR", "USD"),
        ("3 transfer", "m", "expected a length (m), got a count of transfer", "m"),
        ("5 metrs", "m", "unknown unit 'metrs'", "metres"),
        ("5 kmm", "m", "unknown unit 'kmm'", "km"),
        (
            "4 per 1000 customer",
            "1/customer/s",
            "expected a rate per customer and time (1/customer/s), got a rate per customer (1/customer)",
            "3 per 1000 customer year",
        ),
        (
            "4 per day",
            "1/payment",
            "expected a rate per payment (1/payment), got a frequency (1/s)",
            "3 per 1000 payment",
        ),
        ("5 XYZ", "EUR", "unknown unit 'XYZ'; expected an amount in EUR", "EUR"),
        ("fast", "m/s", "expected a speed (m/s), got 'fast', which starts with no number", None),
        ("5 m/", "m", "cannot read the unit 'm/': nothing follows '/'", None),
        ("5 m//s", "m/s", "cannot read the unit 'm//s': '//'", None),
        ("5 m$", "m", "cannot read the unit 'm$' from '$' on", None),
        ("5 m^99", "m", "the power 99 of 'm' is not between 1 and 9", None),
        ("5 (m", "m", "cannot read the unit '(m': unbalanced brackets", None),
        ("5 m)", "m", "cannot read the unit 'm)' from ')' on", None),
        ("5 m m^", "m", "cannot read the unit 'm m^': '^' must follow a unit directly", None),
        ("5 2 m", "m", "a unit cannot hold the number 2; it goes first or after 'per'", None),
        ("1e999 m", "m", "the number is too large", None),
        (10**400, "m", "the number 10000000000000000000… is too large", None),
        (
            "2 per 0 m",
            "1/m",
            "cannot read 'per 0 m': after 'per' comes a positive number, a unit, or both",
            None,
        ),
        (True, "m", "expected a length (m), got True", None),
        (math.nan, "m", "expected a length (m), got not-a-number", None),
        ("5 " + "m" * 300, "m", "expected a length (m), got a text of 302 characters", None),
    ],
)
def test_what_is_no_quantity_of_the_kind_is_told(raw, expected, message, suggestion):
    with pytest.raises(UnitError) as caught:
        parse_quantity(raw, expected)
    assert caught.value.message == message
    assert caught.value.suggestion == suggestion


def test_a_long_exponent_is_refused_before_it_costs_anything():
    with pytest.raises(UnitError):
        parse_quantity("1e999999999 m", "m")


@pytest.mark.parametrize(
    ("a", "b"), [("km/h", "mph"), ("N*s", "kg m/s"), ("kWh", "J"), ("%", ""), ("1/s", "Hz")]
)
def test_units_of_one_dimension_are_compatible(a, b):
    assert compatible(a, b)


@pytest.mark.parametrize(("a", "b"), [("EUR", "USD"), ("rad", ""), ("1/customer", "1/transfer"), ("m", "m2")])
def test_units_of_different_dimension_are_not(a, b):
    assert not compatible(a, b)


def test_dimensions_multiply_like_numbers():
    length, time = unit("m").dimension, unit("s").dimension
    assert length / time**2 == unit("m/s2").dimension
    assert (length**2) ** Fraction(1, 2) == length
    assert length / length == DIMENSIONLESS
    assert (length ** Fraction(1, 2)).symbol == "m^(1/2)"


_DIMENSIONS = st.dictionaries(
    st.sampled_from(["m", "kg", "s", "K", "rad", "EUR", "transfer"]), st.integers(-9, 9), max_size=4
).map(lambda powers: Dimension(tuple(sorted((base, Fraction(p)) for base, p in powers.items() if p))))


@given(_DIMENSIONS)
def test_the_symbol_of_a_dimension_reads_back(dimension):
    assert unit(dimension.symbol).dimension == dimension


@given(st.floats(-1e12, 1e12), st.sampled_from(["m", "km/h", "deg", "kWh", "°C", "EUR", "%"]))
def test_a_formatted_quantity_reads_back(value, written):
    shown = parse_quantity(format_quantity(value, written), written).value
    assert shown == pytest.approx(value, rel=1e-9, abs=1e-7)


@given(st.text(max_size=60))
def test_any_text_is_a_quantity_or_a_unit_error(text):
    with contextlib.suppress(UnitError):
        assert not math.isnan(parse_quantity("5 " + text).value)


@given(st.sampled_from(unit_names()))
def test_every_listed_unit_is_known(name):
    assert unit(name).factor > 0.0


def test_the_offset_of_a_temperature_is_kept_out_of_compound_units():
    assert unit("°C").offset == 273.15
    assert unit("J/°C").offset == 0.0

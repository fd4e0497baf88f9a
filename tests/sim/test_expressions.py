from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.expressions import (
    Apply,
    ExpressionError,
    Literal,
    Reference,
    Tree,
    expression_text,
    parse_expression,
    references,
)
from sim.language.closures import ARRAYS, NUMBERS, closure
from sim.language.kinds import Kind, NumberKind, TruthKind, WordKind, kind_of_tree
from sim.units import DIMENSIONLESS, unit

KINDS: dict[str, Kind] = {
    "speed": NumberKind(unit("m/s").dimension),
    "gap": NumberKind(unit("m").dimension),
    "pure": NumberKind(DIMENSIONLESS),
    "bare": NumberKind(None),
    "weather": WordKind(("clear", "rain")),
    "is_wet": TruthKind(),
    "world.people.0.x": NumberKind(unit("m").dimension),
}
VALUES = {
    "speed": 20.0,
    "gap": 30.0,
    "pure": 0.5,
    "bare": 3.0,
    "weather": "rain",
    "is_wet": True,
    "world.people.0.x": 7.0,
}
SLOTS = {name: i for i, name in enumerate(VALUES)}


def kind(text: str) -> Kind:
    return kind_of_tree(parse_expression(text), lambda reference: KINDS[reference.name])


def value(text: str) -> object:
    return closure(parse_expression(text), SLOTS, NUMBERS)(list(VALUES.values()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 ** 3 ** 2", 512.0),
        ("-2 ** 2", -4.0),
        ("+speed", 20.0),
        ("speed - 36 km/h", 10.0),
        ("gap/speed", 1.5),
        ("10 m/gap", 1 / 3),
        ("speed * 2 s", 40.0),
        ("30 % * gap", 9.0),
        ("min(gap, 2 km, 4 m)", 4.0),
        ("max(gap, 1 m)", 30.0),
        ("abs(gap - 50 m)", 20.0),
        ("sqrt(2 * gap * 3 m/s2)", math.sqrt(180.0)),
        ("exp(log(pure))", 0.5),
        ("gap if speed > 10 m/s else 0 m", 30.0),
        ("2 m if weather == 'clear' else 3 m", 3.0),
        ("1e-6", 1e-6),
        (".5", 0.5),
        ("speed > 3 and gap < 40 m", True),
        ("speed < 3 or not is_wet", False),
        ("0 < pure < 1", True),
        ('weather != "rain"', False),
        ("true and is_wet", True),
        ("world.people.0.x * 2", 14.0),
        ("20 degC + 0 K", 293.15),
    ],
)
def test_expressions_have_the_value_that_arithmetic_gives(text: str, expected: object):
    assert value(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gap / speed", NumberKind(unit("s").dimension)),
        ("speed + 3", NumberKind(unit("m/s").dimension)),
        ("3 * speed", NumberKind(unit("m/s").dimension)),
        ("bare * speed", NumberKind(None)),
        ("bare + speed", NumberKind(unit("m/s").dimension)),
        ("speed ** 2", NumberKind(unit("m2/s2").dimension)),
        ("gap ** 0.5 * gap ** (1/2)", NumberKind(unit("m").dimension)),
        ("sqrt(gap * gap)", NumberKind(unit("m").dimension)),
        ("log(gap / 1 m)", NumberKind(DIMENSIONLESS)),
        ("1 / 2", NumberKind(None)),
        ("gap > 3 m", TruthKind()),
        ("weather if is_wet else 'clear'", WordKind(("clear", "rain"))),
        ("is_wet", TruthKind()),
    ],
)
def test_dimensions_are_those_of_the_field(text: str, expected: Kind):
    found = kind(text)
    if isinstance(expected, WordKind):
        assert isinstance(found, WordKind)
        assert set(found.options) == set(expected.options)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("text", "code", "span"),
    [
        ("gap + speed", "E152", "gap + speed"),
        ("gap > speed", "E152", "gap > speed"),
        ("min(gap, speed)", "E152", "min(gap, speed)"),
        ("1 m + exp(gap)", "E152", "gap"),
        ("gap ** pure", "E152", "pure"),
        ("gap if is_wet else speed", "E152", "gap if is_wet else speed"),
        ("gap and is_wet", "E154", "gap"),
        ("weather + 1", "E154", "weather"),
        ("gap if weather else 1 m", "E154", "weather"),
        ("weather == 3", "E154", "3"),
        ("weather == 'fog'", "E154", "'fog'"),
        ("1 + ", "E150", ""),
        ("", "E150", ""),
        ("1 2", "E150", "2"),
        ("(1 + 2", "E150", "("),
        ("1 + 2)", "E150", ")"),
        ("speed @ 3", "E150", "@"),
        ("speed ^ 2", "E150", "^"),
        ("3 zorkmid", "E150", "zorkmid"),
        ("speed.__class__", "", ""),
        ("foo(1)", "E150", "foo ( 1 )"),
        ("min(1)", "E150", "min(1)"),
        ("min", "E150", "min"),
        ("min(a=1)", "E150", "="),
        ("[1]", "E150", "["),
        ("lambda: 1", "E150", ":"),
        ("a := 3", "E150", ":"),
        ("x[0]", "E150", "["),
        ("gap in weather", "E150", "in"),
        ("gap is gap", "E150", "is"),
        ("`1`", "E150", "`"),
        ("__import__('os')", "E150", "__import__('os')"),
        ("(" * 60 + "1" + ")" * 60 + "", "", ""),
        ("-" * 60 + "1", "E150", "-" * 60 + "1"),
        ("1 +" * 500 + "1", "E150", "1 +" * 500 + "1"),
        ("(" * 400 + "1" + ")" * 400, "E150", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, code: str, span: str):
    if not code:
        assert references(parse_expression(text)) is not None
        return
    with pytest.raises(ExpressionError) as caught:
        kind(text)
    assert caught.value.code == code
    if span:
        assert text[caught.value.offset : caught.value.end].replace(" ", "") == span.replace(" ", "")


def test_an_expression_is_the_whole_text_or_none():
    assert expression_text("${a + 1}") == "a + 1"
    assert expression_text(" ${a} ") == "a"
    assert expression_text("a") is None
    assert expression_text("${a} and ${b}") is None
    assert expression_text("x${a}") is None


def test_references_come_in_order_with_their_dots():
    found = references(parse_expression("b + a.c * b - min(d.1.e, 2 m)"))
    assert [one.name for one in found] == ["b", "a.c", "b", "d.1.e"]
    assert all(isinstance(one, Reference) for one in found)


# -- arrays and single values agree ------------------------------------------------------------------------

numbers = st.floats(-5.0, 5.0).map(lambda x: Literal(round(x, 3), None, 0, 0))
names = st.sampled_from(["a", "b", "c"]).map(lambda name: Reference(name, 0, 0))


def _nodes(ops: list[str], count: int) -> Callable[[st.SearchStrategy[Tree]], st.SearchStrategy[Tree]]:
    return lambda inner: st.builds(
        lambda op, parts: Apply(op, tuple(parts), 0, 0),
        st.sampled_from(ops),
        st.lists(inner, min_size=count, max_size=count),
    )


arithmetic = st.recursive(
    numbers | names,
    lambda inner: _nodes(["+", "-", "*", "min", "max"], 2)(inner) | _nodes(["negative", "abs"], 1)(inner),
    max_leaves=6,
)
comparisons = _nodes(["<", "<=", ">", ">=", "==", "!="], 2)(arithmetic)
truths = st.recursive(
    comparisons,
    lambda inner: _nodes(["and", "or"], 2)(inner) | _nodes(["not"], 1)(inner),
    max_leaves=4,
)
chosen = st.builds(lambda test, a, b: Apply("if", (test, a, b), 0, 0), truths, arithmetic, arithmetic)


@settings(max_examples=100, deadline=None)
@given(tree=arithmetic | truths | chosen)
def test_arrays_and_single_values_agree_to_the_bit(tree: Tree):
    rng = np.random.default_rng(3)
    table = [rng.normal(size=7), rng.normal(size=7), rng.normal(size=7)]
    slots = {"a": 0, "b": 1, "c": 2}
    whole = np.broadcast_to(closure(tree, slots, ARRAYS)(table), (7,))
    one = closure(tree, slots, NUMBERS)
    singles = [one([float(column[i]) for column in table]) for i in range(7)]
    assert whole.tolist() == singles

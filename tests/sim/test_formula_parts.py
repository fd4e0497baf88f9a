"""Formulas with the parameters of an episode filled in."""

from __future__ import annotations

import pytest

from sim.formula_parts import filled, parameter_of, parts
from sim.formulas import (
    AllOf,
    Arithmetic,
    Call,
    Compare,
    Not,
    Number,
    ParameterValue,
    Signal,
    WordIs,
)

SPEED = Signal("speed", ("ego",))
RULE = AllOf(
    (
        Compare(
            "<",
            Arithmetic("*", SPEED, ParameterValue("pace")),
            Call("max", (Number(2.0), ParameterValue("b"))),
            1.0,
        ),
        Not(WordIs("mood", "hasty")),
    )
)
VALUES = {"pace": 3, "b": 4.5, "mood": "hasty"}


def test_parameters_become_numbers_and_the_rest_stays():
    found = filled(RULE, VALUES.__getitem__)
    assert isinstance(found, AllOf)
    assert found.parts[0] == Compare(
        "<", Arithmetic("*", SPEED, Number(3.0)), Call("max", (Number(2.0), Number(4.5))), 1.0
    )
    assert [name for part in parts(found) if (name := parameter_of(part))] == []
    assert [name for part in parts(RULE) if (name := parameter_of(part))] == ["pace", "b", "mood"]


@pytest.mark.parametrize(("mood", "margin"), [("hasty", 1.0), ("calm", -1.0)])
def test_a_word_becomes_its_margin(mood: str, margin: float):
    found = filled(WordIs("mood", "hasty"), {"mood": mood}.__getitem__)
    assert isinstance(found, Compare)
    assert isinstance(found.left, Number)
    assert found.op == ">="
    assert found.right == Number(0.0)
    assert found.left.value / found.scale == margin


def test_what_reads_nothing_stays_as_it_is():
    assert filled(SPEED, VALUES.__getitem__) == SPEED

"""The event grammar: what it reads, what it refuses, and where it points."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.domains.base import (
    Domain,
    MeasureDeclaration,
    OccurrenceDeclaration,
    PredicateDeclaration,
    SignalDeclaration,
)
from sim.event_grammar import GrammarError, Names, parse, parse_condition
from sim.fields import Section
from sim.formulas import (
    AllOf,
    AnyOf,
    Call,
    Compare,
    Count,
    EventName,
    Eventually,
    Measure,
    Not,
    Number,
    Occurs,
    ParameterValue,
    Predicate,
    Quantified,
    Selector,
    Signal,
    Until,
    WordIs,
)

DOMAIN = Domain(
    name="toy",
    doc="",
    world=Section(doc="", fields={}),
    categories=("car",),
    signals={
        "gap": SignalDeclaration(("any", "any"), "m", 1.0, ""),
        "ttc": SignalDeclaration(("any", "any"), "s", 0.5, ""),
        "speed": SignalDeclaration(("vehicle",), "m/s", 2.0, ""),
        "daylight": SignalDeclaration((), "", 1.0, ""),
    },
    measures={
        "delta_v": MeasureDeclaration(("any",), "m/s", 1.0, "", needs_crash=True),
        "length": MeasureDeclaration((), "s", 1.0, ""),
    },
    predicates={"collided": PredicateDeclaration(("any", "any"), "")},
    occurrences={"contact": OccurrenceDeclaration({"a": "entity", "speed": "m/s"}, "")},
    entities=lambda world: (),
    simulate="nowhere:nothing",
)
NAMES = Names(
    DOMAIN,
    entities={"ego": "vehicle", "van": "vehicle", "child": "pedestrian"},
    sets=("queue",),
    events=("crash",),
    parameters={"friction": "", "start_speed": "m/s", "surface": None},
)
TTC = Signal("ttc", ("ego", "van"))


def short_ttc(seconds=1.5):
    return Compare("<", TTC, Number(seconds), 0.5)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("eventually(ttc(ego, van) < 1.5 s)", Eventually(short_ttc())),
        ("eventually[1 s:2](ttc(ego, van) < 1500 ms)", Eventually(short_ttc(), 1.0, 2.0)),
        (
            "collided(ego, van) and not crash",
            AllOf((Predicate("collided", ("ego", "van")), Not(EventName("crash")))),
        ),
        ("occurs(contact, a=ego)", Occurs("contact", (("a", "ego"),))),
        (
            "count(contact, speed=36 km/h) >= 2",
            Compare(">=", Count("contact", (("speed", 10.0),)), Number(2.0), 1.0),
        ),
        ("delta_v(ego) > 18 km/h", Compare(">", Measure("delta_v", ("ego",)), Number(5.0), 1.0)),
        ("length > 3 s", Compare(">", Measure("length"), Number(3.0), 1.0)),
        ("friction < 0.3", Compare("<", ParameterValue("friction"), Number(0.3), 1.0)),
        ("surface != dry", Not(WordIs("surface", "dry"))),
        (
            "any(x in vehicle: eventually(gap(ego, x) < 2))",
            Quantified(
                "any",
                "x",
                Selector("vehicle"),
                Eventually(Compare("<", Signal("gap", ("ego", "x")), Number(2.0), 1.0)),
            ),
        ),
        (
            "(ttc(ego, van) < 1.5 s) until[0:3 s] (speed(nearest(vehicle, child)) > 1)",
            Until(
                short_ttc(),
                Compare(">", Signal("speed", (Call("nearest", ("vehicle", "child")),)), Number(1.0), 2.0),
                0.0,
                3.0,
            ),
        ),
    ],
)
def test_formulas_mean_what_they_say(text, formula):
    assert parse(text, NAMES) == formula


def test_and_binds_tighter_than_or_and_chains_are_conjunctions():
    both = parse("crash or crash and crash", NAMES)
    assert both == AnyOf((EventName("crash"), AllOf((EventName("crash"), EventName("crash")))))
    chain = parse("eventually(1 s < ttc(ego, van) < 2 s)", NAMES)
    assert isinstance(chain, Eventually)
    assert isinstance(chain.body, AllOf)


@pytest.mark.parametrize(
    ("text", "message", "marked", "suggestion"),
    [
        ("ttc(ego, van) < 1.5 s", "at each moment", "ttc(ego, van) < 1.5 s", None),
        ("eventually(tcc(ego, van) < 1)", "unknown signal", "tcc", "ttc"),
        ("eventually(ttc(ego, vam) < 1)", "unknown entity", "vam", "van"),
        ("eventually(ttc(ego, van) < 1 m)", "compares", "ttc(ego, van) < 1 m", None),
        ("eventually(ttc(ego, van) + gap(ego, van) < 1)", "adds", "ttc(ego, van) + gap(ego, van)", None),
        ("eventually(ttc(ego, van) < 1 qqqzz)", "qqqzz", "ttc(ego, van) < 1 qqqzz", None),
        ("eventually(ttc(ego) < 1)", "takes 2 arguments", "ttc(ego)", None),
        ("eventually(speed(child) < 1)", "a vehicle is meant", "child", None),
        ("eventually(gap(ego, vehicle) < 1)", "any(x in vehicle", "vehicle", None),
        ("eventually(ttc(ego, van))", "compare it", "ttc(ego, van)", None),
        ("eventually[3 s:1 s](ttc(ego, van) < 1)", "ends at 1 s", None, None),
        ("occurs(contakt)", "unknown occurrence", "contakt", "contact"),
        ("occurs(contact, b=ego)", "unknown field", "b", None),
        ("eventually(ttc(ego, van) == 1)", "hardly ever", None, None),
        ("crahs", "unknown event", "crahs", "crash"),
        ("surface < 2", "is a word", None, None),
        ("collided(ego, van) and", "expected", None, None),
        ("any(ego in vehicle: crash)", "already names", "ego", None),
    ],
)
def test_a_wrong_formula_is_told_with_its_place(text, message, marked, suggestion):
    with pytest.raises(GrammarError, match=message.replace("(", r"\(")) as caught:
        parse(text, NAMES)
    error = caught.value
    assert error.suggestion == suggestion
    if marked is not None:
        assert text[error.offset : error.end] == marked


@pytest.mark.parametrize("text", ["eventually(ttc(ego, van) < 1)", "collided(ego, van)", "crash", "length > 1"])
def test_a_condition_does_not_look_ahead(text):
    with pytest.raises(GrammarError, match="known only afterwards"):
        parse_condition(text, NAMES)


def test_a_condition_reads_the_moment():
    assert parse_condition("ttc(ego, van) < 1.5 s", NAMES) == short_ttc()


@given(st.text(alphabet="ego van ttc(),<>=[]:0123.andortuil s", max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(text):
    with contextlib.suppress(GrammarError):
        parse(text, NAMES)

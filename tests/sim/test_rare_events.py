"""Scores, event times and running maxima, on runs small enough to work out by hand."""

import math
from dataclasses import dataclass, field

import numpy as np
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
from sim.errors import RunError
from sim.event_grammar import Names, parse
from sim.fields import Section
from sim.moments import is_running_maximum
from sim.rare_events import Judge
from sim.recording import Occurrence

DOMAIN = Domain(
    name="toy",
    doc="",
    world=Section(doc="", fields={}),
    categories=(),
    signals={
        "height": SignalDeclaration(("any",), "m", 2.0, ""),
        "gap": SignalDeclaration(("any", "any"), "m", 1.0, ""),
    },
    measures={
        "delta_v": MeasureDeclaration(("any",), "m/s", 1.0, "", needs_crash=True),
        "top": MeasureDeclaration(("any",), "m", 1.0, "", grows=True),
    },
    predicates={"touched": PredicateDeclaration(("any", "any"), "")},
    occurrences={"bang": OccurrenceDeclaration({"a": "entity"}, "")},
    entities=lambda world: (),
    simulate="nowhere:nothing",
)
NAMES = Names(DOMAIN, {"a": "ball", "b": "ball", "c": "ball"}, events=("high",), parameters={"kind": None})


@dataclass
class Run:
    """A trace given by numbers."""

    times: np.ndarray
    heights: dict
    touch: np.ndarray | None = None
    occurrences: list = field(default_factory=list)

    def signal(self, name, arguments):
        if name == "height":
            return np.asarray(self.heights[arguments[0]], float)
        return np.abs(self.signal("height", arguments[:1]) - self.signal("height", arguments[1:]))

    def measure(self, name, arguments):
        return float(np.max(self.heights[arguments[0]]))

    def predicate(self, name, arguments):
        return np.maximum.accumulate(np.asarray(self.touch, float))

    def entities(self, category):
        return list(self.heights) if category in ("ball", "any") else []

    def nearest(self, category, to):
        others = [name for name in self.heights if name != to]
        gaps = np.stack([self.signal("gap", (to, name)) for name in others])
        return others, np.argmin(gaps, axis=0)


TIMES = np.array([0.0, 1.0, 2.0, 3.0])
RUN = Run(TIMES, {"a": [0, 4, 10, 2], "b": [0, 1, 2, 3], "c": [5, 5, 5, 5]}, touch=[-3, -1, 2, -5])


def outcome(text, run=RUN, **others):
    events = {"it": parse(text, NAMES)} | {name: parse(t, NAMES) for name, t in others.items()}
    return Judge(DOMAIN, events, {}).outcome(run, {"kind": "wet"})


@pytest.mark.parametrize(
    ("text", "score", "time"),
    [
        ("eventually(height(a) > 9 m)", 0.5, 2.0),
        ("eventually(height(a) > 11 m)", -0.5, None),
        ("always(height(c) > 4 m)", 0.5, 3.0),
        ("eventually[1:1](height(a) > 2 m)", 1.0, 1.0),
        ("not eventually(height(a) > 11 m)", 0.5, 3.0),
        ("eventually(always[0:1](height(a) > 3 m))", 0.5, 1.0),
        ("(height(b) < 3 m) until (height(a) > 3 m)", 1.0, 1.0),
        ("touched(a, b)", 2.0, 2.0),
        ("any(x in ball: eventually(height(x) > 9 m))", 0.5, 2.0),
        ("all(x in ball: eventually(height(x) > 2.5 m))", 0.25, 3.0),
        ("eventually(gap(a, nearest(ball, a)) > 4 m)", 1.0, 2.0),
        ("top(a) > 8 m", 2.0, 3.0),
        ("kind == wet and touched(a, b)", 1.0, 3.0),
        ("kind != wet", -1.0, None),
        ("eventually(max(height(a), height(c)) / 2 > 4.5 m)", 0.5, 2.0),
    ],
)
def test_scores_and_times_by_hand(text, score, time):
    it = outcome(text)
    assert it.scores["it"] == pytest.approx(score)
    assert it.event_times["it"] == time if time is not None else math.isnan(it.event_times["it"])
    assert it.occurred("it") == (score >= 0)


def test_the_boundary_belongs_to_the_inclusive_comparison_alone():
    assert outcome("eventually(height(a) >= 10 m)").occurred("it")
    assert not outcome("eventually(height(a) > 10 m)").occurred("it")
    assert not outcome("not eventually(height(a) >= 10 m)").occurred("it")


def test_the_peak_of_a_miss_is_its_nearest_moment():
    assert outcome("eventually(height(a) > 11 m)").peak_times["it"] == 2.0
    assert outcome("always(height(a) > 1 m)").peak_times["it"] == 0.0


def test_what_never_occurs_says_nothing_about_when_it_was_near():
    run = Run(TIMES, {"a": [1, 4, 9, 2]})
    for text in (
        "eventually(height(a) > 9.5 m) and occurs(bang)",
        "occurs(bang) and eventually(height(a) > 9.5 m)",
        "not (occurs(bang) or eventually(height(a) > 5 m))",
    ):
        assert outcome(text, run).peak_times["it"] == 2.0
    assert outcome("occurs(bang)", run).peak_times["it"] == TIMES[-1]


def test_events_see_each_other_by_name():
    it = outcome("high and touched(a, b)", high="eventually(height(a) > 9 m)")
    assert it.scores["it"] == 0.5
    assert it.scores["high"] == 0.5


def test_the_running_maximum_tells_when_a_level_was_first_reached():
    times, values = outcome("eventually(height(a) > 9 m)").running["it"]
    assert times == (0.0, 1.0, 2.0)
    assert values == (-4.5, -2.5, 0.5)


@pytest.mark.parametrize(
    ("text", "grows"),
    [
        ("eventually(height(a) > 1 m)", True),
        ("touched(a, b) or eventually(height(a) > 1 m)", True),
        ("touched(a, b) and eventually(height(a) > 1 m)", True),
        ("not touched(a, b)", False),
        ("always(height(a) > 1 m)", False),
        ("eventually(always[0:1](height(a) > 1 m))", False),
        ("top(a) > 3 m", True),
        ("top(a) < 3 m", False),
        ("any(x in ball: touched(a, x))", True),
    ],
)
def test_whether_a_score_only_grows_follows_from_its_formula(text, grows):
    assert is_running_maximum(parse(text, NAMES), DOMAIN, {}) is grows


@given(st.lists(st.integers(-50, 50), min_size=4, max_size=4), st.integers(1, 3))
def test_what_comes_later_never_lowers_a_running_maximum(heights, cut):
    whole = Run(TIMES, {"a": heights})
    past = Run(TIMES[:cut], {"a": heights[:cut]})
    text = "eventually(height(a) > 3 m)"
    assert outcome(text, past).scores["it"] <= outcome(text, whole).scores["it"]


def test_occurrences_are_counted():
    run = Run(
        TIMES,
        {"a": [0] * 4},
        occurrences=[Occurrence(1.0, "bang", {"a": "a"}), Occurrence(2.0, "bang", {"a": "b"})],
    )
    assert outcome("occurs(bang, a=a)", run).occurred("it")
    assert not outcome("occurs(bang, a=c)", run).occurred("it")
    assert outcome("count(bang) >= 2", run).scores["it"] == 0.0


def test_only_what_reads_the_crash_needs_it():
    assert Judge(DOMAIN, {"it": parse("delta_v(a) > 1", NAMES)}, {}).needs_crash
    assert not Judge(DOMAIN, {"it": parse("touched(a, b)", NAMES)}, {}).needs_crash


def test_a_score_that_is_not_a_number_is_an_error_that_names_the_event():
    run = Run(TIMES, {"a": [0, math.inf, 0, 0], "b": [0, math.inf, 0, 0]})
    with pytest.raises(RunError, match="'it'"):
        outcome("eventually(height(a) - height(b) > 1 m)", run)


def test_a_set_without_members_is_the_harmless_side():
    run = Run(TIMES, {})
    assert not outcome("any(x in any: eventually(height(x) > 1 m))", run).occurred("it")
    assert outcome("all(x in any: eventually(height(x) > 1 m))", run).occurred("it")


def test_measures_that_are_read_are_kept_and_the_first_mode_that_holds_is_named():
    events = {"it": parse("any(x in ball: top(x) > 8 m)", NAMES)}
    modes = {
        "low": parse("top(a) < 1 m", NAMES),
        "steep": parse("touched(a, b)", NAMES),
        "late": parse("kind == wet", NAMES),
    }
    it = Judge(DOMAIN, events, modes).outcome(RUN, {"kind": "wet"})
    assert it.measures == {"top(a)": 10.0, "top(b)": 3.0, "top(c)": 5.0}
    assert it.mode == "steep"

"""Alarms: chatter against closed forms, delays and floods against slow recounts, causes along the line."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.domains.factory.annunciation import chattering, delayed, floods, following, holding, past
from sim.domains.factory.kernel_tables import is_plain
from sim.domains.factory.world import World
from sim.errors import ScenarioError

WATCHED = """
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: m, from: orders, to: done, cycle_time: 1e9 s}}]
components:
  - {{id: part, on: m, ages: calendar, degrades: {{lifetime: 1e12 s}}, repair: {{time: 1 h}}}}
readings: [{{id: hot, of: part, every: 1 s, noise: 1}}]
alarms: [{{id: hot_alarm, when: {{reading: {{of: hot, {bound}}}}}{delays}}}]
"""


def raised(factory, bound, delays="", *, n=20_000, runs=40):
    """Return how often the alarm is raised per reading, a number per run; readings are standard normal."""
    line = factory(WATCHED.format(bound=bound, delays=delays), n + 0.5)
    return np.array([line.run(i, reads=("raised",)).measure("raised", ("hot_alarm",)) / n for i in range(runs)])


@pytest.mark.parametrize(
    ("bound", "delays", "rate"),
    [
        # up-crossings of independent values: each is above with p, the one before is not
        ("above: 1", "", stats.norm.sf(1.0) * stats.norm.cdf(1.0)),
        ("below: -1", "", stats.norm.sf(1.0) * stats.norm.cdf(1.0)),
        # a chain of two states, left with p above the bound and with q below the band
        (
            "above: 1, deadband: 1.5",
            "",
            1.0 / (1.0 / stats.norm.sf(1.0) + 1.0 / stats.norm.cdf(-0.5)),
        ),
        # runs of at least three above, as long as there is one that is not before them
        ("above: 0", ", on_delay: 2.5 s", 0.5**4),
        # raised by a value above after at least three that were not
        ("above: 0", ", off_delay: 2.5 s", 0.5**4),
    ],
    ids=["none", "below", "deadband", "on_delay", "off_delay"],
)
def test_chatter_is_as_frequent_as_deadband_and_delays_let_it(factory, bound, delays, rate):
    found = raised(factory, bound, delays)
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert 3.5 * error < 0.015 * rate
    assert abs(found.mean() - rate) <= 3.5 * error + 2.0 / 20_000  # the first and the last reading


MOMENTS = st.lists(st.integers(0, 60), min_size=0, max_size=24, unique=True).map(sorted)


@settings(deadline=None)
@given(MOMENTS, st.integers(0, 5), st.integers(0, 5))
def test_delays_agree_with_a_clock_that_ticks(moments, on_delay, off_delay):
    """Second by second: raised when it has held so long without a break, cleared when it has not."""
    on, off = on_delay + 0.5 * (on_delay > 0), off_delay + 0.5 * (off_delay > 0)
    spans = [(float(a), float(b)) for a, b in zip(moments[::2], moments[1::2], strict=False)]
    found = delayed(spans, on, off)
    is_raised, held, free, slow = False, -0.25, math.inf, []
    for tick in range(300):
        t = tick / 4.0
        holds = any(a <= t < b for a, b in spans)
        held = held + 0.25 if holds else -0.25
        free = -0.25 if holds else free + 0.25
        if not is_raised and holds and held >= on:
            is_raised = True
            slow.append([t, math.inf])
        elif is_raised and not holds and free >= off:
            is_raised = False
            slow[-1][1] = t
    assert found == [tuple(one) for one in slow]


@given(st.lists(st.integers(0, 4000), max_size=80).map(sorted))
def test_floods_agree_with_a_count_at_every_second(moments):
    raised = [float(t) for t in moments]
    in_window = [sum(t - 600.0 < one <= t for one in raised) for t in range(5000)]
    slow, since = [], None
    for t, count in enumerate(in_window):
        if since is None and count > 10:
            since = t
        elif since is not None and count < 5:
            slow.append((since, t))
            since = None
    found = floods(raised)
    assert [end for _, end in found] == [float(end) for _, end in slow]
    for (begin, _), (known, _) in zip(found, slow, strict=True):
        assert known - 600.0 < begin <= known
        assert begin in raised


@given(st.lists(st.integers(0, 400), max_size=30).map(sorted))
def test_three_in_a_minute_chatter(moments):
    raised = [float(t) for t in moments]
    slow = [False] * len(raised)
    for i, first in enumerate(raised):
        among = [j for j in range(i, len(raised)) if raised[j] <= first + 60.0]
        if len(among) >= 3:
            for j in among:
                slow[j] = True
    assert chattering(raised) == slow


def test_a_missing_reading_changes_nothing():
    assert past([0.0, 2.0, math.nan, 0.4, math.nan, 0.6], 1.0, 0.5, above=True) == [
        False,
        True,
        True,
        *[False] * 3,
    ]
    assert holding([0.0, 1.0, 2.0, 3.0], [True, True, False, True]) == [(0.0, 2.0), (3.0, math.inf)]
    assert following([(0.0, 4.0), (6.0, 7.0)], [(1.0, 3.0), (0.5, 2.0)]) == [(1.0, 9.0)]


LINE = """
sources: [{id: orders}]
buffers: [{id: b1, capacity: 3}, {id: b2, capacity: 3, initial: 3}]
sinks: [{id: done}]
machines:
  - {id: m1, from: orders, to: b1, cycle_time: 10 s}
  - {id: m2, from: b1, to: b2, cycle_time: 10 s}
  - {id: m3, from: b2, to: done, cycle_time: 10 s}
  - {id: m4, from: orders, to: done, cycle_time: 7 s}
components:
  - {id: belt, on: m2, ages: calendar, degrades: {lifetime: 105 s}, repair: {time: 300 s}}
alarms:
  - {id: tripped, when: {state: {of: m2}}, priority: high}
  - {id: blocked, when: {state: {of: m1, is: blocked}}, on_delay: 20 s}
  - {id: starved, when: {state: {of: m3, is: starved}}, on_delay: 20 s, off_delay: 5 s}
  - {id: full, when: {level: {of: b1, above: 2, deadband: 1}}}
  - {id: drive, when: {alarm: {of: tripped, after: 2 s}}}
  - {id: fuse, when: {alarm: {of: drive, after: 1 s}}}
  - {id: spared, when: {state: {of: m4, is: starved}}}
"""


def test_a_stop_is_told_of_all_along_the_line_with_its_cause(factory):
    """By hand: m2 stands from 105 to 405 s.

    Up to 100 s b1 has held none, as m2 takes each part at once; then m1 brings parts at 110, 120 and 130 s
    (full), and is blocked from 140 s. m3 takes the last part of b2 at 110 s and starves from 120 s until m2,
    which has 5 s of work left, finishes at 410 s.
    """
    trace = factory(LINE, 450.0).run(recorded=True)
    (rows,) = trace.truth().tables["alarms"]
    by_name = {}
    for name, t, change in zip(rows["alarm"], rows["t"], rows["change"], strict=True):
        by_name.setdefault(name, []).append((round(float(t), 6), change))
    assert by_name["tripped"] == [(105.0, "raised"), (405.0, "cleared")]
    assert by_name["drive"] == [(107.0, "raised"), (407.0, "cleared")]
    assert by_name["fuse"] == [(108.0, "raised"), (408.0, "cleared")]
    assert by_name["full"] == [(130.0, "raised")]
    assert by_name["blocked"] == [(160.0, "raised"), (410.0, "cleared")]
    assert "spared" not in by_name
    start, end = (t for t, _ in by_name["starved"])
    assert (start, end) == (140.0, 415.0)
    (states,) = trace.truth().tables["machine_states"]
    assert set(rows["cause"]) == {"belt#0"}
    for machine, state in (("m1", "blocked"), ("m3", "starved"), ("m2", "down")):
        own = (states["machine"] == machine) & (states["state"] == state) & (states["t"] > 100.0)
        assert set(states["cause"][own & (states["t"] < 405.0)]) == {"belt#0"}
    assert set(states["cause"][states["machine"] == "m4"]) == {""}


def test_consequences_follow_as_often_and_as_late_as_they_should(factory):
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: m, from: orders, to: done, cycle_time: 1e9 s}]
components: [{id: part, on: m, ages: calendar, degrades: {lifetime: 100 s}, repair: {time: 100 s}}]
alarms:
  - {id: root, when: {state: {of: m}}}
  - {id: leaf, when: {alarm: {of: root, after: {each: {exponential: 5 s}}, chance: 0.7}}}
"""
    trace = factory(world, 800_000.0).run(reads=("alarm",))
    root, leaf = trace.alarms["root"], trace.alarms["leaf"]
    n = len(root.spans)
    assert n == 4000
    assert stats.binomtest(len(leaf.spans), n, 0.7).pvalue > 1e-3
    begins = np.array([begin for begin, _ in root.spans])
    lags = np.array([begin - begins[np.searchsorted(begins, begin) - 1] for begin, _ in leaf.spans])
    assert stats.kstest(lags, "expon", (0.0, 5.0)).pvalue > 1e-3


def test_both_engines_tell_the_same(factory):
    """Plain lines are run by the kernel unless they are recorded."""
    line = factory(LINE.replace("lifetime: 105 s", "lifetime: {each: {exponential: 200 s}}"), 5000.0)
    reads = ("alarms_in_10_min", "alarming", "raised")
    fast = line.run(reads=reads)
    assert is_plain(World(fast.world.setup))
    slow = line.run(reads=reads, recorded=True)
    assert fast.alarms == slow.alarms
    assert np.array_equal(fast.times, slow.times)
    assert np.array_equal(fast.signal("alarms_in_10_min", ()), slow.signal("alarms_in_10_min", ()))
    assert fast.signal("alarms_in_10_min", ()).max() > 3


def test_signals_count_what_stands_and_what_was_raised(factory):
    trace = factory(LINE, 1100.0).run(reads=("alarming", "standing_alarms", "alarms_in_10_min"))
    at = np.searchsorted(trace.times, [103.9, 108.9, 300.0, 480.0, 750.0])
    assert trace.signal("standing_alarms", ())[at].tolist() == [0, 3, 6, 1, 6]
    assert trace.signal("alarms_in_10_min", ())[at].tolist() == [0, 3, 6, 6, 6]
    assert trace.signal("alarming", ("starved",))[at].tolist() == [0, 0, 1, 0, 1]
    assert trace.measure("stood_longest", ("tripped",)) == pytest.approx(300.0)
    assert trace.measure("floods", ()) == 1  # at 540 s there have been eleven; six to ten stay in the window


def test_counted_machines_have_an_alarm_each(factory):
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, count: 3, from: orders, to: done, cycle_time: 1 h}]
components: [{id: part, on: mill, ages: calendar, degrades: {wiener: {drift: 1e-5 Hz, spread: 1e-4, step: 1 h}},
              repair: {time: 1 h}}]
readings: [{id: worn, of: part, every: 1 h}]
alarms:
  - {id: high, when: {reading: {of: worn, above: 0.5}}}
  - {id: call, when: {alarm: {of: high, after: 60 s}}}
"""
    event = 'event:\n  all_called: "count(alarm, alarm=call_2) >= 1 and any(x in alarm: raised(x) >= 1)"\n'
    trace = factory(world, 1e5, event).run(reads=("alarm", "raised"))
    assert trace.entities("alarm") == ("high_0", "high_1", "high_2", "call_0", "call_1", "call_2")
    for i in range(3):
        assert trace.measure("raised", (f"call_{i}",)) == trace.measure("raised", (f"high_{i}",)) == 1.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("above: 2, ", "above: 2, below: 1, ", "either the bound that it is raised above, or the one below"),
        ("above: 2, ", "", "either the bound that it is raised above, or the one below"),
        ("of: tripped, after: 2 s", "of: fuse, after: 2 s", "drive brings fuse brings drive"),
        ("level: {of: b1", "level: {of: orders", "this source always has a part"),
        ("state: {of: m2}", "state: {of: belt}", "'belt' is a component; a machine is meant here"),
    ],
)
def test_impossible_alarms_are_told(factory, old, new, message):
    assert old in LINE
    with pytest.raises(ScenarioError, match=message):
        factory(LINE.replace(old, new, 1))

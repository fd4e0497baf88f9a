"""Rare events of factories through the samplers, against exact chances of the machine-repair model."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm

from sim.episode import score
from sim.samplers import TABLE, Settings, coarsened


def chance(n, crew, most, *, start, stop, life=10.0, repair=1.0):
    """Return the chance that `most` of n machines are down at once within a window; none is at time 0.

    A birth and death process, exactly as it stands at the beginning of the window, absorbed at `most`.
    """
    rates = np.zeros((n + 1, n + 1))
    for k in range(n + 1):
        if k < n:
            rates[k, k + 1] = (n - k) / life
        if k:
            rates[k, k - 1] = min(k, crew) / repair
        rates[k, k] = -rates[k].sum()
    absorbing = np.where(np.arange(n + 1)[:, None] >= most, 0.0, rates)
    at_start = expm(rates * start)[0]
    return float((at_start @ expm(absorbing * (stop - start)))[most:].sum())


def shop(factory, n, crew, most, *, start, stop):
    """Return machines that never run out of work, of which many are to be down at once within a window."""
    return factory(
        f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, count: {n}, from: orders, to: done, cycle_time: 1e9 s}}]
crews: [{{id: men, size: {crew}}}]
components:
  - {{id: part, on: mill, ages: calendar, degrades: {{lifetime: {{each: {{exponential: 10 s}}}}}},
     repair: {{time: {{each: {{exponential: 1 s}}}}, crew: men}}}}
""",
        stop,
        f'event: {{many: "eventually[{start} s:{stop} s](machines_down >= {most})"}}\n',
    ).scenario


def hunted(scenario, settings):
    """Return each group's estimate of the chance of the event."""
    sampler = TABLE["splitting"](scenario, settings)
    groups, happened, is_main = [], [], []
    while asked := sampler.ask():
        outcomes = [score(scenario, call.draw) for call in asked]
        groups += [call.group for call in asked]
        is_main += [call.role == "main" for call in asked]
        happened += [outcome.scores["many"] >= 0.0 for outcome in outcomes]
        for outcome in outcomes:
            outcome.running["many"] = coarsened(outcome.running["many"], scenario.duration)  # as hunts do
        sampler.tell(outcomes)
    main = np.array(is_main)
    weight = sampler.weights().weight[main] * np.array(happened)[main]
    count = max(groups) + 1
    return np.bincount(np.array(groups)[main], weight, minlength=count) * count


def steps(first, *, size):
    """Return a frozen hunt whose levels are the counts from `first` below the event up to it."""
    levels = [float(level) for level in range(-first, 1)]
    return {
        "method": "splitting",
        "levels": levels,
        "scales": [dict.fromkeys(("pcn", "block", "suffix", "entity", "noise"), 0.5)] * len(levels),
        "lengths": [4] * len(levels),
        "cycle": ["suffix"],
        "noise_levels": 0,
        "size": size,
        "groups": 20,
    }


def test_many_machines_are_down_at_once_as_rarely_as_they_should_be(factory):
    exact = chance(5, 1, 5, start=0.0, stop=6.0)
    scenario = shop(factory, 5, 1, 5, start=0, stop=6)
    found = hunted(scenario, Settings(7, 3000, frozen=steps(3, size=40)))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.6 * exact
    assert abs(found.mean() - exact) <= 3.5 * error


@pytest.mark.slow
def test_all_machines_are_down_at_once_once_in_five_million_runs(factory):
    exact = chance(10, 3, 10, start=0.0, stop=10.0)
    assert exact == pytest.approx(1.92e-7, rel=0.01)
    found = hunted(shop(factory, 10, 3, 10, start=0, stop=10), Settings(5, 8000, frozen=steps(7, size=60)))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.6 * exact
    assert abs(found.mean() - exact) <= 3.5 * error


def test_what_holds_for_long_can_be_told_anew_in_the_midst(factory):
    """Lives of 30 h, repairs of 2 h: machines fail together only if lives are drawn anew within a repair."""
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, count: 3, from: orders, to: done, cycle_time: 1e9 s}]
components:
  - {id: part, on: mill, ages: operating, degrades: {lifetime: {each: {exponential: 30 h}}},
     repair: {time: {each: {exponential: 2 h}}}}
"""
    many = factory(world, 86_400.0, 'event: {many: "eventually(machines_down >= 3)"}\n').scenario
    exact = chance(3, 3, 3, start=0.0, stop=24.0, life=30.0, repair=2.0)
    found = hunted(many, Settings(3, 5000, frozen=steps(2, size=100)))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.3 * exact
    assert abs(found.mean() - exact) <= 3.5 * error


def test_a_window_that_begins_later_begins_from_the_law_of_that_moment(factory):
    """From the stationary law, to 1e-3, without any: three of five machines down within 8 s to 10 s."""
    exact = chance(5, 2, 3, start=8.0, stop=10.0)
    assert exact == pytest.approx(chance(5, 2, 3, start=80.0, stop=82.0), rel=1e-3)
    scenario = shop(factory, 5, 2, 3, start=8, stop=10)
    draws = scenario.nominal_batch(3, 0, 1500)
    share = np.mean([score(scenario, draw).scores["many"] >= 0.0 for draw in draws])
    assert abs(share - exact) <= 3.5 * math.sqrt(exact * (1.0 - exact) / len(draws))


CASCADE = """
sources: [{id: coils}]
buffers: [{id: between, capacity: 20}]
sinks: [{id: shipping}]
machines:
  - {id: press, from: coils, to: between, cycle_time: {each: {exponential: 2 min}}}
  - {id: paint, from: between, to: shipping, cycle_time: {each: {exponential: 2 min}}}
components:
  - {id: die, on: press, ages: operating, degrades: {lifetime: {each: {exponential: 40 h}}},
     repair: {time: {each: {exponential: 25 min}}}}
"""


def standstill(places, *, cycle, life, repair, bound, stop, lag=400):
    """Return the chance that nothing leaves two machines in a row for `bound`; the first fails while it works.

    Let g(t) be the law of the state where that has not come about, D1 the rates of leaving, D0 all others.
    Those who left anything a bound ago and nothing since are taken out:
    g' = g (D0 + D1) - g(t - bound) D1 exp(D0 bound).
    """
    full = places + 2
    inner, leaving = np.zeros(
        (2, 2 * full + 2, 2 * full + 2)
    )  # 2 k: k parts between; 2 k + 1: the first is down
    for k in range(full):
        inner[2 * k, 2 * k + 2], inner[2 * k, 2 * k + 1], inner[2 * k + 1, 2 * k] = (
            1 / cycle,
            1 / life,
            1 / repair,
        )
    for state in range(2, 2 * full + 1):
        leaving[state, state - 2] = 1 / cycle
    inner -= np.diag((inner + leaving).sum(axis=1))
    step = bound / lag
    whole, gone = expm((inner + leaving) * step), expm(inner * bound)
    law, lost = [np.eye(1, len(inner))[0]], 0.0
    for i in range(round(stop / step)):
        law.append(law[i] @ whole)
        taken = np.zeros(len(inner))
        if i + 1 == lag:
            taken = law[0] @ gone
        elif i >= lag:
            taken = 0.5 * step * (law[i - lag] @ leaving @ gone @ whole + law[i + 1 - lag] @ leaving @ gone)
        law[-1] = law[-1] - taken
        lost += float(taken.sum())
    return lost


def test_an_empty_buffer_stops_the_line_for_four_hours_as_rarely_as_it_should(factory):
    exact = standstill(20, cycle=120.0, life=144e3, repair=1500.0, bound=14_400.0, stop=86_400.0)
    assert exact == pytest.approx(2.0729e-5, rel=1e-3)
    line = factory(CASCADE, 86_400.0, 'event: {many: "eventually(line_stopped_for > 4 h)"}\n').scenario
    found = hunted(line, Settings(2, 5000))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.7 * exact
    assert abs(found.mean() - exact) <= 3.5 * error


def test_the_ladder_goes_down_to_one_in_ten_million():
    """What `benchmarks/factory/rare.py` hunts for; a window without length has Palm's share of time."""
    ladder = [chance(10, 3, most, start=0.0, stop=10.0) for most in range(3, 11)]
    assert all(b < a for a, b in pairwise(ladder))
    assert ladder[-1] == pytest.approx(1.92e-7, rel=0.01)
    assert chance(10, 2, 10, start=200.0, stop=200.0) == pytest.approx(2.607878e-7, rel=1e-6)

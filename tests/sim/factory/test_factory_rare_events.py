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
    found = hunted(shop(factory, 10, 3, 10, start=0, stop=10), Settings(5, 20_000, frozen=steps(7, size=160)))
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.35 * exact
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


def test_the_ladder_goes_down_to_one_in_ten_million():
    """What `benchmarks/factory/rare.py` hunts for; a window without length has Palm's share of time."""
    ladder = [chance(10, 3, most, start=0.0, stop=10.0) for most in range(3, 11)]
    assert all(b < a for a, b in pairwise(ladder))
    assert ladder[-1] == pytest.approx(1.92e-7, rel=0.01)
    assert chance(10, 2, 10, start=200.0, stop=200.0) == pytest.approx(2.607878e-7, rel=1e-6)

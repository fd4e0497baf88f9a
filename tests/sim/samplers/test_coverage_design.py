"""The coverage design: every combination, every stratum, and weights only where they are exact."""

import math
import sys
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import RunError, UsageError
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import TABLE, Settings
from sim.samplers.coverage import Coverage, covering_rows


@dataclass
class Cube:
    """A population that is nothing but its choices and a rule."""

    dimension: int
    choices: dict = field(default_factory=dict)
    rule: object = None
    target = "event"
    entities = ()

    @property
    def is_conditioned(self):
        return self.rule is not None

    def meets_constraints(self, u):
        return np.ones(len(u), bool) if self.rule is None else self.rule(u)


def design(population, calls, seed=0, part=0):
    """Return (n, d) points, the sampler, and its weights."""
    sampler = Coverage(population, Settings(seed, calls, part=part))
    points = []
    nothing = {"event": math.nan}
    while asked := sampler.ask():
        points += [call.draw.u for call in asked]
        sampler.tell([Outcome({"event": -1.0}, nothing, nothing, {}) for _ in asked])
    return np.array(points), sampler, sampler.weights()


def categories(u, shares):
    return np.searchsorted(np.cumsum(shares)[:-1], u, side="right")


def combinations_seen(u, choices, strength):
    table = {place: categories(u[:, place], shares) for place, shares in choices.items()}
    return {
        tuple(zip(places, row, strict=True))
        for places in combinations(sorted(choices), strength)
        for row in zip(*(table[place].tolist() for place in places), strict=True)
    }


def all_combinations(choices, strength):
    return {
        tuple(zip(places, row, strict=True))
        for places in combinations(sorted(choices), strength)
        for row in product(*(range(len(choices[place])) for place in places))
    }


CHOICES = {0: (0.6, 0.3, 0.1), 2: (0.999, 0.001), 3: (0.25, 0.25, 0.25, 0.25), 5: (0.5, 0.5)}


def test_it_stands_in_the_table():
    assert isinstance(TABLE["coverage"](Cube(2), Settings(0, 10)), Coverage)


@pytest.mark.parametrize(("calls", "strength"), [(20, 2), (60, 3), (500, 3)])
def test_every_combination_of_categories_appears(calls, strength):
    u, sampler, _ = design(Cube(6, CHOICES), calls)
    assert sampler.about()["strength"] == strength
    assert combinations_seen(u, CHOICES, strength) == all_combinations(CHOICES, strength)
    first = u[: sampler.about()["covering_calls"]]
    assert combinations_seen(first, CHOICES, strength) == all_combinations(CHOICES, strength)


@pytest.mark.parametrize("calls", [20, 333])
def test_every_stratum_of_the_other_coordinates_is_hit_once(calls):
    u, _, _ = design(Cube(6, CHOICES), calls)
    for place in (1, 4):
        assert sorted((u[:, place] * calls).astype(int)) == list(range(calls))


def test_points_are_uniform_within_their_categories():
    u, _, _ = design(Cube(2, {0: (0.2, 0.8)}), 4000)
    inside = np.where(u[:, 0] < 0.2, u[:, 0] / 0.2, (u[:, 0] - 0.2) / 0.8)
    counts = np.histogram(inside, 10, (0.0, 1.0))[0]
    assert np.square(counts - 400).sum() / 400 < 27.9  # 0.999 quantile of chi-square(9)
    assert u.min() > 0.0
    assert u.max() < 1.0


def test_constraints_are_met_and_combinations_they_forbid_are_named():
    """Category 1 of coordinate 2 excludes category 0 of coordinate 0; a triple is impossible too."""

    def rule(u):
        a, b, c = (categories(u[:, place], CHOICES[place]) for place in (0, 2, 3))
        return ~((a == 0) & (b == 1)) & ~((a == 1) & (b == 1) & (c == 2)) & (u[:, 1] + u[:, 4] < 1.6)

    u, sampler, _ = design(Cube(6, CHOICES, rule), 80)
    assert rule(u).all()
    assert sampler.about()["forbidden"] == [[[0, 0], [2, 1]], [[0, 1], [2, 1], [3, 2]]]
    possible = {
        one
        for one in all_combinations(CHOICES, 3)
        if not {(0, 0), (2, 1)} <= set(one) and not {(0, 1), (2, 1), (3, 2)} <= set(one)
    }
    assert combinations_seen(u, CHOICES, 3) == possible


def test_constraints_that_strata_can_meet_leave_every_stratum_hit_once():
    u, sampler, _ = design(Cube(2, rule=lambda u: np.abs(u[:, 0] - u[:, 1]) < 0.3), 50)
    assert sampler.about()["out_of_their_strata"] == 0
    assert (np.abs(u[:, 0] - u[:, 1]) < 0.3).all()
    for place in range(2):
        assert sorted((u[:, place] * 50).astype(int)) == list(range(50))


def test_strata_that_are_forbidden_are_left_and_told():
    u, sampler, _ = design(Cube(2, rule=lambda u: u[:, 0] > 0.25), 40)
    assert (u[:, 0] > 0.25).all()
    assert sampler.about()["out_of_their_strata"] == 10


def test_a_plain_latin_hypercube_weighs_exactly_and_is_unbiased():
    """The mean of u^2 over designs is 1/3; within one design it varies far less than for independent draws."""
    _, sampler, weights = design(Cube(3), 50)
    np.testing.assert_array_equal(weights.weight, np.full(50, 0.02))
    assert "exact" in sampler.about()["reason"]
    means = np.array([np.square(design(Cube(3), 50, seed)[0]).mean(axis=0) for seed in range(200)])
    error = means.std(axis=0, ddof=1) / math.sqrt(200)
    assert (np.abs(means.mean(axis=0) - 1 / 3) < 4 * error).all()
    assert (means.std(axis=0) < 0.1 * math.sqrt(4 / 45 / 50)).all()


@pytest.mark.parametrize("population", [Cube(6, CHOICES), Cube(2, rule=lambda u: u[:, 0] > 0.5)])
def test_other_designs_have_no_weights(population):
    _, sampler, weights = design(population, 40)
    assert np.isnan(weights.weight).all()
    assert "no weights" in sampler.about()["reason"]


def test_the_same_seed_gives_the_same_design_and_parts_differ():
    population = Cube(6, CHOICES)
    u = design(population, 64)[0]
    np.testing.assert_array_equal(u, design(population, 64)[0])
    assert not np.array_equal(u, design(population, 64, seed=1)[0])
    assert not np.array_equal(u, design(population, 64, part=1)[0])


def test_draws_have_noise_of_their_own():
    asked = Coverage(Cube(2), Settings(0, 30)).ask()
    assert len({call.draw.key for call in asked}) == 30
    assert all(isinstance(call.draw, Draw) and call.role == "main" for call in asked)


def test_too_few_calls_are_told():
    with pytest.raises(UsageError, match=r"takes \d+ calls, and there are 5"):
        Coverage(Cube(6, CHOICES), Settings(0, 5))


def test_contradictory_constraints_are_told():
    with pytest.raises(RunError, match="constraints"):
        Coverage(Cube(6, CHOICES, lambda u: np.zeros(len(u), bool)), Settings(0, 100))
    with pytest.raises(RunError, match="constraints"):
        Coverage(Cube(2, {}, lambda u: np.zeros(len(u), bool)), Settings(0, 100))


def test_a_missing_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "covertable", None)
    with pytest.raises(UsageError, match=r"oddsmith\[coverage\]"):
        Coverage(Cube(6, CHOICES), Settings(0, 100))
    u, _, _ = design(Cube(2, {0: (0.5, 0.5)}), 4)  # one choice needs no array
    assert combinations_seen(u, {0: (0.5, 0.5)}, 1) == {((0, 0),), ((0, 1),)}


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    banned=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 4), st.integers(0, 3)), max_size=3
    ),
    seed=st.integers(0, 2**63),
)
def test_arrays_hold_every_pair_that_can_be(sizes, banned, seed):
    """Against brute force over all rows: a pair can be if some whole row with it is allowed."""
    rules = [
        (i % len(sizes), a, j % len(sizes), b) for i, a, j, b in banned if i % len(sizes) != j % len(sizes)
    ]

    def allowed(row):
        return not any(row.get(i) == a and row.get(j) == b for i, a, j, b in rules)

    whole = [row for row in product(*map(range, sizes)) if allowed(dict(enumerate(row)))]

    def can_be(chosen):
        return any(all(row[factor] == category for factor, category in chosen) for row in whole)

    if not whole:
        with pytest.raises(RunError):
            covering_rows(sizes, 2, seed, can_be)
        return
    rows = covering_rows(sizes, 2, seed, can_be)
    assert set(rows) <= set(whole)

    def pairs(table):
        places = list(combinations(range(len(sizes)), 2))
        return {(i, row[i], j, row[j]) for row in table for i, j in places}

    assert pairs(rows) == pairs(whole)

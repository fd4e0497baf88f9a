"""Truncation: densities stay normalised, far tails stay exact, empty intervals are refused."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from sim.laws import LawError, Truncated, affine, build, from_data, truncate

_INF = math.inf
_CASES = [
    {"uniform": [0, 10], "within": [2, 3]},
    {"normal": [6, 2], "within": [0, 20]},
    {"normal": [0, 1], "within": [-_INF, -7]},
    {"normal": [0, 1], "within": [20, 21]},
    {"lognormal": {"median": 40, "sigma": 0.4}, "within": [4, 60]},
    {"exponential": 3, "within": [100, 130]},
    {"gamma": [2, 1], "within": [30, 40]},
    {"beta": [2, 5], "within": [0.9, 1]},
    {"weibull": [1.5, 4], "within": [1, 30]},
    {"pareto": [1.1, 1], "within": [50, 1000]},
    {"gpd": [0.2, 3], "within": [1, 50]},
    {"normal": [0, 1], "times": -3, "plus": 5, "within": [20, 26]},
    {"empirical": {"edges": [0, 1, 3, 10], "weights": [1, 3, 2]}, "within": [0.5, 6]},
    {
        "mixture": {"weights": [0.3, 0.7], "laws": [{"normal": [5, 1]}, {"exponential": 2}]},
        "within": [4, 9],
    },
]
_DISCRETE_CASES = [
    {"poisson": 3.5, "within": [2, 6]},
    {"poisson": 3.5, "within": [30, 60]},
    {"bernoulli": 0.3, "within": [1, 2]},
    {"poisson": 3.5, "times": -0.5, "within": [-4, -1]},
    {"empirical": {"values": [1, 2, 5, 9]}, "within": [2, 6]},
]


@pytest.mark.parametrize("data", _CASES, ids=str)
def test_the_density_integrates_to_one(data):
    law = from_data(data)
    knots = [
        law.low if math.isfinite(law.low) else law.ppf(1e-14),
        *law.ppf(np.linspace(0.02, 0.98, 25)),
        law.high,
    ]
    knots += [edge for edge in (1.0, 3.0) if "empirical" in data and law.low < edge < law.high]
    knots = sorted(knots)
    total = sum(
        integrate.quad(lambda x: math.exp(law.log_prob(x)), a, b, epsabs=1e-13, epsrel=1e-12)[0]
        for a, b in pairwise(knots)
    )
    assert total == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("data", _DISCRETE_CASES, ids=str)
def test_the_masses_sum_to_one(data):
    law = from_data(data)
    values = np.arange(-60.0, 61.0, 0.5)
    assert math.fsum(np.exp(law.log_prob(values))) == pytest.approx(1.0, abs=1e-11)


@pytest.mark.parametrize("data", _CASES, ids=str)
def test_moments_are_those_of_the_density(data):
    law = from_data(data)
    ends = law.ppf(np.linspace(0.0005, 0.9995, 60))
    knots = sorted([max(law.low, ends[0] - 40.0), *ends, min(law.high, 1000.0)])
    if "empirical" in data:
        knots = sorted({*knots, 1.0, 3.0})

    def expect(g):
        return sum(
            integrate.quad(lambda x: g(x) * math.exp(law.log_prob(x)), a, b, epsabs=1e-13, epsrel=1e-11)[0]
            for a, b in pairwise(knots)
        )

    mean = expect(lambda x: x)
    assert law.mean == pytest.approx(mean, rel=1e-8)
    assert law.variance == pytest.approx(expect(lambda x: (x - mean) ** 2), rel=1e-6)


@pytest.mark.parametrize("data", _DISCRETE_CASES, ids=str)
def test_discrete_moments_are_those_of_the_masses(data):
    law = from_data(data)
    values = np.arange(-60.0, 61.0, 0.5)
    mass = np.exp(law.log_prob(values))
    mean = math.fsum(values * mass)
    assert law.mean == pytest.approx(mean, rel=1e-10)
    assert law.variance == pytest.approx(math.fsum((values - mean) ** 2 * mass), rel=1e-8)


def test_a_slice_thirty_sigma_out_is_exact():
    # beyond a large c the normal tail is log sf(x) = log_ndtr(-x), which scipy has without underflow
    law = from_data({"normal": [0, 1], "within": [30, _INF]})
    u = np.linspace(0.01, 0.99, 21)
    x = law.ppf(u)
    np.testing.assert_allclose(
        special.log_ndtr(-x) - special.log_ndtr(-30.0), np.log1p(-u), rtol=1e-9, atol=1e-11
    )
    np.testing.assert_allclose(law.cdf(x), u, rtol=1e-10)


def test_both_tails_of_a_symmetric_law_mirror_each_other():
    upper = from_data({"normal": [0, 1], "within": [8, 9]})
    lower = from_data({"normal": [0, 1], "within": [-9, -8]})
    u = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(upper.ppf(u), -lower.isf(u), rtol=1e-13)
    np.testing.assert_allclose(upper.isf(u), -lower.ppf(u), rtol=1e-13)
    np.testing.assert_allclose(upper.sf(upper.isf(u)), u, rtol=1e-10)
    np.testing.assert_allclose(lower.sf(lower.isf(u)), u, rtol=1e-10)
    assert upper.mean == pytest.approx(-lower.mean, rel=1e-14)


def test_the_kept_share_is_known():
    law = from_data({"normal": [0, 1], "within": [-1, 1]})
    assert law.mass == pytest.approx(math.erf(1 / math.sqrt(2)), rel=1e-14)
    assert from_data({"normal": [0, 1], "within": [6, _INF]}).mass == pytest.approx(stats.norm.sf(6), rel=1e-12)


def test_moments_of_a_truncated_normal_match_the_closed_form():
    law, twin = from_data({"normal": [6, 2], "within": [7, 12]}), stats.truncnorm(0.5, 3, 6, 2)
    assert law.mean == pytest.approx(twin.mean(), rel=1e-12)
    assert law.variance == pytest.approx(twin.var(), rel=1e-10)


def test_cut_off_tails_give_moments_back_to_laws_that_had_none():
    assert from_data({"pareto": [1, 1], "within": [2, _INF]}).mean == _INF
    assert from_data({"pareto": [1.5, 1], "within": [2, _INF]}).variance == _INF
    # E[X | a <= X <= b] for density x^-2 is log(b / a) / (1 / a - 1 / b)
    assert from_data({"pareto": [1, 1], "within": [2, 8]}).mean == pytest.approx(math.log(4) / (0.5 - 0.125))


def test_an_interval_that_cuts_nothing_changes_nothing():
    law = from_data({"uniform": [2, 3]})
    assert truncate(law, 0.0, 5.0) is law


def test_intervals_in_intervals_meet():
    law = truncate(from_data({"normal": [0, 1], "within": [-1, 2]}), 0.0, 5.0)
    assert law == from_data({"normal": [0, 1], "within": [0, 2]})


def test_shifting_carries_the_bounds_along():
    law = affine(from_data({"normal": [0, 1], "within": [-1, 2]}), times=-2.0, plus=1.0)
    assert isinstance(law, Truncated)
    assert (law.low, law.high) == (-3.0, 3.0)
    assert law.ppf(0.25) == pytest.approx(
        1.0 - 2.0 * from_data({"normal": [0, 1], "within": [-1, 2]}).ppf(0.75)
    )


def test_affine_maps_compose():
    law = from_data({"gamma": [2, 1]})
    twice = affine(affine(law, times=-2.0, plus=1.0), times=3.0, plus=-4.0)
    assert twice == affine(law, times=-6.0, plus=-1.0)
    assert affine(law, times=1.0, plus=0.0) is law
    assert affine(from_data({"empirical": {"edges": [0, 1, 3], "weights": [1, 4]}}), times=-1.0).to_data() == {
        "empirical": {"edges": [-3.0, -1.0, 0.0], "weights": [4.0, 1.0]}
    }


def test_parts_of_a_mixture_outside_the_interval_drop_out():
    data = {"mixture": {"weights": [0.3, 0.7], "laws": [0, {"normal": [10, 1]}]}, "within": [5, 15]}
    assert from_data(data) == from_data({"normal": [10, 1], "within": [5, 15]})


@pytest.mark.parametrize(
    "data",
    [
        {"uniform": [0, 1], "within": [2, 3]},
        {"normal": [0, 1], "within": [40, 50]},
        {"normal": [0, 1], "within": [1, 1]},
        {"normal": [0, 1], "within": [3, 1]},
        {"poisson": 3, "within": [2.2, 2.8]},
        {"empirical": {"values": [1, 4]}, "within": [2, 3]},
        {"empirical": {"edges": [0, 1, 2, 3], "weights": [1, 0, 1]}, "within": [1.2, 1.8]},
        {"constant": 5, "within": [0, 1]},
        {"mixture": {"weights": [0.5, 0.5], "laws": [0, 10]}, "within": [3, 4]},
        {"choice": {"dry": 0.5, "wet": 0.5}, "within": [0, 1]},
        {"normal": [0, 1], "within": [0]},
        {"normal": [0, 1], "within": ["a", 1]},
        {"normal": [0, 1], "within": [math.nan, 1]},
    ],
    ids=str,
)
def test_impossible_intervals_are_refused_by_name(data):
    with pytest.raises(LawError) as caught:
        from_data(data)
    assert caught.value.argument == "within"


def test_a_named_median_outside_the_interval_is_refused():
    with pytest.raises(LawError, match="within: the median 40 lies outside"):
        build("lognormal", {"median": 40.0, "sigma": 0.4}, within=(0.0, 20.0))
    with pytest.raises(LawError, match="within: the median -80 lies outside"):
        build("lognormal", {"median": 40.0, "sigma": 0.4}, times=-2.0, within=(-20.0, 0.0))
    assert build("lognormal", {"median": 40.0, "sigma": 0.4}, within=(0.0, 60.0)).high == 60.0


def test_a_printed_far_tail_reads_back():
    law = truncate(from_data({"lognormal": {"median": 40, "sigma": 0.4}}), 200.0, 300.0)
    assert from_data(law.to_data()) == law

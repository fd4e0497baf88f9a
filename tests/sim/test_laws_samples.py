"""Samples from addressed noise follow their laws: Kolmogorov-Smirnov, chi-square, z bounds at fixed seeds."""

import math

import numpy as np
import pytest
from scipy import special

from sim.laws import LawSource, from_data
from sim.noise import Draw, address, uniforms

_COUNT = 20_000
_RISK = 1e-4  # chance with which a right law would fail, had the seed not been fixed

_INF = float("inf")
_CONTINUOUS = [
    {"uniform": [2, 5]},
    {"normal": [6, 2]},
    {"lognormal": {"median": 40, "sigma": 0.4}},
    {"exponential": {"mean": 30}},
    {"gamma": {"shape": 2, "mean": 1.6}},
    {"beta": [2, 5]},
    {"weibull": [1.5, 4]},
    {"pareto": [6.0, 1]},
    {"gpd": [0.1, 3, 10]},
    {"gpd": [-0.3, 3]},
    {"empirical": {"edges": [0, 1, 3, 10], "weights": [1, 0, 2]}},
    {"normal": [6, 2], "within": [0, 7]},
    {"normal": [0, 1], "within": [9, _INF]},
    {"lognormal": {"median": 40, "sigma": 0.4}, "times": -0.5, "plus": 3, "within": [-30, 0]},
    {"gamma": [0.5, 2], "within": [3, 9]},
]
_DISCRETE = [
    {"poisson": 3.5},
    {"geometric": 0.3},
    {"bernoulli": 0.3},
    {"choice": {1: 0.2, 2: 0.5, 7: 0.3}},
    {"empirical": {"values": [1, 4, 4, 9]}},
    {"poisson": 3.5, "within": [2, 6]},
    {"poisson": 3.5, "within": [12, 40]},
    {"poisson": 5, "times": -2, "plus": 1},
    {"mixture": {"weights": [0.4, 0.6], "laws": [{"poisson": 2}, 3]}},
]


def _uniforms(name, count=_COUNT):
    return uniforms(np.uint64(20240611), np.uint64(address("test", name)), np.arange(count, dtype=np.uint64))


@pytest.mark.parametrize("data", _CONTINUOUS, ids=str)
def test_samples_pass_kolmogorov_smirnov(data):
    law = from_data(data)
    x = np.sort(law.ppf(_uniforms(str(data))))
    cdf, step = law.cdf(x), np.arange(_COUNT + 1) / _COUNT
    distance = max(np.max(step[1:] - cdf), np.max(cdf - step[:-1]))
    assert math.sqrt(_COUNT) * distance < special.kolmogi(_RISK)


@pytest.mark.parametrize("data", _DISCRETE, ids=str)
def test_samples_pass_chi_square(data):
    law = from_data(data)
    values, counts = np.unique(law.ppf(_uniforms(str(data), 5000)), return_counts=True)
    expected = 5000 * np.exp(law.log_prob(values))
    common = expected >= 5.0
    chi = np.sum((counts - expected)[common] ** 2 / expected[common])
    rest_counted, rest_expected = 5000 - counts[common].sum(), 5000 - expected[common].sum()
    chi += (rest_counted - rest_expected) ** 2 / rest_expected if rest_expected > 1.0 else 0.0
    assert chi < special.chdtri(max(common.sum() - (rest_expected <= 1.0), 1), _RISK)
    assert rest_counted <= 5 + 20 * rest_expected


def test_words_pass_chi_square():
    law = from_data({"choice": {"clear": 0.80, "rain": 0.15, "fog": 0.05}})
    drawn = law.ppf(_uniforms("words"))
    counts = np.array([np.sum(drawn == option) for option in law.options])
    expected = _COUNT * np.array(law.weights)
    assert np.sum((counts - expected) ** 2 / expected) < special.chdtri(2, _RISK)


@pytest.mark.parametrize("data", _CONTINUOUS + _DISCRETE[:-1], ids=str)
def test_moments_agree_with_samples(data):
    law = from_data(data)
    x = law.ppf(_uniforms("moments" + str(data)))
    bound = -special.ndtri(_RISK / 2)
    squares = (x - law.mean) ** 2
    assert abs(x.mean() - law.mean) < bound * math.sqrt(law.variance / _COUNT)
    assert abs(squares.mean() - law.variance) < bound * squares.std() / math.sqrt(_COUNT)


def test_a_mixture_follows_its_law():
    law = from_data({"mixture": {"weights": [0.3, 0.7], "laws": [{"normal": [5, 1]}, {"gamma": [2, 0.5]}]}})
    x = np.sort(law.ppf(_uniforms("mixture", 2000)))
    cdf, step = law.cdf(x), np.arange(2001) / 2000
    distance = max(np.max(step[1:] - cdf), np.max(cdf - step[:-1]))
    assert math.sqrt(2000) * distance < special.kolmogi(_RISK)
    assert abs(x.mean() - law.mean) < 3.9 * math.sqrt(law.variance / 2000)


def test_a_source_draws_by_entity_stream_and_index():
    source = LawSource(from_data({"normal": [6, 2]}), "law:speed")
    noise = Draw(key=7, u=()).noise
    drawn = [source.draw(noise, entity, index, 0.0) for entity in ("a", "b") for index in range(50)]
    assert len(set(drawn)) == 100
    assert (
        source.draw(noise, "a", 3, 1.5) == source.law.ppf(noise.uniform("a", "law:speed", 3, 1.5)) == drawn[3]
    )
    assert abs(np.mean(drawn) - 6.0) < 4.0 * 2.0 / 10.0

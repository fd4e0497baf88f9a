"""Every family: against SciPy, and the properties that all laws share."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.laws import TABLE, Constant, Given, Mixture, from_data

_SHAPES = st.floats(0.3, 8.0)
_SIZES = st.floats(0.01, 1000.0)
_PLACES = st.floats(-1000.0, 1000.0)
_SHARES = st.floats(0.01, 0.99)

_ORDERED = st.tuples(_PLACES, _SIZES).map(lambda pair: [pair[0], pair[0] + pair[1]])
_CONTINUOUS = st.one_of(
    _ORDERED.map(lambda ends: {"uniform": ends}),
    st.tuples(_PLACES, _SIZES).map(lambda a: {"normal": list(a)}),
    st.tuples(_SIZES, st.floats(0.05, 2.0)).map(lambda a: {"lognormal": list(a)}),
    st.tuples(_SIZES, _SIZES).map(lambda a: {"lognormal": {"mean": a[0], "std": a[0] * min(a[1], 2.0)}}),
    _SIZES.map(lambda a: {"exponential": a}),
    _SIZES.map(lambda a: {"exponential": {"rate": a}}),
    st.tuples(_SHAPES, _SIZES).map(lambda a: {"gamma": list(a)}),
    st.tuples(_SHAPES, _SHAPES, _ORDERED).map(lambda a: {"beta": [a[0], a[1], *a[2]]}),
    st.tuples(_SHAPES, _SIZES).map(lambda a: {"weibull": list(a)}),
    st.tuples(_SHAPES, _SIZES).map(lambda a: {"pareto": list(a)}),
    st.tuples(st.floats(-0.9, 2.0), _SIZES, _PLACES).map(lambda a: {"gpd": list(a)}),
    st.lists(st.floats(0.1, 5.0), min_size=1, max_size=5).map(
        lambda w: {"empirical": {"edges": [float(i * i) for i in range(len(w) + 1)], "weights": w}}
    ),
)
_DISCRETE = st.one_of(
    st.floats(0.05, 200.0).map(lambda a: {"poisson": a}),
    _SHARES.map(lambda a: {"geometric": a}),
    _SHARES.map(lambda a: {"bernoulli": a}),
    st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=6).map(lambda v: {"empirical": {"values": v}}),
    st.tuples(_SHARES, st.integers(1, 9)).map(lambda a: {"choice": {1: a[0], 1 + a[1]: 1.0 - a[0]}}),
)


def _mixed(parts):
    return st.tuples(_SHARES, parts, parts).map(
        lambda a: {"mixture": {"weights": [a[0], 1.0 - a[0]], "laws": [a[1], a[2]]}}
    )


_AFFINE = st.tuples(st.sampled_from([-2.0, -0.25, 0.5, 3.0]), st.floats(-5.0, 5.0))


def _moved(parts):
    return st.tuples(parts, _AFFINE).map(lambda a: a[0] | {"times": a[1][0], "plus": a[1][1]})


@st.composite
def _restricted(draw, parts):
    """Return a law within the interval between two of its own quantiles."""
    data = draw(parts)
    ends = sorted((draw(st.floats(0.001, 0.999)), draw(st.floats(0.001, 0.999))))
    law = from_data(data)
    a, b = law.ppf(ends[0]), law.ppf(ends[1])
    if not law.is_discrete and not b - a > 1e-3 * (law.ppf(0.9) - law.ppf(0.1)):
        b = math.inf
    return data | {"within": [a, b]}


_ALL_CONTINUOUS = st.one_of(_CONTINUOUS, _moved(_CONTINUOUS), _restricted(_moved(_CONTINUOUS)))
_ALL_DISCRETE = st.one_of(_DISCRETE, _moved(_DISCRETE), _restricted(_moved(_DISCRETE)), _mixed(_DISCRETE))
_NUMERIC = st.one_of(_ALL_CONTINUOUS, _ALL_DISCRETE, _mixed(st.one_of(_CONTINUOUS, _DISCRETE)))
_U = st.floats(1e-9, 1.0 - 1e-9)


@given(_ALL_CONTINUOUS, _U)
def test_cdf_inverts_ppf(data, u):
    law = from_data(data)
    x = law.ppf(u)
    step = abs(math.nextafter(x, math.inf) - x)
    # x is rounded to a double, which moves cdf by density * ulp: no inverse can do better
    slack = 8.0 * step * math.exp(min(law.log_prob(x), 700.0)) + 4e-13
    assert abs(law.cdf(x) - u) <= slack
    assert abs(law.sf(x) - (1.0 - u)) <= slack


@given(_ALL_CONTINUOUS, st.floats(1e-150, 0.5))
def test_sf_inverts_isf_to_relative_precision_in_the_upper_tail(data, q):
    law = from_data(data)
    with np.errstate(over="ignore"):
        x = law.isf(q)
    if math.isinf(x):
        return  # a heavy tail leaves the doubles before probability 1e-150
    step = 2.0 * abs(math.nextafter(x, math.inf) - x) + 1e-15 * max(map(abs, _finite(law)), default=0.0)
    slack = step * math.exp(min(law.log_prob(x), 700.0)) + 1e-10 * q
    assert abs(law.sf(x) - q) <= 8.0 * slack or x == law.high


def _finite(law):
    return [end for end in (law.low, law.high) if math.isfinite(end)]


@given(_ALL_DISCRETE, _U)
def test_ppf_of_a_discrete_law_is_the_least_value_that_reaches_u(data, u):
    law = from_data(data)
    x = law.ppf(u)
    assert law.cdf(x) >= u - 1e-12
    assert law.below(x) <= u + 1e-12
    assert math.exp(law.log_prob(x)) == pytest.approx(law.cdf(x) - law.below(x), abs=1e-11)


@settings(deadline=None)
@given(_mixed(st.one_of(_CONTINUOUS, _DISCRETE)), _U)
def test_ppf_of_a_mixture_is_the_generalised_inverse(data, u):
    law = from_data(data)
    x = law.ppf(u)
    slack = 1e-11 + 8.0 * abs(math.nextafter(x, math.inf) - x) * math.exp(min(_slope(law, x), 700.0))
    assert law.cdf(x) >= u - slack
    assert law.below(x) <= u + slack


def _slope(law, x):
    """Return the log-density of the continuous parts, which an atom hides in log_prob."""
    parts = law.laws if isinstance(law, Mixture) else (law,)
    return max((part.log_prob(x) for part in parts if not part.is_discrete), default=-math.inf)


@settings(deadline=None)
@given(_NUMERIC, st.lists(_U, min_size=1, max_size=9))
def test_a_batch_equals_single_draws_bit_for_bit(data, u):
    law = from_data(data)
    x = law.ppf(np.array(u))
    assert x.dtype == np.float64
    assert [law.ppf(one) for one in u] == x.tolist()
    for function in (law.isf, law.cdf, law.sf, law.below, law.reach, law.log_prob):
        given_ = u if function == law.isf else x.tolist()
        alone = [function(one) for one in given_]
        assert all(type(one) is float for one in alone)
        assert alone == function(np.array(given_)).tolist()


@settings(deadline=None)
@given(_NUMERIC)
def test_printing_and_reading_back_is_the_identity(data):
    law = from_data(data)
    again = from_data(law.to_data())
    assert again == law
    assert again.to_data() == law.to_data()


@settings(deadline=None)
@given(_NUMERIC, _U)
def test_quantiles_stay_in_the_support(data, u):
    law = from_data(data)
    assert law.low <= law.ppf(u) <= law.high
    assert law.low <= law.isf(u) <= law.high
    assert law.cdf(law.low - abs(law.low) - 1.0) == 0.0 or math.isinf(law.low)
    assert law.log_prob(law.high + abs(law.high) + 1.0) == -math.inf or math.isinf(law.high)
    assert law.cdf(math.inf) == pytest.approx(1.0, abs=1e-12)


_TWINS = [
    ({"uniform": [2, 5]}, stats.uniform(2, 3)),
    ({"normal": [6, 2]}, stats.norm(6, 2)),
    ({"lognormal": {"median": 40, "sigma": 0.4}}, stats.lognorm(0.4, scale=40)),
    ({"lognormal": {"mu": 1.5, "sigma": 0.4}}, stats.lognorm(0.4, scale=math.exp(1.5))),
    ({"exponential": {"rate": 0.25}}, stats.expon(scale=4)),
    ({"gamma": {"shape": 2.5, "mean": 5}}, stats.gamma(2.5, scale=2)),
    ({"beta": [2, 5, -1, 3]}, stats.beta(2, 5, -1, 4)),
    ({"weibull": [1.5, 4]}, stats.weibull_min(1.5, scale=4)),
    ({"pareto": [2.5, 3]}, stats.pareto(2.5, scale=3)),
    ({"gpd": [0.2, 3, 10]}, stats.genpareto(0.2, 10, 3)),
    ({"gpd": {"shape": -0.4, "scale": 3}}, stats.genpareto(-0.4, 0, 3)),
    ({"gpd": [0.0, 3]}, stats.expon(0, 3)),
    ({"normal": [0, 1], "within": [-1, 2.5]}, stats.truncnorm(-1, 2.5)),
    ({"exponential": 2, "times": -3, "plus": 1}, None),
]


@pytest.mark.parametrize(("data", "twin"), [pair for pair in _TWINS if pair[1] is not None])
def test_a_family_agrees_with_scipy(data, twin):
    law = from_data(data)
    u = np.linspace(0.001, 0.999, 41)
    x = law.ppf(u)
    np.testing.assert_allclose(x, twin.ppf(u), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(law.cdf(x), twin.cdf(x), rtol=1e-11)
    np.testing.assert_allclose(law.isf(1e-12), twin.isf(1e-12), rtol=1e-9)
    np.testing.assert_allclose(law.log_prob(x), twin.logpdf(x), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose([law.mean, law.variance], twin.stats("mv"), rtol=1e-11)


def test_the_geometric_law_agrees_with_scipy():
    for p in (0.01, 0.3, 0.95):
        law, twin = from_data({"geometric": p}), stats.geom(p)
        k = np.arange(1.0, 60.0)
        u = np.linspace(0.001, 0.999, 201)
        assert np.allclose(law.cdf(k), twin.cdf(k))
        assert np.allclose(law.sf(k), twin.sf(k))
        assert np.allclose(law.log_prob(k), twin.logpmf(k))
        assert np.array_equal(law.ppf(u), twin.ppf(u))
        assert (law.mean, law.variance) == (pytest.approx(twin.mean()), pytest.approx(twin.var()))


def test_the_poisson_law_agrees_with_scipy():
    for mean in (0.01, 0.7, 3.5, 40.0, 1e4):
        law, twin = from_data({"poisson": mean}), stats.poisson(mean)
        u = np.array([1e-9, 0.001, 0.2, 0.5, 0.9, 0.999, 1 - 1e-12])
        np.testing.assert_array_equal(law.ppf(u), twin.ppf(u))
        np.testing.assert_array_equal(law.isf(np.array([1e-9, 0.3])), twin.isf([1e-9, 0.3]))
        np.testing.assert_allclose(law.log_prob(twin.ppf(u)), twin.logpmf(twin.ppf(u)), rtol=1e-9, atol=1e-12)
    assert law.log_prob(2.5) == -math.inf
    assert (law.mean, law.variance) == (1e4, 1e4)


def test_a_negative_factor_turns_the_tails_around():
    law = from_data({"exponential": 2, "times": -3, "plus": 1})
    assert law.high == 1.0
    assert law.cdf(1.0 - 6.0) == pytest.approx(math.exp(-1.0))
    assert (law.mean, law.variance) == (-5.0, 36.0)


def test_moments_that_diverge_are_infinite():
    assert from_data({"pareto": [1.0, 1]}).mean == math.inf
    assert from_data({"pareto": [1.5, 1]}).variance == math.inf
    assert from_data({"gpd": [1.2, 1]}).mean == math.inf
    assert from_data({"gpd": [0.6, 1]}).variance == math.inf


def test_words_are_drawn_by_their_weights_in_order():
    law = from_data({"choice": {"clear": 0.8, "rain": 0.15, "fog": 0.05}})
    assert [law.ppf(u) for u in (0.1, 0.8, 0.81, 0.96)] == ["clear", "clear", "rain", "fog"]
    assert law.ppf(np.array([0.1, 0.81])).tolist() == ["clear", "rain"]
    assert law.index_ppf(0.81) == 1
    assert law.log_prob("rain") == pytest.approx(math.log(0.15))
    assert law.log_prob("snow") == -math.inf
    assert law.cdf("rain") == pytest.approx(0.95)
    assert law.log_prob(np.array(["rain", "fog"])).tolist() == [law.log_prob("rain"), law.log_prob("fog")]
    assert law.cdf(np.array(["rain", "fog"])).tolist() == [law.cdf("rain"), 1.0]
    assert math.isnan(law.mean)
    assert not law.is_numeric


def test_an_option_without_weight_is_never_drawn():
    law = from_data({"choice": {"a": 0.5, "never": 0.0, "b": 0.5}})
    assert set(law.ppf(np.linspace(1e-12, 1 - 1e-12, 1001))) == {"a", "b"}
    assert law.log_prob("never") == -math.inf


def test_a_choice_of_numbers_is_a_law_of_numbers():
    law = from_data({"choice": {2: 0.7, 3: 0.3}})
    assert law.mean == pytest.approx(2.3)
    assert from_data({"choice": [1, 2, 3, 4]}).mean == 2.5


def test_a_constant_is_itself():
    for value in (3.5, "dry", True):
        law = from_data(value)
        assert law == Constant(value)
        assert law.ppf(0.3) == value
        assert law.ppf(np.array([0.1, 0.9])).tolist() == [value, value]
        assert law.log_prob(value) == 0.0
        assert law.cdf(value) == 1.0
        assert from_data(law.to_data()) == law
    assert from_data({"constant": 2}) == Constant(2.0)


def test_given_picks_the_law_of_the_option():
    data = {"given": "weather", "clear": "dry", "rain": "wet", "fog": {"choice": {"dry": 0.6, "wet": 0.4}}}
    law = from_data(data)
    assert isinstance(law, Given)
    assert law.options == ("clear", "rain", "fog")
    assert law.case("clear").ppf(0.9) == "dry"
    assert law.case("fog").ppf(0.9) == "wet"
    assert law.to_data() == data
    assert from_data(law.to_data()) == law


def test_modifiers_of_given_reach_every_case():
    law = from_data({"given": "road", "wet": {"normal": [0, 1]}, "dry": 2.0, "times": 2, "within": [0, 10]})
    assert law.case("dry") == Constant(4.0)
    assert (law.case("wet").low, law.case("wet").high) == (0.0, 10.0)


def test_a_share_of_exact_zeros_comes_out_exact():
    law = from_data({"mixture": {"weights": [0.3, 0.7], "laws": [0, {"normal": [1, 0.5]}]}})
    below = 0.7 * stats.norm.cdf(-2.0)
    assert law.ppf(below + 1e-9) == 0.0
    assert law.ppf(below + 0.3 - 1e-9) == 0.0
    assert law.ppf(below - 1e-9) < 0.0 < law.ppf(below + 0.3 + 1e-9)
    assert law.log_prob(0.0) == pytest.approx(math.log(0.3))
    assert law.log_prob(1.0) == pytest.approx(math.log(0.7) + stats.norm.logpdf(0.0) - math.log(0.5))
    assert (law.mean, law.variance) == pytest.approx((0.7, 0.7 * 0.25 + 0.7 * 0.3))


def test_mixtures_in_mixtures_are_dissolved():
    inner = {"mixture": {"weights": [0.5, 0.5], "laws": [0, {"uniform": [1, 2]}]}}
    law = from_data({"mixture": {"weights": [0.4, 0.6], "laws": [inner, 5]}})
    assert law.weights == (0.2, 0.2, 0.6)
    assert law.mean == pytest.approx(0.2 * 1.5 + 0.6 * 5)


def test_every_kind_in_the_table_shows_an_example_and_names_itself():
    for name, kind in TABLE.items():
        assert kind.name == name
        assert f"{name}:" in kind.example
        assert kind.doc.endswith(".")
        for form in kind.alternatives:
            assert all(kind.argument(argument) is not None for argument in form)


def test_importing_the_laws_loads_neither_scipy_nor_numba():
    code = """import sys, sim.laws, sim.units
sys.exit(any(name.split('.')[0] in ('scipy', 'numba') for name in sys.modules))"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_face_shows_what_it_lists():
    import types

    import sim.laws as face

    shown = {
        name for name, thing in vars(face).items() if not isinstance(thing, types.ModuleType) and name[0] != "_"
    }
    assert set(face.__all__) == shown

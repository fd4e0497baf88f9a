"""Impossible laws are refused, and the message names the argument."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.laws import TABLE, Given, LawError, affine, column_values, from_data
from sim.laws.base import LawKind


@pytest.mark.parametrize(
    ("data", "argument", "part"),
    [
        ({"uniform": [3, 3]}, "to", "must be above from (3), got 3"),
        ({"normal": [0, -1]}, "std", "must be positive, got -1"),
        ({"normal": [math.inf, 1]}, "mean", "expected a finite number, got inf"),
        ({"normal": ["a", 1]}, "mean", "expected a finite number, got 'a'"),
        ({"normal": [True, 1]}, "mean", "expected a finite number, got True"),
        ({"lognormal": {"median": -4, "sigma": 1}}, "median", "must be positive"),
        ({"lognormal": {"median": 4, "sigma": 0}}, "sigma", "must be positive"),
        ({"lognormal": {"mu": 4, "sigma": -1}}, "sigma", "must be positive"),
        ({"lognormal": {"mu": 1e4, "sigma": 1}}, "mu", "expected a finite number"),
        ({"lognormal": {"mean": 4, "std": -1}}, "std", "must be positive"),
        ({"exponential": 0}, "mean", "must be positive"),
        ({"exponential": {"rate": -1}}, "rate", "must be positive"),
        ({"gamma": {"shape": 0, "mean": 2}}, "shape", "must be positive"),
        ({"gamma": {"shape": 1, "scale": 0}}, "scale", "must be positive"),
        ({"gamma": {"shape": 1, "mean": -2}}, "mean", "must be positive"),
        ({"beta": [0, 1]}, "alpha", "must lie in [0.06, 1e+06], got 0"),
        ({"beta": [1, -1]}, "beta", "must lie in [0.06, 1e+06]"),
        ({"beta": [1, 1, 4, 2]}, "to", "must be above from (4), got 2"),
        ({"weibull": [0, 1]}, "shape", "must lie in [0.06, 1e+06]"),
        ({"weibull": [1, 0]}, "scale", "must be positive"),
        ({"pareto": [0, 1]}, "shape", "must be positive"),
        ({"pareto": [1, 0]}, "scale", "must be positive"),
        ({"gpd": [0.1, 0]}, "scale", "must be positive"),
        ({"gpd": [-1, 2]}, "shape", "must be above -1"),
        ({"gpd": [30, 2]}, "shape", "makes the tail so heavy that values exceed 1e300"),
        ({"pareto": [0.01, 2]}, "shape", "makes the tail so heavy that values exceed 1e300"),
        ({"lognormal": [1, 100]}, "sigma", "makes the tail so heavy that values exceed 1e300"),
        ({"normal": [1e200, 1]}, "mean", "must not exceed 1e+100, got 1e+200"),
        ({"normal": [0, 1e-200]}, "std", "must be at least 1e-100, got 1e-200"),
        ({"poisson": -1}, "mean", "must be positive"),
        ({"poisson": 1e12}, "mean", "must be at most 1e+09"),
        ({"bernoulli": 1.2}, "probability", "must lie in [0, 1], got 1.2"),
        ({"choice": {"a": 0.5, "b": 0.4}}, "options", "the weights must sum to 1, they sum to 0.9"),
        ({"choice": {"a": 1.5, "b": -0.5}}, "options", "a weight must be a number of at least 0, got -0.5"),
        ({"choice": {"a": 0.5, 2: 0.5}}, "options", "options must be all words or all numbers"),
        ({"choice": []}, "options", "expected a mapping option: weight or a list of options"),
        ({"choice": ["a", "a"]}, "options", "an option stands twice"),
        ({"choice": {}}, "options", "the weights must sum to 1"),
        ({"empirical": {"values": [1, math.nan]}}, "values", "expected a finite number"),
        ({"empirical": {"values": []}}, "weights", "0 values but 0 weights"),
        ({"empirical": {"values": [1, 2], "weights": [1]}}, "weights", "2 values but 1 weights"),
        ({"empirical": {"values": [1, 2], "weights": [0, 0]}}, "weights", "the weights sum to 0"),
        ({"empirical": {"values": [1, 2], "weights": [2, -1]}}, "weights", "a weight must be at least 0"),
        ({"empirical": {"edges": [0, 2, 1], "weights": [1, 1]}}, "edges", "the edges must ascend"),
        ({"empirical": {"edges": [0, 2], "weights": [1, 1]}}, "edges", "2 weights need 3 edges"),
        ({"mixture": {"weights": [0.5, 0.6], "laws": [1, 2]}}, "weights", "they sum to 1.1"),
        ({"mixture": {"weights": [1.0], "laws": [1, 2]}}, "weights", "2 laws but 1 weights"),
        ({"mixture": {"weights": [0.5, 0.5], "laws": ["a", 2]}}, "laws", "made of laws of numbers"),
        ({"normal": [0, 1], "times": 0}, "times", "must not be 0"),
        ({"normal": [0, 1], "plus": math.inf}, "plus", "expected a finite number"),
        ({"choice": {"a": 1.0}, "times": 2}, "times", "words cannot be shifted or scaled"),
        ({"choice": {"a": 1.0}, "plus": 2}, "plus", "words cannot be shifted or scaled"),
        ({"constant": math.inf}, "value", "expected a finite number or a word"),
        ({"normal": {"mean": 1, "sd": 2}}, "sd", "did you mean 'std'?"),
        ({"normal": {"mean": 1, "quux": 2}}, "quux", "it takes mean, std"),
        ({"normal": [1, 2, 3]}, None, "normal takes mean, std; got 3 arguments"),
        ({"normal": [1]}, None, "normal takes mean, std; got mean"),
        (
            {"lognormal": {"median": 1, "std": 2}},
            None,
            "median, sigma or mu, sigma or mean, std; got median, std",
        ),
        ({"nomral": [1, 2]}, None, "unknown law 'nomral'; did you mean 'normal'?"),
        ({"normal": [1, 2], "uniform": [1, 2]}, None, "expected one law, got normal, uniform"),
        ({}, None, "expected one law, got none"),
        ({"given": "weather"}, "given", "no case for any option of 'weather'"),
    ],
    ids=str,
)
def test_an_impossible_law_names_its_argument(data, argument, part):
    with pytest.raises(LawError) as caught:
        from_data(data)
    assert caught.value.argument == argument
    assert part in str(caught.value)


def test_a_missing_case_is_told_with_the_nearest():
    law = from_data({"given": "weather", "clear": 1, "rain": 2})
    assert isinstance(law, Given)
    with pytest.raises(LawError, match="no law for 'rian' of 'weather'; did you mean 'rain'"):
        law.case("rian")


def test_moving_by_nothing_finite_is_refused():
    with pytest.raises(LawError, match="times"):
        affine(from_data({"normal": [0, 1]}), times=0.0)


_KINDS = st.sampled_from([kind for kind in TABLE.values() if kind.name != "given"])
_JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(_KINDS, st.data())
def test_any_arguments_make_a_law_or_a_law_error(kind: LawKind, data):
    form = data.draw(st.sampled_from(kind.alternatives))
    junk = st.one_of(st.floats(), st.floats(0.001, 100.0), st.integers(), _JUNK)
    body = data.draw(_JUNK) if kind.body == "options" else {name: data.draw(junk) for name in form}
    with contextlib.suppress(LawError):
        law = from_data({kind.name: body})
        assert from_data(law.to_data()) == law
        if law.is_numeric:
            for u in (2.0**-54, 0.5, 1.0 - 2.0**-53):
                assert law.low <= law.ppf(u) <= law.high
                assert 0.0 <= law.cdf(law.ppf(u)) <= 1.0
                assert not math.isnan(law.log_prob(law.ppf(u)))
            assert not math.isnan(law.mean)
            assert law.variance >= 0.0


_TABLE = "time, gap ,speed\n0,12.5,3\n1,,4\n2,8,x\n"


def test_a_csv_column_is_read_by_name():
    assert column_values(_TABLE, "gap") == (12.5, 8.0)
    law = from_data({"empirical": {"values": column_values(_TABLE, "gap")}})
    assert law.mean == 10.25


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (_TABLE, "gaps", "column: the file has no column 'gaps'; it has: time, gap, speed"),
        (_TABLE, "speed", "column: line 4 holds 'x', not a finite number"),
        ("gap\ninf\n", "gap", "column: line 2 holds 'inf', not a finite number"),
        ("gap\n\n", "gap", "column: the column 'gap' holds no number"),
        ("", "gap", "column: the file has no column 'gap'; it has: "),
    ],
)
def test_a_bad_column_is_told(text, column, message):
    with pytest.raises(LawError) as caught:
        column_values(text, column)
    assert str(caught.value) == message


def test_a_file_must_have_been_read_before():
    with pytest.raises(LawError, match="file: the column must be read into values first"):
        from_data({"empirical": {"file": "gaps.csv", "column": "gap"}})

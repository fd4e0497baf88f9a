import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.laws import elementary
from sim.laws.elementary import exp, expm1, floor, log, log1p, power, rint, where, xlogy

ANY = st.floats(allow_nan=True, allow_infinity=True)
LONE = (exp, expm1, log, log1p, floor, rint)
EDGES = (
    -math.inf,
    -1e308,
    -745.2,
    -1.0,
    -0.5,
    -1e-300,
    0.0,
    5e-324,
    0.5,
    1.0,
    1.5,
    2.5,
    709.9,
    1e308,
    math.inf,
)


@pytest.mark.parametrize("function", LONE)
@given(x=ANY)
def test_a_number_has_the_bits_it_has_in_an_array(function, x):
    alone, together = function(x), function(np.array([x, x]))
    assert isinstance(alone, float)
    assert np.array_equal(together, [alone, alone], equal_nan=True)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "floor", "rint"])
@pytest.mark.parametrize("x", EDGES)
def test_limits_are_those_of_ieee_754(name, x):
    with np.errstate(all="ignore"):
        expected = float(getattr(np, name)(x))
    assert getattr(elementary, name)(x) == pytest.approx(expected, rel=1e-15, nan_ok=True)


@given(x=st.floats(0.0, 1e300), y=st.floats(-100.0, 100.0))
def test_powers_have_limits_too(x, y):
    with np.errstate(all="ignore"):
        assert power(x, y) == pytest.approx(float(np.power(x, y)), rel=1e-14)
    assert power(np.array([x]), y)[0] == power(x, y)


@given(x=st.floats(-10.0, 10.0), y=st.floats(0.0, 1e300))
def test_x_log_y_is_zero_at_x_zero(x, y):
    assert xlogy(0.0, y) == 0.0
    assert xlogy(x, y) == (x * log(y) if x else 0.0)
    with np.errstate(all="ignore"):
        assert np.array_equal(xlogy(x, np.array([y])), [xlogy(x, y)])


def test_where_takes_truths_of_either_sort():
    assert where(True, 1.0, 2.0) == 1.0
    assert where(np.bool_(False), 1.0, 2.0) == 2.0
    assert where(np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]


def test_numbers_need_no_numpy():
    """Laws are built, cut and drawn one by one without it; the first array loads it."""
    code = """
import sys
from sim.laws import GaussianCopula, from_data
for data in ({"lognormal": {"median": 40.0, "sigma": 0.4}, "within": [10.0, 200.0]}, {"normal": [6.0, 2.0]},
             {"exponential": {"mean": 3.0}}, {"bernoulli": 0.3}, {"choice": {"a": 0.5, "b": 0.5}},
             {"weibull": {"shape": 1.5, "scale": 2.0}}, {"pareto": {"shape": 2.0, "scale": 1.0}},
             {"mixture": {"weights": [0.5, 0.5], "laws": [{"uniform": [0.0, 1.0]}, 3.0]}}):
    from_data(data).ppf(0.3)
GaussianCopula.exchangeable(["a", "b"], 0.3).correlate((0.2, 0.7))
assert not any(name.partition(".")[0] == "numpy" for name in sys.modules)
from sim.lazy import np
assert np.zeros(1).shape == (1,)
assert "numpy" in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr

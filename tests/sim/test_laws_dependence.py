"""The Gaussian copula: correlations, uniform marginals, and that it is a map of the unit cube."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from sim.laws import GaussianCopula, LawError
from sim.noise import address, uniforms

_MATRIX = ((1.0, 0.6, -0.3), (0.6, 1.0, 0.2), (-0.3, 0.2, 1.0))
_COPULA = GaussianCopula(("a", "b", "c"), _MATRIX)
_COUNT = 20_000


def _independent(size):
    index = np.arange(_COUNT, dtype=np.uint64)
    return [uniforms(np.uint64(5), np.uint64(address("test", f"copula{i}")), index) for i in range(size)]


def test_latent_normals_have_the_correlation():
    z = special.ndtri(np.array(_COPULA.correlate(_independent(3))))
    measured = np.corrcoef(z)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        # Fisher's transform of a correlation is normal with variance 1 / (n - 3)
        miss = math.atanh(measured[i, j]) - math.atanh(_MATRIX[i][j])
        assert abs(miss) < 3.9 / math.sqrt(_COUNT - 3)


def test_spearman_follows_the_closed_form():
    u = np.array(_COPULA.correlate(_independent(3)))
    measured = stats.spearmanr(u[0], u[1]).statistic
    assert abs(measured - 6 / math.pi * math.asin(0.6 / 2)) < 4.0 / math.sqrt(_COUNT)


def test_every_marginal_stays_uniform():
    for marginal in _COPULA.correlate(_independent(3)):
        x, step = np.sort(marginal), np.arange(_COUNT + 1) / _COUNT
        distance = max(np.max(step[1:] - x), np.max(x - step[:-1]))
        assert math.sqrt(_COUNT) * distance < special.kolmogi(1e-4)


def test_the_first_quantity_keeps_its_uniform():
    assert _COPULA.correlate((0.123, 0.5, 0.9))[0] == 0.123


_INSIDE = st.floats(1e-6, 1 - 1e-6)


@given(st.tuples(_INSIDE, _INSIDE, _INSIDE))
def test_decorrelate_undoes_correlate(u):
    np.testing.assert_allclose(_COPULA.decorrelate(_COPULA.correlate(u)), u, rtol=1e-6, atol=1e-10)


@given(st.lists(st.tuples(_INSIDE, _INSIDE, _INSIDE), min_size=1, max_size=9))
def test_a_batch_equals_single_draws_bit_for_bit(rows):
    batch = _COPULA.correlate([np.array(column) for column in zip(*rows, strict=True)])
    alone = [_COPULA.correlate(row) for row in rows]
    assert all(type(value) is float for row in alone for value in row)
    assert [tuple(row) for row in np.array(batch).T.tolist()] == alone


def test_the_log_density_is_that_of_the_normals():
    v = (0.2, 0.9, 0.4)
    z = special.ndtri(np.array(v))
    joint = stats.multivariate_normal(np.zeros(3), np.array(_MATRIX)).logpdf(z)
    assert _COPULA.log_density(v) == pytest.approx(joint - stats.norm.logpdf(z).sum(), rel=1e-12)


def test_the_density_integrates_to_one():
    copula = GaussianCopula.exchangeable(("a", "b"), 0.5)
    total, _ = integrate.dblquad(
        lambda y, x: math.exp(copula.log_density((special.ndtr(x), special.ndtr(y))) - (x * x + y * y) / 2),
        -7, 7, -7, 7, epsabs=1e-6, epsrel=1e-6,
    )  # fmt: skip
    assert total / (2 * math.pi) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=30)
@given(st.integers(2, 6), st.floats(-0.15, 0.95))
def test_one_rho_for_every_pair(size, rho):
    names = tuple(f"q{i}" for i in range(size))
    copula = GaussianCopula.exchangeable(names, rho)
    assert all(copula.correlation[i][j] == (1.0 if i == j else rho) for i in range(size) for j in range(size))
    assert copula.to_data()["gaussian_copula"]["of"] == list(names)


def test_extreme_uniforms_stay_inside_the_cube():
    copula = GaussianCopula.exchangeable(("a", "b"), 0.999)
    for u in ((2.0**-54, 2.0**-54), (1 - 2.0**-53, 1 - 2.0**-53)):
        assert all(0.0 < value < 1.0 for value in copula.correlate(u))


@pytest.mark.parametrize(
    ("of", "matrix", "argument", "part"),
    [
        (("a",), ((1.0,),), "of", "two or more different"),
        (("a", "a"), ((1.0, 0.1), (0.1, 1.0)), "of", "two or more different"),
        (("a", "b"), ((1.0, 0.1),), "correlation", "expected 2 rows of 2 numbers"),
        (("a", "b"), ((1.0, 0.1), (0.2, 1.0)), "correlation", "symmetric"),
        (("a", "b"), ((2.0, 0.1), (0.1, 1.0)), "correlation", "ones on its diagonal"),
        (("a", "b"), ((1.0, 1.1), (1.1, 1.0)), "correlation", "[-1, 1]"),
        (("a", "b"), ((1.0, 1.0), (1.0, 1.0)), "correlation", "must be positive definite"),
        (("a", "b"), ((1.0, math.nan), (math.nan, 1.0)), "correlation", "finite"),
        (
            ("a", "b", "c"),
            ((1.0, 0.9, -0.9), (0.9, 1.0, 0.9), (-0.9, 0.9, 1.0)),
            "correlation",
            "must be positive definite; its least eigenvalue is -0.8",
        ),
    ],
)
def test_what_is_no_correlation_is_refused(of, matrix, argument, part):
    with pytest.raises(LawError) as caught:
        GaussianCopula(of, matrix)
    assert caught.value.argument == argument
    assert part in caught.value.message


@pytest.mark.parametrize(("size", "rho"), [(2, 1.0), (2, -1.0), (3, -0.5), (2, math.nan)])
def test_an_impossible_rho_is_refused(size, rho):
    with pytest.raises(LawError) as caught:
        GaussianCopula.exchangeable(tuple("abc"[:size]), rho)
    assert caught.value.argument == "rho"


@given(st.lists(st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4), min_size=4, max_size=4))
def test_the_factor_is_that_of_lapack(rows):
    """Any Gram matrix with a ridge is positive definite; scaled to ones on the diagonal it is a correlation."""
    gram = np.array(rows) @ np.array(rows).T + 0.1 * np.eye(4)
    scale = np.sqrt(np.diag(gram))
    matrix = gram / np.outer(scale, scale)
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 1.0)
    copula = GaussianCopula(tuple("abcd"), tuple(tuple(map(float, row)) for row in matrix))
    assert np.allclose(copula._factor, np.linalg.cholesky(matrix), rtol=0, atol=1e-13)

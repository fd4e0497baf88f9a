"""Proposals: the likelihood ratio is exact, draws follow the density, no ratio exceeds 1 / natural share."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.samplers.mixture import Frame, Gaussians, Mixture, merged
from sim.samplers.points import Stream

SHARES = (0.6, 0.0, 0.3, 0.1)
D = 4
"""Three continuous coordinates and, at place 1, a choice."""


def frame(basis=None):
    whole = Frame.of(D, {1: SHARES})
    return whole if basis is None else whole.along(np.asarray(basis))


def mixture(basis=None, natural=0.1):
    """Return a proposal of two components that differ in everything."""
    where = frame(basis)
    r = where.basis.shape[1]
    means = np.array([[2.0, -1.0, 0.5], [-1.5, 0.0, 1.0]])[:, :r]
    spread = np.array([[1.2, 0.3, 0.1], [0.3, 0.5, -0.1], [0.1, -0.1, 2.0]])[:r, :r]
    tables = (np.array([[0.1, 0.0, 0.2, 0.7], [0.5, 0.0, 0.5, 0.0]]),)
    return Mixture(
        where, Gaussians(np.array([0.3, 0.7]), means, np.array([spread, 0.4 * np.eye(r)]), tables), natural
    )


LINE = np.array([[1.0], [1.0], [1.0]]) / math.sqrt(3.0)
PLANE = np.array([[1.0, 0.0], [0.0, 0.6], [0.0, 0.8]])
BASES = {"whole": None, "plane": PLANE, "line": LINE}


def category(z):
    return np.searchsorted(np.cumsum(SHARES)[:-1], stats.norm.cdf(z[:, 1]))


def independent_log_lr(one, z):
    """The ratio of whole densities of (x, category), by scipy in all three continuous coordinates."""
    x, c = z[:, [0, 2, 3]], category(z)
    basis = one.frame.basis
    rest = np.eye(3) - basis @ basis.T
    natural = stats.multivariate_normal(np.zeros(3), np.eye(3)).pdf(x) * np.array(SHARES)[c]
    q = one.natural * natural
    for k, share in enumerate(one.parts.shares):
        covariance = basis @ one.parts.covariances[k] @ basis.T + rest
        density = stats.multivariate_normal(basis @ one.parts.means[k], covariance).pdf(x)
        q = q + (1.0 - one.natural) * share * density * one.parts.categories[0][k][c]
    return np.log(natural) - np.log(q)


@pytest.mark.parametrize("name", BASES)
def test_the_ratio_is_that_of_the_densities(name):
    one = mixture(BASES[name])
    z = np.concatenate([one.draw(300, D, Stream("a")), Stream("b").normals(300, D)])
    assert np.allclose(one.log_lr(z), independent_log_lr(one, z), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", BASES)
def test_draws_follow_the_density(name):
    one, n = mixture(BASES[name]), 20_000
    z = one.draw(n, D, Stream("draws", name))
    lr = np.exp(one.log_lr(z))
    # under q the mean of LR f is the natural mean of f
    x = z[:, [0, 2, 3]]
    is_last = category(z) == 3
    natural_means = [
        (np.ones(n), 1.0),
        (x[:, 0], 0.0),
        (x[:, 1] ** 2, 1.0),
        (x[:, 2] > 1.0, stats.norm.sf(1.0)),
    ]
    natural_means += [(is_last, SHARES[3]), (is_last & (x[:, 0] > 0.5), SHARES[3] * stats.norm.sf(0.5))]
    for f, mean in natural_means:
        values = lr * f
        assert abs(values.mean() - mean) < 4.0 * values.std() / math.sqrt(n)
    # and along the basis, component by component
    y = x @ one.frame.basis[:, 0]
    parts = one.parts
    known = list(zip(parts.shares, parts.means[:, 0], np.sqrt(parts.covariances[:, 0, 0]), strict=True))

    def cdf(t):
        fitted = sum(share * stats.norm.cdf(t, mean, sigma) for share, mean, sigma in known)
        return one.natural * stats.norm.cdf(t) + (1 - one.natural) * fitted

    assert stats.kstest(y, cdf).pvalue > 1e-3
    seen = np.bincount(category(z), minlength=4)
    law = one.natural * np.array(SHARES) + (1 - one.natural) * parts.shares @ parts.categories[0]
    assert seen[1] == 0
    assert stats.chisquare(seen[[0, 2, 3]], law[[0, 2, 3]] * n).pvalue > 1e-3


def test_directions_outside_the_basis_stay_natural_and_independent():
    z = mixture(LINE).draw(20_000, D, Stream("line"))
    across = z[:, [0, 2, 3]] @ np.array([1.0, -1.0, 0.0]) / math.sqrt(2.0)
    assert stats.kstest(across, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(across, z[:, [0, 2, 3]] @ LINE[:, 0])[0, 1]) < 4.0 / math.sqrt(len(z))


@settings(deadline=None)
@given(st.lists(st.floats(-38.0, 8.2), min_size=D, max_size=D), st.sampled_from((0.05, 0.1, 0.9)))
def test_no_ratio_exceeds_what_the_natural_share_allows(row, natural):
    found = mixture(natural=natural).log_lr(np.array([row]))
    assert np.isfinite(found).all()
    assert found[0] <= -math.log(natural) + 1e-12


@pytest.mark.parametrize("name", BASES)
def test_a_proposal_is_the_same_after_it_was_written_down(name):
    one = mixture(BASES[name])
    again = Mixture.from_data(json.loads(json.dumps(one.to_data())))
    z = one.draw(50, D, Stream("c"))
    assert np.array_equal(again.draw(50, D, Stream("c")), z)
    assert np.array_equal(again.log_lr(z), one.log_lr(z))
    assert again.to_data() == one.to_data()


def test_a_proposal_of_choices_alone_or_of_nothing_discrete_works():
    choice = Frame.of(1, {0: (0.9, 0.1)})
    table = (np.array([[0.2, 0.8]]),)
    alone = Mixture(choice, Gaussians(np.ones(1), np.zeros((1, 0)), np.zeros((1, 0, 0)), table), 0.5)
    z = alone.draw(2000, 1, Stream("choice"))
    is_second = stats.norm.cdf(z[:, 0]) > 0.9
    assert np.allclose(np.exp(alone.log_lr(z)), np.where(is_second, 0.1 / 0.45, 0.9 / 0.55))
    assert abs(is_second.mean() - 0.45) < 4.0 * math.sqrt(0.45 * 0.55 / 2000)
    line = Mixture(Frame.of(1, {}), Gaussians(np.ones(1), np.ones((1, 1)), np.ones((1, 1, 1)), ()), 0.1)
    again = Mixture.from_data(line.to_data())
    assert np.array_equal(again.log_lr(np.zeros((1, 1))), line.log_lr(np.zeros((1, 1))))
    assert Mixture.from_data(alone.to_data()).log_lr(z)[0] == alone.log_lr(z)[0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 3).filter(lambda c: SHARES[c] > 0.0), min_size=1, max_size=20))
def test_a_wanted_category_is_the_one_that_is_read(categories):
    wanted = np.array(categories)[:, None]
    z = frame().with_categories(np.zeros((len(wanted), D)), wanted, Stream("categories"))
    assert np.array_equal(frame().categories(z), wanted)
    assert np.isfinite(z).all()
    assert (z[:, [0, 2, 3]] == 0.0).all()


@pytest.mark.parametrize("u", [2.0**-54, 0.6, 1.0 - 2.0**-53])
def test_categories_are_cut_as_laws_cut_them(u):
    # a law gives the first category whose cumulative probability is at least u
    place = frame().categories(np.array([[0.0, stats.norm.ppf(u), 0.0, 0.0]]))[0, 0]
    assert place == {2.0**-54: 0, 0.6: 0, 1.0 - 2.0**-53: 3}[u]


def test_merged_components_keep_their_shares():
    parts = merged([(3.0, mixture().parts), (1.0, mixture().parts)])
    assert np.allclose(parts.shares, [0.225, 0.525, 0.075, 0.175])
    assert parts.means.shape == (4, 3)
    assert parts.categories[0].shape == (4, 4)


def test_a_file_that_sorts_its_keys_as_words_gives_the_same_proposal():
    """Choices at 9 and 10: "10" comes before "9" there."""
    frame = Frame.of(11, {10: (0.5, 0.3, 0.2), 9: (0.9, 0.1)})
    tables = (np.array([[0.2, 0.8]]), np.array([[0.1, 0.1, 0.8]]))
    one = Mixture(frame, Gaussians(np.ones(1), np.zeros((1, 9)), np.eye(9)[None], tables), 0.1)
    again = Mixture.from_data(json.loads(json.dumps(one.to_data(), sort_keys=True)))
    z = one.draw(200, 11, Stream("sorted"))
    np.testing.assert_array_equal(again.draw(200, 11, Stream("sorted")), z)
    np.testing.assert_array_equal(again.log_lr(z), one.log_lr(z))
    assert np.mean(stats.norm.cdf(z[:, 9]) > 0.9) > 0.5

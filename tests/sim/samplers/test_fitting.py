"""Fits: known mixtures are recovered, and directions that matter are found among many that do not."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.samplers.fitting import basis_of, fit
from sim.samplers.mixture import Frame, Gaussians, Mixture
from sim.samplers.points import Stream

EVEN = np.full(800, 1.0 / 800)


def aligned(basis, direction):
    """How much of a unit direction lies in the span of a basis."""
    return float(np.linalg.norm(basis.T @ (direction / np.linalg.norm(direction))))


def test_a_known_mixture_is_recovered_with_its_categories():
    frame = Frame.of(3, {2: (0.5, 0.5)})
    covariances = np.array([[[0.5, 0.2], [0.2, 0.3]], [[0.2, 0.0], [0.0, 0.8]]])
    truth = Gaussians(
        np.array([0.35, 0.65]),
        np.array([[3.0, 0.0], [-2.0, 2.0]]),
        covariances,
        (np.array([[0.9, 0.1], [0.2, 0.8]]),),
    )
    z = Mixture(frame, truth, 1e-300).draw(4000, 3, Stream("truth"))
    found = fit(frame, z, np.ones(len(z)), Stream("fit"))
    order = np.argsort(-found.means[:, 0])
    assert len(found.shares) == 2
    assert np.allclose(found.shares[order], truth.shares, atol=0.03)
    assert np.allclose(found.means[order], truth.means, atol=0.1)
    assert np.allclose(found.covariances[order], covariances, atol=0.12)
    assert np.allclose(found.categories[0][order], truth.categories[0], atol=0.05)


def test_weights_count_as_so_many_events():
    frame = Frame.of(1, {})
    x = np.concatenate([Stream("low").normals(500) - 3.0, Stream("high").normals(500) + 3.0])[:, None]
    weights = np.where(x[:, 0] > 0.0, 3.0, 1.0)
    found = fit(frame, x, weights, Stream("fit"))
    assert np.sort(found.shares) == pytest.approx([0.25, 0.75], abs=0.02)


@pytest.mark.parametrize("n", [2, 3, 12])
def test_few_or_equal_events_give_a_component_one_can_draw_from(n):
    frame = Frame.of(4, {3: (0.9, 0.1)})
    z = np.repeat(Stream("one").normals(1, 4), n, axis=0)
    found = fit(frame, z, np.ones(n), Stream("fit"))
    assert np.isfinite(found.factors).all()
    assert (found.categories[0] > 0.0).all()
    assert np.allclose(found.means[0], z[0, :3], atol=1e-9)


def test_a_category_that_cannot_be_keeps_probability_0():
    frame = Frame.of(2, {1: (0.7, 0.0, 0.3)})
    z = Stream("z").normals(200, 2)
    assert (fit(frame, z, np.ones(200), Stream("fit")).categories[0][:, 1] == 0.0).all()


def test_few_dimensions_are_taken_whole():
    assert np.array_equal(basis_of(Stream("x").normals(50, 6), np.full(50, 0.02), size=50), np.eye(6))


def test_axes_are_taken_where_few_coordinates_matter():
    x = Stream("x").normals(800, 50)
    x[:, 7] = 0.3 * x[:, 7] + 3.0
    x[:, 31] -= 2.5
    basis = basis_of(x, EVEN, size=800.0)
    assert set(np.unique(basis)) == {0.0, 1.0}
    assert basis[[7, 31]].sum(axis=1).tolist() == [1.0, 1.0]
    assert basis.shape[1] <= 6


@pytest.mark.parametrize("modes", [1, 2])
def test_a_planted_direction_is_found_among_fifty(modes):
    x = Stream("x").normals(800, 50)
    a = np.cos(np.arange(50.0))
    a /= np.linalg.norm(a)
    side = np.where(np.arange(800) % modes == 0, 1.0, -1.0)
    along = side * stats.truncnorm.ppf(Stream("tail").uniforms(800), 4.0, np.inf)
    x += np.outer(along - x @ a, a)
    basis = basis_of(x, EVEN, size=800.0)
    assert aligned(basis, a) > 0.95
    assert basis.shape[1] <= 3
    assert np.allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-9)


def test_the_slope_of_the_score_sharpens_a_direction():
    x = Stream("x").normals(400, 50)
    a = np.cos(np.arange(50.0))
    a /= np.linalg.norm(a)
    x += np.outer(3.5 - x @ a, a)
    near = Stream("near").normals(1500, 50) + 2.0 * a
    weights = np.full(400, 1.0 / 400)
    blunt = basis_of(x, weights, size=100.0)
    sharp = basis_of(x, weights, size=100.0, near=(near, near @ a - 3.5))
    assert aligned(sharp, a) > max(0.99999, aligned(blunt, a))


def test_a_score_that_explains_nothing_adds_no_direction():
    x = Stream("x").normals(400, 50)
    x[:, :12] += 1.5
    near = Stream("near").normals(1500, 50)
    weights = np.full(400, 1.0 / 400)
    noise = near, Stream("score").normals(1500)
    assert np.array_equal(basis_of(x, weights, size=400.0, near=noise), basis_of(x, weights, size=400.0))


def test_pure_noise_still_gives_a_direction():
    basis = basis_of(Stream("x").normals(300, 20), np.full(300, 1.0 / 300), size=300.0)
    assert basis.shape[0] == 20
    assert 1 <= basis.shape[1] <= 10
    assert math.isclose(float(np.linalg.norm(basis[:, 0])), 1.0)

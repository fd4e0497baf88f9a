"""Visibility on no lattice: every sample against every triangle, one by one, in NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from renderers.camera.intrinsics import Intrinsics
from renderers.camera.lens import Lens
from renderers.camera.model import CameraModel, optics
from renderers.raster.bent import fill_bent, samples_of
from renderers.raster.setup import CROSSES, place_perspective, set_up_perspective, triangle_buffers
from renderers.raster.visibility import NOTHING

NEAR = 0.4
LENSES = {
    "barrel": (Lens("brown_conrady", (-0.25, 0.06, 0.001, -0.002, 0.0, 0.0, 0.0, 0.0)), 60.0),
    "fisheye": (Lens("fisheye", (0.01, -0.002, 0.0, 0.0)), 22.0),
}


@pytest.fixture(params=[(kind, seed) for kind in LENSES for seed in (0, 1)], ids=str)
def drawn(request):
    """Triangles of all sizes behind a lens: (set-up triangles, samples, depth, winner, bands drawn)."""
    kind, seed = request.param
    lens, focal = LENSES[kind]
    model = CameraModel(Intrinsics(64, 48, focal, 1.1 * focal, 30.7, 25.1, lens))
    rng = np.random.default_rng(seed)
    middle = rng.uniform([-6, -5, -2], [6, 5, 12], (150, 1, 3))
    size = rng.choice([0.02, 0.4, 1.5, 9.0], (150, 1, 1), p=[0.3, 0.36, 0.3, 0.04])
    vertices = (middle + size * rng.normal(size=(150, 3, 3))).reshape(-1, 3).astype(np.float32)
    faces = np.arange(450, dtype=np.int32).reshape(-1, 3)
    lattice, samples = model.half_pixels(), optics(model).samples
    points, triangles = np.zeros((450, 5)), triangle_buffers(151)
    ranges = np.array([[0, 450]], np.int32)
    place_perspective(
        ranges, np.zeros(1, np.int32), np.array([0, 450], np.int32), vertices, np.zeros(450, np.int32),
        np.eye(4)[None, :3], lattice, NEAR, points,
    )  # fmt: skip
    count = set_up_perspective(
        np.zeros(1, np.int64), ranges, np.array([[0, 150]], np.int32), np.array([0, 450], np.int32), faces,
        np.ones(150, np.bool_), points, lattice, samples.window, 1.0, NEAR, triangles, np.zeros(2, np.int32),
    )  # fmt: skip
    return triangles, count, samples


def draw(triangles, count, samples, cuts):
    depth = np.zeros(len(samples.order), np.float32)
    winner = np.full(len(samples.order), NOTHING, np.int32)
    for top, bottom in pairwise(cuts):
        fill_bent(triangles, 0, count, top, bottom, 1 / NEAR, samples, depth, winner)
    return depth, winner


def test_every_sample_is_tested_against_every_triangle_that_could_cover_it(drawn):
    triangles, count, samples = drawn
    depth, winner = draw(triangles, count, samples, [0, len(samples.bounds) - 1])
    planes = triangles.planes[:count]
    place = np.stack([samples.columns, samples.rows, np.ones_like(samples.rows)])
    best, which = np.zeros(len(samples.order), np.float32), np.full(len(samples.order), NOTHING)
    for k in range(count):
        edges, one_over = planes[k, :9].reshape(3, 3) @ place, planes[k, 9:] @ place
        seen = (edges >= 0).all(axis=0) & (one_over.astype(np.float32) > best)
        if triangles.flags[k] & CROSSES:
            seen &= one_over <= 1 / NEAR
        best, which = np.where(seen, one_over.astype(np.float32), best), np.where(seen, k, which)
    assert len(np.unique(which)) > 15
    assert np.count_nonzero(winner != which) <= 2  # sums may be rounded in another order on an edge
    np.testing.assert_allclose(depth, best, rtol=1e-6)


def test_bands_of_cells_give_the_same_picture(drawn):
    triangles, count, samples = drawn
    rows = len(samples.bounds) - 1
    whole, parts = draw(triangles, count, samples, [0, rows]), draw(triangles, count, samples, [0, 7, 30, rows])
    np.testing.assert_array_equal(whole[0], parts[0])
    np.testing.assert_array_equal(whole[1], parts[1])


def test_cells_hold_every_sample_once_and_where_it_lies():
    model = CameraModel(Intrinsics(64, 48, 22.0, 22.0, 32.0, 24.0, LENSES["fisheye"][0]))
    bend, lattice = optics(model).bend, model.half_pixels()
    samples = samples_of(bend.columns, bend.rows, lattice, squeeze=1.0)
    order = np.sort(samples.order)
    np.testing.assert_array_equal(order, np.flatnonzero(np.isfinite(bend.columns.ravel())))
    np.testing.assert_array_equal(bend.columns.ravel()[samples.order], samples.columns)
    np.testing.assert_array_equal(bend.rows.ravel()[samples.order], samples.rows)
    height, wide = bend.columns.shape
    row = np.repeat(np.arange(height), np.diff(samples.starts[::wide]))
    assert (samples.rows >= samples.bounds[row] - 1e-6).all()
    assert (samples.rows <= samples.bounds[row + 1] + 1e-6).all()

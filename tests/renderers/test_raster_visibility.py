"""The z-buffer against rays intersected with triangles one by one, in NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from renderers.raster.setup import (
    MARGIN,
    Lattice,
    place_parallel,
    place_perspective,
    set_up_parallel,
    set_up_perspective,
    triangle_buffers,
)
from renderers.raster.visibility import NOTHING, fill

LATTICE = Lattice(40.0, 44.0, 31.3, 22.7, 64, 48)
NEAR = 0.5
ONE_BODY = np.zeros(1, np.int64)
NO_PARTS = np.zeros(1, np.int32)
EYE = np.eye(4)[None, :3]


def draw(vertices, faces, *, two_sided=True, bands=1, lattice=LATTICE):
    vertices, faces = np.asarray(vertices, np.float32), np.asarray(faces, np.int32)
    points, triangles = np.zeros((len(vertices), 5)), triangle_buffers(len(faces) + 1)
    part = np.zeros(len(vertices), np.int32)
    own, all_faces = np.array([[0, len(vertices)]], np.int32), np.array([[0, len(faces)]], np.int32)
    first_point = np.array([0, len(vertices)], np.int32)
    place_perspective(own, NO_PARTS, first_point, vertices, part, EYE, lattice, NEAR, points)
    window = (0, lattice.width - 1, 0, lattice.height - 1)
    count = set_up_perspective(
        ONE_BODY, own, all_faces, first_point, faces, np.full(len(faces), two_sided), points, lattice,
        window, MARGIN, NEAR, triangles, np.zeros(2, np.int32),
    )  # fmt: skip
    depth = np.zeros((lattice.height, lattice.width), np.float32)
    winner = np.full(depth.shape, NOTHING, np.int32)
    cuts = np.linspace(0, lattice.height, bands + 1).astype(int)
    for top, bottom in reversed(list(pairwise(cuts))):
        fill(triangles, 0, count, top, bottom, 1 / NEAR, depth, winner)
    return triangles, depth, winner


def rays(lattice=LATTICE):
    j, i = np.meshgrid(np.arange(lattice.width), np.arange(lattice.height))
    return np.stack([(j - lattice.cx) / lattice.fx, (i - lattice.cy) / lattice.fy, np.ones(j.shape)], -1)


def intersect(a, b, c, direction):
    """Moeller-Trumbore in float64: depth, weights of b and c, and how near the ray passes by an edge."""
    e1, e2 = b - a, c - a
    p = np.cross(direction, e2)
    determinant = p @ e1
    with np.errstate(divide="ignore", invalid="ignore"):
        u = -(p @ a) / determinant
        q = np.cross(-a, e1)
        v = direction @ q / determinant
        depth = (e2 @ q) / determinant
    inside = np.minimum(np.minimum(u, v), 1 - u - v)
    return depth, u, v, inside


def traced(vertices, faces):
    direction = rays()
    best = np.full(direction.shape[:2], np.inf)
    doubt = np.zeros(best.shape, bool)
    weights = np.zeros((*best.shape, 3))
    face_of = np.full(best.shape, -1)
    for f, (a, b, c) in enumerate(np.asarray(vertices, np.float32).astype(np.float64)[np.asarray(faces)]):
        depth, u, v, inside = intersect(a, b, c, direction)
        hit = (inside >= 0) & (depth >= NEAR)
        doubt |= (np.abs(inside) < 1e-9) | (np.abs(depth - NEAR) < 1e-9)
        doubt |= hit & (np.abs(depth - best) < 1e-4 * best)
        closer = hit & (depth < best)
        best, face_of = np.where(closer, depth, best), np.where(closer, f, face_of)
        weights[closer] = np.stack([1 - u - v, u, v], -1)[closer]
    return face_of, best, weights, doubt


@pytest.fixture(params=[0, 1, 2])
def soup(request):
    """Triangles of all sizes, many of them across the near plane or behind the camera."""
    rng = np.random.default_rng(request.param)
    middle = rng.uniform([-6, -5, -3], [6, 5, 12], (120, 1, 3))
    corners = middle + rng.normal(size=(120, 3, 3)) * rng.choice(
        [0.3, 1.0, 5.0], (120, 1, 1), p=[0.5, 0.45, 0.05]
    )
    return corners.reshape(-1, 3), np.arange(360).reshape(-1, 3)


def test_every_sample_sees_the_triangle_its_ray_meets_first(soup):
    triangles, depth, winner = draw(*soup)
    face_of, best, weights, doubt = traced(*soup)
    seen = np.where(winner >= 0, triangles.face[winner], -1)
    assert np.count_nonzero(doubt) < 0.01 * doubt.size
    assert len(np.unique(seen)) > 20
    np.testing.assert_array_equal(seen[~doubt], face_of[~doubt])
    hit = (winner >= 0) & ~doubt
    np.testing.assert_allclose(1 / depth[hit], best[hit], rtol=1e-5)
    i, j = np.nonzero(hit)
    planes = triangles.planes[winner[hit], :9].reshape(-1, 3, 3)
    found = np.einsum("nkc,nc->nk", planes, np.stack([j, i, np.ones(len(i))], axis=1))
    np.testing.assert_allclose(found / found.sum(axis=1, keepdims=True), weights[hit], atol=1e-9)


def test_depth_from_the_set_up_is_exact(soup):
    triangles, _, winner = draw(*soup)
    _, best, _, doubt = traced(*soup)
    i, j = np.nonzero((winner >= 0) & ~doubt)
    plane = triangles.planes[winner[i, j]]
    depth = 1 / (plane[:, 9] * j + plane[:, 10] * i + plane[:, 11])
    np.testing.assert_allclose(depth, best[i, j], rtol=1e-9)


def test_bands_of_rows_give_the_same_buffer(soup):
    whole, parts = draw(*soup), draw(*soup, bands=7)
    np.testing.assert_array_equal(whole[1], parts[1])
    np.testing.assert_array_equal(whole[2], parts[2])


def test_backs_are_left_out_unless_two_sided():
    front = [[-3, -3, 5], [0, 3, 5], [3, -3, 5]]  # clockwise on a screen whose y points down
    for faces, seen in (([[0, 1, 2]], 1), ([[0, 2, 1]], 0)):
        assert (draw(front, faces, two_sided=False)[2] >= 0).any() == bool(seen)
        assert (draw(front, faces, two_sided=True)[2] >= 0).any()


@pytest.mark.parametrize("seed", range(5))
def test_a_sheet_of_triangles_has_no_gaps_and_no_overlaps(seed):
    """A jittered grid in front of the camera: every sample is covered, by the one triangle it belongs to."""
    rng = np.random.default_rng(seed)
    n = 24
    x, y = np.meshgrid(np.linspace(-10, 10, n), np.linspace(-8, 8, n))
    points = np.stack([x, y, np.full(x.shape, 6.0)], -1) + rng.uniform(-0.15, 0.15, (n, n, 3))
    if seed == 0:
        points = np.round(points * 4) / 4  # many edges exactly on samples
    ids = np.arange(n * n).reshape(n, n)
    a, b, c, d = ids[:-1, :-1].ravel(), ids[:-1, 1:].ravel(), ids[1:, 1:].ravel(), ids[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    lattice = Lattice(40.0, 40.0, 31.5, 23.5, 64, 48) if seed else Lattice(24.0, 24.0, 32.0, 24.0, 64, 48)
    winner = draw(points.reshape(-1, 3), faces, lattice=lattice)[2]
    assert (winner >= 0).all()
    covered = np.zeros(winner.shape, int)
    for k in range(len(faces)):
        alone = draw(points.reshape(-1, 3), faces[k : k + 1], lattice=lattice)[2] >= 0
        covered += alone
    assert (covered >= 1).all()
    if seed:
        assert (covered == 1).all()


def test_parallel_light_gives_heights():
    rng = np.random.default_rng(4)
    vertices = rng.uniform([0, 0, -2], [40, 40, 5], (60, 3)).astype(np.float32)
    faces = np.arange(60, dtype=np.int32).reshape(-1, 3)
    points, triangles = np.zeros((60, 5)), triangle_buffers(21)
    own, first_point = np.array([[0, 60]], np.int32), np.array([0, 60], np.int32)
    place_parallel(own, NO_PARTS, first_point, vertices, np.zeros(60, np.int32), EYE, points)
    two_sided, all_faces = np.ones(20, bool), np.array([[0, 20]], np.int32)
    count = set_up_parallel(ONE_BODY, own, all_faces, first_point, faces, two_sided, points, 40, triangles)
    height, winner = np.full((40, 40), -100.0, np.float32), np.full((40, 40), NOTHING, np.int32)
    fill(triangles, 0, count, 0, 40, np.inf, height, winner)
    column, row = np.meshgrid(np.arange(40.0), np.arange(40.0))
    expected = np.full((40, 40), -100.0)
    doubt = np.zeros((40, 40), bool)
    for a, b, c in vertices.astype(np.float64)[faces]:
        M = np.linalg.inv(np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]]))
        w = np.stack([M[r, 0] * column + M[r, 1] * row + M[r, 2] for r in range(3)])
        doubt |= np.abs(w.min(axis=0)) < 1e-9
        inside = (w >= 0).all(axis=0)
        expected = np.where(inside, np.maximum(expected, np.tensordot([a[2], b[2], c[2]], w, 1)), expected)
    np.testing.assert_allclose(height[~doubt], expected[~doubt], atol=1e-4)

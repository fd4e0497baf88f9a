"""The camera model against OpenCV's, which shares no code with it, and against what it undoes itself."""

import cv2
import numpy as np
import pytest

from renderers.camera.intrinsics import Intrinsics
from renderers.camera.lens import Lens
from renderers.camera.model import CameraModel, optics

BROWN = Lens("brown_conrady", (-0.31, 0.11, 0.0012, -0.0023, -0.014, 0.02, 0.005, -0.001))
PLAIN_BROWN = Lens("brown_conrady", (-0.28, 0.07, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
CUSHION = Lens("brown_conrady", (0.2, 0.05, 0.001, 0.001, 0.01, 0.0, 0.0, 0.0))
FISHEYE = Lens("fisheye", (-0.02, 0.004, -0.003, 0.0004))
LENSES = [BROWN, PLAIN_BROWN, CUSHION, FISHEYE]


def camera(lens, width=160, height=120, fx=110.0, fy=114.0, cx=77.3, cy=61.9):
    return CameraModel(Intrinsics(width, height, fx, fy, cx, cy, lens))


def opencv(model, points):
    """Project (n, 3) points with OpenCV."""
    lens, zero = model.intrinsics.lens, np.zeros(3)
    c = np.array(lens.coefficients)
    if lens.kind == "fisheye":
        return cv2.fisheye.projectPoints(points[None], zero, zero, model.K, c)[0][0]
    return cv2.projectPoints(points, zero, zero, model.K, c)[0][:, 0]


@pytest.mark.parametrize("lens", LENSES)
def test_points_are_seen_where_opencv_sees_them(lens):
    model = camera(lens)
    points = np.random.default_rng(1).uniform([-4, -3, 4], [4, 3, 20], (500, 3))
    np.testing.assert_allclose(model.project(points), opencv(model, points), atol=1e-9)


@pytest.mark.parametrize("lens", LENSES)
def test_every_sample_looks_where_opencv_would_project_it_from(lens):
    model = camera(lens)
    bend, lattice = optics(model).bend, model.half_pixels()
    v, u = np.nonzero(np.isfinite(bend.columns))
    x, y = (bend.columns[v, u] - lattice.cx) / lattice.fx, (bend.rows[v, u] - lattice.cy) / lattice.fy
    seen = opencv(model, np.stack([x, y, np.ones_like(x)], axis=1))
    np.testing.assert_allclose(seen, np.stack([u / 2 + 0.5, v / 2 + 0.5], axis=1), atol=2e-9)
    assert len(u) == bend.columns.size


def test_a_fisheye_shows_a_circle_and_black_around_it():
    """Equidistant with focal length f, the circle of 89 degrees has radius f * 89 deg."""
    model = camera(Lens("fisheye", (0.0, 0.0, 0.0, 0.0)), fx=40.0, fy=40.0, cx=80.0, cy=60.0)
    columns = optics(model).bend.columns
    v, u = np.mgrid[0 : columns.shape[0], 0 : columns.shape[1]]
    radius = np.hypot(u / 2 + 0.5 - 80, v / 2 + 0.5 - 60)
    np.testing.assert_array_equal(np.isfinite(columns), radius <= 40 * np.radians(89.0))


@pytest.mark.parametrize(("lens", "fov"), [(PLAIN_BROWN, 70.0), (FISHEYE, 150.0), (Lens(), 90.0)])
def test_the_field_of_view_is_that_through_the_lens(lens, fov):
    model = CameraModel(Intrinsics.from_fov(640, 480, np.radians(fov), lens))
    half = np.radians(fov / 2)
    edge = model.project(np.array([[np.sin(half), 0.0, np.cos(half)], [-np.sin(half), 0.0, np.cos(half)]]))
    np.testing.assert_allclose(edge, [[640, 240], [0, 240]], atol=1e-9)


def test_the_distortion_is_undone_up_to_where_it_folds_and_no_farther():
    """r (1 - 0.3 r^2) grows up to r = 1 / sqrt(0.9)."""
    lens = Lens("brown_conrady", (-0.3, *[0.0] * 7))
    assert np.tan(lens.limit) == pytest.approx(1 / np.sqrt(0.9), rel=1e-3)
    assert np.tan(lens.limit) < 1 / np.sqrt(0.9)
    model = camera(lens)
    assert np.isnan(model.project(np.array([1.06, 0.0, 1.0]))).all()
    assert np.isfinite(model.project(np.array([1.05, 0.0, 1.0]))).all()


def test_a_lens_without_coefficients_is_a_pinhole():
    flat = camera(Lens("brown_conrady", (0.0,) * 8))
    points = np.random.default_rng(2).uniform([-4, -3, 4], [4, 3, 20], (50, 3))
    np.testing.assert_allclose(flat.project(points), camera(Lens()).project(points), rtol=1e-14)
    bend = optics(flat).bend
    np.testing.assert_allclose(bend.columns, np.broadcast_to(np.arange(319), (239, 319)), atol=1e-9)

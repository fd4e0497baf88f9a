import numpy as np
import pytest

from renderers.camera.intrinsics import Intrinsics
from renderers.camera.model import T_SENSOR_CAMERA, CameraModel, camera_pose
from sim.geometry import matrix_from_pose, quaternion_from_rpy


def pinhole(width, height, focal):
    return CameraModel(Intrinsics(width, height, focal, focal, width / 2, height / 2))


def test_the_field_of_view_ends_at_the_border():
    camera = CameraModel.from_fov(640, 480, np.radians(70.0))
    edge = np.tan(np.radians(35.0))
    np.testing.assert_allclose(
        camera.project(np.array([[edge, 0, 1.0], [-edge, 0, 1.0]])), [[640, 240], [0, 240]]
    )


def test_projection_is_that_of_K():
    camera = pinhole(320, 200, 250.0)
    point = np.array([0.3, -0.2, 2.0])
    u, v, w = camera.K @ point
    np.testing.assert_allclose(camera.project(point), [u / w, v / w])


def test_what_is_behind_has_no_place():
    assert np.isnan(pinhole(320, 200, 250.0).project(np.array([0.0, 0.0, -1.0]))).all()


@pytest.mark.parametrize(("lattice", "stride"), [("centres", 1), ("half_pixels", 2)])
def test_samples_are_pixel_centres(lattice, stride):
    camera = pinhole(64, 48, 50.0)
    grid = getattr(camera, lattice)()
    u, v = 5, 7
    ray = [(stride * u - grid.cx) / grid.fx, (stride * v - grid.cy) / grid.fy, 1.0]
    np.testing.assert_allclose(camera.project(np.array(ray)), [u + 0.5, v + 0.5])


def test_a_camera_looks_along_the_x_axis_of_its_mount():
    """ISO 8855: x forward, y left, z up; the camera's own axes are right, down, forward."""
    pose = np.array([10.0, 5.0, 0.0, *quaternion_from_rpy(0.0, 0.0, np.pi / 2)])
    mount = matrix_from_pose(np.array([2.0, 0.0, 1.5, 0, 0, 0, 1.0]))
    T = camera_pose(pose, mount)
    np.testing.assert_allclose(T[:3, 3], [10, 7, 1.5], atol=1e-12)
    np.testing.assert_allclose(T[:3, 2], [0, 1, 0], atol=1e-12)  # forward: the body heads to world y
    np.testing.assert_allclose(T[:3, 0], [1, 0, 0], atol=1e-12)  # right
    np.testing.assert_allclose(T[:3, 1], [0, 0, -1], atol=1e-12)  # down


def test_positive_pitch_looks_down():
    mount = matrix_from_pose(np.concatenate([np.zeros(3), quaternion_from_rpy(0.0, 0.3, 0.0)]))
    assert camera_pose(None, mount)[2, 2] == pytest.approx(-np.sin(0.3))


def test_the_axes_are_a_rotation():
    np.testing.assert_allclose(T_SENSOR_CAMERA @ T_SENSOR_CAMERA.T, np.eye(4))
    assert np.linalg.det(T_SENSOR_CAMERA) == pytest.approx(1.0)

"""Frames: transforms cancel, quaternions agree with SciPy, interpolation keeps to the shorter arc."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sim.geometry import (
    interpolate_poses,
    inverse,
    matrix_from_pose,
    pose_from_planar,
    quaternion_from_rpy,
    rotation_from_quaternion,
)

ANGLES = st.floats(-3.1, 3.1)
COORDINATES = st.floats(-1e3, 1e3)


@given(ANGLES, st.floats(-1.5, 1.5), ANGLES)
def test_roll_pitch_yaw_is_the_intrinsic_zyx_rotation(roll, pitch, yaw):
    ours = rotation_from_quaternion(quaternion_from_rpy(roll, pitch, yaw))
    scipy = Rotation.from_euler("ZYX", [yaw, pitch, roll]).as_matrix()
    assert np.allclose(ours, scipy, atol=1e-12)


@given(COORDINATES, COORDINATES, ANGLES)
def test_a_transform_and_its_inverse_cancel(x, y, yaw):
    T = matrix_from_pose(pose_from_planar(np.array(x), np.array(y), np.array(yaw)))
    assert np.allclose(T @ inverse(T), np.eye(4), atol=1e-9)


@given(ANGLES, ANGLES, st.floats(0, 1))
def test_interpolation_turns_at_constant_rate_along_the_shorter_arc(yaw0, yaw1, fraction):
    before, after = (pose_from_planar(np.array(0.0), np.array(0.0), np.array(a)) for a in (yaw0, yaw1))
    turn = np.angle(np.exp(1j * (yaw1 - yaw0)))
    q = interpolate_poses(before, after, fraction)[3:]
    expected = yaw0 + fraction * turn
    if abs(abs(turn) - np.pi) > 1e-6:
        assert np.exp(2j * np.arctan2(q[2], q[3])) == pytest.approx(np.exp(1j * expected), abs=1e-7)


def test_interpolation_meets_its_ends_exactly():
    before = pose_from_planar(np.array([0.0, 3.0]), np.array([1.0, 2.0]), np.array([0.1, -2.0]))
    after = pose_from_planar(np.array([4.0, 3.0]), np.array([1.0, -2.0]), np.array([0.4, 2.0]))
    assert np.allclose(interpolate_poses(before, after, 0.0), before)
    assert np.allclose(np.abs(interpolate_poses(before, after, 1.0)), np.abs(after))

"""Poses and rotations. `T_a_b` maps points given in frame b to frame a; quaternions are xyzw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Array",
    "composed",
    "interpolate_poses",
    "inverse",
    "matrix_from_pose",
    "pose_from_planar",
    "quaternion_from_rpy",
    "rotation_from_quaternion",
]

Array = NDArray[np.float64]


def quaternion_from_rpy(roll: Array | float, pitch: Array | float, yaw: Array | float) -> Array:
    """Return (..., 4) xyzw quaternions of intrinsic yaw, then pitch, then roll [rad] (ISO 8855)."""
    roll, pitch, yaw = np.broadcast_arrays(*(np.asarray(a, np.float64) / 2 for a in (roll, pitch, yaw)))
    cr, sr, cp, sp, cy, sy = (
        np.cos(roll),
        np.sin(roll),
        np.cos(pitch),
        np.sin(pitch),
        np.cos(yaw),
        np.sin(yaw),
    )
    return np.stack(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ],
        axis=-1,
    )


def rotation_from_quaternion(q: Array) -> Array:
    """Return (..., 3, 3) rotation matrices of (..., 4) unit xyzw quaternions."""
    x, y, z, w = np.moveaxis(np.asarray(q, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def matrix_from_pose(pose: Array) -> Array:
    """Return (..., 4, 4) transforms of (..., 7) poses [x y z qx qy qz qw]."""
    pose = np.asarray(pose, np.float64)
    out = np.zeros((*pose.shape[:-1], 4, 4))
    out[..., :3, :3] = rotation_from_quaternion(pose[..., 3:])
    out[..., :3, 3] = pose[..., :3]
    out[..., 3, 3] = 1.0
    return out


def inverse(T: Array) -> Array:
    """Return the inverse of (..., 4, 4) rigid transforms."""
    R = np.swapaxes(T[..., :3, :3], -1, -2)
    out = np.zeros_like(T)
    out[..., :3, :3] = R
    out[..., :3, 3] = -np.einsum("...ij,...j->...i", R, T[..., :3, 3])
    out[..., 3, 3] = 1.0
    return out


def composed(outer: tuple[float, ...], inner: tuple[float, ...]) -> tuple[float, ...]:
    """Return x, y, z, roll, pitch, yaw of a frame that is given in another, both as such six numbers.

    Sums stay what they are where the outer frame is not turned, and angles where one of the two is not, so that
    parallel sensors of a rig stay parallel to the last digit.
    """
    turn = rotation_from_quaternion(quaternion_from_rpy(*outer[3:]))
    x, y, z = (float(a + b) for a, b in zip(outer[:3], turn @ np.array(inner[:3]), strict=True))
    if not any(outer[3:]) or not any(inner[3:]):
        return (x, y, z, *(tuple(inner[3:]) if any(inner[3:]) else tuple(outer[3:])))
    R = turn @ rotation_from_quaternion(quaternion_from_rpy(*inner[3:]))
    pitch = float(np.arcsin(np.clip(-R[2, 0], -1.0, 1.0)))
    if abs(R[2, 0]) > 1.0 - 1e-12:  # nose up or down: roll and yaw turn about the same axis
        return x, y, z, 0.0, pitch, float(np.arctan2(-R[0, 1], R[1, 1]))
    return x, y, z, float(np.arctan2(R[2, 1], R[2, 2])), pitch, float(np.arctan2(R[1, 0], R[0, 0]))


def pose_from_planar(x: Array, y: Array, yaw: Array) -> Array:
    """Return (..., 7) poses on the ground plane from position [m] and heading [rad]."""
    x, y, yaw = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (x, y, yaw)))
    out = np.zeros((*x.shape, 7))
    out[..., 0], out[..., 1] = x, y
    out[..., 5], out[..., 6] = np.sin(yaw / 2), np.cos(yaw / 2)
    return out


def interpolate_poses(before: Array, after: Array, fraction: Array | float) -> Array:
    """Return (..., 7) poses between two: positions linearly, rotations by slerp along the shorter arc.

    Args:
        before: (..., 7).
        after: (..., 7).
        fraction: how far from the first to the second; one number or (..., 1).
    """
    q0, q1 = before[..., 3:], after[..., 3:]
    dot = np.sum(q0 * q1, axis=-1, keepdims=True)
    q1 = np.where(dot < 0, -q1, q1)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-9
    safe = np.where(near, 1.0, sine)
    w0 = np.where(near, 1.0 - fraction, np.sin((1.0 - fraction) * angle) / safe)
    w1 = np.where(near, fraction, np.sin(fraction * angle) / safe)
    q = w0 * q0 + w1 * q1
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.concatenate([before[..., :3] * (1 - fraction) + after[..., :3] * fraction, q], axis=-1)

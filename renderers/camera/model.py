"""The pinhole camera: intrinsics, its frame, and projection."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from renderers.raster.setup import Lattice
from sim.geometry import Array, matrix_from_pose

__all__ = ["T_SENSOR_CAMERA", "Pinhole", "camera_pose"]

T_SENSOR_CAMERA: Array = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""From the camera frame (x right, y down, z forward) to the mounting frame (x forward, y left, z up)."""
T_SENSOR_CAMERA.setflags(write=False)


@dataclass(frozen=True)
class Pinhole:
    """A camera without distortion; pixel (u, v) has its centre at u + 0.5, v + 0.5.

    Args:
        width: columns of the image.
        height: rows of the image.
        focal: focal length [px], the same along both axes.
    """

    width: int
    height: int
    focal: float

    @classmethod
    def from_fov(cls, width: int, height: int, fov: float) -> Pinhole:
        """Return the camera with a horizontal field of view [rad]."""
        return cls(width, height, 0.5 * width / math.tan(0.5 * fov))

    @property
    def K(self) -> Array:
        """(3, 3) intrinsics in pixels; the optical axis meets the centre of the image."""
        return np.array(
            [[self.focal, 0.0, self.width / 2], [0.0, self.focal, self.height / 2], [0.0, 0.0, 1.0]]
        )

    def project(self, points: Array) -> Array:
        """Return (..., 2) image positions [px] of (..., 3) points in the camera frame; nan behind it."""
        points = np.asarray(points, np.float64)
        z = points[..., 2:]
        in_front = np.where(z > 0.0, z, np.nan)
        return self.focal * points[..., :2] / in_front + [self.width / 2, self.height / 2]

    def centres(self) -> Lattice:
        """Return the lattice of pixel centres."""
        return Lattice(
            self.focal, self.focal, self.width / 2 - 0.5, self.height / 2 - 0.5, self.width, self.height
        )

    def half_pixels(self) -> Lattice:
        """Return the lattice of twice that density; its even samples are the pixel centres."""
        return Lattice(
            2.0 * self.focal,
            2.0 * self.focal,
            self.width - 1.0,
            self.height - 1.0,
            2 * self.width - 1,
            2 * self.height - 1,
        )


def camera_pose(carrier: Array | None, T_body_sensor: Array) -> Array:
    """Return the (4, 4) T_world_camera of a camera mounted on a body.

    Args:
        carrier: (7,) pose of the body; None for a camera that stands in the world.
        T_body_sensor: (4, 4) mounting pose, ISO 8855.
    """
    T_world_body = np.eye(4) if carrier is None else matrix_from_pose(carrier)
    return np.asarray(T_world_body @ T_body_sensor @ T_SENSOR_CAMERA)

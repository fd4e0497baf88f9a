"""The camera model: K, projection through the lens, and the directions its samples look in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from renderers.camera.intrinsics import Intrinsics
from renderers.camera.lens import FISHEYE, STRAIGHT
from renderers.raster.bending import Bend, bend_all, straighten
from renderers.raster.bent import Samples, samples_of
from renderers.raster.setup import Lattice
from sim.geometry import Array, matrix_from_pose

__all__ = ["STRIDE", "T_SENSOR_CAMERA", "CameraModel", "Optics", "camera_pose", "optics"]

STRIDE = 2
"""Samples per pixel along an axis; even samples are the pixel centres."""

T_SENSOR_CAMERA: Array = np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
)
"""From the camera frame (x right, y down, z forward) to the mounting frame (x forward, y left, z up)."""
T_SENSOR_CAMERA.setflags(write=False)

_UNUSED = np.zeros((0, 0))


@dataclass(frozen=True)
class CameraModel:
    """A camera; pixel (u, v) has its centre at (u + 0.5, v + 0.5).

    Args:
        intrinsics: its size, focal lengths, principal point and lens.
    """

    intrinsics: Intrinsics

    @classmethod
    def from_fov(cls, width: int, height: int, fov: float) -> CameraModel:
        """Return the pinhole camera with a horizontal field of view [rad]."""
        return cls(Intrinsics.from_fov(width, height, fov))

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return self.intrinsics.width

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.intrinsics.height

    @property
    def focal(self) -> float:
        """The longer focal length [px]."""
        return max(self.intrinsics.fx, self.intrinsics.fy)

    @property
    def K(self) -> Array:
        """(3, 3) intrinsics in pixels."""
        i = self.intrinsics
        return np.array([[i.fx, 0.0, i.cx], [0.0, i.fy, i.cy], [0.0, 0.0, 1.0]])

    @property
    def is_straight(self) -> bool:
        """Whether straight lines stay straight."""
        return self.intrinsics.lens.number == STRAIGHT

    @cached_property
    def coefficients(self) -> Array:
        """(8,) distortion as kernels take it."""
        own = self.intrinsics.lens.coefficients
        return np.array([*own, *np.zeros(8 - len(own))])

    @property
    def reach(self) -> float:
        """Distance from the axis, in the plane one metre ahead, up to which directions are seen."""
        return float(np.tan(self.intrinsics.lens.limit))

    def project(self, points: Array) -> Array:
        """Return (..., 2) image positions [px] of (..., 3) points in the camera frame.

        nan behind the camera and, with a distortion, beyond what can be told apart.
        """
        points = np.asarray(points, np.float64)
        z = points[..., 2:]
        plane = points[..., :2] / np.where(z > 0.0, z, np.nan)
        i = self.intrinsics
        if not self.is_straight:
            far = np.hypot(plane[..., 0], plane[..., 1]) > self.reach
            flat = np.ascontiguousarray(np.where(far[..., None], np.nan, plane)).reshape(-1, 2)
            bent = np.empty_like(flat)
            bend_all(i.lens.number, self.coefficients, flat, bent)
            plane = bent.reshape(plane.shape)
        return plane * [i.fx, i.fy] + [i.cx, i.cy]

    def centres(self) -> Lattice:
        """Return the straight lattice of pixel centres."""
        i = self.intrinsics
        return Lattice(i.fx, i.fy, i.cx - 0.5, i.cy - 0.5, i.width, i.height)

    def half_pixels(self) -> Lattice:
        """Return the straight lattice of twice that density; its even samples are the pixel centres."""
        i = self.intrinsics
        return Lattice(
            2.0 * i.fx, 2.0 * i.fy, 2.0 * i.cx - 1.0, 2.0 * i.cy - 1.0, 2 * i.width - 1, 2 * i.height - 1
        )


@dataclass(frozen=True, eq=False)
class Optics:
    """Which directions the samples of a camera look in.

    Args:
        bend: of the samples of the half-pixel lattice.
        half: the largest |x| and |y| of their directions, in the plane one metre ahead.
        samples: those samples in cells; None for a pinhole, whose samples lie on the lattice.
        beyond: likewise the centres of the pixels of a picture three times as wide and high, around it.
    """

    bend: Bend
    half: tuple[float, float]
    samples: Samples | None = None
    beyond: Samples | None = None


@lru_cache(maxsize=4)
def optics(camera: CameraModel) -> Optics:
    """Return the directions of a camera's samples, kept between episodes."""
    lattice, lens = camera.half_pixels(), camera.intrinsics.lens
    if camera.is_straight:
        half = (
            max(lattice.cx, lattice.width - 1 - lattice.cx) / lattice.fx,
            max(lattice.cy, lattice.height - 1 - lattice.cy) / lattice.fy,
        )
        return Optics(Bend(0, camera.coefficients, np.inf, _UNUSED, _UNUSED), half)
    columns, rows = _straightened(camera, 0.0, 0.0, 1.0, (lattice.height, lattice.width))
    left, top = -STRIDE * camera.width, -STRIDE * camera.height
    outer = _straightened(camera, left, top, STRIDE, (3 * camera.height, 3 * camera.width))
    squeeze = 1.0 if lens.number == FISHEYE else 0.0
    half = (
        float(np.nanmax(np.abs(columns - lattice.cx))) / lattice.fx,
        float(np.nanmax(np.abs(rows - lattice.cy))) / lattice.fy,
    )
    return Optics(
        Bend(lens.number, camera.coefficients, camera.reach, columns, rows),
        half,
        samples_of(columns, rows, lattice, squeeze=squeeze),
        samples_of(*outer, lattice, squeeze=squeeze),
    )


def _straightened(
    camera: CameraModel, left: float, top: float, step: float, shape: tuple[int, int]
) -> tuple[Array, Array]:
    lattice, lens = camera.half_pixels(), camera.intrinsics.lens
    columns, rows = np.empty(shape), np.empty(shape)
    straighten(
        lens.number, camera.coefficients, lens.limit, lens.shifted(lens.limit), lattice.fx, lattice.fy,
        lattice.cx, lattice.cy, float(left), float(top), float(step), columns, rows,
    )  # fmt: skip
    return columns, rows


def camera_pose(carrier: Array | None, T_body_sensor: Array) -> Array:
    """Return the (4, 4) T_world_camera of a camera mounted on a body.

    Args:
        carrier: (7,) pose of the body; None for a camera that stands in the world.
        T_body_sensor: (4, 4) mounting pose, ISO 8855.
    """
    T_world_body = np.eye(4) if carrier is None else matrix_from_pose(carrier)
    return np.asarray(T_world_body @ T_body_sensor @ T_SENSOR_CAMERA)

"""Turns of a LiDAR as clouds of points.

    from oddsmith.clouds import point_cloud, untwisted

    for frame in ds.frames("top"):
        points = point_cloud(frame)      # as measured: each point in the sensor's frame when it was fired
        points["x"], points["intensity"], points["instance"]
        xyz = untwisted(frame, points)   # all in the sensor's frame at frame.t

A turn is stored as images: a row per beam from the top down, a column per firing clockwise from the rear, so
that the middle of the image looks ahead at the frame's moment. Range is `range / 256` m along the beam's
direction (cos e cos a, cos e sin a, sin e), with the elevation e of the row and the azimuth
a = pi - (column + 1/2) 2 pi / columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError

__all__ = ["POINT", "Turns", "lidars", "point_cloud", "untwisted"]

POINT = np.dtype(
    [
        ("x", np.float32),
        ("y", np.float32),
        ("z", np.float32),
        ("range", np.float32),
        ("intensity", np.float32),
        ("time", np.float32),
        ("ring", np.uint16),
        ("column", np.uint16),
        ("echo", np.uint8),
        ("instance", np.uint16),
        ("semantic", np.uint8),
    ]
)
"""A point: position in the sensor's frame (x forward, y left, z up) and range [m]; intensity, 1 for white paper
head on; time since the frame's moment [s]; ring 0 is the top one; echo 0 is the first told; instance and
semantic as in images, and semantic 0 is what floats in the air."""

_SAME = 1e-6
"""Moments nearer than this are one [s]."""
_NEEDED = ("range", "intensity", "elevations", "period", "instance", "semantic")
_INTENSITY_STEPS = 100.0


def lidars(dataset: Dataset) -> list[str]:
    """Return the sensors of a dataset whose frames are turns of a LiDAR."""
    return [name for name in dataset.sensors if set(_NEEDED) <= set(dataset.columns(name))]


def point_cloud(frame: Frame) -> NDArray[np.void]:
    """Return the (N,) points of a turn, as `POINT`, row by row of its images.

    Raises:
        DatasetError: the frame is not of a LiDAR, or was read without all of its columns.
    """
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise DatasetError(f"a frame of {frame.sensor} has no {', '.join(missing)}: it makes no cloud")
    ranges, elevations = frame["range"], np.asarray(frame["elevations"], np.float64)
    row, column = np.nonzero(np.isfinite(ranges))
    count, beams = ranges.shape[1], len(elevations)
    points = np.empty(len(row), POINT)
    points["range"] = way = ranges[row, column]
    points["ring"], points["echo"], points["column"] = row % beams, row // beams, column
    azimuth = np.pi - (column + 0.5) * (2.0 * np.pi / count)
    elevation = elevations[row % beams]
    level = way * np.cos(elevation)
    points["x"], points["y"] = level * np.cos(azimuth), level * np.sin(azimuth)
    points["z"] = way * np.sin(elevation)
    points["time"] = ((column + 0.5) / count - 0.5) * frame["period"]
    points["intensity"] = frame["intensity"][row, column] / _INTENSITY_STEPS
    for name in ("instance", "semantic"):
        points[name] = frame[name][row, column]
    return points


def untwisted(frame: Frame, points: NDArray[np.void]) -> NDArray[np.float64]:
    """Return (N, 3) where points are in the sensor's frame at the frame's moment, were nothing moving but it.

    Args:
        frame: the turn, read with its `path` and `T_world_lidar`.
        points: of it.
    """
    from scipy.spatial.transform import Rotation, Slerp

    path = np.asarray(frame["path"], np.float64).reshape(-1, 7)
    knots = np.linspace(-0.5, 0.5, len(path)) * frame["period"]
    moments = np.clip(points["time"].astype(np.float64), knots[0], knots[-1])
    here = np.stack([points[axis] for axis in "xyz"], axis=1).astype(np.float64)
    turned = Slerp(knots, Rotation.from_quat(path[:, 3:]))(moments).apply(here)
    at = np.stack([np.interp(moments, knots, path[:, k]) for k in range(3)], axis=1)
    T = frame["T_world_lidar"]
    return np.asarray((turned + at - T[:3, 3]) @ T[:3, :3])


class Turns:
    """The turns of one LiDAR, or frames of another sensor, found by the moment of some sensor's frames."""

    def __init__(self, sensor: str) -> None:
        """Take the sensor of this name; only the turns of one episode are kept at a time."""
        self.sensor = sensor
        self._episode_id = ""
        self._turns: list[Frame] = []

    def beside(self, frame: Frame) -> Frame | None:
        """Return the turn that looks ahead at a frame's moment, None if there is none."""
        if frame.episode.id != self._episode_id:
            self._episode_id = frame.episode.id
            self._turns = list(frame.episode.frames(self.sensor))
        return next((turn for turn in self._turns if abs(turn.t - frame.t) < _SAME), None)

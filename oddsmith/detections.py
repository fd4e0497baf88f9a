"""Sweeps of a radar as points.

    from oddsmith.detections import detections, radars

    for sensor in radars(ds):
        for frame in ds.frames(sensor):
            points = detections(frame)
            points["x"], points["radial_velocity"], points["over_ground"], points["instance"]

A radar tells no elevation: x and y are those of a point at the sensor's own height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset, Frame
from oddsmith.errors import DatasetError

__all__ = ["DETECTION", "SOURCES", "detections", "radars"]

SOURCES = ("noise", "scenery", "body", "ghost")
"""What a detection comes from; `source` is the place in here."""

DETECTION = np.dtype(
    [
        ("x", np.float32),
        ("y", np.float32),
        ("range", np.float32),
        ("azimuth", np.float32),
        ("radial_velocity", np.float32),
        ("over_ground", np.float32),
        ("rcs", np.float32),
        ("snr", np.float32),
        ("source", np.uint8),
        ("instance", np.uint16),
        ("semantic", np.uint8),
    ]
)
"""A detection: position in the sensor's frame (x forward, y left) and range [m]; azimuth [rad]; radial
velocity, positive for what goes away, and the same with the sensor's own motion taken out [m/s]; RCS [dBsm];
SNR [dB]; and where it comes from."""

_NEEDED = ("detections", "origins", "velocity", "T_world_radar")


def radars(dataset: Dataset) -> list[str]:
    """Return the sensors of a dataset whose frames are sweeps of a radar."""
    return [name for name in dataset.sensors if set(_NEEDED) <= set(dataset.columns(name))]


def detections(frame: Frame) -> NDArray[np.void]:
    """Return the (N,) detections of a sweep, as `DETECTION`, by range.

    Raises:
        DatasetError: the frame is not of a radar, or was read without all of its columns.
    """
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise DatasetError(f"a frame of {frame.sensor} has no {', '.join(missing)}: it is no radar's sweep")
    told, origins = frame["detections"], frame["origins"]
    points = np.zeros(len(told), DETECTION)
    for name in ("range", "azimuth", "radial_velocity", "rcs", "snr"):
        points[name] = [one[name] for one in told]
    cosine, sine = np.cos(points["azimuth"]), np.sin(points["azimuth"])
    points["x"], points["y"] = points["range"] * cosine, points["range"] * sine
    ahead, left, _ = frame["velocity"]
    points["over_ground"] = points["radial_velocity"] + ahead * cosine + left * sine
    points["source"] = [SOURCES.index(one["source"]) for one in origins]
    points["instance"] = [one["instance_id"] for one in origins]
    points["semantic"] = [one["category_id"] for one in origins]
    return points

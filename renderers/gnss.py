"""Satellite navigation: where the antenna is and how fast it moves, with errors that hang together.

Position errors are first-order Gauss-Markov processes, as satellites and atmosphere change slowly; velocity,
told from the Doppler shift, has white errors. The world's origin lies at a given place of the WGS 84 ellipsoid,
x to the east, y to the north, z up.

Source: NIMA TR8350.2 for the ellipsoid; Bowring (1985), The accuracy of geodetic latitude and height equations,
Survey Review 28, for the way back from earth-centred coordinates; Rankin (1994), GPS and differential GPS: an
error model for sensor simulation, for the errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.signal import lfilter

from renderers.carried import normals, sensor_poses
from renderers.sample import Column, Samples, SensorSetup
from sim.geometry import Array
from sim.recording import Recording

__all__ = ["columns", "geodetic", "observe"]

_RADIUS = 6378137.0
_FLATTENING = 1.0 / 298.257223563
_SQUARE = _FLATTENING * (2.0 - _FLATTENING)
"""First eccentricity, squared."""

_POSITION = {"latitude": "rad", "longitude": "rad", "altitude": "m"}
_WAYS = ("east", "north", "up")


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a receiver's table."""
    del settings  # the columns are always the same
    number = pa.float64()
    return (
        *(
            Column(name, number, "feature", f"measured {name}, WGS 84", unit)
            for name, unit in _POSITION.items()
        ),
        *(Column(f"velocity_{way}", number, "feature", f"measured velocity {way}", "m/s") for way in _WAYS),
        *(Column(f"true_{name}", number, "label", f"true {name}", unit) for name, unit in _POSITION.items()),
        *(Column(f"true_velocity_{way}", number, "label", f"true velocity {way}", "m/s") for way in _WAYS),
        *(Column(axis, number, "label", f"{axis} of the antenna in the world", "m") for axis in "xyz"),
    )


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Samples]:
    """Yield all samples at once.

    Raises:
        ValueError: the receiver stands on no body.
    """
    times, settings = np.asarray(setup.times, np.float64), setup.settings
    if not len(times):
        return
    place = sensor_poses(recording, setup, times)[:, :3, 3]
    step = 0.5 / float(settings["rate"])
    first, last = recording.window
    start, end = np.maximum(times - step, first), np.minimum(times + step, last)
    moved = sensor_poses(recording, setup, end) - sensor_poses(recording, setup, start)
    velocity = moved[:, :3, 3] / np.maximum(end - start, 1e-9)[:, None]
    spread = np.array([settings["horizontal_error"]] * 2 + [settings["vertical_error"]], np.float64)
    error = np.stack([_wandering(setup, way, times) for way in _WAYS], axis=1) * spread
    origin = float(settings["latitude"]), float(settings["longitude"]), float(settings["altitude"])
    values: dict[str, Any] = {}
    for prefix, where in (("", place + error), ("true_", place)):
        for name, numbers in zip(_POSITION, geodetic(where, origin).T, strict=True):
            values[prefix + name] = numbers
    for k, way in enumerate(_WAYS):
        white = normals(setup.noise, setup.name, f"velocity {way}", times)
        values[f"velocity_{way}"] = velocity[:, k] + float(settings["velocity_error"]) * white
        values[f"true_velocity_{way}"] = velocity[:, k]
    yield Samples(0, times, values | dict(zip("xyz", place.T, strict=True)))


def geodetic(points: Array, origin: tuple[float, float, float]) -> Array:
    """Return (n, 3) latitude [rad], longitude [rad] and height above the ellipsoid [m] of points.

    Args:
        points: (n, 3) east, north and up of the origin [m].
        origin: its latitude, longitude and height.
    """
    latitude, longitude, height = origin
    sin_b, cos_b = math.sin(latitude), math.cos(latitude)
    sin_l, cos_l = math.sin(longitude), math.cos(longitude)
    curvature = _RADIUS / math.sqrt(1.0 - _SQUARE * sin_b**2)
    centre = np.array(
        [
            (curvature + height) * cos_b * cos_l,
            (curvature + height) * cos_b * sin_l,
            (curvature * (1.0 - _SQUARE) + height) * sin_b,
        ]
    )
    ways = np.array(
        [[-sin_l, cos_l, 0.0], [-sin_b * cos_l, -sin_b * sin_l, cos_b], [cos_b * cos_l, cos_b * sin_l, sin_b]]
    )
    x, y, z = (points @ ways + centre).T
    around = np.hypot(x, y)
    polar = _RADIUS * (1.0 - _FLATTENING)
    second = _SQUARE / (1.0 - _SQUARE)
    slant = np.arctan2(z * _RADIUS, around * polar)
    lat = np.arctan2(z + second * polar * np.sin(slant) ** 3, around - _SQUARE * _RADIUS * np.cos(slant) ** 3)
    sine = np.sin(lat)
    high = around * np.cos(lat) + z * sine - _RADIUS * np.sqrt(1.0 - _SQUARE * sine**2)
    return np.stack([lat, np.arctan2(y, x), high], axis=1)


def _wandering(setup: SensorSetup, way: str, times: Array) -> Array:
    """Return (n,) a Gauss-Markov process of unit variance, stationary from its first sample on."""
    keep = math.exp(-1.0 / float(setup.settings["rate"]) / float(setup.settings["correlation_time"]))
    driving = normals(setup.noise, setup.name, f"position {way}", times)
    driving[1:] *= math.sqrt(1.0 - keep * keep)
    return np.asarray(lfilter([1.0], [1.0, -keep], driving))

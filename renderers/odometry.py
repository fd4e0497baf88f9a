"""Odometry: speed, yaw rate and acceleration of the carrying body as its own sensors tell them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from renderers.sample import Column, Sample, SensorSetup
from sim.geometry import Array, matrix_from_pose
from sim.recording import Recording

__all__ = ["columns", "observe"]

_READINGS = {
    "speed": ("m/s", "forward speed"),
    "yaw_rate": ("rad/s", "rate of turn, positive to the left"),
    "acceleration": ("m/s2", "forward acceleration"),
}


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of an odometry table."""
    del settings  # the columns are always the same
    number = pa.float64()
    measured = [
        Column(name, number, "feature", f"measured {doc}", unit) for name, (unit, doc) in _READINGS.items()
    ]
    true = [
        Column(f"true_{name}", number, "label", f"true {doc}", unit) for name, (unit, doc) in _READINGS.items()
    ]
    pose = [Column(axis, number, "label", f"{axis} of the body's origin in the world", "m") for axis in "xyz"]
    heading = Column("yaw", number, "label", "heading of the body, counter-clockwise from world x", "rad")
    return (*measured, *true, *pose, heading)


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield one row per moment.

    Raises:
        ValueError: the sensor stands on no body, or the body moves without saying how fast.
    """
    if setup.on is None:
        raise ValueError(f"{setup.name!r} measures the motion of a body and stands on none")
    for index, t in enumerate(float(t) for t in setup.times):
        values: dict[str, float] = {}
        for name in _READINGS:
            true = _truth(recording, setup.on, name, t)
            spread = float(setup.settings[f"{name}_noise"])
            values[name] = true + spread * setup.noise.normal(setup.name, name, index, t)
            values[f"true_{name}"] = true
        pose = recording.pose_at(setup.on, t)
        values.update(x=float(pose[0]), y=float(pose[1]), z=float(pose[2]), yaw=_yaw(pose))
        yield Sample(index, t, values)


def _truth(recording: Recording, body: str, name: str, t: float) -> float:
    channel = recording.channel(body, name)
    if channel is not None:
        return channel.at(t)
    if any(body in track.bodies for track in recording.tracks):
        raise ValueError(f"{body!r} moves but has no channel {name!r}")
    return 0.0


def _yaw(pose: Array) -> float:
    T = matrix_from_pose(pose)
    return math.atan2(T[1, 0], T[0, 0])

"""An inertial measurement unit: angular rate and specific force, with noise, a wandering bias and saturation.

Rates are those of the recorded motion over one sampling interval, but no less than a tick of the recording: the
turn from half an interval before to half an interval after, and the second difference of the sensor's own
position, so that the lever arm is in it. At rest and level the accelerometer says +9.81 m/s2 upwards. The
rotation of the earth is left out.

Source: IEEE Std 952 and Woodman (2007), An introduction to inertial navigation, UCAM-CL-TR-696, for the error
model: white noise of density N has the Allan deviation N / sqrt(tau), a random walk K of the bias
K sqrt(tau / 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.spatial.transform import Rotation

from renderers.carried import normals, sensor_poses
from renderers.sample import Column, Samples, SensorSetup
from sim.geometry import Array
from sim.recording import Recording

__all__ = ["columns", "inertial_truth", "observe"]

GRAVITY = 9.80665
"""Standard gravity [m/s2]."""

_PARTS = {"gyro": ("rad/s", "angular rate about"), "accelerometer": ("m/s2", "specific force along")}


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of an IMU's table."""
    del settings  # the columns are always the same
    number = pa.float64()
    axes = [(part, axis, *facts) for part, facts in _PARTS.items() for axis in "xyz"]
    return (
        *(
            Column(f"{p}_{a}", number, "feature", f"measured {doc} the sensor's {a}", u)
            for p, a, u, doc in axes
        ),
        *(Column(f"true_{p}_{a}", number, "label", f"true {doc} the sensor's {a}", u) for p, a, u, doc in axes),
    )


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Samples]:
    """Yield all samples at once.

    Raises:
        ValueError: the sensor stands on no body.
    """
    times = np.asarray(setup.times, np.float64)
    if not len(times):
        return
    turn, force = inertial_truth(recording, setup)
    values: dict[str, Any] = {}
    for part, true in (("gyro", turn), ("accelerometer", force)):
        most = float(setup.settings[f"{part}_range"])
        for k, axis in enumerate("xyz"):
            name = f"{part}_{axis}"
            values[name] = np.clip(true[:, k] + _error(setup, part, axis, times), -most, most)
            values[f"true_{name}"] = true[:, k]
    yield Samples(0, times, values)


def inertial_truth(recording: Recording, setup: SensorSetup) -> tuple[Array, Array]:
    """Return (n, 3) angular rates [rad/s] and (n, 3) specific forces [m/s2] in the frame of the sensor."""
    step = max(1.0 / float(setup.settings["rate"]), _tick(recording, setup.on))
    first, last = recording.window
    middle = np.clip(setup.times, first + step, max(last - step, first + step))
    before, here, after = (sensor_poses(recording, setup, middle + k * step) for k in (-1, 0, 1))
    half = sensor_poses(recording, setup, middle - step / 2), sensor_poses(recording, setup, middle + step / 2)
    turned = np.swapaxes(half[0][:, :3, :3], 1, 2) @ half[1][:, :3, :3]
    turn = Rotation.from_matrix(turned).as_rotvec() / step
    acceleration = (after[:, :3, 3] - 2.0 * here[:, :3, 3] + before[:, :3, 3]) / step**2
    acceleration[:, 2] += GRAVITY
    return turn, np.einsum("nji,nj->ni", here[:, :3, :3], acceleration)


def _tick(recording: Recording, body: str | None) -> float:
    """Return the longest step of the body's track; 0 for a body that has none."""
    steps = [float(np.diff(track.times).max(initial=0.0)) for track in recording.tracks if body in track.bodies]
    return max(steps, default=0.0)


def _error(setup: SensorSetup, part: str, axis: str, times: Array) -> Array:
    """Return (n,) the bias with its walk, and the white noise, of one axis."""
    settings, name = setup.settings, setup.name
    rate = float(settings["rate"])
    start = float(settings[f"{part}_bias"]) * setup.noise.normal(
        name, f"{part} {axis} bias", 0, float(times[0])
    )
    steps = normals(setup.noise, name, f"{part} {axis} walk", times)
    steps[0] = 0.0
    white = normals(setup.noise, name, f"{part} {axis}", times)
    walk = float(settings[f"{part}_walk"]) / math.sqrt(rate) * np.cumsum(steps)
    return np.asarray(start + walk + float(settings[f"{part}_noise"]) * math.sqrt(rate) * white)

"""Compiles the camera's kernels by drawing one small frame, so that it can be done beside other work."""

from __future__ import annotations

import numpy as np

from renderers.camera.sensor import Camera
from renderers.sample import SensorSetup
from sim.fields import Chosen
from sim.geometry import Array
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Light, Scene, Shape

__all__ = ["compile_kernels"]

_SETTINGS = {
    "resolution": [32, 24],
    "fov": 1.0,
    "rate": 10.0,
    "labels": Chosen("all", {}),
    "format": "jpeg",
    "depth": "uint16",
    "exposure": 0.0,
    "noise": 1.0,
    "near": 0.1,
    "sees_carrier": False,
}


def compile_kernels() -> None:
    """Draw a frame with every label: a car that drives and reaches out of the picture, in the rain."""
    scene = Scene(("ground", "car"), Light(rain=1e-6))
    scene.add("ground", category="ground", shape=Shape("ground", (50.0, 50.0, 0.0)), labelled=False)
    scene.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)))
    times = np.array([0.0, 1.0])
    track = PoseTrack(("car",), times, np.stack([_pose(5.0), _pose(6.0)])[:, None])
    speed = Channel("car", "speed", "m/s", times, np.ones(2))
    outcome = Outcome({}, {}, {}, {})
    recording = Recording(scene, (track,), (speed,), {}, (), outcome, Draw(1, ()), {}, (0.0, 1.0))
    T_body_sensor = np.eye(4)
    T_body_sensor[:3, 3] = 0.0, 1.5, 1.4
    setup = SensorSetup("camera", "camera", None, T_body_sensor, _SETTINGS, times[:1], Noise(1))
    Camera(recording, setup).sample(0, 0.0)


def _pose(x: float) -> Array:
    return np.array([x, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])

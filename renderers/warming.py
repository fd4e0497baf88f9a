"""Compiles the kernels of camera, LiDAR and radar by a small frame each, beside other work."""

from __future__ import annotations

import numpy as np

from renderers.camera.sensor import Camera
from renderers.lidar.sensor import Lidar
from renderers.radar.sensor import RadarSensor
from renderers.sample import SensorSetup
from sim.fields import Chosen
from sim.geometry import Array
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Light, Scene, Shape

__all__ = ["compile_kernels", "compile_lidar", "compile_radar"]

_SETTINGS = {
    "resolution": [32, 24],
    "fov": 1.0,
    "focal": None,
    "centre": None,
    "distortion": Chosen("none", {}),
    "rate": 10.0,
    "labels": Chosen("all", {}),
    "stereo": None,
    "format": "jpeg",
    "depth": "uint16",
    "exposure": 0.0,
    "vignetting": 0.0,
    "noise": 1.0,
    "sensor": None,
    "shutter": 0.0,
    "readout": 0.0,
    "aperture": 0.0,
    "focus": 20.0,
    "blur_steps": 8,
    "contrast": 1.0,
    "saturation": 1.0,
    "warmth": 0.0,
    "tint": 0.0,
    "softness": 0.0,
    "quality": 95,
    "near": 0.1,
    "sees_carrier": False,
}

_LIDAR_SETTINGS = {
    "model": Chosen("vlp16", {}),
    "rate": 10.0,
    "columns": 16,
    "range": None,
    "nearest": 0.9,
    "reach": None,
    "noise": None,
    "divergence": None,
    "echoes": "dual",
    "sees_carrier": False,
}

_RADAR_SETTINGS = {
    "model": "near",
    "rate": 10.0,
    "range": None,
    "nearest": 0.2,
    "fov": None,
    "reach": None,
    "range_cell": None,
    "azimuth_cell": None,
    "speed_cell": None,
    "false_alarm": 1e-7,
    "ghosts": True,
    "clutter": True,
}


def compile_kernels() -> None:
    """Draw a frame with every label: a car that drives and reaches out of the picture, in the rain."""
    recording, T_body_sensor = _driving()
    setup = SensorSetup("camera", "camera", None, T_body_sensor, _SETTINGS, np.zeros(1), Noise(1))
    Camera(recording, setup).sample(0, 0.5)


def compile_lidar() -> None:
    """Scan the same scene."""
    recording, T_body_sensor = _driving()
    setup = SensorSetup("lidar", "lidar", None, T_body_sensor, _LIDAR_SETTINGS, np.zeros(1), Noise(1))
    Lidar(recording, setup).sample(0, 0.0)


def compile_radar() -> None:
    """Sweep over the same scene."""
    recording, T_body_sensor = _driving()
    setup = SensorSetup("radar", "radar", None, T_body_sensor, _RADAR_SETTINGS, np.zeros(1), Noise(1))
    RadarSensor(recording, setup).sample(0, 0.0)


def _driving() -> tuple[Recording, Array]:
    """Return a car that drives in the rain, and where a sensor stands."""
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
    return recording, T_body_sensor


def _pose(x: float) -> Array:
    return np.array([x, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])

"""A radar in a scene by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from renderers.radar.sensor import RadarSensor
from renderers.sample import SensorSetup
from sim.geometry import Array, matrix_from_pose, quaternion_from_rpy
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Light, Scene, Shape

SETTINGS: dict[str, Any] = {
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
    "ghosts": False,
    "clutter": True,
}

EDGE = 0.3
"""Of the plates of the reflectors [m]."""
APEX = 0.5
"""Height of their apex [m]."""


def _scene(reflectors: Mapping[str, tuple[float, ...]] | None = None, *, light: Light | None = None) -> Scene:
    """Return a scene of corner reflectors whose apex, 0.5 m high, is at x, y and that open towards a yaw."""
    scene = Scene(("static", "car", "building", "person", "guard rail"), light)
    size = (EDGE / np.sqrt(3.0), EDGE * np.sqrt(2.0), APEX + EDGE / np.sqrt(6.0))
    for name, (x, y, yaw) in (reflectors or {}).items():
        back = 0.5 * size[0]
        pose = (x + back * np.cos(yaw), y + back * np.sin(yaw), 0.0, *quaternion_from_rpy(0.0, 0.0, yaw))
        scene.add(name, category="static", shape=Shape("corner_reflector", size), pose=pose)
    return scene


def _recorded(
    scene: Scene, tracks: Mapping[str, tuple[Array, Array]] | None = None, channels: tuple[Channel, ...] = ()
) -> Recording:
    """Return a recording of 10 s; `tracks` is name -> (times, (T, 7) poses)."""
    moving = tuple(
        PoseTrack((name,), times, np.asarray(poses, np.float64)[:, None])
        for name, (times, poses) in (tracks or {}).items()
    )
    return Recording(scene, moving, channels, {}, (), Outcome({}, {}, {}, {}), Draw(1, ()), {}, (0.0, 10.0))


def _radar(
    scene: Scene, *, tracks: Mapping[str, tuple[Array, Array]] | None = None,
    channels: tuple[Channel, ...] = (), on: str | None = None,
    at: tuple[float, ...] = (0.0, 0.0, APEX, 0.0, 0.0, 0.0), times: tuple[float, ...] = (5.0,), seed: int = 11,
    **settings: object,
) -> RadarSensor:  # fmt: skip
    """Return a radar at x, y, z [m], roll, pitch, yaw [rad]."""
    pose = matrix_from_pose(np.concatenate([at[:3], quaternion_from_rpy(*at[3:])]))
    setup = SensorSetup("front", "radar", on, pose, {**SETTINGS, **settings}, np.array(times), Noise(seed))
    return RadarSensor(_recorded(scene, tracks, channels), setup)


@pytest.fixture
def scene() -> Callable[..., Scene]:
    return _scene


@pytest.fixture
def radar() -> Callable[..., RadarSensor]:
    return _radar

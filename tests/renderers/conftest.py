"""Scenes by hand, and a camera in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renderers.sample import SensorSetup
from sim.fields import Chosen
from sim.geometry import Array, matrix_from_pose, quaternion_from_rpy
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Scene

if TYPE_CHECKING:
    from renderers.camera.sensor import Camera

SETTINGS = {
    "resolution": [160, 120],
    "fov": np.radians(70.0),
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
    "noise": 0.0,
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


def _record(
    scene: Scene, tracks: Mapping[str, tuple[Array, Array]] | None = None, channels: tuple[Channel, ...] = ()
) -> Recording:
    """Return a recording of 10 s; `tracks` is name -> (times, (T, 7) poses)."""
    moving = tuple(
        PoseTrack((name,), times, np.asarray(poses)[:, None]) for name, (times, poses) in (tracks or {}).items()
    )
    outcome = Outcome({}, {}, {}, {})
    return Recording(scene, moving, channels, {}, (), outcome, Draw(1, ()), {}, (0.0, 10.0))


def _mount(
    *, on: str | None = None, at: tuple[float, ...] = (0.0, 0.0, 1.5, 0.0, 0.0, 0.0), name: str = "front",
    times: tuple[float, ...] = (0.0,), **settings: object,
) -> SensorSetup:  # fmt: skip
    """Return a camera at x, y, z [m], roll, pitch, yaw [rad]."""
    pose = np.concatenate([at[:3], quaternion_from_rpy(*at[3:])])
    return SensorSetup(
        name, "camera", on, matrix_from_pose(pose), {**SETTINGS, **settings}, np.array(times), Noise(11)
    )


@pytest.fixture
def record() -> Callable[..., Recording]:
    return _record


@pytest.fixture
def mount() -> Callable[..., SensorSetup]:
    return _mount


@pytest.fixture
def look() -> Callable[..., Camera]:
    """Return a camera in a scene of bodies that stand still."""

    def build(scene: Scene, *, threads: int = 1, **keywords: object) -> Camera:
        from renderers.camera.sensor import Camera  # the other tests here need none of it

        return Camera(_record(scene), _mount(**keywords), threads=threads)

    return build

"""A LiDAR in a scene by hand, and its turns as points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from oddsmith.clouds import point_cloud
from oddsmith.dataset import Frame
from renderers.lidar.sensor import Lidar
from renderers.sample import SensorSetup
from sim.fields import Chosen
from sim.geometry import Array, matrix_from_pose, quaternion_from_rpy
from sim.noise import Draw, Noise
from sim.recording import Outcome, PoseTrack, Recording
from sim.scene import Scene

SETTINGS: dict[str, Any] = {
    "model": Chosen("elevations", tuple(np.radians([-20.0, -10.0, -5.0, 0.0, 5.0]))),
    "rate": 10.0,
    "columns": 360,
    "range": 100.0,
    "nearest": 0.5,
    "reach": 1000.0,
    "noise": 0.0,
    "divergence": 0.0,
    "echoes": "strongest",
    "sees_carrier": False,
}


def _recorded(scene: Scene, tracks: Mapping[str, tuple[Array, Array]] | None = None) -> Recording:
    """Return a recording of 10 s; `tracks` is name -> (times, (T, 7) poses)."""
    moving = tuple(
        PoseTrack((name,), times, np.asarray(poses, np.float64)[:, None])
        for name, (times, poses) in (tracks or {}).items()
    )
    return Recording(scene, moving, (), {}, (), Outcome({}, {}, {}, {}), Draw(1, ()), {}, (0.0, 10.0))


def _lidar(
    scene: Scene, *, tracks: Mapping[str, tuple[Array, Array]] | None = None, on: str | None = None,
    at: tuple[float, ...] = (0.0, 0.0, 2.0, 0.0, 0.0, 0.0), times: tuple[float, ...] = (5.0,), threads: int = 1,
    seed: int = 11, **settings: object,
) -> Lidar:  # fmt: skip
    """Return a LiDAR at x, y, z [m], roll, pitch, yaw [rad]."""
    pose = matrix_from_pose(np.concatenate([at[:3], quaternion_from_rpy(*at[3:])]))
    setup = SensorSetup("top", "lidar", on, pose, {**SETTINGS, **settings}, np.array(times), Noise(seed))
    return Lidar(_recorded(scene, tracks), setup, threads=threads)


@pytest.fixture
def lidar() -> Callable[..., Lidar]:
    return _lidar


@pytest.fixture
def turn() -> Callable[..., tuple[Frame, Any]]:
    """Return one turn as the frame a reader gets, and its points."""

    def build(scene: Scene, *, t: float = 5.0, **keywords: Any) -> tuple[Frame, Any]:
        sample = _lidar(scene, **keywords).sample(0, t)
        frame = Frame("top", None, sample.index, sample.t, sample.values)  # type: ignore[arg-type]
        return frame, point_cloud(frame)

    return build

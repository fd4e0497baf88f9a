"""What sensors that ride on a body and give a row per moment share: their poses, and noise by the array."""

from __future__ import annotations

import numba as nb
import numpy as np

from renderers.sample import SensorSetup
from sim.geometry import Array, matrix_from_pose
from sim.noise import Noise, address, entity_hash
from sim.noise_kernels import normal_at
from sim.recording import Recording

__all__ = ["normals", "sensor_poses"]


def normals(noise: Noise, entity: str, stream: str, times: Array) -> Array:
    """Return (n,) what `noise.normal(entity, stream, k, times[k])` gives for each k.

    Args:
        noise: of the episode.
        entity: whose.
        stream: which of its streams.
        times: (n,) moments of use [s].
    """
    where, who = np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))
    return np.asarray(_normals(*noise.arrays, where, who, np.ascontiguousarray(times, np.float64)))


def sensor_poses(recording: Recording, setup: SensorSetup, times: Array) -> Array:
    """Return (n, 4, 4) T_world_sensor of a sensor at some moments.

    Raises:
        ValueError: the sensor stands on no body.
    """
    if setup.on is None:
        raise ValueError(f"{setup.name!r} measures the motion of a body and stands on none")
    return np.asarray(matrix_from_pose(recording.path_of(setup.on, times)) @ setup.T_body_sensor)


@nb.njit(cache=True, nogil=True)
def _normals(
    key: np.uint64, keys: np.ndarray, entities: np.ndarray, since: np.ndarray, betas: np.ndarray,
    where: np.uint64, who: np.uint64, times: np.ndarray,
) -> np.ndarray:  # fmt: skip
    out = np.empty(len(times))
    for k in range(len(times)):
        out[k] = normal_at(key, keys, entities, since, betas, where, who, k, times[k])
    return out

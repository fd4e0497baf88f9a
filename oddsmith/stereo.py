"""Stereo pairs of a dataset: which camera stands right of which, by what the dataset says of both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oddsmith.dataset import Dataset, Frame

__all__ = ["baseline_of", "right_cameras"]

_TURNED = 1e-6
"""Greatest turn [rad] and greatest step up or ahead [m] between the cameras of a rectified pair."""


def baseline_of(left: Frame, right: Frame) -> float | None:
    """Return how far right of a camera another one stands, alike and turned alike [m]; None if not."""
    T = np.linalg.inv(left["T_world_camera"]) @ right["T_world_camera"]
    is_turned = np.abs(T[:3, :3] - np.eye(3)).max() > _TURNED
    if is_turned or np.abs(T[1:3, 3]).max() > _TURNED or T[0, 3] <= _TURNED:
        return None
    return float(T[0, 3]) if np.array_equal(left["K"], right["K"]) else None


def right_cameras(dataset: Dataset, cameras: Sequence[str]) -> dict[str, str]:
    """Return left camera -> the right one of its pair; a camera belongs to one pair at most.

    Args:
        dataset: whose cameras.
        cameras: those that may pair, each with `K` and `T_world_camera`.
    """
    found: dict[str, str] = {}
    for left in cameras:
        first = next(dataset.frames(left, columns=["K", "T_world_camera"]), None)
        if first is None or left in found.values():
            continue
        apart = []
        for right in cameras:
            beside = first.episode.frames(right, columns=["K", "T_world_camera"])
            other = next((frame for frame in beside if frame.t == first.t), None)
            if right not in (left, *found, *found.values()) and other is not None:
                distance = baseline_of(first, other)
                apart += [] if distance is None else [(distance, right)]
        if apart:
            found[left] = min(apart)[1]
    return found

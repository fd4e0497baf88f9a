"""Stereo pairs: which two cameras make one, and how far apart they see a point.

Two cameras of a rectified pair are alike, look the same way and stand beside each other along the rows of their
pictures. A point at depth Z then lies fx B / Z columns apart in their pictures, B metres between the cameras:
its disparity, the same number in both. This module is light: `check` uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import RunError
from sim.views import Mounted, Pair

if TYPE_CHECKING:
    from sim.geometry import Array

__all__ = ["STEREO", "baseline"]

_ALIKE = ("resolution", "fov", "focal", "centre", "rate", "readout")
_TURNED = 1e-9
"""Greatest turn [rad] and greatest step forward or up [m] between the two of a pair."""
_NEAREST = 1e-6
"""Shortest baseline [m]."""


def _fault(own: Mounted, other: Mounted | None) -> str | None:
    """Return what keeps two cameras from being a rectified pair, or one from being alone."""
    if other is None:
        labels = own.settings["labels"]
        is_asked = labels.kind == "only" and "disparity" in labels.settings
        return "the label 'disparity' takes the other camera of a pair, named here" if is_asked else None
    import numpy as np

    from sim.geometry import inverse, matrix_from_pose, quaternion_from_rpy

    if own.on != other.on:
        return f"the two of a stereo pair stand on one body, not on {own.on!r} and {other.on!r}"
    differing = [name for name in _ALIKE if own.settings[name] != other.settings[name]]
    if differing:
        return f"the two of a stereo pair are alike, and these differ in {', '.join(differing)}"
    if own.settings["distortion"].kind != "none" or other.settings["distortion"].kind != "none":
        return "disparity is told between rectified pictures: neither camera of a stereo pair has a distortion"
    first, second = (
        matrix_from_pose(np.concatenate([one.at[:3], quaternion_from_rpy(*one.at[3:])])) for one in (own, other)
    )
    return _shift_fault(inverse(first) @ second)


def _shift_fault(T: Array) -> str | None:
    import numpy as np

    if np.abs(T[:3, :3] - np.eye(3)).max() > _TURNED:
        return "the two of a stereo pair look the same way: give both the same roll, pitch and yaw"
    ahead, left, up = (float(value) for value in T[:3, 3])
    if max(abs(ahead), abs(up)) > _TURNED:
        return (
            "the two of a stereo pair stand beside each other, along the rows of their pictures; the other is "
            f"{ahead:g} m ahead and {up:g} m above"
        )
    return None if abs(left) > _NEAREST else "the two of a stereo pair stand in the same place"


def baseline(T_sensor_other: Array) -> float:
    """Return the distance between the two of a pair [m].

    Args:
        T_sensor_other: (4, 4) pose of the other in the mounting frame (x forward, y left, z up).

    Raises:
        RunError: in this episode they are no pair.
    """
    fault = _shift_fault(T_sensor_other)
    if fault is not None:
        raise RunError(fault)
    return abs(float(T_sensor_other[1, 3]))


STEREO = Pair(key="stereo", fault=_fault)
"""How a camera names the other of its pair."""

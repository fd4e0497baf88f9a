"""What cameras, LiDARs and radars see, told to the simulation. This module is light."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from renderers.camera.intrinsics import Intrinsics
from sim.views import View

__all__ = ["camera_view", "lidar_view", "radar_view"]

_DIRECTIONS = 256
"""Directions about the axis at which a picture's border is told; between two it is taken as straight enough."""
_HALVINGS = 50


def camera_view(settings: Mapping[str, Any]) -> View:
    """Return what a camera sees: what its lens takes into the picture, tangential distortion left out."""
    return _seen_by(Intrinsics.of(settings))


@lru_cache(maxsize=64)
def _seen_by(intrinsics: Intrinsics) -> View:
    return View(limits=tuple(_limit(intrinsics, 2.0 * math.pi * k / _DIRECTIONS) for k in range(_DIRECTIONS)))


def _limit(i: Intrinsics, direction: float) -> float:
    """Return the angle from the axis at which the picture ends.

    Args:
        i: the camera.
        direction: about the axis, from left over up [rad].
    """
    left, up = math.cos(direction), math.sin(direction)
    # Distances to the border in the bent plane one metre ahead; the picture's u grows to the right, v down.
    ways = [
        (i.cx / i.fx if left > 0.0 else (i.width - i.cx) / i.fx, abs(left)),
        (i.cy / i.fy if up > 0.0 else (i.height - i.cy) / i.fy, abs(up)),
    ]
    border = min(way / share for way, share in ways if share > 1e-12)
    low, high = 0.0, i.lens.limit
    if i.lens.shifted(high) <= border:
        return high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if i.lens.shifted(middle) < border else (low, middle)
    return low


def lidar_view(settings: Mapping[str, Any]) -> View:
    """Return what a LiDAR sees: all around, between its lowest and its highest beam."""
    from renderers.lidar.models import model_of

    model = model_of(settings)
    return View(elevation=(float(model.elevations[-1]), float(model.elevations[0])), farthest=model.range)


def radar_view(settings: Mapping[str, Any]) -> View:
    """Return what a radar sees."""
    from renderers.radar.models import model_of

    model = model_of(settings)
    return View(azimuth=0.5 * model.fov, elevation=(-model.height, model.height), farthest=model.range)

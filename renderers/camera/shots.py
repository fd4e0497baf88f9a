"""The views that are averaged into one picture: over the time the shutter is open, and over the lens' opening.

The mean of pictures from many moments and many points of the opening tends to what a lens of that size and a
shutter of that time give, edges and shadows included (Haeberli and Akeley 1990, "The accumulation buffer").
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sim.geometry import Array

__all__ = ["is_blurred", "moments", "moved", "openings"]

_GOLDEN = math.pi * (3.0 - math.sqrt(5.0))


def is_blurred(settings: Mapping[str, Any]) -> bool:
    """Return whether a camera's pictures are averages."""
    return float(settings["shutter"]) > 0.0 or float(settings["aperture"]) > 0.0


def moments(t: float, shutter: float, count: int, window: tuple[float, float]) -> Iterator[float]:
    """Yield moments in the middle of equal parts of the exposure, which lies around t.

    Args:
        t: moment of the frame [s].
        shutter: time it is open [s].
        count: how many.
        window: of the recording; what would lie outside is moved to its ends.
    """
    for n in range(count):
        yield min(max(t + shutter * ((n + 0.5) / count - 0.5), window[0]), window[1])


def openings(aperture: float, count: int) -> Iterator[tuple[float, float]]:
    """Yield points of the lens' opening, right and down of its middle, spread evenly over its area [m].

    Neighbours in this order lie far apart, so that time and place on the lens are not drawn together.

    Source: Vogel (1979), A better way to construct the sunflower head.
    """
    step = next(k for k in range(max(round(0.618 * count), 1), count + 2) if math.gcd(k, count) == 1)
    for n in range(count):
        place = n * step % count
        r, angle = 0.5 * aperture * math.sqrt((place + 0.5) / count), _GOLDEN * place
        yield r * math.cos(angle), r * math.sin(angle)


def moved(T_world_camera: Array, right: float, down: float) -> Array:
    """Return (4, 4) of the camera looking through a point of its opening."""
    T = T_world_camera.copy()
    T[:3, 3] += T_world_camera[:3, 0] * right + T_world_camera[:3, 1] * down
    return T

"""What weather does to a finished picture: rain streaks and falling snow.

Fog and wet surfaces belong to shading; this touches colours only and never sees a label. Every drop comes from
the frame's key and its own number, so a frame is the same in whatever order frames are rendered.

Sizes and speeds: Marshall and Palmer (1948) for the number of drops, N(D) = 8000 exp(-4.1 R^-0.21 D) per m3 and
mm with R in mm/h; Gunn and Kinzer (1949) for their fall, about 6.5 m/s for the drops one sees; Garg and Nayar
(2007) for how a streak brightens what it passes.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.noise import philox
from sim.scene import Light

__all__ = ["degrade"]

Image = NDArray[np.uint8]

EXPOSURE = 1 / 125
"""Shutter time that draws a drop out to a streak [s]."""
GUST = 9.0
"""Period in which the wind swings [s]; it blows across at up to 0.9 m/s."""
FALL = 6.5
"""Speed of falling drops [m/s]."""
FLAKE_FALL = 1.1
"""Speed of falling flakes [m/s]."""
DROP, FLAKE = 0.0022, 0.0075
"""Diameters of what is drawn [m]."""
SNOW = 0x5EED
"""Sets the numbers of flakes apart from those of drops."""
NEAREST, FARTHEST = 0.6, 4.5
"""Streaks nearer blur away, farther ones are finer than a pixel and belong to the haze [m]."""
SMALLEST = 1.5
"""Diameter from which on a drop is drawn for itself [mm]; smaller ones are part of the haze."""
MOST = 20_000
"""Drops drawn at most."""

_WORD = 2.0**-32

_philox = nb.njit(philox, inline="always")


def degrade(rgb: Image, *, light: Light, key: int, t: float, focal: float, speed: float) -> Image:
    """Return the picture as seen through rain and snow; the same picture where there are none.

    Args:
        rgb: (H, W, 3) finished 8-bit picture.
        light: its rain [m/s of water] and snow.
        key: 64 random bits of this frame.
        t: moment of the episode [s]; the wind that slants the streaks swings slowly.
        focal: focal length [px].
        speed: how fast the camera drives [m/s]; streaks lean towards it and lengthen.

    Returns:
        (H, W, 3) uint8; the argument itself is never written to.
    """
    if light.rain <= 0.0 and light.snow <= 0.0:
        return rgb
    canvas = rgb.astype(np.float32)
    wind = 0.9 * math.sin(2 * math.pi * t / GUST)
    brightness = float(canvas[: max(1, len(canvas) // 2)].mean())
    if light.rain > 0.0:
        count = _count(rgb.shape[1], focal, _drops_per_volume(light.rain * 3.6e6))
        _draw_drops(
            canvas, np.uint64(key), count, focal, speed, wind, FALL, DROP, 1.25 * brightness + 12.0, 0.65
        )
    if light.snow > 0.0 and _is_falling(light):
        count = _count(rgb.shape[1], focal, 55.0 * light.snow)
        white = 1.5 * brightness + 40.0
        _draw_drops(canvas, np.uint64(key ^ SNOW), count, focal, speed, wind, FLAKE_FALL, FLAKE, white, 0.8)
    return np.clip(canvas + np.float32(0.5), 0.0, 255.0).astype(np.uint8)


def _drops_per_volume(rate: float) -> float:
    """Return the number of visible drops per cubic metre at a rain rate [mm/h]."""
    slope = 4.1 * rate**-0.21
    return 8000.0 / slope * math.exp(-slope * SMALLEST)


def _is_falling(light: Light) -> bool:
    """Return whether snow falls as well as lies: where the air is not clear."""
    return light.visibility < 5000.0


def _count(width: int, focal: float, density: float) -> int:
    """Return how many drops are in the part of the view where they show, at a density per cubic metre."""
    spread = width / focal
    volume = spread * spread * 0.8 * (FARTHEST**3 - NEAREST**3) / 3.0
    return int(min(MOST, density * volume))


@nb.njit(cache=True, nogil=True)
def _draw_drops(
    canvas: np.ndarray, key: np.uint64, count: int, focal: float, speed: float, wind: float, fall: float,
    size: float, brightness: float, opacity: float,
) -> None:  # fmt: skip
    """Draw streaks: each drop at its place in the view, drawn out by its fall and the camera's own way."""
    height, width = canvas.shape[0], canvas.shape[1]
    for n in range(count):
        a, b, c, d = _philox(key, np.uint64(0x7A1B), np.uint64(n))
        near, far = NEAREST * NEAREST * NEAREST, FARTHEST * FARTHEST * FARTHEST
        z = (near + (far - near) * (c * _WORD)) ** (1.0 / 3.0)
        x, y = (a * _WORD - 0.5) * width, (b * _WORD - 0.5) * height
        scale = focal / z
        grow = speed * EXPOSURE / z
        sway = (wind + 0.35 * fall * (d * _WORD - 0.5)) * EXPOSURE * scale
        dx, dy = x * grow + sway, y * grow + fall * EXPOSURE * scale
        wide = max(size * scale, 0.6)
        cover = opacity * min(1.0, size * scale / 0.6) * min(1.0, wide / (0.25 * math.hypot(dx, dy) + wide))
        _streak(canvas, x + 0.5 * width, y + 0.5 * height, dx, dy, wide, cover, brightness)


@nb.njit(cache=True, nogil=True)
def _streak(
    canvas: np.ndarray, x: float, y: float, dx: float, dy: float, wide: float, cover: float, brightness: float
) -> None:
    """Blend one soft line into the picture."""
    height, width = canvas.shape[0], canvas.shape[1]
    length = max(math.hypot(dx, dy), 1e-6)
    steps = max(1, int(length))
    half = max(1, math.ceil(wide))
    for k in range(steps + 1):
        px, py = x + dx * k / steps, y + dy * k / steps
        taper = cover * (1.0 - abs(2.0 * k / steps - 1.0) ** 3) if steps > 2 else cover
        i, j = math.floor(py), math.floor(px)
        if i < 0 or i >= height:
            continue
        for q in range(max(0, j - half), min(width, j + half + 1)):
            share = taper * max(0.0, 1.0 - abs(q + 0.5 - px) / (wide + 0.5))
            for channel in range(3):
                canvas[i, q, channel] += share * (brightness - canvas[i, q, channel])

"""From light on the sensor to levels of the picture: fall-off of the lens, photons, reading, tone curve, noise.

The sensor follows the linear model of EMVA 1288: the number of electrons has the variance of a Poisson law,
read noise is normal, both are added, cut at zero and at the full well, and told in whole steps. The Poisson law
is taken as normal, which is close from some ten electrons on; below, read noise hides the difference.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from renderers.raster.shading import FULL
from sim.compiled import inlined, kernel
from sim.noise_kernels import philox

__all__ = ["FULL_WELL_AT", "Fall", "Photosites", "develop"]

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)

FULL_WELL_AT = 8.0
"""Exposed radiance at which a pixel is full: three stops above the white wall that exposure is made for."""


class Fall(NamedTuple):
    """How light falls off towards the corners: as the fourth power of a cosine, scaled to a loss.

    Attributes:
        loss: share of the light lost in the farthest corner.
        cx: column of the optical axis [px].
        cy: its row [px].
        corner: distance of the farthest corner from it [px].
    """

    loss: float
    cx: float
    cy: float
    corner: float


class Photosites(NamedTuple):
    """What counts the photons.

    Attributes:
        full_well: electrons at which a pixel is full; 0 for a sensor that adds nothing of its own.
        read_noise: standard deviation of reading it [electrons].
        steps: whole steps up to the full well.
    """

    full_well: float
    read_noise: float
    steps: float


@inlined
def _draws(
    table: np.ndarray, key: np.uint64, stream: int, at: int
) -> tuple[float, float, float, float, float, float]:
    """Return six standard normal draws: one Philox block gives eight pieces of 12 bits."""
    w0, w1, w2, _ = philox(key, np.uint64(stream), np.uint64(at))
    return (
        table[w0 >> np.uint64(20)],
        table[w0 & np.uint64(4095)],
        table[w1 >> np.uint64(20)],
        table[w1 & np.uint64(4095)],
        table[w2 >> np.uint64(20)],
        table[w2 & np.uint64(4095)],
    )


@inlined
def _counted(
    light: float, draw: float, per_light: float, variance: float, per_electron: float, steps: float
) -> float:
    """Return the light that a pixel tells: electrons with their noise, in whole steps up to the full well."""
    electrons = light * per_light
    noisy = electrons + math.sqrt(electrons + variance) * draw
    told = math.floor(noisy * per_electron + _HALF)
    return min(max(told, _ZERO), steps) / (per_electron * per_light)


@inlined
def _shown(tone: np.ndarray, light: float) -> float:
    """Return the display level of exposed radiance."""
    top = tone.shape[0] - 1
    return tone[np.uint64(min(np.int32(math.sqrt(max(light, _ZERO) / FULL) * _F(top)), top))]


@inlined
def _level(value: float) -> np.uint8:
    return np.uint8(min(max(value + _HALF, _ZERO), _F(255.0)))


@kernel
def develop(
    picture: np.ndarray, tone: np.ndarray, fall: Fall, sensor: Photosites, key: np.uint64, sigma: float,
    table: np.ndarray, top: int, bottom: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the levels of the rows top..bottom-1.

    Args:
        picture: (H, W, 3) float32 exposed radiance.
        tone: (N,) float32 display levels, as in `Lighting`.
        fall: how light falls off towards the corners.
        sensor: what counts it.
        key: 64 random bits of this frame.
        sigma: standard deviation of noise that is added to the levels.
        table: (4096,) normal quantiles.
        top: first row.
        bottom: past the last.
        out: (H, W, 3) uint8, written.
    """
    width = picture.shape[1]
    strength = _F(sigma)
    is_falling, counts = fall.loss > 0.0, sensor.full_well > 0.0
    bend = _F((1.0 / math.sqrt(1.0 - fall.loss) - 1.0) / (fall.corner * fall.corner))
    per_light, variance = _F(sensor.full_well / FULL_WELL_AT), _F(sensor.read_noise * sensor.read_noise)
    steps = _F(sensor.steps)
    per_electron = _F(sensor.steps / max(sensor.full_well, 1e-9))
    middle, share = _F(fall.cx - 0.5), _ONE
    for v in range(top, bottom):
        dy = _F(v + 0.5 - fall.cy)
        for u in range(0, width, 2):
            n0 = n1 = n2 = n3 = n4 = n5 = m0 = m1 = m2 = m3 = m4 = m5 = _ZERO
            if sigma > 0.0:
                n0, n1, n2, n3, n4, n5 = _draws(table, key, 0, v * width + u)
            if counts:
                m0, m1, m2, m3, m4, m5 = _draws(table, key, 1, v * width + u)
            if is_falling:
                share = _fallen(_F(u) - middle, dy, bend)
            r, g, b = picture[v, u, 0] * share, picture[v, u, 1] * share, picture[v, u, 2] * share
            if counts:
                r = _counted(r, m0, per_light, variance, per_electron, steps)
                g = _counted(g, m1, per_light, variance, per_electron, steps)
                b = _counted(b, m2, per_light, variance, per_electron, steps)
            out[v, u, 0] = _level(_shown(tone, r) + strength * n0)
            out[v, u, 1] = _level(_shown(tone, g) + strength * n1)
            out[v, u, 2] = _level(_shown(tone, b) + strength * n2)
            if u + 1 == width:
                continue
            if is_falling:
                share = _fallen(_F(u + 1) - middle, dy, bend)
            r, g, b = picture[v, u + 1, 0] * share, picture[v, u + 1, 1] * share, picture[v, u + 1, 2] * share
            if counts:
                r = _counted(r, m3, per_light, variance, per_electron, steps)
                g = _counted(g, m4, per_light, variance, per_electron, steps)
                b = _counted(b, m5, per_light, variance, per_electron, steps)
            out[v, u + 1, 0] = _level(_shown(tone, r) + strength * n3)
            out[v, u + 1, 1] = _level(_shown(tone, g) + strength * n4)
            out[v, u + 1, 2] = _level(_shown(tone, b) + strength * n5)


@inlined
def _fallen(dx: float, dy: float, bend: float) -> float:
    """Return the share of the light that reaches a place: cos^4 = 1 / (1 + tan^2)^2 of a scaled angle."""
    below = _ONE + bend * (dx * dx + dy * dy)
    return _ONE / (below * below)

"""From light on the sensor to levels of the picture: fall-off of the lens, photons, reading, tone curve, noise.

The sensor follows the linear model of EMVA 1288: the number of electrons has the variance of a Poisson law,
read noise is normal, both are added, cut at zero and at the full well, and told in whole steps. The Poisson law
is taken as normal, which is close from some ten electrons on; below, read noise hides the difference.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from renderers.raster.light import FULL
from sim.compiled import inlined, kernel
from sim.noise_kernels import philox

__all__ = ["FULL_WELL_AT", "Fall", "Photosites", "develop"]

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_NEXT, _AFTER_NEXT, _HIGH, _LOW = np.uint64(1), np.uint64(2), np.uint64(20), np.uint64(4095)

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


@kernel
def _draw(
    table: np.ndarray, key: np.uint64, stream: int, first: int, words: np.ndarray, draws: np.ndarray
) -> None:  # fmt: skip
    """Write a row of standard normal draws: one Philox block gives eight pieces of 12 bits, six of them used.

    Args:
        table: (4096,) normal quantiles.
        key: 64 random bits.
        stream: number of the stream.
        first: number of the row's first pixel.
        words: (3 P,) uint64 to work in, for P pairs of pixels.
        draws: (6 P,) float32, written.
    """
    pairs = np.uint64(words.shape[0] // 3)
    for p in range(np.uint64(0), pairs):
        w0, w1, w2, _ = philox(key, np.uint64(stream), np.uint64(first) + p + p)
        words[p], words[pairs + p], words[pairs + pairs + p] = w0, w1, w2
    for p in range(np.uint64(0), pairs):
        for c in range(np.uint64(3)):
            word, at = words[c * pairs + p], np.uint64(6) * p + c + c
            draws[at], draws[at + _NEXT] = table[word >> _HIGH], table[word & _LOW]


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
def _level(value: float) -> np.uint8:
    return np.uint8(min(max(value + _HALF, _ZERO), _F(255.0)))


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
    pairs = (width + 1) // 2
    _develop(
        width, np.ascontiguousarray(picture).reshape(-1), tone, fall, sensor, key, sigma, table, top, bottom,
        np.empty(3 * pairs, np.uint64), np.zeros(6 * pairs, np.float32), np.zeros(6 * pairs, np.float32),
        np.empty(6 * pairs, np.float32), np.empty(6 * pairs, np.int32), out.reshape(-1),
    )  # fmt: skip


@kernel
def _develop(
    width: int, picture: np.ndarray, tone: np.ndarray, fall: Fall, sensor: Photosites, key: np.uint64,
    sigma: float, table: np.ndarray, top: int, bottom: int, words: np.ndarray, noise: np.ndarray,
    shot: np.ndarray, light: np.ndarray, step: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the levels row by row, in passes; the five arrays before the last are to work in."""
    strength = _F(sigma)
    bend = _F((1.0 / math.sqrt(1.0 - fall.loss) - 1.0) / (fall.corner * fall.corner))
    per_light, variance = _F(sensor.full_well / FULL_WELL_AT), _F(sensor.read_noise * sensor.read_noise)
    steps = _F(sensor.steps)
    per_electron = _F(sensor.steps / max(sensor.full_well, 1e-9))
    middle, end, brightest = _F(fall.cx - 0.5), np.uint64(3 * width), np.int32(tone.shape[0] - 1)
    for v in range(top, bottom):
        first = np.uint64(3 * v * width)
        for i in range(np.uint64(0), end):
            light[i] = picture[first + i]
        if fall.loss > 0.0:
            dy = _F(v + 0.5 - fall.cy)
            for u in range(width):
                share, at = _fallen(_F(u) - middle, dy, bend), np.uint64(3 * u)
                light[at], light[at + _NEXT] = light[at] * share, light[at + _NEXT] * share
                light[at + _AFTER_NEXT] = light[at + _AFTER_NEXT] * share
        if sensor.full_well > 0.0:
            _draw(table, key, 1, v * width, words, shot)
            for i in range(np.uint64(0), end):
                light[i] = _counted(light[i], shot[i], per_light, variance, per_electron, steps)
        if sigma > 0.0:
            _draw(table, key, 0, v * width, words, noise)
        for i in range(np.uint64(0), end):
            step[i] = min(np.int32(_F(math.sqrt(max(light[i], _ZERO) / FULL)) * _F(brightest)), brightest)
        for i in range(np.uint64(0), end):
            out[first + i] = _level(tone[np.uint64(step[i])] + strength * noise[i])


@inlined
def _fallen(dx: float, dy: float, bend: float) -> float:
    """Return the share of the light that reaches a place: cos^4 = 1 / (1 + tan^2)^2 of a scaled angle."""
    below = _ONE + bend * (dx * dx + dy * dy)
    return _ONE / (below * below)

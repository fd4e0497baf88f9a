"""From radiance to the picture: lens, exposure, display curve, noise of the sensor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from renderers.raster.resolve import finish, normal_table
from sim.compiled import kernel
from sim.geometry import Array

__all__ = ["developed", "levels_of"]

_CORNER = 0.10
"""How much darker the corner of the picture is for the lens. Assumption: a good lens at a middle stop."""


@kernel
def _blur_rows(picture: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """Blur (H, 3 W) interleaved rows along themselves, mirrored at the ends."""
    reach, width = weights.shape[0] - 1, picture.shape[1] // 3
    begin, end = 3 * reach, 3 * (width - reach)
    for v in range(picture.shape[0]):
        row, to = picture[v], out[v]
        for i in range(row.shape[0]):
            to[i] = weights[0] * row[i]
        for k in range(1, reach + 1):
            weight, left, right = weights[k], row[begin - 3 * k :], row[begin + 3 * k :]
            inner = to[begin:end]
            for i in range(end - begin):
                inner[i] += weight * (left[i] + right[i])
        for u in range(width):
            if reach <= u < width - reach:
                continue
            for k in range(1, reach + 1):
                a, b = abs(u - k), width - 1 - abs(width - 1 - u - k)
                for c in range(3):
                    to[3 * u + c] += weights[k] * (row[3 * a + c] + row[3 * b + c])


@kernel
def _blur_columns(picture: np.ndarray, weights: np.ndarray, out: np.ndarray) -> None:
    """Blur (H, N) rows across each other, mirrored at the ends."""
    height = picture.shape[0]
    for v in range(height):
        row, to = picture[v], out[v]
        for i in range(row.shape[0]):
            to[i] = weights[0] * row[i]
        for k in range(1, weights.shape[0]):
            a, b = picture[abs(v - k)], picture[height - 1 - abs(height - 1 - v - k)]
            weight = weights[k]
            for i in range(row.shape[0]):
                to[i] += weight * (a[i] + b[i])


@kernel
def _levels(
    picture: np.ndarray,
    gain: float,
    corner: float,
    curve: np.ndarray,
    left: int,
    top: int,
    width: int,
    height: int,
) -> None:
    """Turn radiance of a window of an image into display levels, read from a curve over the root of 0 to 2."""
    half = 0.25 * (width * width + height * height)
    last = curve.shape[0] - 1
    most = last - 1e-9
    for v in range(picture.shape[0]):
        down = (top + v + 0.5 - 0.5 * height) ** 2
        for u in range(picture.shape[1]):
            across = left + u + 0.5 - 0.5 * width
            scale = 0.5 * gain * (1.0 - corner * (across * across + down) / half)
            for c in range(3):
                at = min(math.sqrt(max(picture[v, u, c] * scale, 0.0)) * last, most)
                k = int(at)
                picture[v, u, c] = curve[k] + (at - k) * (curve[k + 1] - curve[k])


def _curve() -> Array:
    """Return (2049,) levels over the root of radiance: sRGB (IEC 61966-2-1) with a shoulder before white."""
    light = 2.0 * np.linspace(0.0, 1.0, 2049) ** 2
    light = np.where(light > 0.8, 0.8 + 0.2 * (1.0 - np.exp(-(light - 0.8) / 0.2)), light)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1.0 / 2.4) - 0.055)
    return np.asarray(255.0 * shown)


_CURVE = _curve()


def levels_of(
    radiance: NDArray[np.float32], gain: float, blur: float, *, window: tuple[int, int, int, int] | None = None
) -> NDArray[np.float32]:
    """Return (H, W, 3) display levels, 0 to 255, not rounded.

    Args:
        radiance: (H, W, 3).
        gain: of the exposure.
        blur: standard deviation of the lens [px].
        window: first column, first row, width and height of the image of which this is a part; the whole unless
            given.
    """
    picture = np.array(radiance, order="C")
    if blur > 0.0:
        reach = min(max(math.ceil(3.0 * blur), 1), min(radiance.shape[:2]) - 1)
        weights = np.exp(-0.5 * (np.arange(reach + 1) / blur) ** 2)
        weights /= weights[0] + 2.0 * weights[1:].sum()
        weights = weights.astype(np.float32)
        rows = np.empty((radiance.shape[0], 3 * radiance.shape[1]), np.float32)
        _blur_rows(np.ascontiguousarray(radiance).reshape(rows.shape), weights, rows)
        _blur_columns(rows, weights, picture.reshape(rows.shape))
    left, top, width, height = window or (0, 0, radiance.shape[1], radiance.shape[0])
    _levels(picture, gain, _CORNER, _CURVE, left, top, width, height)
    return picture


def developed(levels: NDArray[np.float32], *, key: int, noise: float) -> NDArray[np.uint8]:
    """Return the (H, W, 3) RGB picture of levels with pixel noise [levels]."""
    out = np.empty(levels.shape, np.uint8)
    finish(levels, np.uint64(key), noise, normal_table(), 0, levels.shape[0], out)
    return out

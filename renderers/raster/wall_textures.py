"""Textures of what stands: facades with windows, masonry, roofs, bark, leaves, plates, cloth."""

from __future__ import annotations

import math

import numpy as np

from renderers.raster.patterns import clamp, covered, dashes, fade, hashed, mix, smooth_noise
from sim.compiled import kernel

__all__ = ["bark", "cloth", "facade", "leaves", "masonry", "plate", "roof"]

BRICK = (0.25, 0.0833)
"""Length and height of a brick with its joint [m]: DIN 4172, eighth-metre module."""


@kernel
def masonry(
    u: float, v: float, du: float, dv: float, seed: int, bricks: float, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Return (r, g, b) of a wall: plaster, or bricks in running bond where `bricks` is 1."""
    width = max(du, dv)
    tone = 1.0 + 0.06 * smooth_noise(u, v, 0.36, width, seed) + 0.05 * smooth_noise(u, v, 33.0, width, seed + 1)
    tone *= 1.0 - 0.16 * clamp(1.0 - 1.1 * v) - 0.05 * smooth_noise(u, 0.12 * v, 2.0, du, seed + 2)
    if bricks > 0.5:
        long, high = BRICK
        row = math.floor(v / high)
        shifted = u + 0.5 * long * (row & 1)
        stone = dashes(shifted, long, 0.006, long - 0.006, du) * dashes(v, high, 0.006, high - 0.006, dv)
        each = hashed(math.floor(shifted / long), row, seed + 3) - 0.5
        tone *= 1.0 + 0.35 * each * fade(width, 3.3)
        return mix(0.34, r * tone, stone), mix(0.31, g * tone, stone), mix(0.28, b * tone, stone)
    return r * tone, g * tone, b * tone


@kernel
def facade(
    u: float, v: float, du: float, dv: float, data: np.ndarray, start: int, r: float, g: float, b: float,
    rough: float, refl: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return (r, g, b, rough, refl) of a wall with rows of windows at (along, height).

    Data: seed, bricks 0/1, width of a bay, height of a storey, height of the ground floor, top of the last
    storey, (left, right) of a window in its bay, (sill, lintel) in its storey, first and last bay edge, frame
    tone.
    """
    seed, bricks = int(data[start]), data[start + 1]
    bay, storey, ground, top = data[start + 2], data[start + 3], data[start + 4], data[start + 5]
    left, right, sill, lintel = data[start + 6], data[start + 7], data[start + 8], data[start + 9]
    first, last, frame = data[start + 10], data[start + 11], data[start + 12]
    r, g, b = masonry(u, v, du, dv, seed, bricks, r, g, b)
    shaft = covered(u, first, last, du)
    h = v - ground
    rows = covered(v, ground, top, dv) * shaft
    if rows > 0.0:
        band = dashes(h, storey, 0.0, 0.10, dv) * rows
        r, g, b = r * (1.0 - 0.10 * band), g * (1.0 - 0.10 * band), b * (1.0 - 0.10 * band)
    else:
        return r, g, b, rough, refl
    x = u - first
    opening = (
        dashes(x, bay, left - 0.09, right + 0.09, du) * dashes(h, storey, sill - 0.04, lintel + 0.09, dv) * rows
    )
    if opening <= 0.0:
        return r, g, b, rough, refl
    outer = dashes(x, bay, left, right, du) * dashes(h, storey, sill, lintel, dv) * rows
    middle = 0.5 * (left + right)
    panes = dashes(x, bay, left + 0.06, middle - 0.025, du) + dashes(x, bay, middle + 0.025, right - 0.06, du)
    glass = panes * dashes(h, storey, sill + 0.06, lintel - 0.06, dv) * rows
    sill_board = dashes(x, bay, left - 0.08, right + 0.08, du) * dashes(h, storey, sill - 0.07, sill, dv) * rows
    surround = max(opening - outer, 0.0)
    i, j = math.floor(x / bay), math.floor(h / storey)
    shown = fade(max(du / bay, dv / storey), 1.0)
    curtain = mix(0.25, 1.0 if hashed(i, j, seed + 7) < 0.25 else 0.0, shown)
    drawn = clamp(
        (sill + lintel) * 0.5 + (hashed(i, j, seed + 8) - 0.35) * (lintel - sill) - (h - j * storey) + 0.5
    )
    inside = 0.010 + 0.26 * curtain * (1.0 - drawn * shown) + 0.02 * hashed(i, j, seed + 9) * shown
    wall = (1.0 - outer - sill_board) * (1.0 + 0.12 * surround)
    frame, board = frame * (outer - glass), 0.41 * sill_board
    pane = inside * glass
    r, g, b = r * wall + frame + board + pane, g * wall + frame + board + pane, b * wall + frame + board + pane
    return r, g, b, mix(rough, 0.06, glass), mix(refl, 0.09, glass)


@kernel
def roof(
    u: float, v: float, du: float, dv: float, seed: int, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Return (r, g, b) of a tiled roof at (along the eaves, up the slope)."""
    rows = dashes(v, 0.33, 0.0, 0.045, dv)
    ribs = dashes(u, 0.24, 0.0, 0.05, du)
    each = hashed(math.floor(u * (1.0 / 0.24)), math.floor(v * (1.0 / 0.33)), seed) - 0.5
    tone = (1.0 - 0.45 * rows) * (1.0 - 0.22 * ribs) * (1.0 + 0.25 * each * fade(max(du, dv), 1.7))
    tone *= 1.0 + 0.14 * smooth_noise(u, v, 0.56, max(du, dv), seed + 1)
    return r * tone, g * tone, b * tone


@kernel
def bark(u: float, v: float, w: float, width: float, seed: int) -> float:
    """Return the tone of bark: furrows along the trunk."""
    tone = 1.0 + 0.30 * smooth_noise(u * 3.0 + 1.7 * v, 0.25 * w, 12.5, width, seed)
    return tone + 0.25 * smooth_noise(v * 2.0 - u, 0.6 * w, 20.0, width, seed + 1)


@kernel
def leaves(
    u: float, v: float, w: float, width: float, seed: int, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Return (r, g, b) of foliage: clumps, single leaves, and the dark between them.

    Each size of pattern is a plane laid through space another way: along one direction each is drawn out, and
    no surface runs along all of them.
    """
    tone = 1.0 + 0.40 * smooth_noise(u + 0.61 * w, v - 0.43 * w + 0.29 * u, 2.2, width, seed)
    tone += 0.60 * smooth_noise(v + 0.61 * u, w - 0.43 * u + 0.29 * v, 6.3, width, seed + 1)
    tone += 0.60 * smooth_noise(w + 0.61 * v, u - 0.43 * v + 0.29 * w, 17.0, width, seed + 2)
    warm = 0.5 + 0.5 * smooth_noise(v - 0.43 * w + 0.29 * u, u + 0.61 * w, 1.1, width, seed + 3)
    tone = max(tone, 0.10)
    return r * tone * mix(0.85, 1.25, warm), g * tone, b * tone


@kernel
def plate(u: float, v: float, du: float, dv: float, seed: int) -> float:
    """Return the tone of a number plate at (0..1 across, 0..1 up): eight signs of 3 x 5 blocks in a frame."""
    border = 1.0 - covered(u, 0.02, 0.98, du) * covered(v, 0.09, 0.91, dv)
    x, y = (u - 0.09) / 0.82 * 8.0, (v - 0.22) / 0.56 * 5.0
    ink = 0.0
    if 0.0 < x < 8.0 and 0.0 < y < 5.0:
        sign = int(x)
        block = (x - sign) * 4.0
        if block < 3.0 and sign != 3:
            ink = 1.0 if hashed(sign * 3 + int(block), int(y), seed) < 0.62 else 0.0
        ink = mix(0.42, ink, fade(max(du * 32.0, dv * 9.0), 0.5))
    return 1.0 - 0.93 * max(border, ink)


@kernel
def cloth(u: float, v: float, w: float, width: float, seed: int) -> float:
    """Return the tone of clothes: folds across the limbs and a weave."""
    tone = 1.0 + 0.16 * smooth_noise(u + 0.4 * v, 2.2 * w + v, 10.0, width, seed)
    return tone + 0.10 * smooth_noise(u + v, w, 80.0, width, seed + 1)

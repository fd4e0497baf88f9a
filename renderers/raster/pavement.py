"""The roadway in passes over samples side by side, as `textures.texture` has it to the last digits of float32.

Road fills much of every picture from a car, and its pattern is the dearest. Noise, tracks and markings are
loops that the compiler vectorises; what few samples have, such as cracks and worn paint, is added one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers.raster.blocks import line
from renderers.raster.ground_textures import (
    CROSSWALK_NUMBERS,
    MARKING_NUMBERS,
    STRIPE,
    cracks,
    repairs,
    weathered,
    worn,
)
from renderers.raster.noise_lines import lattice, noise
from renderers.raster.patterns import clamp, covered, dashes, fade
from sim.compiled import kernel

__all__ = ["ACROSS", "ALONG", "LONG", "WHITE_SHARE", "WIDE", "YELLOW_SHARE", "paint", "pave"]

ALONG, ACROSS, LONG, WIDE, _WIDTH = line(0), line(1), line(2), line(3), line(4)
"""Of a sample on the road: s, d, its extent along both, and the greater of the two [m]."""
_TONE, _TRACK, _NOISE, WHITE_SHARE, YELLOW_SHARE = line(5), line(6), line(7), line(8), line(9)
_SQUEEZED, _SPREAD, _WHERE, _CHANCE = line(10), line(11), line(12), line(13)

_F: Any = np.float32


@kernel
def pave(
    data: np.ndarray, start: int, base: tuple[float, float, float, float, float], wetness: float, snow: float,
    first: int, last: int, places: tuple[Any, Any, Any, Any], shown: tuple[Any, Any, Any, Any, Any],
    lines: np.ndarray, values: np.ndarray,
) -> None:  # fmt: skip
    """Write what a roadway is like at the samples first..last-1 of a block.

    Args:
        data: numbers of the textures.
        start: where those of this roadway begin.
        base: red, green, blue, roughness and reflectance of its material, float32.
        wetness: 0 dry to 1 standing water, float32.
        snow: covered share of the ground, float32.
        first: first sample.
        last: past the last.
        places: lines of `values` with the samples' s, d and extents in both.
        shown: lines of `values` that are written: red, green, blue, roughness and reflectance.
        lines: of a `Block`, to work in.
        values: float32.
    """
    begin, end = np.uint64(first), np.uint64(last)
    s, d, extent_s, extent_d = places
    for i in range(begin, end):
        du, dv = np.float64(values[extent_s + i]), np.float64(values[extent_d + i])
        lines[ALONG + i], lines[ACROSS + i] = np.float64(values[s + i]), np.float64(values[d + i])
        lines[LONG + i], lines[WIDE + i], lines[_WIDTH + i] = du, dv, max(du, dv)
        lines[_SQUEEZED + i], lines[_SPREAD + i] = lines[ALONG + i] * 0.3, max(0.3 * du, dv)
    seed = int(data[start])
    _tracks(data, start, begin, end, lines)
    _tones(seed, begin, end, lines)
    paint(data, start, begin, end, lines)
    r, g, b = np.float64(base[0]), np.float64(base[1]), np.float64(base[2])
    red, green, blue, rough, mirror = shown
    for i in range(begin, end):
        tone = lines[_TONE + i]
        values[red + i], values[green + i] = _F(max(r * tone, 0.0)), _F(max(g * tone, 0.0))
        values[blue + i], values[rough + i], values[mirror + i] = _F(max(b * tone, 0.0)), base[3], base[4]
    is_outside = wetness + snow > _F(0.0)
    for i in range(begin, end):
        white, yellow = lines[WHITE_SHARE + i], lines[YELLOW_SHARE + i]
        if white + yellow <= 0.0 and not is_outside:
            continue
        u, v, width, track, tone = (
            lines[ALONG + i], lines[ACROSS + i], lines[_WIDTH + i], lines[_TRACK + i], lines[_TONE + i]
        )  # fmt: skip
        x, y, z, painted = r * tone, g * tone, b * tone, 0.0
        if white + yellow > 0.0:
            x, y, z, painted = worn(u, v, width, track, tone, white, yellow, seed, r, g, b)
        rough_there, mirror_there = np.float64(base[3]) - 0.25 * painted, np.float64(base[4])
        if is_outside:
            x, y, z, rough_there, mirror_there = weathered(
                u, v, width, x, y, z, rough_there, mirror_there, 1.0 - 0.75 * painted, track,
                float(wetness), float(snow),
            )  # fmt: skip
        values[red + i], values[green + i], values[blue + i] = _F(max(x, 0.0)), _F(max(y, 0.0)), _F(max(z, 0.0))
        values[rough + i], values[mirror + i] = _F(rough_there), _F(mirror_there)


@kernel
def _tracks(data: np.ndarray, start: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write how much the tyres have polished each place."""
    for i in range(begin, end):
        lines[_TRACK + i] = 0.0
    at = start + 4 + MARKING_NUMBERS * int(data[start + 1]) + CROSSWALK_NUMBERS * int(data[start + 2])
    for k in range(int(data[start + 3])):
        middle = np.float64(data[at + k])
        for i in range(begin, end):
            x = (abs(lines[ACROSS + i] - middle) - 0.75) * 1.6
            bump = max(1.0 - x * x, 0.0)
            lines[_TRACK + i] = max(lines[_TRACK + i], bump * bump)
    for i in range(begin, end):
        share = fade(lines[WIDE + i], 0.8)
        lines[_TRACK + i] = lines[_TRACK + i] * share if share > 0.0 else 0.0


@kernel
def _tones(seed: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write the tone of the asphalt: grain, patches, cracks and repairs."""
    noise(_SQUEEZED, ACROSS, 0.6, _SPREAD, seed, begin, end, lines, _NOISE)
    near = 0
    for i in range(begin, end):
        lines[_TONE + i] = 1.0 - 0.13 * lines[_TRACK + i] + 0.10 * lines[_NOISE + i]
        near += 1 if lines[_WIDTH + i] < 1.1 else 0
    if near > 0:
        noise(ALONG, ACROSS, 1.8, _WIDTH, seed + 1, begin, end, lines, _NOISE)
        for i in range(begin, end):
            tone = lines[_TONE + i] + 0.05 * lines[_NOISE + i]
            lines[_TONE + i] = tone if lines[_WIDTH + i] < 1.1 else lines[_TONE + i]
        _cracked(seed, begin, end, lines)
        noise(ALONG, ACROSS, 27.0, _WIDTH, seed + 2, begin, end, lines, _WHERE)
        noise(ALONG, ACROSS, 90.0, _WIDTH, seed + 3, begin, end, lines, _NOISE)
        for i in range(begin, end):
            grain = 0.10 * lines[_WHERE + i] + 0.20 * lines[_NOISE + i]
            lines[_TONE + i] = lines[_TONE + i] + (grain if lines[_WIDTH + i] < 1.1 else 0.0)
    for i in range(begin, end):
        lines[_TONE + i] *= repairs(lines[ALONG + i], lines[ACROSS + i], lines[LONG + i], lines[WIDE + i], seed)


@kernel
def _cracked(seed: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Darken the tone by cracks, where pixels are small enough to show them."""
    shown = 0
    for i in range(begin, end):
        shown += 1 if lines[_WIDTH + i] <= 0.15 else 0
    if shown == 0:
        return
    lattice(ALONG, ACROSS, 0.14, 0.25, seed + 21, begin, end, lines, _WHERE)
    for i in range(begin, end):
        where = clamp(4.0 * lines[_WHERE + i] - 2.5)
        if where > 0.0 and lines[_WIDTH + i] <= 0.15:
            lines[_TONE + i] *= cracks(lines[ALONG + i], lines[ACROSS + i], lines[_WIDTH + i], where, seed)


@kernel
def paint(data: np.ndarray, start: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write the shares of the pixels under white and yellow paint.

    Args:
        data: numbers of the textures.
        start: where those of this roadway begin.
        begin: first sample.
        end: past the last.
        lines: of a `Block`: ALONG, ACROSS, LONG and WIDE are read, WHITE_SHARE and YELLOW_SHARE written.
    """
    for i in range(begin, end):
        lines[WHITE_SHARE + i] = lines[YELLOW_SHARE + i] = 0.0
    at = start + 4
    for _ in range(int(data[start + 1])):
        d, width = np.float64(data[at]), np.float64(data[at + 1])
        period, dash = np.float64(data[at + 2]), np.float64(data[at + 3])
        met = 0
        for i in range(begin, end):
            met += 1 if abs(lines[ACROSS + i] - d) < 0.5 * (width + lines[WIDE + i]) else 0
        if met > 0:
            to = YELLOW_SHARE if data[at + 4] > 0.5 else WHITE_SHARE
            for i in range(begin, end):
                v, dv = lines[ACROSS + i], lines[WIDE + i]
                if abs(v - d) < 0.5 * (width + dv):
                    share = covered(v, d - 0.5 * width, d + 0.5 * width, dv)
                    if period > 0.0:
                        share *= dashes(lines[ALONG + i], period, 0.0, dash, lines[LONG + i])
                    lines[to + i] = max(lines[to + i], share)
        at += MARKING_NUMBERS
    for _ in range(int(data[start + 2])):
        middle, length = np.float64(data[at]), np.float64(data[at + 1])
        right, left = np.float64(data[at + 2]), np.float64(data[at + 3])
        for i in range(begin, end):
            v, dv = lines[ACROSS + i], lines[WIDE + i]
            share = covered(lines[ALONG + i], middle - 0.5 * length, middle + 0.5 * length, lines[LONG + i])
            if share > 0.0:
                share *= covered(v, right, left, dv) * dashes(
                    v - right, 2.0 * STRIPE, 0.5 * STRIPE, 1.5 * STRIPE, dv
                )
                lines[WHITE_SHARE + i] = max(lines[WHITE_SHARE + i], share)
        at += CROSSWALK_NUMBERS

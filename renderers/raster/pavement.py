"""The roadway in passes over samples side by side, as `textures.texture` has it, in float32.

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
    is_repaired,
    repair_cell,
    repairs,
    weathered,
    worn,
)
from renderers.raster.noise_lines import faded, lattice, noise
from renderers.raster.patterns import covered, dashes
from sim.compiled import kernel

__all__ = ["ACROSS", "ALONG", "LONG", "WHITE_SHARE", "WIDE", "YELLOW_SHARE", "paint", "pave"]

ALONG, ACROSS, LONG, WIDE, _WIDTH = line(0), line(1), line(2), line(3), line(4)
"""Of a sample on the road: s, d, its extent along both, and the greater of the two [m]."""
_TONE, _TRACK, _NOISE, WHITE_SHARE, YELLOW_SHARE = line(5), line(6), line(7), line(8), line(9)
_SQUEEZED, _SPREAD, _WHERE, _CHANCE = line(10), line(11), line(12), line(13)

_F: Any = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)
_BROAD, _FINE = _F(1.1), _F(0.15)
"""Pixels from which grain and cracks are no longer drawn [m]."""


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
        lines: of a `Palette`, to work in.
        values: float32.
    """
    begin, end = np.uint64(first), np.uint64(last)
    s, d, extent_s, extent_d = places
    for i in range(begin, end):
        du, dv = values[extent_s + i], values[extent_d + i]
        lines[ALONG + i], lines[ACROSS + i] = values[s + i], values[d + i]
        lines[LONG + i], lines[WIDE + i], lines[_WIDTH + i] = du, dv, max(du, dv)
        lines[_SQUEEZED + i], lines[_SPREAD + i] = lines[ALONG + i] * _F(0.3), max(_F(0.3) * du, dv)
    seed = int(data[start])
    _tracks(data, start, begin, end, lines)
    _tones(seed, begin, end, lines)
    paint(data, start, begin, end, lines)
    r, g, b = np.float64(base[0]), np.float64(base[1]), np.float64(base[2])
    red, green, blue, rough, mirror = shown
    for i in range(begin, end):
        tone = lines[_TONE + i]
        values[red + i], values[green + i] = max(base[0] * tone, _ZERO), max(base[1] * tone, _ZERO)
        values[blue + i], values[rough + i], values[mirror + i] = max(base[2] * tone, _ZERO), base[3], base[4]
    is_outside = wetness + snow > _F(0.0)
    for i in range(begin, end):
        white, yellow = lines[WHITE_SHARE + i], lines[YELLOW_SHARE + i]
        if white + yellow <= _ZERO and not is_outside:
            continue
        white, yellow = np.float64(white), np.float64(yellow)
        u, v, width = np.float64(lines[ALONG + i]), np.float64(lines[ACROSS + i]), np.float64(lines[_WIDTH + i])
        track, tone = np.float64(lines[_TRACK + i]), np.float64(lines[_TONE + i])
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
        lines[_TRACK + i] = _ZERO
    at = start + 4 + MARKING_NUMBERS * int(data[start + 1]) + CROSSWALK_NUMBERS * int(data[start + 2])
    for k in range(int(data[start + 3])):
        middle = _F(data[at + k])
        for i in range(begin, end):
            x = (abs(lines[ACROSS + i] - middle) - _F(0.75)) * _F(1.6)
            bump = max(_ONE - x * x, _ZERO)
            lines[_TRACK + i] = max(lines[_TRACK + i], bump * bump)
    for i in range(begin, end):
        lines[_TRACK + i] *= faded(lines[WIDE + i], _F(0.8))


@kernel
def _tones(seed: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write the tone of the asphalt: grain, patches, cracks and repairs."""
    noise(_SQUEEZED, ACROSS, 0.6, _SPREAD, seed, begin, end, lines, _NOISE)
    narrowest = _F(np.inf)
    for i in range(begin, end):
        lines[_TONE + i] = _ONE - _F(0.13) * lines[_TRACK + i] + _F(0.10) * lines[_NOISE + i]
        narrowest = min(narrowest, lines[_WIDTH + i])
    if narrowest < _BROAD:
        noise(ALONG, ACROSS, 1.8, _WIDTH, seed + 1, begin, end, lines, _NOISE)
        for i in range(begin, end):
            tone = lines[_TONE + i] + _F(0.05) * lines[_NOISE + i]
            lines[_TONE + i] = tone if lines[_WIDTH + i] < _BROAD else lines[_TONE + i]
        if narrowest <= _FINE:
            _cracked(seed, begin, end, lines)
        noise(ALONG, ACROSS, 27.0, _WIDTH, seed + 2, begin, end, lines, _WHERE)
        noise(ALONG, ACROSS, 90.0, _WIDTH, seed + 3, begin, end, lines, _NOISE)
        for i in range(begin, end):
            grain = _F(0.10) * lines[_WHERE + i] + _F(0.20) * lines[_NOISE + i]
            lines[_TONE + i] = lines[_TONE + i] + (grain if lines[_WIDTH + i] < _BROAD else _ZERO)
    p, q, is_whole = 0, 0, False
    for i in range(begin, end):
        u, v = np.float64(lines[ALONG + i]), np.float64(lines[ACROSS + i])
        cell_p, cell_q = repair_cell(u, v)
        # Neighbours mostly lie in one cell, and most cells have no repair.
        if is_whole and cell_p == p and cell_q == q:
            continue
        du, dv = np.float64(lines[LONG + i]), np.float64(lines[WIDE + i])
        p, q, is_whole = cell_p, cell_q, not is_repaired(cell_p, cell_q, seed)
        lines[_TONE + i] *= _F(repairs(u, v, du, dv, seed))


@kernel
def _cracked(seed: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Darken the tone by cracks, where pixels are small enough to show them."""
    lattice(ALONG, ACROSS, 0.14, 0.25, seed + 21, begin, end, lines, _WHERE)
    for i in range(begin, end):
        where = min(_F(4.0) * lines[_WHERE + i] - _F(2.5), _ONE)
        if where > _ZERO and lines[_WIDTH + i] <= _FINE:
            u, v = np.float64(lines[ALONG + i]), np.float64(lines[ACROSS + i])
            width = np.float64(lines[_WIDTH + i])
            lines[_TONE + i] *= _F(cracks(u, v, width, np.float64(where), seed))


@kernel
def paint(data: np.ndarray, start: int, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write the shares of the pixels under white and yellow paint.

    Args:
        data: numbers of the textures.
        start: where those of this roadway begin.
        begin: first sample.
        end: past the last.
        lines: of a `Block` or a `Palette`: ALONG, ACROSS, LONG and WIDE are read, WHITE_SHARE and YELLOW_SHARE
            written.
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

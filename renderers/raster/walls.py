"""Facades in passes over samples side by side, as `textures.texture` has them, in float32.

Houses fill what road and sky leave of a street. Windows are worked out for all samples of a block together,
without a branch, so that the compiler vectorises them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers.raster.blocks import line
from renderers.raster.noise_lines import faded, noise
from renderers.raster.wall_textures import BRICK
from sim.compiled import inlined, kernel

__all__ = ["face"]

_ALONG, _UP, _LONG, _HIGH, _WIDTH, _TONE, _NOISE, _STONE, _ROWS, _SQUEEZED = (line(n) for n in range(10))

_F: Any = np.float32
_ZERO, _HALF, _ONE, _TINY = _F(0.0), _F(0.5), _F(1.0), _F(1e-6)
_U: Any = np.uint32
_BY_COLUMN, _BY_ROW, _BY_SEED = _U(374761393), _U(668265263), _U(2246822519)
_FIRST, _SECOND, _FIFTEEN, _SIXTEEN, _EIGHT = _U(0x7FEB352D), _U(0x846CA68B), _U(15), _U(16), _U(8)
_PER_24 = _F(2.0**-24)
_MORTAR = _F(0.34), _F(0.31), _F(0.28)


@inlined
def _limited(x: float) -> float:
    return min(max(x, _ZERO), _ONE)


@inlined
def _hashed(i: int, j: int, seed: int) -> float:
    """Return `patterns.hashed`, to 24 bits."""
    h = _U(_U(_U(i) * _BY_COLUMN) + _U(_U(j) * _BY_ROW) + _U(_U(seed) * _BY_SEED))
    h = _U((h ^ (h >> _SIXTEEN)) * _FIRST)
    h = _U((h ^ (h >> _FIFTEEN)) * _SECOND)
    return _F(np.int32((h ^ (h >> _SIXTEEN)) >> _EIGHT)) * _PER_24


@inlined
def _covered(x: float, low: float, high: float, width: float) -> float:
    half = _HALF * max(width, _TINY)
    return max(min(x + half, high) - max(x - half, low), _ZERO) * (_HALF / half)


@inlined
def _painted(cycles: float, share: float) -> float:
    n = np.floor(cycles)
    return n * share + min(cycles - n, share)


@inlined
def _dashes(x: float, per: float, low: float, high: float, width: float) -> float:
    """Return `patterns.dashes` of a frequency."""
    half = _HALF * max(width, _TINY) * per
    at, share = (x - low) * per, (high - low) * per
    return _limited((_painted(at + half, share) - _painted(at - half, share)) * (_HALF / half))


@kernel
def face(
    data: np.ndarray, start: int, base: tuple[float, float, float, float, float], first: int, last: int,
    places: tuple[Any, Any, Any, Any], shown: tuple[Any, Any, Any, Any, Any], lines: np.ndarray,
    values: np.ndarray,
) -> None:  # fmt: skip
    """Write what a facade is like at the samples first..last-1 of a block, as `wall_textures.facade` has it.

    Args:
        data: numbers of the textures.
        start: where those of this facade begin.
        base: red, green, blue, roughness and reflectance of its material, float32.
        first: first sample.
        last: past the last.
        places: lines of `values` with the samples' places along and up the wall and extents in both.
        shown: lines of `values` that are written: red, green, blue, roughness and reflectance.
        lines: of a `Palette`, to work in.
        values: float32.
    """
    begin, end, seed = np.uint64(first), np.uint64(last), int(data[start])
    u, v, du, dv = places
    for i in range(begin, end):
        lines[_ALONG + i], lines[_UP + i] = values[u + i], values[v + i]
        lines[_LONG + i], lines[_HIGH + i] = values[du + i], values[dv + i]
        lines[_WIDTH + i], lines[_SQUEEZED + i] = max(values[du + i], values[dv + i]), _F(0.12) * values[v + i]
    _lay(seed, data[start + 1] > _HALF, begin, end, lines)
    red, green, blue, rough, mirror = shown
    for i in range(begin, end):
        tone, stone = lines[_TONE + i], lines[_STONE + i]
        joint = _ONE - stone
        values[red + i] = base[0] * tone * stone + _MORTAR[0] * joint
        values[green + i] = base[1] * tone * stone + _MORTAR[1] * joint
        values[blue + i] = base[2] * tone * stone + _MORTAR[2] * joint
        values[rough + i], values[mirror + i] = base[3], base[4]
    ground, top, low, high = data[start + 4], data[start + 5], data[start + 10], data[start + 11]
    most = _ZERO
    for i in range(begin, end):
        rows = _covered(lines[_UP + i], ground, top, lines[_HIGH + i])
        lines[_ROWS + i] = rows * _covered(lines[_ALONG + i], low, high, lines[_LONG + i])
    for i in range(begin, end):
        most = max(most, lines[_ROWS + i])
    if most > _ZERO:
        _open(data, start, begin, end, shown, lines, values)


@kernel
def _lay(seed: int, is_brick: bool, begin: np.uint64, end: np.uint64, lines: np.ndarray) -> None:
    """Write the tone of plaster or bricks, and the share of a pixel that is no joint."""
    noise(_ALONG, _UP, 0.36, _WIDTH, seed, begin, end, lines, _TONE)
    noise(_ALONG, _UP, 33.0, _WIDTH, seed + 1, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] = _ONE + _F(0.06) * lines[_TONE + i] + _F(0.05) * lines[_NOISE + i]
        lines[_STONE + i] = _ONE
    noise(_ALONG, _SQUEEZED, 2.0, _LONG, seed + 2, begin, end, lines, _NOISE)
    for i in range(begin, end):
        foot = _limited(_ONE - _F(1.1) * lines[_UP + i])
        lines[_TONE + i] *= _ONE - _F(0.16) * foot - _F(0.05) * lines[_NOISE + i]
    if not is_brick:
        return
    long, high = _F(BRICK[0]), _F(BRICK[1])
    per_long, per_high = _ONE / long, _ONE / high
    for i in range(begin, end):
        row = np.floor(lines[_UP + i] * per_high)
        odd = row - _F(2.0) * np.floor(row * _HALF)
        shifted = lines[_ALONG + i] + _HALF * long * odd
        joint = _F(0.006)
        across = _dashes(shifted, per_long, joint, long - joint, lines[_LONG + i])
        lines[_STONE + i] = across * _dashes(lines[_UP + i], per_high, joint, high - joint, lines[_HIGH + i])
        each = _hashed(np.int32(np.floor(shifted * per_long)), np.int32(row), seed + 3) - _HALF
        lines[_TONE + i] *= _ONE + _F(0.35) * each * faded(lines[_WIDTH + i], _F(3.3))


@kernel
def _open(
    data: np.ndarray, start: int, begin: np.uint64, end: np.uint64, shown: tuple[Any, Any, Any, Any, Any],
    lines: np.ndarray, values: np.ndarray,
) -> None:  # fmt: skip
    """Put windows into the wall."""
    seed = int(data[start])
    per_bay, storey = _ONE / data[start + 2], data[start + 3]
    per_storey = _ONE / storey
    ground, left, right = data[start + 4], data[start + 6], data[start + 7]
    sill, lintel, corner, tone = data[start + 8], data[start + 9], data[start + 10], data[start + 12]
    middle, centre, tall = _HALF * (left + right), _HALF * (sill + lintel), lintel - sill
    red, green, blue, rough, mirror = shown
    for i in range(begin, end):
        du, dv, rows = lines[_LONG + i], lines[_HIGH + i], lines[_ROWS + i]
        x, h = lines[_ALONG + i] - corner, lines[_UP + i] - ground
        kept = _ONE - _F(0.10) * _dashes(h, per_storey, _ZERO, _F(0.10), dv) * rows
        opening = _dashes(x, per_bay, left - _F(0.09), right + _F(0.09), du)
        opening *= _dashes(h, per_storey, sill - _F(0.04), lintel + _F(0.09), dv) * rows
        outer = _dashes(x, per_bay, left, right, du) * _dashes(h, per_storey, sill, lintel, dv) * rows
        panes = _dashes(x, per_bay, left + _F(0.06), middle - _F(0.025), du)
        panes += _dashes(x, per_bay, middle + _F(0.025), right - _F(0.06), du)
        glass = panes * _dashes(h, per_storey, sill + _F(0.06), lintel - _F(0.06), dv) * rows
        board = _dashes(x, per_bay, left - _F(0.08), right + _F(0.08), du)
        board *= _dashes(h, per_storey, sill - _F(0.07), sill, dv) * rows
        board = board if opening > _ZERO else _ZERO
        floor_x, floor_h = np.floor(x * per_bay), np.floor(h * per_storey)
        n, m = np.int32(floor_x), np.int32(floor_h)
        seen = faded(max(du * per_bay, dv * per_storey), _ONE)
        lived = _ONE if _hashed(n, m, seed + 7) < _F(0.25) else _ZERO
        curtain = _F(0.25) + (lived - _F(0.25)) * seen
        drawn = _limited(centre + (_hashed(n, m, seed + 8) - _F(0.35)) * tall - (h - floor_h * storey) + _HALF)
        pane = _F(0.010) + _F(0.26) * curtain * (_ONE - drawn * seen)
        pane = (pane + _F(0.02) * _hashed(n, m, seed + 9) * seen) * glass
        wall = kept * (_ONE - outer - board) * (_ONE + _F(0.12) * max(opening - outer, _ZERO))
        added = tone * (outer - glass) + _F(0.41) * board + pane
        values[red + i] = max(values[red + i] * wall + added, _ZERO)
        values[green + i] = max(values[green + i] * wall + added, _ZERO)
        values[blue + i] = max(values[blue + i] * wall + added, _ZERO)
        values[rough + i] += (_F(0.06) - values[rough + i]) * glass
        values[mirror + i] += (_F(0.09) - values[mirror + i]) * glass

"""Leaves and grass in passes over samples side by side, as `textures.texture` has them, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers.raster.blocks import line
from renderers.raster.noise_lines import noise
from sim.compiled import kernel

__all__ = ["grow_grass", "grow_leaves"]

_P, _Q, _WIDTH, _TONE, _NOISE, _SHARE, _SQUEEZED = (line(n) for n in range(7))
_F: Any = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)


@kernel
def grow_leaves(
    seed: int, base: tuple[float, float, float], first: int, last: int,
    places: tuple[Any, Any, Any, Any, Any, Any], shown: tuple[Any, Any, Any], lines: np.ndarray,
    values: np.ndarray,
) -> None:  # fmt: skip
    """Write the colours of foliage at the samples first..last-1 of a block, as `wall_textures.leaves` has them.

    Args:
        seed: of the material.
        base: red, green and blue of it, float32.
        first: first sample.
        last: past the last.
        places: lines of `values` with the samples' place on the texture and its extents.
        shown: lines of `values` that are written: red, green and blue.
        lines: of a `Palette`, to work in.
        values: float32.
    """
    begin, end = np.uint64(first), np.uint64(last)
    x, y, z, dx, dy, dz = places
    for i in range(begin, end):
        lines[_WIDTH + i] = max(max(values[dx + i], values[dy + i]), values[dz + i])
    _lay(x, y, z, begin, end, values, lines)
    noise(_P, _Q, 2.2, _WIDTH, seed, begin, end, lines, _TONE)
    noise(_Q, _P, 1.1, _WIDTH, seed + 3, begin, end, lines, _SHARE)
    _lay(y, z, x, begin, end, values, lines)
    noise(_P, _Q, 6.3, _WIDTH, seed + 1, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] = _ONE + _F(0.40) * lines[_TONE + i] + _F(0.60) * lines[_NOISE + i]
    _lay(z, x, y, begin, end, values, lines)
    noise(_P, _Q, 17.0, _WIDTH, seed + 2, begin, end, lines, _NOISE)
    r, g, b = base
    red, green, blue = shown
    for i in range(begin, end):
        tone = max(lines[_TONE + i] + _F(0.60) * lines[_NOISE + i], _F(0.10))
        # From 0.85 to 1.25, by a noise about 0.
        warm = _F(1.05) + _F(0.2) * lines[_SHARE + i]
        values[red + i] = max(r * tone * warm, _ZERO)
        values[green + i], values[blue + i] = max(g * tone, _ZERO), max(b * tone, _ZERO)


@kernel
def _lay(
    x: Any, y: Any, z: Any, begin: np.uint64, end: np.uint64, values: np.ndarray, lines: np.ndarray
) -> None:
    """Write where the samples lie on a plane laid through space aslant."""
    for i in range(begin, end):
        u, v, w = values[x + i], values[y + i], values[z + i]
        lines[_P + i], lines[_Q + i] = u + _F(0.61) * w, v - _F(0.43) * w + _F(0.29) * u


@kernel
def grow_grass(
    seed: int, base: tuple[float, float, float], first: int, last: int,
    places: tuple[Any, Any, Any, Any, Any, Any], shown: tuple[Any, Any, Any], lines: np.ndarray,
    values: np.ndarray,
) -> None:  # fmt: skip
    """Write the colours of a meadow, as `ground_textures.grass` has them; the arguments are those of leaves."""
    begin, end = np.uint64(first), np.uint64(last)
    x, y, _, dx, dy, _ = places
    for i in range(begin, end):
        lines[_P + i], lines[_Q + i] = values[x + i], values[y + i]
        lines[_WIDTH + i] = max(values[dx + i], values[dy + i])
        lines[_SQUEEZED + i] = lines[_Q + i] * _F(0.45)
    noise(_P, _Q, 0.11, _WIDTH, seed, begin, end, lines, _SHARE)
    noise(_P, _Q, 0.44, _WIDTH, seed + 1, begin, end, lines, _NOISE)
    for i in range(begin, end):
        dry = _F(0.5) + _F(0.5) * lines[_SHARE + i] + _F(0.25) * lines[_NOISE + i]
        lines[_SHARE + i] = _F(0.42) * min(max(dry, _ZERO), _ONE)
    noise(_P, _Q, 2.22, _WIDTH, seed + 2, begin, end, lines, _TONE)
    noise(_P, _Q, 14.0, _WIDTH, seed + 3, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] = _ONE + _F(0.22) * lines[_TONE + i] + _F(0.30) * lines[_NOISE + i]
    noise(_P, _SQUEEZED, 55.0, _WIDTH, seed + 4, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] += _F(0.35) * lines[_NOISE + i]
    noise(_P, _Q, 0.032, _WIDTH, seed + 5, begin, end, lines, _NOISE)
    r, g, b = base
    red, green, blue = shown
    for i in range(begin, end):
        share = lines[_SHARE + i]
        tone = lines[_TONE + i] * (_ONE + _F(0.12) * lines[_NOISE + i])
        # Dry grass has 2.1, 1.35 and 1.3 times the colours of lush.
        values[red + i] = max(tone * r * (_ONE + _F(1.1) * share), _ZERO)
        values[green + i] = max(tone * g * (_ONE + _F(0.35) * share), _ZERO)
        values[blue + i] = max(tone * b * (_ONE + _F(0.3) * share), _ZERO)

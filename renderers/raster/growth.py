"""Leaves and grass in passes over samples side by side, as `textures.texture` has them to the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers.raster.blocks import line
from renderers.raster.noise_lines import noise
from renderers.raster.patterns import clamp, mix
from sim.compiled import kernel

__all__ = ["grow_grass", "grow_leaves"]

_P, _Q, _WIDTH, _TONE, _NOISE, _SHARE, _SQUEEZED = (line(n) for n in range(7))
_F: Any = np.float32


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
        lines: of a `Block`, to work in.
        values: float32.
    """
    begin, end = np.uint64(first), np.uint64(last)
    x, y, z, dx, dy, dz = places
    for i in range(begin, end):
        width = max(np.float64(values[dx + i]), np.float64(values[dy + i]))
        lines[_WIDTH + i] = max(width, np.float64(values[dz + i]))
    _lay(x, y, z, begin, end, values, lines)
    noise(_P, _Q, 2.2, _WIDTH, seed, begin, end, lines, _TONE)
    noise(_Q, _P, 1.1, _WIDTH, seed + 3, begin, end, lines, _SHARE)
    _lay(y, z, x, begin, end, values, lines)
    noise(_P, _Q, 6.3, _WIDTH, seed + 1, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] = 1.0 + 0.40 * lines[_TONE + i] + 0.60 * lines[_NOISE + i]
    _lay(z, x, y, begin, end, values, lines)
    noise(_P, _Q, 17.0, _WIDTH, seed + 2, begin, end, lines, _NOISE)
    r, g, b = np.float64(base[0]), np.float64(base[1]), np.float64(base[2])
    red, green, blue = shown
    for i in range(begin, end):
        tone = max(lines[_TONE + i] + 0.60 * lines[_NOISE + i], 0.10)
        warm = 0.5 + 0.5 * lines[_SHARE + i]
        values[red + i] = _F(max(r * tone * mix(0.85, 1.25, warm), 0.0))
        values[green + i], values[blue + i] = _F(max(g * tone, 0.0)), _F(max(b * tone, 0.0))


@kernel
def _lay(
    x: Any, y: Any, z: Any, begin: np.uint64, end: np.uint64, values: np.ndarray, lines: np.ndarray
) -> None:
    """Write where the samples lie on a plane laid through space aslant."""
    for i in range(begin, end):
        u, v, w = np.float64(values[x + i]), np.float64(values[y + i]), np.float64(values[z + i])
        lines[_P + i], lines[_Q + i] = u + 0.61 * w, v - 0.43 * w + 0.29 * u


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
        lines[_P + i], lines[_Q + i] = np.float64(values[x + i]), np.float64(values[y + i])
        lines[_WIDTH + i] = max(np.float64(values[dx + i]), np.float64(values[dy + i]))
        lines[_SQUEEZED + i] = lines[_Q + i] * 0.45
    noise(_P, _Q, 0.11, _WIDTH, seed, begin, end, lines, _SHARE)
    noise(_P, _Q, 0.44, _WIDTH, seed + 1, begin, end, lines, _NOISE)
    for i in range(begin, end):
        dry = 0.5 + 0.5 * lines[_SHARE + i] + 0.25 * lines[_NOISE + i]
        lines[_SHARE + i] = 0.42 * clamp(dry)
    noise(_P, _Q, 2.22, _WIDTH, seed + 2, begin, end, lines, _TONE)
    noise(_P, _Q, 14.0, _WIDTH, seed + 3, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] = 1.0 + 0.22 * lines[_TONE + i] + 0.30 * lines[_NOISE + i]
    noise(_P, _SQUEEZED, 55.0, _WIDTH, seed + 4, begin, end, lines, _NOISE)
    for i in range(begin, end):
        lines[_TONE + i] += 0.35 * lines[_NOISE + i]
    noise(_P, _Q, 0.032, _WIDTH, seed + 5, begin, end, lines, _NOISE)
    r, g, b = np.float64(base[0]), np.float64(base[1]), np.float64(base[2])
    red, green, blue = shown
    for i in range(begin, end):
        share = lines[_SHARE + i]
        tone = lines[_TONE + i] * (1.0 + 0.12 * lines[_NOISE + i])
        values[red + i] = _F(max(tone * mix(r, 2.1 * r, share), 0.0))
        values[green + i] = _F(max(tone * mix(g, 1.35 * g, share), 0.0))
        values[blue + i] = _F(max(tone * mix(b, 1.3 * b, share), 0.0))

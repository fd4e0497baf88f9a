"""What surfaces are made of, and their grain: small slopes, changes of tone and, of a weld, its bead."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from renderers.inspection.grain import bump, cell, grain
from sim.geometry import Array

__all__ = ["BASES", "BOARD", "BRUSHED", "CAST", "KINDS", "PAINTED", "WELD", "bead_at", "grain_at"]

BRUSHED, PAINTED, CAST, BOARD, WELD = range(5)
KINDS = {"brushed": BRUSHED, "painted": PAINTED, "cast": CAST, "board": BOARD, "weld": WELD}
"""Word of the scenario -> number by which kernels know a surface."""

BASES: Array = np.array(
    [
        # albedo            mirror at normal incidence   spread of slopes along x, y
        [0.04, 0.04, 0.038, 0.58, 0.57, 0.55, 0.045, 0.16],
        [0.04, 0.10, 0.30, 0.045, 0.045, 0.045, 0.03, 0.03],
        [0.10, 0.098, 0.095, 0.40, 0.395, 0.385, 0.26, 0.26],
        [0.010, 0.058, 0.026, 0.045, 0.045, 0.045, 0.03, 0.03],
        [0.07, 0.068, 0.066, 0.36, 0.35, 0.335, 0.12, 0.17],
    ]
)
"""(5, 8) of each surface. Mirrors: steel 0.56, lacquer 0.04 to 0.05 (Hoffman 2013, "Physics and math of
shading"); oxide and sand dull the others. Albedo and spreads: Assumption, chosen by eye."""

_BEAD_HALF, _BEAD_HEIGHT, _RIPPLE = 3.6e-3, 1.1e-3, 0.95e-3
"""Half width and height of a weld's bead and distance of its ripples [m]. Assumption: a seam of thin sheet."""


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _share(size: float, pitch: float) -> float:
    """Return how much of a grain of a size is left when pixels of a pitch look at it."""
    return min(1.0, max(size / pitch - 0.6, 0.0))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def bead_at(x: float, y: float, key: np.uint64) -> tuple[float, float]:
    """Return the height of a weld's bead [m] and the distance from its middle in its half widths."""
    middle = 0.35e-3 * grain(x / 9e-3, 0.5, key + np.uint64(31))
    half = _BEAD_HALF * (1.0 + 0.07 * grain(x / 5e-3, 2.5, key + np.uint64(32)))
    q = abs(y - middle) / half
    if q >= 1.0:
        return 0.0, q
    jitter = 0.35 * grain(x / 2.2e-3, y / 6e-3, key + np.uint64(33))
    phase = (x - 2.6e-3 * math.sqrt(1.0 - 0.98 * q * q)) / _RIPPLE + jitter
    saw = phase - math.floor(phase)
    ripple = saw if saw < 0.75 else 3.0 * (1.0 - saw)
    body = 1.0 - q * q
    edge = min(1.0, 4.0 * (1.0 - q))
    return _BEAD_HEIGHT * body**0.8 + 55e-6 * (ripple - 0.375) * edge, q


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _brushed(x: float, y: float, pitch: float, key: np.uint64, out: np.ndarray) -> None:
    a = grain(x / 34e-3, y / 0.9e-3, key) * _share(0.9e-3, pitch)
    b = grain(x / 17e-3, y / 0.36e-3, key + np.uint64(1)) * _share(0.36e-3, pitch)
    c = grain(x / 9e-3, y / 0.17e-3, key + np.uint64(2)) * _share(0.17e-3, pitch)
    d = grain(x / 5e-3, y / 0.09e-3, key + np.uint64(3)) * _share(0.09e-3, pitch)
    wide = grain(x / 25e-3, y / 12e-3, key + np.uint64(4))
    out[0] = 0.004 * b
    out[1] = 0.016 * a + 0.035 * b + 0.05 * c + 0.05 * d
    tone = 1.0 + 0.05 * b + 0.07 * c + 0.07 * d + 0.02 * wide
    # Now and then a grain went deeper than the rest.
    deep = grain(x / 13e-3, y / 0.14e-3, key + np.uint64(5))
    if deep > 0.78:
        tone -= 1.1 * (deep - 0.78) * _share(0.2e-3, pitch)
    for k in range(6):
        out[2 + k] *= tone


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _painted(x: float, y: float, pitch: float, key: np.uint64, out: np.ndarray) -> None:
    _, ax, ay = bump(x / 4.2e-3, y / 4.2e-3, key)
    _, bx, by = bump(x / 1.5e-3, y / 1.5e-3, key + np.uint64(1))
    wide = grain(x / 30e-3, y / 30e-3, key + np.uint64(2))
    out[0], out[1] = 0.0035 * ax + 0.0025 * bx, 0.0035 * ay + 0.0025 * by
    flake = cell(math.floor(x / 0.11e-3), math.floor(y / 0.11e-3), key + np.uint64(3))
    tone = 1.0 + 0.012 * wide + 0.10 * flake * flake * flake * _share(0.11e-3, pitch)
    for k in range(3):
        out[2 + k] *= tone


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _cast(x: float, y: float, pitch: float, key: np.uint64, out: np.ndarray) -> None:
    sx = sy = 0.0
    size, strength = 3.4e-3, 0.035
    for k in range(5):
        # Turned octave by octave, so that no direction of the lattice shows.
        angle = 0.9 * k + 0.4
        c, s = math.cos(angle), math.sin(angle)
        _, gx, gy = bump((c * x + s * y) / size, (c * y - s * x) / size, key + np.uint64(k))
        amount = strength * _share(size, pitch)
        sx += amount * (c * gx - s * gy)
        sy += amount * (s * gx + c * gy)
        size, strength = size * 0.47, strength * 1.22
    out[0], out[1] = sx, sy
    wide = grain(x / 7e-3, y / 7e-3, key + np.uint64(8)) + 0.6 * grain(
        x / 1.7e-3, y / 1.7e-3, key + np.uint64(9)
    )
    fine = grain(x / 0.22e-3, y / 0.22e-3, key + np.uint64(10)) * _share(0.22e-3, pitch)
    pore = grain(x / 0.5e-3, y / 0.5e-3, key + np.uint64(11))
    tone = 1.0 + 0.06 * wide + 0.10 * fine
    if pore > 0.72:
        tone -= 1.6 * (pore - 0.72) * _share(0.5e-3, pitch)
    for k in range(6):
        out[2 + k] *= tone


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _tempered(d: float) -> tuple[float, float, float]:
    """Return what the oxide beside a weld leaves of red, green and blue, d [m] from the bead.

    From the bead outwards: grey scale, blue, purple, brown, straw. Widths and shades: Assumption.
    """
    if d < 0.9e-3:
        return 0.42, 0.41, 0.42
    if d < 2.0e-3:
        s = (d - 0.9e-3) / 1.1e-3
        return 0.42 + 0.06 * s, 0.41 + 0.16 * s, 0.42 + 0.40 * s
    if d < 3.2e-3:
        s = (d - 2.0e-3) / 1.2e-3
        return 0.48 + 0.22 * s, 0.57 - 0.08 * s, 0.82 - 0.22 * s
    if d < 4.6e-3:
        s = (d - 3.2e-3) / 1.4e-3
        return 0.70 + 0.28 * s, 0.49 + 0.33 * s, 0.60 - 0.08 * s
    s = min((d - 4.6e-3) / 4.5e-3, 1.0)
    return 0.98 + 0.02 * s, 0.82 + 0.18 * s, 0.52 + 0.48 * s


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _weld(x: float, y: float, pitch: float, key: np.uint64, out: np.ndarray) -> None:
    _, q = bead_at(x, y, key)
    fine = grain(x / 0.25e-3, y / 0.25e-3, key + np.uint64(3)) * _share(0.25e-3, pitch)
    wide = grain(x / 6e-3, y / 4e-3, key + np.uint64(4))
    if q < 1.0:
        out[0], out[1] = 0.05 * fine, 0.05 * grain(x / 0.3e-3, y / 0.3e-3, key + np.uint64(5))
        tone = 0.80 + 0.10 * wide + 0.12 * fine
        slag = grain(x / 0.9e-3, y / 0.7e-3, key + np.uint64(6))
        if slag > 0.62:
            tone -= 0.9 * (slag - 0.62)
        for k in range(6):
            out[2 + k] *= tone
        out[4] *= 0.96
        out[7] *= 0.94
        out[8], out[9] = 0.20, 0.20
        return
    b = grain(x / 21e-3, y / 0.5e-3, key + np.uint64(7)) * _share(0.5e-3, pitch)
    c = grain(x / 8e-3, y / 0.2e-3, key + np.uint64(8)) * _share(0.2e-3, pitch)
    out[0], out[1] = 0.012 * fine, 0.02 * b + 0.04 * c + 0.012 * fine
    away = (q - 1.0) * _BEAD_HALF * (1.0 + 0.13 * wide) + 0.25e-3 * grain(
        x / 2.1e-3, y / 2.1e-3, key + np.uint64(9)
    )
    red, green, blue = _tempered(max(away, 0.0))
    tone = 1.0 + 0.05 * wide + 0.05 * c + 0.06 * fine
    for k in (2, 5):
        out[k] *= red * tone
        out[k + 1] *= green * tone
        out[k + 2] *= blue * tone
    # Soot and the shadow of the toe, where the bead meets the sheet.
    toe = math.exp(-away / 0.35e-3)
    for k in range(6):
        out[2 + k] *= 1.0 - 0.45 * toe


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _board(x: float, y: float, key: np.uint64, out: np.ndarray) -> None:
    weave = 2.0 * math.pi / 0.62e-3
    _, bx, by = bump(x / 2.6e-3, y / 2.6e-3, key)
    out[0] = 0.004 * math.cos(weave * x) + 0.004 * bx
    out[1] = 0.004 * math.cos(weave * y) + 0.004 * by
    tone = 1.0 + 0.03 * grain(x / 9e-3, y / 9e-3, key + np.uint64(1))
    for k in range(3):
        out[2 + k] *= tone


@nb.njit(cache=True, nogil=True, error_model="numpy")
def grain_at(kind: int, x: float, y: float, pitch: float, key: np.uint64, out: np.ndarray) -> None:
    """Write the grain of a surface at a place.

    Args:
        kind: number of the surface.
        x: place on the part [m].
        y: place on the part [m].
        pitch: width of a pixel there [m]; finer grain is left out.
        key: of the part.
        out: (10,) holds a base in columns 2 to 9; takes slopes along x and y in 0 and 1, and albedo, mirror and
            spreads of slopes.
    """
    if kind == BRUSHED:
        _brushed(x, y, pitch, key, out)
    elif kind == PAINTED:
        _painted(x, y, pitch, key, out)
    elif kind == CAST:
        _cast(x, y, pitch, key, out)
    elif kind == BOARD:
        _board(x, y, key, out)
    else:
        _weld(x, y, pitch, key, out)

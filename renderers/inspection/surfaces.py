"""What surfaces are made of, and their grain: small slopes, changes of tone and, of a weld, its bead.

Grain is written for a row of places at a time: each of its noises is one pass that the compiler does several
places at a time.
"""

from __future__ import annotations

import math

import numpy as np

from renderers.inspection.grain import bumps, cell, grain, grains, lattice
from sim.compiled import inlined, kernel
from sim.geometry import Array

__all__ = [
    "BASES",
    "BEAD_REACH",
    "BOARD",
    "BRUSHED",
    "CAST",
    "KINDS",
    "NOISES",
    "PAINTED",
    "WELD",
    "bead_at",
    "grain_rows",
]

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
_SWAY, _SWELL = 0.35e-3, 0.07
"""How far its middle strays [m], and by what share its width varies."""
BEAD_REACH = _SWAY + _BEAD_HALF * (1.0 + _SWELL)
"""Farther from the line of the seam there is no bead [m]."""
NOISES = 7
"""Rows of work space that `grain_rows` needs."""


@inlined
def _share(size: float, inverse: float) -> float:
    """Return how much of a grain of a size is left when pixels of an inverse pitch look at it."""
    return min(1.0, max(size * inverse - 0.6, 0.0))


@kernel
def _seam(x: float, key: np.uint64) -> tuple[float, float]:
    """Return the middle and the half width of the bead at a place along the seam [m]."""
    middle = _SWAY * grain(x / 9e-3, 0.5, lattice(key, 31))
    return middle, _BEAD_HALF * (1.0 + _SWELL * grain(x / 5e-3, 2.5, lattice(key, 32)))


@kernel
def bead_at(x: float, y: float, key: np.uint64) -> float:
    """Return the height of a weld's bead [m]."""
    if abs(y) >= BEAD_REACH:
        return 0.0
    middle, half = _seam(x, key)
    q = abs(y - middle) / half
    if q >= 1.0:
        return 0.0
    jitter = 0.35 * grain(x / 2.2e-3, y / 6e-3, lattice(key, 33))
    phase = (x - 2.6e-3 * math.sqrt(1.0 - 0.98 * q * q)) / _RIPPLE + jitter
    saw = phase - math.floor(phase)
    ripple = saw if saw < 0.75 else 3.0 * (1.0 - saw)
    body = math.sqrt(1.0 - q * q)
    edge = min(1.0, 4.0 * (1.0 - q))
    return _BEAD_HEIGHT * body * math.sqrt(body) + 55e-6 * (ripple - 0.375) * edge


@kernel
def _brushed(
    x: np.ndarray, y: np.ndarray, pitch: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray
) -> None:
    grains(x, y, (34e-3, 0.9e-3), lattice(key, 0), w[0])
    grains(x, y, (17e-3, 0.36e-3), lattice(key, 1), w[1])
    grains(x, y, (9e-3, 0.17e-3), lattice(key, 2), w[2])
    grains(x, y, (5e-3, 0.09e-3), lattice(key, 3), w[3])
    grains(x, y, (25e-3, 12e-3), lattice(key, 4), w[4])
    grains(x, y, (13e-3, 0.14e-3), lattice(key, 5), w[5])
    for i in range(x.shape[0]):
        p = 1.0 / pitch[i]
        a, b = w[0, i] * _share(0.9e-3, p), w[1, i] * _share(0.36e-3, p)
        c, d = w[2, i] * _share(0.17e-3, p), w[3, i] * _share(0.09e-3, p)
        out[0, i] = 0.004 * b
        out[1, i] = 0.016 * a + 0.035 * b + 0.05 * c + 0.05 * d
        tone = 1.0 + 0.05 * b + 0.07 * c + 0.07 * d + 0.02 * w[4, i]
        # Now and then a grain went deeper than the rest.
        w[6, i] = tone - 1.1 * max(w[5, i] - 0.78, 0.0) * _share(0.2e-3, p)
    _tone(w[6][: x.shape[0]], 6, out)


@kernel
def _tone(tone: np.ndarray, count: int, out: np.ndarray) -> None:
    """Multiply the first columns of a material by a tone."""
    for k in range(count):
        row = out[2 + k]
        for i in range(tone.shape[0]):
            row[i] *= tone[i]


@kernel
def _painted(
    x: np.ndarray, y: np.ndarray, pitch: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray
) -> None:
    bumps(x, y, 4.2e-3, 0.0, lattice(key, 0), w[0], w[1])
    bumps(x, y, 1.5e-3, 0.0, lattice(key, 1), w[2], w[3])
    grains(x, y, (30e-3, 30e-3), lattice(key, 2), w[4])
    flakes = lattice(key, 3)
    for i in range(x.shape[0]):
        out[0, i] = 0.0035 * w[0, i] + 0.0025 * w[2, i]
        out[1, i] = 0.0035 * w[1, i] + 0.0025 * w[3, i]
        flake = cell(math.floor(x[i] / 0.11e-3), math.floor(y[i] / 0.11e-3), flakes)
        w[5, i] = 1.0 + 0.012 * w[4, i] + 0.10 * flake * flake * flake * _share(0.11e-3, 1.0 / pitch[i])
    _tone(w[5][: x.shape[0]], 3, out)


@kernel
def _cast(
    x: np.ndarray, y: np.ndarray, pitch: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray
) -> None:
    size, strength = 3.4e-3, 0.035
    for i in range(x.shape[0]):
        out[0, i] = out[1, i] = 0.0
    for k in range(5):
        # Turned octave by octave, so that no direction of the lattice shows.
        bumps(x, y, size, 0.9 * k + 0.4, lattice(key, k), w[0], w[1])
        for i in range(x.shape[0]):
            amount = strength * _share(size, 1.0 / pitch[i])
            out[0, i] += amount * w[0, i]
            out[1, i] += amount * w[1, i]
        size, strength = size * 0.47, strength * 1.22
    grains(x, y, (7e-3, 7e-3), lattice(key, 8), w[0])
    grains(x, y, (1.7e-3, 1.7e-3), lattice(key, 9), w[1])
    grains(x, y, (0.22e-3, 0.22e-3), lattice(key, 10), w[2])
    grains(x, y, (0.5e-3, 0.5e-3), lattice(key, 11), w[3])
    for i in range(x.shape[0]):
        p = 1.0 / pitch[i]
        tone = 1.0 + 0.06 * (w[0, i] + 0.6 * w[1, i]) + 0.10 * w[2, i] * _share(0.22e-3, p)
        w[4, i] = tone - 1.6 * max(w[3, i] - 0.72, 0.0) * _share(0.5e-3, p)
    _tone(w[4][: x.shape[0]], 6, out)


@kernel
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


@kernel
def _weld(
    x: np.ndarray, y: np.ndarray, pitch: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray
) -> None:
    grains(x, y, (0.25e-3, 0.25e-3), lattice(key, 3), w[0])
    grains(x, y, (6e-3, 4e-3), lattice(key, 4), w[1])
    grains(x, y, (21e-3, 0.5e-3), lattice(key, 7), w[2])
    grains(x, y, (8e-3, 0.2e-3), lattice(key, 8), w[3])
    grains(x, y, (2.1e-3, 2.1e-3), lattice(key, 9), w[4])
    cross, slags = lattice(key, 5), lattice(key, 6)
    for i in range(x.shape[0]):
        p, wide = 1.0 / pitch[i], w[1, i]
        fine = w[0, i] * _share(0.25e-3, p)
        middle, half = _seam(x[i], key)
        q = abs(y[i] - middle) / half
        if q < 1.0:
            out[0, i], out[1, i] = 0.05 * fine, 0.05 * grain(x[i] / 0.3e-3, y[i] / 0.3e-3, cross)
            slag = grain(x[i] / 0.9e-3, y[i] / 0.7e-3, slags)
            tone = 0.80 + 0.10 * wide + 0.12 * fine - 0.9 * max(slag - 0.62, 0.0)
            for k in range(6):
                out[2 + k, i] *= tone
            out[4, i] *= 0.96
            out[7, i] *= 0.94
            out[8, i] = out[9, i] = 0.20
            continue
        b, c = w[2, i] * _share(0.5e-3, p), w[3, i] * _share(0.2e-3, p)
        out[0, i], out[1, i] = 0.012 * fine, 0.02 * b + 0.04 * c + 0.012 * fine
        away = (q - 1.0) * _BEAD_HALF * (1.0 + 0.13 * wide) + 0.25e-3 * w[4, i]
        red, green, blue = _tempered(max(away, 0.0))
        # Soot and the shadow of the toe, where the bead meets the sheet.
        tone = (1.0 + 0.05 * wide + 0.05 * c + 0.06 * fine) * (1.0 - 0.45 * math.exp(-away / 0.35e-3))
        for k in (2, 5):
            out[k, i] *= red * tone
            out[k + 1, i] *= green * tone
            out[k + 2, i] *= blue * tone


@kernel
def _board(x: np.ndarray, y: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray) -> None:
    weave = 2.0 * math.pi / 0.62e-3
    bumps(x, y, 2.6e-3, 0.0, lattice(key, 0), w[0], w[1])
    grains(x, y, (9e-3, 9e-3), lattice(key, 1), w[2])
    for i in range(x.shape[0]):
        out[0, i] = 0.004 * math.cos(weave * x[i]) + 0.004 * w[0, i]
        out[1, i] = 0.004 * math.cos(weave * y[i]) + 0.004 * w[1, i]
        w[3, i] = 1.0 + 0.03 * w[2, i]
    _tone(w[3][: x.shape[0]], 3, out)


@kernel
def grain_rows(
    kind: int, x: np.ndarray, y: np.ndarray, pitch: np.ndarray, key: np.uint64, w: np.ndarray, out: np.ndarray
) -> None:
    """Write the grain of a surface at places.

    Args:
        kind: number of the surface.
        x: (N,) places on the part [m].
        y: (N,) places on the part [m].
        pitch: (N,) width of a pixel there [m]; finer grain is left out.
        key: of the part.
        w: (NOISES, N) work space.
        out: (10, N) holds a base in rows 2 to 9; takes slopes along x and y in 0 and 1, and albedo, mirror and
            spreads of slopes.
    """
    if kind == BRUSHED:
        _brushed(x, y, pitch, key, w, out)
    elif kind == PAINTED:
        _painted(x, y, pitch, key, w, out)
    elif kind == CAST:
        _cast(x, y, pitch, key, w, out)
    elif kind == BOARD:
        _board(x, y, key, w, out)
    else:
        _weld(x, y, pitch, key, w, out)

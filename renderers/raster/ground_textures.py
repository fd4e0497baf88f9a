"""Textures of what lies on the ground: roadway with its paint, paving, kerbs, grass, soil.

Albedos of road materials after Santamouris (2013): worn asphalt 0.10 to 0.12, concrete 0.25 to 0.40.
"""

from __future__ import annotations

import math

import numpy as np

from renderers.raster.patterns import clamp, covered, dashes, fade, hashed, lattice_noise, mix, smooth_noise
from sim.compiled import inlined, kernel

__all__ = [
    "concrete",
    "cracks",
    "grass",
    "is_repaired",
    "kerb",
    "paint",
    "paving",
    "repair_cell",
    "repairs",
    "roadway",
    "soil",
    "weathered",
    "worn",
]

MARKING_NUMBERS = 5
CROSSWALK_NUMBERS = 4
STRIPE = 0.50
"""Width of the stripes of a crosswalk, and of the gaps between them [m] (RMS Germany, StVO sign 293)."""


@inlined
def paint(u: float, v: float, du: float, dv: float, data: np.ndarray, start: int) -> tuple[float, float]:
    """Return the shares of a pixel under (white, yellow) paint."""
    white, yellow = 0.0, 0.0
    n_markings, n_crosswalks = int(data[start + 1]), int(data[start + 2])
    at = start + 4
    for _ in range(n_markings):
        d, width, period, dash = data[at], data[at + 1], data[at + 2], data[at + 3]
        if abs(v - d) < 0.5 * (width + dv):
            share = covered(v, d - 0.5 * width, d + 0.5 * width, dv)
            if period > 0.0:
                share *= dashes(u, period, 0.0, dash, du)
            if data[at + 4] > 0.5:
                yellow = max(yellow, share)
            else:
                white = max(white, share)
        at += MARKING_NUMBERS
    for _ in range(n_crosswalks):
        middle, length, right, left = data[at], data[at + 1], data[at + 2], data[at + 3]
        share = covered(u, middle - 0.5 * length, middle + 0.5 * length, du)
        if share > 0.0:
            share *= covered(v, right, left, dv) * dashes(
                v - right, 2.0 * STRIPE, 0.5 * STRIPE, 1.5 * STRIPE, dv
            )
            white = max(white, share)
        at += CROSSWALK_NUMBERS
    return white, yellow


@inlined
def _tracks(v: float, dv: float, data: np.ndarray, start: int) -> float:
    """Return how much the tyres have polished this place, 0..1."""
    share = fade(dv, 0.8)
    if share <= 0.0:
        return 0.0
    n = int(data[start + 3])
    at = start + 4 + MARKING_NUMBERS * int(data[start + 1]) + CROSSWALK_NUMBERS * int(data[start + 2])
    most = 0.0
    for k in range(n):
        x = (abs(v - data[at + k]) - 0.75) * 1.6
        bump = max(1.0 - x * x, 0.0)
        most = max(most, bump * bump)
    return most * share


@kernel
def roadway(
    u: float, v: float, du: float, dv: float, data: np.ndarray, start: int, r: float, g: float, b: float
) -> tuple[float, float, float, float, float]:
    """Return (r, g, b, paint, track) of asphalt with grain, patches, cracks and worn paint at (s, d).

    Data: seed, numbers of markings, crosswalks and lanes; then per marking d, width, period (0 solid), dash,
    yellow; per crosswalk s, length, right, left; per lane the d of its middle.
    """
    seed, width = int(data[start]), max(du, dv)
    track = _tracks(v, dv, data, start)
    tone = 1.0 - 0.13 * track + 0.10 * smooth_noise(u * 0.3, v, 0.6, max(0.3 * du, dv), seed)
    if width < 1.1:
        tone += 0.05 * smooth_noise(u, v, 1.8, width, seed + 1)
        tone *= _cracks(u, v, width, seed)
        tone += 0.10 * smooth_noise(u, v, 27.0, width, seed + 2) + 0.20 * smooth_noise(
            u, v, 90.0, width, seed + 3
        )
    tone *= repairs(u, v, du, dv, seed)
    white, yellow = paint(u, v, du, dv, data, start)
    if white + yellow <= 0.0:
        return r * tone, g * tone, b * tone, 0.0, track
    r, g, b, painted = worn(u, v, width, track, tone, white, yellow, seed, r, g, b)
    return r, g, b, painted, track


@kernel
def worn(
    u: float, v: float, width: float, track: float, tone: float, white: float, yellow: float, seed: int,
    r: float, g: float, b: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return (r, g, b, paint) of asphalt of a tone under so much paint, where that is not worn away."""
    wear = 0.13 + 0.20 * track
    wear += 0.35 * clamp(2.2 * smooth_noise(u, v, 22.0, width, seed + 5) - 0.75)
    share = (white + yellow) * (1.0 - wear)
    white, yellow = white * (1.0 - wear), yellow * (1.0 - wear)
    left = tone * (1.0 - white - yellow)
    return (
        r * left + 0.66 * white + 0.62 * yellow,
        g * left + 0.66 * white + 0.38 * yellow,
        b * left + 0.63 * white + 0.04 * yellow,
        share,
    )


@inlined
def repair_cell(u: float, v: float) -> tuple[int, int]:
    """Return the cell of a place, in which there is at most one repair."""
    return math.floor(u * (1.0 / 11.0)), math.floor(v * (1.0 / 3.3))


@inlined
def is_repaired(i: int, j: int, seed: int) -> bool:
    """Return whether a cell has a repair."""
    return bool(hashed(i, j, seed + 11) <= 0.10)


@inlined
def repairs(u: float, v: float, du: float, dv: float, seed: int) -> float:
    """Return the factor of rectangular repairs: darker, newer asphalt in one cell of eight."""
    i, j = repair_cell(u, v)
    p, q = i, j
    if du > 11.0 or not is_repaired(p, q, seed):
        return 1.0
    low_u, low_v = i * 11.0 + 6.0 * hashed(p, q, seed + 12), j * 3.3 + 1.4 * hashed(p, q, seed + 13)
    long, wide = 1.2 + 3.5 * hashed(p, q, seed + 14), 0.7 + 1.1 * hashed(p, q, seed + 15)
    share = covered(u, low_u, low_u + long, du) * covered(v, low_v, low_v + wide, dv)
    seam = covered(u, low_u + 0.02, low_u + long - 0.02, du) * covered(v, low_v + 0.02, low_v + wide - 0.02, dv)
    return 1.0 - 0.15 * share - 0.20 * (share - seam)


@inlined
def _cracks(u: float, v: float, width: float, seed: int) -> float:
    """Return the factor of cracks: level lines of a smooth noise, where a second noise lets them be."""
    if width > 0.15:
        return 1.0
    where = clamp(4.0 * lattice_noise(u * 0.14, v * 0.25, seed + 21) - 2.5)
    return cracks(u, v, width, where, seed) if where > 0.0 else 1.0


@inlined
def cracks(u: float, v: float, width: float, where: float, seed: int) -> float:
    """Return the factor of cracks in a place that has them by so much."""
    bend = 0.35 * lattice_noise(u * 4.5, v * 4.5, seed + 23)
    level = abs(lattice_noise(u * 0.38 + bend, v * 0.9 + bend, seed + 22) - 0.5)
    reach = 0.009 + 0.35 * width
    return 1.0 - 0.55 * where * clamp(1.0 - level / reach) * 0.012 / (0.012 + 0.5 * width)


@kernel
def paving(
    u: float, v: float, du: float, dv: float, seed: int, long: float, wide: float, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Return (r, g, b) of concrete slabs with joints, long along u and wide along v [m]."""
    row = math.floor(v / wide)
    shifted = u + 0.5 * long * (row & 1)
    joint = 1.0 - dashes(shifted, long, 0.005, long - 0.005, du) * dashes(v, wide, 0.005, wide - 0.005, dv)
    each = hashed(math.floor(shifted / long), row, seed) - 0.5
    tone = 1.0 + 0.16 * each * fade(max(du, dv), 0.5 / min(long, wide))
    tone += 0.09 * smooth_noise(u, v, 1.1, max(du, dv), seed + 1) + 0.08 * smooth_noise(
        u, v, 50.0, max(du, dv), seed + 2
    )
    tone *= 1.0 - 0.55 * joint
    return r * tone, g * tone, b * tone


@kernel
def kerb(u: float, v: float, du: float, dv: float, seed: int) -> float:
    """Return the tone of kerb stones one metre long."""
    joint = 1.0 - dashes(u, 1.0, 0.006, 0.994, du)
    tone = 1.0 + 0.14 * (hashed(math.floor(u), 0, seed) - 0.5) * fade(du, 0.5)
    tone += 0.10 * smooth_noise(u, v, 20.0, max(du, dv), seed + 1)
    return tone * (1.0 - 0.5 * joint)


@kernel
def grass(
    u: float, v: float, width: float, seed: int, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Return (r, g, b) of a meadow: blades, tufts, dry and lush patches."""
    dry = 0.5 + 0.5 * smooth_noise(u, v, 0.11, width, seed) + 0.25 * smooth_noise(u, v, 0.44, width, seed + 1)
    tone = (
        1.0
        + 0.22 * smooth_noise(u, v, 2.22, width, seed + 2)
        + 0.30 * smooth_noise(u, v, 14.0, width, seed + 3)
    )
    tone += 0.35 * smooth_noise(u, v * 0.45, 55.0, width, seed + 4)
    share = 0.42 * clamp(dry)
    tone *= 1.0 + 0.12 * smooth_noise(u, v, 0.032, width, seed + 5)
    return tone * mix(r, 2.1 * r, share), tone * mix(g, 1.35 * g, share), tone * mix(b, 1.3 * b, share)


@kernel
def soil(u: float, v: float, width: float, seed: int) -> float:
    """Return the tone of gravel and earth."""
    tone = 1.0 + 0.18 * smooth_noise(u, v, 0.77, width, seed) + 0.22 * smooth_noise(u, v, 9.0, width, seed + 1)
    return tone + 0.35 * smooth_noise(u, v, 50.0, width, seed + 2)


@kernel
def concrete(u: float, v: float, width: float, seed: int) -> float:
    """Return the tone of cast concrete with stains."""
    tone = 1.0 + 0.10 * smooth_noise(u, v, 0.6, width, seed) + 0.07 * smooth_noise(u, v, 4.0, width, seed + 1)
    return tone + 0.08 * smooth_noise(u, v, 80.0, width, seed + 2)


@kernel
def weathered(
    u: float, v: float, width: float, r: float, g: float, b: float, rough: float, refl: float, porous: float,
    cleared: float, wetness: float, snow: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return (r, g, b, rough, refl) of ground under water and snow.

    Water in the pores darkens (Lekner and Dorf 1988: by about half for asphalt), its film mirrors with
    F0 = 0.02; where a low-frequency noise says hollow, puddles stand.

    Args:
        u: first texture coordinate [m].
        v: the second.
        width: extent of the pixel [m].
        r: dry albedo in red.
        g: in green.
        b: in blue.
        rough: dry roughness.
        refl: dry reflectance.
        porous: 1 for asphalt and soil, less for paint and stone.
        cleared: share of the snow that wheels have taken away.
        wetness: 0 dry to 1 standing water.
        snow: covered share.
    """
    # Seeds as variables: Numba compiles the noise anew for every number written out in a call.
    puddles, ripples, drifts = np.int64(71), np.int64(72), np.int64(73)
    if wetness > 0.0:
        hollow = 0.5 + 0.5 * smooth_noise(u, v, 0.42, width, puddles)
        hollow += 0.22 * smooth_noise(u, v, 1.7, width, ripples)
        puddle = clamp((hollow - 1.24 + 0.62 * wetness) * 5.0)
        film = clamp(1.6 * wetness)
        dark = 1.0 - film * porous * mix(0.42, 0.58, puddle)
        r, g, b = r * dark, g * dark, b * dark
        rough = mix(rough, mix(0.5, 0.06, puddle), film)
        refl = max(refl, 0.02 * film)
    if snow > 0.0:
        depth = snow * (1.0 - 0.75 * cleared) + 0.35 * smooth_noise(u, v, 1.25, width, drifts) * (1.0 - snow)
        share = clamp((depth - 0.35) * 4.0) if snow < 0.98 else 1.0 - 0.6 * cleared
        r, g, b = mix(r, 0.78, share), mix(g, 0.80, share), mix(b, 0.84, share)
        rough, refl = mix(rough, 0.95, share), mix(refl, 0.0, share)
    return r, g, b, rough, refl

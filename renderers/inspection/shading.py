"""What light comes from where each pixel looks: lamps seen in the surface, spread by its roughness, and paint.

Lamps are patches of light in a plane. What a surface mirrors is the patch's power, spread about where the mirrored
ray meets that plane by a normal law whose width comes from the spread of the surface's slopes (twice the slope
times the distance) and the patch itself: a Gaussian lobe of microfacets (Cook and Torrance 1982) seen at a lamp of
finite size. Brushed metal spreads more across its grain than along it. What a surface scatters is Lambert's law.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from renderers.inspection.flaws import flaw_at
from renderers.inspection.lights import Lamps
from renderers.inspection.solids import is_shaded
from renderers.inspection.surfaces import BOARD, WELD, grain_at
from renderers.inspection.tracing import Stage, Traced, lift_at, ray

__all__ = ["Print", "shade"]

_FINE = 3
"""A pixel on an edge is the mean of that many places across, and as many down."""
_SHADOWS = 5
"""One in how many patches is asked for shadows."""


class Print(NamedTuple):
    """What is printed or etched on a board and on its components.

    Args:
        art: (H, W) uint8 number of the material of the board.
        marks: (H, W) uint8 share of white on components, 255 is all.
        corner: left and lower end [m], and texels per metre.
        materials: (M, 8) albedo, mirror and spreads of slopes.
    """

    art: np.ndarray
    marks: np.ndarray
    corner: np.ndarray
    materials: np.ndarray


@nb.njit(cache=True, nogil=True)
def _printed(picture: np.ndarray, corner: np.ndarray, x: float, y: float) -> int:
    i = math.floor((x - corner[0]) * corner[2])
    j = math.floor((y - corner[1]) * corner[2])
    if i < 0 or j < 0 or j >= picture.shape[0] or i >= picture.shape[1]:
        return 0
    return int(picture[j, i])


@nb.njit(cache=True, nogil=True)
def _body(stage: Stage, art: Print, solid: int, hit: np.ndarray, out: np.ndarray) -> None:
    """Write the material of a solid where it is met; slopes do not apply to it."""
    row = stage.solids.rows[solid]
    out[2:10] = art.materials[int(row[9])]
    if hit[5] > 0.5 and art.marks.shape[0] > 0:
        dx, dy = hit[0] - row[1], hit[1] - row[2]
        a, b = dx * row[3] + dy * row[4], dy * row[3] - dx * row[4]
        x, y = row[11] + a * row[13] - b * row[14], row[12] + a * row[14] + b * row[13]
        white = _printed(art.marks, art.corner, x, y) / 255.0
        for k in range(3):
            out[2 + k] += white * (0.55 - out[2 + k])


@nb.njit(cache=True, nogil=True)
def _surface(stage: Stage, art: Print, x: float, y: float, pitch: float, out: np.ndarray) -> float:
    """Write slopes and material of the surface at a place, flaws included; return the light it sends itself."""
    out[:] = stage.base
    if stage.kind == BOARD:
        material = _printed(art.art, art.corner, x, y)
        if material > 0:
            out[2:10] = art.materials[material]
    grain_at(stage.kind, x, y, pitch, stage.key, out)
    glow, is_lifted = 0.0, stage.kind == WELD
    for k in range(stage.flaws.shape[0]):
        row = stage.flaws[k]
        _, lift, weight = flaw_at(row, stage.segments, x, y, pitch)
        # Differences reach beyond the form, where it has just ended.
        if row[15] != 0.0 and row[19] - pitch < x < row[20] + pitch and row[21] - pitch < y < row[22] + pitch:
            is_lifted = True
        weight = min(weight * row[26], 1.0)
        if weight <= 0.0:
            continue
        for c in range(3):
            tint = row[23 + c]
            if row[30] > 0.0:
                out[2 + c] += weight * (tint - out[2 + c])
                out[5 + c] += weight * (0.04 - out[5 + c])
            else:
                out[2 + c] *= 1.0 + weight * (tint - 1.0)
                out[5 + c] *= 1.0 + weight * (tint - 1.0)
        if row[30] > 0.0:
            out[0], out[1] = out[0] * (1.0 - weight), out[1] * (1.0 - weight)
        out[8], out[9] = max(out[8] + weight * row[29], 0.01), max(out[9] + weight * row[29], 0.01)
        glow += weight * row[31]
    if is_lifted:
        e = 0.5 * pitch
        out[0] += (lift_at(stage, x + e, y, pitch) - lift_at(stage, x - e, y, pitch)) / pitch
        out[1] += (lift_at(stage, x, y + e, pitch) - lift_at(stage, x, y - e, pitch)) / pitch
    return glow


@nb.njit(cache=True, nogil=True)
def _light(
    stage: Stage, lamps: Lamps, hit: np.ndarray, n: np.ndarray, m: np.ndarray, colour: np.ndarray
) -> None:
    """Write the radiance that a place sends along the ray that met it."""
    x, y, z = hit[0], hit[1], hit[2]
    long = math.sqrt(hit[6] * hit[6] + hit[7] * hit[7] + hit[8] * hit[8])
    vx, vy, vz = -hit[6] / long, -hit[7] / long, -hit[8] / long
    facing = max(n[0] * vx + n[1] * vy + n[2] * vz, 1e-3)
    rx, ry, rz = 2.0 * facing * n[0] - vx, 2.0 * facing * n[1] - vy, 2.0 * facing * n[2] - vz
    grazing = (1.0 - facing) ** 5
    scattered, mirrored = lamps.ambient + lamps.dome, lamps.ambient
    if rz > 0.05:
        far = (lamps.level - z) / rz
        qx, qy = x + far * rx, y + far * ry
        wide_x, wide_y = 2.0 * m[8] * far, 2.0 * m[9] * far
        if lamps.dome > 0.0:
            wide = math.sqrt(0.5 * (wide_x * wide_x + wide_y * wide_y)) + 1e-4
            hx, hy = qx - lamps.hole[0], qy - lamps.hole[1]
            off = math.sqrt(hx * hx + hy * hy)
            hole = 0.5 * (1.0 + math.erf((lamps.hole[2] - off) / (1.41421356 * wide)))
            # A dome is lit from its rim: a little darker towards its top.
            slant = min(off / (2.0 * lamps.level), 1.0)
            mirrored += lamps.dome * (0.8 + 0.4 * slant) * (1.0 - 0.85 * hole)
        blocked = counted = 0.0
        own = np.empty(3)
        for k in range(lamps.patches.shape[0]):
            patch = lamps.patches[k]
            lx, ly, lz = patch[0] - x, patch[1] - y, patch[2] - z
            if stage.solids.top > 0.0 and k % _SHADOWS == 0:
                counted += 1.0
                if is_shaded(
                    stage.solids, x, y, z, lx * 0.999, ly * 0.999, lz * 0.999, own
                ):
                    blocked += 1.0
            square = lx * lx + ly * ly + lz * lz
            facing_lamp = n[0] * lx + n[1] * ly + n[2] * lz
            if facing_lamp > 0.0:
                scattered += patch[3] * facing_lamp * lz / (square * square) / math.pi
            sx, sy = wide_x * wide_x + patch[4] * patch[4], wide_y * wide_y + patch[4] * patch[4]
            ax, ay = qx - patch[0], qy - patch[1]
            power = 0.5 * (ax * ax / sx + ay * ay / sy)
            if power < 14.0:
                mirrored += patch[3] * math.exp(-power) / (2.0 * math.pi * math.sqrt(sx * sy))
        if counted > 0.0:
            lit = 1.0 - 0.92 * blocked / counted
            scattered, mirrored = scattered * lit, mirrored * lit
    else:
        scattered *= 0.6
    for c in range(3):
        colour[c] = m[2 + c] * scattered + (m[5 + c] + (1.0 - m[5 + c]) * grazing * 0.5) * mirrored


@nb.njit(cache=True, nogil=True)
def _colour(
    stage: Stage, lamps: Lamps, art: Print, u: float, v: float, hit: np.ndarray, m: np.ndarray, n: np.ndarray,
    colour: np.ndarray,
) -> None:  # fmt: skip
    """Write the radiance at a place of the image."""
    solid, t = ray(stage, u, v, hit)
    glow = 0.0
    m[0] = m[1] = 0.0
    if solid >= 0:
        _body(stage, art, solid, hit, m)
        n[0], n[1], n[2] = hit[3], hit[4], hit[5]
    else:
        glow = _surface(stage, art, hit[0], hit[1], t / stage.camera[12], m)
        length = 1.0 / math.sqrt(1.0 + m[0] * m[0] + m[1] * m[1])
        n[0], n[1], n[2] = -m[0] * length, -m[1] * length, length
    _light(stage, lamps, hit, n, m, colour)
    for c in range(3):
        colour[c] += glow


@nb.njit(cache=True, nogil=True)
def _is_edge(seen: Traced, art: Print, stage: Stage, u: int, v: int) -> bool:
    """Return whether a pixel's neighbours see something else."""
    if u == 0 or v == 0 or u == seen.solid.shape[1] - 1 or v == seen.solid.shape[0] - 1:
        return False
    solid, defect, negative = seen.solid[v, u], seen.defect[v, u], seen.negative[v, u]
    own = -1
    if stage.kind == BOARD:
        own = _printed(art.art, art.corner, seen.place[v, u, 0], seen.place[v, u, 1])
    for dv, du in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        j, i = v + dv, u + du
        if seen.solid[j, i] != solid or seen.defect[j, i] != defect or seen.negative[j, i] != negative:
            return True
        if own >= 0 and solid < 0:
            if _printed(art.art, art.corner, seen.place[j, i, 0], seen.place[j, i, 1]) != own:
                return True
    return False


@nb.njit(cache=True, nogil=True)
def shade(
    stage: Stage, lamps: Lamps, art: Print, seen: Traced, box: tuple[int, int, int, int], out: np.ndarray
) -> None:
    """Write the radiance of pixels.

    Args:
        stage: the part under the camera.
        lamps: what lights it, in its frame.
        art: what is printed on it.
        seen: what `trace` found, which says where edges are.
        box: first and last column + 1, first and last row + 1.
        out: (H, W, 3) float32, written inside the box.
    """
    hit, m, n, colour = np.empty(9), np.empty(10), np.empty(3), np.empty(3)
    for v in range(box[2], box[3]):
        for u in range(box[0], box[1]):
            if not _is_edge(seen, art, stage, u, v):
                _colour(stage, lamps, art, u + 0.5, v + 0.5, hit, m, n, colour)
                for c in range(3):
                    out[v, u, c] = colour[c]
                continue
            for c in range(3):
                out[v, u, c] = 0.0
            for j in range(_FINE):
                for i in range(_FINE):
                    _colour(
                        stage, lamps, art, u + (i + 0.5) / _FINE, v + (j + 0.5) / _FINE, hit, m, n, colour
                    )
                    for c in range(3):
                        out[v, u, c] += colour[c] / (_FINE * _FINE)

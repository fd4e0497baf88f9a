"""What light comes from where each pixel looks: lamps seen in the surface, spread by its roughness, and paint.

Lamps are patches of light in a plane. What a surface mirrors is the patch's power, spread about where the
mirrored ray meets that plane by a normal law whose width comes from the spread of the surface's slopes (twice
the slope times the distance) and from the patch: a Gaussian lobe of microfacets (Cook and Torrance 1982) seen
at a lamp of finite size. Brushed metal spreads more across its grain than along it. What a surface scatters is
Lambert's law.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from renderers.inspection.flaws import flaw_at
from renderers.inspection.lights import Lamps
from renderers.inspection.solids import Solids, is_shaded
from renderers.inspection.surfaces import BOARD, WELD, grain_at
from renderers.inspection.tracing import Stage, Traced, is_lifted, is_over, lift_at, ray

__all__ = ["Print", "shade"]

_FINE = 2
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


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _printed(picture: np.ndarray, corner: np.ndarray, x: float, y: float) -> int:
    i = math.floor((x - corner[0]) * corner[2])
    j = math.floor((y - corner[1]) * corner[2])
    if i < 0 or j < 0 or j >= picture.shape[0] or i >= picture.shape[1]:
        return 0
    return int(picture[j, i])


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _body(stage: Stage, art: Print, solid: int, hit: np.ndarray, n: np.ndarray, out: np.ndarray) -> None:
    """Write the material of a solid where it is met; slopes do not apply to it."""
    row = stage.solids.rows[solid]
    for c in range(8):
        out[2 + c] = art.materials[int(row[9]), c]
    if n[2] > 0.5 and art.marks.shape[0] > 0:
        dx, dy = hit[0] - row[1], hit[1] - row[2]
        a, b = dx * row[3] + dy * row[4], dy * row[3] - dx * row[4]
        x, y = row[11] + a * row[13] - b * row[14], row[12] + a * row[14] + b * row[13]
        white = _printed(art.marks, art.corner, x, y) / 255.0
        for k in range(3):
            out[2 + k] += white * (0.55 - out[2 + k])


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _surface(
    stage: Stage, art: Print, x: float, y: float, pitch: float, is_busy: bool, out: np.ndarray
) -> float:
    """Write slopes and material of the surface at a place, flaws included; return the light it sends itself."""
    material = _printed(art.art, art.corner, x, y) if stage.kind == BOARD else 0
    for c in range(8):
        out[2 + c] = art.materials[material, c] if material > 0 else stage.base[2 + c]
    grain_at(stage.kind, x, y, pitch, stage.key, out)
    glow, flaws = 0.0, stage.flaws
    for k in range(flaws.shape[0] if is_busy else 0):
        if not is_over(flaws, k, x, y, pitch):
            continue
        row = flaws[k]
        weight = min(flaw_at(row, stage.segments, x, y, pitch)[2] * row[26], 1.0)
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
    # Differences reach beyond a form, where it has just ended.
    if (is_busy or stage.kind == WELD) and is_lifted(stage.kind, flaws, x, y, pitch):
        e, kind, key, lines = 0.5 * pitch, stage.kind, stage.key, stage.segments
        right, left = (
            lift_at(kind, key, flaws, lines, x + e, y, pitch),
            lift_at(kind, key, flaws, lines, x - e, y, pitch),
        )
        upper, lower = (
            lift_at(kind, key, flaws, lines, x, y + e, pitch),
            lift_at(kind, key, flaws, lines, x, y - e, pitch),
        )
        out[0] += (right - left) / pitch
        out[1] += (upper - lower) / pitch
    return glow


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _light(
    solids: Solids,
    lamps: Lamps,
    hit: np.ndarray,
    n: np.ndarray,
    m: np.ndarray,
    work: np.ndarray,
    colour: np.ndarray,
) -> None:
    """Write the radiance that a place sends along the ray that met it."""
    patches = lamps.patches
    x, y, z = hit[0], hit[1], hit[2]
    long = math.sqrt(hit[3] * hit[3] + hit[4] * hit[4] + hit[5] * hit[5])
    vx, vy, vz = -hit[3] / long, -hit[4] / long, -hit[5] / long
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
        count, is_shadowed = patches.shape[0], solids.top > 0.0
        if count > 0:
            # All patches are of one size and power.
            strong, half = patches[0, 3], patches[0, 4]
            sx, sy = 0.5 / (wide_x * wide_x + half * half), 0.5 / (wide_y * wide_y + half * half)
            total = sent = 0.0
            for k in range(count):
                px, py = patches[k, 0], patches[k, 1]
                lx, ly, lz = px - x, py - y, patches[k, 2] - z
                if is_shadowed and k % _SHADOWS == 0:
                    counted += 1.0
                    if is_shaded(solids, x, y, z + 1e-7, lx, ly, lz, work):
                        blocked += 1.0
                square = lx * lx + ly * ly + lz * lz
                total += max(n[0] * lx + n[1] * ly + n[2] * lz, 0.0) * lz / (square * square)
                power = (qx - px) * (qx - px) * sx + (qy - py) * (qy - py) * sy
                lobe = max(1.0 - 0.0625 * power, 0.0)  # its 16th power is exp(-power) within 0.03
                lobe *= lobe
                lobe *= lobe
                lobe *= lobe
                sent += lobe * lobe
            scattered += strong * total / math.pi
            mirrored += strong * sent * math.sqrt(sx * sy) / math.pi
        if counted > 0.0:
            lit = 1.0 - 0.92 * blocked / counted
            scattered, mirrored = scattered * lit, mirrored * lit
    else:
        scattered *= 0.6
    for c in range(3):
        colour[c] = m[2 + c] * scattered + (m[5 + c] + (1.0 - m[5 + c]) * grazing * 0.5) * mirrored


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _colour_of(
    stage: Stage, lamps: Lamps, art: Print, solid: int, t: float, is_busy: bool, hit: np.ndarray, m: np.ndarray,
    n: np.ndarray, work: np.ndarray, colour: np.ndarray,
) -> None:  # fmt: skip
    """Write the radiance of what a ray has met."""
    glow = 0.0
    m[0] = m[1] = 0.0
    if solid >= 0:
        _body(stage, art, solid, hit, n, m)
    else:
        glow = _surface(stage, art, hit[0], hit[1], t / stage.camera[12], is_busy, m)
        length = 1.0 / math.sqrt(1.0 + m[0] * m[0] + m[1] * m[1])
        n[0], n[1], n[2] = -m[0] * length, -m[1] * length, length
    _light(stage.solids, lamps, hit, n, m, work, colour)
    for c in range(3):
        colour[c] += glow


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _colour(
    stage: Stage, lamps: Lamps, art: Print, u: float, v: float, hit: np.ndarray, m: np.ndarray, n: np.ndarray,
    work: np.ndarray, colour: np.ndarray,
) -> None:  # fmt: skip
    """Write the radiance at a place of the image; n and work are (6,) work space."""
    solid, t = ray(stage, u, v, hit, n)
    _colour_of(stage, lamps, art, solid, t, stage.busy[int(v) >> 4, int(u) >> 4] > 0, hit, m, n, work, colour)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _materials(stage: Stage, art: Print, seen: Traced, box: tuple[int, int, int, int], out: np.ndarray) -> None:
    """Write a number of what each pixel sees: two that differ have an edge between them."""
    is_board = stage.kind == BOARD
    for v in range(box[2], box[3]):
        for u in range(box[0], box[1]):
            solid = seen.solid[v, u]
            out[v, u] = 256 + solid
            if solid < 0:
                x, y = seen.place[v, u, 0], seen.place[v, u, 1]
                out[v, u] = _printed(art.art, art.corner, x, y) if is_board else 0


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _is_edge(seen: Traced, materials: np.ndarray, whole: int, u: int, v: int) -> bool:
    """Return whether a pixel shows a defect or distractor, or its neighbours see something else."""
    defect = seen.defect[v, u]
    if (defect > 0 and defect != whole) or seen.negative[v, u] > 0:
        return True
    if u == 0 or v == 0 or u == materials.shape[1] - 1 or v == materials.shape[0] - 1:
        return False
    own = materials[v, u]
    return bool(
        materials[v, u - 1] != own
        or materials[v, u + 1] != own
        or materials[v - 1, u] != own
        or materials[v + 1, u] != own
        or seen.defect[v, u - 1] != defect
        or seen.defect[v, u + 1] != defect
        or seen.defect[v - 1, u] != defect
        or seen.defect[v + 1, u] != defect
    )


@nb.njit(cache=True, nogil=True, error_model="numpy")
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
    hit, m, n, work, colour = np.empty(6), np.empty(10), np.empty(6), np.empty(6), np.empty(3)
    materials = np.zeros(seen.solid.shape, np.int32)
    _materials(stage, art, seen, box, materials)
    for v in range(box[2], box[3]):
        for u in range(box[0], box[1]):
            is_edge = _is_edge(seen, materials, stage.whole, u, v)
            if not is_edge and seen.solid[v, u] < 0:
                # What the labels' ray met at the pixel's centre serves again.
                t = np.float64(seen.pitch[v, u]) * stage.camera[12]
                for c in range(3):
                    hit[c] = seen.place[v, u, c]
                    hit[3 + c] = (hit[c] - stage.camera[c]) / t
                _colour_of(stage, lamps, art, -1, t, stage.busy[v >> 4, u >> 4] > 0, hit, m, n, work, colour)
                for c in range(3):
                    out[v, u, c] = colour[c]
                continue
            fine = _FINE if is_edge else 1
            for c in range(3):
                out[v, u, c] = 0.0
            for j in range(fine):
                for i in range(fine):
                    _colour(
                        stage, lamps, art, u + (i + 0.5) / fine, v + (j + 0.5) / fine, hit, m, n, work, colour
                    )
                    for c in range(3):
                        out[v, u, c] += colour[c] / (fine * fine)

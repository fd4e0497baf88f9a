"""What light comes from where each pixel looks: from materials, grain and flaws to radiance, row by row.

A row's places are gathered first: one for a pixel that sees one thing, several for one on an edge or a defect.
Materials and grain, flaws, normals and light follow as passes over these places.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.inspection.flaws import LINE, Col, flaw_at
from renderers.inspection.lighting import Places, lighten, places_for
from renderers.inspection.lights import Lamps
from renderers.inspection.solids import Part
from renderers.inspection.surfaces import BEAD_REACH, BOARD, WELD, grain_rows
from renderers.inspection.tracing import TILE, Stage, Traced, is_lifted, is_over, lift_at, ray
from sim.compiled import inlined, kernel

__all__ = ["Print", "shade"]

_FINE = 2
"""A pixel on an edge is the mean of that many places across, and as many down."""


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


@inlined
def _printed(picture: np.ndarray, corner: np.ndarray, x: float, y: float) -> int:
    i = math.floor((x - corner[0]) * corner[2])
    j = math.floor((y - corner[1]) * corner[2])
    if i < 0 or j < 0 or j >= picture.shape[0] or i >= picture.shape[1]:
        return 0
    return int(picture[j, i])


@inlined
def _body(stage: Stage, art: Print, p: Places, i: int) -> None:
    """Write the material of the solid that a place is on; grain does not apply to it."""
    row, m = stage.solids.rows[p.solid[i]], p.material
    for c in range(8):
        m[2 + c, i] = art.materials[int(row[9]), c]
    if p.nz[i] > 0.5 and art.marks.shape[0] > 0:
        dx, dy = p.x[i] - row[1], p.y[i] - row[2]
        a, b = dx * row[3] + dy * row[4], dy * row[3] - dx * row[4]
        x, y = row[11] + a * row[13] - b * row[14], row[12] + a * row[14] + b * row[13]
        white = _printed(art.marks, art.corner, x, y) / 255.0
        for k in range(3):
            m[2 + k, i] += white * (0.55 - m[2 + k, i])


@kernel
def _flawed(stage: Stage, p: Places, i: int) -> None:
    """Change slopes and material of a place on the surface by the forms that lie there."""
    x, y, pitch, m, flaws = p.x[i], p.y[i], p.pitch[i], p.material, stage.flaws
    for k in range(flaws.shape[0] if p.is_busy[i] else 0):
        if not is_over(flaws, k, x, y, pitch):
            continue
        row = flaws[k]
        weight = min(flaw_at(row, stage.segments, x, y, pitch)[2] * row[26], 1.0)
        if weight <= 0.0:
            continue
        for c in range(3):
            tint = row[23 + c]
            if row[30] > 0.0:
                m[2 + c, i] += weight * (tint - m[2 + c, i])
                m[5 + c, i] += weight * (0.04 - m[5 + c, i])
            else:
                m[2 + c, i] *= 1.0 + weight * (tint - 1.0)
                m[5 + c, i] *= 1.0 + weight * (tint - 1.0)
        if row[30] > 0.0:
            m[0, i], m[1, i] = m[0, i] * (1.0 - weight), m[1, i] * (1.0 - weight)
        m[8, i], m[9, i] = max(m[8, i] + weight * row[29], 0.01), max(m[9, i] + weight * row[29], 0.01)
        p.glow[i] += weight * row[31]
    # Differences reach beyond a form, where it has just ended.
    if is_lifted(stage.kind, flaws, x, y, pitch):
        e, kind, key, lines = 0.5 * pitch, stage.kind, stage.key, stage.segments
        right = lift_at(kind, key, flaws, lines, x + e, y, pitch)
        left = lift_at(kind, key, flaws, lines, x - e, y, pitch)
        upper = lift_at(kind, key, flaws, lines, x, y + e, pitch)
        lower = lift_at(kind, key, flaws, lines, x, y - e, pitch)
        m[0, i] += (right - left) / pitch
        m[1, i] += (upper - lower) / pitch


@kernel
def _made(stage: Stage, art: Print, p: Places, count: int) -> None:
    """Write materials and normals of places."""
    m, is_board = p.material, stage.kind == BOARD
    for c in range(8):
        m[2 + c, :count] = stage.base[2 + c]
    for i in range(count if is_board else 0):
        material = _printed(art.art, art.corner, p.x[i], p.y[i])
        if material > 0:
            for c in range(8):
                m[2 + c, i] = art.materials[material, c]
    grain_rows(stage.kind, p.x[:count], p.y[:count], p.pitch[:count], stage.key, p.work, m)
    for i in range(count):
        p.glow[i] = 0.0
        if p.solid[i] >= 0:
            _body(stage, art, p, i)
            continue
        if p.is_busy[i] or (stage.kind == WELD and abs(p.y[i]) < BEAD_REACH + p.pitch[i]):
            _flawed(stage, p, i)
        length = 1.0 / math.sqrt(1.0 + m[0, i] * m[0, i] + m[1, i] * m[1, i])
        p.nx[i], p.ny[i], p.nz[i] = -m[0, i] * length, -m[1, i] * length, length


@kernel
def _materials(stage: Stage, art: Print, seen: Traced, wanted: np.ndarray, out: np.ndarray) -> None:
    """Write a number of what each pixel sees: two that differ have an edge between them."""
    is_board = stage.kind == BOARD
    for v in range(out.shape[0]):
        for u in range(out.shape[1]):
            if wanted[v, u] == 0:
                continue
            solid = seen.solid[v, u]
            out[v, u] = 256 + solid
            if solid < 0:
                x, y = seen.place[v, u, 0], seen.place[v, u, 1]
                out[v, u] = _printed(art.art, art.corner, x, y) if is_board else 0


@kernel
def _is_edge(seen: Traced, materials: np.ndarray, is_fine: np.ndarray, u: int, v: int) -> bool:
    """Return whether a pixel shows something fine, or its neighbours see something else."""
    defect, negative = seen.defect[v, u], seen.negative[v, u]
    if is_fine[0, defect] or is_fine[1, negative]:
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
        or seen.negative[v, u - 1] != negative
        or seen.negative[v, u + 1] != negative
        or seen.negative[v - 1, u] != negative
        or seen.negative[v + 1, u] != negative
    )


@kernel
def _gather(
    stage: Stage, seen: Traced, materials: np.ndarray, is_fine: np.ndarray, wanted: np.ndarray, v: int,
    hit: np.ndarray, n: np.ndarray, p: Places,
) -> int:  # fmt: skip
    """Write the places that the pixels of a row look at, and return how many there are."""
    count = 0
    c, focal = stage.camera, stage.camera[12]
    for u in range(wanted.shape[1]):
        if wanted[v, u] == 0:
            continue
        is_busy = stage.busy[v >> TILE, u >> TILE] > 0
        is_edge = _is_edge(seen, materials, is_fine, u, v)
        if not is_edge and seen.solid[v, u] < 0:
            # What the labels' ray met at the pixel's centre serves again.
            p.x[count], p.y[count], p.z[count] = seen.place[v, u, 0], seen.place[v, u, 1], seen.place[v, u, 2]
            p.dx[count], p.dy[count], p.dz[count] = p.x[count] - c[0], p.y[count] - c[1], p.z[count] - c[2]
            p.pitch[count], p.solid[count] = seen.pitch[v, u], -1
            p.column[count], p.share[count], p.is_busy[count] = u, 1.0, is_busy
            count += 1
            continue
        fine = _FINE if is_edge else 1
        for j in range(fine):
            for i in range(fine):
                solid, t = ray(stage, u + (i + 0.5) / fine, v + (j + 0.5) / fine, hit, n)
                p.x[count], p.y[count], p.z[count] = hit[0], hit[1], hit[2]
                p.dx[count], p.dy[count], p.dz[count] = hit[3], hit[4], hit[5]
                p.nx[count], p.ny[count], p.nz[count] = n[0], n[1], n[2]
                p.pitch[count], p.solid[count] = t / focal, solid
                p.column[count], p.share[count], p.is_busy[count] = u, 1.0 / (fine * fine), is_busy
                count += 1
    return count


def shade(
    stage: Stage, lamps: Lamps, art: Print, seen: Traced, *, wanted: NDArray[np.uint8] | None = None
) -> NDArray[np.float32]:
    """Return the (H, W, 3) radiance of pixels.

    Args:
        stage: the part under the camera.
        lamps: what lights it, in its frame.
        art: what is printed on it.
        seen: what `trace` found, which says where edges are.
        wanted: (H, W) above 0 for the pixels to be shaded, all unless given; the others are 0.
    """
    height, width = seen.solid.shape
    wanted = np.ones((height, width), np.uint8) if wanted is None else wanted
    out = np.zeros((height, width, 3), np.float32)
    places = places_for(_FINE * _FINE * width)
    _shade(stage, lamps, art, seen, _fine(stage), wanted, places, out)
    return out


def _fine(stage: Stage) -> NDArray[np.bool_]:
    """Return (2, N) by the number of a defect and of a distractor whether its details are small."""
    flaws, pixel = stage.flaws, stage.camera[2] / stage.camera[12]
    numbers = flaws[:, Col.ID].astype(int)
    most = max([*numbers.tolist(), int(stage.solids.rows[:, Part.ID].max(initial=0)), stage.whole])
    is_fine = np.zeros((2, most + 1), np.bool_)
    is_small = (flaws[:, Col.TYPE] == LINE) | (flaws[:, [Col.AX, Col.AY]].min(axis=1) < 3.0 * pixel)
    is_fine[flaws[is_small, Col.IS_NEGATIVE].astype(int), numbers[is_small]] = True
    return is_fine


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    stage: Stage, lamps: Lamps, art: Print, seen: Traced, is_fine: np.ndarray, wanted: np.ndarray,
    p: Places, out: np.ndarray,
) -> None:  # fmt: skip
    hit, n = np.empty(6), np.empty(6)
    materials = np.zeros(seen.solid.shape, np.int32)
    _materials(stage, art, seen, wanted, materials)
    for v in range(out.shape[0]):
        count = _gather(stage, seen, materials, is_fine, wanted, v, hit, n, p)
        if count == 0:
            continue
        _made(stage, art, p, count)
        lighten(stage.solids, lamps, p, count, n)
        for i in range(count):
            for c in range(3):
                out[v, p.column[i], c] += p.share[i] * p.colour[c, i]

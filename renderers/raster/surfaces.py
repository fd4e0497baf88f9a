"""Surfaces in passes over blocks of samples: which way they face, and what they are made of there."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column, Texture
from renderers.raster.bending import Bend
from renderers.raster.blocks import COLUMN, EDGE_A, EDGE_B, EDGE_C, FREE, ROW, Block, Z, line
from renderers.raster.growth import grow_grass, grow_leaves
from renderers.raster.pavement import pave
from renderers.raster.setup import BACK, Lattice, Triangles
from renderers.raster.textures import texture
from renderers.raster.visibility import VOID
from renderers.raster.walls import face
from sim.compiled import inlined, kernel

__all__ = ["GLOW", "N_VALUES", "Surfaces", "aim", "clothe", "collect", "follow", "weigh"]

_ROUGHNESS, _REFLECTANCE, _EMISSION = int(Column.ROUGHNESS), int(Column.REFLECTANCE), int(Column.EMISSION)
_LAMP, _TEXTURE, _DATA, _WRAP = int(Column.LAMP), int(Column.TEXTURE), int(Column.DATA), int(Column.WRAP)

_ROADWAY, _FACADE = int(Texture.ROADWAY), int(Texture.FACADE)
_GRASS, _LEAVES = int(Texture.GRASS), int(Texture.LEAVES)

_F: Any = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)
_COLUMN_BY_U, _ROW_BY_U, _COLUMN_BY_V, _ROW_BY_V = line(FREE), line(FREE + 1), line(FREE + 2), line(FREE + 3)
_SCALE = line(FREE + 4)

RX, RY, REACH = line(0), line(1), line(2)
"""The ray in the camera frame, with unit component along the optical axis, and its length."""
DX, DY, DZ = line(3), line(4), line(5)
"""Its unit direction in the world."""
SHARE_A, SHARE_B, SHARE_C, DEPTH = line(6), line(7), line(8), line(9)
"""Shares of the triangle's corners, and the distance along the optical axis [m]."""
NX, NY, NZ = line(10), line(11), line(12)
BASE_R, BASE_G, BASE_B = line(13), line(14), line(15)
RED, GREEN, BLUE, ROUGH, MIRROR = line(16), line(17), line(18), line(19), line(20)
WRAP, LAMP = line(21), line(22)
"""Of the material; RED to MIRROR are what its texture makes of it there."""
TOWARD, DIRECT, OPENED = line(23), line(24), line(25)
"""Cosine to the sun, its light that arrives, and the share of the sky that is seen."""
_U, _V, _W, _DU, _DV, _DW = line(26), line(27), line(28), line(29), line(30), line(31)
GLOW = _U
"""Light of lamps that arrives, once textures are evaluated."""
N_VALUES = 32


class Surfaces(NamedTuple):
    """What shading reads of the stage.

    Attributes:
        faces: (F, 3) vertices.
        normals: (V, 3) in the frame of their part.
        coords: (V, 3) where textures are evaluated.
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
        face_material: (F,) rows of `materials`.
        materials: (M, 10).
        data: (D,) numbers of the textures.
        R_world_part: (P, 3, 3) float32.
        lamps: (B, 8) float32 brightness by `Lamp`.
    """

    faces: NDArray[np.int32]
    normals: NDArray[np.float32]
    coords: NDArray[np.float32]
    vertex_part: NDArray[np.int32]
    first_part: NDArray[np.int32]
    face_material: NDArray[np.int32]
    materials: NDArray[np.float32]
    data: NDArray[np.float32]
    R_world_part: NDArray[np.float32]
    lamps: NDArray[np.float32]


@kernel
def collect(samples: np.ndarray, first: int, count: int, winner: np.ndarray, lens: Bend, block: Block) -> int:
    """Begin the block of some samples and return how many runs it has.

    Args:
        samples: (n, 2) int16 column and row of each.
        first: the block's first.
        count: how many it takes.
        winner: triangle of every sample of the lattice.
        lens: which directions the samples look in.
        block: COLUMN, ROW and the runs are written, and how the straight lattice changes from one sample to
            the next.
    """
    lines, starts, seen = block.lines, block.starts, block.seen
    is_bent = lens.kind != 0
    runs, last = 0, 0
    for n in range(count):
        j, i = int(samples[first + n, 0]), int(samples[first + n, 1])
        k = int(winner[np.uint64(i), np.uint64(j)])
        if is_bent and math.isnan(lens.columns[i, j]):
            k = VOID
        if n == 0 or k != last:
            starts[runs], seen[runs] = n, k
            runs, last = runs + 1, k
        if is_bent:
            _follow(lens, i, j, np.uint64(n), lines)
        else:
            lines[COLUMN + np.uint64(n)], lines[ROW + np.uint64(n)] = float(j), float(i)
    starts[runs] = count
    if not is_bent:
        _go_straight(count, lines)
    return runs


@kernel
def follow(lens: Bend, stride: int, v: int, u: int, count: int, block: Block) -> None:
    """Write how the straight lattice changes from one sample to the next, for the pixels from (u, v) on."""
    if lens.kind == 0:
        _go_straight(count, block.lines)
        return
    for n in range(count):
        _follow(lens, v * stride, (u + n) * stride, np.uint64(n), block.lines)


@inlined
def _go_straight(count: int, lines: np.ndarray) -> None:
    for at in range(np.uint64(0), np.uint64(count)):
        lines[_COLUMN_BY_U + at], lines[_ROW_BY_U + at] = 1.0, 0.0
        lines[_COLUMN_BY_V + at], lines[_ROW_BY_V + at] = 0.0, 1.0


@inlined
def _follow(lens: Bend, i: int, j: int, at: np.uint64, lines: np.ndarray) -> None:
    """Write where the sample of a bent picture lies, and the change to the next towards the middle."""
    columns, rows = lens.columns, lens.rows
    p = j - 1 if 2 * j > columns.shape[1] - 1 else j
    q = i - 1 if 2 * i > columns.shape[0] - 1 else i
    lines[COLUMN + at], lines[ROW + at] = columns[i, j], rows[i, j]
    lines[_COLUMN_BY_U + at] = columns[i, p + 1] - columns[i, p]
    lines[_ROW_BY_U + at] = rows[i, p + 1] - rows[i, p]
    lines[_COLUMN_BY_V + at] = columns[q + 1, j] - columns[q, j]
    lines[_ROW_BY_V + at] = rows[q + 1, j] - rows[q, j]


@kernel
def aim(lattice: Lattice, T_world_camera: np.ndarray, count: int, block: Block, values: np.ndarray) -> None:
    """Write the rays of the samples: RX, RY, REACH, DX, DY and DZ."""
    r00, r01, r02 = _F(T_world_camera[0, 0]), _F(T_world_camera[0, 1]), _F(T_world_camera[0, 2])
    r10, r11, r12 = _F(T_world_camera[1, 0]), _F(T_world_camera[1, 1]), _F(T_world_camera[1, 2])
    r20, r21, r22 = _F(T_world_camera[2, 0]), _F(T_world_camera[2, 1]), _F(T_world_camera[2, 2])
    per_column, per_row, middle, centre = 1.0 / lattice.fx, 1.0 / lattice.fy, lattice.cx, lattice.cy
    lines = block.lines
    for i in range(np.uint64(0), np.uint64(count)):
        rx, ry = _F((lines[COLUMN + i] - middle) * per_column), _F((lines[ROW + i] - centre) * per_row)
        reach = _F(math.sqrt(rx * rx + ry * ry + _ONE))
        shorten = _ONE / reach
        values[RX + i], values[RY + i], values[REACH + i] = rx, ry, reach
        values[DX + i] = (r00 * rx + r01 * ry + r02) * shorten
        values[DY + i] = (r10 * rx + r11 * ry + r12) * shorten
        values[DZ + i] = (r20 * rx + r21 * ry + r22) * shorten


@kernel
def weigh(planes: np.ndarray, stride: int, runs: int, block: Block, values: np.ndarray) -> None:
    """Write the shares of the corners, and the depth; of no meaning where nothing is seen."""
    lines, starts, seen = block.lines, block.starts, block.seen
    for r in range(runs):
        k, first, last = seen[r], np.uint64(starts[r]), np.uint64(starts[r + 1])
        if k < 0:
            for i in range(first, last):
                lines[EDGE_A + i] = lines[EDGE_B + i] = lines[EDGE_C + i] = lines[Z + i] = 1.0
            continue
        a0, b0, c0 = planes[k, 0], planes[k, 1], planes[k, 2]
        a1, b1, c1 = planes[k, 3], planes[k, 4], planes[k, 5]
        a2, b2, c2 = planes[k, 6], planes[k, 7], planes[k, 8]
        ad, bd, cd = planes[k, 9], planes[k, 10], planes[k, 11]
        for i in range(first, last):
            x, y = lines[COLUMN + i], lines[ROW + i]
            lines[EDGE_A + i] = max(a0 * x + b0 * y + c0, 0.0)
            lines[EDGE_B + i] = max(a1 * x + b1 * y + c1, 0.0)
            lines[EDGE_C + i] = max(a2 * x + b2 * y + c2, 0.0)
            lines[Z + i] = ad * x + bd * y + cd
    for i in range(np.uint64(0), np.uint64(starts[runs])):
        e0, e1, e2 = lines[EDGE_A + i], lines[EDGE_B + i], lines[EDGE_C + i]
        per_whole = 1.0 / max(e0 + e1 + e2, 1e-300)
        values[SHARE_A + i], values[SHARE_B + i] = _F(e0 * per_whole), _F(e1 * per_whole)
        values[SHARE_C + i] = _F(e2 * per_whole)
        values[DEPTH + i] = _F(1.0 / lines[Z + i])
        lines[_SCALE + i] = stride * per_whole


@kernel
def clothe(
    triangles: Triangles, surfaces: Surfaces, wetness: float, snow: float, runs: int, block: Block,
    values: np.ndarray, texels: np.ndarray,
) -> None:  # fmt: skip
    """Write normals and materials, textures evaluated; what sees the sky faces nowhere and shows nothing."""
    tri_face, tri_body, tri_flags = triangles.face, triangles.body, triangles.flags
    faces, normals, coords = surfaces.faces, surfaces.normals, surfaces.coords
    vertex_part, first_part, face_material = surfaces.vertex_part, surfaces.first_part, surfaces.face_material
    materials, turns, lamps = surfaces.materials, surfaces.R_world_part, surfaces.lamps
    starts, seen = block.starts, block.seen
    for r in range(runs):
        k, first, last = seen[r], np.uint64(starts[r]), np.uint64(starts[r + 1])
        if k < 0:
            _fill(values, first, last, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ONE, _ZERO)
            for i in range(first, last):
                values[NX + i] = values[NY + i] = values[NZ + i] = _ZERO
            continue
        f = tri_face[k]
        a, b, c, m = faces[f, 0], faces[f, 1], faces[f, 2], face_material[f]
        lamp = materials[m, _EMISSION] * lamps[tri_body[k], int(materials[m, _LAMP])]
        # Leaves let light through: their backs are lit as their faces are.
        facing = -_ONE if tri_flags[k] & BACK and materials[m, _WRAP] == _ZERO else _ONE
        part = first_part[tri_body[k]] + vertex_part[a]
        _turn(
            _turned(turns, part, normals, a, facing), _turned(turns, part, normals, b, facing),
            _turned(turns, part, normals, c, facing), first, last, values,
        )  # fmt: skip
        rough, mirror = materials[m, _ROUGHNESS], materials[m, _REFLECTANCE]
        red, green, blue = materials[m, 0], materials[m, 1], materials[m, 2]
        _fill(values, first, last, red, green, blue, rough, mirror, materials[m, _WRAP], lamp)
        if materials[m, _TEXTURE] != _ZERO:
            _stretch(triangles.planes, coords, k, a, b, c, first, last, block, values)
    _weave(triangles, surfaces, wetness, snow, runs, block, values, texels)
    for i in range(np.uint64(0), np.uint64(starts[runs])):
        nx, ny, nz = values[NX + i], values[NY + i], values[NZ + i]
        unit = _ONE / _F(math.sqrt(max(nx * nx + ny * ny + nz * nz, _F(1e-12))))
        values[NX + i], values[NY + i], values[NZ + i] = nx * unit, ny * unit, nz * unit


@kernel
def _weave(
    triangles: Triangles, surfaces: Surfaces, wetness: float, snow: float, runs: int, block: Block,
    values: np.ndarray, texels: np.ndarray,
) -> None:  # fmt: skip
    """Evaluate the textures, of neighbours of one material together."""
    tri_face, face_material = triangles.face, surfaces.face_material
    materials, data, starts, seen = surfaces.materials, surfaces.data, block.starts, block.seen
    is_weathered = wetness + snow > _ZERO
    r = 0
    while r < runs:
        first, k = np.uint64(starts[r]), seen[r]
        r += 1
        if k < 0:
            continue
        m = face_material[tri_face[k]]
        while r < runs and seen[r] >= 0 and face_material[tri_face[seen[r]]] == m:
            r += 1
        last, kind, start = np.uint64(starts[r]), int(materials[m, _TEXTURE]), int(materials[m, _DATA])
        red, green, blue = materials[m, 0], materials[m, 1], materials[m, 2]
        rough, mirror = materials[m, _ROUGHNESS], materials[m, _REFLECTANCE]
        if kind == _ROADWAY:
            pave(
                data, start, (red, green, blue, rough, mirror), wetness, snow, first, last, (_U, _V, _DU, _DV),
                (RED, GREEN, BLUE, ROUGH, MIRROR), texels, values,
            )  # fmt: skip
        elif kind == _FACADE:
            face(
                data, start, (red, green, blue, rough, mirror), first, last, (_U, _V, _DU, _DV),
                (RED, GREEN, BLUE, ROUGH, MIRROR), texels, values,
            )  # fmt: skip
        elif kind == _LEAVES:
            grow_leaves(
                int(data[start]), (red, green, blue), first, last, (_U, _V, _W, _DU, _DV, _DW),
                (RED, GREEN, BLUE), texels, values,
            )  # fmt: skip
        elif kind == _GRASS and not is_weathered:
            grow_grass(
                int(data[start]), (red, green, blue), first, last, (_U, _V, _W, _DU, _DV, _DW),
                (RED, GREEN, BLUE), texels, values,
            )  # fmt: skip
        elif kind != 0:
            for i in range(first, last):
                shown = texture(
                    kind, values[_U + i], values[_V + i], values[_W + i], values[_DU + i], values[_DV + i],
                    values[_DW + i], data, start, red, green, blue, rough, mirror, wetness, snow,
                )  # fmt: skip
                values[RED + i], values[GREEN + i], values[BLUE + i] = shown[0], shown[1], shown[2]
                values[ROUGH + i], values[MIRROR + i] = shown[3], shown[4]


@inlined
def _fill(
    values: np.ndarray, first: np.uint64, last: np.uint64, red: float, green: float, blue: float,
    rough: float, mirror: float, wrap: float, lamp: float,
) -> None:  # fmt: skip
    """Write one material into a run."""
    for i in range(first, last):
        values[BASE_R + i], values[BASE_G + i], values[BASE_B + i] = red, green, blue
        values[RED + i], values[GREEN + i], values[BLUE + i] = red, green, blue
        values[ROUGH + i], values[MIRROR + i] = rough, mirror
        values[WRAP + i], values[LAMP + i] = wrap, lamp


@kernel
def _turn(
    a: tuple[float, float, float], b: tuple[float, float, float], c: tuple[float, float, float],
    first: np.uint64, last: np.uint64, values: np.ndarray,
) -> None:  # fmt: skip
    """Write the normals of a run, between those of the triangle's corners; their lengths are left."""
    for i in range(first, last):
        p, q, r = values[SHARE_A + i], values[SHARE_B + i], values[SHARE_C + i]
        values[NX + i] = p * a[0] + q * b[0] + r * c[0]
        values[NY + i] = p * a[1] + q * b[1] + r * c[1]
        values[NZ + i] = p * a[2] + q * b[2] + r * c[2]


@kernel
def _stretch(
    planes: np.ndarray, coords: np.ndarray, k: int, a: int, b: int, c: int, first: np.uint64,
    last: np.uint64, block: Block, values: np.ndarray,
) -> None:  # fmt: skip
    """Write where on its texture each sample of a run lies, and how far that changes across a pixel."""
    lines = block.lines
    ea, eb, ec = planes[k, 0], planes[k, 3], planes[k, 6]
    fa, fb, fc = planes[k, 1], planes[k, 4], planes[k, 7]
    ua, ub, uc = coords[a, 0], coords[b, 0], coords[c, 0]
    va, vb, vc = coords[a, 1], coords[b, 1], coords[c, 1]
    wa, wb, wc = coords[a, 2], coords[b, 2], coords[c, 2]
    for i in range(first, last):
        p, q, r = values[SHARE_A + i], values[SHARE_B + i], values[SHARE_C + i]
        scale = lines[_SCALE + i]
        by_u, row_u, by_v, row_v = (
            lines[_COLUMN_BY_U + i], lines[_ROW_BY_U + i], lines[_COLUMN_BY_V + i], lines[_ROW_BY_V + i]
        )  # fmt: skip
        ax, ay = _F((ea * by_u + fa * row_u) * scale), _F((ea * by_v + fa * row_v) * scale)
        bx, by = _F((eb * by_u + fb * row_u) * scale), _F((eb * by_v + fb * row_v) * scale)
        cx, cy = _F((ec * by_u + fc * row_u) * scale), _F((ec * by_v + fc * row_v) * scale)
        all_x, all_y = ax + bx + cx, ay + by + cy
        ax, bx, cx = ax - p * all_x, bx - q * all_x, cx - r * all_x
        ay, by, cy = ay - p * all_y, by - q * all_y, cy - r * all_y
        values[_U + i] = p * ua + q * ub + r * uc
        values[_V + i] = p * va + q * vb + r * vc
        values[_W + i] = p * wa + q * wb + r * wc
        values[_DU + i] = abs(ax * ua + bx * ub + cx * uc) + abs(ay * ua + by * ub + cy * uc)
        values[_DV + i] = abs(ax * va + bx * vb + cx * vc) + abs(ay * va + by * vb + cy * vc)
        values[_DW + i] = abs(ax * wa + bx * wb + cx * wc) + abs(ay * wa + by * wb + cy * wc)


@inlined
def _turned(
    turns: np.ndarray, part: int, normals: np.ndarray, vertex: int, facing: float
) -> tuple[float, float, float]:
    """Return the normal of a vertex in the world frame."""
    x, y, z = normals[vertex, 0] * facing, normals[vertex, 1] * facing, normals[vertex, 2] * facing
    return (
        turns[part, 0, 0] * x + turns[part, 0, 1] * y + turns[part, 0, 2] * z,
        turns[part, 1, 0] * x + turns[part, 1, 1] * y + turns[part, 1, 2] * z,
        turns[part, 2, 0] * x + turns[part, 2, 1] * y + turns[part, 2, 2] * z,
    )

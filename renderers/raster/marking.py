"""Which pixels lie under road paint: the markings at each pixel's centre, wear and light left out."""

from __future__ import annotations

import numpy as np

from renderers.assets.materials import Column, Texture
from renderers.raster.bending import Bend
from renderers.raster.blocks import BLOCK, COLUMN, ROW, Block, find
from renderers.raster.pavement import ACROSS, ALONG, LONG, WHITE_SHARE, WIDE, YELLOW_SHARE, paint
from renderers.raster.runs import Runs
from renderers.raster.setup import Triangles
from sim.compiled import kernel

__all__ = ["NO_PAINT", "WHITE", "YELLOW", "locate", "mark"]

NO_PAINT, WHITE, YELLOW = 0, 1, 2
_TEXTURE, _DATA, _ROADWAY = int(Column.TEXTURE), int(Column.DATA), int(Texture.ROADWAY)
_POINT = 1e-6
"""Extent of a pixel's centre [m]."""


@kernel
def mark(
    triangles: Triangles, picture: Runs, stride: int, faces: np.ndarray, coords: np.ndarray,
    face_material: np.ndarray, materials: np.ndarray, data: np.ndarray, lens: Bend, top: int, bottom: int,
    block: Block, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the paint at the pixel centres of the rows top..bottom-1.

    Args:
        triangles: as set up.
        picture: which of them every pixel sees.
        stride: samples per pixel along an axis.
        faces: (F, 3) vertices.
        coords: (V, 3) where textures are evaluated.
        face_material: (F,) rows of `materials`.
        materials: (M, N_COLUMNS).
        data: (D,) numbers of the textures.
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        block: to work in.
        out: (H, W) uint8, written: `NO_PAINT`, `WHITE` or `YELLOW`.
    """
    tri_face, lines, seen = triangles.face, block.lines, block.seen
    for v in range(top, bottom):
        for u in range(0, out.shape[1], BLOCK):
            runs, count = find(picture, stride, lens, v, u, block)
            for n in range(count):
                out[v, np.uint64(u + n)] = NO_PAINT
            r = np.int64(0)
            while r < runs:
                first, k = np.uint64(block.starts[r]), seen[r]
                m = face_material[tri_face[k]] if k >= 0 else -1
                is_road = k >= 0 and int(materials[m, _TEXTURE]) == _ROADWAY
                while is_road and r < runs and seen[r] >= 0 and face_material[tri_face[seen[r]]] == m:
                    locate(triangles, faces, coords, r, block)
                    r += 1
                if not is_road:
                    r += 1
                    continue
                last = np.uint64(block.starts[r])
                paint(data, int(materials[m, _DATA]), first, last, lines)
                for i in range(first, last):
                    if lines[WHITE_SHARE + i] >= 0.5:
                        out[v, np.uint64(u) + i] = WHITE
                    elif lines[YELLOW_SHARE + i] >= 0.5:
                        out[v, np.uint64(u) + i] = YELLOW


@kernel
def locate(triangles: Triangles, faces: np.ndarray, coords: np.ndarray, r: int, block: Block) -> None:
    """Write where on the road the pixels of a run lie; where they lie on the lattice is lost."""
    planes, lines, k = triangles.planes, block.lines, block.seen[r]
    face = triangles.face[k]
    a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
    sa, sb, sc = np.float64(coords[a, 0]), np.float64(coords[b, 0]), np.float64(coords[c, 0])
    da, db, dc = np.float64(coords[a, 1]), np.float64(coords[b, 1]), np.float64(coords[c, 1])
    a0, b0, c0 = planes[k, 0], planes[k, 1], planes[k, 2]
    a1, b1, c1 = planes[k, 3], planes[k, 4], planes[k, 5]
    a2, b2, c2 = planes[k, 6], planes[k, 7], planes[k, 8]
    for i in range(np.uint64(block.starts[r]), np.uint64(block.starts[r + 1])):
        x, y = lines[COLUMN + i], lines[ROW + i]
        e0, e1, e2 = (
            max(a0 * x + b0 * y + c0, 0.0),
            max(a1 * x + b1 * y + c1, 0.0),
            max(a2 * x + b2 * y + c2, 0.0),
        )
        whole = e0 + e1 + e2
        is_flat = whole == 0.0
        p = 1.0 if is_flat else e0 / whole
        q, t = 0.0 if is_flat else e1 / whole, 0.0 if is_flat else e2 / whole
        lines[ALONG + i], lines[ACROSS + i] = p * sa + q * sb + t * sc, p * da + q * db + t * dc
        lines[LONG + i] = lines[WIDE + i] = _POINT

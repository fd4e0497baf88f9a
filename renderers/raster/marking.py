"""Which pixels lie under road paint: the markings at each pixel's centre, wear and light left out."""

from __future__ import annotations

import numpy as np

from renderers.assets.materials import Column, Texture
from renderers.raster.bending import Bend
from renderers.raster.gbuffer import barycentric
from renderers.raster.ground_textures import paint
from renderers.raster.setup import Triangles
from sim.compiled import kernel

__all__ = ["NO_PAINT", "WHITE", "YELLOW", "mark"]

NO_PAINT, WHITE, YELLOW = 0, 1, 2
_TEXTURE, _DATA, _ROADWAY = int(Column.TEXTURE), int(Column.DATA), int(Texture.ROADWAY)
_POINT = 1e-6
"""Extent of a pixel's centre [m]."""


@kernel
def mark(
    triangles: Triangles, winner: np.ndarray, stride: int, faces: np.ndarray, coords: np.ndarray,
    face_material: np.ndarray, materials: np.ndarray, data: np.ndarray, lens: Bend, top: int, bottom: int,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write the paint at the pixel centres of the rows top..bottom-1.

    Args:
        triangles: as set up.
        winner: triangle of every sample.
        stride: samples per pixel along an axis.
        faces: (F, 3) vertices.
        coords: (V, 3) where textures are evaluated.
        face_material: (F,) rows of `materials`.
        materials: (M, N_COLUMNS).
        data: (D,) numbers of the textures.
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        out: (H, W) uint8, written: `NO_PAINT`, `WHITE` or `YELLOW`.
    """
    planes, tri_face = triangles.planes, triangles.face
    columns, rows = lens.columns, lens.rows
    for v in range(top, bottom):
        for u in range(out.shape[1]):
            k = winner[v * stride, u * stride]
            out[v, u] = NO_PAINT
            if k < 0:
                continue
            face = tri_face[k]
            m = face_material[face]
            if int(materials[m, _TEXTURE]) != _ROADWAY:
                continue
            column, row = float(u * stride), float(v * stride)
            if lens.kind != 0:
                column, row = columns[v * stride, u * stride], rows[v * stride, u * stride]
            b0, b1, b2 = barycentric(planes, k, column, row)
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            s = b0 * coords[a, 0] + b1 * coords[b, 0] + b2 * coords[c, 0]
            d = b0 * coords[a, 1] + b1 * coords[b, 1] + b2 * coords[c, 1]
            white, yellow = paint(s, d, _POINT, _POINT, data, int(materials[m, _DATA]))
            if white >= 0.5:
                out[v, u] = WHITE
            elif yellow >= 0.5:
                out[v, u] = YELLOW

"""Which pixels lie on which lane: the number of the lane under each pixel's centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column, Texture
from renderers.raster.bending import Bend
from renderers.raster.blocks import BLOCK, Block, find
from renderers.raster.marking import locate
from renderers.raster.pavement import ACROSS
from renderers.raster.runs import Runs
from renderers.raster.setup import Triangles
from sim.compiled import kernel
from sim.scene import Shape

__all__ = ["lane_table", "number_lanes"]

_TEXTURE, _ROADWAY = int(Column.TEXTURE), int(Texture.ROADWAY)


def lane_table(shapes: Sequence[Shape]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return where the lanes of each body begin, (B + 1,), and (L, 2) their right and left edges [m].

    Args:
        shapes: of the bodies; a road's detail `lanes` has its lanes in the order of their numbers, from 1.
    """
    lanes = [cast("Sequence[Any]", shape.details.get("lanes", ())) for shape in shapes]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in lanes])]).astype(np.int32)
    return starts, np.array([edge for one in lanes for edge in one], np.float64).reshape(-1, 2)


@kernel
def number_lanes(
    triangles: Triangles, picture: Runs, stride: int, faces: np.ndarray, coords: np.ndarray,
    face_material: np.ndarray, materials: np.ndarray, starts: np.ndarray, edges: np.ndarray, lens: Bend,
    top: int, bottom: int, block: Block, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the lanes at the pixel centres of the rows top..bottom-1.

    Args:
        triangles: as set up.
        picture: which of them every pixel sees.
        stride: samples per pixel along an axis.
        faces: (F, 3) vertices.
        coords: (V, 3) along, across and up of a road.
        face_material: (F,) rows of `materials`.
        materials: (M, N_COLUMNS).
        starts: (B + 1,) first lane of each body.
        edges: (L, 2) right and left edge of each lane [m].
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        block: to work in.
        out: (H, W) uint8, written: the lane's number, 0 where there is none.
    """
    tri_face, tri_body, lines, seen = triangles.face, triangles.body, block.lines, block.seen
    for v in range(top, bottom):
        for u in range(0, out.shape[1], BLOCK):
            runs, count = find(picture, stride, lens, v, u, block)
            for n in range(count):
                out[v, np.uint64(u + n)] = 0
            for r in range(runs):
                k = seen[r]
                if k < 0 or int(materials[face_material[tri_face[k]], _TEXTURE]) != _ROADWAY:
                    continue
                first, last = starts[tri_body[k]], starts[tri_body[k] + 1]
                if first == last:
                    continue
                locate(triangles, faces, coords, r, block)
                for i in range(np.uint64(block.starts[r]), np.uint64(block.starts[r + 1])):
                    for lane in range(first, last):
                        if edges[lane, 0] <= lines[ACROSS + i] < edges[lane, 1]:
                            out[v, np.uint64(u) + i] = np.uint8(lane - first + 1)

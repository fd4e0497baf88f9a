"""Where the points of a frame were in the frame before, and whether the next one still shows them."""

from __future__ import annotations

import math

import numpy as np

from renderers.raster.bending import Bend
from renderers.raster.blocks import (
    TO_COLUMN,
    TO_ROW,
    TO_X,
    TO_Y,
    TO_Z,
    Block,
    carry,
    find,
    land,
    place,
    write_flow,
)
from renderers.raster.runs import BLOCK, Runs
from renderers.raster.setup import Lattice, Triangles
from sim.compiled import kernel

__all__ = ["HIDDEN", "OUTSIDE", "SEEN", "UNKNOWN", "fate", "flow_back"]

UNKNOWN, SEEN, HIDDEN, OUTSIDE = 0, 1, 2, 3
"""What becomes of a point until the next frame."""

_NEARER = 0.99
"""A point is hidden by what is nearer than this share of its depth…"""
_GAP = 0.01
"""…and by this [m]; a smaller step is the surface's own."""


@kernel
def flow_back(
    triangles: Triangles, picture: Runs, lattice: Lattice, stride: int, faces: np.ndarray,
    vertex_part: np.ndarray, first_part: np.ndarray, T_before_camera: np.ndarray, lens: Bend, top: int,
    bottom: int, block: Block, flow: np.ndarray,
) -> None:  # fmt: skip
    """Write how far each point of the rows top..bottom-1 was from its pixel in the frame before.

    Args:
        triangles: of this frame, as set up.
        picture: which of them every pixel sees.
        lattice: the samples.
        stride: samples per pixel along an axis.
        faces: (F, 3) vertices.
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
        T_before_camera: (P, 3, 4) from the camera frame now to that of the frame before, for points that move
            with the part.
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        block: to work in.
        flow: flat (H W 2) float32 [px], written; nan where there is none.
    """
    nothing, width = np.float32(math.nan), picture.width
    for v in range(top, bottom):
        for u in range(0, width, BLOCK):
            runs, count = find(picture, stride, lens, v, u, block)
            first = np.uint64(v * width + u)
            place(triangles.planes, lattice, runs, block)
            carry(triangles, faces, vertex_part, first_part, T_before_camera, runs, block)
            land(lattice, lens, count, block)
            write_flow(stride, v, u, count, first, block, flow)
            for r in range(runs):
                if block.seen[r] < 0:
                    start, end = first + np.uint64(block.starts[r]), first + np.uint64(block.starts[r + 1])
                    for n in range(start + start, end + end):
                        flow[n] = nothing


@kernel
def fate(
    triangles: Triangles, picture: Runs, lattice: Lattice, stride: int, faces: np.ndarray,
    vertex_part: np.ndarray, first_part: np.ndarray, T_next_camera: np.ndarray, lens: Bend,
    next_triangles: Triangles, next_winner: np.ndarray, top: int, bottom: int, block: Block,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write whether the next frame shows each point of the rows top..bottom-1.

    A point is hidden where the triangle that the next frame sees at the nearest sample lies before it, by its
    own plane at the point's own place: so a surface does not hide itself between samples.

    Args:
        triangles: of this frame, as set up.
        picture: which of them every pixel sees.
        lattice: the samples, of both frames.
        stride: samples per pixel along an axis.
        faces: (F, 3) vertices.
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
        T_next_camera: (P, 3, 4) from the camera frame now to that of the next frame.
        lens: which directions the samples look in.
        next_triangles: of the next frame.
        next_winner: triangle of every sample there.
        top: first row of pixels.
        bottom: past the last.
        block: to work in.
        out: (H, W) uint8, written: `UNKNOWN` (nothing is seen), `SEEN`, `HIDDEN` or `OUTSIDE`.
    """
    lines, width, next_planes = block.lines, out.shape[1], next_triangles.planes
    fx, fy, cx, cy = lattice.fx, lattice.fy, lattice.cx, lattice.cy
    last_column, last_row = next_winner.shape[1] - 1, next_winner.shape[0] - 1
    right, low, early = last_column + 0.5 * stride, last_row + 0.5 * stride, -0.5 * stride
    for v in range(top, bottom):
        for u in range(0, width, BLOCK):
            runs, count = find(picture, stride, lens, v, u, block)
            place(triangles.planes, lattice, runs, block)
            carry(triangles, faces, vertex_part, first_part, T_next_camera, runs, block)
            land(lattice, lens, count, block)
            for r in range(runs):
                first, last = np.uint64(block.starts[r]), np.uint64(block.starts[r + 1])
                if block.seen[r] < 0:
                    for i in range(first, last):
                        out[v, np.uint64(u) + i] = UNKNOWN
                    continue
                for i in range(first, last):
                    column, row = lines[TO_COLUMN + i], lines[TO_ROW + i]
                    # nan compares false: what is behind the camera is outside.
                    if not (column >= early and column < right and row >= early and row < low):
                        out[v, np.uint64(u) + i] = OUTSIDE
                        continue
                    m = next_winner[
                        np.uint64(min(max(round(row), 0), last_row)),
                        np.uint64(min(max(round(column), 0), last_column)),
                    ]
                    fate = SEEN
                    if m >= 0:
                        x, y, z = lines[TO_X + i], lines[TO_Y + i], lines[TO_Z + i]
                        p, q = fx * x / z + cx, fy * y / z + cy
                        one_over = next_planes[m, 9] * p + next_planes[m, 10] * q + next_planes[m, 11]
                        if one_over * z * _NEARER > 1.0 and one_over * (z - _GAP) > 1.0:
                            fate = HIDDEN
                    out[v, np.uint64(u) + i] = fate

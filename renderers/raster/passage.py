"""Where the points of a frame were in the frame before, and whether the next one still shows them."""

from __future__ import annotations

import math

import numpy as np

from renderers.raster.bending import Bend
from renderers.raster.gbuffer import carried, seen_at
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
    triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int, faces: np.ndarray,
    vertex_part: np.ndarray, first_part: np.ndarray, T_before_camera: np.ndarray, lens: Bend, top: int,
    bottom: int, flow: np.ndarray,
) -> None:  # fmt: skip
    """Write how far each point of the rows top..bottom-1 was from its pixel in the frame before.

    Args:
        triangles: of this frame, as set up.
        winner: triangle of every sample.
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
        flow: (H, W, 2) float32 [px], written; nan where there is none.
    """
    planes, tri_face, tri_body = triangles.planes, triangles.face, triangles.body
    kind, coefficients, columns, rows = lens.kind, lens.coefficients, lens.columns, lens.rows
    farthest = lens.reach * lens.reach
    for v in range(top, bottom):
        for u in range(flow.shape[1]):
            k = winner[v * stride, u * stride]
            if k < 0:
                flow[v, u, 0] = flow[v, u, 1] = math.nan
                continue
            column, row = float(u * stride), float(v * stride)
            if kind != 0:
                column, row = columns[v * stride, u * stride], rows[v * stride, u * stride]
            z = 1.0 / (planes[k, 9] * column + planes[k, 10] * row + planes[k, 11])
            part = first_part[tri_body[k]] + vertex_part[faces[tri_face[k], 0]]
            x, y = (column - lattice.cx) / lattice.fx * z, (row - lattice.cy) / lattice.fy * z
            qx, qy, qz = carried(T_before_camera, part, x, y, z)
            to_column, to_row = seen_at(qx, qy, qz, lattice, kind, coefficients, farthest)
            flow[v, u, 0] = (to_column - u * stride) / stride
            flow[v, u, 1] = (to_row - v * stride) / stride


@kernel
def fate(
    triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int, faces: np.ndarray,
    vertex_part: np.ndarray, first_part: np.ndarray, T_next_camera: np.ndarray, lens: Bend,
    next_triangles: Triangles, next_winner: np.ndarray, top: int, bottom: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Write whether the next frame shows each point of the rows top..bottom-1.

    A point is hidden where the triangle that the next frame sees at the nearest sample lies before it, by its
    own plane at the point's own place: so a surface does not hide itself between samples.

    Args:
        triangles: of this frame, as set up.
        winner: triangle of every sample.
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
        out: (H, W) uint8, written: `UNKNOWN` (nothing is seen), `SEEN`, `HIDDEN` or `OUTSIDE`.
    """
    planes, tri_face, tri_body = triangles.planes, triangles.face, triangles.body
    next_planes = next_triangles.planes
    kind, coefficients, columns, rows = lens.kind, lens.coefficients, lens.columns, lens.rows
    farthest = lens.reach * lens.reach
    right, low = winner.shape[1] - 1 + 0.5 * stride, winner.shape[0] - 1 + 0.5 * stride
    for v in range(top, bottom):
        for u in range(out.shape[1]):
            k = winner[v * stride, u * stride]
            if k < 0:
                out[v, u] = UNKNOWN
                continue
            column, row = float(u * stride), float(v * stride)
            if kind != 0:
                column, row = columns[v * stride, u * stride], rows[v * stride, u * stride]
            z = 1.0 / (planes[k, 9] * column + planes[k, 10] * row + planes[k, 11])
            part = first_part[tri_body[k]] + vertex_part[faces[tri_face[k], 0]]
            x, y = (column - lattice.cx) / lattice.fx * z, (row - lattice.cy) / lattice.fy * z
            qx, qy, qz = carried(T_next_camera, part, x, y, z)
            to_column, to_row = seen_at(qx, qy, qz, lattice, kind, coefficients, farthest)
            # nan compares false: what is behind the camera is outside.
            if not (
                to_column >= -0.5 * stride and to_column < right and to_row >= -0.5 * stride and to_row < low
            ):
                out[v, u] = OUTSIDE
                continue
            j = min(max(round(to_column), 0), winner.shape[1] - 1)
            i = min(max(round(to_row), 0), winner.shape[0] - 1)
            m = next_winner[i, j]
            out[v, u] = SEEN
            if m >= 0:
                p, q = lattice.fx * qx / qz + lattice.cx, lattice.fy * qy / qz + lattice.cy
                one_over = next_planes[m, 9] * p + next_planes[m, 10] * q + next_planes[m, 11]
                if one_over * qz * _NEARER > 1.0 and one_over * (qz - _GAP) > 1.0:
                    out[v, u] = HIDDEN

"""The G-buffer: every label of a pixel, read at its centre from the one triangle it sees."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend, bend
from renderers.raster.setup import BACK, Lattice, Triangles
from sim.compiled import inlined, kernel

__all__ = ["GBuffer", "barycentric", "carried", "gbuffer_buffers", "label", "seen_at"]


class GBuffer(NamedTuple):
    """The labels of one frame.

    Attributes:
        depth: (H, W) float32 distance along the optical axis [m]; 0 where nothing is seen.
        instance: (H, W) uint16 instance id; 0 for sky and unlabelled scenery.
        semantic: (H, W) uint8 class id; 0 for sky.
        normals: (H, W, 3) float32 unit surface normal in the camera frame; 0 where nothing is seen.
        flow: (H, W, 2) float32 motion of the surface point until the next frame [px]; nan where nothing is
            seen, and where the point will be behind the camera or beyond what its lens shows.
        body: (H, W) int32 body of the stage; -1 where nothing is seen.
    """

    depth: NDArray[np.float32]
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]
    normals: NDArray[np.float32]
    flow: NDArray[np.float32]
    body: NDArray[np.int32]


def gbuffer_buffers(height: int, width: int) -> GBuffer:
    """Return room for the labels of one frame."""
    return GBuffer(
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.uint16),
        np.zeros((height, width), np.uint8),
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width, 2), np.float32),
        np.zeros((height, width), np.int32),
    )


@inlined
def barycentric(planes: np.ndarray, k: int, column: float, row: float) -> tuple[float, float, float]:
    """Return the perspective-correct weights of the corners of triangle k at a sample, 0..1."""
    b0 = max(planes[k, 0] * column + planes[k, 1] * row + planes[k, 2], 0.0)
    b1 = max(planes[k, 3] * column + planes[k, 4] * row + planes[k, 5], 0.0)
    b2 = max(planes[k, 6] * column + planes[k, 7] * row + planes[k, 8], 0.0)
    whole = b0 + b1 + b2
    if whole == 0.0:
        return 1.0, 0.0, 0.0
    return b0 / whole, b1 / whole, b2 / whole


@inlined
def carried(M: np.ndarray, part: int, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return where a point of a part is at another moment, from one camera frame to the other."""
    return (
        M[part, 0, 0] * x + M[part, 0, 1] * y + M[part, 0, 2] * z + M[part, 0, 3],
        M[part, 1, 0] * x + M[part, 1, 1] * y + M[part, 1, 2] * z + M[part, 1, 3],
        M[part, 2, 0] * x + M[part, 2, 1] * y + M[part, 2, 2] * z + M[part, 2, 3],
    )


@inlined
def seen_at(
    x: float, y: float, z: float, lattice: Lattice, kind: int, coefficients: np.ndarray, farthest: float
) -> tuple[float, float]:
    """Return the sample at which a point is seen; nan behind the camera and beyond what the lens shows.

    Args:
        x: of the point in the camera frame [m].
        y: likewise.
        z: likewise.
        lattice: the samples.
        kind: of the lens.
        coefficients: of the lens.
        farthest: square of its reach.
    """
    if z <= 0.0:
        return math.nan, math.nan
    if kind == 0:
        return lattice.fx * x / z + lattice.cx, lattice.fy * y / z + lattice.cy
    if x * x + y * y > farthest * z * z:
        return math.nan, math.nan
    bent_x, bent_y = bend(kind, coefficients, x / z, y / z)
    return lattice.fx * bent_x + lattice.cx, lattice.fy * bent_y + lattice.cy


@kernel
def label(
    triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int, faces: np.ndarray,
    normals: np.ndarray, vertex_part: np.ndarray, first_part: np.ndarray, T_camera_part: np.ndarray,
    T_next_camera: np.ndarray, ids: np.ndarray, classes: np.ndarray, lens: Bend, top: int, bottom: int,
    out: GBuffer,
) -> None:  # fmt: skip
    """Write the labels of the rows top..bottom-1.

    Args:
        triangles: as set up.
        winner: (stride * H - stride + 1, …) triangle of every sample.
        lattice: the samples.
        stride: samples per pixel along an axis; pixel (u, v) is centred on sample (stride u, stride v).
        faces: (F, 3) vertices.
        normals: (V, 3) in the frame of their part.
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
        T_camera_part: (P, 3, 4) float64.
        T_next_camera: (P, 3, 4) float64; from the camera frame now to that of the next frame, for points that
            move with the part.
        ids: (B,) uint16 instance ids.
        classes: (B,) uint8 class ids.
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        out: written.
    """
    # Arrays are taken out of their tuples, and rows never taken out of arrays: both would count references.
    planes, tri_face, tri_body, tri_flags = triangles.planes, triangles.face, triangles.body, triangles.flags
    depth, instance, semantic, seen = out.depth, out.instance, out.semantic, out.body
    shown, flow = out.normals, out.flow
    T, M, nothing = T_camera_part, T_next_camera, np.float32(math.nan)
    fx, fy, cx, cy = lattice.fx, lattice.fy, lattice.cx, lattice.cy
    kind, coefficients, columns, rows = lens.kind, lens.coefficients, lens.columns, lens.rows
    farthest = lens.reach * lens.reach
    for v in range(top, bottom):
        for u in range(depth.shape[1]):
            k = winner[v * stride, u * stride]
            column, row = float(u * stride), float(v * stride)
            if k < 0:
                depth[v, u], instance[v, u], semantic[v, u], seen[v, u] = 0.0, 0, 0, -1
                shown[v, u, 0] = shown[v, u, 1] = shown[v, u, 2] = 0.0
                flow[v, u, 0] = flow[v, u, 1] = nothing
                continue
            seen_column, seen_row = column, row
            if kind != 0:
                column, row = columns[v * stride, u * stride], rows[v * stride, u * stride]
            face, body = tri_face[k], tri_body[k]
            z = 1.0 / (planes[k, 9] * column + planes[k, 10] * row + planes[k, 11])
            depth[v, u], instance[v, u], semantic[v, u], seen[v, u] = z, ids[body], classes[body], body
            ia, ib, ic = faces[face, 0], faces[face, 1], faces[face, 2]
            part = first_part[body] + vertex_part[ia]
            b0, b1, b2 = barycentric(planes, k, column, row)
            n0 = b0 * normals[ia, 0] + b1 * normals[ib, 0] + b2 * normals[ic, 0]
            n1 = b0 * normals[ia, 1] + b1 * normals[ib, 1] + b2 * normals[ic, 1]
            n2 = b0 * normals[ia, 2] + b1 * normals[ib, 2] + b2 * normals[ic, 2]
            length = math.sqrt(n0 * n0 + n1 * n1 + n2 * n2)
            scale = (-1.0 if tri_flags[k] & BACK else 1.0) / max(length, 1e-12)
            for r in range(3):
                shown[v, u, r] = scale * (T[part, r, 0] * n0 + T[part, r, 1] * n1 + T[part, r, 2] * n2)
            px, py = (column - cx) / fx * z, (row - cy) / fy * z
            qx, qy, qz = carried(M, part, px, py, z)
            to_column, to_row = seen_at(qx, qy, qz, lattice, kind, coefficients, farthest)
            flow[v, u, 0] = (to_column - seen_column) / stride
            flow[v, u, 1] = (to_row - seen_row) / stride

"""The G-buffer: every label of a pixel, read at its centre from the one triangle it sees."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend
from renderers.raster.blocks import (
    COLUMN,
    EDGE_A,
    EDGE_B,
    EDGE_C,
    FREE,
    ROW,
    Block,
    Z,
    carry,
    find,
    land,
    line,
    place,
    write_flow,
)  # fmt: skip
from renderers.raster.runs import BLOCK, Runs
from renderers.raster.setup import BACK, Lattice, Triangles
from sim.compiled import kernel

__all__ = ["GBuffer", "gbuffer_buffers", "label"]

_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_NX, _NY, _NZ, _SQUARE, _SIDE = line(FREE), line(FREE + 1), line(FREE + 2), line(FREE + 3), line(FREE + 4)


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

    def flat(self) -> GBuffer:
        """Return the same labels as flat arrays, which kernels write faster."""
        return GBuffer(
            self.depth.reshape(-1), self.instance.reshape(-1), self.semantic.reshape(-1),
            self.normals.reshape(-1), self.flow.reshape(-1), self.body.reshape(-1),
        )  # fmt: skip


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


@kernel
def label(
    triangles: Triangles, picture: Runs, lattice: Lattice, stride: int, faces: np.ndarray,
    normals: np.ndarray, vertex_part: np.ndarray, first_part: np.ndarray, T_camera_part: np.ndarray,
    T_next_camera: np.ndarray, ids: np.ndarray, classes: np.ndarray, lens: Bend, top: int, bottom: int,
    block: Block, out: GBuffer,
) -> None:  # fmt: skip
    """Write the labels of the rows top..bottom-1.

    Args:
        triangles: as set up.
        picture: which triangle every pixel sees.
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
        block: to work in.
        out: flat arrays of the labels, written.
    """
    planes, tri_body = triangles.planes, triangles.body
    depth, shown, flow, lines, width = out.depth, out.normals, out.flow, block.lines, picture.width
    for v in range(top, bottom):
        for u in range(0, width, BLOCK):
            runs, count = find(picture, stride, lens, v, u, block)
            place(planes, lattice, runs, block)
            carry(triangles, faces, vertex_part, first_part, T_next_camera, runs, block)
            land(lattice, lens, count, block)
            _face(triangles, faces, normals, vertex_part, first_part, T_camera_part, runs, block)
            first = np.uint64(v * width + u)
            at = first * _THREE
            for i in range(np.uint64(0), np.uint64(count)):
                depth[first + i] = lines[Z + i]
            for i in range(np.uint64(0), np.uint64(count)):
                shown[at], shown[at + _ONE], shown[at + _TWO] = lines[_NX + i], lines[_NY + i], lines[_NZ + i]
                at += _THREE
            write_flow(stride, v, u, count, first, block, flow)
            _name(block, runs, tri_body, ids, classes, first, out)


@kernel
def _face(
    triangles: Triangles, faces: np.ndarray, normals: np.ndarray, vertex_part: np.ndarray,
    first_part: np.ndarray, T_camera_part: np.ndarray, runs: int, block: Block,
) -> None:  # fmt: skip
    """Write the normals in the camera frame."""
    planes, tri_face, tri_body, tri_flags = triangles.planes, triangles.face, triangles.body, triangles.flags
    T, lines, starts, seen = T_camera_part, block.lines, block.starts, block.seen
    for r in range(runs):
        k = seen[r]
        if k < 0:
            continue
        a0, b0, c0 = planes[k, 0], planes[k, 1], planes[k, 2]
        a1, b1, c1 = planes[k, 3], planes[k, 4], planes[k, 5]
        a2, b2, c2 = planes[k, 6], planes[k, 7], planes[k, 8]
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            x, y = lines[COLUMN + i], lines[ROW + i]
            lines[EDGE_A + i] = max(a0 * x + b0 * y + c0, 0.0)
            lines[EDGE_B + i] = max(a1 * x + b1 * y + c1, 0.0)
            lines[EDGE_C + i] = max(a2 * x + b2 * y + c2, 0.0)
    for i in range(np.uint64(0), np.uint64(starts[runs])):
        e0, e1, e2 = lines[EDGE_A + i], lines[EDGE_B + i], lines[EDGE_C + i]
        whole = e0 + e1 + e2
        lines[EDGE_A + i] = 1.0 if whole == 0.0 else e0 / whole
        lines[EDGE_B + i] = 0.0 if whole == 0.0 else e1 / whole
        lines[EDGE_C + i] = 0.0 if whole == 0.0 else e2 / whole
    for r in range(runs):
        k = seen[r]
        if k < 0:
            continue
        face = tri_face[k]
        ia, ib, ic = faces[face, 0], faces[face, 1], faces[face, 2]
        p = first_part[tri_body[k]] + vertex_part[ia]
        ax, ay, az = np.float64(normals[ia, 0]), np.float64(normals[ia, 1]), np.float64(normals[ia, 2])
        bx, by, bz = np.float64(normals[ib, 0]), np.float64(normals[ib, 1]), np.float64(normals[ib, 2])
        cx, cy, cz = np.float64(normals[ic, 0]), np.float64(normals[ic, 1]), np.float64(normals[ic, 2])
        t00, t01, t02 = T[p, 0, 0], T[p, 0, 1], T[p, 0, 2]
        t10, t11, t12 = T[p, 1, 0], T[p, 1, 1], T[p, 1, 2]
        t20, t21, t22 = T[p, 2, 0], T[p, 2, 1], T[p, 2, 2]
        side = -1.0 if tri_flags[k] & BACK else 1.0
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            e0, e1, e2 = lines[EDGE_A + i], lines[EDGE_B + i], lines[EDGE_C + i]
            nx, ny, nz = (
                e0 * ax + e1 * bx + e2 * cx,
                e0 * ay + e1 * by + e2 * cy,
                e0 * az + e1 * bz + e2 * cz,
            )
            lines[_SQUARE + i], lines[_SIDE + i] = nx * nx + ny * ny + nz * nz, side
            lines[_NX + i] = t00 * nx + t01 * ny + t02 * nz
            lines[_NY + i] = t10 * nx + t11 * ny + t12 * nz
            lines[_NZ + i] = t20 * nx + t21 * ny + t22 * nz
    for i in range(np.uint64(0), np.uint64(starts[runs])):
        scale = lines[_SIDE + i] / max(math.sqrt(lines[_SQUARE + i]), 1e-12)
        lines[_NX + i] *= scale
        lines[_NY + i] *= scale
        lines[_NZ + i] *= scale


@kernel
def _name(
    block: Block, runs: int, tri_body: np.ndarray, ids: np.ndarray, classes: np.ndarray, at: np.uint64,
    out: GBuffer,
) -> None:  # fmt: skip
    """Write whose the pixels of a block are, from one on, and that those of the sky see nothing."""
    instance, semantic, seen = out.instance, out.semantic, out.body
    depth, shown, flow = out.depth, out.normals, out.flow
    nothing = np.float32(math.nan)
    for r in range(runs):
        k, first, last = block.seen[r], at + np.uint64(block.starts[r]), at + np.uint64(block.starts[r + 1])
        if k >= 0:
            body = tri_body[k]
            own, kind = ids[body], classes[body]
            for n in range(first, last):
                instance[n], semantic[n], seen[n] = own, kind, body
            continue
        for n in range(first, last):
            depth[n], instance[n], semantic[n], seen[n] = 0.0, 0, 0, -1
        for n in range(_THREE * first, _THREE * last):
            shown[n] = 0.0
        for n in range(_TWO * first, _TWO * last):
            flow[n] = nothing

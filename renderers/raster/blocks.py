"""Pixels side by side: what a block of a row's pixels sees, in passes that the compiler turns into vector code.

A pass does one thing to all pixels of a block and reads and writes lines of one array, a fixed way apart: so
the compiler knows that they do not overlap. What a triangle has once is read once for its run of pixels.
Each number is computed by the same operations in the same order as pixel by pixel would do.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend, bend
from renderers.raster.runs import BLOCK, Runs
from renderers.raster.setup import Lattice, Triangles
from sim.compiled import inlined, kernel

__all__ = [
    "BLOCK",
    "COLUMN",
    "EDGE_A",
    "EDGE_B",
    "EDGE_C",
    "FREE",
    "ROW",
    "TO_COLUMN",
    "TO_ROW",
    "TO_X",
    "TO_Y",
    "TO_Z",
    "Block",
    "X",
    "Y",
    "Z",
    "block_buffers",
    "carry",
    "find",
    "land",
    "line",
    "place",
    "write_flow",
]  # fmt: skip

_NEXT = np.uint64(1)
_PITCH = BLOCK + 8
_LINES = 24


def line(n: int) -> Any:
    """Return where a line begins; unsigned, so that Numba leaves out the look from the end."""
    return np.uint64(n * _PITCH)


COLUMN, ROW, Z, X, Y = line(0), line(1), line(2), line(3), line(4)
"""Where a pixel's centre lies on the straight lattice, and the point it sees in the camera frame [m]."""
TO_X, TO_Y, TO_Z, TO_COLUMN, TO_ROW = line(5), line(6), line(7), line(8), line(9)
"""The same point at another moment in the camera frame of that moment, and where it is seen then."""
EDGE_A, EDGE_B, EDGE_C = line(10), line(11), line(12)
FREE = 13
"""First line that is the caller's own."""


class Block(NamedTuple):
    """A block of a row's pixels; the first `count` of them are valid.

    Attributes:
        lines: (24 lines) float64.
        starts: (BLOCK + 1,) where the runs of pixels that see one triangle begin; the last ends the block.
        seen: (BLOCK,) triangle of each run.
    """

    lines: NDArray[np.float64]
    starts: NDArray[np.int64]
    seen: NDArray[np.int32]


def block_buffers() -> Block:
    """Return room for one block."""
    return Block(np.ones(_LINES * _PITCH), np.zeros(BLOCK + 1, np.int64), np.zeros(BLOCK, np.int32))


@kernel
def find(runs: Runs, stride: int, lens: Bend, v: int, u: int, block: Block) -> tuple[int, int]:
    """Begin the block of row v from column u on; return how many runs it has, and how many pixels.

    Args:
        runs: of the picture.
        stride: samples per pixel along an axis.
        lens: which directions the samples look in.
        v: row of pixels.
        u: first column, a multiple of `BLOCK`.
        block: COLUMN, ROW and the runs are written.
    """
    lines, starts, seen = block.lines, block.starts, block.seen
    number, count = np.uint64(v * runs.blocks + u // BLOCK), min(BLOCK, runs.width - u)
    first, found = number * np.uint64(BLOCK), np.uint64(runs.counts[number])
    for r in range(np.uint64(0), found):
        starts[r], seen[r] = runs.starts[first + r], runs.seen[first + r]
    starts[found] = count
    if lens.kind == 0:
        row = float(v * stride)
        for i in range(np.uint64(0), np.uint64(count)):
            lines[COLUMN + i], lines[ROW + i] = float((u + np.int64(i)) * stride), row
    else:
        for n in range(count):
            at = np.uint64(n)
            lines[COLUMN + at] = lens.columns[v * stride, (u + n) * stride]
            lines[ROW + at] = lens.rows[v * stride, (u + n) * stride]
    # signed, as `collect` counts: or all that shades a block would be compiled twice
    return int(np.int64(found)), count


@kernel
def place(planes: np.ndarray, lattice: Lattice, runs: int, block: Block) -> None:
    """Write the points that the pixels see: X, Y and Z; of no meaning where they see nothing.

    Args:
        planes: of `Triangles`.
        lattice: the samples.
        runs: how many the block has.
        block: as `find` began it.
    """
    lines, starts, seen = block.lines, block.starts, block.seen
    for r in range(runs):
        k = seen[r]
        if k < 0:
            for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
                lines[Z + i] = 1.0
            continue
        a, b, c = planes[k, 9], planes[k, 10], planes[k, 11]
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            lines[Z + i] = a * lines[COLUMN + i] + b * lines[ROW + i] + c
    fx, fy, cx, cy = lattice.fx, lattice.fy, lattice.cx, lattice.cy
    for i in range(np.uint64(0), np.uint64(starts[runs])):
        z = 1.0 / lines[Z + i]
        lines[Z + i] = z
        lines[X + i] = (lines[COLUMN + i] - cx) / fx * z
        lines[Y + i] = (lines[ROW + i] - cy) / fy * z


@kernel
def carry(
    triangles: Triangles, faces: np.ndarray, vertex_part: np.ndarray, first_part: np.ndarray, M: np.ndarray,
    runs: int, block: Block,
) -> None:  # fmt: skip
    """Write where the points are at another moment: TO_X, TO_Y and TO_Z.

    Args:
        triangles: as set up.
        faces: (F, 3) vertices.
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
        M: (P, 3, 4) from the camera frame now to that of the other moment, for points that move with the part.
        runs: how many the block has.
        block: as `place` left it.
    """
    tri_face, tri_body = triangles.face, triangles.body
    lines, starts, seen = block.lines, block.starts, block.seen
    for r in range(runs):
        k = seen[r]
        if k < 0:
            continue
        p = first_part[tri_body[k]] + vertex_part[faces[tri_face[k], 0]]
        ax, ay, az, aw = M[p, 0, 0], M[p, 0, 1], M[p, 0, 2], M[p, 0, 3]
        bx, by, bz, bw = M[p, 1, 0], M[p, 1, 1], M[p, 1, 2], M[p, 1, 3]
        cx, cy, cz, cw = M[p, 2, 0], M[p, 2, 1], M[p, 2, 2], M[p, 2, 3]
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            x, y, z = lines[X + i], lines[Y + i], lines[Z + i]
            lines[TO_X + i] = ax * x + ay * y + az * z + aw
            lines[TO_Y + i] = bx * x + by * y + bz * z + bw
            lines[TO_Z + i] = cx * x + cy * y + cz * z + cw


@inlined
def _bent(
    x: float, y: float, z: float, lattice: Lattice, kind: int, coefficients: np.ndarray, farthest: float
) -> tuple[float, float]:
    """Return the sample at which a lens shows a point; nan behind it and beyond what it shows."""
    if z <= 0.0 or x * x + y * y > farthest * z * z:
        return math.nan, math.nan
    bent_x, bent_y = bend(kind, coefficients, x / z, y / z)
    return lattice.fx * bent_x + lattice.cx, lattice.fy * bent_y + lattice.cy


@kernel
def land(lattice: Lattice, lens: Bend, count: int, block: Block) -> None:
    """Write where the carried points are seen: TO_COLUMN and TO_ROW; nan behind the camera or out of its lens.

    Args:
        lattice: the samples.
        lens: which directions they look in.
        count: pixels of the block.
        block: as `carry` left it.
    """
    lines = block.lines
    fx, fy, cx, cy = lattice.fx, lattice.fy, lattice.cx, lattice.cy
    if lens.kind == 0:
        for i in range(np.uint64(0), np.uint64(count)):
            z = lines[TO_Z + i]
            column, row = fx * lines[TO_X + i] / z + cx, fy * lines[TO_Y + i] / z + cy
            lines[TO_COLUMN + i] = math.nan if z <= 0.0 else column
            lines[TO_ROW + i] = math.nan if z <= 0.0 else row
        return
    kind, coefficients, farthest = lens.kind, lens.coefficients, lens.reach * lens.reach
    for i in range(np.uint64(0), np.uint64(count)):
        lines[TO_COLUMN + i], lines[TO_ROW + i] = _bent(
            lines[TO_X + i], lines[TO_Y + i], lines[TO_Z + i], lattice, kind, coefficients, farthest
        )


@kernel
def write_flow(
    stride: int, v: int, u: int, count: int, first: np.uint64, block: Block, flow: np.ndarray
) -> None:
    """Write how far the carried points land from their pixels [px].

    Args:
        stride: samples per pixel along an axis, a power of two.
        v: row of pixels.
        u: first column.
        count: pixels of the block.
        first: place of the first pixel among all.
        block: as `land` left it.
        flow: flat (H W 2), written.
    """
    lines, per = block.lines, 1.0 / stride
    row, at = float(v * stride), first + first
    for i in range(np.uint64(0), np.uint64(count)):
        column = float((np.uint64(u) + i) * np.uint64(stride))
        flow[at + i + i] = np.float32((lines[TO_COLUMN + i] - column) * per)
        flow[at + i + i + _NEXT] = np.float32((lines[TO_ROW + i] - row) * per)

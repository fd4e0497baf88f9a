"""Runs of pixels that see one triangle, told once for all that is made of a frame."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend
from renderers.raster.visibility import VOID
from sim.compiled import kernel

__all__ = ["BLOCK", "Runs", "list_runs", "run_buffers"]

BLOCK = 128
"""Pixels of a block at most; a row of pixels is cut into blocks from its left border on."""

_ONE: Any = np.uint64(1)


class Runs(NamedTuple):
    """The runs of every block of a picture of H rows; those of block b begin at place b * BLOCK.

    Attributes:
        width: columns of the picture.
        blocks: of a row.
        counts: (H * blocks,) runs of each block.
        starts: (H * blocks * BLOCK,) uint8 first pixel of each run, counted from that of its block.
        seen: (H * blocks * BLOCK,) int32 triangle of each run.
    """

    width: int
    blocks: int
    counts: NDArray[np.uint8]
    starts: NDArray[np.uint8]
    seen: NDArray[np.int32]


def run_buffers(height: int, width: int) -> Runs:
    """Return room for the runs of a picture."""
    blocks = -(-width // BLOCK)
    room = height * blocks * BLOCK
    return Runs(
        width, blocks, np.empty(height * blocks, np.uint8), np.empty(room, np.uint8), np.empty(room, np.int32)
    )


@kernel
def list_runs(winner: np.ndarray, stride: int, lens: Bend, top: int, bottom: int, runs: Runs) -> None:
    """Write the runs of the rows of pixels top..bottom-1.

    Args:
        winner: (stride * H - stride + 1, …) triangle of every sample; pixel (u, v) has its centre on sample
            (stride u, stride v).
        stride: samples per pixel along an axis.
        lens: which directions the samples look in.
        top: first row of pixels.
        bottom: past the last.
        runs: written; `VOID` is what pixels see in whose direction the lens shows nothing.
    """
    counts, starts, seen, width = runs.counts, runs.starts, runs.seen, runs.width
    is_bent, step = lens.kind != 0, np.uint64(stride)
    block = np.uint64(top * runs.blocks)
    for v in range(top, bottom):
        row = np.uint64(v * stride)
        for u in range(0, width, BLOCK):
            room = block * np.uint64(BLOCK)
            found, last, column = np.uint64(0), VOID - 1, np.uint64(u) * step
            for n in range(np.uint64(0), np.uint64(min(BLOCK, width - u))):
                k = winner[row, column]
                if is_bent and math.isnan(lens.columns[row, column]):
                    k = VOID
                if k != last:
                    starts[room + found], seen[room + found] = n, k
                    found += _ONE
                    last = k
                column += step
            counts[block] = found
            block += _ONE

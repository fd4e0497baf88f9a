"""What a body covers by itself: its pixels with nothing in front, in the image and beyond its border."""

from __future__ import annotations

import numba as nb
import numpy as np

from renderers.raster.setup import Triangles
from renderers.raster.visibility import bounds, span
from sim.compiled import kernel

__all__ = ["cover", "tally"]


@kernel
def cover(
    triangles: Triangles, first: int, last: int, stride: int, nearest: float, width: int, height: int,
    canvas: np.ndarray, mask: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Count the pixels whose centres a body covers.

    Spans are those of the z-buffer, so a body with nothing before it covers exactly the pixels it is seen in.

    Args:
        triangles: as set up, on a lattice of `stride` samples per pixel.
        first: first triangle of the body.
        last: past its last.
        stride: samples per pixel along an axis.
        nearest: 1/near.
        width: columns of the image.
        height: rows of the image.
        canvas: (3 height, 3 width) uint8, zero before and after; the image is its middle.
        mask: (height, width) uint8; 255 is written into the pixels inside the image.
        out: (6,) int32, written: pixels inside the image, pixels altogether, and the leftmost, rightmost,
            topmost and bottommost of all; the first of these is beyond the second where there are none.
    """
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    left, right, top, bottom = 3 * width, -1, 3 * height, -1
    inside, whole = 0, 0
    for k in range(first, last):
        limits = bounds(planes, flags, k, nearest)
        first_column, last_column = np.float64(extents[k, 0]), np.float64(extents[k, 1])
        # -(-a // b) rounds up.
        for row in range(-(-extents[k, 2] // stride), extents[k, 3] // stride + 1):
            a, b = span(limits, first_column, last_column, row * stride)
            a, b = -(-a // stride) + width, b // stride + width
            if a > b:
                continue
            y = row + height
            for x in range(a, b + 1):
                canvas[y, x] = 1
            left, right, top, bottom = min(left, a), max(right, b), min(top, y), max(bottom, y)
    for y in range(top, bottom + 1):
        is_row = height <= y < 2 * height
        for x in range(left, right + 1):
            if canvas[y, x] == 0:
                continue
            canvas[y, x] = 0
            whole += 1
            if is_row and width <= x < 2 * width:
                mask[y - height, x - width] = 255
                inside += 1
    out[0], out[1] = inside, whole
    out[2], out[3], out[4], out[5] = left - width, right - width, top - height, bottom - height


@nb.njit(cache=True, nogil=True)
def tally(body: np.ndarray, out: np.ndarray) -> None:
    """Count the pixels in which each body is seen, and their extent.

    Args:
        body: (H, W) int32 body of every pixel, -1 for none.
        out: (B, 5) int32, written: pixels, left, right, top, bottom; left > right where there are none.
    """
    for b in range(out.shape[0]):
        out[b, 0], out[b, 1], out[b, 2] = 0, body.shape[1], -1
        out[b, 3], out[b, 4] = body.shape[0], -1
    width = body.shape[1]
    for v in range(body.shape[0]):
        start = 0
        while start < width:
            b, end = body[v, start], start + 1
            while end < width and body[v, end] == b:
                end += 1
            if b >= 0:
                out[b, 0] += end - start
                out[b, 1], out[b, 2] = min(out[b, 1], start), max(out[b, 2], end - 1)
                out[b, 3], out[b, 4] = min(out[b, 3], v), max(out[b, 4], v)
            start = end

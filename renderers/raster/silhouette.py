"""What a body covers by itself: its pixels with nothing in front, in the image and beyond its border."""

from __future__ import annotations

import numba as nb
import numpy as np

from renderers.raster.setup import Triangles
from renderers.raster.visibility import span

__all__ = ["cover", "tally"]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def cover(
    triangles: Triangles, first: int, last: int, stride: int, nearest: float, width: int, height: int,
    canvas: np.ndarray, out: np.ndarray,
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
        out: (10,) int32, written: pixels inside the image, pixels altogether, then left, right, top, bottom
            inside the image, then the same altogether; left > right where there are none.
    """
    left, right, top, bottom = 3 * width, -1, 3 * height, -1
    inside, whole = 0, 0
    in_left, in_right, in_top, in_bottom = 3 * width, -1, 3 * height, -1
    for k in range(first, last):
        plane, extent, crosses = triangles.planes[k], triangles.extents[k], triangles.flags[k] & 1
        # -(-a // b) rounds up.
        for row in range(-(-extent[2] // stride), extent[3] // stride + 1):
            a, b = span(plane, extent, crosses, row * stride, nearest)
            if a > b:
                continue
            a, b = -(-a // stride) + width, b // stride + width
            if a > b:
                continue
            y = row + height
            line = canvas[y, a : b + 1]
            fresh = 0
            for j in range(b + 1 - a):
                fresh += 1 - line[j]
                line[j] = 1
            if fresh == 0:
                continue
            left, right, top, bottom = min(left, a), max(right, b), min(top, y), max(bottom, y)
    for y in range(top, bottom + 1):
        line = canvas[y, left : right + 1]
        is_row = height <= y < 2 * height
        for j in range(right + 1 - left):
            if line[j] == 0:
                continue
            line[j] = 0
            whole += 1
            x = left + j
            if is_row and width <= x < 2 * width:
                inside += 1
                in_left, in_right = min(in_left, x), max(in_right, x)
                in_top, in_bottom = min(in_top, y), max(in_bottom, y)
    out[0], out[1] = inside, whole
    out[2], out[3], out[4], out[5] = in_left - width, in_right - width, in_top - height, in_bottom - height
    out[6], out[7], out[8], out[9] = left - width, right - width, top - height, bottom - height


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
    for v in range(body.shape[0]):
        for u in range(body.shape[1]):
            b = body[v, u]
            if b < 0:
                continue
            out[b, 0] += 1
            out[b, 1], out[b, 2] = min(out[b, 1], u), max(out[b, 2], u)
            out[b, 3], out[b, 4] = min(out[b, 3], v), max(out[b, 4], v)

"""COCO's run-length masks, written without pycocotools.

A mask is read column by column; the counts are the lengths of its runs, the first of zeros. Compressed, each
count after the third is stored as its difference to the one before the last, in 5-bit groups with a sixth
bit for "more follows", shifted into printable ASCII from '0'. Source: pycocotools, common/maskApi.c.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["area_and_box", "compressed", "masks_of"]


def masks_of(instances: NDArray[np.integer[Any]]) -> dict[int, list[int]]:
    """Return the run lengths of every instance in an image.

    Args:
        instances: (H, W) instance id per pixel, 0 for background.

    Returns:
        instance id -> run lengths in column order, alternating outside and inside, beginning outside; only ids
        that occur.
    """
    flat = instances.ravel(order="F")
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    ends = np.concatenate([starts[1:], [flat.size]])
    ids = flat[starts]
    return {
        int(instance): _counts(starts[ids == instance], ends[ids == instance], flat.size)
        for instance in np.unique(ids)
        if instance != 0
    }


def compressed(counts: list[int]) -> str:
    """Return run lengths in COCO's compressed form."""
    text = bytearray()
    for k, count in enumerate(counts):
        value = count - counts[k - 2] if k > 2 else count
        while True:
            group, value = value & 0x1F, value >> 5
            is_last = value == (-1 if group & 0x10 else 0)
            text.append(48 + (group if is_last else group | 0x20))
            if is_last:
                break
    return text.decode("ascii")


def _counts(starts: NDArray[np.intp], ends: NDArray[np.intp], n_pixels: int) -> list[int]:
    """Return alternating run lengths from the bounds of the runs inside; no two of them touch."""
    edges = np.stack([starts, ends], axis=1).ravel()
    counts: list[int] = np.diff(edges, prepend=0).tolist()
    return [*counts, n_pixels - int(edges[-1])] if edges[-1] < n_pixels else counts


def area_and_box(counts: list[int], height: int) -> tuple[int, tuple[int, int, int, int]]:
    """Return a mask's pixel count and its tight box (x, y, width, height), from its run lengths."""
    edges = np.cumsum(counts)
    starts, ends = edges[0:-1:2], edges[1::2]
    x0, x1 = int(starts[0] // height), int((ends[-1] - 1) // height)
    wraps = (starts // height) != ((ends - 1) // height)
    y0 = 0 if wraps.any() else int((starts % height).min())
    y1 = height - 1 if wraps.any() else int(((ends - 1) % height).max())
    return int((ends - starts).sum()), (x0, y0, x1 - x0 + 1, y1 - y0 + 1)

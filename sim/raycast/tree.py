"""A tree of boxes over triangles, built by the surface area heuristic.

Corners and boxes are float32, so that a street fits the cache; arithmetic on them is float64, so that a ray
meets exactly the triangles it would meet without a tree. Children's boxes stand in their parent: one row
decides where a ray goes next.

Sources: Wald (2007), "On fast construction of SAH-based bounding volume hierarchies", for the bins; MacDonald
    and Booth (1990) for the heuristic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

__all__ = ["DEPTH", "Forest", "Tree", "build_tree", "planted"]

DEPTH = 64
"""Branches at most from the root to a leaf; a ray's list of what is left to visit is no longer."""

_LEAF = 4
"""Triangles of a leaf at most."""
_BINS = 16
_SAH_DEPTH = 40
"""From here on, ranges are halved, so that no input makes a deeper tree than `DEPTH`."""


class Tree(NamedTuple):
    """Triangles in the order of the tree, and the boxes above them. The root is row 0.

    Attributes:
        boxes: (N, 12) float32; low and high corner of the left child's box, then of the right's.
        children: (N, 2) int32; a row of `boxes`, or -1 - (8 first + count) for triangles of `corners`.
        corners: (T, 9) float32; a corner and the two edges that leave it [m].
        order: (T,) int32; which of the given triangles stands there.
    """

    boxes: NDArray[np.float32]
    children: NDArray[np.int32]
    corners: NDArray[np.float32]
    order: NDArray[np.int32]


class Forest(NamedTuple):
    """Several trees in one set of arrays, each in a frame of its own.

    Attributes:
        boxes: (N, 12) as in `Tree`.
        children: (N, 2) as in `Tree`, counted in these arrays.
        corners: (T, 9) as in `Tree`.
        labels: (T,) int32; what the caller calls each triangle.
        owners: (T,) int32; whose each triangle is, by the caller's count.
        trees: (T,) int32; in which tree it stands.
        roots: (n,) int32; row of each tree's root.
    """

    boxes: NDArray[np.float32]
    children: NDArray[np.int32]
    corners: NDArray[np.float32]
    labels: NDArray[np.int32]
    owners: NDArray[np.int32]
    trees: NDArray[np.int32]
    roots: NDArray[np.int32]


def planted(
    trees: Sequence[Tree], labels: Sequence[NDArray[np.integer]], owners: Sequence[NDArray[np.integer]]
) -> Forest:
    """Return several trees as one forest.

    Args:
        trees: at least one.
        labels: per tree, what its triangles are called, in the order in which they were given to `build_tree`.
        owners: per tree, whose its triangles are, in the same order.
    """
    roots = np.cumsum([0, *(len(tree.boxes) for tree in trees)])
    starts = np.cumsum([0, *(len(tree.corners) for tree in trees)])
    children = [
        np.where(tree.children >= 0, tree.children + root, tree.children - 8 * start)
        for tree, root, start in zip(trees, roots, starts, strict=False)
    ]

    def sorted_like(values: Sequence[NDArray[np.integer]]) -> NDArray[np.int32]:
        own = [np.asarray(given)[tree.order] for tree, given in zip(trees, values, strict=True)]
        return np.concatenate(own).astype(np.int32)

    return Forest(
        np.concatenate([tree.boxes for tree in trees]),
        np.concatenate(children).astype(np.int32),
        np.concatenate([tree.corners for tree in trees]),
        sorted_like(labels),
        sorted_like(owners),
        np.repeat(np.arange(len(trees), dtype=np.int32), np.diff(starts)),
        roots[:-1].astype(np.int32),
    )


def build_tree(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> Tree:
    """Return the tree of a mesh; triangles may be any, degenerate ones included.

    Args:
        vertices: (V, 3) finite positions [m].
        faces: (F, 3) vertices, at least one face and fewer than 2^27.

    Raises:
        ValueError: there is no triangle, or too many, or a position is not finite.
    """
    points = np.ascontiguousarray(vertices, np.float32)
    faces = np.ascontiguousarray(faces, np.int32)
    if not 0 < len(faces) < 1 << 27:
        raise ValueError(f"a tree takes 1 to {(1 << 27) - 1} triangles, got {len(faces)}")
    if not np.isfinite(points).all():
        raise ValueError("a tree takes finite positions only")
    corners = points[faces]
    low, high = corners.min(axis=1), corners.max(axis=1)
    order = np.arange(len(faces), dtype=np.int32)
    # Leaves hold two triangles on average at worst; a root is there even where one leaf takes all.
    boxes = np.empty((max(1, len(faces)), 12), np.float32)
    children = np.empty((len(boxes), 2), np.int32)
    count = _split(low, high, order, boxes, children)
    a = corners[order, 0]
    rows = np.concatenate([a, corners[order, 1] - a, corners[order, 2] - a], axis=1)
    return Tree(boxes[:count].copy(), children[:count].copy(), np.ascontiguousarray(rows), order)


@nb.njit(cache=True, nogil=True)
def _split(
    low: np.ndarray, high: np.ndarray, order: np.ndarray, boxes: np.ndarray, children: np.ndarray
) -> int:
    """Order the triangles, write the nodes and return their number."""
    todo = np.empty((2 * DEPTH, 5), np.int64)
    todo[0, 0], todo[0, 1], todo[0, 2], todo[0, 3], todo[0, 4] = 0, len(order), -1, 0, 0
    left, count = 1, 0
    while left > 0:
        left -= 1
        first, last, parent, side, depth = todo[left]
        node = count
        count += 1
        if parent >= 0:
            children[parent, side] = node
        middle = _cut(low, high, order, first, last, depth)
        for child in range(2):
            begin, end = (first, middle) if child == 0 else (middle, last)
            _enclose(low, high, order, begin, end, boxes, node, 6 * child)
            if end - begin <= _LEAF:
                children[node, child] = -1 - (8 * begin + (end - begin))
            else:
                todo[left, 0], todo[left, 1], todo[left, 2] = begin, end, node
                todo[left, 3], todo[left, 4] = child, depth + 1
                left += 1
    return count


@nb.njit(cache=True, nogil=True)
def _enclose(
    low: np.ndarray, high: np.ndarray, order: np.ndarray, first: int, last: int, boxes: np.ndarray, node: int,
    at: int,
) -> None:  # fmt: skip
    for axis in range(3):
        below, above = np.float32(np.inf), np.float32(-np.inf)
        for k in range(first, last):
            below, above = min(below, low[order[k], axis]), max(above, high[order[k], axis])
        boxes[node, at + axis], boxes[node, at + 3 + axis] = below, above


@nb.njit(cache=True, nogil=True)
def _cut(low: np.ndarray, high: np.ndarray, order: np.ndarray, first: int, last: int, depth: int) -> int:
    """Sort a range of triangles into two and return where the second begins."""
    if last - first <= _LEAF:
        return last
    axis, place, start, scale = -1, 0, 0.0, 0.0
    if depth < _SAH_DEPTH:
        axis, place, start, scale = _best_plane(low, high, order, first, last)
    if axis < 0:
        return (first + last) // 2
    i, j = first, last - 1
    while i <= j:
        middle = 0.5 * (np.float64(low[order[i], axis]) + high[order[i], axis])
        if min(_BINS - 1, int((middle - start) * scale)) <= place:
            i += 1
        else:
            order[i], order[j] = order[j], order[i]
            j -= 1
    return i


@nb.njit(cache=True, nogil=True)
def _best_plane(
    low: np.ndarray, high: np.ndarray, order: np.ndarray, first: int, last: int
) -> tuple[int, int, float, float]:
    """Return (axis, last bin of the left side, start, bins per metre) of the cheapest cut; axis -1 for none."""
    bounds, counts = np.empty((_BINS, 6), np.float32), np.empty(_BINS, np.int64)
    right = np.empty(_BINS)
    best, best_axis, best_bin, best_start, best_scale = np.inf, -1, 0, 0.0, 0.0
    for axis in range(3):
        start, stop = np.inf, -np.inf
        for k in range(first, last):
            middle = 0.5 * (np.float64(low[order[k], axis]) + high[order[k], axis])
            start, stop = min(start, middle), max(stop, middle)
        if not stop > start:
            continue
        scale = _BINS / (stop - start)
        for bin in range(_BINS):
            counts[bin] = 0
            for q in range(3):
                bounds[bin, q], bounds[bin, 3 + q] = np.inf, -np.inf
        for k in range(first, last):
            n = order[k]
            bin = min(_BINS - 1, int((0.5 * (np.float64(low[n, axis]) + high[n, axis]) - start) * scale))
            counts[bin] += 1
            for q in range(3):
                bounds[bin, q] = min(bounds[bin, q], low[n, q])
                bounds[bin, 3 + q] = max(bounds[bin, 3 + q], high[n, q])
        _sweep(bounds, counts, right)
        cost, bin = _cheapest(bounds, counts, right)
        if cost < best:
            best, best_axis, best_bin, best_start, best_scale = cost, axis, bin, start, scale
    return best_axis, best_bin, best_start, best_scale


@nb.njit(cache=True, nogil=True)
def _sweep(bounds: np.ndarray, counts: np.ndarray, right: np.ndarray) -> None:
    """Write for every bin what all from it on cost: their box's surface times their number."""
    box = np.empty(6, np.float32)
    for q in range(3):
        box[q], box[3 + q] = np.inf, -np.inf
    count = 0
    for bin in range(_BINS - 1, 0, -1):
        _grow(box, bounds, bin)
        count += counts[bin]
        right[bin] = _area(box) * count if count > 0 else 0.0


@nb.njit(cache=True, nogil=True)
def _cheapest(bounds: np.ndarray, counts: np.ndarray, right: np.ndarray) -> tuple[float, int]:
    box = np.empty(6, np.float32)
    for q in range(3):
        box[q], box[3 + q] = np.inf, -np.inf
    count, total = 0, 0
    for bin in range(_BINS):
        total += counts[bin]
    best, best_bin = np.inf, 0
    for bin in range(_BINS - 1):
        _grow(box, bounds, bin)
        count += counts[bin]
        if 0 < count < total:
            cost = _area(box) * count + right[bin + 1]
            if cost < best:
                best, best_bin = cost, bin
    return best, best_bin


@nb.njit(cache=True, nogil=True, inline="always")
def _grow(box: np.ndarray, bounds: np.ndarray, bin: int) -> None:
    for q in range(3):
        box[q], box[3 + q] = min(box[q], bounds[bin, q]), max(box[3 + q], bounds[bin, 3 + q])


@nb.njit(cache=True, nogil=True, inline="always")
def _area(box: np.ndarray) -> float:
    x, y, z = np.float64(box[3]) - box[0], np.float64(box[4]) - box[1], np.float64(box[5]) - box[2]
    return x * y + y * z + z * x

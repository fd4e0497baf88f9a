"""What a ray meets first in a tree of triangles.

The same hit for the same ray whatever the order in which boxes are visited: of two triangles at one distance
the one that comes first in the tree wins. Intersection after Moeller and Trumbore (1997), both sides of a
triangle, in float64 on float32 corners; boxes are widened by one part in 2^22 of the way to them, which is more
than the arithmetic can err (Ize 2013, "Robust BVH ray traversal").
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel
from sim.geometry import Array
from sim.raycast.tree import DEPTH, Tree

__all__ = ["EDGE", "MISS", "cast", "nearest"]

MISS = -1
"""What is met where nothing is."""

_TINY = 1e-300
_WIDER = 1.0 + 2.0**-22
EDGE = -1e-12
"""Barycentric coordinate down to which an edge belongs to a triangle, so that no ray slips between two."""


def cast(
    tree: Tree, origins: Array, directions: Array, *, limit: float = np.inf
) -> tuple[Array, NDArray[np.int32]]:
    """Return what rays meet first.

    Args:
        tree: of the triangles.
        origins: (n, 3) [m].
        directions: (n, 3) of any length; distances are in its multiples.
        limit: farthest distance that counts.

    Returns:
        (n,) distances, inf where nothing is met, and (n,) numbers of the triangles as they were given, `MISS`
        for none.
    """
    origins, directions = (
        np.ascontiguousarray(origins, np.float64),
        np.ascontiguousarray(directions, np.float64),
    )
    distances, faces = np.empty(len(origins)), np.empty(len(origins), np.int32)
    _cast(tree, origins, directions, limit, distances, faces)
    return distances, faces


@nb.njit(cache=True, nogil=True)
def _cast(
    tree: Tree,
    origins: np.ndarray,
    directions: np.ndarray,
    limit: float,
    distances: np.ndarray,
    faces: np.ndarray,
) -> None:
    rows, ways = np.empty(DEPTH, np.int32), np.empty(DEPTH)
    for n in range(len(origins)):
        t, at = nearest(
            tree.boxes, tree.children, tree.corners, 0, origins[n, 0], origins[n, 1], origins[n, 2],
            directions[n, 0], directions[n, 1], directions[n, 2], 0.0, limit, rows, ways,
        )  # fmt: skip
        distances[n], faces[n] = (t, tree.order[at]) if at >= 0 else (np.inf, MISS)


@inlined
def _inverse(x: float) -> float:
    return 1.0 / x if abs(x) > _TINY else np.copysign(1.0 / _TINY, x)


@inlined
def _entry(
    boxes: np.ndarray, row: int, at: int, x: float, y: float, z: float, ix: float, iy: float, iz: float,
    t0: float, t1: float,
) -> float:  # fmt: skip
    """Return where a ray enters a box; inf where it does not before t1."""
    a, b = (boxes[row, at] - x) * ix, (boxes[row, at + 3] - x) * ix
    low, high = min(a, b), max(a, b)
    a, b = (boxes[row, at + 1] - y) * iy, (boxes[row, at + 4] - y) * iy
    low, high = max(low, min(a, b)), min(high, max(a, b))
    a, b = (boxes[row, at + 2] - z) * iz, (boxes[row, at + 5] - z) * iz
    low, high = max(low, min(a, b), t0), min(high, max(a, b)) * _WIDER
    return low if low <= high and low <= t1 else np.inf


@kernel
def nearest(
    boxes: np.ndarray, children: np.ndarray, corners: np.ndarray, root: int, x: float, y: float, z: float,
    dx: float, dy: float, dz: float, t0: float, t1: float, rows: np.ndarray, ways: np.ndarray,
) -> tuple[float, int]:  # fmt: skip
    """Return (distance, place in the tree's order) of the first triangle in (t0, t1]; (t1, MISS) for none.

    Args:
        boxes: of a `Tree` or a `Forest`, as the next two.
        children: of the tree.
        corners: of the tree.
        root: the row to begin with.
        x: origin [m], as the next two.
        y: origin.
        z: origin.
        dx: direction, as the next two.
        dy: direction.
        dz: direction.
        t0: distance up to which nothing counts.
        t1: farthest distance that counts.
        rows: (DEPTH,) int32 to work in.
        ways: (DEPTH,) float64 to work in.
    """
    ix, iy, iz = _inverse(dx), _inverse(dy), _inverse(dz)
    best, met = t1, MISS
    rows[0], ways[0] = root, t0
    waiting = 1
    while waiting > 0:
        waiting -= 1
        if ways[waiting] > best:
            continue
        node = rows[waiting]
        while node >= 0:
            to_left = _entry(boxes, node, 0, x, y, z, ix, iy, iz, t0, best)
            to_right = _entry(boxes, node, 6, x, y, z, ix, iy, iz, t0, best)
            near, far = children[node, 0], children[node, 1]
            if to_right < to_left:
                near, far = far, near
                to_left, to_right = to_right, to_left
            if to_right < np.inf:
                rows[waiting], ways[waiting] = far, to_right
                waiting += 1
            if to_left == np.inf:
                break
            node = near
        if node >= 0:
            continue
        code = -1 - node
        first = code >> 3
        for n in range(first, first + (code & 7)):
            ax, ay, az = np.float64(corners[n, 3]), np.float64(corners[n, 4]), np.float64(corners[n, 5])
            bx, by, bz = np.float64(corners[n, 6]), np.float64(corners[n, 7]), np.float64(corners[n, 8])
            px, py, pz = dy * bz - dz * by, dz * bx - dx * bz, dx * by - dy * bx
            det = ax * px + ay * py + az * pz
            if det == 0.0:
                continue
            sx, sy, sz = x - corners[n, 0], y - corners[n, 1], z - corners[n, 2]
            over = 1.0 / det
            u = (sx * px + sy * py + sz * pz) * over
            if u < EDGE or u > 1.0 - EDGE:
                continue
            qx, qy, qz = sy * az - sz * ay, sz * ax - sx * az, sx * ay - sy * ax
            v = (dx * qx + dy * qy + dz * qz) * over
            if v < EDGE or u + v > 1.0 - EDGE:
                continue
            t = (bx * qx + by * qy + bz * qz) * over
            if t > t0 and (t < best or (t == best and (met < 0 or n < met))):
                best, met = t, n
    return best, met

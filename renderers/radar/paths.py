"""Which ways are free: rays from place to place among what stands still and what moves, at one moment."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.lidar.targets import Targets
from sim.geometry import Array
from sim.raycast.nearest import MISS, nearest
from sim.raycast.tree import DEPTH, Forest

__all__ = ["Posed"]


class Posed:
    """Everything a wave can meet, as it is at one moment."""

    def __init__(self, targets: Targets, t: float) -> None:
        """Pose the moving parts at t [s]."""
        self._forest = targets.forest
        T = targets.motion.parts_at(t)[targets.parts][:, :3].copy()
        T[:, :, 3] -= targets.anchor
        self._T = np.ascontiguousarray(T)
        self._centres = np.einsum("mij,mj->mi", T[:, :, :3], targets.centre) + T[:, :, 3]
        self._radii = targets.radius

    def met(self, origins: Array, ends: Array) -> tuple[Array, NDArray[np.int64], Array]:
        """Return what rays meet first.

        Args:
            origins: (n, 3) in the frame of what stands still [m].
            ends: (n, 3) points on the rays; nothing beyond them counts.

        Returns:
            (n,) distances, that of the end where nothing is met [m]; (n,) stage numbers of the bodies met, -1
            for none; (n, 3) normals of what is met, of unknown side, 0 for none.
        """
        count = len(origins)
        distance, body, normal = np.empty(count), np.empty(count, np.int64), np.zeros((count, 3))
        _met(
            self._forest, self._T, self._centres, self._radii, np.ascontiguousarray(origins, np.float64),
            np.ascontiguousarray(ends, np.float64), distance, body, normal,
        )  # fmt: skip
        return distance, body, normal


@nb.njit(cache=True, nogil=True)
def _met(
    forest: Forest, T: np.ndarray, centres: np.ndarray, radii: np.ndarray, origins: np.ndarray,
    ends: np.ndarray, distance: np.ndarray, body: np.ndarray, normal: np.ndarray,
) -> None:  # fmt: skip
    rows, ways = np.empty(DEPTH, np.int32), np.empty(DEPTH)
    o, d, p, q = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for n in range(len(origins)):
        length = 0.0
        for i in range(3):
            o[i] = origins[n, i]
            d[i] = ends[n, i] - o[i]
            length += d[i] * d[i]
        length = np.sqrt(length)
        d /= max(length, 1e-12)
        best, at = nearest(
            forest.boxes, forest.children, forest.corners, forest.roots[0], o[0], o[1], o[2], d[0], d[1], d[2],
            0.0, length, rows, ways,
        )  # fmt: skip
        own = -1
        for m in range(len(radii)):
            along, square = 0.0, 0.0
            for i in range(3):
                way = centres[m, i] - o[i]
                along += way * d[i]
                square += way * way
            if along < -radii[m] or along > best + radii[m] or square - along * along > radii[m] ** 2:
                continue
            for i in range(3):
                p[i], q[i] = 0.0, 0.0
                for k in range(3):
                    p[i] += T[m, k, i] * (o[k] - T[m, k, 3])
                    q[i] += T[m, k, i] * d[k]
            way, there = nearest(
                forest.boxes, forest.children, forest.corners, forest.roots[m + 1], p[0], p[1], p[2], q[0],
                q[1], q[2], 0.0, best, rows, ways,
            )  # fmt: skip
            if there != MISS:
                best, at, own = way, there, m
        distance[n], body[n] = best, -1
        if at == MISS:
            continue
        body[n] = forest.owners[at]
        edge, other = forest.corners[at, 3:6], forest.corners[at, 6:9]
        for i in range(3):
            p[i] = edge[(i + 1) % 3] * other[(i + 2) % 3] - edge[(i + 2) % 3] * other[(i + 1) % 3]
        size = np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2)
        for i in range(3):
            normal[n, i] = p[i] / size
            if own >= 0:
                normal[n, i] = (T[own, i, 0] * p[0] + T[own, i, 1] * p[1] + T[own, i, 2] * p[2]) / size

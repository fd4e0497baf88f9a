"""What a fan of rays meets first: many rays of one origin in one plane, such as a column of a scanner's beams.

A ray of the fan is o + t (h + slope u) with unit vectors h ahead and u up in the plane, so t is the distance
along h, the same for all rays. The tree is walked once for all of them: a box concerns the rays between the
slopes of its outline, and none whose hit is nearer than the box. Whether a ray meets a triangle is decided as
in `nearest`, so both agree on every distance; a street costs half the time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel
from sim.geometry import Array
from sim.raycast.nearest import EDGE

__all__ = ["Slopes", "slopes_of", "sweep"]

Vector = tuple[float, float, float]

_STEPS = 1024
_MARGIN = 1e-6
"""Widening of boxes [m] and of slopes, far above what the arithmetic can err."""
_NO_ROW: int = np.iinfo(np.int64).min
_NEXT = np.uint64(1)


class Slopes(NamedTuple):
    """The rays of a fan.

    Attributes:
        values: (R,) ascending tangents of their elevations.
        table: (S, 2) first and last ray that a step of slope may concern.
        start: slope at which the table begins.
        per_step: steps per unit of slope.
    """

    values: Array
    table: NDArray[np.int64]
    start: float
    per_step: float


def slopes_of(elevations: Array) -> Slopes:
    """Return the rays of a fan.

    Args:
        elevations: (R,) ascending angles within ±89 degrees [rad].

    Raises:
        ValueError: there is none, or one out of order or too steep.
    """
    angles = np.asarray(elevations, np.float64)
    if not len(angles) or not np.all(np.abs(angles) <= np.radians(89.0)) or np.any(np.diff(angles) < 0.0):
        raise ValueError("a fan takes ascending elevations within 89 degrees")
    values = np.tan(angles)
    start, stop = values[0] - 1e-4, values[-1] + 1e-4
    edges = np.linspace(start, stop, _STEPS + 1)
    first = np.searchsorted(values, edges[:-1] - _MARGIN)
    last = np.searchsorted(values, edges[1:] + _MARGIN, side="right") - 1
    return Slopes(values, np.stack([first, last], axis=1), float(start), float(_STEPS / (stop - start)))


@inlined
def _rays(slopes: Slopes, low: float, high: float) -> tuple[int, int]:
    """Return the first and last ray between two slopes, or a few more; last < first for none."""
    steps = slopes.table.shape[0]
    a, b = (low - slopes.start) * slopes.per_step, (high - slopes.start) * slopes.per_step
    if not (b >= 0.0 and a < steps):
        return 0, -1
    return slopes.table[np.uint64(max(a, 0.0)), 0], slopes.table[np.uint64(min(b, steps - 1.0)), 1]


@inlined
def _look(
    boxes: np.ndarray, row: np.uint64, at: np.uint64, o: Vector, n: Vector, h: Vector, u: Vector,
    slopes: Slopes, depth: np.ndarray,
) -> tuple[float, int, int]:  # fmt: skip
    """Return the least t in a box and the rays it concerns; inf where none of them reaches it."""
    x0, x1 = np.float64(boxes[row, at]), np.float64(boxes[row, at + np.uint64(3)])
    y0, y1 = np.float64(boxes[row, at + np.uint64(1)]), np.float64(boxes[row, at + np.uint64(4)])
    z0, z1 = np.float64(boxes[row, at + np.uint64(2)]), np.float64(boxes[row, at + np.uint64(5)])
    mx, my, mz = 0.5 * (x0 + x1) - o[0], 0.5 * (y0 + y1) - o[1], 0.5 * (z0 + z1) - o[2]
    ex, ey, ez = 0.5 * (x1 - x0), 0.5 * (y1 - y0), 0.5 * (z1 - z0)
    aside = abs(n[0] * mx + n[1] * my + n[2] * mz)
    if aside > abs(n[0]) * ex + abs(n[1]) * ey + abs(n[2]) * ez + _MARGIN:
        return np.inf, 0, -1
    ahead = h[0] * mx + h[1] * my + h[2] * mz
    reach = abs(h[0]) * ex + abs(h[1]) * ey + abs(h[2]) * ez + _MARGIN
    low, high = ahead - reach, ahead + reach
    if high <= 0.0:
        return np.inf, 0, -1
    first, last = 0, slopes.values.shape[0] - 1
    if low > 0.0:
        up = u[0] * mx + u[1] * my + u[2] * mz
        rise = abs(u[0]) * ex + abs(u[1]) * ey + abs(u[2]) * ez + _MARGIN
        bottom, top = up - rise, up + rise
        first, last = _rays(
            slopes, bottom / (low if bottom < 0.0 else high), top / (low if top > 0.0 else high)
        )
    for ray in range(first, last + 1):
        if depth[np.uint64(ray)] > low:
            return max(low, 0.0), first, last
    return np.inf, 0, -1


@kernel
def sweep(
    boxes: np.ndarray, children: np.ndarray, corners: np.ndarray, root: int, o: Vector, n: Vector,
    h: Vector, u: Vector, slopes: Slopes, depth: np.ndarray, met: np.ndarray, rows: np.ndarray,
    ways: np.ndarray,
) -> bool:  # fmt: skip
    """Lower `depth` to what the rays of a fan meet first in a tree; return whether any meets something nearer.

    Args:
        boxes: of a `Tree` or a `Forest`, as the next two.
        children: of the tree.
        corners: of the tree.
        root: the row to begin with.
        o: (3,) origin [m].
        n: (3,) unit normal of the fan's plane.
        h: (3,) unit vector ahead in it.
        u: (3,) unit vector up in it.
        slopes: the rays.
        depth: (R,) farthest t that counts, lowered.
        met: (R,) place of the triangle met, written where `depth` is.
        rows: (DEPTH, 3) int64 to work in.
        ways: (DEPTH,) float64 to work in.
    """
    node, first, last = np.int64(root), 0, slopes.values.shape[0] - 1
    waiting, found = np.uint64(0), False
    while True:
        if node >= 0:
            row = np.uint64(node)
            left, left_first, left_last = _look(boxes, row, np.uint64(0), o, n, h, u, slopes, depth)
            right, right_first, right_last = _look(boxes, row, np.uint64(6), o, n, h, u, slopes, depth)
            near, far = np.int64(children[row, 0]), np.int64(children[row, 1])
            if right < left:
                near, far, left, right = far, near, right, left
                left_first, right_first = right_first, left_first
                left_last, right_last = right_last, left_last
            if right < np.inf:
                rows[waiting, 0], rows[waiting, 1], rows[waiting, 2] = far, right_first, right_last
                ways[waiting] = right
                waiting += _NEXT
            if left < np.inf:
                node, first, last = near, left_first, left_last
                continue
        else:
            code = np.uint64(-1 - node)
            begin = code >> np.uint64(3)
            for k in range(begin, begin + (code & np.uint64(7))):
                if _cut(corners, np.uint64(k), o, n, h, u, slopes, first, last, depth, met):
                    found = True
        node = np.int64(_NO_ROW)
        while waiting > 0 and node == _NO_ROW:
            waiting -= _NEXT
            first, last = rows[waiting, 1], rows[waiting, 2]
            for ray in range(first, last + 1):
                if depth[np.uint64(ray)] > ways[waiting]:
                    node = rows[waiting, 0]
                    break
        if node == _NO_ROW:
            return found


@inlined
def _cut(
    corners: np.ndarray, k: np.uint64, o: Vector, n: Vector, h: Vector, u: Vector, slopes: Slopes,
    first: int, last: int, depth: np.ndarray, met: np.ndarray,
) -> bool:  # fmt: skip
    """Lower `depth` to a triangle."""
    sx, sy, sz = o[0] - corners[k, 0], o[1] - corners[k, 1], o[2] - corners[k, 2]
    ax, ay, az = np.float64(corners[k, 3]), np.float64(corners[k, 4]), np.float64(corners[k, 5])
    bx, by, bz = np.float64(corners[k, 6]), np.float64(corners[k, 7]), np.float64(corners[k, 8])
    p = -(n[0] * sx + n[1] * sy + n[2] * sz)
    q, r = p + n[0] * ax + n[1] * ay + n[2] * az, p + n[0] * bx + n[1] * by + n[2] * bz
    if min(p, q, r) > _MARGIN or max(p, q, r) < -_MARGIN:
        return False
    # Moeller and Trumbore's products, split along h and u: they are affine in the slope.
    px, py, pz = by * sz - bz * sy, bz * sx - bx * sz, bx * sy - by * sx
    qx, qy, qz = sy * az - sz * ay, sz * ax - sx * az, sx * ay - sy * ax
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    t_n = nx * sx + ny * sy + nz * sz
    n_h, n_u = nx * h[0] + ny * h[1] + nz * h[2], nx * u[0] + ny * u[1] + nz * u[2]
    p_h, p_u = px * h[0] + py * h[1] + pz * h[2], px * u[0] + py * u[1] + pz * u[2]
    q_h, q_u = qx * h[0] + qy * h[1] + qz * h[2], qx * u[0] + qy * u[1] + qz * u[2]
    found = False
    for index in range(first, last + 1):
        ray = np.uint64(index)
        slope = slopes.values[ray]
        det = n_h + slope * n_u
        if det == 0.0:
            continue
        over = -1.0 / det
        v, w = (p_h + slope * p_u) * over, (q_h + slope * q_u) * over
        if v >= EDGE and w >= EDGE and v + w <= 1.0 - EDGE:
            t = t_n * over
            if 0.0 < t < depth[ray]:
                depth[ray], met[ray] = t, np.int64(k)
                found = True
    return found

"""What fans of rays meet first: rays of one origin in one plane, such as a column of a scanner's beams.

A ray of a fan is o + t (h + slope u) with unit vectors h ahead and u up in the plane, so t is the distance
along h, the same for all rays. The tree is walked once for all rays of some fans side by side: a box concerns
the rays between the slopes of its outline as any of the fans sees it, and none whose hit is nearer than the box
in every fan. A triangle is then cut by the plane of each fan, and met by the rays between the slopes of the
cut. Whether a ray meets a triangle is decided as in `nearest`, so both agree on every distance.

Of two triangles at one distance the one that comes first in the tree is met, as in `nearest`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel
from sim.geometry import Array
from sim.raycast.nearest import EDGE

__all__ = ["Fans", "Slopes", "Work", "slopes_of", "sweep"]

Vector = tuple[float, float, float]
Interval = tuple[float, float]

_STEPS = 1024
_MARGIN = 1e-6
"""Widening of boxes [m] and of slopes, far above what the arithmetic can err."""
_APART, _AHEAD = 1e-5, 0.1
"""Corners that far on either side of a plane, and that far ahead [m], give the slopes of the cut to 1e-6."""
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


class Fans(NamedTuple):
    """Fans side by side, in the frame of a tree; the fewer degrees between them, the fewer boxes are opened.

    Attributes:
        origin: (F, 3) [m].
        normal: (F, 3) unit normal of each plane.
        ahead: (F, 3) unit vector h.
        up: (F, 3) unit vector u.
    """

    origin: Array
    normal: Array
    ahead: Array
    up: Array


class Work(NamedTuple):
    """Room to work in: what is left to visit, where it begins, and the farthest hit of each slope.

    Attributes:
        rows: (DEPTH, 3) int64.
        ways: (DEPTH,)
        most: (R,)
    """

    rows: NDArray[np.int64]
    ways: Array
    most: Array


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
def _spread(vectors: np.ndarray, middle: int, count: int) -> float:
    """Return how far the first vectors are from one of them at most."""
    most = 0.0
    for k in range(count):
        x, y, z = (
            vectors[k, 0] - vectors[middle, 0], vectors[k, 1] - vectors[middle, 1],
            vectors[k, 2] - vectors[middle, 2],
        )  # fmt: skip
        most = max(most, x * x + y * y + z * z)
    return np.sqrt(most)


@inlined
def _vector(vectors: np.ndarray, k: int) -> Vector:
    return vectors[k, 0], vectors[k, 1], vectors[k, 2]


@inlined
def _look(
    boxes: np.ndarray, row: np.uint64, at: np.uint64, o: Vector, n: Vector, h: Vector, u: Vector,
    shift: float, turns: Vector, slopes: Slopes, most: np.ndarray,
) -> tuple[float, int, int]:  # fmt: skip
    """Return the least t in a box and the rays it concerns; inf where none of them reaches it.

    Args:
        boxes: of the tree.
        row: the node.
        at: 0 for its left child, 6 for its right.
        o: origin of the fan in the middle, and its three vectors.
        n: normal.
        h: ahead.
        u: up.
        shift: how far the other fans' origins are from it at most [m].
        turns: how far their vectors n, h and u are from its own at most.
        slopes: the rays.
        most: (R,) farthest hit of each.
    """
    x0, x1 = np.float64(boxes[row, at]), np.float64(boxes[row, at + np.uint64(3)])
    y0, y1 = np.float64(boxes[row, at + np.uint64(1)]), np.float64(boxes[row, at + np.uint64(4)])
    z0, z1 = np.float64(boxes[row, at + np.uint64(2)]), np.float64(boxes[row, at + np.uint64(5)])
    mx, my, mz = 0.5 * (x0 + x1) - o[0], 0.5 * (y0 + y1) - o[1], 0.5 * (z0 + z1) - o[2]
    ex, ey, ez = 0.5 * (x1 - x0), 0.5 * (y1 - y0), 0.5 * (z1 - z0)
    far = np.sqrt(mx * mx + my * my + mz * mz) + np.sqrt(ex * ex + ey * ey + ez * ez)
    aside = abs(n[0] * mx + n[1] * my + n[2] * mz)
    if aside > abs(n[0]) * ex + abs(n[1]) * ey + abs(n[2]) * ez + _MARGIN + shift + turns[0] * far:
        return np.inf, 0, -1
    ahead = h[0] * mx + h[1] * my + h[2] * mz
    reach = abs(h[0]) * ex + abs(h[1]) * ey + abs(h[2]) * ez + _MARGIN + shift + turns[1] * far
    low, high = ahead - reach, ahead + reach
    if high <= 0.0:
        return np.inf, 0, -1
    first, last = 0, slopes.values.shape[0] - 1
    if low > 0.0:
        up = u[0] * mx + u[1] * my + u[2] * mz
        rise = abs(u[0]) * ex + abs(u[1]) * ey + abs(u[2]) * ez + _MARGIN + shift + turns[2] * far
        bottom, top = up - rise, up + rise
        first, last = _rays(
            slopes, bottom / (low if bottom < 0.0 else high), top / (low if top > 0.0 else high)
        )
    for ray in range(first, last + 1):
        if most[np.uint64(ray)] > low:
            return max(low, 0.0), first, last
    return np.inf, 0, -1


@kernel
def sweep(
    boxes: np.ndarray, children: np.ndarray, corners: np.ndarray, root: int, fans: Fans, count: int,
    slopes: Slopes, depth: np.ndarray, met: np.ndarray, start: int, work: Work,
) -> bool:  # fmt: skip
    """Lower `depth` to what the rays of fans meet first in a tree; return whether any meets something nearer.

    Args:
        boxes: of a `Tree` or a `Forest`, as the next two.
        children: of the tree.
        corners: of the tree.
        root: the row to begin with.
        fans: the fans.
        count: how many there are.
        slopes: the rays of each.
        depth: (…, R) farthest t that counts, lowered.
        met: (…, R) place of the triangle met, written where `depth` is.
        start: row of the first fan in these two.
        work: to work in.
    """
    most, rays = work.most, slopes.values.shape[0]
    _farthest(depth, start, count, 0, rays - 1, most)
    middle = count // 2
    o, n, h, u = (
        _vector(fans.origin, middle), _vector(fans.normal, middle), _vector(fans.ahead, middle),
        _vector(fans.up, middle),
    )  # fmt: skip
    shift = _spread(fans.origin, middle, count)
    turns = (
        _spread(fans.normal, middle, count), _spread(fans.ahead, middle, count),
        _spread(fans.up, middle, count),
    )  # fmt: skip
    node, first, last = np.int64(root), 0, rays - 1
    waiting, found = np.uint64(0), False
    while True:
        if node >= 0:
            row = np.uint64(node)
            left, left_first, left_last = _look(
                boxes, row, np.uint64(0), o, n, h, u, shift, turns, slopes, most
            )
            right, right_first, right_last = _look(
                boxes, row, np.uint64(6), o, n, h, u, shift, turns, slopes, most
            )
            near, far = np.int64(children[row, 0]), np.int64(children[row, 1])
            if right < left:
                near, far, left, right = far, near, right, left
                left_first, right_first = right_first, left_first
                left_last, right_last = right_last, left_last
            if right < np.inf:
                work.rows[waiting, 0], work.rows[waiting, 1], work.rows[waiting, 2] = (
                    far, right_first, right_last,
                )  # fmt: skip
                work.ways[waiting] = right
                waiting += _NEXT
            if left < np.inf:
                node, first, last = near, left_first, left_last
                continue
        else:
            code, is_nearer = np.uint64(-1 - node), False
            begin = code >> np.uint64(3)
            for k in range(begin, begin + (code & np.uint64(7))):
                for fan in range(count):
                    if _cut(
                        corners, np.uint64(k), fans, np.uint64(fan), slopes, first, last, depth, met,
                        np.uint64(start + fan),
                    ):  # fmt: skip
                        is_nearer = True
            if is_nearer:
                found = True
                _farthest(depth, start, count, first, last, most)
        node = np.int64(_NO_ROW)
        while waiting > 0 and node == _NO_ROW:
            waiting -= _NEXT
            first, last = work.rows[waiting, 1], work.rows[waiting, 2]
            for ray in range(first, last + 1):
                if most[np.uint64(ray)] > work.ways[waiting]:
                    node = work.rows[waiting, 0]
                    break
        if node == _NO_ROW:
            return found


@inlined
def _farthest(depth: np.ndarray, start: int, count: int, first: int, last: int, most: np.ndarray) -> None:
    """Write the greatest depth of each ray over the fans."""
    for ray in range(first, last + 1):
        most[np.uint64(ray)] = depth[np.uint64(start), np.uint64(ray)]
    for fan in range(start + 1, start + count):
        for ray in range(first, last + 1):
            most[np.uint64(ray)] = max(most[np.uint64(ray)], depth[np.uint64(fan), np.uint64(ray)])


@inlined
def _cut(
    corners: np.ndarray, k: np.uint64, fans: Fans, fan: np.uint64, slopes: Slopes, first: int, last: int,
    depth: np.ndarray, met: np.ndarray, at: np.uint64,
) -> bool:  # fmt: skip
    """Lower the depth of a fan's rays to a triangle."""
    sx, sy, sz = (
        fans.origin[fan, 0] - corners[k, 0], fans.origin[fan, 1] - corners[k, 1],
        fans.origin[fan, 2] - corners[k, 2],
    )  # fmt: skip
    ax, ay, az = np.float64(corners[k, 3]), np.float64(corners[k, 4]), np.float64(corners[k, 5])
    bx, by, bz = np.float64(corners[k, 6]), np.float64(corners[k, 7]), np.float64(corners[k, 8])
    n0, n1, n2 = fans.normal[fan, 0], fans.normal[fan, 1], fans.normal[fan, 2]
    p = -(n0 * sx + n1 * sy + n2 * sz)
    q, r = p + n0 * ax + n1 * ay + n2 * az, p + n0 * bx + n1 * by + n2 * bz
    if min(p, q, r) > _MARGIN or max(p, q, r) < -_MARGIN:
        return False
    h0, h1, h2 = fans.ahead[fan, 0], fans.ahead[fan, 1], fans.ahead[fan, 2]
    u0, u1, u2 = fans.up[fan, 0], fans.up[fan, 1], fans.up[fan, 2]
    low, high = _between(
        p, q, r, -(h0 * sx + h1 * sy + h2 * sz), h0 * ax + h1 * ay + h2 * az, h0 * bx + h1 * by + h2 * bz,
        -(u0 * sx + u1 * sy + u2 * sz), u0 * ax + u1 * ay + u2 * az, u0 * bx + u1 * by + u2 * bz,
    )  # fmt: skip
    lowest, highest = _rays(slopes, low, high)
    lowest, highest = max(lowest, first), min(highest, last)
    if highest < lowest:
        return False
    # Moeller and Trumbore's products, split along h and u: they are affine in the slope.
    px, py, pz = by * sz - bz * sy, bz * sx - bx * sz, bx * sy - by * sx
    qx, qy, qz = sy * az - sz * ay, sz * ax - sx * az, sx * ay - sy * ax
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    t_n = nx * sx + ny * sy + nz * sz
    n_h, n_u = nx * h0 + ny * h1 + nz * h2, nx * u0 + ny * u1 + nz * u2
    p_h, p_u = px * h0 + py * h1 + pz * h2, px * u0 + py * u1 + pz * u2
    q_h, q_u = qx * h0 + qy * h1 + qz * h2, qx * u0 + qy * u1 + qz * u2
    nearer, place = 0, np.int64(k)
    # Without branches, so that the compiler takes several rays at a time; where det is 0, nothing compares.
    for index in range(lowest, highest + 1):
        ray = np.uint64(index)
        slope, before, known = slopes.values[ray], depth[at, ray], met[at, ray]
        over = -1.0 / (n_h + slope * n_u)
        v, w, t = (p_h + slope * p_u) * over, (q_h + slope * q_u) * over, t_n * over
        is_inside = (v >= EDGE) & (w >= EDGE) & (v + w <= 1.0 - EDGE)
        is_met = is_inside & (t > 0.0) & ((t < before) | ((t == before) & (place < known)))
        depth[at, ray], met[at, ray] = t if is_met else before, place if is_met else known
        nearer += 1 if is_met else 0
    return nearer > 0


@inlined
def _between(
    p: float, q: float, r: float, ahead: float, ahead_a: float, ahead_b: float, up: float, up_a: float,
    up_b: float,
) -> Interval:  # fmt: skip
    """Return the slopes between which a plane cuts a triangle; all there are where it hardly does.

    Args:
        p: how far the corner lies aside of the plane [m].
        q: the same of the corner at the end of the first edge.
        r: and of the second.
        ahead: of the corner.
        ahead_a: along the first edge.
        ahead_b: along the second.
        up: of the corner.
        up_a: along the first edge.
        up_b: along the second.
    """
    low, high = np.inf, -np.inf
    if min(ahead, ahead + ahead_a, ahead + ahead_b) < _AHEAD:
        return -np.inf, np.inf
    if (p < 0.0) != (q < 0.0):
        if abs(p - q) < _APART:
            return -np.inf, np.inf
        slope = ((p - q) * up + p * up_a) / ((p - q) * ahead + p * ahead_a)
        low, high = min(low, slope), max(high, slope)
    if (p < 0.0) != (r < 0.0):
        if abs(p - r) < _APART:
            return -np.inf, np.inf
        slope = ((p - r) * up + p * up_b) / ((p - r) * ahead + p * ahead_b)
        low, high = min(low, slope), max(high, slope)
    if (q < 0.0) != (r < 0.0):
        if abs(q - r) < _APART:
            return -np.inf, np.inf
        slope = ((q - r) * (up + up_a) + q * (up_b - up_a)) / (
            (q - r) * (ahead + ahead_a) + q * (ahead_b - ahead_a)
        )
        low, high = min(low, slope), max(high, slope)
    return (low, high) if low <= high else (-np.inf, np.inf)

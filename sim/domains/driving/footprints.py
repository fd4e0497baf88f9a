"""Distances between footprints: convex polygons in the plane, the sections of upright prisms.

Polygons are (CORNER_LIMIT, 2) arrays with a corner count, counter-clockwise. The signed distance is Euclidean
while they are apart and minus the smallest push that parts them while they overlap.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving.compiling import leaf, sine_and_cosine

__all__ = ["contact_between", "place_polygon", "polygon_distance", "segment_clearance", "time_to_touch"]


@leaf
def place_polygon(corners: np.ndarray, count: int, x: float, y: float, yaw: float, out: np.ndarray) -> None:
    """Write the corners of a polygon turned by `yaw` and moved to (x, y) into `out`."""
    s, c = sine_and_cosine(yaw)
    for i in range(count):
        px, py = corners[i, 0], corners[i, 1]
        out[i, 0] = x + c * px - s * py
        out[i, 1] = y + s * px + c * py


@leaf
def _separation(
    a: np.ndarray, na: int, b: np.ndarray, nb: int, is_facing_only: bool
) -> tuple[float, float, float, bool]:
    """Return the largest gap over the edge normals of a, that normal, and whether the gap is exact.

    A gap is a lower bound of the distance, and exact where a corner of b lies straight before the edge. Only an
    edge that faces b can have a positive gap; with `is_facing_only` the others are not looked at.
    """
    best, bx, by, exact = -np.inf, 0.0, 0.0, False
    ma, mb = na // 2, nb // 2
    cx = b[0, 0] + b[mb, 0] - a[0, 0] - a[ma, 0]
    cy = b[0, 1] + b[mb, 1] - a[0, 1] - a[ma, 1]
    for i in range(na):
        k = i + 1 if i + 1 < na else 0
        ex, ey = a[k, 0] - a[i, 0], a[k, 1] - a[i, 1]
        square = ex * ex + ey * ey
        if square == 0.0 or (is_facing_only and ey * cx - ex * cy <= 0.0):
            continue
        least, at = np.inf, 0
        for j in range(nb):
            reach = (b[j, 0] - a[i, 0]) * ey - (b[j, 1] - a[i, 1]) * ex
            if reach < least:
                least, at = reach, j
        length = math.sqrt(square)
        if least > best * length:
            best, bx, by = least / length, ey / length, -ex / length
            share = (b[at, 0] - a[i, 0]) * ex + (b[at, 1] - a[i, 1]) * ey
            exact = 0.0 <= share <= square
    return best, bx, by, exact


@leaf
def _corner_to_edges(a: np.ndarray, na: int, b: np.ndarray, nb: int) -> float:
    """Return the smallest squared distance from a corner of b to an edge of a."""
    best = np.inf
    for i in range(na):
        k = i + 1 if i + 1 < na else 0
        ex, ey = a[k, 0] - a[i, 0], a[k, 1] - a[i, 1]
        square = ex * ex + ey * ey
        for j in range(nb):
            px, py = b[j, 0] - a[i, 0], b[j, 1] - a[i, 1]
            share = 0.0 if square == 0.0 else (px * ex + py * ey) / square
            share = min(max(share, 0.0), 1.0)
            dx, dy = px - share * ex, py - share * ey
            best = min(best, dx * dx + dy * dy)
    return best


@leaf
def polygon_distance(a: np.ndarray, na: int, b: np.ndarray, nb: int) -> float:
    """Return the signed distance of two convex polygons."""
    over_a, _, _, exact = _separation(a, na, b, nb, True)
    if over_a > 0.0 and exact:
        return over_a
    over_b, _, _, exact = _separation(b, nb, a, na, True)
    if over_b > 0.0 and exact and over_b >= over_a:
        return over_b
    if over_a > 0.0 or over_b > 0.0:
        return math.sqrt(min(_corner_to_edges(a, na, b, nb), _corner_to_edges(b, nb, a, na)))
    return max(_separation(a, na, b, nb, False)[0], _separation(b, nb, a, na, False)[0])


@leaf
def contact_between(
    a: np.ndarray, na: int, b: np.ndarray, nb: int, tolerance: float, corner: np.ndarray
) -> tuple[float, float, float, float]:
    """Return (x, y, nx, ny): the middle of where two touching polygons touch, and the normal from a to b.

    The middle is the mean of the corners of either that lie within `tolerance` of the other; `corner` is
    room for (1, 2) numbers.
    """
    over_a, ax, ay, _ = _separation(a, na, b, nb, False)
    over_b, bx, by, _ = _separation(b, nb, a, na, False)
    nx, ny = (ax, ay) if over_a >= over_b else (-bx, -by)
    x, y, found = 0.0, 0.0, 0
    for turn in range(2):
        p, np_, q, nq = (a, na, b, nb) if turn == 0 else (b, nb, a, na)
        for i in range(np_):
            corner[0, 0], corner[0, 1] = p[i, 0], p[i, 1]
            inside = _separation(q, nq, corner, 1, False)[0] <= 0.0
            if inside or _corner_to_edges(q, nq, corner, 1) <= tolerance * tolerance:
                x, y, found = x + p[i, 0], y + p[i, 1], found + 1
    if found == 0:
        return np.nan, np.nan, nx, ny
    return x / found, y / found, nx, ny


@leaf
def _meeting(
    ax: float, ay: float, a: np.ndarray, na: int, b: np.ndarray, nb: int, vx: float, vy: float
) -> tuple[float, float]:
    """Return when the projections on one axis begin and end to overlap, b moving at (vx, vy)."""
    a0, a1, b0, b1 = np.inf, -np.inf, np.inf, -np.inf
    for i in range(na):
        p = a[i, 0] * ax + a[i, 1] * ay
        a0, a1 = min(a0, p), max(a1, p)
    for j in range(nb):
        p = b[j, 0] * ax + b[j, 1] * ay
        b0, b1 = min(b0, p), max(b1, p)
    speed = vx * ax + vy * ay
    if speed == 0.0:
        return (-np.inf, np.inf) if b0 <= a1 and b1 >= a0 else (np.inf, -np.inf)
    first, last = (a1 - b0) / speed, (a0 - b1) / speed
    return (first, last) if first <= last else (last, first)


@leaf
def time_to_touch(a: np.ndarray, na: int, b: np.ndarray, nb: int, vx: float, vy: float) -> float:
    """Return when polygon b, moving at (vx, vy) relative to a without turning, first touches a; inf if never.

    The separating-axis test swept over time, exact for convex polygons: they overlap exactly while their
    projections on every edge normal of either do.
    """
    enter, leave = 0.0, np.inf
    for axis in range(2):
        t0, t1 = _meeting(1.0 - axis, 0.0 + axis, a, na, b, nb, vx, vy)
        enter, leave = max(enter, t0), min(leave, t1)
        if enter > leave:
            return np.inf
    for turn in range(2):
        p, count = (a, na) if turn == 0 else (b, nb)
        for i in range(count):
            k = i + 1 if i + 1 < count else 0
            ex, ey = p[k, 0] - p[i, 0], p[k, 1] - p[i, 1]
            if ex == 0.0 and ey == 0.0:
                continue
            t0, t1 = _meeting(ey, -ex, a, na, b, nb, vx, vy)
            enter, leave = max(enter, t0), min(leave, t1)
            if enter > leave:
                return np.inf
    return enter


@leaf
def segment_clearance(
    x0: float, y0: float, x1: float, y1: float, a: np.ndarray, na: int, segment: np.ndarray
) -> float:
    """Return the signed distance of a line segment and a convex polygon, negative where it cuts it.

    `segment` is room for (2, 2) numbers.
    """
    segment[0, 0], segment[0, 1], segment[1, 0], segment[1, 1] = x0, y0, x1, y1
    return polygon_distance(a, na, segment, 2)

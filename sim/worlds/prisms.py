"""Footprints of prisms as unions of rectangles, whose contacts an engine finds exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Rectangle", "rectangles_in", "shrunk"]

Rectangle = tuple[float, float, float, float, float]
"""Centre (x, y), heading of its length, length, width."""

_SAME = 1e-9  # rectangles, edges and angles nearer than this are the same [m]
_SHY = 1e-3  # from the end of a cut to its rectangle [m]


def rectangles_in(footprint: Sequence[tuple[float, float]]) -> list[Rectangle] | None:
    """Return rectangles inside a convex counter-clockwise polygon that hold every one of its edges.

    On every edge stands the deepest rectangle that stays inside, so the outline of their union is the
    polygon's. A rectangle has one, a rectangle with cut corners six. Rectangles on edges that cut a corner
    leave its two ends to their neighbours: else two bodies whose corners meet would push each other along the
    normals of the cuts.

    Returns:
        None where a corner is acute, since no rectangle fits on its edges.
    """
    found: list[Rectangle] = []
    n = len(footprint)
    for k in range(n):
        (x0, y0), (x1, y1) = footprint[k], footprint[(k + 1) % n]
        width = math.hypot(x1 - x0, y1 - y0)
        inward = (-(y1 - y0) / width, (x1 - x0) / width)
        depth = min(_reach(footprint, (x0, y0), inward), _reach(footprint, (x1, y1), inward))
        if depth < _SAME:
            return None
        x, y = (x0 + x1 + depth * inward[0]) / 2, (y0 + y1 + depth * inward[1]) / 2
        is_cut = n > 4 and 10 * _SHY < width < min(_length(footprint, k - 1), _length(footprint, k + 1))
        rectangle = (x, y, math.atan2(inward[1], inward[0]), depth, width - 2 * _SHY if is_cut else width)
        if not any(_is_same(rectangle, other) for other in found):
            found.append(rectangle)
    return found


def shrunk(footprint: Sequence[tuple[float, float]], margin: float) -> list[tuple[float, float]]:
    """Return a convex counter-clockwise polygon with every edge moved inwards by a margin [m]."""
    lines = []
    for (x0, y0), (x1, y1) in zip(footprint, [*footprint[1:], footprint[0]], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        lines.append((nx, ny, nx * x0 + ny * y0 - margin))
    out = []
    for k in range(len(footprint)):
        (a, b, c), (d, e, f) = lines[k - 1], lines[k]
        det = a * e - b * d
        out.append(((c * e - b * f) / det, (a * f - c * d) / det))
    return out


def _length(footprint: Sequence[tuple[float, float]], k: int) -> float:
    """Return the length of the edge from corner k to the next, counted around."""
    return math.dist(footprint[k % len(footprint)], footprint[(k + 1) % len(footprint)])


def _reach(
    footprint: Sequence[tuple[float, float]], start: tuple[float, float], direction: tuple[float, float]
) -> float:
    """Return how far a ray from a point of the polygon stays inside."""
    way = math.inf
    for (x0, y0), (x1, y1) in zip(footprint, [*footprint[1:], footprint[0]], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        outward = direction[0] * nx + direction[1] * ny
        if outward > _SAME:
            way = min(way, ((x0 - start[0]) * nx + (y0 - start[1]) * ny) / outward)
    return way


def _is_same(a: Rectangle, b: Rectangle) -> bool:
    """Return whether two rectangles cover the same ground, told from different edges."""
    if math.hypot(a[0] - b[0], a[1] - b[1]) > _SAME:
        return False
    turn = a[2] - b[2]
    is_along = abs(math.sin(turn)) + abs(a[3] - b[3]) + abs(a[4] - b[4]) < _SAME
    is_crossed = abs(math.cos(turn)) + abs(a[3] - b[4]) + abs(a[4] - b[3]) < _SAME
    return is_along or is_crossed

"""Lines that lanes run along: chains of straights, arcs and clothoids, and the turn between two straights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from sim.domains.driving.roads import pose_at
from sim.geometry import Array

__all__ = ["Pose", "Segment", "along", "chained", "line_of", "sampled", "shifted", "turn"]

Segment = tuple[float, float, float, float, float, float]
"""(length, x, y, heading, curvature at its start, at its end)."""
Pose = tuple[float, float, float]
"""x, y and heading in the world."""

_EASING = 20.62 / 90.0
"""Share of a turn's angle in each of its two clothoids: Euro NCAP's path at 10 km/h, 20.62 deg of 90."""


def _row(segment: Segment, s: float = 0.0) -> list[float]:
    length, x, y, heading, k0, k1 = segment
    rate = (k1 - k0) / length if length > 0.0 else 0.0
    return [s, x, y, heading, k0, rate, math.cos(heading), math.sin(heading)]


def line_of(segments: Sequence[Segment]) -> Array:
    """Return (M, 10) rows of a line as kernels take it: see `sim.domains.driving.lines`."""
    rows, s = [], 0.0
    for segment in segments:
        rows.append([*_row(segment, s), *along(segment, segment[0] / 2)[:2]])
        s += segment[0]
    return np.array(rows, np.float64).reshape(-1, 10)


def along(segment: Segment, way: float, aside: float = 0.0) -> Pose:
    """Return the pose a way along a segment and aside to its left."""
    x, y, heading = pose_at(np.array([_row(segment)]), way, aside)
    return float(x), float(y), float(heading)


def chained(start: Pose, elements: Iterable[tuple[float, float, float]]) -> tuple[Segment, ...]:
    """Return the segments of (length, curvature at the start, at the end) one after another from a pose."""
    segments: list[Segment] = []
    for length, k0, k1 in elements:
        if length > 0.0:
            segments.append((length, *start, k0, k1))
            start = along(segments[-1], length)
    return tuple(segments)


def turn(start: Pose, end: Pose) -> tuple[Segment, ...]:
    """Return the way from a pose to another: straight on, or a clothoid, an arc and a clothoid.

    Where one of the two is further from the point in which their lines meet, a straight makes up for it.

    Raises:
        ValueError: the end is not on a line that a single turn reaches.
    """
    angle = math.remainder(end[2] - start[2], 2.0 * math.pi)
    dx, dy = end[0] - start[0], end[1] - start[1]
    forward = dx * math.cos(start[2]) + dy * math.sin(start[2])
    left = dy * math.cos(start[2]) - dx * math.sin(start[2])
    if abs(angle) < 1e-9:
        if abs(left) > 1e-6 or forward <= 0.0:
            raise ValueError(f"no straight way from {start} to {end}")
        return chained(start, [(forward, 0.0, 0.0)])
    after = left / math.sin(angle)
    before = forward - after * math.cos(angle)
    least = min(before, after)
    if least <= 0.0:
        raise ValueError(f"no single turn from {start} to {end}")
    radius = least / _tangent(abs(angle))
    k = math.copysign(1.0 / radius, angle)
    easing = _EASING * abs(angle)
    ramp, arc = 2.0 * easing * radius, (abs(angle) - 2.0 * easing) * radius
    return chained(
        start,
        [(before - least, 0.0, 0.0), (ramp, 0.0, k), (arc, k, k), (ramp, k, 0.0), (after - least, 0.0, 0.0)],
    )


def _tangent(angle: float) -> float:
    """Return how far a turn of unit radius begins before the point in which its tangents meet."""
    easing = _EASING * angle
    ramp = 2.0 * easing
    unit = chained((0.0, 0.0, 0.0), [(ramp, 0.0, 1.0), (angle - 2.0 * easing, 1.0, 1.0), (ramp, 1.0, 0.0)])
    return along(unit[-1], unit[-1][0])[1] / math.sin(angle)


def shifted(segments: Sequence[Segment], d: float) -> tuple[Segment, ...]:
    """Return the line parallel to straights and arcs, d to their left.

    Raises:
        ValueError: a clothoid, whose parallel is none, or an arc about a point nearer than d.
    """
    moved: list[Segment] = []
    for segment in segments:
        length, _, _, _, k0, k1 = segment
        stretch = 1.0 - k0 * d
        if k0 != k1 or stretch <= 0.0:
            raise ValueError(f"no line parallel to {segment} at {d}")
        moved.append((length * stretch, *along(segment, 0.0, d), k0 / stretch, k0 / stretch))
    return tuple(moved)


def sampled(line: Array, first: float, last: float, step: float) -> tuple[Array, Array]:
    """Return (N,) ways and (N, 3) poses along a line, at most `step` apart."""
    ways = np.linspace(first, last, max(2, math.ceil((last - first) / step) + 1))
    return ways, np.array([pose_at(line, float(s), 0.0) for s in ways])

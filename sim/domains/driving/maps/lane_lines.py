"""Where the lanes of a map run: reference lines evaluated, and the middles of lanes as chains of clothoids.

Beside anything but a straight or an arc, and where widths change, the middle of a lane is no clothoid. It is
then followed in pieces that begin on it exactly and leave it by less than `TOLERANCE`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sim.domains.driving.maps.curves import Segment, along
from sim.domains.driving.maps.opendrive import Geometry, LaneData, MapRoad, Poly, Section

__all__ = ["TOLERANCE", "at_poly", "edge_at", "lane_segments", "point_beside", "reference_at"]

TOLERANCE = 1e-3
"""How far a line may run beside the middle of its lane [m]."""
_END = TOLERANCE / 8  # how far a piece may end from the next one; in between it strays further
_SHORTEST = 0.05  # piece that is not cut further [m]
_LONGEST = 10.0  # piece that is tried first [m]
_NUDGE = 1e-4  # for derivatives that have no closed form [m]

State = tuple[float, float, float, float]
"""x, y, heading and curvature of a line at a place."""
Paced = tuple[float, float, float, float, float]
"""The same, and how fast the line goes there: way per s, which is not 1 on every paramPoly3."""


def _poly(poly: Sequence[float], ds: float) -> tuple[float, float, float]:
    """Return value, slope and second derivative of a + b ds + c ds² + d ds³."""
    a, b, c, d = poly
    return a + ds * (b + ds * (c + ds * d)), b + ds * (2.0 * c + 3.0 * d * ds), 2.0 * c + 6.0 * d * ds


def at_poly(polys: Sequence[Poly], s: float) -> tuple[float, float, float]:
    """Return value and derivatives of piecewise polynomials at s; 0 before the first."""
    k = bisect_right(polys, s, key=lambda poly: poly[0]) - 1
    return (0.0, 0.0, 0.0) if k < 0 else _poly(polys[k][1:], s - polys[k][0])


def reference_at(road: MapRoad, s: float) -> Paced:
    """Return where the reference line of a road is at s, which way it goes, how it bends, how fast."""
    k = max(bisect_right(road.geometry, s, key=lambda one: one.s) - 1, 0)
    return _on_geometry(road.geometry[k], s - road.geometry[k].s)


def _on_geometry(one: Geometry, way: float) -> Paced:
    if one.shape in ("paramPoly3", "poly3"):
        return _on_poly(one, way)
    k0, k1 = {"line": (0.0, 0.0), "arc": one.numbers * 2, "spiral": one.numbers}[one.shape]
    segment: Segment = (one.length, one.x, one.y, one.heading, k0, k1)
    return (*along(segment, way), k0 + (k1 - k0) * way / one.length, 1.0)


def _on_poly(one: Geometry, way: float) -> Paced:
    """Return a place on a curve given by polynomials in the frame of its start."""
    if one.shape == "poly3":
        p, pace = _poly3_parameter(one, way), 0.0
        u, (v, dv, ddv) = (p, 1.0, 0.0), _poly(one.numbers, p)
    else:
        p, pace = way / one.length * one.numbers[8], one.numbers[8] / one.length
        u, (v, dv, ddv) = _poly(one.numbers[:4], p), _poly(one.numbers[4:8], p)
    co, si = math.cos(one.heading), math.sin(one.heading)
    speed = math.hypot(u[1], dv)
    bend = (u[1] * ddv - dv * u[2]) / speed**3
    return (
        one.x + u[0] * co - v * si,
        one.y + u[0] * si + v * co,
        one.heading + math.atan2(dv, u[1]),
        bend,
        speed * pace if pace else 1.0,
    )


def _poly3_parameter(one: Geometry, way: float) -> float:
    """Return the u at which a cubic v(u) is `way` long, by Newton steps."""
    u = way
    for _ in range(8):
        u -= (_poly3_length(one, u) - way) / math.hypot(1.0, _poly(one.numbers, u)[1])
    return u


def _poly3_length(one: Geometry, u: float) -> float:
    """Return the length of a cubic from 0 to u, by Simpson's rule."""
    n = 32
    slopes = [math.hypot(1.0, _poly(one.numbers, u * k / n)[1]) for k in range(n + 1)]
    return u / n / 3.0 * (slopes[0] + slopes[-1] + 4.0 * sum(slopes[1:-1:2]) + 2.0 * sum(slopes[2:-1:2]))


def edge_at(section: Section, lane: int, ds: float, *, share: float) -> tuple[float, float, float]:
    """Return (t, slope, second derivative) of a line within a lane, before the lane offset.

    Args:
        section: of the lane.
        lane: its id.
        ds: way from the section's start [m].
        share: of the lane's width, from its inner edge: 0.5 is its middle.
    """
    sign = 1 if lane > 0 else -1
    total = [0.0, 0.0, 0.0]
    for number in range(sign, lane + sign, sign):
        part = section.lanes.get(number)
        width = (0.0, 0.0, 0.0) if part is None else at_poly(part.widths, ds)
        for k in range(3):
            total[k] += sign * width[k] * (share if number == lane else 1.0)
    return total[0], total[1], total[2]


def _lateral(road: MapRoad, section: Section, lane: int, s: float, share: float) -> tuple[float, float, float]:
    inside, offset = edge_at(section, lane, s - section.s, share=share), at_poly(road.offsets, s)
    return inside[0] + offset[0], inside[1] + offset[1], inside[2] + offset[2]


def point_beside(road: MapRoad, section: Section, lane: int, s: float, share: float) -> tuple[float, float]:
    """Return the world point of a place within a lane; lane 0 is the line between the directions."""
    x, y, heading, _, _ = reference_at(road, s)
    t = at_poly(road.offsets, s)[0] if lane == 0 else _lateral(road, section, lane, s, share)[0]
    return x - t * math.sin(heading), y + t * math.cos(heading)


def _middle(road: MapRoad, section: Section, lane: int, s: float) -> tuple[State, float]:
    """Return the middle of a lane at s along the reference line's direction, and its length per s."""
    x, y, heading, k, pace = reference_at(road, s)
    low, high = max(s - _NUDGE, section.s), s + _NUDGE
    before, after = reference_at(road, low), reference_at(road, high)
    dk, surge = ((after[n] - before[n]) / (high - low) for n in (3, 4))
    if abs(dk) > 1.0 or abs(surge) > 1.0:  # a jump from one geometry to the next
        dk = surge = 0.0
    t, dt, ddt = _lateral(road, section, lane, s, 0.5)
    q = pace * (1.0 - k * t)
    dq = surge * (1.0 - k * t) - pace * (dk * t + k * dt)
    speed = math.hypot(q, dt)
    bend = k * pace + (ddt * q - dt * dq) / (speed * speed)
    at = (x - t * math.sin(heading), y + t * math.cos(heading), heading + math.atan2(dt, q), bend / speed)
    return at, speed


def lane_segments(road: MapRoad, number: int, lane: int) -> tuple[Segment, ...]:
    """Return the middle of a lane of a section as segments in the direction of its traffic."""
    section = road.sections[number]
    end = road.sections[number + 1].s if number + 1 < len(road.sections) else road.length
    cuts = sorted({section.s, end, *_breaks(road, section, lane, section.s, end)})
    pieces: list[Segment] = []
    for first, last in pairwise(cuts):
        n = max(1, math.ceil((last - first) / _LONGEST))
        if last - first > 1e-6:
            for k in range(n):
                low, high = first + (last - first) * k / n, first + (last - first) * (k + 1) / n
                pieces += _pieces(road, section, lane, low, high)
    return _joined(pieces if lane < 0 else [_reversed(piece) for piece in reversed(pieces)])


def _breaks(road: MapRoad, section: Section, lane: int, first: float, last: float) -> Iterator[float]:
    """Yield the s at which a formula changes."""
    sign = 1 if lane > 0 else -1
    parts: list[LaneData] = [section.lanes[k] for k in range(sign, lane + sign, sign) if k in section.lanes]
    places = [one.s for one in road.geometry] + [poly[0] for poly in road.offsets]
    places += [section.s + poly[0] for part in parts for poly in part.widths]
    yield from (s for s in places if first < s < last)


def _pieces(road: MapRoad, section: Section, lane: int, first: float, last: float) -> list[Segment]:
    """Return segments from one s to another, cut until each ends where the line is."""
    inside = min(1e-7, (last - first) * 1e-3)  # so that both ends belong to the same formula
    (x, y, heading, k0), _ = _middle(road, section, lane, first + inside)
    (x1, y1, heading1, k1), _ = _middle(road, section, lane, last - inside)
    length = _length(road, section, lane, first, last)
    turned = math.remainder(heading1 - heading, 2.0 * math.pi)
    even = turned / length if length > 0.0 else 0.0
    piece: Segment = (length, x, y, heading, even - (k1 - k0) / 2, even + (k1 - k0) / 2)
    ex, ey, _ = along(piece, length)
    if math.hypot(ex - x1, ey - y1) <= _END or last - first <= _SHORTEST:
        return [piece]
    middle = (first + last) / 2
    return [*_pieces(road, section, lane, first, middle), *_pieces(road, section, lane, middle, last)]


_NODES = ((-0.7745966692414834, 5.0 / 9.0), (0.0, 8.0 / 9.0), (0.7745966692414834, 5.0 / 9.0))


def _length(road: MapRoad, section: Section, lane: int, first: float, last: float) -> float:
    """Return the length of the middle of a lane, by three-point Gauss-Legendre in two halves."""
    total, half = 0.0, (last - first) / 4
    for centre in (first + half, last - half):
        for node, weight in _NODES:
            total += weight * half * _middle(road, section, lane, centre + node * half)[1]
    return total


def _reversed(segment: Segment) -> Segment:
    length, _, _, _, k0, k1 = segment
    x, y, heading = along(segment, length)
    return length, x, y, heading + math.pi, -k1, -k0


def _joined(pieces: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the pieces with straights and arcs that go on as they were made one."""
    kept: list[Segment] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        bends = {round(k, 9) for k in (*(last[4:] if last else ()), *piece[4:])}
        if last is not None and len(bends) == 1:
            total = last[0] + piece[0]
            x, y, _ = along((total, *last[1:]), total)
            ex, ey, _ = along(piece, piece[0])
            if math.hypot(x - ex, y - ey) <= TOLERANCE / 10:
                kept[-1] = (total, *last[1:])
                continue
        kept.append(piece)
    return tuple(kept)

"""The road: a reference line of straights, arcs and clothoids, and what lies beside it at fixed ways across.

A place on the road is (s, d): s along the reference line, d to its left. Lanes lie parallel to the line, which
is the left edge of the leftmost forward lane; lane 1 is the rightmost, oncoming lanes are numbered on after the
forward ones. Forward lanes therefore have d < 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.ramps import Ramp, Stretch
from sim.domains.driving.work_zones import RoadSign
from sim.errors import RunError
from sim.geometry import Array

__all__ = ["FRICTION", "Road", "along", "curvature_at", "pose_at", "project", "segment_at"]

FRICTION = {"dry": 0.9, "wet": 0.6, "snow": 0.3, "ice": 0.12}
"""Peak friction coefficients of tyre and road; Wong (2008), Theory of Ground Vehicles, table 1.4, rounded."""

_NODES, _WEIGHTS = (tuple(float(v) for v in column) for column in np.polynomial.legendre.leggauss(8))


@leaf
def segment_at(segments: np.ndarray, s: float) -> int:
    """Return the row of the segment that holds s; the first and last reach on."""
    row, beyond = 0, segments.shape[0]
    while beyond - row > 1:
        middle = (row + beyond) // 2
        if s < segments[middle, 0]:
            beyond = middle
        else:
            row = middle
    return row


@leaf
def curvature_at(segments: np.ndarray, s: float) -> float:
    """Return the curvature of the reference line at s [1/m], left positive."""
    if segments.shape[0] == 1:
        return segments[0, 4] + segments[0, 5] * (s - segments[0, 0])
    row = segment_at(segments, s)
    return segments[row, 4] + segments[row, 5] * (s - segments[row, 0])


@leaf
def along(heading: float, k: float, rate: float, way: float) -> tuple[float, float]:
    """Return the displacement over `way` from a heading, with curvature k + rate * way.

    Straights and arcs in closed form, clothoids by Gauss-Legendre in pieces that turn little.
    """
    if rate == 0.0:
        half = 0.5 * k * way
        chord = way if abs(half) < 1e-9 else way * math.sin(half) / half
        return chord * math.cos(heading + half), chord * math.sin(heading + half)
    turn = abs(k * way) + abs(0.5 * rate * way * way)
    pieces = 1 + int(turn / 0.5)
    step = way / pieces
    x, y = 0.0, 0.0
    for piece in range(pieces):
        for node in range(8):
            at = (piece + 0.5 + 0.5 * _NODES[node]) * step
            angle = heading + (k + 0.5 * rate * at) * at
            x += _WEIGHTS[node] * math.cos(angle)
            y += _WEIGHTS[node] * math.sin(angle)
    return 0.5 * step * x, 0.5 * step * y


@leaf
def pose_at(segments: np.ndarray, s: float, d: float) -> tuple[float, float, float]:
    """Return (x, y, heading) in the world of the place (s, d); heading is that of the line there."""
    if segments.shape[0] == 1 and segments[0, 3] == 0.0 and segments[0, 4] == 0.0 and segments[0, 5] == 0.0:
        return segments[0, 1] + s - segments[0, 0], segments[0, 2] + d, 0.0
    row = segment_at(segments, s)
    way = s - segments[row, 0]
    k, rate = segments[row, 4], segments[row, 5]
    dx, dy = along(segments[row, 3], k, rate, way)
    heading = segments[row, 3] + (k + 0.5 * rate * way) * way
    x = segments[row, 1] + dx - d * math.sin(heading)
    y = segments[row, 2] + dy + d * math.cos(heading)
    return x, y, heading


@leaf
def project(segments: np.ndarray, x: float, y: float, guess: float) -> tuple[float, float]:
    """Return the place (s, d) of a world point, by Newton steps from a guess of s."""
    s = guess
    for _ in range(50):
        px, py, heading = pose_at(segments, s, 0.0)
        c, n = math.cos(heading), math.sin(heading)
        along = (x - px) * c + (y - py) * n
        across = (y - py) * c - (x - px) * n
        bend = 1.0 - curvature_at(segments, s) * across
        s += along / max(bend, 0.2)
        if abs(along) < 1e-12:
            break
    px, py, heading = pose_at(segments, s, 0.0)
    return s, (y - py) * math.cos(heading) - (x - px) * math.sin(heading)


@dataclass(frozen=True)
class Road:
    """A road and what lies on and beside it.

    Args:
        segments: (length, x, y, heading, k0, k1) per element of the reference line, curvature linear.
        lane_centres: way across of every lane's middle, lane 1 first [m].
        directions: +1 or -1 per lane.
        lane_width: width of a lane [m].
        strips: (d_right, d_left, kind, height).
        markings: (d, width, style, colour).
        crosswalks: (s, length, d_right, d_left).
        kerbs: (d, height, side).
        places: way across of the middle of each strip beside the lanes, by its name in scenarios.
        friction: coefficient of tyre and road.
        closed: (row of a lane, from s, to s) where nobody can drive on it.
        limits: (from s, to s, speed) of posted limits [m, m, m/s].
        signs: (s, right or left, text) of signs that belong to the road.
        stretches: cross-sections from the beginning to the end of the road; () where it is that of `strips` and
            `markings` throughout. Those then have all that is there anywhere.
        ramps: "entry" and "exit", where there are.
        hidden: rows of lanes that are not there.
        ramp_speed: at which drivers take the exit [m/s].
    """

    segments: tuple[tuple[float, float, float, float, float, float], ...]
    lane_centres: tuple[float, ...]
    directions: tuple[int, ...]
    lane_width: float
    strips: tuple[tuple[float, float, str, float], ...]
    markings: tuple[tuple[float, float, str, str], ...]
    crosswalks: tuple[tuple[float, float, float, float], ...]
    kerbs: tuple[tuple[float, float, str], ...]
    places: Mapping[str, float]
    friction: float
    kind: str
    edges: tuple[float, float] = field(default=(0.0, 0.0))
    closed: tuple[tuple[int, float, float], ...] = ()
    limits: tuple[tuple[float, float, float], ...] = ()
    signs: tuple[RoadSign, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    ramps: Mapping[str, Ramp] = field(default_factory=dict)
    ramp_speed: float = 0.0
    hidden: frozenset[int] = frozenset()

    @cached_property
    def line(self) -> Array:
        """(M, 6) rows of s, x, y, heading, curvature and its rate, as kernels take the reference line."""
        rows, s = [], 0.0
        for length, x, y, heading, k0, k1 in self.segments:
            rows.append((s, x, y, heading, k0, (k1 - k0) / length))
            s += length
        return np.array(rows, np.float64)

    @property
    def lanes(self) -> tuple[tuple[float, float], ...]:
        """(d_right, d_left) of every lane, lane 1 first [m]; of no width where it is not there."""
        half = 0.5 * self.lane_width
        return tuple(
            (middle, middle) if row in self.hidden else (middle - half, middle + half)
            for row, middle in enumerate(self.lane_centres)
        )

    @property
    def length(self) -> float:
        """Length of the reference line [m]."""
        return sum(segment[0] for segment in self.segments)

    @property
    def largest_curvature(self) -> float:
        """Largest curvature anywhere [1/m], unsigned."""
        return max(max(abs(k0), abs(k1)) for *_, k0, k1 in self.segments)

    def pose(self, s: float, d: float) -> tuple[float, float, float]:
        """Return (x, y, heading) in the world of a place on the road."""
        x, y, heading = pose_at(self.line, s, d)
        return float(x), float(y), float(heading)

    def place(self, x: float, y: float, guess: float) -> tuple[float, float]:
        """Return the place (s, d) of a world point near s = `guess`."""
        s, d = project(self.line, x, y, guess)
        return float(s), float(d)

    @property
    def has_solid_centre(self) -> bool:
        """Whether a solid line lies between the two directions."""
        return any(d == 0.0 and style == "solid" for d, _, style, _ in self.markings)

    def room_ahead(self, lane: int, s: float) -> float:
        """Return how far the lane in a row is open ahead of s [m]; 0 where it is closed, inf without end."""
        room = np.inf
        for row, begins, ends in self.closed:
            if row == lane and s < ends:
                room = min(room, max(begins - s, 0.0))
        return float(room)

    def end_ahead(self, lane: int, s: float) -> float:
        """Return the s at which the lane in a row ends next, for who is on the ramp to it too; inf if never."""
        ends = [begins for row, begins, _ in self.closed if row == lane and begins > s]
        return min(ends, default=np.inf)

    def limit_at(self, s: float) -> float:
        """Return the posted speed limit at s [m/s]; inf where there is none."""
        return min((limit for begins, ends, limit in self.limits if begins <= s < ends), default=np.inf)

    def lane_centre(self, lane: float) -> float:
        """Return the way across of a lane's middle.

        Raises:
            RunError: a law gave a lane that is not there.
        """
        if not 1 <= round(lane) <= len(self.lane_centres):
            raise RunError(f"lane {round(lane)} is not there: the road has {len(self.lane_centres)}")
        return self.lane_centres[round(lane) - 1]

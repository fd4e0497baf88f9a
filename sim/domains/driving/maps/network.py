"""Roads that meet: routes along lanes, where they conflict, who yields, and which signal is for whom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from sim.domains.driving.maps.curves import Segment, line_of, sampled
from sim.domains.driving.roads import Road
from sim.geometry import Array

__all__ = ["Crossing", "Network", "Post", "Ribbon", "Route", "conflict"]

_STEP = 0.25  # between the points at which two routes are compared [m]
_APART = 2.9
"""Middles of lanes this far apart leave room for two vehicles of up to 2.55 m beside each other [m]."""


@dataclass(frozen=True, eq=False)
class Route:
    """A chain of lanes as one line from its beginning on, which a vehicle follows in (s, d).

    Args:
        name: of the route, the same for the same chain of lanes.
        origin: the lane it begins in: routes of equal origin share their way up to the junction.
        goal: the lane it ends in.
        segments: of the line along the middle of its lanes.
        stop: way to its stop line, inf where it has none [m].
        span: ways at which it enters and leaves the junction; equal where it passes none [m].
        half_lane: half the width of its narrowest lane [m].
        rank: who goes first: lower before higher.
        order: decides among equals that turn across each other.
        signal: row of the timetable; -1 where no signal is for it.
    """

    name: str
    origin: str
    goal: str
    segments: tuple[Segment, ...]
    stop: float = math.inf
    span: tuple[float, float] = (0.0, 0.0)
    half_lane: float = 1.75
    rank: int = 0
    order: int = 0
    signal: int = -1

    @cached_property
    def line(self) -> Array:
        """(M, 10) rows of the line, as kernels take it."""
        return line_of(self.segments)

    @property
    def length(self) -> float:
        """Of its lanes [m]."""
        return sum(segment[0] for segment in self.segments)

    @property
    def sharpest(self) -> float:
        """Largest curvature anywhere [1/m], unsigned."""
        return max(max(abs(k0), abs(k1)) for *_, k0, k1 in self.segments)

    def goes_before(self, other: Route) -> bool:
        """Return whether this route has priority over one it conflicts with."""
        return (self.rank, self.order) < (other.rank, other.order)


@dataclass(frozen=True)
class Crossing:
    """A way through a junction, from the mouth of one arm to that of another.

    Args:
        origin: the arm it comes from.
        enter: way across of the lane it comes from, in the frame of that arm [m].
        goal: the arm it goes to.
        leave: way across of the lane it goes to, in the frame of that arm [m].
        segments: of the line along its middle.
    """

    origin: str
    enter: float
    goal: str
    leave: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Post:
    """A signal as it stands beside a road.

    Args:
        name: of its body.
        x, y, yaw: where, and whither it faces [m, rad].
        signal: row of the timetable it shows.
        arrow: "left" or "" for a round light.
        arm: the road it stands at.
    """

    name: str
    x: float
    y: float
    yaw: float
    signal: int
    arrow: str = ""
    arm: str = ""


@dataclass(frozen=True)
class Ribbon:
    """A band between two lines of equally many points: a lane, or a line of paint.

    Args:
        kind: asphalt, sidewalk or paint.
        height: of its surface [m].
        right: points of its right edge.
        left: points of its left edge.
    """

    kind: str
    height: float
    right: tuple[tuple[float, float], ...]
    left: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Network:
    """A set of roads that meet.

    Args:
        kind: of map it is.
        names: of its roads.
        arms: the roads, for what lies on and beside them.
        surfaces: the junction's surfaces as (kind, height, outline).
        paint: bars of white paint as outlines.
        timetable: (G, 5) rows of cycle, shift and the moments of green, amber and red [s].
        ribbons: lanes and lines of roads that are not drawn as arms.
        posts: the signals.
        signs: (name, text, x, y, yaw) of the signs.
        lane_width: of its lanes [m].
        core: half the side of the square around the origin in which nothing stands [m].
        sidewalk: width of the sidewalks [m].
        walk: their height [m].
        crossings: all ways through the junction.
        source: the file the roads were read from, if there is one.
        friction: coefficient of tyre and road.
        edges: how far a pedestrian walks who crosses: right and left of a lane's middle [m].
    """

    kind: str
    names: tuple[str, ...]
    arms: tuple[Road, ...]
    friction: float
    edges: tuple[float, float]
    surfaces: tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...] = ()
    paint: tuple[tuple[tuple[float, float], ...], ...] = ()
    timetable: tuple[tuple[float, float, float, float, float], ...] = ()
    posts: tuple[Post, ...] = ()
    ribbons: tuple[Ribbon, ...] = ()
    signs: tuple[tuple[str, str, float, float, float], ...] = ()
    lane_width: float = 3.5
    core: float = 0.0
    sidewalk: float = 0.0
    walk: float = 0.0
    crossings: tuple[Crossing, ...] = ()
    source: Path | None = None


def _near(a: tuple[Segment, ...], b: tuple[Segment, ...]) -> tuple[float, float, float, float] | None:
    """Return the first and last way on either line within a vehicle's width of the other."""
    ways_a, at_a = sampled(line_of(a), 0.0, sum(s[0] for s in a), _STEP)
    ways_b, at_b = sampled(line_of(b), 0.0, sum(s[0] for s in b), _STEP)
    apart = np.hypot(at_a[:, None, 0] - at_b[None, :, 0], at_a[:, None, 1] - at_b[None, :, 1])
    near = apart < _APART
    if not near.any():
        return None
    on_a, on_b = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    return (float(ways_a[on_a[0]]), float(ways_a[on_a[-1]]), float(ways_b[on_b[0]]), float(ways_b[on_b[-1]]))


@lru_cache(maxsize=4096)
def conflict(a: Route, b: Route) -> tuple[float, float, float, float] | None:
    """Return (first, last way of a, first, last way of b) in the junction within a width of the other.

    None where they keep apart there, or begin in the same lane, so that one follows the other.
    """
    if a.origin == b.origin or a.span[0] == a.span[1] or b.span[0] == b.span[1]:
        return None
    found = _near(_within(a), _within(b))
    if found is None:
        return None
    return found[0] + a.span[0], found[1] + a.span[0], found[2] + b.span[0], found[3] + b.span[0]


def _within(route: Route) -> tuple[Segment, ...]:
    """Return the segments of a route between where it enters the junction and where it leaves."""
    inside, s = [], 0.0
    for segment in route.segments:
        if s >= route.span[0] - 1e-9 and s + segment[0] <= route.span[1] + 1e-9:
            inside.append(segment)
        s += segment[0]
    return tuple(inside)

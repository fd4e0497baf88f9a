"""Roads that meet: routes along lanes, where they conflict, who yields, and which signal is for whom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.domains.driving.maps.curves import Segment, line_of
from sim.domains.driving.roads import Road
from sim.geometry import Array

__all__ = ["Crossing", "Network", "Post", "Ribbon", "Route"]


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

    @property
    def quickest(self) -> float:
        """Largest rate of the curvature anywhere [1/m2], unsigned."""
        return max(abs(k1 - k0) / length for length, *_, k0, k1 in self.segments)

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
        limit: posted speed limit [m/s]; None where there is none.
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
    limit: float | None = None

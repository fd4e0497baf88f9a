"""Where things may stand beside a road, and how one is put there by addressed noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.ramps import Ramp
from sim.geometry import Array
from sim.noise import Noise
from sim.scene import Shape

__all__ = ["CARRIAGEWAY", "Dice", "Placed", "Planter", "RoadView", "Side", "corners_of", "solid_parts"]

CARRIAGEWAY = ("asphalt", "shoulder", "parking")
"""Kinds of strips on which vehicles drive or stand: scenery keeps off them."""

_SAMPLE = 2.0  # way between the points at which the reference line is known [m]
_VERGE = 1.5  # clear ground beside ramps [m]
_BEYOND = 160.0  # so far the line is known past its end and before its start [m]


@leaf
def _nearest(line: np.ndarray, points: np.ndarray, out: np.ndarray) -> None:
    """Write (N,) rows of the (K, 2) points of a line that (N, 2) points are nearest to."""
    for n in range(points.shape[0]):
        best, row = np.inf, 0
        for k in range(line.shape[0]):
            dx, dy = points[n, 0] - line[k, 0], points[n, 1] - line[k, 1]
            square = dx * dx + dy * dy
            if square < best:
                best, row = square, k
        out[n] = row


class RoadView(Protocol):
    """What scenery needs of a road; `sim.domains.driving.roads.Road` is one."""

    @property
    def segments(self) -> tuple[tuple[float, float, float, float, float, float], ...]:
        """(length, x, y, heading, k0, k1) of the reference line."""

    @property
    def strips(self) -> tuple[tuple[float, float, str, float], ...]:
        """(d_right, d_left, kind, height)."""

    @property
    def markings(self) -> tuple[tuple[float, float, str, str], ...]:
        """(d, width, style, colour)."""

    @property
    def crosswalks(self) -> tuple[tuple[float, float, float, float], ...]:
        """(s, length, d_right, d_left)."""

    @property
    def kerbs(self) -> tuple[tuple[float, float, str], ...]:
        """(d, height, side)."""

    @property
    def signs(self) -> tuple[tuple[float, str, str], ...]:
        """(s, right or left, text) of signs that belong to the road."""

    @property
    def ramps(self) -> Mapping[str, Ramp]:
        """Ramps beside it, by their names."""

    @property
    def lanes(self) -> tuple[tuple[float, float], ...]:
        """(d_right, d_left) of every lane, lane 1 first."""

    @property
    def length(self) -> float:
        """Of the reference line [m]."""

    def pose(self, s: float, d: float) -> tuple[float, float, float]:
        """Return (x, y, heading) in the world."""


@dataclass(frozen=True)
class Placed:
    """A thing that stands in the scenery.

    Args:
        x, y, z, yaw: where [m, rad].
        solid: (offset, length, width) in its frame of what would stop a car, along x from the origin [m]; None
            for what gives way.
    """

    name: str
    category: str
    shape: Shape
    x: float
    y: float
    yaw: float
    z: float = 0.0
    labelled: bool = False
    solid: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Dice:
    """Draws by name: what stands here does not depend on what stands elsewhere."""

    noise: Noise
    prefix: str = ""

    def u(self, name: str, stream: str) -> float:
        """Return a uniform number; `prefix` tells the things of one road from those of another."""
        return self.noise.uniform(self.prefix + name, stream)

    def between(self, name: str, stream: str, low: float, high: float) -> float:
        """Return a number between two."""
        return low + (high - low) * self.u(name, stream)

    def chance(self, name: str, stream: str, p: float) -> bool:
        """Return whether something of probability p holds."""
        return self.u(name, stream) < p

    def pick(self, name: str, stream: str, choices: Sequence[float]) -> float:
        """Return one of some numbers, each as likely."""
        return choices[int(self.u(name, stream) * len(choices))]

    def seed(self, name: str, variants: int = 4) -> int:
        """Return the whole number from which a renderer draws the details of a thing.

        Few are enough for the eye, and what repeats is built once: sizes are drawn from short lists as well.
        """
        return int(self.u(name, "look") * variants)


@dataclass(frozen=True)
class Side:
    """One side of a road.

    Args:
        name: "right" or "left".
        sign: of d on this side.
        edge: d of the edge of the carriageway [m].
        lane: d of the edge of the lanes [m].
        far: d of the outermost strip's edge [m].
        walk: height of the sidewalk; None where there is none [m].
    """

    name: str
    sign: float
    edge: float
    lane: float
    far: float
    walk: float | None

    def out(self, way: float) -> float:
        """Return the d that lies `way` beyond the outermost strip [m]."""
        return self.far + self.sign * way


class Planter:
    """Puts things beside a road, never on its carriageway."""

    def __init__(
        self,
        road: RoadView,
        noise: Noise,
        density: float,
        *,
        more_strips: tuple[tuple[float, float, str, float], ...] = (),
        arm: str = "",
    ) -> None:
        """Begin with nothing placed.

        Args:
            road: the road.
            noise: of the episode.
            density: 0 is bare, 1 is crowded.
            more_strips: those of another carriageway along the same line.
            arm: name of the road where it begins at a junction with others; "" for a road alone.
        """
        self.road, self.dice, self.density = road, Dice(noise, f"{arm}/" if arm else ""), density
        self.arm = arm
        self.strips = (*road.strips, *more_strips)
        self.placed: list[Placed] = []

    @property
    def length(self) -> float:
        """Of the road [m]."""
        return self.road.length

    @cached_property
    def _line(self) -> tuple[Array, Array, Array]:
        """Points (N, 2), directions (N, 2) and curvatures (N,) of the reference line."""
        ways = np.arange(-_BEYOND, self.length + _BEYOND, _SAMPLE)
        poses = np.array([self.road.pose(float(s), 0.0) for s in ways])
        bends = np.gradient(np.unwrap(poses[:, 2]), ways)
        return poses[:, :2], np.stack([np.cos(poses[:, 2]), np.sin(poses[:, 2])], axis=1), bends

    def place(self, points: Array) -> tuple[Array, Array]:
        """Return (N,) s and (N,) d of (N, 2) world points, about the nearest point of the line."""
        line, direction, bends = self._line
        nearest = np.empty(len(points), np.int64)
        _nearest(line, points, nearest)
        offset = points - line[nearest]
        c, s = direction[nearest].T
        along = offset[:, 0] * c + offset[:, 1] * s
        d = offset[:, 1] * c - offset[:, 0] * s - bends[nearest] * along * along / 2
        return nearest * _SAMPLE - _BEYOND + along, d

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """The right and the left side."""
        paved = [strip for strip in self.strips if strip[2] in CARRIAGEWAY]
        lanes = [strip for strip in self.strips if strip[2] == "asphalt"]
        walks = [strip for strip in self.strips if strip[2] == "sidewalk"]
        right = Side(
            name="right",
            sign=-1.0,
            edge=min(strip[0] for strip in paved),
            lane=min(strip[0] for strip in lanes),
            far=min(strip[0] for strip in self.strips),
            walk=min(walks)[3] if walks and min(walks)[0] < min(paved)[0] else None,
        )
        left = Side(
            name="left",
            sign=1.0,
            edge=max(strip[1] for strip in paved),
            lane=max(strip[1] for strip in lanes),
            far=max(strip[1] for strip in self.strips),
            walk=max(walks)[3] if walks and max(walks)[1] > max(s[1] for s in paved) else None,
        )
        return right, left

    def is_clear(self, points: Array, margin: float = 0.1) -> bool:
        """Return whether world points keep off the carriageway."""
        right, left = self.sides
        s, d = self.place(points)
        is_beside = (d < right.edge - margin) | (d > left.edge + margin)
        places = list(zip(s.tolist(), d.tolist(), strict=True))
        if any(ramp.covers(*place, _VERGE) for ramp in self.road.ramps.values() for place in places):
            return False
        return bool(np.all(is_beside | (s < -margin) | (s > self.length + margin)))

    def stand(
        self,
        name: str,
        category: str,
        shape: Shape,
        s: float,
        d: float,
        *,
        turn: float = 0.0,
        z: float = 0.0,
        solid: tuple[float, float, float] | None = None,
    ) -> bool:
        """Put a thing at (s, d), turned against the road; it is left out if it would reach the carriageway.

        Args:
            name: of the thing; its body is called "scenery/<name>".
            category: semantic class.
            shape: what it looks like.
            s: way of its origin along the line [m].
            d: way across [m].
            turn: heading relative to that of the line [rad].
            z: height of the ground there [m].
            solid: see `Placed`.

        Returns:
            Whether it stands.
        """
        x, y, heading = self.road.pose(s, d)
        thing = Placed(self._named(name), category, shape, x, y, heading + turn, z, solid=solid)
        if not self.is_clear(corners_of(thing, solid or (0.0, *shape.size[:2]))):
            return False
        self.placed.append(thing)
        return True

    def put(self, name: str, category: str, shape: Shape, s: float, d: float) -> None:
        """Put a thing that faces the traffic at (s, d), wherever that is."""
        x, y, heading = self.road.pose(s, d)
        self.placed.append(Placed(self._named(name), category, shape, x, y, heading + math.pi))

    def stand_clear(
        self, name: str, category: str, shape: Shape, s: float, d: float, *, turn: float, push: float
    ) -> bool:
        """Put a solid thing at (s, d), or outwards from there by at most `push` if it stands in the way."""
        solid = (0.0, *shape.size[:2])
        for step in range(6):
            way = d + math.copysign(push * step / 5, d)
            if self.stand(name, category, shape, s, way, turn=turn, z=0.0, solid=solid):
                return True
        return False

    def park(self, name: str, shape: Shape, s: float, d: float, *, turn: float) -> None:
        """Put a labelled car on the road."""
        x, y, heading = self.road.pose(s, d)
        solid = (0.0, *shape.size[:2])
        self.placed.append(
            Placed(self._named(name), "car", shape, x, y, heading + turn, labelled=True, solid=solid)
        )

    def _named(self, name: str) -> str:
        """Return the name of a thing's body."""
        return f"scenery/{self.dice.prefix}{name}"

    def add_path(self, name: str, category: str, shape: Shape) -> None:
        """Add a thing that is told in world coordinates."""
        self.placed.append(Placed(self._named(name), category, shape, 0.0, 0.0, 0.0))

    def row(
        self, name: str, *, spacing: float, presence: float, start: float = 0.0, jitter: float = 0.3
    ) -> Iterator[tuple[str, float]]:
        """Yield (name, s) of the things in a row along the whole road.

        Args:
            name: of the row; its things are numbered by their places, present or not.
            spacing: between places [m].
            presence: probability that a place is taken.
            start: of the first place [m].
            jitter: how far a thing may stray from its place, as a share of the spacing.
        """
        for k in range(int((self.length - start) / spacing) + 1):
            thing = f"{name}_{k}"
            if self.dice.chance(thing, "there", presence):
                stray = self.dice.between(thing, "along", -0.5, 0.5) * jitter * spacing
                yield thing, min(max(start + k * spacing + stray, 0.0), self.length)

    def rail(self, name: str, d: float, *, piece: float = 60.0, pitch: float = 4.0) -> None:
        """Put a guard rail along the whole road, in pieces."""
        for k in range(math.ceil(self.length / piece)):
            low, high = k * piece, min((k + 1) * piece, self.length)
            ways = np.linspace(low, high, max(2, math.ceil((high - low) / pitch) + 1))
            if any(ramp.covers(float(s), d, _VERGE) for ramp in self.road.ramps.values() for s in ways):
                continue
            path = tuple(self.road.pose(float(s), d)[:2] for s in ways)
            shape = Shape("guard_rail", (high - low, 0.3, 0.75), {"path": path})
            self.add_path(f"{name}_{k}", "guard rail", shape)


def solid_parts(thing: Placed, pitch: float = 8.0) -> Iterator[tuple[float, float, float, float, float]]:
    """Yield (x, y, yaw, length, width) of the rectangles that would stop a car."""
    if thing.shape.kind == "guard_rail":
        path = np.asarray(thing.shape.details["path"], np.float64)
        stride = max(1, round(pitch / float(np.linalg.norm(path[1] - path[0]))))
        ends = [*path[:-1:stride], path[-1]]
        for (x0, y0), (x1, y1) in pairwise(ends):
            way = math.hypot(x1 - x0, y1 - y0)
            yield (x0 + x1) / 2, (y0 + y1) / 2, math.atan2(y1 - y0, x1 - x0), way, thing.shape.size[1]
    elif thing.solid:
        offset, length, width = thing.solid
        c, s = math.cos(thing.yaw), math.sin(thing.yaw)
        yield thing.x + offset * c, thing.y + offset * s, thing.yaw, length, width


def corners_of(thing: Placed, rectangle: tuple[float, float, float]) -> Array:
    """Return (8, 2) corners and edge middles of a rectangle in a thing's frame, in the world."""
    offset, length, width = rectangle
    signs = np.array([(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)])
    local = signs * (length / 2, width / 2) + (offset, 0.0)
    c, s = math.cos(thing.yaw), math.sin(thing.yaw)
    return np.asarray(local @ np.array([[c, s], [-s, c]]) + (thing.x, thing.y))

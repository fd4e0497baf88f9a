"""A roundabout of one lane with three or four arms: ways round it, who yields, and how it looks.

x points east and y north, the middle is the origin; arms are named by where they lie and run outwards from
their mouths, as those of an intersection do. Traffic goes round counter-clockwise. Who enters leaves the
straight of its lane by a clothoid, turns right on an arc, and comes by a second clothoid onto the circle that
all share; who leaves drives the mirror image of that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sim.domains.driving.maps.curves import Pose, Segment, along, chained
from sim.domains.driving.maps.intersection import ANGLES
from sim.domains.driving.maps.network import Crossing, Network, Route
from sim.domains.driving.roads import FRICTION, Road

__all__ = ["RING", "Ring", "encounter", "ring_of"]

RING = 2.0
"""In a row of the kernel's conflicts: own way is onto a ring on which the other has priority."""

_KERB = 0.12  # height [m]
_EASE_IN, _EASE_ON = 4.0, 3.0  # length of the clothoids off the straight, and onto the circle [m]
_STEP = 0.25  # by which an entry is made tighter until it fits between two arms [m]
_CLEAR = 0.03  # least angle between where one enters and the next arm is left [rad]
_BEFORE = 0.6  # from the ring's outer edge to where the front of a waiting vehicle stands [m]
_NEAR = 2.9  # middles of lanes this far apart leave room for two vehicles beside each other [m]
_YIELD_BAR, _YIELD_GAP = 0.5, 0.25  # of a give-way line [m] (StVO sign 341)
_ROUND = 96  # corners of a full circle as it is drawn
_POST = 0.7  # from the kerb to the post of a sign [m]
_FULL = 2.0 * math.pi


@dataclass(frozen=True)
class Ring:
    """The plan of a roundabout.

    Args:
        arms: their names.
        lane_width: of the arms' lanes [m].
        diameter: between the outer kerbs of the ring [m].
        ring: width of the carriageway around the island [m].
        corner: radius of the kerbs between arms and ring [m].
        island: width of the islands between the directions of an arm [m].
        sidewalk: width [m]; 0 for none.
        reach: length of the arms [m].
    """

    arms: tuple[str, ...]
    lane_width: float
    diameter: float
    ring: float
    corner: float
    island: float
    sidewalk: float
    reach: float

    lanes = 1

    @property
    def outer(self) -> float:
        """Radius of the outer kerb [m]."""
        return self.diameter / 2

    @property
    def radius(self) -> float:
        """Radius of the circle on which vehicles go round [m]."""
        return self.outer - self.ring / 2

    @property
    def across(self) -> float:
        """Way from the middle of an arm to that of either lane [m]."""
        return (self.island + self.lane_width) / 2

    @property
    def half(self) -> float:
        """Half the width of an arm between its kerbs [m]."""
        return self.island / 2 + self.lane_width

    @property
    def least_angle(self) -> float:
        """Smallest angle between two neighbouring arms [rad]."""
        turns = sorted(ANGLES[arm] % _FULL for arm in self.arms)
        return min((b - a) % _FULL for a, b in zip(turns, turns[1:] + turns[:1], strict=True))

    @cached_property
    def kerb(self) -> tuple[float, float, float]:
        """(radius, x, angle) of the kerb between an arm that points along x and the ring.

        It leaves the arm's straight kerb at x and meets the ring's at the angle.
        """
        sine = math.sin(self.least_angle / 2 - _CLEAR)
        radius = min(self.corner, (self.outer * sine - self.half) / (1.0 - sine))
        x = math.sqrt((self.outer + radius) ** 2 - (self.half + radius) ** 2)
        return radius, x, math.atan2(self.half + radius, x)

    @cached_property
    def entry(self) -> tuple[Segment, ...]:
        """The way from the straight of an arm that points along x onto the circle."""
        radius = self.kerb[0] + self.lane_width / 2
        while True:
            found = self._entry(radius)
            *_, last = found
            x, y, _ = along(last, last[0])
            if math.atan2(y, x) < self.least_angle / 2 - _CLEAR:
                return found
            radius -= _STEP

    def _entry(self, radius: float) -> tuple[Segment, ...]:
        """Return the way onto the circle with an arc of a radius, whose length is found by bisection."""
        k, round_ = -1.0 / radius, 1.0 / self.radius
        low, high = 0.0, 2.0 * radius

        def way(arc: float, x: float) -> tuple[tuple[Segment, ...], float, float]:
            made = chained((x, self.across, math.pi), [(_EASE_IN, 0.0, k), (arc, k, k), (_EASE_ON, k, round_)])
            ex, ey, heading = along(made[-1], made[-1][0])
            return made, ex - self.radius * math.sin(heading), ey + self.radius * math.cos(heading)

        for _ in range(60):
            arc = (low + high) / 2
            # the centre of the circle it ends on is to lie on the arm's axis
            low, high = (arc, high) if way(arc, 0.0)[2] < 0.0 else (low, arc)
        return way(high, -way(high, 0.0)[1])[0]

    @cached_property
    def joins(self) -> float:
        """Angle behind the axis of its arm at which an entry is on the circle [rad]."""
        x, y, _ = along(self.entry[-1], self.entry[-1][0])
        return math.atan2(y, x)

    @cached_property
    def mouth(self) -> float:
        """Way from the middle to where an arm begins [m]."""
        return math.ceil(max(self.kerb[1], self.entry[0][1])) + 1.0

    @cached_property
    def _elements(self) -> tuple[tuple[float, float, float], ...]:
        """Length and curvatures of an entry from the mouth on."""
        straight = self.mouth - self.entry[0][1]
        return ((straight, 0.0, 0.0), *((one[0], one[4], one[5]) for one in self.entry))

    @cached_property
    def entering(self) -> float:
        """Way from an arm's mouth to the circle [m]."""
        return sum(one[0] for one in self._elements)

    def way_to(self, radius: float) -> float:
        """Return the way from the mouth to where an entry is at a distance from the middle [m]."""
        pieces = chained(self.place("east", 0.0, self.across, inwards=True), self._elements)
        low, high = 0.0, self.entering
        for _ in range(50):
            way = rest = (low + high) / 2
            for piece in pieces:
                if rest <= piece[0]:
                    break
                rest -= piece[0]
            x, y, _ = along(piece, rest)
            low, high = (way, high) if math.hypot(x, y) > radius else (low, way)
        return high

    def place(self, arm: str, way: float, d: float, *, inwards: bool = False) -> Pose:
        """Return the pose a way beyond an arm's mouth and d to the left, looking outwards or inwards."""
        x, y = self._turned(arm, self.mouth + way, d)
        heading = ANGLES[arm] + (math.pi if inwards else 0.0)
        return x, y, math.remainder(heading, _FULL)

    @staticmethod
    def _turned(arm: str, x: float, y: float) -> tuple[float, float]:
        """Return a point given for an arm that points along x."""
        co, si = math.cos(ANGLES[arm]), math.sin(ANGLES[arm])
        return x * co - y * si, x * si + y * co

    def round_from(self, origin: str, goal: str) -> float:
        """Return the angle of the circle between where one enters and leaves [rad]."""
        return (ANGLES[goal] - ANGLES[origin]) % _FULL - 2.0 * self.joins

    def crossing(self, origin: str, goal: str) -> Crossing:
        """Return the way from the mouth of one arm to that of another."""
        k = 1.0 / self.radius
        leaving = tuple((length, k1, k0) for length, k0, k1 in reversed(self._elements))
        start = self.place(origin, 0.0, self.across, inwards=True)
        ring = (self.radius * self.round_from(origin, goal), k, k)
        segments = chained(start, (*self._elements, ring, *leaving))
        return Crossing(origin, self.across, goal, -self.across, segments)

    def route(self, origin: str, goal: str, lane: int) -> Route:
        """Return the way from one arm to another; `lane` is 1."""
        inside = self.crossing(origin, goal).segments
        start = self.place(origin, self.reach, self.across, inwards=True)
        approach = chained(start, [(self.reach, 0.0, 0.0)])
        leave = chained(self.place(goal, 0.0, -self.across), [(self.reach, 0.0, 0.0)])
        through = sum(segment[0] for segment in inside)
        return Route(
            name=f"{origin}>{goal}/{lane}",
            origin=origin,
            goal=goal,
            segments=(*approach, *inside, *leave),
            stop=self.reach + self.way_to(self.outer + _BEFORE),
            span=(self.reach, self.reach + through),
            half_lane=self.lane_width / 2,
        )

    def network(self, settings: Mapping[str, Any]) -> Network:
        """Return the roundabout of one episode, with its friction."""
        friction = settings["friction"] if settings["friction"] is not None else FRICTION[settings["surface"]]
        return Network(
            kind="roundabout",
            names=self.arms,
            arms=self.roads,
            friction=float(friction),
            edges=(-self.diameter, self.diameter),
            surfaces=self.surfaces,
            paint=self.paint,
            signs=self.signs,
            limit=settings["limit"],
            lane_width=self.lane_width,
            core=self.mouth,
            sidewalk=self.sidewalk,
            walk=_KERB if self.sidewalk > 0.0 else 0.0,
            crossings=self.crossings,
        )

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """All ways through the roundabout."""
        return tuple(self.crossing(a, b) for a in self.arms for b in self.arms if a != b)

    # -- how it looks -------------------------------------------------------------------------------------

    @cached_property
    def roads(self) -> tuple[Road, ...]:
        """The arms."""
        return tuple(self._arm(arm) for arm in self.arms)

    def _arm(self, arm: str) -> Road:
        half, inner = self.half, self.island / 2
        strips = [
            (-half, -inner, "asphalt", 0.0),
            (inner, half, "asphalt", 0.0),
            (-inner, inner, "median", _KERB),
        ]
        kerbs = [(-inner, _KERB, "left"), (inner, _KERB, "right")]
        if self.sidewalk > 0.0:
            far = half + self.sidewalk
            strips += [(-far, -half, "sidewalk", _KERB), (half, far, "sidewalk", _KERB)]
            kerbs += [(-half, _KERB, "right"), (half, _KERB, "left")]
        return Road(
            segments=chained(self.place(arm, 0.0, 0.0), [(self.reach, 0.0, 0.0)]),
            lane_centres=(-self.across, self.across),
            directions=(1, -1),
            lane_width=self.lane_width,
            strips=tuple(sorted(strips)),
            markings=(),
            crosswalks=(),
            kerbs=tuple(kerbs),
            places={},
            friction=1.0,
            kind="street",
            edges=(-half, half),
        )

    @cached_property
    def surfaces(self) -> tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...]:
        """The ring with its flares, sidewalks around it, the island, and the islands up to the ring."""
        found = [("asphalt", 0.0, self._outline())]
        if self.sidewalk > 0.0:
            for arm, after in zip(self._turnwise, (*self._turnwise[1:], self._turnwise[0]), strict=True):
                inner, outer = self._side(arm, after, 0.0), self._side(arm, after, self.sidewalk)
                found.append(("sidewalk", _KERB, (*inner, *reversed(outer))))
        middle = tuple(_on_circle(self.outer - self.ring, k / _ROUND * _FULL) for k in range(_ROUND))
        found.append(("verge", _KERB, middle))
        near, inner_edge = self.outer + 1.5, self.island / 2
        for arm in self.arms:
            box = ((near, -inner_edge), (self.mouth, -inner_edge), (self.mouth, inner_edge), (near, inner_edge))
            found.append(("median", _KERB, tuple(self._turned(arm, *point) for point in box)))
        return tuple(found)

    @property
    def _turnwise(self) -> tuple[str, ...]:
        return tuple(sorted(self.arms, key=lambda arm: ANGLES[arm] % _FULL))

    def _outline(self) -> tuple[tuple[float, float], ...]:
        points: list[tuple[float, float]] = []
        for arm, after in zip(self._turnwise, (*self._turnwise[1:], self._turnwise[0]), strict=True):
            points += self._side(arm, after, 0.0)
        return tuple(dict.fromkeys(points))

    def _side(self, arm: str, after: str, out: float) -> list[tuple[float, float]]:
        """Return the kerb from one arm's mouth round to the next one's, or the line `out` beyond it."""
        radius, x, angle = self.kerb
        radius, y = radius - out, self.half + self.kerb[0]
        corner = [
            (x + radius * math.cos(a), y + radius * math.sin(a))
            for a in (-math.pi / 2 - (math.pi / 2 - angle) * k / 12 for k in range(13))
        ]
        half = [(self.mouth, self.half + out), *corner]
        gap = (ANGLES[after] - ANGLES[arm]) % _FULL
        begin, end = ANGLES[arm] + angle, ANGLES[arm] + gap - angle
        count = max(1, math.ceil((end - begin) / _FULL * _ROUND))
        arc = [_on_circle(self.outer + out, begin + (end - begin) * k / count) for k in range(1, count)]
        onwards = [self._turned(after, px, -py) for px, py in reversed(half)]
        points = [*(self._turned(arm, *point) for point in half), *arc, *onwards]
        return [(round(px, 9), round(py, 9)) for px, py in points]

    @cached_property
    def paint(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Give-way lines along the ring's outer edge, across the lanes that enter."""
        bars, last = [], self.kerb[2]
        pitch = (_YIELD_BAR + _YIELD_GAP) / self.outer
        first = math.asin((self.island / 2 + 0.2) / self.outer)
        for arm in self.arms:
            angle = first
            while angle + _YIELD_BAR / self.outer < last - 0.02:
                ends = (angle, angle + _YIELD_BAR / self.outer)
                corners = [(self.outer, ends[0]), (self.outer + 0.5, ends[0]),
                           (self.outer + 0.5, ends[1]), (self.outer, ends[1])]  # fmt: skip
                bars.append(tuple(self._turned(arm, *_on_circle(*corner)) for corner in corners))
                angle += pitch
        return tuple(bars)

    @cached_property
    def signs(self) -> tuple[tuple[str, str, float, float, float], ...]:
        """(name, text, x, y, yaw) of the give-way signs."""
        return tuple((f"yield_{arm}", "yield", *self.place(arm, 1.0, self.half + _POST)) for arm in self.arms)


def _on_circle(radius: float, angle: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


@lru_cache(maxsize=64)
def _ring(*arguments: Any) -> Ring:
    return Ring(*arguments)


def ring_of(settings: Mapping[str, Any], *, reach: float) -> Ring:
    """Return the plan of the `roundabout:` section, with arms at least `reach` long [m]."""
    arms = tuple(arm for arm in ("south", "east", "north", "west") if settings["arms"] == 4 or arm != "north")
    sizes = ("lane_width", "diameter", "ring", "corner", "island", "sidewalk")
    return _ring(arms, *(float(settings[key]) for key in sizes), 100.0 * math.ceil(reach / 100.0))


@lru_cache(maxsize=4096)
def encounter(plan: Ring, own: Route, other: Route) -> tuple[float, float, float, float] | None:
    """Return (first, last way of own, first, last way of the other) where own comes onto the ring.

    From the first on it is within a vehicle's width of the circle, at the last on it. None where the other does
    not pass there: then own has nobody to yield to, or follows.
    """
    if own.origin == other.origin:
        return None
    turned = (ANGLES[own.origin] - ANGLES[other.origin]) % _FULL
    if turned > plan.round_from(other.origin, other.goal):
        return None
    near = plan.way_to(plan.radius + _NEAR)
    on = other.span[0] + plan.entering + plan.radius * turned
    return own.span[0] + near, own.span[0] + plan.entering, on - (plan.entering - near), on

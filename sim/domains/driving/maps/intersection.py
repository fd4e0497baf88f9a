"""Three or four streets that meet at right angles: lanes, turns, right of way, signals, and how it looks.

x points east and y north; the arms are named by where they lie. An arm's reference line runs outwards from its
mouth, so that who comes in drives at d > 0. Turns follow clothoid, arc and clothoid, as Euro NCAP's paths do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sim.domains.driving.maps.curves import Pose, Segment, chained, turn
from sim.domains.driving.maps.network import Crossing, Network, Post, Route
from sim.domains.driving.roads import FRICTION, Road

__all__ = ["ANGLES", "Plan", "movement", "plan_of"]

ANGLES = {"east": 0.0, "north": math.pi / 2, "west": math.pi, "south": -math.pi / 2}
"""Direction of each arm from the middle [rad]."""
_MAJOR = {"west_east": ("west", "east"), "south_north": ("south", "north")}
_TURNS = {0: "straight", 1: "left", 3: "right"}
"""Quarter turns to the left -> movement."""

_KERB = 0.12  # height [m]
_CROSSWALK = (3.0, 4.0)  # its middle beyond the mouth, and its length [m] (RMS Germany: at least 3 m)
_STOP_BAR = 0.5  # width of a stop line [m] (RMS Germany, StVO sign 294)
_YIELD_BAR, _YIELD_GAP = 0.5, 0.25  # of a give-way line [m] (StVO sign 341)
_BEFORE_CROSSWALK = 1.0  # between it and the stop line [m]
_POST = 0.7  # from the kerb to the post of a signal [m]


def movement(origin: str, goal: str) -> str:
    """Return straight, left or right, or "back" for a turn to where one comes from."""
    quarter = round((ANGLES[goal] - ANGLES[origin] - math.pi) / (math.pi / 2)) % 4
    return _TURNS.get(quarter, "back")


@dataclass(frozen=True)
class Plan:
    """The plan of an intersection: everything about it that stays the same from episode to episode.

    Args:
        arms: their names.
        lanes: through lanes of each direction.
        left_lane: whether those who turn left have a lane of their own.
        lane_width: [m].
        corner: radius of the kerbs at the corners [m].
        sidewalk: width [m]; 0 for none.
        crosswalks: whether every arm has one.
        reach: length of the arms [m].
        major: arms with priority; none where signals stand.
        is_protected: whether those who turn left have a signal of their own.
    """

    arms: tuple[str, ...]
    lanes: int
    left_lane: bool
    lane_width: float
    corner: float
    sidewalk: float
    crosswalks: bool
    reach: float
    major: tuple[str, ...]
    is_protected: bool

    @property
    def inner(self) -> float:
        """Way from the middle of an arm to that of the innermost through lane [m]."""
        return self.lane_width * (1.0 if self.left_lane else 0.5)

    @property
    def half(self) -> float:
        """Half the width of an arm between its kerbs [m]."""
        return self.inner + (self.lanes - 0.5) * self.lane_width

    @property
    def mouth(self) -> float:
        """Way from the middle of the junction to where an arm begins [m]."""
        return self.half + self.corner

    @property
    def stop(self) -> float:
        """Way from an arm's mouth to the near edge of its stop line [m]."""
        if not self.crosswalks:
            return 1.0 + _STOP_BAR
        return _CROSSWALK[0] + _CROSSWALK[1] / 2 + _BEFORE_CROSSWALK + _STOP_BAR

    def place(self, arm: str, way: float, d: float, *, inwards: bool = False) -> Pose:
        """Return the pose a way beyond an arm's mouth and d to the left, looking outwards or inwards."""
        angle, out = ANGLES[arm], self.mouth + way
        co, si = math.cos(angle), math.sin(angle)
        heading = angle + math.pi if inwards else angle
        return out * co - d * si, out * si + d * co, math.remainder(heading, 2.0 * math.pi)

    def route(self, origin: str, goal: str, lane: int) -> Route:
        """Return the way from one arm to another.

        Args:
            origin: the arm it comes from.
            goal: the arm it goes to.
            lane: through lane, 1 is the rightmost; those who turn take the lane that is for it.
        """
        way = self._crossing(origin, goal, lane)
        start = self.place(origin, self.reach, way.enter, inwards=True)
        approach = chained(start, [(self.reach, 0.0, 0.0)])
        leave = chained(self.place(goal, 0.0, way.leave), [(self.reach, 0.0, 0.0)])
        inside = sum(segment[0] for segment in way.segments)
        turning = movement(origin, goal)
        is_left = turning == "left"
        return Route(
            name=f"{origin}>{goal}/{lane}",
            origin=f"{origin}/{way.enter:g}",
            goal=f"{goal}/{way.leave:g}",
            segments=(*approach, *way.segments, *leave),
            stop=self.reach - self.stop,
            span=(self.reach, self.reach + inside),
            half_lane=self.lane_width / 2,
            rank=(2 if is_left else 1) + (2 if self.major and origin not in self.major else 0),
            # who turns right swings out over the next lane, and lets those pass who go straight on there
            order=self.arms.index(origin) if is_left else int(turning == "right"),
            signal=-1 if self.major else self.signal(origin, is_left=is_left),
        )

    def signal(self, arm: str, *, is_left: bool) -> int:
        """Return the row of the timetable for those who come from an arm."""
        axis = 0 if arm in ("south", "north") else 1
        return 2 * axis + int(is_left and self.is_protected) if self.is_protected else axis

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """All ways through the junction."""
        ways = [(a, b, k + 1) for a in self.arms for b in self.arms if a != b for k in range(self.lanes)]
        found = [self._crossing(*way) for way in ways]
        return tuple(dict.fromkeys(found))

    def _crossing(self, origin: str, goal: str, lane: int) -> Crossing:
        enter, leave = self._across(origin, goal, lane)
        start, end = self.place(origin, 0.0, enter, inwards=True), self.place(goal, 0.0, leave)
        return Crossing(origin, enter, goal, leave, turn(start, end))

    def _across(self, origin: str, goal: str, lane: int) -> tuple[float, float]:
        """Return where the lanes that a way comes from and goes to lie in the frames of their arms."""
        turning = movement(origin, goal)
        number = {"right": 1, "left": self.lanes}.get(turning, lane)
        across = self.inner + (self.lanes - number) * self.lane_width
        return (0.0 if turning == "left" and self.left_lane else across), -across

    # -- how it looks -------------------------------------------------------------------------------------

    @cached_property
    def roads(self) -> tuple[Road, ...]:
        """The arms."""
        return tuple(self._arm(arm) for arm in self.arms)

    def _arm(self, arm: str) -> Road:
        half, width = self.half, self.lane_width
        strips = [(-half, half, "asphalt", 0.0)]
        if self.sidewalk > 0.0:
            far = half + self.sidewalk
            strips += [(-far, -half, "sidewalk", _KERB), (half, far, "sidewalk", _KERB)]
        lines = [(-width / 2, 0.12, "solid", "white"), (width / 2, 0.12, "solid", "white")]
        if not self.left_lane:
            lines = [(0.0, 0.12, "solid", "white")]
        for k in range(1, self.lanes):
            between = self.inner + (k - 0.5) * width
            lines += [(-between, 0.12, "broken", "white"), (between, 0.12, "broken", "white")]
        out = [self.inner + k * width for k in reversed(range(self.lanes))]
        back = ([0.0] if self.left_lane else []) + out[::-1]
        segments: tuple[Segment, ...] = chained(self.place(arm, 0.0, 0.0), [(self.reach, 0.0, 0.0)])
        return Road(
            segments=segments,
            lane_centres=(*(-d for d in out), *back),
            directions=(1,) * len(out) + (-1,) * len(back),
            lane_width=width,
            strips=tuple(sorted(strips)),
            markings=tuple(sorted(lines)),
            crosswalks=((*_CROSSWALK, -half, half),) if self.crosswalks else (),
            kerbs=((-half, _KERB, "right"), (half, _KERB, "left")) if self.sidewalk > 0.0 else (),
            places={},
            friction=1.0,
            kind="street",
            edges=(-half, half),
        )

    @cached_property
    def surfaces(self) -> tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...]:
        """The asphalt in the middle, and the sidewalks around the corners."""
        outline: list[tuple[float, float]] = []
        walks = []
        for k in range(4):
            near, far = (list(ANGLES)[k % 4], list(ANGLES)[(k + 1) % 4])
            inner = self._corner(near, far, 0.0)
            outline += inner
            if self.sidewalk > 0.0:
                walks.append(("sidewalk", _KERB, (*inner, *reversed(self._corner(near, far, self.sidewalk)))))
        return (("asphalt", 0.0, tuple(dict.fromkeys(outline))), *walks)

    def _corner(self, near: str, far: str, out: float) -> list[tuple[float, float]]:
        """Return the kerb from one arm's mouth to the next one's, or the line `out` beyond it."""
        edge, angle = self.half + out, ANGLES[near]
        if near in self.arms and far in self.arms:
            radius = self.corner - out
            turns = [math.pi * 1.5 - math.pi / 2 * k / 12 for k in range(13)]
            local = [(self.mouth + radius * math.cos(a), self.mouth + radius * math.sin(a)) for a in turns]
        elif near in self.arms:
            local = [(self.mouth, edge), (0.0, edge)]
        elif far in self.arms:
            local = [(edge, 0.0), (edge, self.mouth)]
        else:
            return []
        co, si = math.cos(angle), math.sin(angle)
        return [(round(x * co - y * si, 9), round(x * si + y * co, 9)) for x, y in local]

    @cached_property
    def paint(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Stop lines, or give-way lines where somebody has priority."""
        bars = []
        for arm in self.arms:
            if arm in self.major:
                continue
            right = -self.lane_width / 2 if self.left_lane else 0.0
            if not self.major:
                bars.append(self._bar(arm, right + 0.1, self.half - 0.1))
                continue
            d = right + 0.2
            while d + _YIELD_BAR < self.half:
                bars.append(self._bar(arm, d, d + _YIELD_BAR))
                d += _YIELD_BAR + _YIELD_GAP
        return tuple(bars)

    def _bar(self, arm: str, right: float, left: float) -> tuple[tuple[float, float], ...]:
        low, high = self.stop - _STOP_BAR, self.stop
        places = ((low, right), (high, right), (high, left), (low, left))
        return tuple(self.place(arm, way, d)[:2] for way, d in places)

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """The signals: on the right of those they are for, and an arrow on the left."""
        if self.major:
            return ()
        posts = []
        for arm in self.arms:
            for is_left in (False, True) if self.is_protected else (False,):
                d = -self.half - _POST if is_left else self.half + _POST
                x, y, yaw = self.place(arm, self.stop + 0.3, d)
                name = f"signal_{arm}_left" if is_left else f"signal_{arm}"
                signal = self.signal(arm, is_left=is_left)
                posts.append(Post(name, x, y, yaw, signal, "left" if is_left else "", arm))
        return tuple(posts)

    @cached_property
    def signs(self) -> tuple[tuple[str, str, float, float, float], ...]:
        """(name, text, x, y, yaw) of the give-way signs."""
        if not self.major:
            return ()
        found = []
        for arm in self.arms:
            if arm not in self.major:
                x, y, yaw = self.place(arm, self.stop + 0.3, self.half + _POST)
                found.append((f"yield_{arm}", "yield", x, y, yaw))
        return tuple(found)

    def network(self, settings: Mapping[str, Any]) -> Network:
        """Return the intersection of one episode: with its friction, and its signals' times."""
        friction = settings["friction"] if settings["friction"] is not None else FRICTION[settings["surface"]]
        control = settings["control"]
        return Network(
            kind="intersection",
            names=self.arms,
            arms=self.roads,
            friction=float(friction),
            edges=(-2.0 * self.half, 2.0 * self.half),
            surfaces=self.surfaces,
            paint=self.paint,
            timetable=_timetable(control.settings) if control.kind == "signals" else (),
            posts=self.posts,
            signs=self.signs,
            limit=settings["limit"],
            lane_width=self.lane_width,
            core=self.mouth,
            sidewalk=self.sidewalk,
            walk=_KERB if self.sidewalk > 0.0 else 0.0,
            crossings=self.crossings,
        )


@lru_cache(maxsize=64)
def _plan(*arguments: Any) -> Plan:
    return Plan(*arguments)


def plan_of(settings: Mapping[str, Any], *, reach: float) -> Plan:
    """Return the plan of the `intersection:` section, with arms at least `reach` long [m]."""
    control = settings["control"]
    arms = tuple(arm for arm in ("south", "east", "north", "west") if settings["arms"] == 4 or arm != "north")
    is_signalised = control.kind == "signals"
    return _plan(
        arms,
        int(settings["lanes"]),
        bool(settings["left_lane"]),
        float(settings["lane_width"]),
        float(settings["corner"]),
        float(settings["sidewalk"]),
        bool(settings["crosswalks"]),
        100.0 * math.ceil(reach / 100.0),
        () if is_signalised else tuple(arm for arm in _MAJOR[control.settings["major"]] if arm in arms),
        is_signalised and control.settings["left"] == "protected",
    )


def _timetable(settings: Mapping[str, Any]) -> tuple[tuple[float, float, float, float, float], ...]:
    """Return a row per signal group: south and north, then west and east; each with its left turns after it."""
    greens = [settings["green"], settings["cross_green"]]
    if settings["left"] == "protected":
        greens = [greens[0], settings["left_green"], greens[1], settings["left_green"]]
    amber, clearing = settings["amber"], settings["all_red"]
    cycle = sum(green + amber + clearing for green in greens)
    rows, begin = [], 0.0
    for green in greens:
        rows.append((cycle, settings["shift"], begin, begin + green, begin + green + amber))
        begin += green + amber + clearing
    return tuple(rows)

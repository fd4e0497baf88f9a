"""Which lane of a map leads into which: what routes are found by, and told by where there is none.

It is light, so that `check` may look for the routes of a scenario.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.domains.driving.maps.opendrive import Junction, LaneData, Link, Map, MapRoad
from sim.errors import RunError

__all__ = ["DRIVABLE", "LaneGraph", "LaneKey"]

LaneKey = tuple[str, int, int]
"""Road, number of its section, lane."""

DRIVABLE = (
    "driving",
    "entry",
    "exit",
    "onRamp",
    "offRamp",
    "connectingRamp",
    "bidirectional",
    "bus",
    "taxi",
    "HOV",
)
"""Types of lanes that vehicles follow."""
_SHOWN = 12
"""Lanes that a fault names."""


@dataclass(frozen=True, eq=False)
class LaneGraph:
    """The lanes of a map and where they lead."""

    map: Map

    def first_lane(self, text: str) -> LaneKey:
        """Return the lane that "road:lane" names, in the section where its traffic comes in.

        Raises:
            RunError: there is none.
        """
        road_id, _, lane_text = text.partition(":")
        road = self.map.roads.get(road_id)
        if road is None:
            driven = [f"{one}:{lane}" for one in self.map.roads for lane in self._driven(one)]
            raise RunError(
                f"{self.map.path}: there is no road {road_id!r}; there are the lanes {_some(driven)}"
            )
        try:
            lane = int(lane_text)
        except ValueError:
            raise RunError(f"{text!r} is no lane: say road:lane, as in {road_id}:-1") from None
        number = 0 if lane < 0 else len(road.sections) - 1
        data = road.sections[number].lanes.get(lane)
        if data is None or lane == 0 or data.type not in DRIVABLE:
            where, driven = f"{self.map.path}:{road.line}", [str(one) for one in self._driven(road_id)]
            raise RunError(f"{where}: road {road_id} has no lane {lane} to drive on, only {_some(driven)}")
        return road_id, number, lane

    def _driven(self, road_id: str) -> list[int]:
        """Return the lanes of a road that traffic comes in on."""
        ends = {-1: self.map.roads[road_id].sections[0], 1: self.map.roads[road_id].sections[-1]}
        return [
            lane
            for side, section in sorted(ends.items())
            for lane in sorted(section.lanes)
            if lane * side > 0 and section.lanes[lane].type in DRIVABLE
        ]

    def lane(self, key: LaneKey) -> LaneData:
        """Return a lane."""
        return self.map.roads[key[0]].sections[key[1]].lanes[key[2]]

    def successors(self, key: LaneKey) -> tuple[LaneKey, ...]:
        """Return the lanes that a lane leads into."""
        road, number, lane = self.map.roads[key[0]], key[1], key[2]
        forward = lane < 0
        data = road.sections[number].lanes[lane]
        then = data.successor if forward else data.predecessor
        inside = number + 1 if forward else number - 1
        if 0 <= inside < len(road.sections):
            found = [(road.id, inside, then)] if then is not None else []
        else:
            link = road.successor if forward else road.predecessor
            found = list(self._beyond(road, link, lane, then))
        return tuple(k for k in found if self._is_driven(k))

    def _beyond(self, road: MapRoad, link: Link | None, lane: int, then: int | None) -> Iterator[LaneKey]:
        """Yield the lanes in other roads that a lane leads into at the end of its road."""
        if link is None:
            return
        if link.kind == "junction":
            junction = self.map.junctions.get(link.id, Junction(link.id, ()))
            for incoming, connecting, contact, pairs in junction.connections:
                if incoming == road.id and lane in pairs and connecting in self.map.roads:
                    yield self._entered(connecting, contact, pairs[lane])
        elif then is not None and link.id in self.map.roads:
            yield self._entered(link.id, link.contact, then)

    def _entered(self, road: str, contact: str, lane: int) -> LaneKey:
        sections = self.map.roads[road].sections
        return road, 0 if contact == "start" else len(sections) - 1, lane

    def _is_driven(self, key: LaneKey) -> bool:
        data = self.map.roads[key[0]].sections[key[1]].lanes.get(key[2])
        return data is not None and data.type in DRIVABLE

    def chain(self, through: Sequence[str]) -> tuple[LaneKey, ...]:
        """Return the lanes from the first named to the last, by the fewest lanes between each two.

        Raises:
            RunError: one is not there, or no way leads from one to the next.
        """
        stops = [self.first_lane(text) for text in through]
        lanes = [stops[0]]
        for text, goal in zip(through[1:], stops[1:], strict=True):
            lanes += self._way(lanes[-1], goal, text)
        while (onward := self._same_road(lanes[-1])) is not None:
            lanes.append(onward)
        return tuple(lanes)

    def _same_road(self, key: LaneKey) -> LaneKey | None:
        """Return the lane in the next section of the same road."""
        return next((one for one in self.successors(key) if one[0] == key[0] and one != key), None)

    def _way(self, start: LaneKey, goal: LaneKey, text: str) -> list[LaneKey]:
        came: dict[LaneKey, LaneKey] = {}
        queue = deque([start])
        while queue:
            at = queue.popleft()
            for onward in self.successors(at):
                if onward in came or onward == start:
                    continue
                came[onward] = at
                if onward == goal:
                    way = [goal]
                    while came[way[-1]] != start:
                        way.append(came[way[-1]])
                    return way[::-1]
                queue.append(onward)
        where = f"{self.map.path}:{self.lane(start).line}"
        reached = list(dict.fromkeys(f"{road}:{lane}" for road, _, lane in came))
        only = f"it leads to {_some(reached)}" if reached else "it leads nowhere: its lane ends"
        raise RunError(f"{where}: no way leads from {start[0]}:{start[2]} to {text}; {only}")


def _some(names: Sequence[str]) -> str:
    """Return the first of many names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown

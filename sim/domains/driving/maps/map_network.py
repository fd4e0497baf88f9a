"""Routes over the lanes of a map: which lane leads into which, and what the roads look like."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from sim.domains.driving.maps.curves import Segment
from sim.domains.driving.maps.lane_graph import DRIVABLE, LaneGraph, LaneKey
from sim.domains.driving.maps.lane_lines import at_poly, lane_segments, point_beside
from sim.domains.driving.maps.network import Network, Ribbon, Route
from sim.domains.driving.maps.opendrive import LaneData, MapRoad, Section, read_map

__all__ = ["MapNetwork", "map_network"]

_ASPHALT = (
    *DRIVABLE,
    "shoulder",
    "parking",
    "stop",
    "biking",
    "restricted",
    "special1",
    "special2",
    "special3",
)
_KERB = 0.12  # height of sidewalks [m]
_STEP = 2.0  # between the points of what is drawn along roads that bend [m]
_MARK = 0.12  # width of a line [m]
_CROSSING = 15.0  # how far a pedestrian walks who crosses, from the middle of a lane [m]
_STAYS_RED = (1e9, 0.0, 2e9, 2e9, 2e9)
_DASH, _PERIOD = 3.0, 9.0  # of broken lines (RMS Germany, in towns) [m]


@dataclass(frozen=True, eq=False)
class MapNetwork(LaneGraph):
    """The lanes of a map, as lines and as they look."""

    @lru_cache(maxsize=1024)  # noqa: B019 (maps are few and live as long as the process)
    def segments(self, key: LaneKey) -> tuple[Segment, ...]:
        """Return the middle of a lane."""
        return lane_segments(self.map.roads[key[0]], key[1], key[2])

    @lru_cache(maxsize=1024)  # noqa: B019
    def route(self, through: tuple[str, ...]) -> Route:
        """Return the route through some lanes; drivers stop where it ends, as at a light that stays red."""
        lanes = self.chain(through)
        segments = tuple(segment for key in lanes for segment in self.segments(key))
        return Route(
            name=">".join(through),
            origin=f"{lanes[0][0]}:{lanes[0][2]}",
            goal=f"{lanes[-1][0]}:{lanes[-1][2]}",
            segments=segments,
            stop=sum(segment[0] for segment in segments),
            signal=0,
            half_lane=min(self._least_width(key) for key in lanes) / 2,
        )

    def _least_width(self, key: LaneKey) -> float:
        low, high = self._span(key[0], key[1])
        widths = self.lane(key).widths
        return min(at_poly(widths, float(ds))[0] for ds in np.linspace(0.0, high - low, 9))

    def _span(self, road_id: str, number: int) -> tuple[float, float]:
        road = self.map.roads[road_id]
        last = number + 1 == len(road.sections)
        return road.sections[number].s, road.length if last else road.sections[number + 1].s

    # -- how it looks -------------------------------------------------------------------------------------

    @cached_property
    def ribbons(self) -> tuple[Ribbon, ...]:
        """Lanes as bands of asphalt and sidewalk, and the lines between them as bands of paint."""
        found: list[Ribbon] = []
        for road in self.map.roads.values():
            for number, section in enumerate(road.sections):
                low, high = self._span(road.id, number)
                if high - low > 1e-3:
                    found += self._section_ribbons(road, section, low, high)
        return tuple(found)

    def _section_ribbons(self, road: MapRoad, section: Section, low: float, high: float) -> Iterator[Ribbon]:
        bends = any(one.shape != "line" for one in road.geometry) or len(section.lanes) > 0
        ways = np.linspace(low, high - 1e-9, max(2, math.ceil((high - low) / (_STEP if bends else 40.0)) + 1))
        for lane in section.lanes.values():
            if lane.mark != "none":
                yield from self._marks(road, section, lane, ways)
            kind, height = _surface(lane.type)
            if lane.id == 0 or kind is None:
                continue
            sides = [
                [point_beside(road, section, lane.id, float(s), share) for s in ways] for share in (0.0, 1.0)
            ]
            right, left = sides if lane.id > 0 else sides[::-1]
            yield Ribbon(kind, height, tuple(right), tuple(left))

    def _marks(self, road: MapRoad, section: Section, lane: LaneData, ways: np.ndarray) -> Iterator[Ribbon]:
        """Yield the line on a lane's outer edge."""
        if "broken" in lane.mark:
            starts = np.arange(ways[0], ways[-1] - _DASH, _PERIOD)
            spans = [np.linspace(a, a + _DASH, 3) for a in starts]
        else:
            spans = [ways]
        for span in spans:
            edge = np.array([point_beside(road, section, lane.id, float(s), 1.0) for s in span])
            along = np.gradient(edge, axis=0)
            lengths = np.linalg.norm(along, axis=1, keepdims=True)
            if np.any(lengths < 1e-9):
                continue
            left = np.column_stack([-along[:, 1], along[:, 0]]) / lengths * _MARK / 2
            sides = [tuple((float(x), float(y)) for x, y in edge + sign * left) for sign in (-1.0, 1.0)]
            yield Ribbon("paint", 0.0, sides[0], sides[1])

    def network(self, friction: float, width: float) -> Network:
        """Return what an episode needs besides routes."""
        return Network(
            kind="opendrive",
            names=(),
            arms=(),
            friction=friction,
            edges=(-_CROSSING, _CROSSING),
            timetable=(_STAYS_RED,),
            ribbons=self.ribbons,
            lane_width=width,
            source=self.map.path,
        )


def _surface(kind: str) -> tuple[str | None, float]:
    """Return what a lane of a type is made of, None for nothing, and its height [m]."""
    if kind in _ASPHALT:
        return "asphalt", 0.0
    return ("sidewalk", _KERB) if kind in ("sidewalk", "walking") else (None, 0.0)


@lru_cache(maxsize=8)
def _loaded(path: Path, stamp: int) -> MapNetwork:
    return MapNetwork(read_map(path))


def map_network(path: Path) -> MapNetwork:
    """Return the lanes of a map; the file is read again only where it has changed."""
    return _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)

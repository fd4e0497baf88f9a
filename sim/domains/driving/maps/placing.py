"""Where the actors of a network go: their routes, laid out in the kernel's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.maps.intersection import Plan, movement, plan_of
from sim.domains.driving.maps.map_network import map_network
from sim.domains.driving.maps.network import Network, Route
from sim.domains.driving.maps.roundabout import RING, Ring, encounter, ring_of
from sim.domains.driving.maps.sweeps import conflict, set_back
from sim.domains.driving.off_tracking import Form, form_of
from sim.domains.driving.right_of_way import CONFLICT_COLUMNS
from sim.domains.driving.roads import FRICTION, Road
from sim.domains.driving.world_fields import ON_RAILS
from sim.errors import RunError
from sim.fields import Chosen
from sim.geometry import Array

__all__ = ["Layout", "lay_out"]

_BEYOND = 150.0  # so much longer than anyone gets are the arms of a junction [m]
_USUAL_START = 50.0  # of ego before its stop line [m]
_USUAL_ALONG = 20.0  # of ego's front along its route over a map [m]

_HEEDLESS = ("constant", "replay")
"""Drivers who neither slow down for bends nor heed rules."""

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """The routes of all actors of an episode.

    Args:
        network: they lead over.
        routes: one per actor.
        ring: of a roundabout.
    """

    network: Network
    routes: tuple[Route, ...]
    ring: Ring | None = None

    @property
    def line(self) -> Array:
        """(M, 10) rows of the lines of all different routes, one below the other."""
        return np.concatenate([route.line for route in self._distinct])

    @property
    def _distinct(self) -> list[Route]:
        return list(dict.fromkeys(self.routes))

    def ground(self) -> Road:
        """Return the road that all stand on, without lanes and strips: those belong to the network."""
        return Road(
            segments=self.routes[0].segments,
            lane_centres=(),
            directions=(),
            lane_width=self.network.lane_width,
            strips=(),
            markings=(),
            crosswalks=(),
            kerbs=(),
            places={},
            friction=self.network.friction,
            kind="street",
            edges=self.network.edges,
            limits=() if self.network.limit is None else ((-math.inf, math.inf, self.network.limit),),
        )

    def fill(self, P: np.ndarray, items: Sequence[Item]) -> np.ndarray:
        """Write what every body needs of its route into its parameters; return the (R, 6) conflicts."""
        firsts, total = {}, sum(len(route.line) for route in self._distinct)
        begin, origins = 0, list(dict.fromkeys(route.origin for route in self.routes))
        for route in self._distinct:
            firsts[route] = begin
            begin += len(route.line)
        goals = list(dict.fromkeys(route.goal for route in self.routes))
        forms = [form_of(p) for p in P]
        conflicts: list[tuple[float, ...]] = []
        for row, (route, item) in enumerate(zip(self.routes, items, strict=True)):
            p, way = P[row], item["route"]
            p[c.FIRST], p[c.AFTER] = firsts[route], total - firsts[route] - len(route.line)
            p[c.HALF_LANE], p[c.STOP], p[c.SIGNAL] = route.half_lane, route.stop, route.signal
            p[c.MARGIN] = way["margin"]
            p[c.ORIGIN], p[c.SPLIT] = origins.index(route.origin), route.span[0]
            p[c.GOAL] = goals.index(route.goal)
            heeds = item.get("vehicle") is not None and item["driver"].kind not in _HEEDLESS
            if not heeds:
                continue
            p[c.EASE], p[c.EASE_SPEED] = way["cornering"], _bend_speed(route, way["cornering"], p)
            p[c.RULED] = float(way["rules"] != "heedless")
            p[c.RULE0] = p[c.RULE1] = len(conflicts)
            if way["rules"] == "keeps":
                conflicts += self.conflicts(row, items, forms)
                p[c.BACK] = self._stands_back(row, items, forms)
                p[c.RULE1] = len(conflicts)
        return np.array(conflicts, np.float64).reshape(-1, CONFLICT_COLUMNS)

    def _others(self, row: int, items: Sequence[Item]) -> list[int]:
        return [
            other
            for other, item in enumerate(items)
            if item.get("vehicle") is not None and "puller" not in item and other != row
        ]

    def conflicts(self, row: int, items: Sequence[Item], forms: Sequence[Form]) -> list[tuple[float, ...]]:
        """Return the rows of the table of conflicts for one body, whether it heeds them or not."""
        found: list[tuple[float, ...]] = []
        own = self.routes[row]
        for other in self._others(row, items):
            route = self.routes[other]
            if self.ring is not None:
                onto = encounter(self.ring, own, route)
                found += [] if onto is None else [(float(other), *onto, RING, 1.0)]
                continue
            ways = conflict(own, forms[row], route, forms[other])
            if ways is not None:
                first = goes_first(items[other], route, items[row], own)
                found.append((float(other), *ways, float(first), float(route.goal == own.goal)))
        return found

    def _stands_back(self, row: int, items: Sequence[Item], forms: Sequence[Form]) -> float:
        """Return how far before its stop line a body stands, for others who turn over where it would [m]."""
        route, most = self.routes[row], 0.0
        for other in self._others(row, items):
            most = max(most, set_back(route, forms[row], self.routes[other], forms[other]))
        return most

    def start(self, row: int, item: Item, half: float) -> float | None:
        """Return where on its route the middle of a body begins, None where it is measured from another.

        Raises:
            RunError: before the route begins.
        """
        before, route = item["route"]["before"], self.routes[row]
        if self.network.kind == "opendrive":
            return self._start_on_map(route, item, half)
        if before is None:
            if item["id"] != "ego":
                return None
            before = _USUAL_START
        s = route.stop - float(before) - half
        if s < 0.0:
            raise RunError(f"{item['id']} starts {-s:.1f} m before its route begins")
        return s

    def _start_on_map(self, route: Route, item: Item, half: float) -> float | None:
        along = item["route"]["along"]
        if along is None:
            if item["id"] != "ego":
                return None
            along = _USUAL_ALONG
        if not 0.0 < along < route.length:
            raise RunError(f"{item['id']} starts {along:.1f} m along a route of {route.length:.1f} m")
        return float(along) - half

    def shares_lane(self, row: int, other: int) -> bool:
        """Return whether two actors begin in the same lane."""
        return self.routes[row].origin == self.routes[other].origin


def goes_first(item: Item, route: Route, other_item: Item, other: Route) -> bool:
    """Return whether one actor has priority over another whose route meets its own.

    Rail vehicles go before others, signals apart (Vienna Convention on Road Traffic, article 18 (7)).
    """
    rails = [one.get("vehicle") in ON_RAILS for one in (item, other_item)]
    return route.goes_before(other) if rails[0] == rails[1] else rails[0]


def lay_out(road: Chosen, items: Sequence[Item], *, way: float) -> Layout:
    """Return the routes of all actors.

    Args:
        road: the resolved section.
        items: ego and the actors, in order.
        way: that nobody exceeds [m].

    Raises:
        RunError: laws gave a route that is not there.
    """
    if road.kind == "opendrive":
        return _over_map(road.settings, items)
    if road.kind == "roundabout":
        ring = ring_of(road.settings, reach=way + _BEYOND)
        return Layout(ring.network(road.settings), tuple(_route_of(ring, item) for item in items), ring)
    plan = plan_of(road.settings, reach=way + _BEYOND)
    return Layout(plan.network(road.settings), tuple(_route_of(plan, item) for item in items))


def _over_map(settings: Mapping[str, Any], items: Sequence[Item]) -> Layout:
    friction = settings["friction"] if settings["friction"] is not None else FRICTION[settings["surface"]]
    lanes = map_network(Path(settings["file"]))
    routes = []
    for item in items:
        through = () if item["route"] is None else tuple(item["route"]["through"])
        if len(through) == 0:
            raise RunError(f"{item['id']} has no route over the map: say the lanes it goes through")
        routes.append(lanes.route(through))
    width = 2.0 * min(route.half_lane for route in routes)
    return Layout(lanes.network(float(friction), width), tuple(routes))


def _route_of(plan: Plan | Ring, item: Item) -> Route:
    way = item["route"]
    if way is None:
        raise RunError(f"{item['id']} has no route over the junction")
    lane = 1 if item["lane"] is None else round(item["lane"])
    for arm in (way["from"], way["to"]):
        if arm not in plan.arms:
            raise RunError(f"{item['id']}: there is no arm {arm}, only {', '.join(plan.arms)}")
    if movement(way["from"], way["to"]) == "back":
        raise RunError(f"{item['id']} goes back to the {way['to']} it comes from")
    if not 1 <= lane <= plan.lanes:
        raise RunError(f"{item['id']}: lane {lane} is not there: each direction has {plan.lanes}")
    return _route(plan, way["from"], way["to"], lane)


@lru_cache(maxsize=256)
def _route(plan: Plan | Ring, origin: str, goal: str, lane: int) -> Route:
    return plan.route(origin, goal, lane)


def _bend_speed(route: Route, ease: float, p: np.ndarray) -> float:
    """Return the speed that suits the sharpest bend of a route, and the steering that it takes to follow it."""
    steered = p[c.STEER_RATE] / (p[c.FRONT] + p[c.REAR]) if p[c.RAIL] == 0.0 else math.inf
    return min(
        math.sqrt(ease / route.sharpest) if route.sharpest > 0.0 else math.inf,
        steered / route.quickest if route.quickest > 0.0 else math.inf,
    )

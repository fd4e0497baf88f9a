"""What is wrong with the routes of a scenario, as far as its file tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.domains.driving.maps.lane_graph import LaneGraph
from sim.domains.driving.maps.opendrive import read_map
from sim.domains.driving.route_fields import ARMS
from sim.errors import RunError

__all__ = ["check_routes", "is_network"]

_NETWORKS = ("intersection", "roundabout", "opendrive")
_QUARTERS = ("east", "north", "west", "south")


def is_network(road: Any) -> bool:
    """Return whether actors on a road follow routes."""
    return road in _NETWORKS or (isinstance(road, Mapping) and any(kind in road for kind in _NETWORKS))


def check_routes(world: Mapping[str, Any], actors: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return a fault per route that is missing, out of place, or leads nowhere."""
    ego = world.get("ego")
    named = [("ego", ego if isinstance(ego, Mapping) else {})]
    named += [(f"actors.{item.get('id', '?')}", item) for item in actors]
    if not is_network(world.get("road")):
        return [
            (f"{path}.route", "on this road nobody follows a route: say lane, ahead or behind")
            for path, item in named
            if item.get("route") is not None
        ]
    road = world.get("road")
    if isinstance(road, Mapping) and "opendrive" in road:
        faults = [fault for path, item in named for fault in _check_on_map(path, item)]
        return faults or _check_lanes_of_map(_settings(road).get("file"), named)
    settings = _settings(road)
    faults = _check_control(settings)
    for path, item in named:
        faults += _check_actor(path, item, settings)
    return faults


def _check_on_map(path: str, item: Mapping[str, Any]) -> list[tuple[str, str]]:
    route = item.get("route")
    if not isinstance(route, Mapping):
        return [(path, "say its way over the map: route is needed")] if route is None else []
    faults = [
        (f"{path}.route.{key}", f"'{key}' is for an intersection; on a map say through and along")
        for key in ("from", "to", "before")
        if route.get(key) is not None
    ]
    if not route.get("through"):
        faults.append((f"{path}.route", 'say the lanes it goes through, as in through: ["12:-1"]'))
    places = [key for key in ("ahead", "behind") if item.get(key) is not None]
    if path != "ego" and not places and route.get("along") is None:
        faults.append((f"{path}.route", "say where it starts: one of along, ahead and behind is needed"))
    if places and route.get("along") is not None:
        faults.append((f"{path}.{places[0]}", f"'{places[0]}' and 'route.along' cannot stand together"))
    if item.get("on") is not None:
        faults.append((f"{path}.on", "there are no strips to stand on beside a route: say an offset"))
    return faults + _check_manoeuvres(path, item)


def _check_lanes_of_map(file: Any, named: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, str]]:
    """Return a fault per route through lanes that are not there, or to which no way leads."""
    if not isinstance(file, Path):
        return []
    graph, faults = LaneGraph(read_map(file)), []
    for path, item in named:
        through = item["route"]["through"] if isinstance(item.get("route"), Mapping) else ()
        if not all(isinstance(lane, str) for lane in through):
            continue  # laws and references: the episode will tell
        try:
            graph.chain([lane for lane in through if "${" not in lane])
        except RunError as error:
            faults.append((f"{path}.route.through", str(error).replace(str(file), file.name)))
    return faults


def _settings(road: Any) -> Mapping[str, Any]:
    kind = next((one for one in _NETWORKS if isinstance(road, Mapping) and one in road), None)
    settings = road[kind] if kind is not None else None
    return settings if isinstance(settings, Mapping) else {}


def _check_control(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    control = settings.get("control")
    signals = control.get("signals") if isinstance(control, Mapping) else None
    if not isinstance(signals, Mapping) or signals.get("left") != "protected" or settings.get("left_lane"):
        return []
    return [("road.intersection.control.signals.left", "a protected left turn needs left_lane: true")]


def _check_actor(path: str, item: Mapping[str, Any], settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    route = item.get("route")
    if not isinstance(route, Mapping):
        return [(path, "say its way over the junction: route is needed")] if route is None else []
    faults = _check_way(f"{path}.route", route, settings)
    faults += [
        (f"{path}.route.{key}", f"'{key}' is for maps; at an intersection say from, to and before")
        for key in ("through", "along")
        if route.get(key)
    ]
    places = [key for key in ("ahead", "behind") if item.get(key) is not None]
    has_start = route.get("before") is not None
    if path != "ego" and not places and not has_start:
        faults.append((f"{path}.route", "say where it starts: one of before, ahead and behind is needed"))
    if places and has_start:
        faults.append((f"{path}.{places[0]}", f"'{places[0]}' and 'route.before' cannot stand together"))
    if item.get("on") is not None:
        faults.append((f"{path}.on", "there are no strips to stand on beside a route: say an offset"))
    lanes = settings.get("lanes", 1)  # a roundabout has no such key, and one
    if isinstance(item.get("lane"), int) and isinstance(lanes, int) and item["lane"] > lanes:
        faults.append((f"{path}.lane", f"lane {item['lane']} is not there: each direction has {lanes}"))
    return faults + _check_manoeuvres(path, item)


def _check_way(path: str, route: Mapping[str, Any], settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    origin, goal = route.get("from", "south"), route.get("to", "north")
    if not isinstance(origin, str) or not isinstance(goal, str) or {origin, goal} - {*ARMS}:
        return []
    if origin == goal:
        return [(f"{path}.to", f"it would go back to the {goal} it comes from")]
    missing = [
        key for key, arm in (("from", origin), ("to", goal)) if settings.get("arms") == 3 and arm == "north"
    ]
    return [(f"{path}.{key}", "there is no arm north where there are three") for key in missing]


def _check_manoeuvres(path: str, item: Mapping[str, Any]) -> list[tuple[str, str]]:
    script = item.get("do")
    steps = script if isinstance(script, (list, tuple)) else ()
    driver = item.get("driver")
    changes = driver == "mobil" or (isinstance(driver, Mapping) and "mobil" in driver)
    faults = [(f"{path}.driver", "mobil changes lanes, which cannot be done on a route yet")] if changes else []
    return faults + [
        (f"{path}.do.{number}.change_lane", "lanes cannot be changed on a route yet")
        for number, step in enumerate(steps)
        if isinstance(step, Mapping) and "change_lane" in step
    ]

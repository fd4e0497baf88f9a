"""The driving domain as its scenarios see it: what may stand under `world:` and what events may speak of.

Signals exist from the start to the first touch of two bodies, where the motion model ends; what follows is the
crash, told by measures that say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.domains.base import Domain, EntityDeclaration, OccurrenceDeclaration, PredicateDeclaration
from sim.domains.driving.asset_fields import check_assets
from sim.domains.driving.declared_numbers import MEASURES, SIGNALS
from sim.domains.driving.route_checks import check_routes, is_network
from sim.domains.driving.rule_fields import RULE_PREDICATES, RULES
from sim.domains.driving.sensor_signals import SENSOR_SIGNALS
from sim.domains.driving.work_zones import BARRIER
from sim.domains.driving.world_fields import PULLED_BY, TWO_WHEELERS, WORLD

__all__ = ["CATEGORIES", "CROSSERS", "DOMAIN", "KINDS", "MEASURES", "SIDES", "SIGNALS"]

CATEGORIES = (
    "road",
    "sidewalk",
    "building",
    "wall",
    "fence",
    "guard rail",
    "pole",
    "traffic light",
    "traffic sign",
    "vegetation",
    "terrain",
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "motorcycle",
    "bicycle",
    "static",
    "dynamic",
    "animal",
    "trailer",
    "tram",
)
"""Semantic classes of the driving scenes, after Cityscapes, and animals. A cycle and its rider are one body."""

SIDES = ("none", "front", "left", "rear", "right")
"""Sides of a body; `first_contact_side` gives the position in this tuple."""

KINDS = ("vehicle", "pedestrian", "animal", "static")
"""Kinds of bodies, by which events select them."""

CROSSERS = "pedestrians, animals and two-wheelers"
"""Who can be told to cross the road."""
LANE_CHANGERS = ("idm", "mobil", "human")
"""Drivers who heed the ends of lanes."""
_ARTICLE = {"pedestrian": "a", "animal": "an", "static": "a"}

_PREDICATES = {
    "collided": PredicateDeclaration(
        ("any", "any"),
        "the first touch of the episode is between these two; before it minus their smallest distance so far "
        "over 1 m, from it on the closing speed at contact over 1 m/s",
    ),
    **RULE_PREDICATES,
}

_OCCURRENCES = {
    "contact": OccurrenceDeclaration(
        {"a": "entity", "b": "entity", "side_a": "word", "side_b": "word"}, "the first touch of two bodies"
    ),
    "secondary_contact": OccurrenceDeclaration(
        {"a": "entity", "b": "entity", "side_a": "word", "side_b": "word"},
        "a later touch, within the crash",
        needs_crash=True,
    ),
    "manoeuvre": OccurrenceDeclaration(
        {"actor": "entity", "kind": "word"}, "an actor begins what its script tells"
    ),
    "emergency_braking": OccurrenceDeclaration({"actor": "entity"}, "a driver or an AEB begins to brake fully"),
    "controller_fault": OccurrenceDeclaration(
        {"actor": "entity", "reason": "word"},
        "a controller of a system under test raises, or answers with no finite number; its vehicle rolls on",
    ),
    "rule_violation": OccurrenceDeclaration(
        {"actor": "entity", "rule": "word"},
        f"a vehicle begins to break a traffic rule, each once in an episode: {', '.join(RULES)}",
    ),
    "reaction": OccurrenceDeclaration(
        {"actor": "entity"}, "a driver notices a surprise; the response is to come"
    ),
}


def _entities(world: Mapping[str, Any]) -> list[EntityDeclaration]:
    """Return ego, the actors and the trailers; a counted item as single entities where its count is plain."""
    found, pulling = [EntityDeclaration("ego", "vehicle")], []
    ego = world.get("ego")
    for item in ({**(ego if isinstance(ego, Mapping) else {}), "id": "ego"}, *_items(world)):
        category = next((kind for kind in KINDS if item.get(kind) is not None), "static")
        name, count = str(item.get("id", "")), item.get("count")
        names = [name]
        if isinstance(count, int) and not isinstance(count, bool):
            names = [f"{name}_{i}" for i in range(count)]
        found += [EntityDeclaration(one, category) for one in names if one != "ego"]
        pulling += names if item.get("trailer") is not None else []
    if _changes_of(world.get("road"), "work_zone") is not None:
        found.append(EntityDeclaration(BARRIER, "static"))
    return found + [EntityDeclaration(f"{name}_trailer", "vehicle") for name in pulling]


def _items(world: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    actors = world.get("actors") or ()
    return [item for item in actors if isinstance(item, Mapping)] if isinstance(actors, (list, tuple)) else []


def _check(world: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what only driving can see: kinds, places, lanes that are not there, circular references."""
    faults: list[tuple[str, str]] = []
    lanes, strips = _lane_count(world.get("road")), _strips(world.get("road"))
    faults += _check_works(world.get("road"), lanes)
    ego = world.get("ego") or {}
    faults += _check_exit("ego", ego, world.get("road"))
    faults += _check_lanes("ego", ego, lanes) + _check_script("ego", ego, "vehicle")
    faults += _check_system("ego", ego) + _check_trailer(
        "ego", {"vehicle": "sedan", **ego} if isinstance(ego, Mapping) else {}
    )
    faults += check_routes(world, _items(world))
    named = [(f"actors.{item.get('id', '?')}", item) for item in _items(world)]
    faults += check_assets(world, [("ego", ego if isinstance(ego, Mapping) else {}), *named])
    on_routes = is_network(world.get("road"))
    for item in _items(world):
        path = f"actors.{item.get('id', '?')}"
        kinds = [kind for kind in KINDS if item.get(kind) is not None]
        kinds = kinds or (["static"] if item.get("asset") is not None else [])
        if not kinds:
            faults.append((path, "say what it is: one of vehicle, pedestrian, animal, static, asset is needed"))
        else:
            faults += _check_kind(path, item, kinds[0])
        faults += _check_system(path, item)
        faults += [] if on_routes else _check_places(path, item, strips)
        faults += _check_trailer(path, item) + _check_lights(path, item)
        faults += _check_lanes(path, item, lanes) + _check_exit(path, item, world.get("road"))
    return faults + _check_circles(world)


def _check_trailer(path: str, item: Any) -> list[tuple[str, str]]:
    """Return a fault where a body is to pull what it cannot; of classes that are drawn the run will tell."""
    trailer, vehicle = item.get("trailer"), item.get("vehicle")
    is_drawn = vehicle is not None and not isinstance(vehicle, str)
    if not isinstance(trailer, str) or trailer not in PULLED_BY or is_drawn or vehicle in PULLED_BY[trailer]:
        return []
    return [(f"{path}.trailer", f"a {trailer} is pulled by {' or '.join(PULLED_BY[trailer])}")]


def _check_lights(path: str, item: Any) -> list[tuple[str, str]]:
    vehicle = item.get("vehicle")
    is_wrong = item.get("blue_lights") and isinstance(vehicle, str | None) and vehicle != "ambulance"
    return [(f"{path}.blue_lights", "only an ambulance has blue lights")] if is_wrong else []


def _check_system(path: str, item: Any) -> list[tuple[str, str]]:
    """Return a fault where a controller is to drive and nobody says which."""
    driver = item.get("driver") if isinstance(item, Mapping) else None
    chosen = driver.get("python") if isinstance(driver, Mapping) else None
    if isinstance(chosen, Mapping) and chosen.get("module") is None and chosen.get("file") is None:
        return [(f"{path}.driver.python", "say whose: package.module:factory, or the file of a factory")]
    return []


def _check_places(path: str, item: Mapping[str, Any], strips: tuple[str, ...] | None) -> list[tuple[str, str]]:
    """Return a fault per place along and across a road that is missing or not there."""
    faults = []
    if item.get("lane") is None and item.get("on") is None:
        faults.append((path, "say where across the road it starts: one of lane and on is needed"))
    if strips is not None and isinstance(item.get("on"), str) and item["on"] not in strips:
        faults.append((f"{path}.on", f"there is no {item['on']} on this road, only {', '.join(strips)}"))
    if item.get("ahead") is None and item.get("behind") is None:
        faults.append((path, "say where along the road it starts: one of ahead and behind is needed"))
    return faults


def _check_kind(path: str, item: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    """Return a fault per thing that a body of this kind cannot have or do."""
    faults = []
    if isinstance(item.get("driver"), Mapping) and "replay" in item["driver"] and item.get("do"):
        faults.append((f"{path}.do", "a vehicle that replays a trace does what that says"))
    if kind != "vehicle" and item.get("driver") is not None:
        faults.append((f"{path}.driver", f"{_ARTICLE[kind]} {kind} has no driver"))
    if kind == "static":
        moves = any("open_door" not in step for step in _script(item) if isinstance(step, Mapping))
        told = [key for key, given in (("do", moves), ("speed", item.get("speed"))) if given]
        return faults + [(f"{path}.{key}", "a static thing does not move") for key in told]
    return faults + _check_script(path, item, kind)


def _check_script(path: str, item: Any, kind: str) -> list[tuple[str, str]]:
    """Return a fault per manoeuvre that is not for this body; of a class that is drawn the run will tell."""
    foreign, who = ("cross", CROSSERS) if kind == "vehicle" else ("change_lane", "vehicles")
    vehicle = item.get("vehicle") if isinstance(item, Mapping) else None
    if kind == "vehicle" and vehicle is not None and (not isinstance(vehicle, str) or vehicle in TWO_WHEELERS):
        return []
    return [
        (f"{path}.do.{i}.{foreign}", f"{foreign} is for {who}")
        for i, step in enumerate(_script(item))
        if isinstance(step, Mapping) and foreign in step
    ]


def _script(item: Any) -> list[Any]:
    script = item.get("do") if isinstance(item, Mapping) else None
    return list(script) if isinstance(script, (list, tuple)) else []


def _strips(road: Any) -> tuple[str, ...] | None:
    """Return the strips beside the lanes, or None where the road is not plain."""
    kinds = {"highway": ("shoulder",), "street": ("parking", "sidewalk")}
    for kind, names in kinds.items():
        if road == kind or (isinstance(road, Mapping) and kind in road):
            more = ("entry_ramp",) if _changes_of(road, "entry") is not None else ()
            return tuple(f"{side}_{name}" for name in names for side in ("right", "left")) + more
    return None


def _check_lanes(path: str, item: Any, lanes: int | None) -> list[tuple[str, str]]:
    """Return a fault per constant lane number beyond the road."""
    if lanes is None or not isinstance(item, Mapping):
        return []
    named = [(f"{path}.lane", item.get("lane"))]
    for i, step in enumerate(_script(item)):
        change = step.get("change_lane") if isinstance(step, Mapping) else None
        if isinstance(change, Mapping):
            named.append((f"{path}.do.{i}.change_lane.to", change.get("to")))
    return [
        (where, f"lane {lane} is not there: the road has {lanes}")
        for where, lane in named
        if isinstance(lane, int) and lane > lanes
    ]


def _check_works(road: Any, lanes: int | None) -> list[tuple[str, str]]:
    """Return a fault where road works would close the only lane."""
    if lanes == 1 and _changes_of(road, "work_zone") is not None:
        return [("road.highway.work_zone", "the only lane cannot be closed: give the road two lanes or more")]
    return []


def _changes_of(road: Any, key: str) -> Any:
    """Return what a highway says under a key, None where it says nothing."""
    highway = road.get("highway") if isinstance(road, Mapping) else None
    return highway.get(key) if isinstance(highway, Mapping) else None


def _check_exit(path: str, item: Any, road: Any) -> list[tuple[str, str]]:
    """Return a fault per `take_exit` of whom cannot: there is no exit, or its driver does not change lanes."""
    if not isinstance(item, Mapping) or not any("take_exit" in step for step in _script(item)):
        return []
    if _changes_of(road, "exit") is None:
        return [(f"{path}.do", "there is no exit on this road: give the highway one with `exit: {at: …}`")]
    driver = item.get("driver")
    kind = next(iter(driver)) if isinstance(driver, Mapping) and driver else driver
    if kind not in LANE_CHANGERS:
        return [(f"{path}.do", f"take_exit is for drivers {', '.join(LANE_CHANGERS)}, who look for gaps")]
    return []


def _lane_count(road: Any) -> int | None:
    """Return how many lanes the road has, or None where that is not plain."""
    if isinstance(road, str):
        road = {road: {}}
    if not isinstance(road, Mapping):
        return None
    for kind, usual in (("highway", (3, 0)), ("street", (1, 1))):
        if kind in road:
            settings = road[kind] or {}
            if not isinstance(settings, Mapping):
                return None
            there, back = settings.get("lanes", usual[0]), settings.get("oncoming_lanes", usual[1])
            if _changes_of(road, "entry") is not None or _changes_of(road, "exit") is not None:
                back += 1
            return there + back if isinstance(there, int) and isinstance(back, int) else None
    return None


def _check_circles(world: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a fault per actor whose chain of `of:` comes back to itself."""
    reference = {str(item.get("id")): str(item.get("of", "ego")) for item in _items(world)}
    faults = []
    for name in reference:
        seen, at = {name}, reference[name]
        while at in reference and at not in seen:
            seen.add(at)
            at = reference[at]
        if at == name:
            faults.append((f"actors.{name}.of", "its place is measured from itself"))
    return faults


DOMAIN = Domain(
    name="driving",
    doc="Vehicles, cycles, pedestrians and animals on a highway, an urban street or an intersection, up to and "
    "through a crash.",
    world=WORLD,
    categories=CATEGORIES,
    signals={**SIGNALS, **SENSOR_SIGNALS},
    measures=MEASURES,
    predicates=_PREDICATES,
    occurrences=_OCCURRENCES,
    entities=_entities,
    check=_check,
    simulate="sim.domains.driving.world:simulate",
    is_clocked=True,
)
"""The driving domain."""

"""The driving domain as its scenarios see it: what may stand under `world:` and what events may speak of.

Signals exist from the start to the first touch of two bodies, where the motion model ends; what follows is the
crash, told by measures that say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.domains.base import (
    Domain,
    EntityDeclaration,
    MeasureDeclaration,
    OccurrenceDeclaration,
    PredicateDeclaration,
    SignalDeclaration,
)
from sim.domains.driving.route_checks import check_routes, is_network
from sim.domains.driving.sensor_signals import SENSOR_SIGNALS
from sim.domains.driving.world_fields import TWO_WHEELERS, WORLD

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
)
"""Semantic classes of the driving scenes, after Cityscapes, and animals. A cycle and its rider are one body."""

SIDES = ("none", "front", "left", "rear", "right")
"""Sides of a body; `first_contact_side` gives the position in this tuple."""

KINDS = ("vehicle", "pedestrian", "animal", "static")
"""Kinds of bodies, by which events select them."""

CROSSERS = "pedestrians, animals and two-wheelers"
"""Who can be told to cross the road."""
_ARTICLE = {"pedestrian": "a", "animal": "an", "static": "a"}

_PAIR = ("any", "any")
_ONE = ("any",)

SIGNALS: dict[str, SignalDeclaration] = {
    "distance": SignalDeclaration(_PAIR, "m", 1.0, "signed distance of the two footprints, negative inside"),
    "gap": SignalDeclaration(
        _PAIR, "m", 1.0, "clear way along the road between the two, bumper to bumper; 0 while side by side"
    ),
    "ttc": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "time until the footprints touch if both keep their velocity along the road; inf if they miss",
        "Hayward (1972), widened to footprints",
    ),
    "thw": SignalDeclaration(_PAIR, "s", 1.0, "time headway: gap over the speed of the one behind"),
    "drac": SignalDeclaration(
        _PAIR,
        "m/s2",
        1.0,
        "deceleration to avoid a crash: closing speed squared over twice the gap",
        "Almqvist, Hyden, Risser (1991)",
    ),
    "required_deceleration": SignalDeclaration(
        _PAIR, "m/s2", 1.0, "drac less the acceleration of the one ahead, at least 0", "Westhofen et al. (2023)"
    ),
    "modified_ttc": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "time until the gap is closed if both keep their accelerations; inf if it never is",
        "Ozbay et al. (2008)",
    ),
    "rss_margin": SignalDeclaration(
        _PAIR,
        "m",
        5.0,
        "gap less the safe longitudinal distance of responsibility-sensitive safety, whatever the lanes; "
        "response 1 s, accelerations 3.5, -4 (-3 towards an oncoming body) and -8 m/s2",
        "Shalev-Shwartz et al. (2017)",
    ),
    "brake_threat_number": SignalDeclaration(
        _PAIR,
        "",
        0.5,
        "required deceleration over what the friction of the one behind allows; above 1 braking comes too late",
        "Brannstrom et al. (2008)",
    ),
    "r157_ttc_margin": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "gap over closing speed, less the time from which an automated lane keeping system must avoid a crash "
        "with whoever cuts in: v / 12 m/s2 + 0.35 s",
        "UN R157, paragraph 5.2.5.2",
    ),
    "eu_2022_1426_ttc_margin": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "the same by the rules for fully automated vehicles, without standing passengers: v / 12 m/s2 + 0.25 s",
        "Regulation (EU) 2022/1426",
    ),
    "closing_speed": SignalDeclaration(_PAIR, "m/s", 1.0, "rate at which the gap shrinks along the road"),
    "sight": SignalDeclaration(
        _PAIR, "m", 0.5, "clearance of the line of sight from the first to the second; negative while hidden"
    ),
    "speed": SignalDeclaration(_ONE, "m/s", 1.0, "speed forward"),
    "acceleration": SignalDeclaration(_ONE, "m/s2", 1.0, "acceleration forward"),
    "lateral_acceleration": SignalDeclaration(_ONE, "m/s2", 1.0, "acceleration to the left"),
    "jerk": SignalDeclaration(_ONE, "m/s3", 5.0, "rate of change of the acceleration forward"),
    "yaw_rate": SignalDeclaration(_ONE, "rad/s", 0.1, "rate of turning, counter-clockwise positive"),
    "lateral_offset": SignalDeclaration(_ONE, "m", 0.5, "way to the left of the nearest lane centre"),
    "lateral_speed": SignalDeclaration(_ONE, "m/s", 0.5, "speed across the road, to the left positive"),
    "heading": SignalDeclaration(
        _ONE, "rad", 0.1, "direction relative to the road, counter-clockwise positive"
    ),
    "lane": SignalDeclaration(_ONE, "", 1.0, "number of the lane the centre is nearest to"),
    "lane_departure": SignalDeclaration(
        _ONE,
        "m",
        0.5,
        "how far the footprint reaches beyond the lane its centre is nearest to; negative inside",
    ),
    "travelled": SignalDeclaration(_ONE, "m", 1.0, "way travelled since the start"),
}

MEASURES: dict[str, MeasureDeclaration] = {
    "min_distance": MeasureDeclaration(_PAIR, "m", 1.0, "smallest distance of the two before the first touch"),
    "min_gap": MeasureDeclaration(_PAIR, "m", 1.0, "smallest gap of the two before the first touch"),
    "min_ttc": MeasureDeclaration(_PAIR, "s", 1.0, "smallest ttc of the two before the first touch"),
    "min_thw": MeasureDeclaration(_PAIR, "s", 1.0, "smallest time headway of the two before the first touch"),
    "max_drac": MeasureDeclaration(_PAIR, "m/s2", 1.0, "largest drac before the first touch", grows=True),
    "pet": MeasureDeclaration(
        _PAIR,
        "s",
        1.0,
        "post-encroachment time: least time between one leaving a place and the other reaching it, before the "
        "first touch; 0 if the two touch, inf if they share no place",
        source="Allen, Shin and Cooper (1978)",
    ),
    "time_exposed_ttc": MeasureDeclaration(
        _PAIR,
        "s",
        1.0,
        "time during which ttc is below 1.5 s, before the first touch",
        grows=True,
        source="Minderhoud and Bovy (2001)",
    ),
    "max_deceleration": MeasureDeclaration(
        _ONE, "m/s2", 1.0, "strongest braking before the first touch", grows=True
    ),
    "impact_speed": MeasureDeclaration(
        _PAIR, "m/s", 1.0, "relative speed of the two at their touch, if it is the first; else 0", grows=True
    ),
    "first_contact_side": MeasureDeclaration(
        _ONE, "", 1.0, "side of the first touch: 0 none, 1 front, 2 left, 3 rear, 4 right"
    ),
    "delta_v": MeasureDeclaration(
        _ONE, "m/s", 1.0, "largest change of velocity in one impact of the crash", needs_crash=True
    ),
    "fatality_risk": MeasureDeclaration(
        _ONE,
        "",
        0.1,
        "probability that the crash kills: a vehicle's driver (delta_v / 71 mph)^4, a pedestrian in the first "
        "touch as an adult 1 / (1 + exp(6.9 - 0.090 v)) of the impact speed in km/h, and so a rider, who has "
        "no curve; 0 for whoever is not hit",
        needs_crash=True,
        source="Joksch (1993); Rosen and Sander (2009)",
    ),
    "contact_impulse": MeasureDeclaration(
        _PAIR, "N*s", 1000.0, "impulse the two exchange in their first impact", needs_crash=True
    ),
}

_PREDICATES = {
    "collided": PredicateDeclaration(
        _PAIR,
        "the first touch of the episode is between these two; before it minus their smallest distance so far "
        "over 1 m, from it on the closing speed at contact over 1 m/s",
    ),
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
    "reaction": OccurrenceDeclaration(
        {"actor": "entity"}, "a driver notices a surprise; the response is to come"
    ),
}


def _entities(world: Mapping[str, Any]) -> list[EntityDeclaration]:
    """Return ego and the actors, a counted item as its single entities where the count is a plain number."""
    found = [EntityDeclaration("ego", "vehicle")]
    for item in _items(world):
        category = next((kind for kind in KINDS if item.get(kind) is not None), "static")
        name, count = str(item.get("id", "")), item.get("count")
        if isinstance(count, int) and not isinstance(count, bool):
            found += [EntityDeclaration(f"{name}_{i}", category) for i in range(count)]
        else:
            found.append(EntityDeclaration(name, category))
    return found


def _items(world: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    actors = world.get("actors") or ()
    return [item for item in actors if isinstance(item, Mapping)] if isinstance(actors, (list, tuple)) else []


def _check(world: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what only driving can see: kinds, places, lanes that are not there, circular references."""
    faults: list[tuple[str, str]] = []
    lanes, strips = _lane_count(world.get("road")), _strips(world.get("road"))
    ego = world.get("ego") or {}
    faults += _check_lanes("ego", ego, lanes) + _check_script("ego", ego, "vehicle")
    faults += _check_system("ego", ego)
    faults += check_routes(world, _items(world))
    on_routes = is_network(world.get("road"))
    for item in _items(world):
        path = f"actors.{item.get('id', '?')}"
        kinds = [kind for kind in KINDS if item.get(kind) is not None]
        if not kinds:
            faults.append((path, "say what it is: one of vehicle, pedestrian, animal and static is needed"))
        else:
            faults += _check_kind(path, item, kinds[0])
        faults += _check_system(path, item)
        faults += [] if on_routes else _check_places(path, item, strips)
        faults += _check_lanes(path, item, lanes)
    return faults + _check_circles(world)


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
        faults += [
            (f"{path}.{key}", "a static thing does not move") for key in ("do", "speed") if item.get(key)
        ]
        return faults
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
            return tuple(f"{side}_{name}" for name in names for side in ("right", "left"))
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

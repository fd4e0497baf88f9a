"""Random small driving scenes as scenario data: everything about one follows from its number.

In a *calm* scene everybody keeps the rules and nobody is thrown into it: whoever is behind could stop behind
whom it follows, and before its stop line, with comfort. In a *wild* one drivers may be blind, heedless or told
to change lanes and brake, and people, deer and things are on the road.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.domains.driving.small_bodies import TWO_WHEELERS
from sim.domains.driving.vehicles import VEHICLES

__all__ = ["KINDS", "Item", "Scene", "random_scene"]

Item = dict[str, Any]
KINDS = ("motorway", "street", "curve", "priority", "signals", "roundabout")
ARMS = ("south", "east", "north", "west")
_SIZES = {name: body.size for name, body in {**VEHICLES, **TWO_WHEELERS}.items()}
_MOTORWAY = ("hatchback", "sedan", "suv", "van", "truck", "bus", "motorcycle")
_TOWN = (*_MOTORWAY, "bicycle", "e_scooter")
_SLOW = {"bicycle": 6.0, "e_scooter": 5.5, "truck": 25.0, "bus": 28.0}  # as fast as they go [m/s]
_COMFORT = 2.5  # deceleration with which whoever is behind can stop [m/s2]
_LEFT_FREE = 9.0  # before a stop line, for a bus that turns: nobody is put there to begin with [m]
_SIDEWAYS = 2.0  # lateral acceleration in the bends of roads [m/s2]


@dataclass(frozen=True)
class Scene:
    """A scene.

    Args:
        seed: its number.
        kind: one of KINDS.
        is_calm: whether everybody keeps the rules.
        road: the settings of its road.
        items: who is there, ego first.
        duration: [s].
        dt: time step [s].
    """

    seed: int
    kind: str
    is_calm: bool
    road: Item
    items: tuple[Item, ...]
    duration: float
    dt: float

    @property
    def data(self) -> Item:
        """The scenario as its file has it."""
        name = {"motorway": "highway", "priority": "intersection", "signals": "intersection"}.get(self.kind)
        name = name or ("roundabout" if self.kind == "roundabout" else str(self.road["base"]))
        settings = {key: value for key, value in self.road.items() if key != "base"}
        ego = {key: value for key, value in self.items[0].items() if key != "id"}
        return {
            "scenario": f"driving/random_{self.seed}", "language": 1, "duration": f"{self.duration} s",
            "world": {"road": {name: settings}, "dt": f"{self.dt} s", "ego": ego, "actors": [*self.items[1:]]},
            "event": {"stands": "eventually(speed(ego) < 0.1 m/s)"},
        }  # fmt: skip

    def keeping(self, names: set[str]) -> Scene:
        """Return the scene with these alone."""
        return replace(self, items=tuple(item for item in self.items if item["id"] in names))


def random_scene(seed: int, *, kind: str | None = None) -> Scene:
    """Return scene number `seed`, of a kind if one is named."""
    rng = np.random.default_rng([20261123, seed])
    kind = kind or KINDS[seed % len(KINDS)]
    is_calm = bool(rng.random() < 0.6)
    make = _on_road if kind in ("motorway", "street", "curve") else _at_junction
    road, items = make(rng, kind, is_calm)
    dt = float(rng.choice([0.01, 0.02, 0.04]))
    return Scene(seed, kind, is_calm, road, items, float(rng.choice([8.0, 12.0, 20.0])), dt)


# -- one road ---------------------------------------------------------------------------------------------


def _on_road(rng: np.random.Generator, kind: str, is_calm: bool) -> tuple[Item, tuple[Item, ...]]:
    base = str(rng.choice(["highway", "street"])) if kind == "curve" else "street"
    base = "highway" if kind == "motorway" else base
    is_motorway = base == "highway"
    lanes = int(rng.integers(2, 5)) if is_motorway else int(rng.integers(1, 3))
    width = float(rng.choice([3.25, 3.5, 3.75]))
    road: Item = {"base": base, "lanes": lanes, "lane_width": f"{width} m"}
    fast = float(rng.uniform(20.0, 38.0)) if is_motorway else float(rng.uniform(7.0, 15.0))
    if not is_motorway:
        road["oncoming_lanes"] = int(rng.integers(1, 3))
    if kind == "curve":
        road["alignment"] = _bends(rng, _SIDEWAYS / (1.25 * fast) ** 2)
    total = lanes + int(road.get("oncoming_lanes", 0))
    count = int(rng.integers(3, 9))
    cars: list[tuple[float, Item]] = []
    for lane in range(1, total + 1):
        way = 1.0 if lane <= lanes else -1.0
        share = count // total + int(lane <= count % total)
        cars += _queue(rng, share, lane, way, fast, is_calm, is_motorway)
    cars.sort(key=lambda car: (car[1]["lane"] > lanes, abs(car[0]), car[1]["lane"]))
    place, ego = cars[0]
    items = [{**ego, "id": "ego"}]
    for k, (at, item) in enumerate(cars[1:]):
        apart = (_length(item) + _length(ego)) / 2
        items.append({**item, "id": f"car_{k}", "ahead": f"{at - place - apart} m"})
    if len(items) == 1 or not is_calm:
        items += _strollers(rng, is_motorway, 1 + int(rng.integers(0, 3)))
    return road, tuple(items)


def _bends(rng: np.random.Generator, sharpest: float) -> list[Item]:
    found: list[Item] = [{"line": f"{rng.uniform(10.0, 60.0)} m"}]
    for side in (1.0, -1.0) if rng.random() < 0.5 else (-1.0, 1.0):
        bend = side * float(rng.uniform(0.3, 1.0)) * min(sharpest, 0.02)
        ramp = f"{float(rng.uniform(40.0, 80.0))} m"
        found += [{"clothoid": {"length": ramp, "to": f"{bend:.8f} 1/m"}},
                  {"arc": {"length": f"{float(rng.uniform(20.0, 100.0))} m", "curvature": f"{bend:.8f} 1/m"}},
                  {"clothoid": {"length": ramp, "to": "0 1/m"}}]  # fmt: skip
    return found


def _queue(
    rng: np.random.Generator, count: int, lane: int, way: float, fast: float, is_calm: bool, is_motorway: bool
) -> list[tuple[float, Item]]:
    """Return who drives in a lane with the place of their middles, the last of them first."""
    found: list[tuple[float, Item]] = []
    at = float(rng.uniform(-60.0, 20.0)) if way > 0 else float(rng.uniform(60.0, 250.0))
    behind: Item | None = None
    for _ in range(count):
        item = _vehicle(rng, is_motorway, is_calm, fast)
        v = float(item["speed"].split()[0])
        if behind is not None:
            u = float(behind["speed"].split()[0])
            # calm: a headway of a second, and what the one behind needs to get as slow as who is ahead
            room = 3.0 + u + max(0.0, u * u - v * v) / (2.0 * _COMFORT) if is_calm else 1.0
            at += way * (room + float(rng.exponential(25.0)) + (_length(item) + _length(behind)) / 2)
        item["lane"] = lane
        found.append((at, item))
        behind = item
    return found


def _vehicle(rng: np.random.Generator, is_motorway: bool, is_calm: bool, fast: float) -> Item:
    name = str(rng.choice(_MOTORWAY if is_motorway else _TOWN))
    v = min(float(rng.uniform(0.6, 1.1)) * fast, _SLOW.get(name, 100.0))
    driver = str(rng.choice(["idm", "human", "mobil"]))
    wish = min(float(rng.uniform(0.9, 1.25)) * fast, _SLOW.get(name, 100.0))
    item: Item = {"vehicle": name, "speed": f"{v} m/s", "driver": {driver: {"desired_speed": f"{wish} m/s"}}}
    if not is_calm and rng.random() < 0.5:
        item["driver"] = str(rng.choice(["constant", "acc_aeb", "r157_careful", "human"]))
        if rng.random() < 0.5:
            item["do"] = [{"at": f"{rng.uniform(0.0, 5.0)} s", **_order(rng)}]
    return item


def _order(rng: np.random.Generator) -> Item:
    """Return what somebody is told to do."""
    orders: tuple[Item, ...] = (
        {"brake": {"deceleration": f"{rng.uniform(2.0, 9.0)} m/s2"}},
        {"change_lane": {"to": int(rng.integers(1, 3)), "lateral_speed": f"{rng.uniform(0.5, 2.0)} m/s"}},
        {"accelerate": {"acceleration": "2 m/s2", "to": "40 m/s"}},
        {"stop": {"deceleration": f"{rng.uniform(2.0, 6.0)} m/s2"}},
    )
    return orders[int(rng.integers(len(orders)))]


def _strollers(rng: np.random.Generator, is_motorway: bool, count: int) -> list[Item]:
    """Return people, deer and things, 30 m from one another."""
    strip = "right_shoulder" if is_motorway else "right_sidewalk"
    found: list[Item] = []
    for k in range(count):
        at = f"{30.0 + 30.0 * k + float(rng.uniform(0.0, 10.0))} m"
        cross = {"at": f"{rng.uniform(0.0, 4.0)} s", "cross": {"speed": f"{rng.uniform(0.8, 4.0)} m/s"}}
        who: tuple[Item, ...] = (
            {"pedestrian": "adult", "do": [cross]}, {"pedestrian": "child", "do": [cross]},
            {"animal": "deer", "do": [cross]}, {"static": str(rng.choice(["box", "pallet", "cone", "tyre"]))},
        )  # fmt: skip
        found.append({**who[int(rng.integers(len(who)))], "id": f"other_{k}", "on": strip, "ahead": at})
    return found


def _length(item: Item) -> float:
    return _SIZES[item["vehicle"]][0]


# -- roads that meet --------------------------------------------------------------------------------------


def _at_junction(rng: np.random.Generator, kind: str, is_calm: bool) -> tuple[Item, tuple[Item, ...]]:
    arms = ARMS if rng.random() < 0.75 else ("south", "east", "west")
    road = _junction(rng, kind, len(arms))
    items: list[Item] = []
    taken: dict[str, list[tuple[float, float]]] = {arm: [] for arm in arms}
    wanted = int(rng.integers(2, 9))
    for _ in range(8 * wanted):
        if len(items) == wanted:
            break
        origin, goal = (str(arm) for arm in rng.choice(arms, 2, replace=False))
        item = _on_route(rng, origin, goal, is_calm)
        before, v = (float(text.split()[0]) for text in (item["route"]["before"], item["speed"]))
        if all(_is_apart(before, v, *other, is_calm) for other in taken[origin]):
            taken[origin].append((before, v))
            items.append({**item, "id": f"car_{len(items)}"})
    first = next((k for k, one in enumerate(items) if one["route"]["from"] in ("west", "east")), 0)
    ego = {**items[first], "id": "ego"}
    return road, (ego, *items[:first], *items[first + 1 :])


def _is_apart(before: float, v: float, other: float, u: float, is_calm: bool) -> bool:
    """Return whether two in one lane have room: 15 m for the longest vehicle and what the one behind needs."""
    if other < before:
        before, v, other, u = other, u, before, v
    need = 3.0 + u + max(0.0, u * u - v * v) / (2.0 * _COMFORT) if is_calm else 1.0
    return other - before > 15.0 + need


def _junction(rng: np.random.Generator, kind: str, arms: int) -> Item:
    if kind == "roundabout":
        return {"arms": arms, "diameter": f"{rng.uniform(32.0, 48.0)} m", "ring": f"{rng.uniform(6.0, 8.0)} m"}
    road: Item = {"arms": arms, "corner": f"{rng.uniform(6.0, 12.0)} m", "control": {"priority": {}}}
    if kind == "signals":
        times = {key: f"{rng.uniform(6.0, 14.0)} s" for key in ("green", "cross_green")}
        road["control"] = {"signals": {**times, "shift": f"{rng.uniform(0.0, 40.0)} s"}}
    return road


def _on_route(rng: np.random.Generator, origin: str, goal: str, is_calm: bool) -> Item:
    name = str(rng.choice(_TOWN))
    before, limit = float(rng.uniform(_LEFT_FREE + 3.0 if is_calm else 6.0, 100.0)), _SLOW.get(name, 100.0)
    # calm: from there it can still stop, so that nobody is thrown into the junction at the start
    v = min(
        float(rng.uniform(4.0, 14.0)),
        limit,
        math.sqrt(2.0 * _COMFORT * (before - _LEFT_FREE)) if is_calm else limit,
    )
    route: Item = {"from": origin, "to": goal, "before": f"{before} m"}
    item: Item = {"vehicle": name, "speed": f"{v} m/s", "driver": str(rng.choice(["idm", "human"]))}
    if not is_calm and rng.random() < 0.6:
        item["driver"] = str(rng.choice(["constant", "idm", "acc_aeb", "r157_careful"]))
        route["rules"] = str(rng.choice(["keeps", "takes_way", "heedless"]))
        route["margin"] = f"{rng.uniform(-2.0, 1.5)} s"
    return {**item, "route": route}

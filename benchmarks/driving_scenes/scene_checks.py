"""What must hold in random scenes: nobody passes through another, all stay on the road, the first can go."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from random_driving import Item, Scene
from scene_geometry import (
    beside_course,
    depth_of_overlap,
    halfway,
    is_on_intersection,
    is_on_roundabout,
    number,
)

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup, Trace
from sim.domains.driving.small_bodies import ANIMALS, DEBRIS, TWO_WHEELERS
from sim.domains.driving.vehicles import PEDESTRIANS, STATICS, VEHICLES

__all__ = ["HARDER", "Fault", "Ride", "faults_of", "harder_braking", "ride"]

Array = NDArray[np.float64]
UNNOTICED = 0.01
"""Depth of an overlap that is taken for one, at recorded moments and halfway between them [m]."""
HARDER = 2.0
"""How much harder who goes first may have to brake for those who yield to it [m/s2]."""
_FAR = 15.0  # no two bodies overlap whose middles are that far apart, not even half a step later [m]
_LOOK = 0.2  # time between two looks at where somebody is on the road [s]
_FOR_BENDS = 2.0  # deceleration for bends: 1.5 m/s2, and what the jerk limit adds [m/s2]
_SHAPES = {**VEHICLES, **TWO_WHEELERS, **PEDESTRIANS, **ANIMALS, **STATICS, **DEBRIS}
_RULED = ("idm", "human", "mobil")
_LANE_WIDTH = {"priority": 3.25, "signals": 3.25, "roundabout": 3.5}  # where a scene says nothing [m]
_CORNER, _ISLAND = 10.0, 2.0  # kerbs' radius and islands' width of roundabouts, likewise [m]
_AMBER, _ALL_RED = 3.0, 2.0  # of signals, likewise [s]


@dataclass(frozen=True)
class Fault:
    """Something that must not be: `what` it is, and who, when and how much."""

    what: str
    detail: str


@dataclass(frozen=True)
class Ride:
    """A scene that has been run.

    Args:
        scene: it was.
        trace: that it left.
        poses: (T, N, 3) x, y, yaw of everybody.
    """

    scene: Scene
    trace: Trace
    poses: Array

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody, in the order of the poses."""
        return tuple(item["id"] for item in self.scene.items)

    @cached_property
    def contacts(self) -> dict[frozenset[str], float]:
        """Who touched whom, and when."""
        return {
            frozenset((str(one.fields["a"]), str(one.fields["b"]))): one.t
            for one in self.trace.occurrences
            if one.kind == "contact"
        }


def ride(scene: Scene) -> Ride:
    """Run a scene as `score` would."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "scene.yaml")
        file.write_text(json.dumps(scene.data))
        scenario = load_scenario(file)
    draw = scenario.nominal(scene.seed, 0)
    trace = scenario.domain.load()(Setup(scenario.duration, scenario.resolve(draw).world, draw.noise))
    (track,) = trace.truth().tracks
    x, y, _, _, _, z, w = np.moveaxis(track.poses, -1, 0)
    return Ride(scene, trace, np.stack([x, y, 2.0 * np.arctan2(z, w)], axis=-1))


def faults_of(done: Ride) -> Iterator[Fault]:
    """Yield everything that must not be in a scene."""
    yield from _unnoticed(done)
    yield from _off_the_road(done)
    if done.scene.is_calm:
        for pair, t in done.contacts.items():
            yield Fault("touch", f"{' and '.join(sorted(pair))} at {t:.2f} s, where all keep the rules")
        harder, who = harder_braking(done)
        if harder > HARDER:
            yield Fault("braking", f"{who} by {harder:.2f} m/s2 harder than without those who yield")
        if done.scene.kind == "signals":
            yield from _red(done)


# -- nobody drives through anybody ------------------------------------------------------------------------


def _unnoticed(done: Ride) -> Iterator[Fault]:
    """Yield overlaps of two that had not touched by then, and touches of two that are apart."""
    items = done.scene.items
    for i, j in itertools.combinations(range(len(items)), 2):
        touched = done.contacts.get(frozenset((items[i]["id"], items[j]["id"])))
        apart = np.hypot(*(done.poses[:, i, :2] - done.poses[:, j, :2]).T)
        if touched is None and apart.min() > _FAR:
            continue
        a, b = (_SHAPES[_class(items[k])].footprint for k in (i, j))
        depth = depth_of_overlap(halfway(done.poses[:, i]), halfway(done.poses[:, j]), a, b)
        pair = f"{items[i]['id']} and {items[j]['id']}"
        moments = np.interp(np.arange(len(depth)) / 2, np.arange(len(depth[::2])), done.trace.times)
        before = moments < (math.inf if touched is None else touched - 1e-9)
        worst = float(np.max(depth, where=before, initial=-math.inf))
        if worst > UNNOTICED:
            t = moments[np.argmax(np.where(before, depth, -math.inf))]
            yield Fault("overlap", f"{pair} by {worst:.3f} m at {t:.2f} s")
        if touched is not None and float(depth[-1]) < -UNNOTICED:
            yield Fault("no touch", f"{pair} are {-float(depth[-1]):.3f} m apart when they touch")


def _class(item: Item) -> str:
    return str(next(item[key] for key in ("vehicle", "pedestrian", "animal", "static") if key in item))


# -- nobody leaves the road -------------------------------------------------------------------------------


def _off_the_road(done: Ride) -> Iterator[Fault]:
    """Yield those who leave the asphalt, or their lane if they change none, without being told to."""
    road = done.scene.road
    for k, item in enumerate(done.scene.items):
        if _driver(item) not in _RULED or "do" in item:
            continue
        places = done.poses[:: round(_LOOK / done.scene.dt), k, :2]
        if "base" in road:
            width, lane = number(road["lane_width"]), item["lane"]
            aside = beside_course(road.get("alignment", ()), places)
            right, left = -road["lanes"] * width, road.get("oncoming_lanes", 0) * width
            if _driver(item) != "mobil":
                right, left = right + (lane - 1) * width, right + lane * width
            beyond = float(np.max(np.maximum(right - aside, aside - left)))
            if beyond > 0.0:
                yield Fault("off the road", f"{item['id']} by {beyond:.2f} m")
        elif not (on := _is_on_junction(done.scene, places)).all():
            x, y = places[np.argmin(on)]
            yield Fault("off the road", f"{item['id']} at {x:.2f}, {y:.2f} m")


def _is_on_junction(scene: Scene, places: Array) -> NDArray[np.bool_]:
    width = _LANE_WIDTH[scene.kind]
    if scene.kind == "roundabout":
        outer, ring = number(scene.road["diameter"]) / 2, number(scene.road["ring"])
        return is_on_roundabout(places, outer, outer - ring, _ISLAND / 2 + width, _CORNER)
    return is_on_intersection(places, width, number(scene.road["corner"]))


def _driver(item: Item) -> str | None:
    driver = item.get("driver")
    return driver if driver is None or isinstance(driver, str) else str(next(iter(driver)))


# -- whoever goes first can -------------------------------------------------------------------------------


def harder_braking(done: Ride) -> tuple[float, str]:
    """Return how much harder than without those who yield somebody who goes first brakes, and who [m/s2].

    At an intersection those on the main street go first, left turns aside, which yield to oncoming traffic;
    they are compared with the same drive without the side street. On a roundabout it is whoever has passed its
    give-way line, and 2 m/s2 are taken off, which bends ask for.
    """
    scene, worst, who = done.scene, 0.0, ""
    if scene.kind == "priority":
        main = [item for item in scene.items if item["route"]["from"] in ("west", "east")]
        first = [item for item in main if _is_no_left(item["route"])]
        if not first or len(main) == len(scene.items):
            return worst, who
        without = ride(scene.keeping({item["id"] for item in main}))
        for item in first:
            harder = _hardest(without, item["id"]) - _hardest(done, item["id"])
            worst, who = max((worst, who), (harder, item["id"]))
    if scene.kind == "roundabout":
        for item in scene.items:
            on = done.trace.signal("travelled", (item["id"],)) > number(item["route"]["before"])
            braking = -done.trace.signal("acceleration", (item["id"],))
            harder = float(np.max(braking, where=on, initial=0.0)) - _FOR_BENDS
            worst, who = max((worst, who), (harder, item["id"]))
    return worst, who


def _hardest(done: Ride, name: str) -> float:
    """Return the least acceleration, at most 0."""
    return min(0.0, float(np.min(done.trace.signal("acceleration", (name,)))))


def _is_no_left(route: Any) -> bool:
    order = ("south", "west", "north", "east")  # turning left leads to the next but two
    return (order.index(route["to"]) - order.index(route["from"])) % 4 != 3


def _red(done: Ride) -> Iterator[Fault]:
    """Yield those who pass their stop line while it is red, of a scene in which all heed it and can stop."""
    signals = done.scene.road["control"]["signals"]
    green, cross = number(signals["green"]), number(signals["cross_green"])
    cycle = green + cross + 2.0 * (_AMBER + _ALL_RED)
    for item in done.scene.items:
        route = item["route"]
        way = done.trace.signal("travelled", (item["id"],))
        if way[-1] <= (before := number(route["before"])):
            continue
        t = float(np.interp(before, way, done.trace.times))
        begin, lasts = (
            (0.0, green) if route["from"] in ("south", "north") else (green + _AMBER + _ALL_RED, cross)
        )
        since = (t + number(signals["shift"]) - begin) % cycle
        if lasts + _AMBER <= since:
            yield Fault(
                "red", f"{item['id']} passes its line {since - lasts - _AMBER:.2f} s after it turned red"
            )

"""What happened in an episode as an OpenSCENARIO 1.2 file, which other players replay.

Every body that moves follows a trajectory of all its recorded places with their times; a body that stands is
put there. A vehicle's place is that of the middle of its rear axle on the ground, as the standard wants it, any
other body's its own middle. Headings go on past a full turn, so that what lies between two places is plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np

from sim.domains.driving.exchange.road_files import CONTROLLER, text_of
from sim.domains.driving.maps.network import Network
from sim.domains.driving.right_of_way import AMBER, GREEN, READY, RED, RED_AMBER, signal_state
from sim.domains.driving.vehicles import BodyClass
from sim.geometry import Array, rotation_from_quaternion
from sim.scene import Light

__all__ = ["ROAD_FILE", "Player", "Weather", "scenario_text"]

ROAD_FILE = "road.xodr"
_CATEGORIES = {
    "car": "car", "truck": "truck", "bus": "bus", "motorcycle": "motorbike", "bicycle": "bicycle",
    "rider": "bicycle", "trailer": "trailer", "tram": "tram",
}  # fmt: skip
"""Semantic class -> category of a vehicle; the standard has none for an electric scooter."""
_FASTEST = 70.0  # no vehicle here is faster [m/s]
_STEERING = 0.6  # largest steering angle of a front wheel [rad]
_DECIMALS = 9  # to which repeated sums of moments are rounded [s]
_LIGHTS = {RED: "on;off;off", RED_AMBER: "on;on;off", GREEN: "off;off;on", AMBER: "off;on;off"}
"""State of a signal -> red; amber; green."""
_RAIN = 3.6e6  # m/s in mm/h


@dataclass(frozen=True)
class Player:
    """A body and where it was.

    Args:
        name: its id.
        body: its class.
        wheel_radius: [m]; 0 where it has no wheels.
        poses: (T, 7) of its middle on the ground.
    """

    name: str
    body: BodyClass
    wheel_radius: float
    poses: Array

    @property
    def rear_axle(self) -> float:
        """Way from its middle to its origin in the file, forward positive [m]."""
        return -self.body.front_share * self.body.wheelbase

    @property
    def moves(self) -> bool:
        """Whether it is ever anywhere but where it begins."""
        return bool(np.any(self.poses != self.poses[0]))


@dataclass(frozen=True)
class Weather:
    """Light and air, what falls (the word of the scenario), and the friction of the road."""

    light: Light
    falls: str
    friction: float


def scenario_text(players: Sequence[Player], times: Array, weather: Weather, network: Network | None) -> str:
    """Return the file; the road stands in `road.xodr` beside it.

    Args:
        players: all bodies of the episode.
        times: (T,) of their poses [s].
        weather: of the episode.
        network: with the signals, if there is one.
    """
    root = ET.Element("OpenSCENARIO")
    # no clock: the same episode gives the same bytes
    told = {"revMajor": "1", "revMinor": "2", "date": "2000-01-01T00:00:00", "author": "oddsmith"}
    ET.SubElement(root, "FileHeader", {**told, "description": "a recorded episode"})
    ET.SubElement(root, "CatalogLocations")
    roads = ET.SubElement(root, "RoadNetwork")
    ET.SubElement(roads, "LogicFile", filepath=ROAD_FILE)
    if network is not None and network.posts:
        _signals(roads, network, float(times[-1]))
    entities = ET.SubElement(root, "Entities")
    for player in players:
        _entity(entities, player, weather.friction)
    board = ET.SubElement(root, "Storyboard")
    actions = ET.SubElement(ET.SubElement(board, "Init"), "Actions")
    _weather(actions, weather)
    for player in players:
        private = ET.SubElement(actions, "Private", entityRef=player.name)
        teleport = ET.SubElement(ET.SubElement(private, "PrivateAction"), "TeleportAction")
        _place(teleport, next(_places(player)))
    moving = [player for player in players if player.moves]
    if moving and len(times) > 1:
        story = ET.SubElement(board, "Story", name="episode")
        for player in moving:
            _act(story, player, times)
    _when(ET.SubElement(board, "StopTrigger"), "end", float(times[-1]), "greaterThan")
    return text_of(root)


def _number(value: float) -> str:
    return repr(float(value) + 0.0)  # no negative zero


def _entity(entities: ET.Element, player: Player, friction: float) -> None:
    body = player.body
    one = ET.SubElement(entities, "ScenarioObject", name=player.name)
    mass = {"name": body.style, "mass": _number(body.mass)}
    if body.wheelbase:
        made = ET.SubElement(one, "Vehicle", {**mass, "vehicleCategory": _CATEGORIES.get(body.category, "car")})
    elif body.kind == "static":
        made = ET.SubElement(one, "MiscObject", {**mass, "miscObjectCategory": "obstacle"})
    else:
        kind = "animal" if body.kind == "animal" else "pedestrian"
        made = ET.SubElement(one, "Pedestrian", {**mass, "pedestrianCategory": kind})
    length, width, height = body.size
    box = ET.SubElement(made, "BoundingBox")
    ET.SubElement(box, "Center", x=_number(-player.rear_axle), y="0.0", z=_number(height / 2))
    ET.SubElement(box, "Dimensions", width=_number(width), length=_number(length), height=_number(height))
    if body.wheelbase:
        _vehicle(made, player, friction)
    ET.SubElement(made, "Properties")


def _vehicle(made: ET.Element, player: Player, friction: float) -> None:
    body, g = player.body, 9.81
    ET.SubElement(
        made, "Performance", maxSpeed=_number(_FASTEST), maxAcceleration=_number(body.power),
        maxDeceleration=_number(friction * g),
    )  # fmt: skip
    axles = ET.SubElement(made, "Axles")
    for name, steering, x in (("FrontAxle", _STEERING, body.wheelbase), ("RearAxle", 0.0, 0.0)):
        numbers = {
            "maxSteering": steering, "wheelDiameter": 2.0 * player.wheel_radius, "trackWidth": body.track,
            "positionX": x, "positionZ": player.wheel_radius,
        }  # fmt: skip
        ET.SubElement(axles, name, {key: _number(value) for key, value in numbers.items()})


def _places(player: Player) -> Iterator[tuple[float, ...]]:
    """Yield x, y, z, heading, pitch and roll of a body's origin at every moment."""
    turned = rotation_from_quaternion(player.poses[:, 3:])
    origin = player.poses[:, :3] + player.rear_axle * turned[:, :, 0]
    heading = np.unwrap(np.arctan2(turned[:, 1, 0], turned[:, 0, 0]))
    pitch = np.arcsin(np.clip(-turned[:, 2, 0], -1.0, 1.0))
    roll = np.unwrap(np.arctan2(turned[:, 2, 1], turned[:, 2, 2]))
    for row in np.column_stack([origin, heading, pitch, roll]):
        yield tuple(float(value) for value in row)


def _place(parent: ET.Element, place: tuple[float, ...]) -> None:
    numbers = {key: _number(value) for key, value in zip("xyzhpr", place, strict=True)}
    ET.SubElement(ET.SubElement(parent, "Position"), "WorldPosition", numbers)


def _act(story: ET.Element, player: Player, times: Array) -> None:
    """Add the trajectory of a body."""
    act = ET.SubElement(story, "Act", name=f"{player.name} moves")
    group = ET.SubElement(act, "ManeuverGroup", maximumExecutionCount="1", name=player.name)
    actors = ET.SubElement(group, "Actors", selectTriggeringEntities="false")
    ET.SubElement(actors, "EntityRef", entityRef=player.name)
    manoeuvre = ET.SubElement(group, "Maneuver", name=player.name)
    event = ET.SubElement(manoeuvre, "Event", name=player.name, priority="override", maximumExecutionCount="1")
    action = ET.SubElement(event, "Action", name=player.name)
    routing = ET.SubElement(ET.SubElement(action, "PrivateAction"), "RoutingAction")
    follow = ET.SubElement(routing, "FollowTrajectoryAction")
    reference = ET.SubElement(follow, "TrajectoryRef")
    trajectory = ET.SubElement(reference, "Trajectory", name=player.name, closed="false")
    line = ET.SubElement(ET.SubElement(trajectory, "Shape"), "Polyline")
    for t, place in zip(times, _places(player), strict=True):
        _place(ET.SubElement(line, "Vertex", time=_number(t)), place)
    moments = ET.SubElement(follow, "TimeReference")
    ET.SubElement(moments, "Timing", domainAbsoluteRelative="absolute", scale="1.0", offset="0.0")
    ET.SubElement(follow, "TrajectoryFollowingMode", followingMode="position")
    _when(ET.SubElement(event, "StartTrigger"), "begin", 0.0, "greaterOrEqual")
    _when(ET.SubElement(act, "StartTrigger"), "begin", 0.0, "greaterOrEqual")


def _when(trigger: ET.Element, name: str, t: float, rule: str) -> None:
    group = ET.SubElement(trigger, "ConditionGroup")
    condition = ET.SubElement(group, "Condition", name=name, delay="0.0", conditionEdge="none")
    by_value = ET.SubElement(condition, "ByValueCondition")
    ET.SubElement(by_value, "SimulationTimeCondition", value=_number(t), rule=rule)


def _weather(actions: ET.Element, weather: Weather) -> None:
    light = weather.light
    action = ET.SubElement(ET.SubElement(actions, "GlobalAction"), "EnvironmentAction")
    made = ET.SubElement(action, "Environment", name="environment")
    cover = f"{_OKTAS[round(8 * light.cloud)]}Oktas"
    sky = ET.SubElement(made, "Weather", fractionalCloudCover=cover)
    # the standard counts from north, clockwise; north is y
    azimuth = (math.pi / 2 - light.sun_azimuth) % (2.0 * math.pi)
    sun = {"azimuth": azimuth, "elevation": light.sun_elevation, "illuminance": _illuminance(light)}
    ET.SubElement(sky, "Sun", {key: _number(value) for key, value in sun.items()})
    ET.SubElement(sky, "Fog", visualRange=_number(light.visibility))
    kind = weather.falls if weather.falls in ("rain", "snow") else "dry"
    ET.SubElement(
        sky, "Precipitation", precipitationType=kind, precipitationIntensity=_number(light.rain * _RAIN)
    )
    ET.SubElement(made, "RoadCondition", frictionScaleFactor=_number(weather.friction))


def _illuminance(light: Light) -> float:
    """Return the illuminance of level ground [lx]: its irradiance times the efficacy of daylight, 110 lm/W.

    Source: Kasten and Czeplak (1980), of clear skies and how clouds dim them.
    """
    clear = max(910.0 * math.sin(light.sun_elevation) - 30.0, 0.0)
    return 110.0 * clear * (1.0 - 0.75 * light.cloud**3.4)


_OKTAS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")


def _signals(roads: ET.Element, network: Network, end: float) -> None:
    """Add what all signals show, as phases from the beginning to the end of the episode."""
    rows = [np.array(row) for row in network.timetable]
    cuts = sorted({0.0, end, *(t for row in rows for t in _switches(row, end))})
    signals = ET.SubElement(roads, "TrafficSignals")
    controller = ET.SubElement(signals, "TrafficSignalController", name=CONTROLLER)
    for k, (first, last) in enumerate(pairwise(cuts)):
        phase = ET.SubElement(controller, "Phase", name=f"phase {k}", duration=_number(last - first))
        for post in network.posts:
            state = _LIGHTS[int(signal_state(rows[post.signal], (first + last) / 2))]
            ET.SubElement(phase, "TrafficSignalState", trafficSignalId=post.name, state=state)


def _switches(row: Array, end: float) -> Iterator[float]:
    """Yield when a signal changes within an episode."""
    cycle, shift, green, amber, red = (float(value) for value in row)
    for begin in (green - READY, green, amber, red):
        t = (begin - shift) % cycle
        while t < end:
            yield round(t, _DECIMALS)
            t += cycle

"""The truth of a driving episode for its Recording: scene, pose tracks and state channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.base import Truth
from sim.domains.driving import layout as c
from sim.domains.driving.declaration import CATEGORIES
from sim.domains.driving.driver_fields import GRAVITY
from sim.domains.driving.exchange import documents
from sim.domains.driving.kerbs import Kerbs
from sim.domains.driving.lines import place_rows
from sim.domains.driving.right_of_way import AMBER, GREEN, RED, RED_AMBER, signal_state
from sim.domains.driving.roads import Road
from sim.domains.driving.scenery import ActorView, Walker, build, build_network, gaits, walked, walkers
from sim.domains.driving.skid import Chassis
from sim.domains.driving.trailers import DOORS, Door
from sim.geometry import Array, pose_from_planar, quaternion_from_rpy
from sim.recording import Channel, PoseTrack
from sim.scene import Light, Recolouring, Scene

if TYPE_CHECKING:
    from sim.domains.driving.aftermath import Aftermath
    from sim.domains.driving.vehicles import BodyClass
    from sim.domains.driving.world import World

__all__ = ["actor_views", "build_truth", "light_of", "wheel_radius"]

_AIR: dict[str, Mapping[str, float]] = {
    "clear": {"cloud": 0.15, "visibility": 20_000.0},
    "cloudy": {"cloud": 0.9, "visibility": 12_000.0},
    # 5 mm/h, between moderate and heavy rain (WMO); visibility in rain and snow as in airport practice
    "rain": {"cloud": 1.0, "visibility": 3_000.0, "rain": 5e-3 / 3600.0, "wetness": 0.9},
    "fog": {"cloud": 0.8, "visibility": 120.0, "wetness": 0.2},
    "snow": {"cloud": 1.0, "visibility": 800.0, "snow": 0.7},
}
_GROUND: dict[str, Mapping[str, float]] = {
    "dry": {},
    "wet": {"wetness": 0.7},
    "snow": {"snow": 0.8},
    "ice": {"wetness": 0.3, "snow": 0.2},
}
_WHEEL_RADIUS = {
    "car": 0.32, "truck": 0.50, "bus": 0.50, "bicycle": 0.35, "motorcycle": 0.31, "rider": 0.127,
    "trailer": 0.33, "tram": 0.33, "semi_trailer": 0.50,
}  # fmt: skip
"""Of vehicles, by category or style; that of a lone rider is an e-scooter's [m]."""

_SHOWN = {"red_light": (RED, RED_AMBER), "amber_light": (RED_AMBER, AMBER), "green_light": (GREEN,)}
"""Light of a signal -> states in which it is lit."""

_HALF_CAR = 4.0  # no wheel is further from a vehicle's middle [m]
_STRIDE = {"adult": 1.45, "child": 0.95, "deer": 2.4}  # way of one gait cycle [m]
_DEVELOPMENT = 5.0  # way of one turn of a bicycle's cranks [m]
_COASTING = 0.3  # deceleration from which a rider stops pedalling [m/s2]
_BRAKE_LIGHT = 0.7  # deceleration from which the brake lights are on [m/s2] (UN R13-H: at 1.3, off below 0.7)
_FLASH = 2.0  # of blue lights, left and right in turns [Hz] (UN R65: 2 to 4 Hz)
_BLINK = 1.5  # of the indicators [Hz] (UN R6: 60 to 120 per minute)


def wheel_radius(body: BodyClass) -> float:
    """Return the radius of a body's wheels [m]; 0 where it has none."""
    if not body.wheelbase:
        return 0.0
    return _WHEEL_RADIUS.get(body.style, _WHEEL_RADIUS.get(body.category, _WHEEL_RADIUS["car"]))


def build_truth(world: World, times: Array, rows: Array, aftermath: Aftermath | None) -> Truth:
    """Return the truth of an episode.

    Args:
        world: as it was built; its state is not read.
        times: (T,) of the rows [s].
        rows: (T, N, ROW) up to the first touch.
        aftermath: the crash, whose first row is the last of `rows`.
    """
    poses = _poses(world, rows)
    actors = actor_views(world, rows[0])
    people = _walkers(world, actors)
    scene = Scene(
        CATEGORIES,
        light_of(world.setup.world, world.road),
        furnish=_furnisher(world, actors, people),
        recolouring=_recolouring(world),
    )
    history = _History(world, times, rows, aftermath)
    if aftermath is not None:
        order = [aftermath.crash.bodies.index(name) for name in world.bodies]
        poses = np.concatenate([poses, aftermath.crash.poses[1:][:, order]])
    tracks = [PoseTrack(world.bodies, history.times, poses)]
    if aftermath is not None:
        tracks += _pushed_scenery(world, aftermath)
    end = float(history.times[-1])
    tracks += walked(people, end)
    channels = tuple(channel for row in range(len(world.bodies)) for channel in history.channels(row))
    files = documents(world, history.times, poses, light=scene.light, wheel_radius=wheel_radius)
    channels += (*_signals(world, history.times), *gaits(people, end, _STRIDE))
    return Truth(scene, tuple(tracks), channels, documents=files)


def _recolouring(world: World) -> Recolouring:
    """Return how far colours stray, and the episode's draw of them."""
    seed = int(world.setup.noise.uniform("scenery", "colours") * 2.0**53)
    return Recolouring(world.setup.world["colours"], seed)


def _furnisher(world: World, actors: list[ActorView], people: Sequence[Walker]) -> Callable[[Scene], None]:
    """Return what places all bodies in a scene."""
    looks: dict[str, Any] = {
        "actors": actors,
        "surroundings": world.surroundings,
        "noise": world.setup.noise,
        "density": world.density,
        "walkers": people,
    }
    if world.layout is not None:
        return partial(build_network, network=world.layout.network, **looks)
    return partial(build, road=world.road, parked=world.setup.world["scenery"]["parked"], **looks)


def _walkers(world: World, actors: Sequence[ActorView]) -> tuple[Walker, ...]:
    """Return who is about on the pavements."""
    streets: Sequence[tuple[str, Road]] = (("", world.road),)
    if world.layout is not None:
        network = world.layout.network
        streets = tuple(zip(network.names, network.arms, strict=True))
    places = tuple((actor.x, actor.y) for actor in actors)
    setup, per_100m = world.setup, world.setup.world["scenery"]["people"]
    return tuple(
        walker
        for arm, road in streets
        for walker in walkers(
            road, noise=setup.noise, per_100m=per_100m, duration=setup.duration, arm=arm, actors=places
        )
    )


def _signals(world: World, times: Array) -> Iterator[Channel]:
    """Yield the lights of all signals."""
    if world.layout is None:
        return
    network = world.layout.network
    states = [
        np.array([signal_state(np.array(row), float(t)) for t in times], np.int64) for row in network.timetable
    ]
    for post in network.posts:
        for light, shown in _SHOWN.items():
            yield Channel(post.name, light, "", times, np.isin(states[post.signal], shown).astype(np.float64))


def actor_views(world: World, first: Array) -> list[ActorView]:
    """Return what scenery needs of the actors, from their (N, ROW) first row."""
    poses = _poses(world, first[np.newaxis])
    return [_view(world, row, poses[0, row]) for row in range(len(world.bodies))]


def _pushed_scenery(world: World, aftermath: Aftermath) -> Iterator[PoseTrack]:
    """Yield the track of the parked cars of the scenery that were hit."""
    crash = aftermath.crash
    moved = [
        b
        for b, name in enumerate(crash.bodies)
        if name not in world.index and np.any(crash.poses[:, b] != crash.poses[0, b])
    ]
    if moved:
        yield PoseTrack(tuple(crash.bodies[b] for b in moved), crash.times, crash.poses[:, moved])


def light_of(values: Mapping[str, Any], road: Road) -> Light:
    """Return the light and air of the resolved world."""
    surface = values["road"].settings["surface"]
    air = {**_AIR[values["weather"]]}
    for key, value in _GROUND[surface].items():
        air[key] = max(air.get(key, 0.0), value)
    sun = values["light"]
    air.update({key: sun[key] for key in ("cloud", "visibility") if sun[key] is not None})
    return Light(sun_elevation=sun["sun_elevation"], sun_azimuth=sun["sun_azimuth"], **air)


def _poses(world: World, rows: Array) -> Array:
    """Return (T, N, 7) poses; on a raised strip people stand higher, and so do wheels."""
    placed = np.empty((*rows.shape[:2], 3))
    place_rows(rows, world.P, world.line, placed)
    poses = pose_from_planar(placed[:, :, 0], placed[:, :, 1], placed[:, :, 2] + rows[:, :, c.E])
    kerbs = Kerbs(world.road)
    poses = poses[:, : len(world.bodies)]
    for n, body in enumerate(world.classes[: len(world.bodies)]):
        if body.leans:
            poses[:, n] = _leaning(poses[:, n], rows[:, n, c.AY], _height(world.road, rows[:, n, c.D]))
        elif body.wheelbase:
            if _is_near_kerb(world.road, rows[:, n, c.D]):
                poses[:, n] = kerbs.lift(_chassis(body), poses[:, n], radius=wheel_radius(body))
        else:
            poses[:, n, 2] = _height(world.road, rows[:, n, c.D])
    return poses


def _leaning(poses: Array, lateral: Array, height: Array) -> Array:
    """Return (T, 7) upright poses turned about where the wheels stand, as steady curves need it.

    Args:
        poses: (T, 7) upright, on the ground of the lanes.
        lateral: (T,) acceleration to the left [m/s2].
        height: (T,) of the ground [m].
    """
    x, y, yaw = poses[:, 0], poses[:, 1], 2.0 * np.arctan2(poses[:, 5], poses[:, 6])
    turned = quaternion_from_rpy(-np.arctan2(lateral, GRAVITY), np.zeros_like(yaw), yaw)
    return np.column_stack([x, y, height, turned])


def _is_near_kerb(road: Road, d: Array) -> bool:
    """Return whether a wheel of a vehicle at some of the ways across may stand on a raised strip."""
    raised = [(right, left) for right, left, _, height in road.strips if height > 0.0]
    return any(np.any((d > right - _HALF_CAR) & (d < left + _HALF_CAR)) for right, left in raised)


def _chassis(body: BodyClass) -> Chassis:
    front = (1.0 - body.front_share) * body.wheelbase
    return Chassis(body.mass, front, front - body.wheelbase, body.track / 2, 0.0, 0.0)


def _height(road: Road, d: Array) -> Array:
    height = np.zeros_like(d)
    for right, left, _, step in road.strips:
        height[(d >= right) & (d < left)] = step
    return height


def _view(world: World, row: int, pose: Array) -> ActorView:
    body = world.classes[row]
    yaw = 2.0 * math.atan2(float(pose[5]), float(pose[6]))
    return ActorView(
        name=world.names[row],
        category=body.category,
        shape_kind=body.shape,
        style=body.style,
        size=body.size,
        x=float(pose[0]),
        y=float(pose[1]),
        z=float(pose[2]),
        yaw=yaw,
        doors=tuple((side, door.hinge, door.length) for _, side, door in _doors(world, row)),
        paint=None,
        asset=dict(body.asset),
    )


def _doors(world: World, row: int) -> Iterator[tuple[int, float, Door]]:
    """Yield (row, side, door) of a body's doors that open; +1 is the left."""
    for part in range(int(world.P[row, c.PART0]), int(world.P[row, c.PART1])):
        yield part, math.copysign(1.0, world.P[part, c.HITCH_LEFT]), DOORS[world.classes[row].style]


def _flashing(times: Array) -> Array:
    """Return (T,) whether a blue lamp is lit: two short flashes a cycle."""
    phase = (times * _FLASH) % 1.0
    return ((phase < 0.15) | ((phase >= 0.25) & (phase < 0.40))).astype(np.float64)


def _cranks(motion: Mapping[str, Array]) -> Array:
    """Return (T,) angle of a bicycle's cranks [rad], which rest while it slows down."""
    ways = np.diff(motion["way"], prepend=motion["way"][:1])
    ways[motion["acceleration"] < -_COASTING] = 0.0
    return np.asarray(2.0 * math.pi / _DEVELOPMENT * np.cumsum(ways))


class _History:
    """The states of all actors over the whole recording: rows up to the touch, then the crash."""

    def __init__(self, world: World, times: Array, rows: Array, aftermath: Aftermath | None) -> None:
        self._world, self._rows, self._before = world, rows, times
        self._crash = None if aftermath is None else aftermath.crash
        self.times = times if self._crash is None else np.concatenate([times, self._crash.times[1:]])

    def channels(self, row: int) -> Iterator[Channel]:
        """Yield the channels of one actor."""
        name, body = self._world.names[row], self._world.classes[row]
        if body.kind == "static" and self._crash is None and not any(_doors(self._world, row)):
            return
        motion = self._motion(row, body)
        units = {"speed": "m/s", "yaw_rate": "rad/s", "acceleration": "m/s2", "lateral_acceleration": "m/s2"}
        for key, unit in units.items():
            yield Channel(name, key, unit, self.times, motion[key])
        if body.wheelbase:
            yield from self._vehicle(name, row, body, motion)
        elif body.style in _STRIDE:
            phase = 2.0 * math.pi * motion["way"] / _STRIDE[body.style]
            yield Channel(name, "gait_phase", "rad", self.times, phase)

    def _vehicle(self, name: str, row: int, body: BodyClass, motion: Mapping[str, Array]) -> Iterator[Channel]:
        lights = np.zeros(len(self.times))
        lights[(motion["acceleration"] < -_BRAKE_LIGHT) | (self.times > self._hit(name))] = 1.0
        if body.style == "bicycle":
            yield Channel(name, "crank_angle", "rad", self.times, _cranks(motion))
        steer = self._rows[:, row, c.STEER]
        if self._crash is not None:
            steer = np.concatenate([steer, np.full(len(self.times) - len(steer), steer[-1])])
        yield Channel(name, "wheel_angle", "rad", self.times, motion["way"] / wheel_radius(body))
        yield Channel(name, "steer_angle", "rad", self.times, steer)
        if body.kind == "vehicle":  # lights of what is parked stay off, whatever hits it
            yield Channel(name, "brake_lights", "", self.times, lights)
        for part, side, _ in _doors(self._world, row):
            key = "door_left" if side > 0.0 else "door_right"
            yield Channel(name, key, "rad", self.times, self._opening(part, row))
        if self._world.P[row, c.BLUE] > 0.0:
            for key, shift in (("blue_left", 0.0), ("blue_right", 0.5)):
                yield Channel(name, key, "", self.times, _flashing(self.times + shift / _FLASH))
        for key, side in (("indicator_left", 1.0), ("indicator_right", -1.0)):
            yield Channel(name, key, "", self.times, self._blinking(name, side))

    def _opening(self, part: int, row: int) -> Array:
        """Return (T,) angle of a door; it stays as it is in a crash."""
        turned = np.abs(
            np.remainder(self._rows[:, part, c.E] - self._rows[:, row, c.E] + math.pi, 2.0 * math.pi)
        )
        angle = math.pi - np.abs(turned - math.pi)
        return np.concatenate([angle, np.full(len(self.times) - len(angle), angle[-1])])

    def _hit(self, name: str) -> float:
        """Return when a body was first hit [s], inf if it never was; whoever was stands on the brake."""
        contacts = () if self._crash is None else self._crash.contacts
        return next((hit.t for hit in contacts if name in (hit.a, hit.b)), math.inf)

    def _blinking(self, name: str, side: float) -> Array:
        on = np.zeros(len(self.times))
        for sign in self._world.indications:
            if sign.actor == name and sign.side == side:
                now = (self.times >= sign.start) & (self.times <= sign.end)
                on[now] = (((self.times[now] - sign.start) * _BLINK) % 1.0) < 0.5
        return on

    def _motion(self, row: int, body: BodyClass) -> dict[str, Array]:
        """Return speed, yaw rate, accelerations and way travelled over the whole recording."""
        columns = {
            "speed": c.V, "yaw_rate": c.R, "acceleration": c.A, "lateral_acceleration": c.AY, "way": c.WAY,
        }  # fmt: skip
        before = {key: self._rows[:, row, column] for key, column in columns.items()}
        if self._crash is None:
            return before
        b = self._crash.bodies.index(self._world.names[row])
        vx, vy, rate = (self._crash.velocities[:, b, k] for k in range(3))
        pose = self._crash.poses[:, b]
        # heading of the body's x axis, also for one that has tumbled
        forward = np.arctan2(
            2.0 * (pose[:, 3] * pose[:, 4] + pose[:, 6] * pose[:, 5]),
            1.0 - 2.0 * (pose[:, 4] ** 2 + pose[:, 5] ** 2),
        )
        along = vx * np.cos(forward) + vy * np.sin(forward)
        gaps = np.diff(self._crash.times)
        rolled = np.cumsum(0.5 * (along[1:] + along[:-1]) * gaps) if body.power else np.zeros(len(gaps))
        ax, ay = np.diff(vx) / gaps, np.diff(vy) / gaps
        after = {
            "speed": along[1:],
            "yaw_rate": rate[1:],
            "acceleration": ax * np.cos(forward[1:]) + ay * np.sin(forward[1:]),
            "lateral_acceleration": ay * np.cos(forward[1:]) - ax * np.sin(forward[1:]),
            "way": before["way"][-1] + rolled,
        }
        return {key: np.concatenate([before[key], after[key]]) for key in columns}

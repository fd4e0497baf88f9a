"""What `do:` tells an actor: each manoeuvre waits for its moment and then sets the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.driving import layout as c
from sim.domains.driving.bus_stops import POINTS, serve_stop
from sim.domains.driving.declaration import CROSSERS
from sim.domains.driving.setpoints import TICK, Reading, SetPoint, course_path, keep, prepared
from sim.errors import RunError
from sim.laws.varying import Course

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["TABLE", "crossing_side", "path_room", "start_script"]

_CURB = 1.0  # how far beyond the far edge a pedestrian walks who crosses [m]
_STEP_JERK = 30.0  # rate at which a pedestrian's acceleration changes [m/s3]
_TRACK_JERK = 100.0  # rate at which the acceleration follows a recorded speed [m/s3]
_TRACK_BRAKING = 10.0  # hardest acceleration asked for to follow it; tyres and engine limit it further [m/s2]
_SLIVER = 1e-6  # later than a tick by less than anything [s]


def start_script(world: World, name: str, script: tuple[Mapping[str, Any], ...]) -> None:
    """Start the processes of an actor's manoeuvres."""
    for item in script:
        watch = None if item["when"] is None else world.watch(item["when"])
        first = world.reserve_path(path_room(item))
        settings = prepared(world, item["choice"].settings)
        world.start(_perform(world, name, item, settings, watch, first))


def path_room(item: Mapping[str, Any]) -> int:
    """Return how many path points a manoeuvre needs."""
    choice = item["choice"]
    if choice.kind == "follow_path":
        return len(choice.settings["points"]) + 1
    return {"cross": 1, "take_exit": 3, "serve_stop": POINTS}.get(choice.kind, 0)


def _perform(
    world: World, name: str, item: Mapping[str, Any], settings: Any, watch: int | None, first: int
) -> Process:
    if watch is None:
        yield world.clock.until(item["at"] or 0.0)
    else:
        yield world.clock.when(watch)
    kind = item["choice"].kind
    world.tell("manoeuvre", actor=name, kind=kind)
    TABLE[kind](world, name, settings, first)


def _change_lane(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.shift_lane(
        name,
        world.road.lane_centre(settings["to"]),
        speed=settings["lateral_speed"],
        acceleration=settings["lateral_acceleration"],
    )


def _brake(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    _reach(world, name, settings["to"], acceleration=-settings["deceleration"], jerk=settings["jerk"])


def _accelerate(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    _reach(world, name, settings["to"], acceleration=settings["acceleration"], jerk=settings["jerk"])


def _reach(world: World, name: str, to: SetPoint, *, acceleration: float, jerk: float) -> None:
    """Change the speed to a goal, which may move."""
    helm = world.helm(name)
    if isinstance(to, Course | Reading):
        helm.script_speed(acceleration, jerk=jerk, to=world.speed(name))
        keep(world, name, to, lambda goal: helm.aim(acceleration, jerk=jerk, to=goal), still=helm.task())
    else:
        helm.script_speed(acceleration, jerk=jerk, to=to)


def _set_speed(world: World, name: str, settings: SetPoint, first: int) -> None:
    helm = world.helm(name)
    if isinstance(settings, Course | Reading):
        helm.want(float(world.commands(name)[c.V_SET]))
        keep(world, name, settings, helm.wish, still=helm.task())
    else:
        helm.want(settings)


def _follow_speed(world: World, name: str, settings: SetPoint, first: int) -> None:
    helm = world.helm(name)
    helm.script_speed(0.0, jerk=_TRACK_JERK, to=world.speed(name))
    world.start(_track(world, name, settings, helm.task()))


def _track(world: World, name: str, source: SetPoint, still: Callable[[], bool]) -> Process:
    """Steer the speed, tick by tick, to where it has to be at the next."""
    helm, begin = world.helm(name), world.clock.now
    goal_at = _goals(world, name, source)
    tick = 0
    while still():
        tick += 1
        next_tick = begin + tick * TICK
        goal = goal_at(next_tick + _SLIVER)
        if goal is not None:
            missing = goal - world.speed(name)
            wish = min(max(missing / TICK, -_TRACK_BRAKING), _TRACK_BRAKING)
            helm.aim(wish, jerk=_TRACK_JERK, to=goal)
        yield world.clock.until(next_tick)


def _goals(world: World, name: str, source: SetPoint) -> Callable[[float], float | None]:
    """Return what speed is meant at a moment to come; signals are known for the present alone."""
    if isinstance(source, Course):
        return course_path(world, name, source).at
    if isinstance(source, Reading):
        reading = source
        return lambda moment: reading.now()
    constant = source
    return lambda moment: constant


def _stop(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.helm(name).script_speed(-settings["deceleration"], jerk=10.0, to=0.0)


def _cross(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    if world.kind(name) == "vehicle" and not world.body(name).leans:
        raise RunError(f"{name} is told to cross, which is for {CROSSERS}")
    state, (right, left) = world.state(name), world.road.edges
    side = crossing_side(state[c.D], (right, left))
    goal = (left + _CURB) if side > 0 else (right - _CURB)
    if settings["distance"] is not None:
        goal = state[c.D] + side * settings["distance"]
    world.set_path(first, [(state[c.S], goal)])
    world.helm(name).follow_path(first, first + 1)
    world.helm(name).script_speed(settings["acceleration"], jerk=_STEP_JERK, to=settings["speed"])


def crossing_side(d: float, edges: tuple[float, float]) -> float:
    """Return +1 if one crosses to the left from d, -1 if to the right."""
    return 1.0 if d < 0.5 * (edges[0] + edges[1]) else -1.0


def _follow_path(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    state, side = world.state(name), world.direction(name)
    here = (state[c.S], state[c.D])
    points = [here] + [
        (here[0] + side * point["forward"], here[1] + side * point["left"]) for point in settings["points"]
    ]
    world.set_path(first, points)
    world.helm(name).follow_path(first, first + len(points))
    if world.kind(name) != "vehicle" and settings["speed"] is not None:
        world.helm(name).script_speed(1.5, jerk=_STEP_JERK, to=settings["speed"])


def _open_door(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.open_door(name, settings["side"], angle=settings["angle"], lasts=settings["time"])


def _serve_stop(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    if world.layout is not None:
        raise RunError(f"{name} has a stop on roads that meet; stops are for highways and streets")
    world.start(serve_stop(world, name, settings, first))


def _take_exit(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.commands(name)[c.EXITS] = 1.0 + first


TABLE: dict[str, Callable[[World, str, Any, int], None]] = {
    "change_lane": _change_lane,
    "brake": _brake,
    "accelerate": _accelerate,
    "set_speed": _set_speed,
    "follow_speed": _follow_speed,
    "stop": _stop,
    "cross": _cross,
    "follow_path": _follow_path,
    "open_door": _open_door,
    "take_exit": _take_exit,
    "serve_stop": _serve_stop,
}
"""Manoeuvre -> what carries it out."""

"""What `do:` tells an actor: each manoeuvre waits for its moment and then sets the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.driving import layout as c

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["TABLE", "crossing_side", "path_room", "start_script"]

_CURB = 1.0  # how far beyond the far edge a pedestrian walks who crosses [m]
_STEP_JERK = 30.0  # rate at which a pedestrian's acceleration changes [m/s3]


def start_script(world: World, name: str, script: tuple[Mapping[str, Any], ...]) -> None:
    """Start the processes of an actor's manoeuvres."""
    for item in script:
        watch = None if item["when"] is None else world.watch(item["when"])
        first = world.reserve_path(path_room(item))
        world.start(_perform(world, name, item, watch, first))


def path_room(item: Mapping[str, Any]) -> int:
    """Return how many path points a manoeuvre needs."""
    choice = item["choice"]
    if choice.kind == "follow_path":
        return len(choice.settings["points"]) + 1
    return 1 if choice.kind == "cross" else 0


def _perform(world: World, name: str, item: Mapping[str, Any], watch: int | None, first: int) -> Process:
    if watch is None:
        yield world.clock.until(item["at"] or 0.0)
    else:
        yield world.clock.when(watch)
    choice = item["choice"]
    world.tell("manoeuvre", actor=name, kind=choice.kind)
    TABLE[choice.kind](world, name, choice.settings, first)


def _change_lane(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.shift_lane(
        name,
        world.road.lane_centre(settings["to"]),
        speed=settings["lateral_speed"],
        acceleration=settings["lateral_acceleration"],
    )


def _brake(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.helm(name).script_speed(-settings["deceleration"], jerk=settings["jerk"], to=settings["to"])


def _accelerate(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.helm(name).script_speed(settings["acceleration"], jerk=settings["jerk"], to=settings["to"])


def _set_speed(world: World, name: str, settings: float, first: int) -> None:
    world.helm(name).want(settings)


def _stop(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
    world.helm(name).script_speed(-settings["deceleration"], jerk=10.0, to=0.0)


def _cross(world: World, name: str, settings: Mapping[str, Any], first: int) -> None:
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
    if world.kind(name) == "pedestrian" and settings["speed"] is not None:
        world.helm(name).script_speed(1.5, jerk=_STEP_JERK, to=settings["speed"])


TABLE: dict[str, Callable[[World, str, Any, int], None]] = {
    "change_lane": _change_lane,
    "brake": _brake,
    "accelerate": _accelerate,
    "set_speed": _set_speed,
    "stop": _stop,
    "cross": _cross,
    "follow_path": _follow_path,
}
"""Manoeuvre -> what carries it out."""

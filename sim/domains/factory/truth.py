"""The truth of a factory episode for its Recording: bodies, channels and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.base import Truth
from sim.domains.factory.cell_film import TABLE, add_cells
from sim.domains.factory.declaration import CATEGORIES
from sim.domains.factory.log_tables import build_tables
from sim.domains.factory.piling_film import add_piles
from sim.domains.factory.states import WORKING
from sim.geometry import Array
from sim.laws.varying.base import Course
from sim.recording import Channel
from sim.scene import Scene, Shape

if TYPE_CHECKING:
    from sim.domains.factory.components import Component
    from sim.domains.factory.machines import Machine
    from sim.domains.factory.world import World

__all__ = ["build_truth"]

_EDGE = 1e-6
"""Time before a step at which the value before it still stands: channels are linear between samples [s]."""

_PITCH = 4.0
"""Distance of two machines in the hall [m]."""

_POINTS = 1000


def build_truth(world: World, end: float) -> Truth:
    """Return scene, channels and tables of an episode that ended at `end` [s]."""
    channels = [
        one for name, machine in world.machines.items() for one in _machine_channels(world, name, machine, end)
    ]
    channels += [one for component in world.components.values() for one in _wear_channels(component, end)]
    channels += [
        Channel(name, "reading", "", np.asarray(reading.times), np.asarray(reading.values))
        for name, reading in world.readings.items()
        if reading.times
    ]
    scene, places = _scene(world)
    tracks, moved = add_cells(world, scene, places, end)
    tracks += add_piles(world, scene, places, end)
    return Truth(scene, tuple(tracks), (*channels, *moved), build_tables(world, end))


def _scene(world: World) -> tuple[Scene, dict[str, float]]:
    """Return the scene and the x of each machine in it [m]."""
    scene, tables = Scene(CATEGORIES), {*world.handlings, *world.pilings}
    for number, name in enumerate(world.machines):
        shape = Shape("machine", (2.0, 1.5, 1.8))
        if name in tables:
            shape = Shape("machine", (1.3, 1.5, TABLE - 0.002), {"colour": (0.16, 0.19, 0.21)})
        scene.add(name, category="machine", shape=shape, pose=(_PITCH * number, 0, 0, 0, 0, 0, 1))
    places = {name: _PITCH * number for number, name in enumerate(world.machines)}
    settings = {item["id"]: item for item in world.values["components"]}
    for name, component in world.components.items():
        part = settings[name if name in settings else name.rpartition("_")[0]]["part"]
        facts: dict[str, Any] = {"machine": component.machine.name, "fault": component.fault}
        if part is not None:
            facts |= {"part": part.kind, **part.settings}
        shape = Shape("component", (0.1, 0.1, 0.1), facts)
        at = places[component.machine.name]
        height = 0.3 if component.machine.name in tables else 0.9  # under the table of a robot
        scene.add(name, category="component", shape=shape, pose=(at, 0, height, 0, 0, 0, 1), labelled=False)
    for name, reading in world.readings.items():
        shape = Shape("sensor", (0.05, 0.05, 0.05), {"component": reading.component.name})
        at = places[reading.component.machine.name]
        height = 0.3 if reading.component.machine.name in tables else 0.9
        scene.add(name, category="sensor", shape=shape, pose=(at, 0.5, height, 0, 0, 0, 1), labelled=False)
    return scene, places


def _machine_channels(world: World, name: str, machine: Machine, end: float) -> list[Channel]:
    assert machine.trail is not None
    item = next(one for one in world.values["machines"] if one["id"] == name)
    is_on = [float(state == WORKING) for state in machine.trail[1]]
    times, on = _steps(machine.trail[0], is_on, end)
    grid = np.unique(np.concatenate([times, np.linspace(0.0, end, _POINTS + 1)]))
    found = [Channel(name, "working", "", times, on)]
    for key, unit in (("speed", "rad/s"), ("load", ""), ("ambient", "K")):
        value = item["shaft"][key]
        if not isinstance(value, Course):
            values = np.full(len(times), float(value))
            found.append(Channel(name, key, unit, times, values if key == "ambient" else values * on))
            continue
        known = world.surroundings.paths.get((name, key))
        course = (known or value.path(grid, world.setup.noise, name)).at(grid)
        values = course if key == "ambient" else course * np.interp(grid, times, on)
        found.append(Channel(name, key, unit, grid, values))
    return found


def _wear_channels(component: Component, end: float) -> list[Channel]:
    """Return wear and severity: 0 up to the onset, 1 from the failure to the repair."""
    assert component.trail is not None
    trail = [*component.trail, (end, component.wear_at(end))]
    times, levels = np.array(sorted(trail, key=lambda one: one[0])).T
    last = np.concatenate((np.diff(times) > 0.0, [True]))
    jumps = np.flatnonzero(~last)
    times = times.copy()
    times[jumps] = np.maximum(times[jumps] - _EDGE, 0.0)
    keep = np.concatenate(([True], np.diff(times) > 0.0))
    times, levels = times[keep], levels[keep]
    shows = np.clip((levels - component.onset) / max(1.0 - component.onset, 1e-9), 0.0, 1.0)
    name = component.name
    return [Channel(name, "wear", "", times, levels), Channel(name, "severity", "", times, shows)]


def _steps(changes: list[float], values: list[float], end: float) -> tuple[Array, Array]:
    """Return samples of a step function whose linear interpolation keeps the steps."""
    moments, heights = np.asarray(changes), np.asarray(values)
    keep = np.concatenate(([True], heights[1:] != heights[:-1]))
    moments, heights = moments[keep], heights[keep]
    times = (
        np.concatenate([[v for m in moments[1:] for v in (m - _EDGE, m)]]) if len(moments) > 1 else np.empty(0)
    )
    levels = np.empty(2 * (len(moments) - 1))
    levels[0::2], levels[1::2] = heights[:-1], heights[1:]
    times = np.concatenate(([0.0], times, [end]))
    levels = np.concatenate((heights[:1], levels, heights[-1:]))
    rising = np.concatenate(([True], times[1:] > np.maximum.accumulate(times)[:-1]))
    return times[rising], levels[rising]

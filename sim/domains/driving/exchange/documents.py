"""The files that tell of an episode to other players, made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from sim.domains.driving.exchange.openscenario import ROAD_FILE, Player, Weather, scenario_text
from sim.domains.driving.exchange.road_files import road_text
from sim.domains.driving.vehicles import BodyClass
from sim.geometry import Array
from sim.scene import Light

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["documents"]


def documents(
    world: World, times: Array, poses: Array, *, light: Light, wheel_radius: Callable[[BodyClass], float]
) -> Mapping[str, Callable[[], str]]:
    """Return what makes the text of each file, by its name.

    Args:
        world: as it was built.
        times: (T,) of the poses [s].
        poses: (T, N, 7) of all bodies.
        light: of the scene.
        wheel_radius: of a class of bodies [m].
    """
    network = None if world.layout is None else world.layout.network

    def scenario() -> str:
        players = [
            Player(name, body, wheel_radius(body), poses[:, row])
            for row, (name, body) in enumerate(zip(world.bodies, world.classes, strict=False))
        ]
        weather = Weather(light, str(world.setup.world["weather"]), world.road.friction)
        return scenario_text(players, times, weather, network)

    return {ROAD_FILE: partial(road_text, world.road, network), "episode.xosc": scenario}

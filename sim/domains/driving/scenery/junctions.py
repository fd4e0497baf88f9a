"""What stands around a junction: signals and signs, and the surroundings of every road that leads to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.domains.driving.footprints import polygon_distance
from sim.domains.driving.maps.network import Network
from sim.domains.driving.scenery.roadside import Placed, Planter, corners_of
from sim.domains.driving.scenery.surroundings import surround
from sim.geometry import Array
from sim.noise import Noise
from sim.scene import Shape

__all__ = ["around_network"]

_CLOSE = 90.0  # from the middle of the junction: so near, houses of two streets may want the same place [m]
_WALK = 0.3  # least way between a house and the sidewalk of another street [m]
_SIGNAL = (0.45, 0.30, 3.3)  # a signal's size: depth, width, height of its upper edge [m]
_SIGN = (0.1, 0.90, 3.0)


def around_network(network: Network, *, kind: str, noise: Noise, density: float) -> tuple[Placed, ...]:
    """Return everything that stands around: what belongs to the junction, then what stands beside its roads.

    Args:
        network: the roads.
        kind: "urban", "rural" or "highway".
        noise: every thing draws under its own name and that of its road.
        density: 0 is bare, 1 is crowded.
    """
    things = list(_furniture(network))
    planters = [Planter(road, noise, density) for road in network.arms]
    houses: list[Array] = []
    for number, (name, road) in enumerate(zip(network.names, network.arms, strict=True)):
        others = [planter for k, planter in enumerate(planters) if k != number]
        for thing in surround(road, kind=kind, noise=noise, density=density, parked=None, arm=name):
            if _has_room(thing, others, network, houses):
                things.append(thing)
    return tuple(things)


def _furniture(network: Network) -> list[Placed]:
    signals = [
        Placed(
            post.name,
            "traffic light",
            Shape("traffic_light", _SIGNAL, {"arrow": post.arrow}),
            post.x,
            post.y,
            post.yaw,
            z=network.walk,
            labelled=True,
            solid=(0.0, 0.12, 0.12),
        )
        for post in network.posts
    ]
    signs = [
        Placed(
            f"scenery/{name}", "traffic sign", Shape("sign", _SIGN, {"text": text}), x, y, yaw, z=network.walk
        )
        for name, text, x, y, yaw in network.signs
    ]
    return signals + signs


def _has_room(thing: Placed, others: Sequence[Planter], network: Network, houses: list[Array]) -> bool:
    """Return whether a thing keeps off the other roads and the junction, and houses off each other."""
    if thing.shape.kind == "guard_rail":
        return True
    is_house = thing.category == "building"
    corners = corners_of(thing, thing.solid or (0.0, *thing.shape.size[:2]))
    far = float(np.hypot(corners[:, 0], corners[:, 1]).min())
    if far > _CLOSE:
        return True
    margin = network.sidewalk + _WALK if is_house else 0.1
    if not all(planter.is_clear(corners, margin) for planter in others):
        return False
    if np.any(np.max(np.abs(corners), axis=1) < network.core):
        return False
    if is_house:
        if any(_overlap(corners, house) for house in houses):
            return False
        houses.append(corners)
    return True


def _overlap(a: Array, b: Array) -> bool:
    """Return whether two rectangles, given by corners and middles of edges, stand in each other."""
    if math.hypot(*(a.mean(axis=0) - b.mean(axis=0))) > 80.0:
        return False
    return bool(polygon_distance(a[::2][::-1].copy(), 4, b[::2][::-1].copy(), 4) < 0.0)

"""Which parking bays are taken by cars that only stand there, and which are left to the actors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.domains.driving.scenery.actors import ActorView
from sim.domains.driving.scenery.furniture import Parking
from sim.domains.driving.scenery.roadside import Planter, RoadView
from sim.noise import Noise

__all__ = ["parking_of"]

_ON_FOOT = 7.0  # room left about who is on foot, who may cross between the cars [m]
_CAR, _BESIDE = 4.8, 0.2  # length of a parked car, and how near a bay one stands who takes it [m]


def parking_of(
    road: RoadView, actors: Sequence[ActorView], density: float, share: float | None
) -> Parking | None:
    """Return how the parking strips are taken; None where nobody parks.

    Args:
        road: the road.
        actors: as they begin.
        density: of the scenery.
        share: of the bays that are taken, with room left for actors who are in a bay or on foot. If None, by
            the density, and none where an actor walks or is in a bay.
    """
    if share is None:
        return Parking(0.25 + 0.5 * density) if _has_parked_cars(road, actors) else None
    strips = [strip for strip in road.strips if strip[2] == "parking"]
    if not strips or not actors or share <= 0.0:
        return Parking(share) if strips and share > 0.0 else None
    _, d = Planter(road, Noise(0), 0.0).place(np.array([(actor.x, actor.y) for actor in actors]))
    clear = []
    for actor, across in zip(actors, d, strict=True):
        if actor.shape_kind in ("person", "animal"):
            clear.append((actor.x, actor.y, _ON_FOOT))
        elif any(right - _BESIDE < across < left + _BESIDE for right, left, _, _ in strips):
            clear.append((actor.x, actor.y, (actor.size[0] + _CAR) / 2 + 0.8))
    return Parking(share, tuple(clear))


def _has_parked_cars(road: RoadView, actors: Sequence[ActorView]) -> bool:
    """Return whether cars are parked for show: nobody walks, and nothing stands in their place at the start."""
    if any(actor.shape_kind != "vehicle" for actor in actors):
        return False
    strips = [strip for strip in road.strips if strip[2] == "parking"]
    if not strips or not actors:
        return bool(strips)
    planter = Planter(road, Noise(0), 0.0)
    _, d = planter.place(np.array([(actor.x, actor.y) for actor in actors]).reshape(-1, 2))
    return not any(bool(np.any((right - 1.0 < d) & (d < left + 1.0))) for right, left, _, _ in strips)

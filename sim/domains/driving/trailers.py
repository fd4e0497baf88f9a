"""Trailers and doors: bodies that hang on others, and where.

A trailer is a body of its own, with an instance and a box of its own, as nuScenes and Cityscapes label it; its
id is that of its puller with `_trailer` behind it. An open door belongs to its vehicle: to its id, its instance
and its box.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.domains.driving.vehicles import VEHICLES, BodyClass

__all__ = ["DOORS", "FIFTH_WHEEL", "TRAILERS", "Door", "door_body", "hitch_of"]

FIFTH_WHEEL = -1.45
"""Of a tractor, 0.6 m before its rear axle; with the semi-trailer the whole is 16.5 m long (96/53/EC) [m]."""
_BALL = 0.10  # of a car, behind its rear [m]


def _trailer(
    style: str, size: tuple[float, float, float], mass: float, *, coupling: float, axle: float
) -> BodyClass:
    """Return a trailer; `coupling` and `axle` are places before its middle [m].

    In the terms of a vehicle the coupling is its front axle: that is where the rest of its weight lies. In a
    crash its wheels brake as a car's do.
    """
    return BodyClass(
        kind="vehicle",
        category="trailer",
        shape="vehicle",
        style=style,
        size=size,
        mass=mass,
        chamfer=(0.08, 0.08),
        wheelbase=coupling - axle,
        front_share=-axle / (coupling - axle),
        grip=(7.0, 7.0),
        track=size[1] - 0.30,
    )


TRAILERS: dict[str, BodyClass] = {
    # 13.6 m curtain-sider: 1.6 m before and 12.0 m behind the kingpin (96/53/EC), its three axles 1.31 m apart,
    # the middle one 7.7 m behind the kingpin; 7 t empty, here with 17 t of load
    "semi_trailer": _trailer("semi_trailer", (13.6, 2.55, 4.0), 24000.0, coupling=5.2, axle=-2.5),
    # a caravan of 5.0 m and its drawbar, 1.4 t
    "caravan": _trailer("caravan", (6.3, 2.3, 2.6), 1400.0, coupling=3.1, axle=-0.5),
    # a braked box of 2.1 x 1.5 m and its drawbar, 600 kg with its load
    "box_trailer": _trailer("box_trailer", (3.4, 1.5, 1.05), 600.0, coupling=1.65, axle=-0.75),
}


def hitch_of(puller: BodyClass) -> float:
    """Return where a vehicle's hitch is, before its middle [m]."""
    return FIFTH_WHEEL if puller.style == "tractor" else -puller.size[0] / 2 - _BALL


@dataclass(frozen=True)
class Door:
    """A front door.

    Args:
        hinge: where it is hinged, before the vehicle's middle [m].
        length: from the hinge to its rear edge [m].
    """

    hinge: float
    length: float


_THICKNESS = 0.09  # of a door [m]
_DOOR_MASS = 28.0  # of a car's front door with its glass [kg]


def _door(style: str, front: float, rear: float) -> Door:
    """Return a door between two places of a style's flank, as shares of the length from the front."""
    length = VEHICLES[style].size[0]
    return Door(length * (0.5 - front), length * (rear - front))


DOORS: dict[str, Door] = {
    "hatchback": _door("hatchback", 0.272, 0.557),
    "sedan": _door("sedan", 0.285, 0.545),
    "suv": _door("suv", 0.275, 0.540),
    "van": _door("van", 0.155, 0.375),
}
"""Style -> its front doors."""


def door_body(vehicle: BodyClass) -> BodyClass:
    """Return a front door of a vehicle as a body of its own for touches: a thin upright box.

    Raises:
        KeyError: vehicles of this style have no doors that open.
    """
    door = DOORS[vehicle.style]
    height = min(vehicle.size[2], 1.9)
    return BodyClass(
        "static",
        vehicle.category,
        "door",
        vehicle.style,
        (door.length, _THICKNESS, height),
        _DOOR_MASS,
        (0.0, 0.0),
    )

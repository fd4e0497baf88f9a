"""Two-wheelers with their riders, animals, and what was lost on the road.

A two-wheeler and its rider are one body: one instance, one prism, and after a touch one thing that falls and
slides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.domains.driving.asset_bodies import asset_body
from sim.domains.driving.vehicles import PEDESTRIANS, STATICS, VEHICLES, BodyClass

__all__ = ["ANIMALS", "DEBRIS", "TWO_WHEELERS", "class_of"]


def _two_wheeler(
    style: str,
    category: str,
    size: tuple[float, float, float],
    mass: float,
    wheelbase: float,
    power: float,
    *,
    gyration: float,
) -> BodyClass:
    """Return a two-wheeler with its rider.

    It leans into its curves, so that its tyres push by their camber and hardly slip: as a bicycle model with
    tyres of 15 per rad of cornering stiffness over load it neither under- nor oversteers.

    Source: Cossalter (2006), Motorcycle Dynamics, chapter 2 (10 to 25 per rad).
    """
    return BodyClass(
        kind="vehicle",
        category=category,
        shape="two_wheeler",
        style=style,
        size=size,
        mass=mass,
        chamfer=(0.12, 0.12),
        wheelbase=wheelbase,
        front_share=0.45,
        grip=(15.0, 15.0),
        gyration=gyration,
        power=power,
    )


TWO_WHEELERS: dict[str, BodyClass] = {
    # a city bicycle of 18 kg with an adult of 75 kg; 1.2 m/s2 is a brisk start
    "bicycle": _two_wheeler("bicycle", "bicycle", (1.80, 0.60, 1.80), 93.0, 1.10, 1.2, gyration=0.40),
    # a rental scooter of 20 kg whose rider stands
    "e_scooter": _two_wheeler("e_scooter", "rider", (1.20, 0.52, 1.95), 95.0, 0.92, 1.6, gyration=0.32),
    # Euro NCAP's motorcyclist target is 2.08 m long; 200 kg with a rider of 80 kg
    "motorcycle": _two_wheeler("motorcycle", "motorcycle", (2.08, 0.80, 1.62), 280.0, 1.42, 6.0, gyration=0.60),
}
"""Style -> body, rider and all."""

ANIMALS: dict[str, BodyClass] = {
    # a grown white-tailed buck: 0.95 m at the shoulder, antlers up to 1.6 m
    "deer": BodyClass("animal", "animal", "animal", "deer", (1.75, 0.46, 1.60), 75.0, (0.2, 0.12)),
}
"""Animals that walk or run as pedestrians do, from point to point."""

DEBRIS: dict[str, BodyClass] = {
    # EUR pallet of EN 13698-1: 1200 x 800 x 144 mm, about 25 kg
    "pallet": BodyClass("static", "dynamic", "pallet", "pallet", (1.2, 0.8, 0.144), 25.0, (0.0, 0.0)),
    # 205/55 R16 without its wheel, lying: 632 x 205 mm, 9 kg; the chamfers make a regular octagon
    "tyre": BodyClass("static", "dynamic", "tyre", "tyre", (0.632, 0.632, 0.205), 9.0, (0.185, 0.185)),
}
"""What falls off trucks and trailers."""

_TABLES: dict[str, Mapping[str, BodyClass]] = {
    "vehicle": {**VEHICLES, **TWO_WHEELERS},
    "pedestrian": PEDESTRIANS,
    "animal": ANIMALS,
    "static": {**STATICS, **DEBRIS},
}
"""Key of an actor -> the bodies it may name."""


def class_of(item: Mapping[str, Any], assets: Sequence[Mapping[str, Any]] = ()) -> BodyClass:
    """Return the body of an actor, as its item names it.

    Raises:
        RunError: its asset cannot be used.
    """
    named = next((table[item[key]] for key, table in _TABLES.items() if item.get(key) is not None), None)
    if item.get("asset") is not None:
        return asset_body(item["asset"], assets, named)
    if named is None:
        raise ValueError(f"{item['id']} is neither vehicle, pedestrian, animal, static nor asset")
    return named

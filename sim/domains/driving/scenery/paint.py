"""Colours of vehicles, as they stand in traffic."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate

__all__ = ["paint_of"]

Colour = tuple[float, float, float]

# Shares of new cars worldwide: Axalta, Global Automotive Color Popularity Report 2022 (white 34, black 21,
# gray 19, silver 8, blue 8, red 5, green 1 %); the rest, brown, beige, orange and yellow, is split evenly.
# Values are linear RGB of typical solid and metallic paints, estimated by eye from paint cards.
_CARS: tuple[tuple[float, Colour], ...] = (
    (0.34, (0.80, 0.80, 0.78)),
    (0.21, (0.012, 0.012, 0.014)),
    (0.11, (0.10, 0.105, 0.11)),
    (0.08, (0.21, 0.215, 0.22)),
    (0.08, (0.46, 0.47, 0.48)),
    (0.05, (0.015, 0.045, 0.16)),
    (0.03, (0.05, 0.16, 0.38)),
    (0.05, (0.33, 0.012, 0.014)),
    (0.01, (0.02, 0.09, 0.04)),
    (0.01, (0.10, 0.055, 0.03)),
    (0.01, (0.42, 0.35, 0.24)),
    (0.01, (0.60, 0.17, 0.015)),
    (0.01, (0.66, 0.45, 0.02)),
)
# Of trucks, vans and buses we know no published shares; fleets are mostly white, then in strong colours.
_HEAVY = ("van", "truck", "bus", "tractor")
# Ambulances: white; many trams: red.
_ONE: dict[str, Colour] = {"ambulance": (0.80, 0.80, 0.78), "tram": (0.38, 0.015, 0.015)}
_FLEETS: tuple[tuple[float, Colour], ...] = (
    (0.55, (0.80, 0.80, 0.78)),
    (0.12, (0.03, 0.08, 0.26)),
    (0.12, (0.36, 0.02, 0.02)),
    (0.09, (0.40, 0.41, 0.42)),
    (0.06, (0.62, 0.40, 0.02)),
    (0.06, (0.03, 0.15, 0.07)),
)


def paint_of(style: str, u: float) -> Colour:
    """Return linear RGB in 0..1 of a vehicle of a style, by a uniform number."""
    if style in _ONE:
        return _ONE[style]
    table = _FLEETS if style in _HEAVY else _CARS
    bounds = list(accumulate(share for share, _ in table))
    return table[min(bisect(bounds, u * bounds[-1]), len(table) - 1)][1]

"""Road works that close a lane: where cones, the barrier and the signs stand.

Lengths and spacings follow MUTCD (2009): 6C.08, table 6C-4, a taper of W S feet for a lane of W feet at S mph
(W S² / 60 up to 40 mph); 6F.63, devices every S feet in the taper and, closer than it asks for, behind it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.fields import Chosen

__all__ = ["BARRIER", "RoadSign", "closed_stretch", "devices", "road_works", "signs", "taper_length"]

Item = Mapping[str, Any]
RoadSign = tuple[float, str, str]
"""Where along the road, "right" or "left" of it, and what it says."""

BARRIER = "work_zone_barrier"
"""Id of the barrier across the closed lane; cones are `work_zone_cone_0`, `work_zone_cone_1`…"""

_FOOT, _MPH = 0.3048, 0.44704
_SLOW = 40.0 * _MPH  # up to here tapers are shorter [m/s]
_INSIDE = 0.4  # how far cones stand inside the lane they close [m]
_BEHIND = 3.0  # how far behind the taper's end the barrier stands [m]


def taper_length(width: float, limit: float) -> float:
    """Return the length of a merging taper for a lane's width [m] at a speed limit [m/s]."""
    mph = limit / _MPH
    return width * mph if limit > _SLOW else width * mph * mph / 60.0


def closed_stretch(zone: Item, *, width: float, origin: float) -> tuple[float, float, float]:
    """Return s where the lane begins to narrow, where it is closed across, and where it is open again [m].

    Args:
        zone: the declared section.
        width: of a lane [m].
        origin: s of ego's start [m].
    """
    begins = origin + zone["at"]
    taper = zone["taper"] if zone["taper"] is not None else taper_length(width, zone["limit"])
    return begins, begins + taper, begins + taper + zone["length"]


def devices(zone: Item, *, lanes: int, width: float, origin: float) -> list[Item]:
    """Return the cones and the barrier of road works as things that stand on the road."""
    begins, across, ends = closed_stretch(zone, width=width, origin=origin)
    outer, inner = (-lanes * width, -(lanes - 1) * width) if zone["side"] == "right" else (0.0, -width)
    from_d, to_d = outer + math.copysign(_INSIDE, inner - outer), inner - math.copysign(_INSIDE, inner - outer)
    spacing = zone["limit"] / _MPH * _FOOT
    gaps = max(math.ceil((across - begins) / spacing), 2)
    places = [
        (begins + k * (across - begins) / gaps, from_d + k * (to_d - from_d) / gaps) for k in range(gaps + 1)
    ]
    more = max(math.ceil((ends - across) / spacing), 1)
    places += [(across + (k + 1) * (ends - across) / more, to_d) for k in range(more)]
    cones = [_thing(f"work_zone_cone_{k}", "cone", s, d) for k, (s, d) in enumerate(places)]
    return [*cones, _thing(BARRIER, "barricade", across + _BEHIND, 0.5 * (inner + outer))]


def road_works(road: Chosen, *, origin: float) -> list[Item]:
    """Return what stands on a road for its works, if it has any."""
    zone = road.settings.get("work_zone")
    if zone is None:
        return []
    return devices(zone, lanes=road.settings["lanes"], width=road.settings["lane_width"], origin=origin)


def signs(zone: Item, *, width: float, origin: float) -> tuple[RoadSign, ...]:
    """Return the signs of road works: on both sides, in the order one passes them."""
    begins, _, ends = closed_stretch(zone, width=width, origin=origin)
    first = begins - zone["announced"]
    limit = str(round(zone["limit"] * 3.6))
    texts = [(first, "road works"), (first + 0.25 * zone["announced"], limit)]
    texts.append((begins - 0.4 * zone["announced"], f"{zone['side']} lane ends"))
    return tuple((s, side, text) for s, text in [*texts, (ends + 20.0, "end")] for side in ("right", "left"))


def _thing(name: str, kind: str, s: float, d: float) -> Item:
    """Return an item as actors are, for what stands at a place of its own."""
    return {
        "id": name, "static": kind, "s": s, "d": d, "lane": None, "on": None, "ahead": None, "behind": None,
        "of": "ego", "speed": 0.0, "offset": 0.0, "driver": Chosen("constant", {}), "do": (), "trailer": None,
        "route": None, "blue_lights": False, "hears_siren": 0.0,
    }  # fmt: skip

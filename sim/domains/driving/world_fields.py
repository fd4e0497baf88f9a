"""What may stand under `world:` in a driving scenario."""

from __future__ import annotations

from sim.domains.driving.asset_fields import ASSET, ASSETS
from sim.domains.driving.driver_fields import DRIVER, SCRIPT
from sim.domains.driving.lane_fields import ENTRY, EXIT, LIMIT, WORK_ZONE
from sim.domains.driving.route_fields import ROUTE, intersection, opendrive, roundabout
from sim.fields import Field, Flag, Listing, Name, Quantity, Section, Tagged, Word

__all__ = [
    "ANIMALS",
    "ON_RAILS",
    "PEDESTRIANS",
    "PULLED_BY",
    "STATICS",
    "STRIPS",
    "TRAILERS",
    "TWO_WHEELERS",
    "VEHICLES",
    "WORLD",
]

_ON_FOUR_WHEELS: dict[str, str] = {
    "hatchback": "4.36 x 1.82 m, the size of Euro NCAP's test car",
    "sedan": "4.71 x 1.83 m",
    "suv": "4.65 x 1.88 m",
    "van": "5.93 x 2.02 m panel van",
    "truck": "8.50 x 2.50 m rigid truck, 12 t",
    "bus": "12.0 x 2.55 m city bus, 13 t",
    "tractor": "6.1 x 2.5 m tractor unit of a semi-trailer, 7.5 t",
    "ambulance": "5.93 x 2.02 m ambulance, 3.9 t",
    "tram": "14.0 x 2.5 m tram on rails in the middle of its lane, 20 t; brakes with 2.7 m/s2 at most",
    "gvt": "4.02 x 1.71 m, the Global Vehicle Target of Euro NCAP",
}
TRAILERS: dict[str, str] = {
    "semi_trailer": "13.6 x 2.55 m, 24 t, behind a tractor",
    "caravan": "6.3 x 2.3 m with its drawbar, 1.4 t, behind a car",
    "box_trailer": "3.4 x 1.5 m with its drawbar, 0.6 t, behind a car",
}
TWO_WHEELERS: dict[str, str] = {
    "bicycle": "1.80 x 0.60 m city bicycle and its rider",
    "e_scooter": "1.20 x 0.52 m electric scooter and its rider, who stands",
    "motorcycle": "2.08 x 0.80 m motorcycle and its rider; as long as Euro NCAP's motorcyclist target",
}
VEHICLES: dict[str, str] = {**_ON_FOUR_WHEELS, **TWO_WHEELERS}
PEDESTRIANS: dict[str, str] = {
    "adult": "1.80 m tall, Euro NCAP's adult target",
    "child": "1.15 m tall, Euro NCAP's child target",
}
ANIMALS: dict[str, str] = {"deer": "white-tailed buck, 1.75 m long, 0.95 m at the shoulder"}
ON_RAILS = ("tram",)
_CARS = ("hatchback", "sedan", "suv", "van")
PULLED_BY: dict[str, tuple[str, ...]] = {
    "semi_trailer": ("tractor",), "caravan": _CARS, "box_trailer": _CARS,
}  # fmt: skip
"""Trailer -> vehicles that may pull it."""
STATICS: dict[str, str] = {
    **{name: f"parked, {doc}" for name, doc in _ON_FOUR_WHEELS.items() if name not in ON_RAILS},
    "cone": "traffic cone, 0.75 m tall",
    "barricade": "red and white barrier board across a closed lane, 2.5 m wide, 1.1 m tall",
    "box": "cardboard box lost on the road, 0.6 m",
    "pallet": "EUR pallet lost on the road, 1.20 x 0.80 m, 0.14 m high",
    "tyre": "car tyre lying on the road, 0.63 m across, 0.2 m high",
}
STRIPS: dict[str, str] = {
    f"{side}_{kind}": f"the {kind} on the {side}"
    for kind in ("shoulder", "parking", "sidewalk")
    for side in ("right", "left")
} | {"entry_ramp": "the on-ramp of a highway's `entry`, wherever it runs there"}

_SURFACE: dict[str, Field] = {
    "surface": Word(
        doc="state of the road surface; fixes the friction unless that is given",
        options={
            "dry": "dry asphalt, peak friction 0.9",
            "wet": "wet asphalt, 0.6",
            "snow": "packed snow, 0.3",
            "ice": "ice, 0.12",
        },
        default="dry",
    ),
    "friction": Quantity(
        doc="peak friction coefficient of tyre and road; that of the surface unless given",
        unit="",
        default=None,
        least=0.03,
        most=1.5,
    ),
}

_ALIGNMENT = Listing(
    doc="elements of the road's course in order; the last curvature goes on. Positive curvature turns left",
    item=Tagged(
        doc="an element",
        options={
            "line": Quantity(doc="length of a straight", unit="m", least=0.1),
            "arc": Section(
                doc="a circular arc",
                fields={
                    "length": Quantity(doc="length", unit="m", least=0.1),
                    "curvature": Quantity(doc="1/radius, left positive", unit="1/m", least=-0.1, most=0.1),
                },
            ),
            "clothoid": Section(
                doc="a transition whose curvature changes linearly from that of the element before",
                fields={
                    "length": Quantity(doc="length", unit="m", least=0.1),
                    "to": Quantity(doc="curvature at its end", unit="1/m", least=-0.1, most=0.1),
                },
            ),
        },
    ),
)


def _lanes(default: int) -> Quantity:
    return Quantity(doc="number of lanes", unit="", integer=True, default=default, least=1, most=8, fixed=True)


def _width(doc: str, default: float, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit="m", default=default, least=least, most=most, fixed=True)


ROAD = Tagged(
    doc="the road everything happens on",
    options={
        "highway": Section(
            doc="one carriageway of a motorway",
            fields={
                "lanes": _lanes(3),
                "lane_width": _width("width of a lane", 3.5, 2.0, 6.0),
                "shoulder": _width("width of the hard shoulder on the right", 2.5, 0.0, 6.0),
                "limit": LIMIT,
                "work_zone": WORK_ZONE,
                "entry": ENTRY,
                "exit": EXIT,
                "alignment": _ALIGNMENT,
                **_SURFACE,
            },
        ),
        "street": Section(
            doc="an urban street with kerbs",
            fields={
                "lanes": _lanes(1),
                "oncoming_lanes": Quantity(
                    doc="lanes of the other direction, numbered on after the others",
                    unit="",
                    integer=True,
                    default=1,
                    least=0,
                    most=8,
                    fixed=True,
                ),
                "lane_width": _width("width of a lane", 3.5, 2.0, 6.0),
                "centre_line": Word(
                    doc="line between the directions; nobody overtakes over a solid one",
                    options={"broken": "broken", "solid": "solid"},
                    default="broken",
                    fixed=True,
                ),
                "limit": LIMIT,
                "parking": _width("width of the parking bays on either side; 0 for none", 2.2, 0.0, 6.0),
                "sidewalk": _width("width of the sidewalks", 2.5, 0.0, 10.0),
                "crosswalk": Quantity(
                    doc="way along the road from ego's start to the middle of a zebra crossing",
                    unit="m",
                    default=None,
                    least=-100.0,
                    most=2000.0,
                ),
                "alignment": _ALIGNMENT,
                **_SURFACE,
            },
        ),
        "intersection": intersection(_SURFACE),
        "roundabout": roundabout(_SURFACE),
        "opendrive": opendrive(_SURFACE),
    },
)

_MOTION: dict[str, Field] = {
    "trailer": Word(
        doc="what the vehicle pulls; events know it by the vehicle's id with `_trailer` behind it",
        options=TRAILERS,
        default=None,
    ),
    "offset": Quantity(
        doc="way to the left of the middle of the lane or strip", unit="m", default=0.0, least=-20.0, most=20.0
    ),
    "blue_lights": Flag(
        doc="of an ambulance: blue lights and siren are on; others who hear them make way, and it passes red "
        "lights slowly",
        default=False,
    ),
    "hears_siren": Quantity(
        doc="distance from which its driver hears a siren, 0 for one who does not; the default is assumed",
        unit="m", default=60.0, least=0.0, most=500.0,
    ),
    "route": ROUTE,
    "driver": DRIVER,
    "do": SCRIPT,
}  # fmt: skip


def _speed(default: object) -> Quantity:
    return Quantity(doc="speed at the start", unit="m/s", default=default, least=0.0, most=100.0)


def _lane(default: int | None) -> Quantity:
    return Quantity(
        doc="number of the lane, 1 is the rightmost", unit="", integer=True, default=default, least=1, most=16
    )


EGO = Section(
    doc="the vehicle under study",
    fields={
        "vehicle": Word(doc="its class", options=VEHICLES, default="sedan"),
        "asset": ASSET,
        "lane": _lane(1),
        "speed": _speed("50 km/h"),
        **_MOTION,
    },
)

ACTOR = Section(
    doc="another road user or a thing on the road: vehicle, pedestrian, animal, static or asset",
    fields={
        "vehicle": Word(doc="class of a vehicle", options=VEHICLES, default=None),
        "pedestrian": Word(doc="kind of pedestrian", options=PEDESTRIANS, default=None),
        "animal": Word(doc="kind of animal", options=ANIMALS, default=None),
        "static": Word(doc="kind of a thing that stands still", options=STATICS, default=None),
        "asset": ASSET,
        "lane": _lane(None),
        "on": Word(doc="strip beside the lanes on which it starts", options=STRIPS, default=None, fixed=True),
        "ahead": Quantity(
            doc="clear way ahead, bumper to bumper, of ego or of the actor named by `of`",
            unit="m",
            default=None,
        ),
        "behind": Quantity(
            doc="clear way behind, bumper to bumper, of ego or of the actor named by `of`",
            unit="m",
            default=None,
        ),
        "of": Name(doc="the actor from which `ahead` or `behind` is measured", default="ego"),
        "speed": _speed(0.0),
        **_MOTION,
    },
    exclusive=(
        ("vehicle", "pedestrian", "animal", "static"),
        ("static", "asset"),
        ("lane", "on"),
        ("ahead", "behind"),
    ),
)

WORLD = Section(
    doc="the driving world",
    fields={
        "road": ROAD,
        "weather": Word(
            doc="the air",
            options={
                "clear": "clear sky",
                "cloudy": "overcast, dry",
                "rain": "steady rain",
                "fog": "fog, 120 m visibility",
                "snow": "snowfall",
            },
            default="clear",
        ),
        "light": Section(
            doc="the sun, the sky and the air",
            fields={
                "sun_elevation": Quantity(
                    doc="height above the horizon; below it dusk comes, and night from -12 deg on",
                    unit="rad",
                    default="40 deg",
                    least=-0.4,
                    most=1.5707,
                ),
                "sun_azimuth": Quantity(
                    doc="direction towards the sun, counter-clockwise from the road's first direction",
                    unit="rad",
                    default="45 deg",
                    least=-6.2832,
                    most=6.2832,
                ),
                "cloud": Quantity(
                    doc="covered share of the sky; that of the weather unless given",
                    unit="",
                    default=None,
                    least=0.0,
                    most=1.0,
                ),
                "visibility": Quantity(
                    doc="meteorological optical range; that of the weather unless given",
                    unit="m",
                    default=None,
                    least=20.0,
                    most=100_000.0,
                ),
            },
        ),
        "colours": Quantity(
            doc="how far colours of surfaces stray from natural ones, for domain randomization; 1 is any",
            unit="",
            default=0.0,
            least=0.0,
            most=1.0,
        ),
        "assets": ASSETS,
        "ego": EGO,
        "actors": Listing(doc="everyone and everything else that has a part in it", item=ACTOR, named=True),
        "surroundings": Word(
            doc="what lies beside the road; urban along a street and highway along a highway unless given",
            options={
                "urban": "house fronts, trees and lamps",
                "rural": "fields and trees",
                "highway": "guard rails and embankments",
            },
            default=None,
            fixed=True,
        ),
        "scenery": Section(
            doc="how much stands beside the road",
            fields={
                "density": Quantity(
                    doc="0 is bare, 1 is crowded", unit="", default=0.6, least=0.0, most=1.0, fixed=True
                ),
                "people": Quantity(
                    doc="labelled people who are about on 100 m of each sidewalk of streets; they play no part",
                    unit="",
                    default=0.0,
                    least=0.0,
                    most=60.0,
                ),
                "parked": Quantity(
                    doc="share of the parking bays that are taken, room for actors left; unless given, by the "
                    "density, and none where somebody walks or an actor is parked",
                    unit="",
                    default=None,
                    least=0.0,
                    most=1.0,
                ),
            },
        ),
        "dt": Quantity(
            doc="time step of the motion", unit="s", default=0.01, least=0.0005, most=0.05, fixed=True
        ),
    },
)

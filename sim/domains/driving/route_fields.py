"""Roads that meet, and the routes over them: the parts of the driving language that only they need."""

from __future__ import annotations

from sim.domains.driving.lane_fields import LIMIT
from sim.fields import Field, File, Flag, Listing, Quantity, Section, Tagged, Text, Word

__all__ = ["ARMS", "ROUTE", "intersection", "opendrive", "roundabout"]

_MAP_READER = "sim.domains.driving.maps.opendrive:remarks"

ARMS = {
    "south": "the arm whose traffic comes in northwards",
    "east": "the arm whose traffic comes in westwards",
    "north": "the arm whose traffic comes in southwards; not there with three arms",
    "west": "the arm whose traffic comes in eastwards",
}


def _metres(doc: str, default: object, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit="m", default=default, least=least, most=most, fixed=True)


def _seconds(doc: str, default: float, least: float = 1.0) -> Quantity:
    return Quantity(doc=doc, unit="s", default=default, least=least, most=300.0, fixed=True)


_CONTROL = Tagged(
    doc="who goes first",
    options={
        "priority": Section(
            doc="one street has priority; the other one yields at a give-way line",
            fields={
                "major": Word(
                    doc="the street with priority",
                    options={"west_east": "from west to east", "south_north": "from south to north"},
                    default="west_east",
                    fixed=True,
                )
            },
        ),
        "signals": Section(
            doc="traffic lights with a fixed cycle: south and north, then west and east",
            fields={
                "green": _seconds("green of south and north", 25.0),
                "cross_green": _seconds("green of west and east", 25.0),
                "left": Word(
                    doc="how left turns are let through",
                    options={
                        "permissive": "together with oncoming traffic, to which they yield",
                        "protected": "in a phase of their own, after that of their street; needs left_lane",
                    },
                    default="permissive",
                    fixed=True,
                ),
                "left_green": _seconds("green of protected left turns", 10.0),
                "amber": _seconds("amber; RiLSA 2010: 3 s at 50 km/h, 4 s at 60, 5 s at 70", 3.0),
                "all_red": _seconds("time between amber and the next green", 2.0, 0.0),
                "shift": Quantity(
                    doc="how far into the cycle the episode begins; 0 is when south and north turn green",
                    unit="s",
                    default=0.0,
                    least=0.0,
                    most=2000.0,
                ),
            },
        ),
    },
    default="priority",
)


def intersection(surface: dict[str, Field]) -> Section:
    """Return the fields of an intersection, with those of every road's surface."""
    return Section(
        doc="three or four streets that meet at right angles; actors on it follow a `route`",
        fields={
            "arms": Quantity(
                doc="3 or 4; with three there is no north",
                unit="", integer=True, default=4, least=3, most=4, fixed=True,
            ),
            "lanes": Quantity(
                doc="through lanes of each direction",
                unit="", integer=True, default=1, least=1, most=3, fixed=True,
            ),
            "left_lane": Flag(doc="whether left turns have a lane of their own", default=False, fixed=True),
            "lane_width": _metres("width of a lane", 3.25, 2.5, 5.0),
            "corner": _metres("radius of the kerbs at the corners", 8.0, 4.0, 30.0),
            "sidewalk": _metres("width of the sidewalks; 0 for none", 2.5, 0.0, 3.9),
            "crosswalks": Flag(doc="whether there is one across every arm", default=False, fixed=True),
            "control": _CONTROL,
            "limit": LIMIT,
            **surface,
        },
    )  # fmt: skip


def roundabout(surface: dict[str, Field]) -> Section:
    """Return the fields of a roundabout, with those of every road's surface."""
    return Section(
        doc="a roundabout of one lane: who enters yields; actors on it follow a `route`, as at an intersection",
        fields={
            "arms": Quantity(
                doc="3 or 4; with three there is no north",
                unit="", integer=True, default=4, least=3, most=4, fixed=True,
            ),
            "lane_width": _metres("width of the arms' lanes", 3.5, 2.75, 4.0),
            "diameter": _metres("between the outer kerbs; small roundabouts have 26 to 40 m", 34.0, 30.0, 60.0),
            "ring": _metres("width of the carriageway around the island", 7.0, 5.5, 9.0),
            "corner": _metres("radius of the kerbs between arms and ring, if there is room", 10.0, 6.0, 20.0),
            "island": _metres("width of the islands between the directions of an arm", 2.0, 1.0, 3.0),
            "sidewalk": _metres("width of the sidewalks; 0 for none", 2.5, 0.0, 3.9),
            "limit": LIMIT,
            **surface,
        },
    )  # fmt: skip


def opendrive(surface: dict[str, Field]) -> Section:
    """Return the fields of a map, with those of every road's surface."""
    return Section(
        doc="the roads of an OpenDRIVE file; actors on them follow a `route` through its lanes",
        fields={"file": File(doc="the map", suffixes=(".xodr",), reader=_MAP_READER), **surface},
    )


ROUTE = Section(
    doc="the way over roads that meet; every actor on such roads has one",
    default=None,
    fields={
        "from": Word(doc="arm of the junction it comes from", options=ARMS, default="south"),
        "to": Word(doc="arm it goes to", options=ARMS, default="north"),
        "through": Listing(
            doc='on a map: lanes it goes through, in order, as road:lane ("12:-1"); what lies between them '
            "is found, by the fewest lanes",
            item=Text(doc="road:lane"),
        ),
        "along": Quantity(
            doc="on a map: way from where its route begins to its front at the start; 20 m for ego otherwise",
            unit="m",
            default=None,
            least=0.0,
            most=100_000.0,
        ),
        "before": Quantity(
            doc="way from its front to the stop line of its arm, at the start; negative beyond it. 50 m for "
            "ego unless given; for others instead of ahead and behind",
            unit="m",
            default=None,
            least=-60.0,
            most=2000.0,
        ),
        "rules": Word(
            doc="what its driver heeds at a junction; one that keeps its speed whatever happens heeds nothing",
            options={
                "keeps": "signals and right of way",
                "takes_way": "signals, but not right of way",
                "heedless": "neither",
            },
            default="keeps",
        ),
        "margin": Quantity(
            doc="time it leaves between itself and those with priority; conflicts begin below 1.5 s (Allen, "
            "Shin and Cooper 1978)",
            unit="s",
            default=1.5,
            least=-10.0,
            most=20.0,
        ),
        "cornering": Quantity(
            doc="lateral acceleration up to which bends are taken; most drivers turn at 2 to 3 m/s2",
            unit="m/s2",
            default=2.5,
            least=0.3,
            most=8.0,
        ),
    },
)

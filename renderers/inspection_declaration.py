"""What may stand under `inspection:`: a camera over a part, the surface it sees and the lights of its cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renderers.label_choice import label_field, picture_format
from sim.fields import Flag, Numbers, Quantity, Section, Tagged, Word

__all__ = ["INSPECTION", "LABELS", "SURFACES"]

LABELS: dict[str, str] = {
    "mask": "255 where a defect is, 8-bit PNG, from its geometry alone",
    "instance": "number of the defect per pixel, as in `objects`, 16-bit PNG, 0 for none",
    "semantic": "class of the defect per pixel, that of the part elsewhere, 8-bit PNG",
    "negatives": "number of what is no defect though it looks like one, as in `distractors`, 16-bit PNG",
    "height": "height over the good part in steps of 0.1 um about 32768, 16-bit PNG; defects alone",
    "visible": "255 where a defect changes the picture by three levels or more in this light, 8-bit PNG",
    "objects": "every defect: kind, box, place, and size, area and depth in metres",
    "distractors": "what is no defect: dust, fibres, reflections, marks of the machining",
    "contrast": "how far each defect stands out in this light",
}
"""The labels an inspection camera can write, each with its sentence; every one is a column."""

SURFACES: dict[str, str] = {
    "brushed": "brushed steel, grain from left to right",
    "painted": "a painted panel under clear coat",
    "cast": "cast metal, rough as the sand left it",
    "board": "a circuit board with its components",
    "weld": "a weld seam between two sheets, from left to right",
}
"""Surfaces that can be looked at."""


def _length(doc: str, default: Any, least: float, most: float, *, fixed: bool = True) -> Quantity:
    return Quantity(doc=doc, unit="m", default=default, least=least, most=most, fixed=fixed)


def _angle(doc: str, default: Any, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit="rad", default=default, least=least, most=most)


def _count(doc: str, default: float) -> Quantity:
    return Quantity(doc=f"{doc} per picture, on average", unit="", default=default, least=0.0, most=50.0)


_LIGHT = Tagged(
    doc="what lights the part",
    options={
        "ring": Section(
            doc="a ring of LEDs about the lens",
            fields={
                "diameter": _length("of the ring", "140 mm", 5e-3, 5.0, fixed=False),
                "height": _length("over the part", "160 mm", 5e-3, 5.0, fixed=False),
                "diffusion": Quantity(
                    doc="of its cover: 0 shows each LED, 1 an even ring",
                    unit="",
                    default=0.8,
                    least=0.0,
                    most=1.0,
                ),
            },
        ),
        "dome": Section(
            doc="light from all sides; the camera looks through a hole in it",
            fields={
                "height": _length("of the hole over the part", "200 mm", 5e-3, 5.0, fixed=False),
                "hole": _length("diameter of the hole", "30 mm", 1e-3, 1.0, fixed=False),
            },
        ),
        "bar": Section(
            doc="a bar of LEDs from one side",
            fields={
                "azimuth": _angle(
                    "direction it stands in, from the picture's right towards its top", "90 deg", -7, 7
                ),
                "elevation": _angle("of its middle over the part", "35 deg", 0.05, 1.5),
                "distance": _length("of its middle from the part", "200 mm", 5e-3, 5.0, fixed=False),
                "length": _length("of the bar", "150 mm", 1e-3, 5.0, fixed=False),
            },
        ),
    },
    default="ring",
)


def _faults(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (key, message) for a lens that would have to see more than half the world."""
    if {"field", "distance"} <= given.keys() and float(given["field"]) > 2.0 * float(given["distance"]):
        return [
            ("field", f"{given['field']:g} m from {given['distance']:g} m away is wider than a lens can see")
        ]
    return []


INSPECTION = Section(
    doc="A camera over a machine that inspects: a labelled picture of every part it looks at.",
    check=_faults,
    fields={
        "surface": Word(doc="what the part's surface is", options=SURFACES, fixed=True),
        "colour": Numbers(
            doc="of paint: shares of red, green and blue light it gives back",
            unit="",
            length=3,
            least=0.0,
            most=1.0,
            default=[0.04, 0.10, 0.30],
        ),
        "resolution": Numbers(
            doc="width and height of the image in pixels",
            unit="",
            length=2,
            integer=True,
            least=16,
            most=4096,
            default=[640, 480],
        ),
        "field": _length("width of what is seen of the part", "60 mm", 1e-3, 10.0),
        "distance": _length("from the lens to the part", "300 mm", 1e-2, 20.0),
        "tilt": _angle("of the camera out of the upright, towards the picture's lower edge", 0.0, 0.0, 0.9),
        "light": _LIGHT,
        "brightness": Quantity(
            doc="of the lights; 1 is what the exposure is set for", unit="", default=1.0, least=0.0, most=10.0
        ),
        "noise": Quantity(
            doc="standard deviation of the pixel noise at mid grey, in levels of 255",
            unit="",
            default=1.2,
            least=0.0,
            most=64.0,
        ),
        "blur": Quantity(
            doc="of the lens, standard deviation in pixels", unit="", default=0.5, least=0.0, most=3.0
        ),
        "fixture": Section(
            doc="how well the part is held",
            fields={
                "shift": _length(
                    "standard deviation of its place, along each axis", "0.3 mm", 0.0, 0.1, fixed=False
                ),
                "turn": _angle("standard deviation of its angle", "0.3 deg", 0.0, 1.0),
            },
        ),
        "negatives": Section(
            doc="what looks like a defect and is none",
            fields={
                "dust": _count("specks and fibres", 1.5),
                "reflections": _count("reflections of something bright", 0.15),
                "marks": _count("marks of the machining, or what belongs to the surface", 0.4),
            },
        ),
        "one_in": Quantity(
            doc="one in how many inspected parts is photographed",
            unit="",
            default=1,
            least=1,
            most=1e6,
            integer=True,
            fixed=True,
        ),
        "labels": label_field(LABELS),
        "depth": Flag(
            doc="whether distance along the optical axis is a feature, too: an RGB-D camera",
            default=False,
            fixed=True,
        ),
        "format": picture_format("png"),
    },
)

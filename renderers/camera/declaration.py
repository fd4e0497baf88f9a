"""What may stand under `camera:`: lens, sensor, rate, labels, exposure and how the picture is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renderers.camera.intrinsics import lens_fault
from renderers.camera.stereo import STEREO
from renderers.label_choice import chosen_of, label_field, picture_format
from renderers.views import camera_view
from sim.fields import Flag, Numbers, Quantity, Section, Tagged, Text, Word
from sim.views import SeeingSection

__all__ = ["CAMERA", "LABELS", "labels_of"]

LABELS: dict[str, str] = {
    "depth": "distance along the optical axis, 0 where there is none",
    "instance": "instance id per pixel, 16-bit PNG, 0 for sky and unlabelled scenery",
    "semantic": "class id per pixel, 8-bit PNG, 0 for sky",
    "normals": "surface normal in the camera frame, octahedral in 16-bit PNG channels, 0 where there is none",
    "flow": "forward optical flow to the next frame, KITTI 16-bit PNG",
    "backward_flow": "optical flow back to the frame before, stored as flow",
    "next_frame": "whether the next frame shows the point: 1 yes, 2 hidden, 3 outside, 0 unknown; 8-bit PNG",
    "disparity": "columns to where the other of a stereo pair sees the point, KITTI 16-bit PNG, 0 unknown",
    "markings": "road paint under the pixel's centre: 1 white, 2 yellow, 0 none; 8-bit PNG",
    "lanes": "lane under the pixel's centre, numbered from 1 as the scenario does, 0 none; 8-bit PNG",
    "objects": "2D and 3D boxes, visibility, amodal mask and key points of every labelled body in view",
}
"""The labels a camera can write, each with its sentence; every one is a column."""


ROLLED_OUT = ("flow", "backward_flow", "next_frame")
"""Labels that a rolling shutter does not have: what a row sees has no one moment in the next frame."""


def labels_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels that a camera's settings ask for; `all` leaves out those it cannot have."""
    missing = (
        *(("disparity",) if settings["stereo"] is None else ()),
        *(ROLLED_OUT if settings["readout"] > 0.0 else ()),
    )
    return tuple(name for name in chosen_of(LABELS, settings) if name not in missing)


def _coefficient(doc: str) -> Quantity:
    return Quantity(doc=doc, unit="", default=0.0, least=-100.0, most=100.0, fixed=True)


def _number(
    doc: str, unit: str, default: float | str, least: float, most: float, *, fixed: bool = False
) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=least, most=most, fixed=fixed)


def _faults(settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what constants contradict each other."""
    if not {"resolution", "fov", "distortion"} <= settings.keys():
        return ()
    fault = lens_fault(settings)
    found = [] if fault is None else [fault]
    if settings.get("readout", 0.0) > 0.0 and settings["distortion"].kind != "none":
        found.append(("readout", "a camera with a distortion reads all of its rows at once"))
    return found


_DISTORTION = Tagged(
    doc="how the lens bends straight lines; pictures and labels alike, and never a label's exactness",
    options={
        "none": Section(doc="a pinhole", fields={}),
        "brown_conrady": Section(
            doc="radial and tangential distortion, coefficients as cv2.projectPoints takes them",
            fields={
                "k1": _coefficient("radial, second order"),
                "k2": _coefficient("radial, fourth order"),
                "p1": _coefficient("tangential, along the columns"),
                "p2": _coefficient("tangential, along the rows"),
                "k3": _coefficient("radial, sixth order"),
                "k4": _coefficient("radial, second order, of the denominator"),
                "k5": _coefficient("radial, fourth order, of the denominator"),
                "k6": _coefficient("radial, sixth order, of the denominator"),
            },
        ),
        "fisheye": Section(
            doc="equidistant projection after Kannala and Brandt, as cv2.fisheye.projectPoints has it",
            fields={
                "k1": _coefficient("third order of the angle"),
                "k2": _coefficient("fifth order"),
                "k3": _coefficient("seventh order"),
                "k4": _coefficient("ninth order"),
            },
        ),
    },
    default="none",
)

_SENSOR = Section(
    doc="a photon-counting sensor, in the place of `noise`: shot noise, read noise and whole steps",
    fields={
        "full_well": _number(
            "electrons at which a pixel is full, three stops above a white wall in the scene's light",
            "",
            30_000.0,
            100.0,
            1e7,
        ),
        "read_noise": _number("standard deviation of reading a pixel, in electrons", "", 3.0, 0.0, 1000.0),
        "bits": Quantity(
            doc="whole steps up to the full well, as bits", unit="", default=12, least=6, most=16, integer=True,
            fixed=True,
        ),
    },
    default=None,
)  # fmt: skip

CAMERA = SeeingSection(
    view=camera_view,
    pair=STEREO,
    doc="A camera with exact labels.",
    check=_faults,
    exclusive=(("fov", "focal"), ("noise", "sensor"), ("readout", "shutter"), ("readout", "aperture")),
    fields={
        "resolution": Numbers(
            doc="width and height of the image in pixels",
            unit="",
            length=2,
            integer=True,
            least=16,
            most=4096,
            default=[640, 480],
        ),
        "fov": _number(
            "horizontal field of view, through the lens as it is", "rad", "70 deg", 0.02, 3.1, fixed=True
        ),
        "focal": Numbers(
            doc="focal lengths along rows and columns in pixels, in the place of fov",
            unit="",
            length=2,
            least=1.0,
            most=1e6,
            default=None,
        ),
        "centre": Numbers(
            doc="where the optical axis meets the picture, in pixels from its corner; its middle if absent",
            unit="",
            length=2,
            least=-4096.0,
            most=8192.0,
            default=None,
        ),
        "distortion": _DISTORTION,
        "rate": _number("frames per second", "Hz", 10.0, 0.01, 1000.0, fixed=True),
        "labels": label_field(LABELS),
        "stereo": Text(
            doc="the other camera of a rectified pair, by the sensor's name; makes the label `disparity`",
            default=None,
        ),
        "format": picture_format("jpeg"),
        "depth": Word(
            doc="how the depth label is stored",
            options={
                "uint16": "16-bit PNG in steps of 1/256 m; what is farther than 255.99 m has none",
                "float32": "TIFF of 32-bit floats in metres, about twenty times larger, at any distance",
            },
            default="uint16",
            fixed=True,
        ),
        "exposure": _number(
            "exposure compensation in stops; 0 exposes for the light of the scene", "", 0.0, -8.0, 8.0
        ),
        "contrast": _number("slope of the tone curve about mid grey, as a factor", "", 1.0, 0.4, 2.5),
        "saturation": _number("how far colours are from grey, as a factor; 0 is grey", "", 1.0, 0.0, 3.0),
        "warmth": _number("error of the white balance: red over blue, in stops", "", 0.0, -2.0, 2.0),
        "tint": _number("error of the white balance: green over red and blue, in stops", "", 0.0, -2.0, 2.0),
        "softness": _number(
            "standard deviation of the spread of a point by the lens, in pixels", "", 0.0, 0.0, 8.0
        ),
        "quality": Quantity(
            doc="quality of the JPEG picture", unit="", default=95, least=20, most=100, integer=True
        ),
        "vignetting": _number("share of the light that is lost in the corners", "", 0.0, 0.0, 0.95),
        "noise": _number(
            "standard deviation of the pixel noise at mid grey, in levels of 255", "", 1.0, 0.0, 64.0
        ),
        "sensor": _SENSOR,
        "shutter": _number(
            "how long the shutter is open around the moment of the frame; what moves is smeared",
            "s",
            0.0,
            0.0,
            0.5,
        ),
        "readout": _number(
            "rolling shutter: time in which the rows are read, about the frame's moment; each sees the world "
            "at its own",
            "s",
            0.0,
            0.0,
            0.5,
            fixed=True,
        ),
        "aperture": _number(
            "diameter of the lens' opening; what is out of focus blurs, and nothing where it is 0",
            "m",
            0.0,
            0.0,
            0.1,
        ),
        "focus": _number("distance along the optical axis that is in focus", "m", 20.0, 0.05, 1e4),
        "blur_steps": Quantity(
            doc="pictures averaged into one blurred by motion or out of focus; each costs as much as one",
            unit="",
            default=8,
            least=2,
            most=256,
            integer=True,
            fixed=True,
        ),
        "near": _number("distance before which nothing is seen", "m", 0.1, 0.001, 10.0, fixed=True),
        "sees_carrier": Flag(
            doc="whether the body that carries the camera is in the picture; its shadow always is",
            default=False,
            fixed=True,
        ),
    },
)

"""What may stand under `camera:`: lens, rate, labels, exposure and how the picture is stored."""

from __future__ import annotations

from renderers.label_choice import label_field, picture_format
from sim.fields import Flag, Numbers, Quantity, Section, Word

__all__ = ["CAMERA", "LABELS"]

LABELS: dict[str, str] = {
    "depth": "distance along the optical axis, 0 where there is none",
    "instance": "instance id per pixel, 16-bit PNG, 0 for sky and unlabelled scenery",
    "semantic": "class id per pixel, 8-bit PNG, 0 for sky",
    "normals": "surface normal in the camera frame, octahedral in 16-bit PNG channels, 0 where there is none",
    "flow": "forward optical flow to the next frame, KITTI 16-bit PNG",
    "objects": "2D and 3D boxes, visibility, truncation and occlusion of every labelled body in view",
}
"""The labels a camera can write, each with its sentence; every one is a column."""

CAMERA = Section(
    doc="A pinhole camera with exact labels.",
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
        "fov": Quantity(
            doc="horizontal field of view", unit="rad", default="70 deg", least=0.02, most=2.7, fixed=True
        ),
        "rate": Quantity(doc="frames per second", unit="Hz", default=10.0, least=0.01, most=1000.0, fixed=True),
        "labels": label_field(LABELS),
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
        "exposure": Quantity(
            doc="exposure compensation in stops; 0 exposes for the light of the scene",
            unit="",
            default=0.0,
            least=-8.0,
            most=8.0,
        ),
        "noise": Quantity(
            doc="standard deviation of the pixel noise at mid grey, in levels of 255",
            unit="",
            default=1.0,
            least=0.0,
            most=64.0,
        ),
        "near": Quantity(
            doc="distance before which nothing is seen",
            unit="m",
            default=0.1,
            least=0.001,
            most=10.0,
            fixed=True,
        ),
        "sees_carrier": Flag(
            doc="whether the body that carries the camera is in the picture; its shadow always is",
            default=False,
            fixed=True,
        ),
    },
)

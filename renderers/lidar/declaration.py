"""What may stand under `lidar:`: beams, rate, reach, and how echoes are told."""

from __future__ import annotations

from renderers.ranging import models_own, range_faults
from renderers.views import lidar_view
from sim.fields import Flag, Listing, Quantity, Section, Tagged, Word
from sim.views import SeeingSection

__all__ = ["FARTHEST", "LIDAR"]

FARTHEST = 255.9
"""Range is stored in steps of 1/256 m, as depth is: what is farther cannot be told [m]."""


LIDAR = SeeingSection(
    view=lidar_view,
    doc="A spinning LiDAR: range, intensity and exact labels of every beam, and 3D boxes of what it hits.",
    check=range_faults,
    fields={
        "model": Tagged(
            doc="how many beams at which elevations; range, noise and divergence follow unless given",
            options={
                "vlp16": Section(doc="16 beams, -15 to 15 deg (Velodyne VLP-16)", fields={}),
                "vlp32": Section(
                    doc="32 beams, -25 to 15 deg, dense about the horizon (Velodyne VLP-32C)", fields={}
                ),
                "hdl32": Section(doc="32 beams, -30.67 to 10.67 deg (Velodyne HDL-32E)", fields={}),
                "hdl64": Section(doc="64 beams, -24.33 to 2 deg (Velodyne HDL-64E)", fields={}),
                "os1_128": Section(doc="128 beams, -22.5 to 22.5 deg (Ouster OS1-128)", fields={}),
                "elevations": Listing(
                    doc="beams at these angles, on the terms of an HDL-64E",
                    item=Quantity(doc="elevation of a beam", unit="rad", least=-1.5, most=1.5, fixed=True),
                ),
            },
            default="hdl64",
        ),
        "rate": Quantity(
            doc="turns per second; a sample is one turn, and its moment is that at which it looks ahead",
            unit="Hz",
            default=10.0,
            least=0.1,
            most=100.0,
            fixed=True,
        ),
        "columns": Quantity(
            doc="firings per turn, each at its own moment",
            unit="",
            default=1800,
            least=8,
            most=8192,
            integer=True,
            fixed=True,
        ),
        "range": models_own("farthest range told", "m", 1.0, FARTHEST),
        "nearest": Quantity(doc="nearest range told", unit="m", default=0.9, least=0.0, most=50.0, fixed=True),
        "reach": models_own(
            "range up to which nine in ten beams see a matt surface of 10 % reflectance head on",
            "m",
            1.0,
            1000.0,
        ),
        "noise": models_own("standard deviation of ranges", "m", 0.0, 1.0),
        "divergence": models_own("full angle of a beam", "rad", 0.0, 0.02),
        "echoes": Word(
            doc="which echoes of a beam are told",
            options={
                "strongest": "the strongest",
                "last": "the farthest",
                "dual": "the strongest and the farthest; the second strongest where these are one",
            },
            default="strongest",
            fixed=True,
        ),
        "sees_carrier": Flag(
            doc="whether beams meet the body that carries the sensor", default=False, fixed=True
        ),
    },
)

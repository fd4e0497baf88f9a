"""What may stand under `radar:`: where it looks, what it can tell apart, and what it lets through."""

from __future__ import annotations

from renderers.ranging import models_own, range_faults
from renderers.views import radar_view
from sim.fields import Flag, Quantity, Word
from sim.views import SeeingSection

__all__ = ["RADAR"]


RADAR = SeeingSection(
    view=radar_view,
    doc="A 77 GHz radar: detections with range, azimuth, radial velocity and RCS, each with its exact origin.",
    check=range_faults,
    fields={
        "model": Word(
            doc="which radar; every figure below is the model's unless given",
            options={
                "near": "a wide view up to 70 m (near scan of a Continental ARS 408-21)",
                "far": "a narrow view up to 250 m (far scan of a Continental ARS 408-21)",
            },
            default="near",
            fixed=True,
        ),
        "rate": Quantity(doc="sweeps per second", unit="Hz", default=10.0, least=0.1, most=100.0, fixed=True),
        "range": models_own("farthest range told", "m", 1.0, 1000.0),
        "nearest": Quantity(doc="nearest range told", unit="m", default=0.2, least=0.0, most=50.0, fixed=True),
        "fov": models_own("full horizontal angle, at whose edges the antenna gains half", "rad", 0.02, 3.0),
        "reach": models_own(
            "range up to which nine in ten sweeps see a car of 10 dBsm ahead, on a dry day", "m", 1.0, 2000.0
        ),
        "range_cell": models_own("ranges closer than this are one", "m", 0.01, 20.0),
        "azimuth_cell": models_own(
            "azimuths ahead closer than this are one; at an angle they widen", "rad", 1e-3, 0.5
        ),
        "speed_cell": models_own("radial velocities closer than this are one", "m/s", 0.01, 10.0),
        "false_alarm": Quantity(
            doc="probability that noise passes for an echo, per cell of range, azimuth and speed",
            unit="",
            default=1e-7,
            least=1e-12,
            most=1e-4,
            fixed=True,
        ),
        "ghosts": Flag(
            doc="whether walls, guard rails and large vehicles mirror what stands before them",
            default=True,
            fixed=True,
        ),
        "clutter": Flag(
            doc="whether houses, poles, rails, signs and plants send echoes back", default=True, fixed=True
        ),
    },
)

"""What makes of spinning LiDARs are: their beams and what their data sheets promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from renderers.lidar.declaration import FARTHEST
from sim.errors import RunError
from sim.geometry import Array

__all__ = ["MODELS", "Model", "model_of"]


@dataclass(frozen=True, eq=False)
class Model:
    """A sensor.

    Args:
        elevations: (R,) angles of the beams, from the top down [rad].
        range: farthest range told [m].
        reach: where a matt surface of 10 % reflectance is seen by nine beams in ten [m].
        noise: standard deviation of ranges [m].
        divergence: full angle of a beam, at 1/e2 of its middle's power [rad].
    """

    elevations: Array
    range: float
    reach: float
    noise: float
    divergence: float


_HDL64 = np.radians(np.concatenate([2.0 - np.arange(32) / 3.0, -8.0 - 5.0 / 6.0 - np.arange(32) / 2.0]))

_VLP32 = np.radians(
    (15.0, 10.333, 7.0, 4.667, 3.333, 2.333, 1.667, 1.333, 1.0, 0.667, 0.333, 0.0, -0.333, -0.667, -1.0, -1.333,
     -1.667, -2.0, -2.333, -2.667, -3.0, -3.333, -3.667, -4.0, -4.667, -5.333, -6.148, -7.254, -8.843, -11.31,
     -15.639, -25.0)
)  # fmt: skip

MODELS: Mapping[str, Model] = {
    # VLP-16 user manual 63-9243: 2 deg apart; 100 m; 3 cm; 3 mrad. Its reach at 10 % is not in the data sheet:
    # as HDL-64E.
    "vlp16": Model(np.radians(15.0 - 2.0 * np.arange(16)), 100.0, 50.0, 0.03, 3.0e-3),
    # HDL-32E user manual 63-9113: 4/3 deg apart from +10.67; 80 to 100 m; 2 cm. Reach and divergence as
    # HDL-64E.
    "hdl32": Model(np.radians((32.0 - 4.0 * np.arange(32)) / 3.0), 100.0, 50.0, 0.02, 2.0e-3),
    # VLP-32C user manual 63-9325: beams dense near 0 deg; 200 m; 3 cm; 3 mrad. Assumed: a reach at 10 % as
    # much farther than HDL-64E's as its farthest range is.
    "vlp32": Model(_VLP32, 200.0, 83.0, 0.03, 3.0e-3),
    # HDL-64E S2 user manual 63-HDL64ES2: two blocks, 1/3 deg apart from +2 and 1/2 deg apart from -8.83; 120 m
    # for cars and foliage (80 %), 50 m for pavement (10 %); below 2 cm; 2 mrad.
    "hdl64": Model(_HDL64, 120.0, 50.0, 0.02, 2.0e-3),
    # OS1 data sheet, 128 channels over 45 deg: 90 m at 10 %, 170 m at 80 %; 0.18 deg of beam divergence; 1 to 3
    # cm.
    "os1_128": Model(np.radians(np.linspace(22.5, -22.5, 128)), 170.0, 90.0, 0.02, 3.1e-3),
}
"""Models by the name under `model:`."""


def model_of(settings: Mapping[str, Any]) -> Model:
    """Return the sensor of a `lidar:` section, its own figures in place of the model's.

    Raises:
        RunError: it has no beam.
    """
    chosen = settings["model"]
    base = MODELS["hdl64" if chosen.kind == "elevations" else chosen.kind]
    elevations = base.elevations
    if chosen.kind == "elevations":
        if not len(chosen.settings):
            raise RunError("a lidar has at least one beam: its `elevations` are empty")
        elevations = np.sort(np.asarray(chosen.settings, np.float64))[::-1]
    told = {
        name: float(getattr(base, name) if settings[name] is None else settings[name])
        for name in ("range", "reach", "noise", "divergence")
    }
    return Model(elevations, min(told["range"], FARTHEST), told["reach"], told["noise"], told["divergence"])

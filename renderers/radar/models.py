"""What a radar can do: its figures, and the radar equation that follows from them.

The power of an echo over that of the noise in its cell is

    SNR = S (sigma / 10 m2) (reach / R)^4 G(azimuth, elevation)^2 L

with the gain G of a Gaussian beam that is halved at its edges, and the loss L of rain there and back. S follows
from what `reach` promises: a target of 10 m2 whose echo fluctuates from sweep to sweep (Swerling I) is seen
with probability P_d = P_fa^(1 / (1 + SNR)), so that S = ln P_fa / ln 0.9 - 1.

Sources: Skolnik (2008), Radar Handbook, chapter 2; Swerling (1960), "Probability of detection for fluctuating
    targets"; ITU-R P.838-3 for rain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from sim.geometry import Array
from sim.scene import Light

__all__ = ["MODELS", "WAVELENGTH", "Model", "model_of", "rain_loss"]

WAVELENGTH = 299_792_458.0 / 76.5e9
"""Of the carrier, in the middle of the band of 76 to 77 GHz [m]."""
_STANDARD = 10.0
"""RCS of the target in the definition of `Model.reach` [m2]."""
_PROMISED = 0.9
_RAIN_K, _RAIN_ALPHA = 1.13, 0.718
"""Of horizontal polarisation at 77 GHz, between the values for 70 and 80 GHz (ITU-R P.838-3)."""


@dataclass(frozen=True)
class Model:
    """A radar.

    Args:
        range: farthest range told [m].
        fov: full horizontal angle [rad].
        height: full vertical angle at whose edges the antenna gains half [rad].
        reach: where a car of 10 dBsm is seen in nine of ten sweeps [m].
        range_cell: [m].
        azimuth_cell: ahead [rad].
        speed_cell: [m/s].
        false_alarm: probability per cell.
        slowest: least radial velocity told; negative, for what comes nearer [m/s].
        fastest: greatest radial velocity told [m/s].
    """

    range: float
    fov: float
    height: float
    reach: float
    range_cell: float
    azimuth_cell: float
    speed_cell: float
    false_alarm: float = 1e-7
    slowest: float = -400.0 / 3.6
    fastest: float = 200.0 / 3.6

    @property
    def threshold(self) -> float:
        """Power over that of the noise from which on something is told: noise is exponential."""
        return -math.log(self.false_alarm)

    @property
    def standard(self) -> float:
        """SNR of the standard target at `reach`."""
        return math.log(self.false_alarm) / math.log(_PROMISED) - 1.0

    @property
    def cells(self) -> float:
        """Number of cells of range, azimuth and speed."""
        across = 2.0 * math.sin(min(0.5 * self.fov, 0.5 * math.pi)) / self.azimuth_cell
        return self.range / self.range_cell * across * (self.fastest - self.slowest) / self.speed_cell

    def gain(self, azimuth: Array, elevation: Array) -> Array:
        """Return the gain of the antenna, one way, 1 ahead."""
        return np.asarray(np.exp2(-((2.0 * azimuth / self.fov) ** 2) - (2.0 * elevation / self.height) ** 2))

    def per_area(self, ranges: Array, azimuth: Array, elevation: Array, loss: float) -> Array:
        """Return the SNR of an RCS of 1 m2.

        Args:
            ranges: (n,) [m].
            azimuth: (n,) [rad].
            elevation: (n,) [rad].
            loss: of the air, one way [1/m].
        """
        spread = (self.reach / np.maximum(ranges, 0.1)) ** 4
        return np.asarray(
            self.standard
            / _STANDARD
            * spread
            * self.gain(azimuth, elevation) ** 2
            * np.exp(-2.0 * loss * ranges)
        )


# After a Continental ARS 408-21: near scan 70 m, 120 deg, 20 deg high, 0.39 m, 3.2 deg ahead, 0.43 km/h; far
# scan 250 m, 18 deg, 14 deg high, 1.79 m, 1.6 deg, 0.37 km/h; -400 to +200 km/h. Quoted from memory: its data
# sheet was not at hand to check them, so they are assumptions of that order, as are the two `reach`, which make
# cars visible to about these ranges.
MODELS: Mapping[str, Model] = {
    "near": Model(70.0, math.radians(120.0), math.radians(20.0), 90.0, 0.39, math.radians(3.2), 0.43 / 3.6),
    "far": Model(250.0, math.radians(18.0), math.radians(14.0), 220.0, 1.79, math.radians(1.6), 0.37 / 3.6),
}
"""Models by the name under `model:`."""


def model_of(settings: Mapping[str, Any]) -> Model:
    """Return the radar of a `radar:` section, its own figures in place of the model's."""
    names = {field.name for field in fields(Model)}
    own = {name: float(value) for name, value in settings.items() if name in names and value is not None}
    return replace(MODELS[settings["model"]], **own)


def rain_loss(light: Light) -> float:
    """Return what rain takes away of a wave's power [1/m]; fog and snow take next to nothing at 77 GHz.

    Source: ITU-R P.838-3, gamma = k R^alpha [dB/km] with the rate R in mm/h.
    """
    decibels = _RAIN_K * (light.rain * 3.6e6) ** _RAIN_ALPHA if light.rain > 0.0 else 0.0
    return decibels * 1e-3 * math.log(10.0) / 10.0

"""What the air does to a beam: it takes light away, and fog, drops and flakes send some back.

Extinction follows from the visibility that the camera uses, too: at the meteorological optical range a
twentieth of the light is left (WMO No. 8), so alpha = ln 20 / MOR; drops and fog droplets are far larger than
the wavelength, so it is the same in the near infrared (Kim, McArthur and Korevaar 2001, below 500 m). Rain
takes its own share by Marshall and Palmer's drops; what is left of alpha is fog, or flakes where snow falls.

All particles send back a 65th of what they take away, per steradian: Rasshofer, Spies and Spies (2011) have
beta = 0.046 / MOR for fog. That rain and snow do likewise is an assumption. Of drops and flakes, those that are
large for the beam where they are give an echo of their own: N(D) = N0 exp(-L D), with L = 4.1 R^-0.21 /mm and
N0 = 8000 /m3/mm for rain (Marshall and Palmer 1948), and L = 2.55 /mm for flakes (Gunn and Marshall 1958 at 1
mm/h), of which there are as many as it takes for the visibility. Fog is a soft target: its echo comes from
where the beam and the receiver's view overlap, and is as uneven as fog is (exponential about its mean).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from renderers.lidar.models import Model
from sim.geometry import Array
from sim.scene import Light

__all__ = ["FOCUS", "STANDARD", "Air", "air_of", "extinction"]

FOCUS = 5.0
"""Distance below which signals grow no more: beam and view overlap but partly [m]. Assumption."""
STANDARD = 0.1
"""Reflectance of the target in the definition of `Model.reach`."""

_LIDAR_RATIO = math.log(20.0) / 0.046
"""Extinction over backscatter [sr]."""
_PULSE = 1.5
"""Half the length of a pulse of 10 ns [m]."""
_APERTURE = 0.01
"""Width of the beam at the sensor [m]."""
_DROPS, _FLAKES = 8000.0, 2.55
_STEPS = 512


class Air(NamedTuple):
    """The air as kernels read it.

    Attributes:
        extinction: [1/m].
        crowd: (S,) expected number of particles with an echo of their own up to k `step`; empty for none.
        fog: (S,) mean signal of the fog's echo from k `step`, in units of the least that is seen; empty for
            none.
        fog_place: (S,) share of the fog's echoes that come from nearer than k `step`.
        spread: (S,) mean excess of a particle's diameter over the least that is seen at k `step`, relative to
            it.
        step: [m].
    """

    extinction: float
    crowd: Array
    spread: Array
    fog: Array
    fog_place: Array
    step: float


def extinction(light: Light) -> float:
    """Return the extinction of the air [1/m]."""
    return math.log(20.0) / light.visibility


def air_of(light: Light, model: Model, nearest: float) -> Air:
    """Return the air of a scene as one sensor meets it.

    Args:
        light: rain, snow and visibility.
        model: the sensor.
        nearest: nearest range told [m].
    """
    alpha = extinction(light)
    step = model.range / (_STEPS - 1)
    r = step * np.arange(_STEPS)
    number, slope, taken = _particles(light, alpha)
    # Least diameter [mm] that is seen: its echo against that of the standard target at the sensor's reach.
    area = 0.25 * math.pi * (_APERTURE + model.divergence * r) ** 2
    share = STANDARD * (np.maximum(r, FOCUS) / model.reach) ** 2 * np.exp(2.0 * alpha * r)
    least = 1e3 * np.sqrt(share * area * _LIDAR_RATIO / 2.0 * 4.0 / math.pi**2)
    rate = area * number / slope * np.exp(-slope * least) if number > 0.0 else np.zeros(_STEPS)
    crowd = _running(np.where(r < nearest, 0.0, rate), step)
    left = max(0.0, alpha - taken)
    bright = math.pi * left / _LIDAR_RATIO * _PULSE
    fog = np.where(r < nearest, 0.0, bright / share)
    place = _running(fog, step)
    none = np.empty(0)
    has_fog, has_crowd = fog.max() > 0.05, crowd[-1] > 1e-6
    return Air(
        alpha,
        crowd if has_crowd else none,
        1.0 / (slope * least) if has_crowd else none,
        fog if has_fog else none,
        place / place[-1] if has_fog else none,
        step,
    )


def _particles(light: Light, alpha: float) -> tuple[float, float, float]:
    """Return N0 [1/m3/mm] and L [1/mm] of what falls, and its share of the extinction [1/m]."""
    if light.rain > 0.0:
        slope = 4.1 * (light.rain * 3.6e6) ** -0.21
        # Twice the drops' area (Bohren and Huffman 1983): 2 pi/4 times the integral of N D^2.
        return _DROPS, slope, math.pi * _DROPS / slope**3 * 1e-6
    if light.snow > 0.0 and light.visibility < 5000.0:
        return alpha * _FLAKES**3 / math.pi * 1e6, _FLAKES, alpha
    return 0.0, 1.0, 0.0


def _running(values: Array, step: float) -> Array:
    """Return (S,) the integral from 0, by trapezoids."""
    return np.asarray(np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1])) * step]))

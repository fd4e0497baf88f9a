"""What lights a scene, and the colour of the sky and of what is mirrored from a direction."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined

__all__ = ["FULL", "Lighting", "fading", "gloss", "mirrored", "sky"]

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_NEXT: Any = np.uint64(1)

FULL: Any = _F(16.0)
"""Exposed radiance at which a sample is full: the end of the tone curve."""


class Lighting(NamedTuple):
    """What lights the scene, in the linear units in which a white wall facing the noon sun has radiance 1.

    Attributes:
        sun: (3,) direction towards the sun in the world frame.
        sunlight: (3,) radiance of a white wall that faces the sun.
        sky: (S, S, 3) float32 radiance of the upper half of the sky; direction d at (d.x, d.y) / (1 + d.z).
        skylight: (3,) radiance of a white ground under the sky alone.
        ground: (3,) mean radiance of the ground, what surfaces that face down see.
        haze: (3,) radiance of the horizon and of fog.
        extinction: of the air [1/m].
        wetness: of the ground, 0..1.
        snow: covered share of the ground.
        exposure: factor from radiance to the tone curve.
        tone: (N,) float32 display level 0..255 at exposed radiance (i / (N - 1))^2 * FULL.
        lamps: (K, 7) float32 of the lamps that light the scene: position, direction across the ground, 1 for a
            headlight and 0 for a street lamp, radiance of a white wall that faces it one metre away.
        lamplight: (3,) colour of their light.
    """

    sun: NDArray[np.float32]
    sunlight: NDArray[np.float32]
    sky: NDArray[np.float32]
    skylight: NDArray[np.float32]
    ground: NDArray[np.float32]
    haze: NDArray[np.float32]
    extinction: float
    wetness: float
    snow: float
    exposure: float
    tone: NDArray[np.float32]
    lamps: NDArray[np.float32]
    lamplight: NDArray[np.float32]


@inlined
def sky(dome: np.ndarray, haze: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the radiance of the sky along a unit direction of the world; below the horizon it is haze."""
    if z <= _ZERO:
        return haze[0], haze[1], haze[2]
    size = dome.shape[0]
    half = _F(size - 1) * _HALF
    scale = half / (_ONE + z)
    u, v = half + x * scale, half + y * scale
    # Unsigned, so that Numba leaves out the look from the end.
    i, j = np.uint64(min(np.int32(v), size - 2)), np.uint64(min(np.int32(u), size - 2))
    p, q = i + _NEXT, j + _NEXT
    fu, fv = u - _F(j), v - _F(i)
    a, b = (_ONE - fu) * (_ONE - fv), fu * (_ONE - fv)
    c, d = (_ONE - fu) * fv, fu * fv
    return (
        a * dome[i, j, 0] + b * dome[i, q, 0] + c * dome[p, j, 0] + d * dome[p, q, 0],
        a * dome[i, j, 1] + b * dome[i, q, 1] + c * dome[p, j, 1] + d * dome[p, q, 1],
        a * dome[i, j, 2] + b * dome[i, q, 2] + c * dome[p, j, 2] + d * dome[p, q, 2],
    )


@inlined
def gloss(n_h: float, l_h: float, roughness: float) -> float:
    """Return the highlight of the sun for unit Fresnel: GGX in the form of Karis (2014), per cosine."""
    a2 = max(roughness * roughness, _F(0.02))
    a2 *= a2
    d = n_h * n_h * (a2 - _ONE) + _ONE
    return a2 / (_F(4.0) * d * d * max(l_h * l_h, _F(0.1)) * (roughness + _HALF))


@inlined
def mirrored(
    dome: np.ndarray, haze: np.ndarray, skylight: np.ndarray, ground: np.ndarray, x: float, y: float, z: float,
    rough: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Return what a surface mirrors along a direction: sky above, ground below, blurred by roughness."""
    r, g, b = sky(dome, haze, x, y, max(z, _F(1e-3)))
    # Houses and trees line the horizon, so the bright band there is mostly hidden.
    share = min(max(_F(0.12) + z * _F(1.8), _ZERO), _ONE)
    r, g, b = (
        ground[0] + (r - ground[0]) * share,
        ground[1] + (g - ground[1]) * share,
        ground[2] + (b - ground[2]) * share,
    )
    return (
        r + rough * (_HALF * (skylight[0] + ground[0]) - r),
        g + rough * (_HALF * (skylight[1] + ground[1]) - g),
        b + rough * (_HALF * (skylight[2] + ground[2]) - b),
    )


@inlined
def fading(thickness: float) -> float:
    """Return exp(-thickness); in clear air, where it is small, by its series."""
    t = thickness
    if t < _F(0.2):
        return _ONE - t * (_ONE - t * (_HALF - t * (_F(1.0 / 6.0) - t * _F(1.0 / 24.0))))
    return math.exp(-t)

"""The lights of the cell as kernels take them: patches of light, and a dome about everything."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.fields import Chosen
from sim.geometry import Array

__all__ = ["Lamps", "lamps_of", "seen_from"]

_RING, _BAR = 16, 10
"""Patches of light that a ring and a bar are made of."""
_LED = 2.2e-3
"""Half width of a bare LED [m]."""
_AMBIENT = {"ring": 0.035, "bar": 0.045, "dome": 0.0}
"""What comes back from the cell's walls, of the light a patch of white paper would send. Assumption."""


class Lamps(NamedTuple):
    """What lights a part.

    Args:
        patches: (K, 5) place of each patch [m], its power and its half width [m].
        level: height of the patches, or of the dome's hole, over the part [m].
        hole: place and radius of the dome's hole [m].
        dome: radiance of the dome; 0 without one.
        ambient: radiance from everywhere.
    """

    patches: np.ndarray
    level: float
    hole: np.ndarray
    dome: float
    ambient: float


def lamps_of(light: Chosen) -> Lamps:
    """Return the lights of a section, scaled so that white paper under them sends radiance 1."""
    s = light.settings
    ambient = _AMBIENT[light.kind]
    if light.kind == "dome":
        hole = np.array([0.0, 0.0, 0.5 * float(s["hole"])])
        return Lamps(np.empty((0, 5)), float(s["height"]), hole, 1.0, ambient)
    if light.kind == "ring":
        level, radius = float(s["height"]), 0.5 * float(s["diameter"])
        angles = 2.0 * math.pi * (np.arange(_RING) + 0.5) / _RING
        places = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
        even = 0.6 * 2.0 * math.pi * radius / _RING
        half = _LED + float(s["diffusion"]) * max(even - _LED, 0.0)
    else:
        azimuth, elevation, far = (float(s[key]) for key in ("azimuth", "elevation", "distance"))
        level = far * math.sin(elevation)
        middle = far * math.cos(elevation) * np.array([math.cos(azimuth), math.sin(azimuth)])
        along = np.array([-math.sin(azimuth), math.cos(azimuth)])
        places = middle + np.outer(float(s["length"]) * (np.arange(_BAR) + 0.5 - _BAR / 2) / _BAR, along)
        half = max(0.6 * float(s["length"]) / _BAR, _LED)
    patches = np.empty((len(places), 5))
    patches[:, :2], patches[:, 2], patches[:, 4] = places, level, half
    square = np.sum(patches[:, :3] ** 2, axis=1)
    patches[:, 3] = math.pi / np.sum(level**2 / square**2)
    return Lamps(patches, level, np.zeros(3), 0.0, ambient)


def seen_from(lamps: Lamps, T_part_cell: Array) -> Lamps:
    """Return the lights in the frame of a part that lies shifted and turned in the cell's plane."""
    patches = lamps.patches.copy()
    patches[:, :3] = patches[:, :3] @ T_part_cell[:3, :3].T + T_part_cell[:3, 3]
    hole = lamps.hole.copy()
    hole[:2] = (T_part_cell[:3, :3] @ [hole[0], hole[1], 0.0] + T_part_cell[:3, 3])[:2]
    return lamps._replace(patches=patches, hole=hole)

"""What surfaces are made of: the materials assets share, and the columns in which kernels read them.

Albedos are linear. Reflectance is Fresnel's at normal incidence: 0.04 is a dielectric of n = 1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BLACK_PLASTIC",
    "CHROME",
    "GLASS",
    "N_COLUMNS",
    "PLATE",
    "RUBBER",
    "STEEL",
    "UNDERBODY",
    "Column",
    "Lamp",
    "Material",
    "Texture",
    "matt",
    "paint",
    "tabled",
]


class Column(IntEnum):
    """The columns of `Mesh.materials`."""

    ALBEDO_R = 0
    ALBEDO_G = 1
    ALBEDO_B = 2
    ROUGHNESS = 3
    REFLECTANCE = 4
    EMISSION = 5
    LAMP = 6
    TEXTURE = 7
    DATA = 8
    WRAP = 9


N_COLUMNS = len(Column)


class Lamp(IntEnum):
    """What switches a light; the values 1 to 3 and 8 to 12 are channels of the same name."""

    NONE = 0
    BRAKE_LIGHTS = 1
    INDICATOR_LEFT = 2
    INDICATOR_RIGHT = 3
    HEAD_LIGHTS = 4
    ALWAYS = 5
    TAIL_LIGHTS = 6
    STREET = 7
    RED_LIGHT = 8
    AMBER_LIGHT = 9
    GREEN_LIGHT = 10
    BLUE_LEFT = 11
    BLUE_RIGHT = 12


class Texture(IntEnum):
    """What pattern a surface carries; `renderers.raster.textures` says which data each reads."""

    PLAIN = 0
    ROADWAY = 1
    PAVING = 2
    KERB = 3
    GRASS = 4
    SOIL = 5
    CONCRETE = 6
    FACADE = 7
    MASONRY = 8
    ROOF = 9
    BARK = 10
    LEAVES = 11
    PLATE = 12
    CLOTH = 13


@dataclass(frozen=True)
class Material:
    """One surface.

    Args:
        albedo: (r, g, b) diffuse reflectance, linear, 0..1.
        roughness: 0 mirror to 1 matt.
        reflectance: Fresnel reflectance at normal incidence; 0 for none.
        emission: radiance of the lit lamp relative to sunlit white; the albedo gives its colour.
        lamp: what switches the emission.
        texture: its pattern.
        data: the numbers the texture reads.
        wrap: 0 solid to 1 translucent leaf: light wraps round, and the back is seen too.
    """

    name: str
    albedo: tuple[float, float, float]
    roughness: float = 0.9
    reflectance: float = 0.0
    emission: float = 0.0
    lamp: Lamp = Lamp.NONE
    texture: Texture = Texture.PLAIN
    data: tuple[float, ...] = ()
    wrap: float = 0.0

    def row(self, start: int) -> tuple[float, ...]:
        """Return the material in the order of `Column`; `start` is where its data begin."""
        head = (*self.albedo, self.roughness, self.reflectance, self.emission)
        return (*head, float(self.lamp), float(self.texture), float(start), self.wrap)


def tabled(materials: Sequence[Material]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (M, N_COLUMNS) rows and (D,) data of some materials, as `Mesh` holds them; both read-only."""
    starts = np.cumsum([0, *(len(material.data) for material in materials)])
    rows = np.array(
        [material.row(int(start)) for material, start in zip(materials, starts, strict=False)], np.float32
    )
    data = np.array([number for material in materials for number in material.data], np.float32)
    rows.flags.writeable = data.flags.writeable = False
    return rows, data


GLASS = Material("glass", (0.012, 0.015, 0.017), roughness=0.05, reflectance=0.09)
"""Car glass over a dark cabin; 0.09 is the sum of its two faces."""
RUBBER = Material("rubber", (0.022, 0.022, 0.023), roughness=0.85, reflectance=0.02)
BLACK_PLASTIC = Material("black_plastic", (0.025, 0.026, 0.028), roughness=0.6, reflectance=0.04)
UNDERBODY = Material("underbody", (0.012, 0.012, 0.012), roughness=0.95)
CHROME = Material("chrome", (0.30, 0.31, 0.32), roughness=0.25, reflectance=0.45)
STEEL = Material("steel", (0.38, 0.39, 0.40), roughness=0.5, reflectance=0.15)
PLATE = Material("plate", (0.72, 0.72, 0.68), roughness=0.5, reflectance=0.04)


def paint(colour: tuple[float, float, float]) -> Material:
    """Return car paint: a diffuse base under a clear coat."""
    return Material("paint", colour, roughness=0.16, reflectance=0.06)


def matt(name: str, colour: tuple[float, float, float], roughness: float = 0.9) -> Material:
    """Return a plain surface without highlights."""
    return Material(name, colour, roughness=roughness)

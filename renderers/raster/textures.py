"""Procedural textures: one compiled function from a place on a surface to what the surface is like there.

| kind | reads (`data` from `start` on) | coordinates |
|---|---|---|
| ROADWAY | see `ground_textures.roadway` | s, d |
| PAVING | seed, slab length, slab width | s, d |
| KERB, GRASS, SOIL, CONCRETE, BARK, LEAVES, CLOTH | seed | s or x, d or y, z |
| FACADE | see `wall_textures.facade` | along the wall, height |
| MASONRY | seed, bricks 0/1 | along the wall, height |
| ROOF | seed | along the eaves, up the slope |
| PLATE | seed | 0..1 across, 0..1 up |
"""

from __future__ import annotations

import numba as nb
import numpy as np

from renderers.assets.materials import Texture
from renderers.raster.ground_textures import concrete, grass, kerb, paving, roadway, soil, weathered
from renderers.raster.wall_textures import bark, cloth, facade, leaves, masonry, plate, roof

__all__ = ["texture"]

_ROADWAY, _PAVING, _KERB = int(Texture.ROADWAY), int(Texture.PAVING), int(Texture.KERB)
_GRASS, _SOIL, _CONCRETE = int(Texture.GRASS), int(Texture.SOIL), int(Texture.CONCRETE)
_FACADE, _MASONRY, _ROOF = int(Texture.FACADE), int(Texture.MASONRY), int(Texture.ROOF)
_BARK, _LEAVES, _PLATE, _CLOTH = int(Texture.BARK), int(Texture.LEAVES), int(Texture.PLATE), int(Texture.CLOTH)


@nb.njit(cache=True, nogil=True)
def texture(
    kind: int, u: float, v: float, w: float, du: float, dv: float, dw: float, data: np.ndarray, start: int,
    r: float, g: float, b: float, rough: float, refl: float, wetness: float, snow: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return (r, g, b, roughness, reflectance) of a surface at a place, in float32.

    Args:
        kind: a `Texture`.
        u: first texture coordinate [m]; v and w the others.
        du: extent of the pixel in u [m]; dv and dw in the others. What is finer fades to its mean.
        data: numbers of all materials.
        start: where those of this material begin.
        r: the material's albedo in red; g and b in the others.
        rough: the material's roughness.
        refl: the material's reflectance.
        wetness: 0 dry to 1 standing water.
        snow: covered share of the ground.
    """
    width = max(du, max(dv, dw))
    if kind <= _CONCRETE:
        r, g, b, rough, refl = _ground(kind, u, v, w, du, dv, dw, data, start, r, g, b, rough, refl, wetness, snow)
    elif kind == _FACADE:
        r, g, b, rough, refl = facade(u, v, du, dv, data, start, r, g, b, rough, refl)
    elif kind == _MASONRY:
        r, g, b = masonry(u, v, du, dv, int(data[start]), data[start + 1], r, g, b)
    elif kind == _ROOF:
        r, g, b = roof(u, v, du, dv, int(data[start]), r, g, b)
        r, g, b, rough, refl = weathered(u, v, width, r, g, b, rough, refl, 0.5, 0.0, wetness, snow)
    elif kind == _LEAVES:
        r, g, b = leaves(u, v, w, width, int(data[start]), r, g, b)
    elif kind == _PLATE:
        tone = plate(u, v, du, dv, int(data[start]))
        r, g, b = r * tone, g * tone, b * tone
    else:
        tone = bark(u, v, w, width, int(data[start])) if kind == _BARK else cloth(u, v, w, width, int(data[start]))
        r, g, b = r * tone, g * tone, b * tone
    return np.float32(max(r, 0.0)), np.float32(max(g, 0.0)), np.float32(max(b, 0.0)), np.float32(rough), np.float32(refl)


@nb.njit(cache=True, nogil=True)
def _ground(
    kind: int, u: float, v: float, w: float, du: float, dv: float, dw: float, data: np.ndarray, start: int,
    r: float, g: float, b: float, rough: float, refl: float, wetness: float, snow: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    width, seed = max(du, dv), int(data[start])
    porous, cleared = 1.0, 0.0
    if kind == _ROADWAY:
        r, g, b, painted, cleared = roadway(u, v, du, dv, data, start, r, g, b)
        porous = 1.0 - 0.75 * painted
        rough -= 0.25 * painted
    elif kind == _PAVING:
        r, g, b = paving(u, v, du, dv, data, start, r, g, b)
        porous = 0.7
    elif kind == _GRASS:
        r, g, b = grass(u, v, width, seed, r, g, b)
        return weathered(u, v, width, r, g, b, rough, refl, 0.25, 0.0, min(wetness, 0.25), snow)
    else:
        tone = kerb(u, v, du, dv, seed) if kind == _KERB else 1.0
        tone = soil(u, v, width, seed) if kind == _SOIL else tone
        tone = concrete(u, v + w, max(width, dw), seed) if kind == _CONCRETE else tone
        r, g, b = r * tone, g * tone, b * tone
        porous = 0.8
    return weathered(u, v, width, r, g, b, rough, refl, porous, cleared, wetness, snow)

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

import numpy as np

from renderers.assets.materials import Texture
from renderers.raster.ground_textures import concrete, grass, kerb, paving, roadway, soil, weathered
from renderers.raster.wall_textures import bark, cloth, facade, leaves, masonry, plate, roof
from sim.compiled import kernel

__all__ = ["texture"]

_ROADWAY, _PAVING, _KERB = int(Texture.ROADWAY), int(Texture.PAVING), int(Texture.KERB)
_GRASS, _SOIL, _CONCRETE = int(Texture.GRASS), int(Texture.SOIL), int(Texture.CONCRETE)
_FACADE, _MASONRY, _ROOF = int(Texture.FACADE), int(Texture.MASONRY), int(Texture.ROOF)
_BARK, _LEAVES, _PLATE, _CLOTH = int(Texture.BARK), int(Texture.LEAVES), int(Texture.PLATE), int(Texture.CLOTH)


@kernel
def texture(
    kind: int, u: float, v: float, w: float, du: float, dv: float, dw: float, data: np.ndarray, start: int,
    r: float, g: float, b: float, rough: float, refl: float, wetness: float, snow: float,
) -> tuple[np.float32, np.float32, np.float32, np.float32, np.float32]:  # fmt: skip
    """Return (r, g, b, roughness, reflectance) of a surface at a place, in float32.

    Args:
        kind: a `Texture`.
        u: first texture coordinate [m].
        v: the second.
        w: the third.
        du: extent of the pixel in u [m]; what is finer fades to its mean.
        dv: the same in v.
        dw: the same in w.
        data: numbers of all materials.
        start: where those of this material begin.
        r: the material's albedo in red.
        g: in green.
        b: in blue.
        rough: the material's roughness.
        refl: the material's reflectance.
        wetness: 0 dry to 1 standing water.
        snow: covered share of the ground.
    """
    # double inside: mixed precision costs a conversion at every literal
    u, v, w, du, dv, dw = float(u), float(v), float(w), float(du), float(dv), float(dw)
    r, g, b, rough, refl = float(r), float(g), float(b), float(rough), float(refl)
    seed, width = int(data[start]), max(du, dv)
    porous, cleared, is_outside = 0.8, 0.0, wetness + snow > 0.0
    # data goes to no further callee than it must: Numba counts references to an array at every call
    if kind == _ROADWAY:
        r, g, b, painted, cleared = roadway(u, v, du, dv, data, start, r, g, b)
        porous, rough = 1.0 - 0.75 * painted, rough - 0.25 * painted
    elif kind == _FACADE:
        r, g, b, rough, refl = facade(u, v, du, dv, data, start, r, g, b, rough, refl)
        is_outside = False
    elif kind == _GRASS:
        r, g, b = grass(u, v, width, seed, r, g, b)
        porous = 0.12
    elif kind == _PAVING:
        r, g, b = paving(u, v, du, dv, seed, float(data[start + 1]), float(data[start + 2]), r, g, b)
    elif kind == _LEAVES:
        r, g, b = leaves(u, v, w, max(width, dw), seed, r, g, b)
        is_outside = False
    elif kind == _MASONRY:
        r, g, b = masonry(u, v, du, dv, seed, float(data[start + 1]), r, g, b)
        is_outside = False
    elif kind == _ROOF:
        r, g, b = roof(u, v, du, dv, seed, r, g, b)
    else:
        tone, is_ground = _plain(kind, u, v, w, du, dv, dw, seed)
        r, g, b, is_outside = r * tone, g * tone, b * tone, is_outside and is_ground
    if is_outside:
        water = float(wetness) if kind != _GRASS else min(float(wetness), 0.25)
        r, g, b, rough, refl = weathered(u, v, width, r, g, b, rough, refl, porous, cleared, water, float(snow))
    return (
        np.float32(max(r, 0.0)),
        np.float32(max(g, 0.0)),
        np.float32(max(b, 0.0)),
        np.float32(rough),
        np.float32(refl),
    )


@kernel
def _plain(
    kind: int, u: float, v: float, w: float, du: float, dv: float, dw: float, seed: int
) -> tuple[float, bool]:
    """Return the tone of a surface of one colour, and whether rain and snow lie on it."""
    width = max(du, max(dv, dw))
    if kind == _KERB:
        return kerb(u, v, du, dv, seed), True
    if kind == _SOIL:
        return soil(u, v, width, seed), True
    if kind == _CONCRETE:
        return concrete(u, v + w, width, seed), True
    if kind == _BARK:
        return bark(u, v, w, width, seed), False
    if kind == _CLOTH:
        return cloth(u, v, w, width, seed), False
    return plate(u, v, du, dv, seed), False

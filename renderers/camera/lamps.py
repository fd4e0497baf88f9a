"""The lamps that light a scene at night: street lamps, and the low beams of what is driven."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column, Lamp
from renderers.camera.stage import Stage
from renderers.raster.light import Lighting
from sim.geometry import Array

__all__ = ["glare", "lit_by"]

_NIGHT = 4.0
"""Factor of exposure from which lamps are seen to light anything."""
_MOST, _FARTHEST = 14, 90.0
"""How many lamps light the scene, the nearest to the camera, and how far off [m]."""
_STREET, _BEAM = 1.0, 14.0
"""Radiance of a white wall that faces one at 1 m, in the units of `Lighting`: a lamp of 7 m gives the ground
under it 0.02, which night is exposed for. A low beam is 14 times as intense: 20,000 cd (UN R112: at least
10,100 cd at 75R) to 1,500 cd of a lamp that gives a road 15 lx (EN 13201, class C3)."""
_FRONT, _HIGH = 0.05, 0.65
"""How far behind the bumper headlights lie, and their height [m]."""
_INSIDE = 0.33
"""How far the middle of a street lamp's light is from the end of its arm [m]."""
_POOL, _AHEAD = 0.0, 1.0
_BRIGHTEST = 8.0
"""Exposed radiance that a lamp of emission 1 has at most: beyond, all of them would be white."""


def glare(lighting: Lighting) -> float:
    """Return the factor of the brightness of lamps that keeps their colours at a long exposure."""
    return min(1.0, _BRIGHTEST / lighting.exposure)


def lit_by(
    lighting: Lighting, stage: Stage, T_world_part: Array, T_world_camera: Array, levels: NDArray[np.float32]
) -> Lighting:
    """Return the lighting with the nearest lamps that are on; by day without any.

    Args:
        lighting: of the scene.
        stage: its bodies.
        T_world_part: (P, 4, 4) where they are.
        T_world_camera: (4, 4).
        levels: (B, L) brightness of every kind of `Lamp` on every body.
    """
    if lighting.exposure < _NIGHT:
        return lighting
    rows = []
    for number in range(len(stage.bodies)):
        place, kind, strength = _lamp(stage, number, levels[number])
        if strength <= 0.0:
            continue
        T = T_world_part[stage.part_start[number]]
        at = T[:3, :3] @ np.array(place) + T[:3, 3]
        way = float(np.linalg.norm(at - T_world_camera[:3, 3]))
        if way < _FARTHEST and (kind == _POOL or _has_headlights(stage, number)):
            rows.append((way, number, *at, *T[:2, 0], kind, strength))
    nearest = np.array([row[2:] for row in sorted(rows)[:_MOST]], np.float32).reshape(-1, 7)
    return lighting._replace(lamps=nearest)


def _lamp(
    stage: Stage, number: int, levels: NDArray[np.float32]
) -> tuple[tuple[float, float, float], float, float]:
    """Return where on a body its lamp is [m], its kind, and its strength, 0 for one without."""
    shape = stage.bodies[number].shape
    length, _, height = shape.size
    if shape.kind == "lamp":
        return (length / 2 - _INSIDE, 0.0, height - 0.1), _POOL, _STREET * float(levels[Lamp.STREET])
    lit = float(levels[Lamp.HEAD_LIGHTS]) if shape.kind in ("vehicle", "two_wheeler") else 0.0
    return (length / 2 - _FRONT, 0.0, _HIGH), _AHEAD, _BEAM * lit


def _has_headlights(stage: Stage, number: int) -> bool:
    """Return whether a body has lamps in front: a trailer has none."""
    g, (first, last) = stage.geometry, stage.face_ranges[0, number]
    return bool((g.materials[g.face_material[first:last], Column.LAMP] == Lamp.HEAD_LIGHTS).any())

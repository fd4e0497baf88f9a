"""Roads along a reference line: strips with their surface, kerbs as stone, paint as texture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, grid
from renderers.assets.materials import Material, Texture
from renderers.assets.mesh import Mesh
from renderers.assets.reference_lines import Course, sampled
from sim.scene import Shape

__all__ = ["road_mesh"]

KERB_WIDTH = 0.15
"""Width of a kerb stone's top [m]: DIN EN 1340, high kerb 15 x 30 cm."""
SKIRT = 0.35
"""How far the outer edges reach below the road [m], so that no gap to the ground shows."""
DASHES = {"street": (9.0, 3.0), "highway": (18.0, 6.0)}
"""(period, dash) of broken lines [m]: RMS Germany, 3 m : 6 m in towns and 6 m : 12 m on motorways."""
WIDE = 0.14
"""Broken lines at least this wide are a motorway's [m]."""
REACH = 1.5
"""How far beside a strip something still shows on it [m]: tyres polish 1.4 m around the middle of a lane."""
LINED = ("asphalt", "parking", "shoulder")

Strip = tuple[float, float, str, float]

ASPHALT = (0.105, 0.105, 0.108)
SOLID = {
    "sidewalk": Material("paving", (0.33, 0.325, 0.31), 0.9, 0.0, texture=Texture.PAVING, data=(3.0, 0.5, 0.5)),
    "median": Material("grass", (0.058, 0.079, 0.035), 0.95, texture=Texture.GRASS, data=(5.0,)),
    "verge": Material("grass", (0.063, 0.080, 0.037), 0.95, texture=Texture.GRASS, data=(6.0,)),
}
KERB = Material("kerb", (0.40, 0.39, 0.37), 0.85, texture=Texture.KERB, data=(7.0,))
SHADE = {"asphalt": 1.0, "parking": 0.86, "shoulder": 1.12}


def road_mesh(shape: Shape) -> Mesh:
    """Return a road in world coordinates; texture coordinates are (s, d, height).

    Details: `reference`, `strips`, `markings`, `crosswalks`, `kerbs`; see `renderers.assets`.

    Raises:
        ValueError: a strip or a marking is of an unknown kind.
    """
    details = cast("dict[str, Any]", shape.details)
    strips: Sequence[Strip] = details.get("strips", ())
    kerbs = {(float(d), str(side)): float(height) for d, height, side in details.get("kerbs", ())}
    reach = max((abs(d) for strip in strips for d in strip[:2]), default=1.0)
    course = sampled(details["reference"], reach=reach)
    builder = MeshBuilder()
    for strip in strips:
        right, left = _between_kerbs(strip, kerbs)
        paint = _paint_data(details, strips, strip)
        builder.add(_ribbon(course, (right, left), (strip[3], strip[3])), _surface(strip, paint))
    for (d, side), height in kerbs.items():
        _add_kerb(builder, course, d, height, 1.0 if side == "left" else -1.0)
    if strips:
        low, high = min(strips, key=lambda strip: strip[0]), max(strips, key=lambda strip: strip[1])
        builder.add(_ribbon(course, (low[0], low[0]), (low[3] - SKIRT, low[3])), KERB)
        builder.add(_ribbon(course, (high[1], high[1]), (high[3], high[3] - SKIRT)), KERB)
    return builder.build()


def _between_kerbs(strip: Strip, kerbs: dict[tuple[float, str], float]) -> tuple[float, float]:
    """Return the strip's edges, moved in where a kerb stone takes its room."""
    right, left = strip[0], strip[1]
    if (right, "left") in kerbs:
        right += KERB_WIDTH
    if (left, "right") in kerbs:
        left -= KERB_WIDTH
    return right, left


def _ribbon(course: Course, d: tuple[float, float], z: tuple[float, float]) -> Form:
    """Return the band between two offsets, right then left, at two heights; seen from above or from aside."""
    columns = [
        np.column_stack([course.beside(x), np.full(len(course.s), h)]) for x, h in zip(d, z, strict=True)
    ]
    coords = [
        np.column_stack([course.s, np.full((len(course.s), 2), (x, h))]) for x, h in zip(d, z, strict=True)
    ]
    return grid(np.stack(columns, axis=1)).textured(np.stack(coords, axis=1).reshape(-1, 3))


def _add_kerb(builder: MeshBuilder, course: Course, d: float, height: float, side: float) -> None:
    """Add the stone's face towards the road and its top; `side` says where the raised ground is."""
    face = _ribbon(course, (d, d), (0.0, height) if side > 0 else (height, 0.0))
    builder.add(face.textured(face.coords[:, [0, 2, 1]] if face.coords is not None else face.points), KERB)
    right, left = sorted((d, d + side * KERB_WIDTH))
    builder.add(_ribbon(course, (right, left), (height, height)), KERB)


def _surface(strip: Strip, paint: tuple[float, ...]) -> Material:
    kind = strip[2]
    if kind in LINED:
        r, g, b = (c * SHADE[kind] for c in ASPHALT)
        return Material(kind, (r, g, b), 0.88, 0.0, texture=Texture.ROADWAY, data=paint)
    if kind not in SOLID:
        raise ValueError(f"no road strip of kind {kind!r}; known: {', '.join(sorted((*LINED, *SOLID)))}")
    return SOLID[kind]


def _paint_data(details: dict[str, Any], strips: Sequence[Strip], strip: Strip) -> tuple[float, ...]:
    """Return what `ground_textures.roadway` reads: seed, counts, markings, crosswalks, lane middles.

    What cannot be seen on the strip is left out, for every pixel of the strip looks at all that is there.
    """
    right, left = strip[0] - REACH, strip[1] + REACH
    markings = [m for m in details.get("markings", ()) if right <= m[0] <= left]
    crosswalks = [c for c in details.get("crosswalks", ()) if c[2] <= left and c[3] >= right]
    lanes = [d for d in _lane_middles(details.get("markings", ()), strips) if right <= d <= left]
    seed = float(cast("int", details.get("seed", 1)) % 65521)
    numbers: list[float] = [seed, len(markings), len(crosswalks), len(lanes)]
    for d, width, style, colour in markings:
        if style not in ("solid", "broken"):
            raise ValueError(f"no marking of style {style!r}; known: broken, solid")
        period, dash = DASHES["highway" if width >= WIDE else "street"] if style == "broken" else (0.0, 0.0)
        numbers += [d, width, period, dash, float(colour == "yellow")]
    for crosswalk in crosswalks:
        numbers += list(crosswalk)
    return tuple(float(x) for x in (*numbers, *lanes))


def _lane_middles(markings: Sequence[tuple[float, float, str, str]], strips: Sequence[Strip]) -> list[float]:
    """Return the middles between neighbouring lines and edges of the asphalt that lie a lane's width apart."""
    edges = sorted(
        {float(d) for strip in strips if strip[2] == "asphalt" for d in strip[:2]}
        | {float(m[0]) for m in markings}
    )
    asphalt = [(strip[0], strip[1]) for strip in strips if strip[2] == "asphalt"]
    middles = [(a + b) / 2 for a, b in pairwise(edges) if 2.2 <= b - a <= 5.5]
    return [d for d in middles if any(right <= d <= left for right, left in asphalt)]

"""Where roads meet: asphalt and sidewalks of any outline, bars of paint, and traffic lights."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box, disc, grid, lathe, merge, prism
from renderers.assets.materials import BLACK_PLASTIC, Lamp, Material, Texture
from renderers.assets.mesh import Mesh
from renderers.assets.roads import ASPHALT, KERB, KERB_WIDTH, SOLID
from renderers.assets.street_furniture import POLE
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["junction_mesh", "traffic_light_mesh"]

PAINT_HEIGHT = 0.003
"""Thickness of marking material on the road [m]: thermoplastics are laid 1.5 to 3 mm thick."""
_EVERYWHERE = (1.0, 1.0, 0.0, 0.0, 0.0, 1e6, 0.0, 0.0, 0.0)  # a seed, and one solid white line that covers all
WHITE = Material("marking", ASPHALT, 0.88, 0.0, texture=Texture.ROADWAY, data=_EVERYWHERE)
"""Paint that wears, and counts as paint in label images, as that of road textures does."""
LENS = 0.20
"""Diameter of a signal's lens [m] (EN 12368)."""
_ROW = 0.30  # height of one light in its housing [m]
_LIGHTS = (
    ("red", (0.50, 0.012, 0.010), Lamp.RED_LIGHT),
    ("amber", (0.55, 0.22, 0.006), Lamp.AMBER_LIGHT),
    ("green", (0.008, 0.42, 0.16), Lamp.GREEN_LIGHT),
)


def junction_mesh(shape: Shape) -> Mesh:
    """Return flat surfaces in world coordinates, raised ones with kerb stones around.

    Details: `surfaces` ((kind, height, outline), …) of the kinds of a road's strips; `ribbons` ((kind, height,
    points of the right edge, of the left edge), …) likewise or of paint; `paint` (outline, …).

    Raises:
        ValueError: a surface is of an unknown kind.
    """
    details = cast("dict[str, Any]", shape.details)
    builder = MeshBuilder()
    for kind, height, outline in details.get("surfaces", ()):
        points = np.array(outline, np.float64)
        if height > 0.0:
            builder.add(prism(points, height - KERB_WIDTH, height - 1e-4), KERB)
        builder.add(_lid(points, height), _material(kind, float(details.get("seed", 1))))
    for kind, height, right, left in details.get("ribbons", ()):
        _add_ribbon(builder, kind, height, np.array(right, np.float64), np.array(left, np.float64))
    for outline in details.get("paint", ()):
        builder.add(_lid(np.array(outline, np.float64), PAINT_HEIGHT), WHITE)
    return builder.build()


def _add_ribbon(builder: MeshBuilder, kind: str, height: float, right: Array, left: Array) -> None:
    """Add a band, with kerb stones along it where it is raised."""
    lift = PAINT_HEIGHT if kind == "paint" else height
    edges = [np.column_stack([edge, np.full(len(edge), lift)]) for edge in (right, left)]
    band = grid(np.stack(edges, axis=1))
    builder.add(band.textured(band.points), WHITE if kind == "paint" else _material(kind, 1.0))
    if height <= 0.0:
        return
    for edge, low_first in ((edges[0], True), (edges[1], False)):
        low = edge - np.array([0.0, 0.0, height])
        builder.add(grid(np.stack([low, edge] if low_first else [edge, low], axis=1)), KERB)


def _lid(outline: Array, height: float) -> Form:
    """Return the filled outline at a height, facing up, textured by where it lies."""
    solid = prism(outline, height - 1.0, height)
    top = solid.points[:, 2] > height - 0.5
    faces = solid.faces[top[solid.faces].all(axis=1)]
    return Form(solid.points, faces).textured(solid.points)


def _material(kind: str, seed: float) -> Material:
    if kind == "asphalt":
        return Material("junction", ASPHALT, 0.88, 0.0, texture=Texture.ROADWAY, data=(seed, 0.0, 0.0, 0.0))
    if kind not in SOLID:
        raise ValueError(f"no surface of kind {kind!r}; known: asphalt, {', '.join(sorted(SOLID))}")
    return SOLID[kind]


def traffic_light_mesh(shape: Shape) -> Mesh:
    """Return a signal that faces +x on a post: red, amber and green, each with a visor.

    Details: `arrow` "left" for arrows, else round lenses. Channels `red_light`, `amber_light`, `green_light`.
    """
    _, width, height = shape.size
    builder = MeshBuilder()
    builder.add(lathe(np.array([[0.055, 0.0], [0.05, height - 3 * _ROW], [0.0, height - 3 * _ROW]]), 10), POLE)
    low = height - 3 * _ROW
    builder.add(box((-0.09, -width / 2, low), (0.09, width / 2, height)), BLACK_PLASTIC)
    for k, (name, colour, lamp) in enumerate(_LIGHTS):
        middle = height - (k + 0.5) * _ROW
        lens = Material(f"lens_{name}", colour, 0.3, 0.04, emission=1.6, lamp=lamp)
        outline = _arrow() if shape.details.get("arrow") == "left" else _circle()
        face = np.column_stack([np.full(len(outline), 0.095), outline[:, 0], outline[:, 1] + middle])
        builder.add(disc(face), lens)
        builder.add(_visor().moved(0.09, 0.0, middle), BLACK_PLASTIC)
    builder.fit(shape.size)
    return builder.build()


def _circle() -> Array:
    angle = np.arange(20) * 2.0 * math.pi / 20
    return 0.5 * LENS * np.column_stack([np.cos(angle), np.sin(angle)])


def _arrow() -> Array:
    """Return a star-shaped arrow to the left of those who look at it: towards -y of the body."""
    points = ((-0.09, 0.0), (0.0, -0.085), (0.0, -0.03), (0.09, -0.03), (0.09, 0.03), (0.0, 0.03), (0.0, 0.085))
    return np.array(points)


def _visor() -> Form:
    """Return the half tube that shades a lens, seen from both sides."""
    angle = np.linspace(0.0, math.pi, 9)
    rim = 0.55 * LENS * np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.array([[(x, y, z) for y, z in rim] for x in (0.0, 0.18)])
    outside = grid(points)
    return merge([outside, outside.flipped()])

"""Plain solids, exact to their size: boxes, spheres, cylinders, prisms, cones, and the ground."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box, grid, lathe, prism, sphere
from renderers.assets.materials import Material, Texture, matt
from renderers.assets.mesh import Mesh
from renderers.assets.variety import Variety
from sim.scene import Shape

__all__ = ["box_mesh", "cone_mesh", "cylinder_mesh", "ground_mesh", "prism_mesh", "sphere_mesh"]

GROUND_DEPTH = 0.03
"""How far the ground lies below the road [m], so that no two surfaces coincide."""
CONE_ORANGE = Material("cone_orange", (0.75, 0.16, 0.02), 0.6, 0.03)
CONE_WHITE = Material("cone_white", (0.72, 0.72, 0.70), 0.5, 0.03)
GROUND = {
    "grass": Material("grass", (0.060, 0.079, 0.036), 0.95, texture=Texture.GRASS, data=(17.0,)),
    "soil": Material("soil", (0.17, 0.125, 0.085), 0.95, texture=Texture.SOIL, data=(18.0,)),
    "concrete": Material("concrete", (0.30, 0.295, 0.28), 0.9, texture=Texture.CONCRETE, data=(19.0,)),
}


def _coloured(shape: Shape) -> Material:
    """Return the material of a plain body: details `colour` (r, g, b), or one that its seed chooses."""
    colour = shape.details.get("colour")
    if isinstance(colour, tuple | list):
        r, g, b = (float(c) for c in colour)
        return Material("plain", (r, g, b), 0.7, 0.03)
    return Material("plain", Variety.of(shape).colour("colour", (0.42, 0.33, 0.22), 0.25), 0.8, 0.02)


def _fitted(form: Form, shape: Shape) -> Mesh:
    builder = MeshBuilder()
    builder.add(form, _coloured(shape))
    builder.fit(shape.size)
    return builder.build()


def box_mesh(shape: Shape) -> Mesh:
    """Return a box."""
    length, width, height = shape.size
    return _fitted(box((-length / 2, -width / 2, 0.0), (length / 2, width / 2, height)), shape)


def sphere_mesh(shape: Shape) -> Mesh:
    """Return a sphere, or an ellipsoid where the size says so; it stands on the ground."""
    return _fitted(sphere(0.5, n_around=32, n_up=16), shape)


def cylinder_mesh(shape: Shape) -> Mesh:
    """Return an upright cylinder."""
    return _fitted(lathe(np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]), 32), shape)


def prism_mesh(shape: Shape) -> Mesh:
    """Return an upright prism over details `footprint`: ((x, y), …) in the body frame [m]."""
    footprint = np.array(cast("Any", shape.details["footprint"]), np.float64)
    builder = MeshBuilder()
    builder.add(prism(footprint, 0.0, shape.size[2]), _coloured(shape))
    return builder.build()


def cone_mesh(shape: Shape) -> Mesh:
    """Return a traffic cone: a square base and two reflecting bands."""
    base, height = 0.05, 1.0
    builder = MeshBuilder()
    builder.add(box((-0.5, -0.5, 0.0), (0.5, 0.5, base)), matt("cone_base", (0.03, 0.03, 0.03)))
    bands = ((base, 0.36, CONE_ORANGE), (0.36, 0.56, CONE_WHITE), (0.56, 0.74, CONE_ORANGE),
             (0.74, 0.86, CONE_WHITE), (0.86, height, CONE_ORANGE))  # fmt: skip
    for low, high, material in bands:
        radii = [0.36 - 0.29 * (z - base) / (height - base) for z in (low, high)]
        profile = [[radii[0], low], [radii[1], high]]
        if high == height:
            profile.append([0.0, high])
        builder.add(lathe(np.array(profile), 20), material)
    builder.fit(shape.size)
    return builder.build()


def ground_mesh(shape: Shape) -> Mesh:
    """Return flat ground a little below zero: details `material`, one of grass, concrete, soil.

    Raises:
        ValueError: the material is unknown.
    """
    name = str(shape.details.get("material", "grass"))
    if name not in GROUND:
        raise ValueError(f"no ground of {name!r}; known: {', '.join(sorted(GROUND))}")
    length, width, _ = shape.size
    x, y = np.meshgrid(
        np.linspace(-length / 2, length / 2, 9), np.linspace(-width / 2, width / 2, 9), indexing="ij"
    )
    builder = MeshBuilder()
    builder.add(grid(np.stack([x, y, np.full_like(x, -GROUND_DEPTH)], axis=-1)), GROUND[name])
    return builder.build()

"""What sensors are calibrated with: a radar's corner reflector on its mast."""

from __future__ import annotations

import math

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box
from renderers.assets.materials import Material, matt
from renderers.assets.mesh import Mesh
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["corner_reflector_mesh", "reflector_apex", "reflector_edge"]

_ALUMINIUM = Material("aluminium", (0.75, 0.75, 0.76), 0.35, 0.9)


def reflector_edge(shape: Shape) -> float:
    """Return the length of the three edges that meet at the apex [m]: the aperture is as wide as the shape."""
    return shape.size[1] / math.sqrt(2.0)


def reflector_apex(shape: Shape) -> Array:
    """Return (3,) where the apex is, the point that a radar measures: at the back, near the top."""
    length, _, height = shape.size
    # Of the aperture's three corners, two reach a sixth of the edge times the root of 6 above the apex.
    return np.array([-0.5 * length, 0.0, height - reflector_edge(shape) / math.sqrt(6.0)])


def corner_reflector_mesh(shape: Shape) -> Mesh:
    """Return three plates of metal that meet at right angles, open to +x, on a mast."""
    edge, apex = reflector_edge(shape), reflector_apex(shape)
    # The edges from the apex: at equal angles about x, one of them downwards.
    turns = np.radians([270.0, 30.0, 150.0])
    out, across = edge / math.sqrt(3.0), edge * math.sqrt(2.0 / 3.0)
    ends = apex + np.stack([np.full(3, out), across * np.cos(turns), across * np.sin(turns)], axis=-1)
    builder = MeshBuilder()
    for k in range(3):
        plate = np.array([apex, ends[k], ends[(k + 1) % 3]])
        for side in ((0, 1, 2), (0, 2, 1)):
            builder.add(Form(plate, np.array([side])), _ALUMINIUM)
    x, top = float(apex[0]) + out, float(ends[0, 2])
    builder.add(box((x - 0.04, -0.02, 0.0), (x, 0.02, top)), matt("mast", (0.1, 0.1, 0.1)))
    return builder.build()

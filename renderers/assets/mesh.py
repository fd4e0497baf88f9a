"""What a renderer gets of a shape: triangles, and rows of numbers that say what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Channels", "Floats", "Ints", "Mesh"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Channels = Mapping[str, float]
"""The state channels of one body at one moment, by name."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in the body frame, in rest pose. All arrays are read-only.

    Args:
        vertices: (V, 3) positions [m]; their bounding box is the shape's size.
        normals: (V, 3) unit, outward; vertices are split at creases and between parts.
        faces: (F, 3) vertex indices, counter-clockwise seen from outside.
        material: (F,) rows of `materials`.
        part: (V,) indices into `parts`; the vertices of a face are of one part.
        coords: (V, 3) where textures are evaluated [m]: the rest position, or (s, d, z) along a road, or
            (along the wall, height, distance from the wall) on a facade.
        materials: (M, N_COLUMNS) numbers, see `renderers.assets.materials.Column`.
        data: (D,) what the textures of this mesh read, each from its material's `Column.DATA` on.
        parts: names of what moves on its own; the first is the body itself.
    """

    vertices: Floats
    normals: Floats
    faces: Ints
    material: Ints
    part: Ints
    coords: Floats
    materials: Floats
    data: Floats
    parts: tuple[str, ...] = ("body",)

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return len(self.parts)

    def stretched(self, size: tuple[float, float, float], materials: Floats, data: Floats) -> Mesh:
        """Return the mesh at another size, in other materials; textures keep their scale in the world.

        Args:
            size: new bounding box [m].
            materials: (M, N_COLUMNS) of the same rows, read-only.
            data: (D,) that they refer to.
        """
        low, high = self.bounds()
        factor = np.asarray(size, np.float32) / (high - low)
        shift = np.array([-size[0] / 2, -size[1] / 2, 0.0], np.float32) - low * factor
        normals = self.normals / factor
        normals = normals / np.sqrt((normals * normals).sum(axis=1, keepdims=True, dtype=np.float32))
        vertices, coords = self.vertices * factor + shift, self.coords * factor
        for array in (vertices, normals, coords):
            array.flags.writeable = False
        return replace(self, vertices=vertices, normals=normals, coords=coords, materials=materials, data=data)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lower and upper corners of the rest pose [m]."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

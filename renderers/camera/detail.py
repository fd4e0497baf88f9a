"""Coarser meshes for plants far away: what a pixel cannot show need not be drawn.

Only unlabelled bodies may be coarsened, so labels of labelled bodies always come from the full mesh.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.assets.mesh import Floats, Mesh
from sim.geometry import Array

__all__ = ["COARSENABLE", "LEVELS", "coarsened", "level_of"]

COARSENABLE = ("tree", "bush")
"""Kinds of shape that have coarse meshes."""

LEVELS = (14, 9, 5, 3)
"""Cells along the longest side of the body, of each coarse mesh."""

_CELL_PIXELS = 4.0
"""A coarse mesh is used from where its cells are smaller than this."""


def coarsened(mesh: Mesh, cells: int) -> Mesh:
    """Return the mesh with vertices merged that share a cell, a part and a material.

    Merged vertices stand at their mean, and triangles that collapse or repeat are dropped.

    Args:
        mesh: any.
        cells: cells along its longest side.

    Source: Rossignac and Borrel (1993), Multi-resolution 3D approximations for rendering complex scenes.
    """
    low, high = mesh.bounds()
    side = float((high - low).max()) / cells
    place = np.floor((mesh.vertices - low) / side).astype(np.int64)
    material = np.zeros(len(mesh.vertices), np.int64)
    material[mesh.faces] = mesh.material[:, None]
    keys = np.concatenate([place, mesh.part[:, None], material[:, None]], axis=1)
    _, first, merged = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    merged = merged.ravel()
    faces = merged[mesh.faces]
    is_whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    _, kept = np.unique(np.sort(faces[is_whole], axis=1), axis=0, return_index=True)
    chosen = np.flatnonzero(is_whole)[np.sort(kept)]
    normals = _means(mesh.normals, merged, len(first))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(
        _means(mesh.vertices, merged, len(first)),
        np.where(length > 1e-3, normals / np.maximum(length, 1e-3), mesh.normals[first]).astype(np.float32),
        faces[chosen].astype(np.int32),
        mesh.material[chosen],
        mesh.part[first],
        _means(mesh.coords, merged, len(first)),
        mesh.materials,
        mesh.data,
        mesh.parts,
    )


def level_of(distance: Array, longest_side: Array, focal: float) -> NDArray[np.int64]:
    """Return 0 for the full mesh, 1 and more for the coarse ones.

    Args:
        distance: (B,) from the camera [m].
        longest_side: (B,) of each body [m]; inf keeps the full mesh.
        focal: focal length [px].
    """
    levels = np.zeros(len(distance), np.int64)
    for level, cells in enumerate(LEVELS, start=1):
        levels[longest_side / cells * focal < _CELL_PIXELS * distance] = level
    return levels


def _means(values: Floats, merged: NDArray[np.int64], count: int) -> Floats:
    """Return the (count, 3) means of the rows that share an index."""
    size = np.bincount(merged, minlength=count)
    sums = [np.bincount(merged, weights=values[:, axis], minlength=count) for axis in range(3)]
    return np.ascontiguousarray((np.stack(sums, axis=1) / size[:, None]).astype(np.float32))

"""Meshes of users: the triangles of their files, with materials of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form
from renderers.assets.materials import GLASS, RUBBER, STEEL, Material, Texture, matt, paint
from renderers.assets.mesh import Mesh
from sim.geometry import Array
from sim.mesh_files import PlacedMesh, place_mesh
from sim.scene import Shape

__all__ = ["user_key_points", "user_mesh"]

_STEPS = 63
"""Colours of a file are told apart to this many steps of their square roots, finishes to a quarter of it."""
_POINT_DEPTH = 0.02
"""How far inside the mesh a key point may lie and still be called visible: share of the diagonal."""


def user_mesh(shape: Shape) -> Mesh:
    """Return the mesh of a user's file in the materials its details ask for."""
    placed = _placed(shape.details)
    mesh = placed.mesh
    builder = MeshBuilder()
    word = str(shape.details["material"])
    colour = tuple(float(value) for value in _triple(shape.details["colour"]))
    if word != "own":
        builder.add(Form(placed.vertices, mesh.faces), _named(word, colour))
        return builder.build()
    looks = np.column_stack([np.where(np.isnan(mesh.colours), colour, mesh.colours), mesh.finish])
    looks[:, 3:] = np.where(np.isnan(looks[:, 3:]), (0.6, 0.0), looks[:, 3:])
    steps = np.rint(np.sqrt(np.clip(looks, 0.0, 1.0)) * (_STEPS, _STEPS, _STEPS, _STEPS // 4, _STEPS // 4))
    distinct, row = np.unique(steps, axis=0, return_inverse=True)
    for k, step in enumerate(distinct):
        red, green, blue, rough, metal = (step / (_STEPS, _STEPS, _STEPS, _STEPS // 4, _STEPS // 4)) ** 2
        form = Form(placed.vertices, mesh.faces[row.ravel() == k])
        builder.add(form, _own((float(red), float(green), float(blue)), float(rough), float(metal)))
    return builder.build()


def user_key_points(shape: Shape) -> tuple[tuple[str, ...], Array, float]:
    """Return names, (N, 3) places in the body frame [m] and the depth of a mesh's key points [m]."""
    given = shape.details["key_points"]
    assert isinstance(given, tuple)
    T = _placed(shape.details).T_body_file
    at = np.array([place for _, place in given], np.float64).reshape(-1, 3)
    depth = _POINT_DEPTH * float(np.linalg.norm(shape.size))
    return tuple(str(name) for name, _ in given), at @ T[:3, :3].T + T[:3, 3], depth


def _placed(details: Mapping[str, Any]) -> PlacedMesh:
    return place_mesh(
        Path(details["file"]), scale=details["scale"], up=details["up"], forward=details["forward"]
    )


def _triple(value: object) -> tuple[float, ...]:
    assert isinstance(value, tuple)
    return value


def _own(colour: tuple[float, float, float], rough: float, metal: float) -> Material:
    """Return a metallic-roughness material as the kernels have them, whose reflectance is one number.

    A metal's diffuse part is kept in half, so that it does not turn black where the sky is plain.
    """
    mean = sum(colour) / 3.0
    red, green, blue = (value * (1.0 - 0.5 * metal) for value in colour)
    return Material(
        "own",
        (red, green, blue),
        roughness=max(rough, 0.05),
        reflectance=0.04 * (1.0 - metal) + 0.5 * mean * metal,
    )


def _named(word: str, colour: tuple[float, ...]) -> Material:
    red, green, blue = colour
    made = {
        "paint": paint((red, green, blue)),
        "metal": STEEL,
        "plastic": Material("plastic", (red, green, blue), roughness=0.5, reflectance=0.04),
        "rubber": RUBBER,
        "glass": GLASS,
        "wood": matt("wood", (red, green, blue)),
        "cloth": Material("cloth", (red, green, blue), roughness=0.95, texture=Texture.CLOTH, data=(18.0,)),
        "concrete": Material(
            "concrete", (0.32, 0.31, 0.29), roughness=0.95, texture=Texture.CONCRETE, data=(19.0,)
        ),
    }
    return made[word]

"""The stage: the meshes of an episode in one set of arrays, ready for kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column
from renderers.assets.mesh import Floats, Ints, Mesh
from renderers.camera.detail import LEVELS
from renderers.camera.forms import Form, cached_form
from sim.geometry import Array
from sim.noise import address, hash64, uniforms
from sim.scene import Body, Recolouring, Scene

__all__ = ["Geometry", "Placed", "Stage"]

_GAMMA = 2.2
"""Colours are drawn evenly as a display shows them."""


class Geometry(NamedTuple):
    """The arrays kernels read; bodies of equal shape share theirs.

    Attributes:
        vertices: (V, 3) positions in the frame of their part at rest [m].
        normals: (V, 3) unit normals, likewise.
        coords: (V, 3) where textures are evaluated.
        vertex_part: (V,) part, counted from the body's first.
        faces: (F, 3) vertices.
        face_material: (F,) rows of `materials`.
        materials: (M, N_COLUMNS) as in `Mesh.materials`, with DATA counted from the start of `data`.
        data: (D,) numbers that textures read.
    """

    vertices: Floats
    normals: Floats
    coords: Floats
    vertex_part: Ints
    faces: Ints
    face_material: Ints
    materials: Floats
    data: Floats


class Placed(NamedTuple):
    """Some bodies in an order, as kernels draw them.

    Attributes:
        bodies: (n,) numbers on the stage.
        vertices: (n, 2) first and past-last vertex of each.
        faces: (n, 2) likewise.
        parts: (n,) first part slot of each.
        points: (n + 1,) where the placed vertices of each begin.
    """

    bodies: NDArray[np.int64]
    vertices: Ints
    faces: Ints
    parts: Ints
    points: Ints

    def only(self, n: int) -> Placed:
        """Return one of the bodies, with its points where they are."""
        at = slice(n, n + 1)
        return Placed(
            self.bodies[at], self.vertices[at], self.faces[at], self.parts[at], self.points[n : n + 2]
        )


@dataclass(frozen=True)
class Stage:
    """All bodies of an episode.

    Args:
        bodies: in the order of the scene; their positions here are the kernels' body numbers.
        geometry: the arrays.
        vertex_ranges: (L, B, 2) first and past-last vertex of each body, in full and in ever coarser meshes.
        face_ranges: (L, B, 2) likewise.
        part_start: (B + 1,) first part slot of each body.
        centres: (B, 3) centre of each body's bounding sphere in its frame [m].
        radii: (B,) radius [m].
        longest_side: (B,) of those bodies that have coarse meshes [m]; inf for the others.
        has_lamps: (B,) whether anything on the body can be switched on.
        instance: (B,) uint16 instance id, 0 where unlabelled.
        semantic: (B,) uint8 class id.
    """

    bodies: tuple[Body, ...]
    geometry: Geometry
    vertex_ranges: Ints
    face_ranges: Ints
    part_start: Ints
    centres: Array
    radii: Array
    longest_side: Array
    has_lamps: NDArray[np.bool_]
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]

    @classmethod
    def of(cls, scene: Scene) -> Stage:
        """Build the stage of a scene, from cached meshes."""
        bodies = tuple(scene)
        forms = [cached_form(body.shape, coarse=not body.labelled) for body in bodies]
        # Equal shapes get the same form from the cache, so forms are told apart by identity.
        distinct = list({id(form): form for form in forms}.values())
        meshes = [mesh for form in distinct for mesh in form.meshes]
        starts = _starts(meshes)
        rows = _mesh_rows(forms, distinct)
        return cls(
            bodies,
            _recoloured(
                _concatenated(meshes, starts), forms, rows[0], bodies, starts["material"], scene.recolouring
            ),
            np.stack([starts["vertex"][rows], starts["vertex"][rows + 1]], axis=-1),
            np.stack([starts["face"][rows], starts["face"][rows + 1]], axis=-1),
            np.concatenate([[0], np.cumsum([form.meshes[0].n_parts for form in forms])]).astype(np.int32),
            np.array([form.centre for form in forms]).reshape(-1, 3),
            np.array([form.radius for form in forms]),
            np.array([form.longest_side if len(form.meshes) > 1 else np.inf for form in forms]),
            np.array([form.has_lamps for form in forms], np.bool_),
            np.array([body.instance_id if body.labelled else 0 for body in bodies], np.uint16),
            np.array([scene.category_id(body.category) for body in bodies], np.uint8),
        )

    def placed(self, bodies: NDArray[np.int64], level: NDArray[np.int64]) -> Placed:
        """Return some bodies as kernels draw them.

        Args:
            bodies: (n,) their numbers, in order.
            level: (n,) which mesh of each: 0 in full, then coarser.
        """
        vertices = self.vertex_ranges[level, bodies]
        points = np.concatenate([[0], np.cumsum(vertices[:, 1] - vertices[:, 0])]).astype(np.int32)
        return Placed(bodies, vertices, self.face_ranges[level, bodies], self.part_start[bodies], points)


def _mesh_rows(forms: Sequence[Form], distinct: Sequence[Form]) -> NDArray[np.int64]:
    """Return (L, B) numbers of the meshes that the bodies use in full and coarse."""
    first, count = {}, 0
    for form in distinct:
        first[id(form)] = count
        count += len(form.meshes)
    levels = range(len(LEVELS) + 1)
    return np.array(
        [[first[id(form)] + min(level, len(form.meshes) - 1) for form in forms] for level in levels]
    )


def _recoloured(
    geometry: Geometry,
    forms: Sequence[Form],
    rows: NDArray[np.int64],
    bodies: Sequence[Body],
    starts: Ints,
    recolouring: Recolouring,
) -> Geometry:
    """Return the arrays with the colours of all surfaces but lamps drawn towards any colour.

    Args:
        geometry: with natural colours.
        forms: of the bodies; those of one form have its colours, drawn under the name of the first.
        rows: (B,) number of the full mesh of each body.
        bodies: their names say what is drawn.
        starts: (n + 1,) where the materials of each mesh begin.
        recolouring: how far, and by which draw.
    """
    if recolouring.share <= 0.0:
        return geometry
    materials, key = geometry.materials.copy(), hash64("colours", recolouring.seed)
    first = {id(form): number for number, form in reversed(list(enumerate(forms)))}
    for number in first.values():
        for mesh in range(rows[number], rows[number] + len(forms[number].meshes)):
            own = materials[starts[mesh] : starts[mesh + 1]]
            drawn = uniforms(key, address(bodies[number].name, "colours"), np.arange(3 * len(own))) ** _GAMMA
            own[:, :3] += np.where(
                own[:, Column.LAMP, None] > 0.0, 0.0, recolouring.share * (drawn.reshape(-1, 3) - own[:, :3])
            )
    return geometry._replace(materials=materials)


def _starts(meshes: Sequence[Mesh]) -> dict[str, Ints]:
    """Return (n + 1,) running offsets of vertices, faces, materials and data."""
    counts = {
        "vertex": [len(mesh.vertices) for mesh in meshes],
        "face": [len(mesh.faces) for mesh in meshes],
        "material": [len(mesh.materials) for mesh in meshes],
        "data": [len(mesh.data) for mesh in meshes],
    }
    return {name: np.concatenate([[0], np.cumsum(count)]).astype(np.int32) for name, count in counts.items()}


def _concatenated(meshes: Sequence[Mesh], starts: dict[str, Ints]) -> Geometry:
    def joined(name: str, kind: type[np.generic]) -> Any:
        return np.ascontiguousarray(np.concatenate([getattr(mesh, name) for mesh in meshes]), kind)

    def shifted(name: str, by: str) -> Ints:
        pairs = zip(meshes, starts[by][:-1], strict=True)
        return np.ascontiguousarray(np.concatenate([getattr(mesh, name) + start for mesh, start in pairs]))

    materials = joined("materials", np.float32)
    counts = [len(mesh.materials) for mesh in meshes]
    materials[:, Column.DATA] += np.repeat(starts["data"][:-1], counts)
    return Geometry(
        joined("vertices", np.float32),
        joined("normals", np.float32),
        joined("coords", np.float32),
        joined("part", np.int32),
        shifted("faces", "vertex"),
        shifted("material", "material"),
        materials,
        joined("data", np.float32),
    )

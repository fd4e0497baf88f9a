"""The stage: every mesh of an episode in one set of arrays, ready for kernels."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.assets import mesh_for
from renderers.assets.materials import Column
from renderers.assets.mesh import Floats, Ints, Mesh
from sim.geometry import Array
from sim.scene import Body, Scene, Shape

__all__ = ["Geometry", "Stage", "cached_mesh"]

_CACHE_BYTES = 96 << 20
"""What meshes kept between episodes may take together."""

_LOOSE = 1.5
"""How much further than its rest pose an articulated body may reach."""


class Geometry(NamedTuple):
    """The arrays kernels read.

    Attributes:
        vertices: (V, 3) positions in the frame of their part at rest [m].
        normals: (V, 3) unit normals, likewise.
        coords: (V, 3) where textures are evaluated.
        vertex_part: (V,) part slot.
        faces: (F, 3) vertices.
        face_material: (F,) rows of `materials`.
        materials: (M, N_COLUMNS) as in `Mesh.materials`, with DATA counted from the start of `data`.
        data: (D,) numbers that textures read.
        vertex_ranges: (B, 2) first and past-last vertex of each body.
        face_ranges: (B, 2) likewise for faces.
    """

    vertices: Floats
    normals: Floats
    coords: Floats
    vertex_part: Ints
    faces: Ints
    face_material: Ints
    materials: Floats
    data: Floats
    vertex_ranges: Ints
    face_ranges: Ints


@dataclass(frozen=True)
class Stage:
    """All bodies of an episode.

    Args:
        bodies: in the order of the scene; their positions here are the kernels' body numbers.
        geometry: the arrays.
        part_start: (B + 1,) first part slot of each body.
        centres: (B, 3) centre of each body's bounding sphere in its frame [m].
        radii: (B,) radius [m].
        has_lamps: (B,) whether anything on the body can be switched on.
        instance: (B,) uint16 instance id, 0 where unlabelled.
        semantic: (B,) uint8 class id.
    """

    bodies: tuple[Body, ...]
    geometry: Geometry
    part_start: Ints
    centres: Array
    radii: Array
    has_lamps: NDArray[np.bool_]
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]

    @classmethod
    def of(cls, scene: Scene) -> Stage:
        """Build the stage of a scene, from cached meshes."""
        return cls.assemble(scene, [cached_mesh(body.shape) for body in scene])

    @classmethod
    def assemble(cls, scene: Scene, meshes: Sequence[Mesh]) -> Stage:
        """Build the stage of a scene from one mesh per body."""
        bodies = tuple(scene)
        starts = _starts(meshes)
        spheres = [_sphere(mesh) for mesh in meshes]
        return cls(
            bodies,
            _concatenated(meshes, starts),
            starts["part"],
            np.array([centre for centre, _ in spheres]).reshape(-1, 3),
            np.array([radius for _, radius in spheres]),
            np.array([bool((mesh.materials[:, Column.LAMP] > 0).any()) for mesh in meshes], np.bool_),
            np.array([body.instance_id if body.labelled else 0 for body in bodies], np.uint16),
            np.array([scene.category_id(body.category) for body in bodies], np.uint8),
        )


def cached_mesh(shape: Shape) -> Mesh:
    """Return the mesh of a shape, kept between episodes up to a fixed amount of memory."""
    key = f"{shape.kind}|{shape.size}|{_canonical(shape.details)}"
    if key in _meshes:
        _meshes.move_to_end(key)
        return _meshes[key]
    _meshes[key] = mesh_for(shape)
    while len(_meshes) > 1 and sum(_bytes(mesh) for mesh in _meshes.values()) > _CACHE_BYTES:
        _meshes.popitem(last=False)
    return _meshes[key]


_meshes: OrderedDict[str, Mesh] = OrderedDict()


def _canonical(details: object) -> str:
    if isinstance(details, Mapping):
        return f"{{{','.join(f'{key}:{_canonical(details[key])}' for key in sorted(details))}}}"
    if isinstance(details, tuple | list):
        return f"({','.join(_canonical(item) for item in details)})"
    return repr(details)


def _bytes(mesh: Mesh) -> int:
    return sum(a.nbytes for a in (mesh.vertices, mesh.normals, mesh.coords, mesh.faces, mesh.data)) * 4 // 3


def _starts(meshes: Sequence[Mesh]) -> dict[str, Ints]:
    """Return (B + 1,) running offsets of vertices, faces, parts, materials and data."""
    counts = {
        "vertex": [len(mesh.vertices) for mesh in meshes],
        "face": [len(mesh.faces) for mesh in meshes],
        "part": [mesh.n_parts for mesh in meshes],
        "material": [len(mesh.materials) for mesh in meshes],
        "data": [len(mesh.data) for mesh in meshes],
    }
    return {name: np.concatenate([[0], np.cumsum(count)]).astype(np.int32) for name, count in counts.items()}


def _concatenated(meshes: Sequence[Mesh], starts: dict[str, Ints]) -> Geometry:
    def joined(name: str) -> Floats:
        return np.ascontiguousarray(np.concatenate([getattr(mesh, name) for mesh in meshes]), np.float32)

    def shifted(name: str, by: str) -> Ints:
        pairs = zip(meshes, starts[by][:-1], strict=True)
        return np.ascontiguousarray(np.concatenate([getattr(mesh, name) + start for mesh, start in pairs]))

    materials = joined("materials")
    counts = [len(mesh.materials) for mesh in meshes]
    materials[:, Column.DATA] += np.repeat(starts["data"][:-1], counts)
    return Geometry(
        joined("vertices"),
        joined("normals"),
        joined("coords"),
        shifted("part", "part"),
        shifted("faces", "vertex"),
        shifted("material", "material"),
        materials,
        joined("data"),
        np.stack([starts["vertex"][:-1], starts["vertex"][1:]], axis=1),
        np.stack([starts["face"][:-1], starts["face"][1:]], axis=1),
    )


def _sphere(mesh: Mesh) -> tuple[Array, float]:
    low, high = mesh.bounds()
    centre = (low.astype(np.float64) + high) / 2
    radius = float(np.sqrt(((mesh.vertices - centre) ** 2).sum(axis=1).max()))
    return centre, radius * (1.0 if mesh.n_parts == 1 else _LOOSE) + 1e-3

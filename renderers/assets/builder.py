"""From forms to a mesh: parts, materials, crease-split normals, no degenerate triangles."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from renderers.assets.forms import Faces, Form
from renderers.assets.materials import Material, tabled
from renderers.assets.mesh import Floats, Ints, Mesh
from sim.geometry import Array

__all__ = ["MeshBuilder"]

WELD = 1e-5
"""Points nearer than this are one point [m]."""

SLIVER = 1e-9
"""Triangles of less area are dropped [m²]; at 1 m and 2000 pixels focal length that is 0.004 pixels."""


class MeshBuilder:
    """Collects forms and makes one mesh of them.

    Args:
        crease: edges that bend by more are sharp [rad].
    """

    def __init__(self, crease: float = math.radians(40.0)) -> None:
        self._crease = crease
        self._forms: list[Form] = []
        self._materials: list[Material] = []
        self._parts: list[str] = []
        self._tags: list[tuple[int, int, bool]] = []

    def add(self, form: Form, material: Material, *, part: str = "body") -> None:
        """Add a form of one material to a part; parts are numbered in the order of their first form."""
        if material not in self._materials:
            self._materials.append(material)
        if part not in self._parts:
            self._parts.append(part)
        self._forms.append(form)
        self._tags.append((self._materials.index(material), self._parts.index(part), form.normals is not None))

    def fit(self, size: tuple[float, float, float]) -> tuple[Array, Array]:
        """Stretch what was added so far to the bounding box `size` [m], centred in x and y, from z = 0 up.

        Returns:
            (3,) factor and (3,) shift that were applied: new = old * factor + shift.
        """
        points = np.concatenate([form.points[np.unique(form.faces)] for form in self._forms])
        low, high = points.min(axis=0), points.max(axis=0)
        extent = np.where(high - low > 1e-9, high - low, 1.0)
        factor = np.asarray(size) / extent
        shift = np.array([-size[0] / 2, -size[1] / 2, 0.0]) - low * factor
        self._forms = [
            Form(form.points * factor + shift, form.faces, form.coords, form.normals) for form in self._forms
        ]
        return factor, shift

    def turn(self, yaw: float) -> None:
        """Turn what was added so far about the vertical [rad]; textures turn with it."""
        self._forms = [
            form.textured(form.points if form.coords is None else form.coords).turned(yaw=yaw)
            for form in self._forms
        ]

    def build(self) -> Mesh:
        """Return the mesh of all forms."""
        points, faces, coords = self._joined()
        materials, parts, fixed = (self._per_face(k) for k in range(3))
        keep = _areas(points, faces) > SLIVER
        faces, materials, parts, fixed = faces[keep], materials[keep], parts[keep], fixed[keep]
        normals = _corner_normals(points, faces, parts, self._crease)
        if fixed.any():
            given = np.concatenate(
                [np.zeros_like(f.points) if f.normals is None else f.normals for f in self._forms]
            )
            normals[fixed.astype(bool)] = given[faces[fixed.astype(bool)]]
        first, corner_ids = _unique_corners(faces, normals)
        source = faces.ravel()[first]
        rows, data = tabled(self._materials)
        return Mesh(
            vertices=_floats(points[source]),
            normals=_floats(normals.reshape(-1, 3)[first]),
            faces=_ints(corner_ids.reshape(-1, 3)),
            material=_ints(materials),
            part=_ints(np.repeat(parts, 3)[first]),
            coords=_floats(coords[source]),
            materials=rows,
            data=data,
            parts=tuple(self._parts),
        )

    def _joined(self) -> tuple[Array, Faces, Array]:
        offsets = np.cumsum([0, *(len(form.points) for form in self._forms)])
        faces = np.concatenate([form.faces + k for form, k in zip(self._forms, offsets, strict=False)])
        points = np.concatenate([form.points for form in self._forms])
        coords = np.concatenate([f.points if f.coords is None else f.coords for f in self._forms])
        return points, faces, coords

    def _per_face(self, column: int) -> NDArray[np.int64]:
        counts = [len(form.faces) for form in self._forms]
        return np.repeat(np.array([tag[column] for tag in self._tags], np.int64), counts)


def _floats(values: Array) -> Floats:
    out = np.array(values, np.float32, order="C")
    out.flags.writeable = False
    return out


def _ints(values: NDArray[np.int64]) -> Ints:
    out = np.array(values, np.int32, order="C")
    out.flags.writeable = False
    return out


def _areas(points: Array, faces: Faces) -> Array:
    a, b, c = (points[faces[:, k]] for k in range(3))
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _corner_normals(points: Array, faces: Faces, parts: NDArray[np.int64], crease: float) -> Array:
    """Return (F, 3, 3): at each corner the mean normal of the faces around that bend by less than the crease.

    Faces weigh by their angle at the corner (Thürmer and Wüthrich 1998), so that the result does not depend on
    how a flat patch is triangulated.
    """
    corners = points[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    weighted = (flat[:, None] * _angles(corners)[..., None]).reshape(-1, 3)
    groups = _welded(points)[faces].ravel() * (int(parts.max()) + 1) + np.repeat(parts, 3)
    order = np.argsort(groups, kind="stable")
    sorted_groups, face_of = groups[order], order // 3
    total = weighted[order].copy()
    limit = math.cos(crease)
    # Corners that have one of their group a step further on: fewer with every step, for groups lie together.
    first, shift = np.arange(len(order)), 0
    while first.size:
        shift += 1
        first = first[: np.searchsorted(first, len(order) - shift)]
        first = first[sorted_groups[first + shift] == sorted_groups[first]]
        here, there = first, first + shift
        bends_little = np.einsum("ij,ij->i", flat[face_of[here]], flat[face_of[there]]) > limit
        here, there = here[bends_little], there[bends_little]
        total[here] += weighted[order[there]]
        total[there] += weighted[order[here]]
    out = np.empty_like(total)
    out[order] = total / np.linalg.norm(total, axis=1, keepdims=True)
    return out.reshape(-1, 3, 3)


def _angles(corners: Array) -> Array:
    """Return (F, 3) the angle of each triangle at each corner [rad]."""
    to_next = np.roll(corners, -1, axis=1) - corners
    to_last = np.roll(corners, 1, axis=1) - corners
    cosine = np.einsum("fki,fki->fk", to_next, to_last)
    cosine /= np.linalg.norm(to_next, axis=2) * np.linalg.norm(to_last, axis=2) + 1e-300
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _welded(points: Array) -> NDArray[np.int64]:
    """Return (V,) the same number for points in the same cell of the weld.

    The cell's three indices are mixed into 64 bits; among a million points the odds that two cells share a
    number are 1 in 30 million.
    """
    cells = np.round(points / WELD).astype(np.int64).astype(np.uint64)
    mixed = np.zeros(len(points), np.uint64)
    for k in range(3):
        mixed = (mixed ^ cells[:, k]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed, return_inverse=True)[1].ravel()


def _unique_corners(faces: Faces, normals: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (first corner of each distinct vertex, vertex of each corner).

    A corner's number holds 13 bits per component of its normal below the index of its point.
    """
    keys = faces.ravel()
    for component in (np.round(normals.reshape(-1, 3) * 4000) + 4096).astype(np.int64).T:
        keys = keys << 13 | component
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first, inverse.ravel()

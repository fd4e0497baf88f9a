"""The toolbox of forms: every function returns a `Form`, triangles counter-clockwise seen from outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array

__all__ = [
    "Form",
    "box",
    "disc",
    "grid",
    "lathe",
    "loft",
    "merge",
    "prism",
    "ring",
    "rounded_rectangle",
    "sphere",
    "tube",
]

Faces = NDArray[np.int64]


@dataclass(frozen=True)
class Form:
    """A bare surface.

    Args:
        points: (V, 3) positions [m].
        faces: (F, 3) indices, counter-clockwise seen from outside.
        coords: (V, 3) texture positions [m]; None where they are the points.
        normals: (V, 3) unit normals where they are not those of the surface (leaves); None to compute them.
    """

    points: Array
    faces: Faces
    coords: Array | None = None
    normals: Array | None = None

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Form:
        """Return the form shifted [m]."""
        return replace(self, points=self.points + np.array([x, y, z]))

    def turned(self, *, roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> Form:
        """Return the form turned about the origin [rad]."""
        R = _rotation(roll, pitch, yaw)
        normals = None if self.normals is None else self.normals @ R.T
        return replace(self, points=self.points @ R.T, normals=normals)

    def scaled(self, x: float, y: float, z: float) -> Form:
        """Return the form stretched along the axes; a negative product of factors keeps the outside outside."""
        faces = self.faces if x * y * z > 0 else self.faces[:, ::-1]
        return replace(self, points=self.points * np.array([x, y, z]), faces=faces)

    def mirrored(self) -> Form:
        """Return the form on the other side of the xz plane."""
        return self.scaled(1.0, -1.0, 1.0)

    def flipped(self) -> Form:
        """Return the form turned inside out."""
        return replace(self, faces=self.faces[:, ::-1])

    def textured(self, coords: Array) -> Form:
        """Return the form with its own texture positions, (V, 3) [m]."""
        return replace(self, coords=np.asarray(coords, np.float64))


def _rotation(roll: float, pitch: float, yaw: float) -> Array:
    """Return the matrix of intrinsic yaw, then pitch, then roll; `sim.geometry` is made for arrays of them."""
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (math.cos, math.sin))
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def merge(forms: Sequence[Form]) -> Form:
    """Return several forms as one; texture positions and normals survive only if all of them have some."""
    offsets = np.cumsum([0, *(len(form.points) for form in forms)])
    coords = [form.coords for form in forms if form.coords is not None]
    normals = [form.normals for form in forms if form.normals is not None]
    return Form(
        np.concatenate([form.points for form in forms]),
        np.concatenate([form.faces + k for form, k in zip(forms, offsets, strict=False)]),
        np.concatenate(coords) if len(coords) == len(forms) else None,
        np.concatenate(normals) if len(normals) == len(forms) else None,
    )


def grid(points: Array, *, wrap: bool = False) -> Form:
    """Return the surface through (R, C, 3) points; its outside is where rows x columns point.

    Args:
        points: rows and columns of positions [m].
        wrap: whether the last column joins the first.
    """
    rows, columns = points.shape[:2]
    ids = np.arange(rows * columns).reshape(rows, columns)
    if wrap:
        ids = np.concatenate([ids, ids[:, :1]], axis=1)
    a, b, c, d = (ids[i, j].ravel() for i, j in _corners())
    flat = points.reshape(-1, 3)
    shorter = np.linalg.norm(flat[a] - flat[c], axis=1) <= np.linalg.norm(flat[b] - flat[d], axis=1) + 1e-9
    first = np.where(shorter[:, None], np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    second = np.where(shorter[:, None], np.stack([a, c, d], 1), np.stack([b, c, d], 1))
    return Form(flat, np.stack([first, second], axis=1).reshape(-1, 3))


def _corners() -> tuple[tuple[slice, slice], ...]:
    low, high = slice(None, -1), slice(1, None)
    return (low, low), (high, low), (high, high), (low, high)


def loft(sections: Array) -> Form:
    """Return the closed skin through (S, K, 3) rings, with flat fans as caps.

    The rings run counter-clockwise seen from the end they lead to.
    """
    skin = grid(sections, wrap=True).flipped()
    return merge([skin, disc(sections[0]).flipped(), disc(sections[-1])])


def disc(outline: Array) -> Form:
    """Return the fan that fills a (K, 3) outline about its centre, facing where it runs counter-clockwise."""
    n = len(outline)
    points = np.concatenate([outline, outline.mean(axis=0, keepdims=True)])
    k = np.arange(n)
    return Form(points, np.stack([k, (k + 1) % n, np.full(n, n)], axis=1))


def ring(n: int, *, radius_y: float, radius_z: float, power: float = 2.0) -> Array:
    """Return (n, 2) points of a superellipse in (y, z), counter-clockwise from +y; power 2 is an ellipse."""
    angle = np.arange(n) * 2 * np.pi / n
    c, s = np.cos(angle), np.sin(angle)
    return np.stack(
        [
            radius_y * np.sign(c) * np.abs(c) ** (2 / power),
            radius_z * np.sign(s) * np.abs(s) ** (2 / power),
        ],
        axis=1,
    )


_BOX_FACES = np.array(
    [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7],
     [2, 7, 6], [3, 0, 4], [3, 4, 7]]
)  # fmt: skip


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Form:
    """Return the box between two corners [m]."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    plan = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return Form(np.array([(x, y, z) for z in (z0, z1) for x, y in plan], np.float64), _BOX_FACES)


def prism(footprint: Array, z0: float, z1: float) -> Form:
    """Return the upright prism over an (N, 2) simple polygon, given in either direction [m]."""
    footprint = np.asarray(footprint, np.float64)
    x, y = footprint.T
    if np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0:
        footprint = footprint[::-1]
    n = len(footprint)
    low, high = (np.column_stack([footprint, np.full(n, z)]) for z in (z0, z1))
    caps = np.array(_triangulated(tuple(map(tuple, footprint.tolist()))), np.int64)
    k = np.arange(n)
    j = (k + 1) % n
    walls = np.concatenate([np.stack([k, j, j + n], 1), np.stack([k, j + n, k + n], 1)])
    return Form(np.concatenate([low, high]), np.concatenate([walls, caps[:, ::-1], caps + n]))


@lru_cache(maxsize=64)
def _triangulated(polygon: tuple[tuple[float, float], ...]) -> list[list[int]]:
    """Return triangles of a counter-clockwise simple polygon by cutting ears; many bodies share outlines."""
    left = list(range(len(polygon)))
    faces = []
    while len(left) > 3:
        ear = next((i for i in range(len(left)) if _is_ear(polygon, left, i)), 0)
        faces.append([left[ear - 1], left[ear], left[(ear + 1) % len(left)]])
        del left[ear]
    return [*faces, left]


def _is_ear(polygon: tuple[tuple[float, float], ...], left: list[int], i: int) -> bool:
    n = len(left)
    a, b, c = polygon[left[i - 1]], polygon[left[i]], polygon[left[(i + 1) % n]]
    if _turn(a, b, c) <= 1e-12:
        return False
    others = (polygon[left[(i + k) % n]] for k in range(2, n - 1))
    return not any(
        _turn(a, b, other) > 1e-12 and _turn(b, c, other) > 1e-12 and _turn(c, a, other) > 1e-12
        for other in others
    )


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Return twice the area of a triangle, positive counter-clockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def lathe(profile: Array, n: int) -> Form:
    """Return the solid of revolution of a (K, 2) profile of (radius, z) about z; it runs upward on the outside.

    A profile that begins and ends on the axis gives a closed solid.
    """
    angle = np.arange(n) * 2 * np.pi / n
    radius, z = np.asarray(profile, np.float64).T
    points = np.stack(
        [
            radius[:, None] * np.cos(angle),
            radius[:, None] * np.sin(angle),
            np.broadcast_to(z[:, None], (len(z), n)),
        ],
        axis=-1,
    )
    return grid(points, wrap=True).flipped()


def sphere(radius: float, *, n_around: int = 24, n_up: int = 12) -> Form:
    """Return a sphere about the origin; its poles and equator lie on the sphere [m]."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, n_up + 1)
    profile = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    profile[[0, -1], 0] = 0.0
    return lathe(profile, n_around)


def tube(path: Array, radii: Array, n: int) -> Form:
    """Return a round tube along a (S, 3) path with (S,) radii and closed ends [m]."""
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    aside = np.array([1.0, 0.0, 0.0]) if abs(tangents[0, 2]) > 0.7 else np.array([0.0, 0.0, 1.0])
    across = np.cross(aside, tangents)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upward = np.cross(tangents, across)
    angle = np.arange(n) * 2 * np.pi / n
    rings = np.cos(angle)[None, :, None] * across[:, None] + np.sin(angle)[None, :, None] * upward[:, None]
    return loft(path[:, None] + radii[:, None, None] * rings)


def rounded_rectangle(width: float, height: float, radius: float, n: int = 3) -> Array:
    """Return a (4 n, 2) outline about the origin, counter-clockwise, its corners round [m]."""
    radius = min(radius, width / 2, height / 2)
    angle = np.linspace(0.0, np.pi / 2, n)
    arc = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    centre = np.array([width / 2 - radius, height / 2 - radius])
    corners = []
    for k, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        c, s = (1, 0, -1, 0)[k], (0, 1, 0, -1)[k]
        corners.append(arc @ np.array([[c, s], [-s, c]]) + centre * np.array([sx, sy]))
    return np.concatenate(corners)

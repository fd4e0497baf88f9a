"""From bodies to screen triangles: vertices into the camera frame, then one affine edge set per triangle.

Triangles are set up in homogeneous form (Olano and Greer 1997, "Triangle scan conversion using 2D homogeneous
coordinates"): with corners a, b, c in the camera frame and a ray r = (x, y, 1), the products (b×c)·r, (c×a)·r,
(a×b)·r are the barycentric coordinates up to a common factor, and n·r / n·a is 1/depth for the plane's normal
n. All four are affine in the sample's position, hold for triangles that cross the near plane without cutting
them, and a shared edge gets exactly negated numbers in its two triangles, so no sample falls between.
Everything is float64: a ground plane of kilometres keeps depth exact far below a millimetre.

For shadow maps the same rows are filled from parallel light: 2D edge functions, and the height towards the
light in the place of 1/depth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel

__all__ = [
    "BACK",
    "CROSSES",
    "MARGIN",
    "Lattice",
    "Triangles",
    "place_parallel",
    "place_perspective",
    "screen_extent",
    "set_up_parallel",
    "set_up_perspective",
    "triangle_buffers",
]

CROSSES = 1
BACK = 2

MARGIN = 1e-6
"""Widening of screen extents [samples], so that rounding never loses a sample that lies on an edge."""


class Lattice(NamedTuple):
    """Where samples lie: sample (j, i) looks along ((j - cx) / fx, (i - cy) / fy, 1) in the camera frame."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int


class Triangles(NamedTuple):
    """Set-up triangles, one row each; only the first `count` rows returned by the set-up are valid.

    Attributes:
        planes: (N, 12) float64; A, B, C of the three edges and of 1/depth, each A*j + B*i + C at sample (j, i).
            Edges are positive inside, and barycentric coordinates once divided by their sum.
        extents: (N, 4) int32; first and last column, first and last row that can be covered.
        face: (N,) int32 face of the stage.
        body: (N,) int32 body of the stage.
        flags: (N,) uint8; `CROSSES` where the triangle crosses the near plane, `BACK` where its back is seen.
    """

    planes: NDArray[np.float64]
    extents: NDArray[np.int32]
    face: NDArray[np.int32]
    body: NDArray[np.int32]
    flags: NDArray[np.uint8]


def triangle_buffers(count: int) -> Triangles:
    """Return room for `count` set-up triangles."""
    return Triangles(
        np.empty((count, 12), np.float64),
        np.empty((count, 4), np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.uint8),
    )


@kernel
def place_perspective(
    vertex_ranges: np.ndarray, first_part: np.ndarray, first_point: np.ndarray, vertices: np.ndarray,
    vertex_part: np.ndarray, T_camera_part: np.ndarray, lattice: Lattice, near: float, points: np.ndarray,
) -> None:  # fmt: skip
    """Write x, y, z [m] in the camera frame and the screen position of every vertex of the given bodies.

    Args:
        vertex_ranges: (n, 2) first and past-last vertex of each body.
        first_part: (n,) first row of each body in `T_camera_part`.
        first_point: (n + 1,) first row of each body in `points`.
        vertices: (V, 3) float32 in the frame of their part.
        vertex_part: (V,) part, counted from the body's first.
        T_camera_part: (P, 3, 4) float64.
        lattice: the samples.
        near: depth of the near plane [m]; screen positions of vertices before it are not meaningful.
        points: (P, 5) float64, written.
    """
    T = T_camera_part
    for n in range(vertex_ranges.shape[0]):
        shift = first_point[n] - vertex_ranges[n, 0]
        for v in range(vertex_ranges[n, 0], vertex_ranges[n, 1]):
            p, at = first_part[n] + vertex_part[v], v + shift
            p0, p1, p2 = np.float64(vertices[v, 0]), np.float64(vertices[v, 1]), np.float64(vertices[v, 2])
            x = T[p, 0, 0] * p0 + T[p, 0, 1] * p1 + T[p, 0, 2] * p2 + T[p, 0, 3]
            y = T[p, 1, 0] * p0 + T[p, 1, 1] * p1 + T[p, 1, 2] * p2 + T[p, 1, 3]
            z = T[p, 2, 0] * p0 + T[p, 2, 1] * p1 + T[p, 2, 2] * p2 + T[p, 2, 3]
            points[at, 0], points[at, 1], points[at, 2] = x, y, z
            if z >= near:
                points[at, 3] = lattice.fx * x / z + lattice.cx
                points[at, 4] = lattice.fy * y / z + lattice.cy


@inlined
def screen_extent(
    points: np.ndarray, corners: tuple[int, int, int], lattice: Lattice, near: float
) -> tuple[float, float, float, float]:
    """Return (left, right, top, bottom) of the part of a triangle beyond the near plane, in samples."""
    left, right, top, bottom = math.inf, -math.inf, math.inf, -math.inf
    for e in range(3):
        a = corners[e]
        b = corners[(e + 1) % 3]
        za, zb = points[a, 2], points[b, 2]
        if za >= near:
            left, right = min(left, points[a, 3]), max(right, points[a, 3])
            top, bottom = min(top, points[a, 4]), max(bottom, points[a, 4])
        if (za >= near) != (zb >= near):
            s = (near - za) / (zb - za)
            x = lattice.fx * (points[a, 0] + s * (points[b, 0] - points[a, 0])) / near + lattice.cx
            y = lattice.fy * (points[a, 1] + s * (points[b, 1] - points[a, 1])) / near + lattice.cy
            left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
    return left, right, top, bottom


@inlined
def _edge(
    ax: float, ay: float, az: float, bx: float, by: float, bz: float, sign: float, lattice: Lattice,
    planes: np.ndarray, row: int, at: int,
) -> None:  # fmt: skip
    """Write A, B, C of sign * (a × b)·r over the lattice."""
    x, y = sign * (ay * bz - az * by) / lattice.fx, sign * (az * bx - ax * bz) / lattice.fy
    planes[row, at], planes[row, at + 1] = x, y
    planes[row, at + 2] = sign * (ax * by - ay * bx) - x * lattice.cx - y * lattice.cy


@inlined
def _clamped(
    left: float, right: float, top: float, bottom: float, window: tuple[int, int, int, int], margin: float,
    extents: np.ndarray, at: int,
) -> bool:  # fmt: skip
    """Write the columns and rows of a window that a triangle can cover; return whether there are any."""
    x0, x1, y0, y1 = window
    # Compared as floats first: far outside the image they would not fit an integer.
    if right < x0 or bottom < y0 or left > x1 or top > y1:
        return False
    first, last = math.ceil(max(left - margin, x0)), math.floor(min(right + margin, x1))
    extents[at, 0], extents[at, 1] = first, last
    extents[at, 2], extents[at, 3] = math.ceil(max(top - margin, y0)), math.floor(min(bottom + margin, y1))
    return bool(first <= last and extents[at, 2] <= extents[at, 3])


@kernel
def set_up_perspective(
    bodies: np.ndarray, vertex_ranges: np.ndarray, face_ranges: np.ndarray, first_point: np.ndarray,
    faces: np.ndarray, two_sided: np.ndarray, points: np.ndarray, lattice: Lattice,
    window: tuple[int, int, int, int], margin: float, near: float, triangles: Triangles, starts: np.ndarray,
) -> int:  # fmt: skip
    """Set up the triangles of the given bodies, in their order, and return how many can cover a sample.

    Args:
        bodies: (n,) numbers written to the triangles.
        vertex_ranges: (n, 2) first and past-last vertex of each body.
        face_ranges: (n, 2) first and past-last face of each body.
        first_point: (n + 1,) first row of each body in `points`.
        faces: (F, 3) vertices.
        two_sided: (F,) whether a face is seen from behind too.
        points: (P, 5) as placed.
        lattice: the samples.
        window: first and last column, first and last row of samples that count; may exceed the image.
        margin: widening of extents, in samples; 1 where samples lie between the lattice's.
        near: depth of the near plane [m].
        triangles: written.
        starts: (n + 1,) int32, written; first triangle of each body.
    """
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    face_out, body_out = triangles.face, triangles.body
    count = 0
    starts[0] = 0
    for n in range(bodies.shape[0]):
        body = bodies[n]
        shift = first_point[n] - vertex_ranges[n, 0]
        for f in range(face_ranges[n, 0], face_ranges[n, 1]):
            a, b, c = faces[f, 0] + shift, faces[f, 1] + shift, faces[f, 2] + shift
            ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
            bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
            cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
            behind = (az < near) + (bz < near) + (cz < near)
            if behind == 3:
                continue
            nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay)
            ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az)
            nz = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            volume = nx * ax + ny * ay + nz * az
            if volume == 0.0 or (volume > 0.0 and not two_sided[f]):
                continue
            if behind == 0:
                left, right = (
                    min(points[a, 3], points[b, 3], points[c, 3]),
                    max(points[a, 3], points[b, 3], points[c, 3]),
                )
                top, bottom = (
                    min(points[a, 4], points[b, 4], points[c, 4]),
                    max(points[a, 4], points[b, 4], points[c, 4]),
                )
            else:
                left, right, top, bottom = screen_extent(points, (a, b, c), lattice, near)
            if not _clamped(left, right, top, bottom, window, margin, extents, count):
                continue
            sign = 1.0 if volume > 0.0 else -1.0
            _edge(bx, by, bz, cx, cy, cz, sign, lattice, planes, count, 0)
            _edge(cx, cy, cz, ax, ay, az, sign, lattice, planes, count, 3)
            _edge(ax, ay, az, bx, by, bz, sign, lattice, planes, count, 6)
            slope_x, slope_y = nx / volume / lattice.fx, ny / volume / lattice.fy
            planes[count, 9], planes[count, 10] = slope_x, slope_y
            planes[count, 11] = nz / volume - slope_x * lattice.cx - slope_y * lattice.cy
            face_out[count], body_out[count] = f, body
            flags[count] = (CROSSES if behind > 0 else 0) | (BACK if volume > 0.0 else 0)
            count += 1
        starts[n + 1] = count
    return count


@kernel
def place_parallel(
    vertex_ranges: np.ndarray, first_part: np.ndarray, first_point: np.ndarray, vertices: np.ndarray,
    vertex_part: np.ndarray, T_light_part: np.ndarray, points: np.ndarray,
) -> None:  # fmt: skip
    """Write column, row and height towards the light of every vertex of the given bodies.

    Args:
        vertex_ranges: (n, 2) first and past-last vertex of each body.
        first_part: (n,) first row of each body in `T_light_part`.
        first_point: (n + 1,) first row of each body in `points`.
        vertices: (V, 3) float32 in the frame of their part.
        vertex_part: (V,) part, counted from the body's first.
        T_light_part: (P, 3, 4) float64; its rows give texels, texels, metres.
        points: (P, 5) float64; the first three columns are written.
    """
    T = T_light_part
    for n in range(vertex_ranges.shape[0]):
        shift = first_point[n] - vertex_ranges[n, 0]
        for v in range(vertex_ranges[n, 0], vertex_ranges[n, 1]):
            p, at = first_part[n] + vertex_part[v], v + shift
            x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
            for r in range(3):
                points[at, r] = T[p, r, 0] * x + T[p, r, 1] * y + T[p, r, 2] * z + T[p, r, 3]


@kernel
def set_up_parallel(
    bodies: np.ndarray, vertex_ranges: np.ndarray, face_ranges: np.ndarray, first_point: np.ndarray,
    faces: np.ndarray, two_sided: np.ndarray, points: np.ndarray, size: int, triangles: Triangles,
) -> int:  # fmt: skip
    """Set up what parallel light meets of the given bodies on a map of size × size texels."""
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    face_out, body_out = triangles.face, triangles.body
    window = (0, size - 1, 0, size - 1)
    count = 0
    for n in range(bodies.shape[0]):
        body = bodies[n]
        shift = first_point[n] - vertex_ranges[n, 0]
        for f in range(face_ranges[n, 0], face_ranges[n, 1]):
            a, b, c = faces[f, 0] + shift, faces[f, 1] + shift, faces[f, 2] + shift
            ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
            bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
            cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if area == 0.0 or (area < 0.0 and not two_sided[f]):
                continue
            left, right, top, bottom = min(ax, bx, cx), max(ax, bx, cx), min(ay, by, cy), max(ay, by, cy)
            if not _clamped(left, right, top, bottom, window, MARGIN, extents, count):
                continue
            sign = 1.0 if area > 0.0 else -1.0
            _edge_parallel(bx, by, cx, cy, sign, planes, count, 0)
            _edge_parallel(cx, cy, ax, ay, sign, planes, count, 3)
            _edge_parallel(ax, ay, bx, by, sign, planes, count, 6)
            slope_x = ((bz - az) * (cy - ay) - (by - ay) * (cz - az)) / area
            slope_y = ((bx - ax) * (cz - az) - (bz - az) * (cx - ax)) / area
            planes[count, 9], planes[count, 10] = slope_x, slope_y
            planes[count, 11] = az - slope_x * ax - slope_y * ay
            face_out[count], body_out[count], flags[count] = f, body, 0
            count += 1
    return count


@inlined
def _edge_parallel(
    ax: float, ay: float, bx: float, by: float, sign: float, planes: np.ndarray, row: int, at: int
) -> None:
    """Write A, B, C of sign * (b - a) × (p - a)."""
    planes[row, at], planes[row, at + 1] = sign * (ay - by), sign * (bx - ax)
    planes[row, at + 2] = sign * (ax * by - ay * bx)

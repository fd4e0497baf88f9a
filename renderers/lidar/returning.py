"""What rays send back: the reflectance of what it meets, and what passes on through panes of glass.

Diffuse light after Oren and Nayar (1994), which Carrea et al. (2016) found to fit laser scans of rough surfaces
where Lambert's law does not; glints after Walter et al. (2007). Light and eye are in one place, so both take
one angle.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Texture
from renderers.lidar.air import FOCUS, STANDARD
from renderers.lidar.surfaces import Term
from renderers.lidar.targets import Movers
from renderers.raster.textures import texture
from sim.compiled import inlined, inner
from sim.geometry import Array
from sim.raycast.nearest import MISS, nearest
from sim.raycast.tree import Forest

__all__ = ["Rays", "Skin", "first_met", "put_ray", "rays_buffer", "send_back", "strength", "turned"]

_DIFFUSE, _ROUGHNESS, _MIRROR = Term.DIFFUSE, Term.ROUGHNESS, Term.MIRROR
_TEXTURE, _DATA, _CLEAR = Term.TEXTURE, Term.DATA, Term.CLEAR
_PATTERNED = (int(Texture.ROADWAY), int(Texture.FACADE))
_GROUND = (int(Texture.PAVING), int(Texture.KERB), int(Texture.GRASS), int(Texture.SOIL), int(Texture.CONCRETE))

_BACK = 0.1
"""Reflectance of the inside of things, seen through their panes: a dark cabin. Assumption."""
_SLOPE = 0.5
"""Standard deviation of the facets' slopes of a surface of roughness 1 [rad]. Assumption."""
_GLINT = 20.0
"""Times as bright as white paper that a mirror-like surface gets at most."""


class Skin(NamedTuple):
    """What surfaces are like.

    Attributes:
        faces: (F, 3) vertices.
        coords: (V, 3) where textures are evaluated.
        face_material: (F,) rows of `terms`.
        terms: (M, N_TERMS) as `reflectances` gives them.
        data: numbers of the textures.
        wetness: of the ground, 0..1.
        snow: covered share of the ground.
    """

    faces: NDArray[np.int32]
    coords: NDArray[np.float32]
    face_material: NDArray[np.int32]
    terms: Array
    data: NDArray[np.float32]
    wetness: float
    snow: float


@inlined
def strength(reflectance: float, way: float, extinction: float, reach: float) -> float:
    """Return the signal of a target that fills the beam, in units of the standard target at the sensor's reach.

    Args:
        reflectance: times the cosine of incidence.
        way: range [m].
        extinction: of the air [1/m].
        reach: of the sensor [m].
    """
    fall = reach / max(way, FOCUS)
    return reflectance / STANDARD * fall * fall * math.exp(-2.0 * extinction * way)


@inlined
def turned(P: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return a direction in the frame of a part whose pose is P."""
    return (
        P[0, 0] * x + P[1, 0] * y + P[2, 0] * z,
        P[0, 1] * x + P[1, 1] * y + P[2, 1] * z,
        P[0, 2] * x + P[1, 2] * y + P[2, 2] * z,
    )


@inlined
def _passes(movers: Movers, m: int, x: float, y: float, z: float, dx: float, dy: float, dz: float) -> bool:
    """Return whether a ray in the frame of a part passes by its sphere, which is a millimetre too large."""
    cx, cy, cz = movers.centre[m, 0] - x, movers.centre[m, 1] - y, movers.centre[m, 2] - z
    ahead, square = cx * dx + cy * dy + cz * dz, movers.radius[m] * movers.radius[m]
    return cx * cx + cy * cy + cz * cz - ahead * ahead > square


@inner
def first_met(
    boxes: np.ndarray, children: np.ndarray, corners: np.ndarray, roots: np.ndarray, movers: Movers,
    parts: np.ndarray, T: np.ndarray, count: int, o: np.ndarray, dx: float, dy: float, dz: float, t0: float,
    t1: float, rows: np.ndarray, ways: np.ndarray,
) -> tuple[float, int, int]:  # fmt: skip
    """Return (distance, triangle, slot among the parts) of what a ray meets first; slot -1 if it stands still.

    Args:
        boxes: of the `Forest`, as the next three.
        children: of the forest.
        corners: of the forest.
        roots: of the forest.
        movers: the moving parts.
        parts: numbers of the moving parts that may be met.
        T: (…, 3, 4) their poses.
        count: how many there are.
        o: (3,) origin in the frame of what stands still.
        dx: unit direction, as the next two.
        dy: direction.
        dz: direction.
        t0: distance up to which nothing counts.
        t1: farthest distance that counts.
        rows: (DEPTH,) int32 to work in.
        ways: (DEPTH,) float64 to work in.
    """
    best, met = nearest(boxes, children, corners, roots[0], o[0], o[1], o[2], dx, dy, dz, t0, t1, rows, ways)
    slot = -1
    for k in range(count):
        P = T[k]
        x, y, z = turned(P, o[0] - P[0, 3], o[1] - P[1, 3], o[2] - P[2, 3])
        ax, ay, az = turned(P, dx, dy, dz)
        if _passes(movers, parts[k], x, y, z, ax, ay, az):
            continue
        t, n = nearest(boxes, children, corners, roots[parts[k] + 1], x, y, z, ax, ay, az, t0, best, rows, ways)
        if n != MISS and (t < best or met == MISS):
            best, met, slot = t, n, k
    return best, met, slot


class Rays(NamedTuple):
    """Rays that met something, each in the frame of what it met, and what they send back.

    Attributes:
        triangle: (n,) place in the forest.
        origin: (n, 3) [m].
        ahead: (n, 3) unit.
        way: (n,) distance [m].
        body: (n,) stage number of what is met, -1 for nothing.
        sent: (n,) reflectance times what of it the angle of incidence leaves, the cosine for smooth paint.
        clear: (n,) share of the light that passes on.
    """

    triangle: NDArray[np.int64]
    origin: Array
    ahead: Array
    way: Array
    body: NDArray[np.int32]
    sent: Array
    clear: Array


@nb.njit(cache=True, nogil=True)
def rays_buffer(count: int) -> Rays:
    """Return room for some rays."""
    return Rays(
        np.empty(count, np.int64), np.empty((count, 3)), np.empty((count, 3)), np.empty(count),
        np.empty(count, np.int32), np.empty(count), np.empty(count),
    )  # fmt: skip


@inlined
def put_ray(
    rays: Rays, n: int, T: np.ndarray, slot: int, x: float, y: float, z: float, dx: float, dy: float, dz: float
) -> None:  # fmt: skip
    """Write the origin and direction of a ray in the frame of what it met; slot -1 for what stands still."""
    if slot >= 0:
        P = T[slot]
        x, y, z = turned(P, x - P[0, 3], y - P[1, 3], z - P[2, 3])
        dx, dy, dz = turned(P, dx, dy, dz)
    rays.origin[n, 0], rays.origin[n, 1], rays.origin[n, 2] = x, y, z
    rays.ahead[n, 0], rays.ahead[n, 1], rays.ahead[n, 2] = dx, dy, dz


@inner
def send_back(forest: Forest, skin: Skin, divergence: float, rays: Rays, first: int, last: int) -> None:
    """Write what the rays first..last send back and let pass; nothing where they met nothing.

    Numba compiles a kernel anew for every number written out in a call: bounds are passed as variables.

    Args:
        forest: what was met.
        skin: what surfaces are like.
        divergence: full angle of a beam [rad], over which textures are filtered.
        rays: `sent` and `clear` are written.
        first: ray to begin with.
        last: past the last ray.
    """
    for n in range(first, last):
        rays.sent[n], rays.clear[n] = 0.0, 0.0
        if rays.body[n] < 0:
            continue
        k = rays.triangle[n]
        x, y, z = rays.origin[n, 0], rays.origin[n, 1], rays.origin[n, 2]
        dx, dy, dz = rays.ahead[n, 0], rays.ahead[n, 1], rays.ahead[n, 2]
        way, width = rays.way[n], divergence * rays.way[n]
        ax, ay, az = (
            np.float64(forest.corners[k, 3]),
            np.float64(forest.corners[k, 4]),
            np.float64(forest.corners[k, 5]),
        )
        bx, by, bz = (
            np.float64(forest.corners[k, 6]),
            np.float64(forest.corners[k, 7]),
            np.float64(forest.corners[k, 8]),
        )
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        along = nx * dx + ny * dy + nz * dz
        square = nx * nx + ny * ny + nz * nz
        cosine = abs(along) / math.sqrt(square)
        face = forest.labels[k]
        row = skin.face_material[face]
        if along > 0.0 and skin.terms[row, _CLEAR] == 0.0:
            rays.sent[n] = _BACK * cosine
            continue
        diffuse, rough, mirror = (
            skin.terms[row, _DIFFUSE],
            skin.terms[row, _ROUGHNESS],
            skin.terms[row, _MIRROR],
        )
        kind, is_wet = int(skin.terms[row, _TEXTURE]), skin.wetness + skin.snow > 0.0
        is_ground = kind in _GROUND
        if kind in _PATTERNED or (is_wet and is_ground):
            # Where on the triangle: Cramer's rule in its plane.
            sx, sy, sz = (
                x + way * dx - forest.corners[k, 0],
                y + way * dy - forest.corners[k, 1],
                (z + way * dz - forest.corners[k, 2]),
            )
            b = ((sy * bz - sz * by) * nx + (sz * bx - sx * bz) * ny + (sx * by - sy * bx) * nz) / square
            c = ((ay * sz - az * sy) * nx + (az * sx - ax * sz) * ny + (ax * sy - ay * sx) * nz) / square
            a = 1.0 - b - c
            i, j, m = skin.faces[face, 0], skin.faces[face, 1], skin.faces[face, 2]
            p = a * skin.coords[i, 0] + b * skin.coords[j, 0] + c * skin.coords[m, 0]
            q = a * skin.coords[i, 1] + b * skin.coords[j, 1] + c * skin.coords[m, 1]
            r = a * skin.coords[i, 2] + b * skin.coords[j, 2] + c * skin.coords[m, 2]
            diffuse, _, _, rough, mirror = texture(
                kind, p, q, r, width, width, width, skin.data, int(skin.terms[row, _DATA]), diffuse, diffuse,
                diffuse, rough, mirror, skin.wetness, skin.snow,
            )  # fmt: skip
        # The mirror's share straight back: GGX at the half vector, which here is the ray itself.
        a2 = max(rough * rough, 0.02) ** 2
        lobe = cosine * cosine * (a2 - 1.0) + 1.0
        glint = mirror * a2 / (4.0 * max(cosine, 0.1) * lobe * lobe)
        # Oren and Nayar's facets, seen from where they are lit from: rough ground stays bright at a flat angle.
        slope2 = (_SLOPE * rough * rough) ** 2
        facets = (1.0 - 0.5 * slope2 / (slope2 + 0.33)) * cosine
        facets += 0.45 * slope2 / (slope2 + 0.09) * (1.0 - cosine * cosine)
        rays.sent[n] = diffuse * facets + min(glint, _GLINT)
        rays.clear[n] = skin.terms[row, _CLEAR] * (1.0 - mirror) ** 2

"""How much light places send towards the camera: of lamps seen in the surface, and of lamps that shine on it.

Lamps are patches of light in a plane. What a surface mirrors is the patch's power, spread about where the
mirrored ray meets that plane by a normal law whose width comes from the spread of the surface's slopes (twice
the slope times the distance) and from the patch: a Gaussian lobe of microfacets (Cook and Torrance 1982) seen
at a lamp of finite size. Brushed metal spreads more across its grain than along it. What a surface scatters is
Lambert's law. All is done for a row of places at a time, patch by patch, which the compiler does several places
at a time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from renderers.inspection.lights import Lamps
from renderers.inspection.solids import Solids, is_shaded
from sim.compiled import inlined, kernel

__all__ = ["Places", "lighten", "places_for", "shadowing"]

_SHADOWS = 5
"""One in how many patches is asked for shadows."""
_WORK = 8


class Places(NamedTuple):
    """A row of places that are looked at; all (N,) and in metres unless said otherwise.

    Args:
        x: place.
        y: place.
        z: height.
        dx: direction of the ray that met it, of any length.
        dy: the same.
        dz: the same.
        nx: normal.
        ny: normal.
        nz: normal.
        pitch: width of a pixel there.
        lit: share of the lamps' light that no solid holds off.
        glow: radiance that the place sends itself.
        solid: number of the solid it is on, -1 for the surface.
        column: of the pixel it belongs to.
        share: of that pixel.
        is_busy: whether forms may lie there.
        material: (10, N) slopes along x and y, albedo, mirror, spreads of slopes.
        work: (8, N) space.
        colour: (3, N) radiance.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    dz: np.ndarray
    nx: np.ndarray
    ny: np.ndarray
    nz: np.ndarray
    pitch: np.ndarray
    lit: np.ndarray
    glow: np.ndarray
    solid: np.ndarray
    column: np.ndarray
    share: np.ndarray
    is_busy: np.ndarray
    material: np.ndarray
    work: np.ndarray
    colour: np.ndarray


def places_for(count: int) -> Places:
    """Return room for a row of places."""
    x, y, z, dx, dy, dz, nx, ny, nz, pitch, lit, glow, share = (np.empty(count) for _ in range(13))
    solid, column = np.empty(count, np.int32), np.empty(count, np.int32)
    material, work, colour = (np.empty((rows, count)) for rows in (10, _WORK, 3))
    return Places(
        x, y, z, dx, dy, dz, nx, ny, nz, pitch, lit, glow, solid, column, share,
        np.empty(count, np.bool_), material, work, colour,
    )  # fmt: skip


def shadowing(lamps: Lamps) -> np.ndarray:
    """Return (L, 3) the patches that are asked for shadows [m]."""
    return np.ascontiguousarray(lamps.patches[::_SHADOWS, :3])


@kernel
def _scatter(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, nx: np.ndarray, ny: np.ndarray, nz: np.ndarray,
    patch: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Add what a patch of light of power 1 gives."""
    px, py, pz = patch[0], patch[1], patch[2]
    for i in range(out.shape[0]):
        lx, ly, lz = px - x[i], py - y[i], pz - z[i]
        square = lx * lx + ly * ly + lz * lz
        out[i] += max(nx[i] * lx + ny[i] * ly + nz[i] * lz, 0.0) * lz / (square * square)


@kernel
def _mirror(
    qx: np.ndarray, qy: np.ndarray, sx: np.ndarray, sy: np.ndarray, px: float, py: float, out: np.ndarray
) -> None:
    """Add what is mirrored of a patch of light of power 1, but for its lobe's height."""
    for i in range(out.shape[0]):
        power = (qx[i] - px) * (qx[i] - px) * sx[i] + (qy[i] - py) * (qy[i] - py) * sy[i]
        lobe = max(1.0 - 0.0625 * power, 0.0)  # its 16th power is exp(-power) within 0.03
        lobe *= lobe
        lobe *= lobe
        lobe *= lobe
        out[i] += lobe * lobe


@kernel
def _shadows(solids: Solids, p: Places, count: int, lamps: int, n: np.ndarray) -> None:
    """Write which share of the lamps' light reaches each place."""
    for i in range(count):
        p.lit[i] = 1.0
        blocked = 0.0
        for k in range(lamps):
            if is_shaded(solids, 1 + k, p.x[i], p.y[i], p.z[i] + 1e-7, n):
                blocked += 1.0
        if blocked > 0.0:
            p.lit[i] = 1.0 - 0.92 * blocked / lamps


@kernel
def lighten(solids: Solids, lamps: Lamps, p: Places, count: int, hollow: np.ndarray) -> None:
    """Write the radiance that places send along the rays that met them.

    Args:
        solids: what throws shadows; its views are the camera and the patches of `shadowing`.
        lamps: what lights the part.
        p: the places, with materials and normals.
        count: how many there are.
        hollow: (6,) work space.
    """
    w, m = p.work, p.material
    facing, qx, qy, sx = w[0][:count], w[1][:count], w[2][:count], w[3][:count]
    sy, total, sent, reach = w[4][:count], w[5][:count], w[6][:count], w[7][:count]
    patches, level = lamps.patches, lamps.level
    half = patches[0, 4] if patches.shape[0] > 0 else 0.0
    for i in range(count):
        long = 1.0 / math.sqrt(p.dx[i] * p.dx[i] + p.dy[i] * p.dy[i] + p.dz[i] * p.dz[i])
        vx, vy, vz = -p.dx[i] * long, -p.dy[i] * long, -p.dz[i] * long
        f = max(p.nx[i] * vx + p.ny[i] * vy + p.nz[i] * vz, 1e-3)
        rx, ry, rz = 2.0 * f * p.nx[i] - vx, 2.0 * f * p.ny[i] - vy, 2.0 * f * p.nz[i] - vz
        far = (level - p.z[i]) / rz if rz > 0.05 else -1.0
        facing[i] = f
        qx[i], qy[i] = p.x[i] + far * rx, p.y[i] + far * ry
        wide_x, wide_y = 2.0 * m[8, i] * far, 2.0 * m[9, i] * far
        sx[i], sy[i] = 0.5 / (wide_x * wide_x + half * half), 0.5 / (wide_y * wide_y + half * half)
        total[i] = sent[i] = 0.0
        reach[i] = far
    for k in range(patches.shape[0]):
        _scatter(
            p.x[:count], p.y[:count], p.z[:count], p.nx[:count], p.ny[:count], p.nz[:count], patches[k], total
        )
        _mirror(qx, qy, sx, sy, patches[k, 0], patches[k, 1], sent)
    if solids.top > 0.0 and patches.shape[0] > 0:
        _shadows(solids, p, count, solids.views.shape[0] - 1, hollow)
    else:
        p.lit[:count] = 1.0
    _sum(lamps, p, count)


@kernel
def _sum(lamps: Lamps, p: Places, count: int) -> None:
    """Write colours from what the passes have found."""
    w, m = p.work, p.material
    # All patches are of one size and power.
    strong = lamps.patches[0, 3] / math.pi if lamps.patches.shape[0] > 0 else 0.0
    for i in range(count):
        scattered, mirrored, far = lamps.ambient + lamps.dome, lamps.ambient, w[7, i]
        if far > 0.0:
            if lamps.dome > 0.0:
                mirrored += _dome(lamps, w[1, i], w[2, i], 2.0 * m[8, i] * far, 2.0 * m[9, i] * far)
            scattered = (scattered + strong * w[5, i]) * p.lit[i]
            mirrored = (mirrored + strong * w[6, i] * math.sqrt(w[3, i] * w[4, i])) * p.lit[i]
        else:
            scattered *= 0.6
        away = 1.0 - w[0, i]
        square = away * away
        grazing = 0.5 * square * square * away
        for c in range(3):
            mirror = m[5 + c, i] + (1.0 - m[5 + c, i]) * grazing
            p.colour[c, i] = m[2 + c, i] * scattered + mirror * mirrored + p.glow[i]


@inlined
def _dome(lamps: Lamps, qx: float, qy: float, wide_x: float, wide_y: float) -> float:
    """Return what is mirrored of a dome with a hole in it."""
    hx, hy = qx - lamps.hole[0], qy - lamps.hole[1]
    off = math.sqrt(hx * hx + hy * hy)
    # A dome is lit from its rim: a little darker towards its top.
    bright = lamps.dome * (0.8 + 0.4 * min(off / (2.0 * lamps.level), 1.0))
    wide = math.sqrt(0.5 * (wide_x * wide_x + wide_y * wide_y)) + 1e-4
    if off > lamps.hole[2] + 5.0 * wide:
        return bright
    hole = 0.5 * (1.0 + math.erf((lamps.hole[2] - off) / (1.41421356 * wide)))
    return bright * (1.0 - 0.85 * hole)

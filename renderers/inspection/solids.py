"""What stands on a surface: boxes, cylinders and caps of spheres, met exactly by rays, found through a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numba as nb
import numpy as np

from sim.geometry import Array

__all__ = [
    "BOX",
    "CAP",
    "CYLINDER",
    "Part",
    "Solids",
    "box",
    "cap",
    "cylinder",
    "first_hit",
    "is_shaded",
    "stand",
]

BOX, CYLINDER, CAP = 0, 1, 2

_CELL = 1.5e-3
_LEAN = 1.6
"""Tangent of the flattest ray that matters: solids are found by rays that come from so far beside them."""


class Part(IntEnum):
    """Columns of a solid's row; lengths in metres, heights over the plain surface."""

    TYPE = 0
    X = 1
    Y = 2
    COS = 3
    SIN = 4
    HX = 5  # half length; radius
    HY = 6
    TOP = 7
    LOW = 8  # lower side; of a cap, the height of the sphere's middle
    MATERIAL = 9
    ID = 10  # number of the defect it is, 0 for none
    HOME_X = 11  # where the drawing has it, by which marks are found on it
    HOME_Y = 12
    HOME_COS = 13
    HOME_SIN = 14
    OWNER = 15  # number of the component, -1 for none
    WIDTH = 16


class Solids(NamedTuple):
    """Solids and the grid through which they are found.

    Args:
        rows: (S, 16).
        starts: (ny * nx + 1,) where the solids of each cell begin in `items`.
        items: numbers of solids.
        frame: left, lower, width of a cell [m], nx, ny.
        top: height of the highest [m].
    """

    rows: np.ndarray
    starts: np.ndarray
    items: np.ndarray
    frame: np.ndarray
    top: float


def _row(kind: int, x: float, y: float, angle: float, material: int) -> Array:
    row = np.zeros(Part.WIDTH)
    c, s = math.cos(angle), math.sin(angle)
    row[[Part.TYPE, Part.X, Part.Y, Part.COS, Part.SIN, Part.MATERIAL]] = kind, x, y, c, s, material
    row[[Part.HOME_X, Part.HOME_Y, Part.HOME_COS, Part.HOME_SIN, Part.OWNER]] = x, y, c, s, -1
    return row


def box(
    x: float, y: float, *, angle: float, half: tuple[float, float], top: float, low: float = 0.0, material: int
) -> Array:
    """Return a row of an upright box."""
    row = _row(BOX, x, y, angle, material)
    row[[Part.HX, Part.HY, Part.TOP, Part.LOW]] = *half, top, low
    return row


def cylinder(x: float, y: float, *, radius: float, top: float, low: float = 0.0, material: int) -> Array:
    """Return a row of an upright cylinder."""
    row = _row(CYLINDER, x, y, 0.0, material)
    row[[Part.HX, Part.HY, Part.TOP, Part.LOW]] = radius, radius, top, low
    return row


def cap(x: float, y: float, *, radius: float, top: float, base: float, material: int) -> Array:
    """Return a row of the cap of a sphere that rises to `top` over a disc of a radius at height `base`."""
    height = top - base
    sphere = (radius * radius + height * height) / (2.0 * height)
    row = _row(CAP, x, y, 0.0, material)
    row[[Part.HX, Part.HY, Part.TOP, Part.LOW]] = sphere, radius, top, top - sphere
    return row


def stand(rows: Sequence[Array]) -> Solids:
    """Return solids with their grid."""
    table = np.array(rows, np.float64).reshape(-1, Part.WIDTH)
    if not len(table):
        return Solids(
            table, np.zeros(2, np.int32), np.empty(0, np.int32), np.array([0.0, 0.0, 1.0, 1.0, 1.0]), 0.0
        )
    reach = np.hypot(table[:, Part.HX], table[:, Part.HY])
    reach = np.where(table[:, Part.TYPE] == CAP, table[:, Part.HY], reach) + _LEAN * table[:, Part.TOP]
    low = np.stack([table[:, Part.X] - reach, table[:, Part.Y] - reach], axis=1)
    high = np.stack([table[:, Part.X] + reach, table[:, Part.Y] + reach], axis=1)
    corner = low.min(axis=0)
    nx, ny = (int(n) for n in np.ceil((high.max(axis=0) - corner) / _CELL) + 1)
    first, last = ((low - corner) / _CELL).astype(int), ((high - corner) / _CELL).astype(int)
    cells: list[list[int]] = [[] for _ in range(nx * ny)]
    for k, ((ax, ay), (bx, by)) in enumerate(zip(first, last, strict=True)):
        for j in range(ay, by + 1):
            for i in range(ax, bx + 1):
                cells[j * nx + i].append(k)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in cells])]).astype(np.int32)
    items = np.array([k for one in cells for k in one], np.int32)
    frame = np.array([corner[0], corner[1], _CELL, nx, ny], np.float64)
    return Solids(table, starts, items, frame, float(table[:, Part.TOP].max()))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _meet(
    row: np.ndarray, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, n: np.ndarray
) -> float:
    """Return where a ray meets a solid, in lengths of its direction, or infinity; n[3:6] takes its normal."""
    px, py = ox - row[1], oy - row[2]
    if row[0] == 2.0:
        pz = oz - row[8]
        a = dx * dx + dy * dy + dz * dz
        b = px * dx + py * dy + pz * dz
        c = px * px + py * py + pz * pz - row[5] * row[5]
        root = b * b - a * c
        if root <= 0.0:
            return math.inf
        t = (-b - math.sqrt(root)) / a
        x, y, z = px + t * dx, py + t * dy, pz + t * dz
        if x * x + y * y > row[6] * row[6] or z < 0.0:
            return math.inf
        n[3], n[4], n[5] = x / row[5], y / row[5], z / row[5]
        return t
    ax, ay = px * row[3] + py * row[4], py * row[3] - px * row[4]
    bx, by = dx * row[3] + dy * row[4], dy * row[3] - dx * row[4]
    t0, t1 = (row[7] - oz) / dz, (row[8] - oz) / dz
    near, far = min(t0, t1), max(t0, t1)
    side = 2
    sign = 1.0 if dz < 0.0 else -1.0
    if row[0] == 0.0:
        for axis in range(2):
            p, d, half = (ax, bx, row[5]) if axis == 0 else (ay, by, row[6])
            if abs(d) < 1e-12:
                if abs(p) > half:
                    return math.inf
                continue
            u0, u1 = (-half - p) / d, (half - p) / d
            if min(u0, u1) > near:
                near, side, sign = min(u0, u1), axis, -1.0 if d > 0.0 else 1.0
            far = min(far, max(u0, u1))
    else:
        a, b, c = bx * bx + by * by, ax * bx + ay * by, ax * ax + ay * ay - row[5] * row[5]
        if a < 1e-18:
            if c > 0.0:
                return math.inf
        else:
            root = b * b - a * c
            if root <= 0.0:
                return math.inf
            root = math.sqrt(root)
            if (-b - root) / a > near:
                near, side = (-b - root) / a, 3
            far = min(far, (-b + root) / a)
    if near > far or near <= 0.0:
        return math.inf
    nx = ny = nz = 0.0
    if side == 2:
        nz = sign
    elif side == 0:
        nx = sign
    elif side == 1:
        ny = sign
    else:
        nx, ny = (ax + near * bx) / row[5], (ay + near * by) / row[5]
    n[3], n[4], n[5] = nx * row[3] - ny * row[4], nx * row[4] + ny * row[3], nz
    return near


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _cell(solids: Solids, x: float, y: float) -> int:
    i = math.floor((x - solids.frame[0]) / solids.frame[2])
    j = math.floor((y - solids.frame[1]) / solids.frame[2])
    if i < 0 or j < 0 or i >= solids.frame[3] or j >= solids.frame[4]:
        return -1
    return int(j * solids.frame[3] + i)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def first_hit(
    solids: Solids,
    x: float,
    y: float,
    o: np.ndarray,
    dx: float,
    dy: float,
    dz: float,
    until: float,
    n: np.ndarray,
) -> tuple[int, float]:
    """Return the first solid that a ray meets, -1 for none, and where [lengths of its direction].

    Args:
        solids: all there are.
        x: where the ray meets the plain surface [m].
        y: the same.
        o: (3,) where it begins [m].
        dx: its direction.
        dy: the same.
        dz: the same.
        until: how far it goes.
        n: (6,) takes the normal in its first three; the others are work space.
    """
    found, best = -1, until
    if solids.top == 0.0:
        return found, best
    at = _cell(solids, x, y)
    if at < 0:
        return found, best
    for k in range(solids.starts[at], solids.starts[at + 1]):
        t = _meet(solids.rows[solids.items[k]], o[0], o[1], o[2], dx, dy, dz, n)
        if t < best:
            found, best = solids.items[k], t
            n[0], n[1], n[2] = n[3], n[4], n[5]
    return found, best


@nb.njit(cache=True, nogil=True, error_model="numpy")
def is_shaded(
    solids: Solids, x: float, y: float, z: float, dx: float, dy: float, dz: float, n: np.ndarray
) -> bool:
    """Return whether a solid stands between a place and a light (dx, dy, dz) from it; n is (6,) work space."""
    if z >= solids.top:
        return False
    at = _cell(solids, x, y)
    if at < 0:
        return False
    for k in range(solids.starts[at], solids.starts[at + 1]):
        row = solids.rows[solids.items[k]]
        if z >= row[7]:
            continue
        # Where the ray leaves the solid's height; it cannot meet what lies beyond.
        s = (row[7] - z) / dz
        half = row[5] + row[6]
        ex, ey = x + s * dx, y + s * dy
        if min(x, ex) > row[1] + half or max(x, ex) < row[1] - half:
            continue
        if min(y, ey) > row[2] + half or max(y, ey) < row[2] - half:
            continue
        if _meet(row, x, y, z, dx, dy, dz, n) < 1.0:
            return True
    return False

"""What stands on a surface: boxes, cylinders and caps of spheres, met exactly by rays.

Solids are found through grids on the plain surface, one for each point of view (the camera, some lamps): a ray
to or from such a point can only meet solids whose picture, thrown from there onto the plain, covers the place
where the ray meets it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numba as nb
import numpy as np

from sim.compiled import inlined, kernel
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
    "is_clear",
    "is_shaded",
    "stand",
]

BOX, CYLINDER, CAP = 0, 1, 2

_CELL = 1e-3
"""Width of a cell of the grids [m]."""
_MOST_CELLS = 250_000
"""Of all grids together; wider fields get wider cells."""


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
    """Solids and the grids through which they are found.

    Args:
        rows: (S, 16).
        views: (V, 3) points of view [m].
        starts: (V, ny * nx + 1) where the solids of each cell begin in `items`.
        items: numbers of solids.
        frame: left, lower, width of a cell [m], nx, ny.
        top: height of the highest [m].
    """

    rows: np.ndarray
    views: np.ndarray
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


def stand(rows: Sequence[Array] | Array, views: Array) -> Solids:
    """Return solids with their grids.

    Args:
        rows: (S, 16).
        views: (V, 3) the camera, then lamps that are asked for shadows [m].
    """
    table = np.array(rows, np.float64).reshape(-1, Part.WIDTH)
    if not len(table):
        frame = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
        return Solids(table, views, np.zeros((len(views), 2), np.int32), np.empty(0, np.int32), frame, 0.0)
    boxes = np.stack([_thrown(table, view) for view in views])
    own = boxes[0]
    low, high = own[:, :2].min(axis=0), own[:, 2:].max(axis=0)
    width = max(_CELL, math.sqrt(float(np.prod(high - low)) * len(views) / _MOST_CELLS))
    nx, ny = (int(n) for n in np.ceil((high - low) / width) + 1)
    # Lamps throw shadows beyond the grid, too, which is as wide as what the camera sees.
    first = np.clip(np.floor((boxes[..., :2] - low) / width), 0, [nx - 1, ny - 1]).astype(np.int32)
    last = np.clip(np.floor((boxes[..., 2:] - low) / width), 0, [nx - 1, ny - 1]).astype(np.int32)
    starts = np.zeros((len(views), nx * ny + 1), np.int32)
    _count(first, last, nx, starts)
    items = np.empty(int(starts[-1, -1]), np.int32)
    _sort(first, last, nx, starts, items)
    frame = np.array([low[0], low[1], width, nx, ny], np.float64)
    return Solids(table, views, starts, items, frame, float(table[:, Part.TOP].max()))


def _thrown(table: Array, view: Array) -> Array:
    """Return (S, 4) left, lower, right and upper end of what solids cover, seen from a point, on the plain."""
    half = table[:, [Part.HX, Part.HY]]
    c, s = np.abs(table[:, Part.COS]), np.abs(table[:, Part.SIN])
    turned = np.stack([c * half[:, 0] + s * half[:, 1], s * half[:, 0] + c * half[:, 1]], axis=1)
    kind = table[:, Part.TYPE, None]
    reach = np.where(kind == BOX, turned, np.where(kind == CAP, half[:, 1:], half[:, :1]))
    places = table[:, [Part.X, Part.Y]]
    low, high = places - reach, places + reach
    top = table[:, Part.TOP]
    far = (top / np.maximum(view[2] - top, 1e-9))[:, None]
    ends = [low, high, low + far * (low - view[:2]), high + far * (high - view[:2])]
    boxes = np.concatenate([np.min(ends, axis=0), np.max(ends, axis=0)], axis=1)
    everywhere = np.array([-1e6, -1e6, 1e6, 1e6])  # from a point that is no higher than the solid
    return np.where((top < view[2] - 1e-4)[:, None], boxes, everywhere)


@nb.njit(cache=True, nogil=True)
def _count(first: np.ndarray, last: np.ndarray, nx: int, starts: np.ndarray) -> None:
    """Write where the solids of each cell begin."""
    total = 0
    for v in range(first.shape[0]):
        for k in range(first.shape[1]):
            for j in range(first[v, k, 1], last[v, k, 1] + 1):
                for i in range(first[v, k, 0], last[v, k, 0] + 1):
                    starts[v, j * nx + i + 1] += 1
        starts[v, 0] = total
        for c in range(1, starts.shape[1]):
            starts[v, c] += starts[v, c - 1]
        total = starts[v, starts.shape[1] - 1]


@nb.njit(cache=True, nogil=True)
def _sort(first: np.ndarray, last: np.ndarray, nx: int, starts: np.ndarray, items: np.ndarray) -> None:
    """Write the solids of each cell, in their order."""
    for v in range(first.shape[0]):
        at = starts[v].copy()
        for k in range(first.shape[1]):
            for j in range(first[v, k, 1], last[v, k, 1] + 1):
                for i in range(first[v, k, 0], last[v, k, 0] + 1):
                    cell = j * nx + i
                    items[at[cell]] = k
                    at[cell] += 1


@kernel
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


@inlined
def _cell(solids: Solids, x: float, y: float) -> int:
    i = math.floor((x - solids.frame[0]) / solids.frame[2])
    j = math.floor((y - solids.frame[1]) / solids.frame[2])
    if i < 0 or j < 0 or i >= solids.frame[3] or j >= solids.frame[4]:
        return -1
    return int(j * solids.frame[3] + i)


@inlined
def is_clear(solids: Solids, x: float, y: float) -> bool:
    """Return whether a ray of the camera that meets the plain surface at a place meets no solid before."""
    if solids.top == 0.0:
        return True
    at = _cell(solids, x, y)
    return at < 0 or solids.starts[0, at] == solids.starts[0, at + 1]


@inlined
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
    """Return the first solid that a ray of the camera meets, -1 for none, and where [lengths of its direction].

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
    at = _cell(solids, x, y)
    if at < 0:
        return found, best
    for k in range(solids.starts[0, at], solids.starts[0, at + 1]):
        t = _meet(solids.rows[solids.items[k]], o[0], o[1], o[2], dx, dy, dz, n)
        if t < best:
            found, best = solids.items[k], t
            n[0], n[1], n[2] = n[3], n[4], n[5]
    return found, best


@inlined
def is_shaded(solids: Solids, view: int, x: float, y: float, z: float, n: np.ndarray) -> bool:
    """Return whether a solid stands between a place and one of the lamps; n is (6,) work space."""
    lamp = solids.views[view]
    if z >= solids.top or z >= lamp[2]:
        return False
    dx, dy, dz = lamp[0] - x, lamp[1] - y, lamp[2] - z
    # What lies beyond the grid is kept in its outermost cells.
    i = math.floor((x - dx * z / dz - solids.frame[0]) / solids.frame[2])
    j = math.floor((y - dy * z / dz - solids.frame[1]) / solids.frame[2])
    i, j = min(max(i, 0), int(solids.frame[3]) - 1), min(max(j, 0), int(solids.frame[4]) - 1)
    at = j * int(solids.frame[3]) + i
    for k in range(solids.starts[view, at], solids.starts[view, at + 1]):
        row = solids.rows[solids.items[k]]
        if z < row[7] and _meet(row, x, y, z, dx, dy, dz, n) < 1.0:
            return True
    return False

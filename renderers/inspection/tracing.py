"""What each pixel sees: place, depth, defect, distractor. All labels come from here, and no light does."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.inspection.flaws import LINE, LIP, Col, flaw_at
from renderers.inspection.solids import Solids, first_hit, is_clear
from renderers.inspection.surfaces import BEAD_REACH, WELD, bead_at
from sim.compiled import inlined, kernel
from sim.geometry import Array

__all__ = ["TILE", "Stage", "Traced", "busy_tiles", "is_lifted", "is_over", "lift_at", "ray", "trace", "traced"]

TILE = 3
"""Binary logarithm of the side of a tile [px]."""
_STEPS = 4
"""How often a ray is moved to the height of what it met: slopes times its lean shrink the error each time."""


class Stage(NamedTuple):
    """A part under a camera; all lengths in metres, in the frame of the part.

    Args:
        camera: (15,) position, rotation to the part's frame row by row, focal length and image centre [px].
        kind: number of the surface.
        key: of the part's grain.
        base: (10,) its material, as `grain_at` takes it.
        flaws: (N, 34) forms on it, defects and distractors.
        segments: (S, 6) of lines.
        solids: what stands on it.
        whole: number of the defect that is all over it, 0 for none.
        busy: (h, w) 1 for tiles of 8 by 8 pixels in which forms may lie; the others need not look for them.
    """

    camera: np.ndarray
    kind: int
    key: np.uint64
    base: np.ndarray
    flaws: np.ndarray
    segments: np.ndarray
    solids: Solids
    whole: int
    busy: np.ndarray


class Traced(NamedTuple):
    """What each pixel sees.

    Args:
        depth: (H, W) float32 along the optical axis [m].
        place: (H, W, 3) float64 on the part [m].
        pitch: (H, W) float32 width of a pixel there [m].
        solid: (H, W) int32 solid, -1 for the surface.
        defect: (H, W) uint16 number of the defect.
        negative: (H, W) uint16 number of the distractor.
        height: (H, W) float32 over the good part [m].
    """

    depth: NDArray[np.float32]
    place: NDArray[np.float64]
    pitch: NDArray[np.float32]
    solid: NDArray[np.int32]
    defect: NDArray[np.uint16]
    negative: NDArray[np.uint16]
    height: NDArray[np.float32]


def busy_tiles(camera: Array, flaws: Array, segments: Array, width: int, height: int) -> NDArray[np.uint8]:
    """Return (h, w) 1 for the tiles of an image in which forms may lie.

    Args:
        camera: (15,), as in a Stage.
        flaws: (N, 34) forms.
        segments: (S, 6) of lines.
        width: columns of the image.
        height: rows of the image.
    """
    tiles = np.zeros(((height >> TILE) + 1, (width >> TILE) + 1), np.uint8)
    boxes = _boxes(flaws, segments)
    if not len(boxes):
        return tiles
    xs, ys = boxes[:, [0, 1, 0, 1]], boxes[:, [2, 2, 3, 3]]
    corners = (np.stack([xs, ys, np.zeros_like(xs)], axis=2) - camera[:3]) @ camera[3:12].reshape(3, 3)
    near = corners[..., 2].min(axis=1)
    if near.min() <= 0.0:
        tiles[:] = 1
        return tiles
    u = camera[12] * corners[..., 0] / corners[..., 2] + camera[13]
    v = camera[12] * corners[..., 1] / corners[..., 2] + camera[14]
    # Room for what lies higher or deeper than the plane, and for pixels that lines are widened to.
    room = 4.0 + 2.0 * np.abs(boxes[:, 4]) * camera[12] / near
    left, right = (
        np.clip(w, 0, width).astype(int) >> TILE for w in (u.min(axis=1) - room, u.max(axis=1) + room)
    )
    top, bottom = (
        np.clip(w, 0, height).astype(int) >> TILE for w in (v.min(axis=1) - room, v.max(axis=1) + room)
    )
    for a, b, c, d in zip(top, bottom, left, right, strict=True):
        tiles[a : b + 1, c : d + 1] = 1
    return tiles


def _boxes(flaws: Array, segments: Array) -> Array:
    """Return (B, 5) left, right, lower and upper end and depth of forms [m]; a line's pieces one by one."""
    found = [np.empty((0, 5))]
    for row in flaws:
        if row[Col.TYPE] != LINE:
            found.append(row[None, [Col.LEFT, Col.RIGHT, Col.LOWER, Col.UPPER, Col.DEPTH]])
            continue
        own = segments[int(row[Col.FIRST]) : int(row[Col.LAST])]
        reach = LIP * own[:, 4:].max(axis=1)
        ends = np.sort(own[:, :4].reshape(-1, 2, 2), axis=1)  # lower and upper end along x and y
        low, high = ends[:, 0] - reach[:, None], ends[:, 1] + reach[:, None]
        depth = np.full(len(own), row[Col.DEPTH])
        found.append(np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1], depth], axis=1))
    return np.concatenate(found)


def traced(stage: Stage, width: int, height: int, *, wanted: NDArray[np.uint8] | None = None) -> Traced:
    """Return what the pixels of an image see at their centres.

    Args:
        stage: the part under the camera.
        width: columns of the image.
        height: rows of the image.
        wanted: (H, W) above 0 for those to be looked at, all unless given; the others get no values.
    """
    shape = (height, width)
    out = Traced(
        np.empty(shape, np.float32),
        np.empty((*shape, 3)),
        np.empty(shape, np.float32),
        np.empty(shape, np.int32),
        np.empty(shape, np.uint16),
        np.empty(shape, np.uint16),
        np.empty(shape, np.float32),
    )
    trace(stage, np.ones(shape, np.uint8) if wanted is None else wanted, out)
    return out


@inlined
def is_over(flaws: np.ndarray, k: int, x: float, y: float, pitch: float) -> bool:
    """Return whether a place may be inside a form."""
    return flaws[k, 19] - pitch < x < flaws[k, 20] + pitch and flaws[k, 21] - pitch < y < flaws[k, 22] + pitch


@inlined
def is_lifted(kind: int, flaws: np.ndarray, x: float, y: float, pitch: float) -> bool:
    """Return whether the surface may lie elsewhere than in its plane."""
    if kind == WELD and abs(y) < BEAD_REACH + pitch:
        return True
    found = False
    for k in range(flaws.shape[0]):
        found |= flaws[k, 15] != 0.0 and is_over(flaws, k, x, y, pitch)
    return found


@kernel
def lift_at(
    kind: int, key: np.uint64, flaws: np.ndarray, segments: np.ndarray, x: float, y: float, pitch: float
) -> float:
    """Return how high the surface lies at a place [m], with its flaws but without its grain."""
    z = bead_at(x, y, key) if kind == WELD else 0.0
    for k in range(flaws.shape[0]):
        if flaws[k, 15] != 0.0 and is_over(flaws, k, x, y, pitch):
            z += flaw_at(flaws[k], segments, x, y, pitch)[1]
    return z


@inlined
def ray(stage: Stage, u: float, v: float, out: np.ndarray, n: np.ndarray) -> tuple[int, float]:
    """Return which solid a ray meets, -1 for the surface, and the depth [m].

    Args:
        stage: what there is.
        u: column [px].
        v: row [px].
        out: (6,) takes the place met and the direction of the ray at depth 1.
        n: (6,) takes the normal of a solid in its first three; the others are work space.
    """
    c = stage.camera
    a, b = (u - c[13]) / c[12], (v - c[14]) / c[12]
    dx, dy, dz = c[3] * a + c[4] * b + c[5], c[6] * a + c[7] * b + c[8], c[9] * a + c[10] * b + c[11]
    t = -c[2] / dz
    x, y, z = c[0] + t * dx, c[1] + t * dy, 0.0
    solid = -1
    if not is_clear(stage.solids, x, y):
        solid, near = first_hit(stage.solids, x, y, c, dx, dy, dz, t, n)
        if solid >= 0:
            t = near
            x, y, z = c[0] + t * dx, c[1] + t * dy, c[2] + t * dz
    if solid < 0:
        pitch = t / c[12]
        is_busy = stage.busy[int(v) >> TILE, int(u) >> TILE] > 0 or stage.kind == WELD
        if is_busy and is_lifted(stage.kind, stage.flaws, x, y, pitch):
            for _ in range(_STEPS):
                z = lift_at(stage.kind, stage.key, stage.flaws, stage.segments, x, y, pitch)
                t = (z - c[2]) / dz
                x, y = c[0] + t * dx, c[1] + t * dy
    out[0], out[1], out[2] = x, y, z
    out[3], out[4], out[5] = dx, dy, dz
    return solid, t


@nb.njit(cache=True, nogil=True, error_model="numpy")
def trace(stage: Stage, wanted: np.ndarray, out: Traced) -> None:
    """Trace a ray through the centre of every pixel that is wanted."""
    hit, n = np.empty(6), np.empty(6)
    flaws, rows, busy, whole = stage.flaws, stage.solids.rows, stage.busy, stage.whole
    is_weld, solids = stage.kind == WELD, stage.solids
    c = stage.camera
    c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
    c8, c9, c10, c11, c12, c13, c14 = c[8], c[9], c[10], c[11], c[12], c[13], c[14]
    for v in range(out.depth.shape[0]):
        for u in range(out.depth.shape[1]):
            if wanted[v, u] == 0:
                continue
            if busy[v >> TILE, u >> TILE] == 0:
                # The usual case, without the calls: a plane and nothing on it.
                a, b = (u + 0.5 - c13) / c12, (v + 0.5 - c14) / c12
                t = -c2 / (c9 * a + c10 * b + c11)
                x, y = c0 + t * (c3 * a + c4 * b + c5), c1 + t * (c6 * a + c7 * b + c8)
                if is_clear(solids, x, y) and not (is_weld and abs(y) < BEAD_REACH + t / c12):
                    out.place[v, u, 0], out.place[v, u, 1], out.place[v, u, 2] = x, y, 0.0
                    out.depth[v, u], out.pitch[v, u], out.solid[v, u] = t, t / c12, -1
                    out.defect[v, u], out.negative[v, u], out.height[v, u] = whole, 0, 0.0
                    continue
            solid, t = ray(stage, u + 0.5, v + 0.5, hit, n)
            x, y = hit[0], hit[1]
            pitch = t / stage.camera[12]
            defect, negative, lift, missing = stage.whole, 0, 0.0, 0.0
            forms = flaws.shape[0] if stage.busy[v >> TILE, u >> TILE] > 0 else 0
            for k in range(forms):
                if not is_over(flaws, k, x, y, pitch):
                    continue
                inside, more, _ = flaw_at(flaws[k], stage.segments, x, y, pitch)
                if flaws[k, 0] == 3.0:
                    if inside:
                        missing = max(missing, flaws[k, 15])
                    inside = inside and (solid < 0 or rows[solid, 10] > 0)
                elif solid >= 0:
                    inside, more = False, 0.0
                if inside and flaws[k, 33] == 0.0:
                    defect = int(flaws[k, 32])
                    lift += more
                elif inside:
                    negative = int(flaws[k, 32])
            if solid >= 0:
                if rows[solid, 10] > 0.0:
                    defect = int(rows[solid, 10])
                    lift = hit[2] - missing
            elif missing > 0.0:
                lift = -missing
            out.depth[v, u], out.pitch[v, u], out.solid[v, u] = t, pitch, solid
            out.place[v, u, 0], out.place[v, u, 1], out.place[v, u, 2] = x, y, hit[2]
            out.defect[v, u], out.negative[v, u], out.height[v, u] = defect, negative, lift

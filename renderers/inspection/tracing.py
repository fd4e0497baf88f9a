"""What each pixel sees: place, depth, defect, distractor. All labels come from here, and no light does."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.inspection.flaws import flaw_at
from renderers.inspection.solids import Solids, first_hit
from renderers.inspection.surfaces import WELD, bead_at

__all__ = ["Stage", "Traced", "is_lifted", "is_over", "lift_at", "ray", "trace", "traced"]

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
    """

    camera: np.ndarray
    kind: int
    key: np.uint64
    base: np.ndarray
    flaws: np.ndarray
    segments: np.ndarray
    solids: Solids
    whole: int


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


def traced(stage: Stage, width: int, height: int) -> Traced:
    """Return what every pixel of an image sees at its centre."""
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
    trace(stage, out)
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def is_over(flaws: np.ndarray, k: int, x: float, y: float, pitch: float) -> bool:
    """Return whether a place may be inside a form."""
    return flaws[k, 19] - pitch < x < flaws[k, 20] + pitch and flaws[k, 21] - pitch < y < flaws[k, 22] + pitch


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def is_lifted(kind: int, flaws: np.ndarray, x: float, y: float, pitch: float) -> bool:
    """Return whether the surface may lie elsewhere than in its plane."""
    if kind == WELD:
        return True
    found = False
    for k in range(flaws.shape[0]):
        found |= flaws[k, 15] != 0.0 and is_over(flaws, k, x, y, pitch)
    return found


@nb.njit(cache=True, nogil=True, error_model="numpy")
def lift_at(
    kind: int, key: np.uint64, flaws: np.ndarray, segments: np.ndarray, x: float, y: float, pitch: float
) -> float:
    """Return how high the surface lies at a place [m], with its flaws but without its grain."""
    z = bead_at(x, y, key)[0] if kind == WELD else 0.0
    for k in range(flaws.shape[0]):
        if flaws[k, 15] != 0.0 and is_over(flaws, k, x, y, pitch):
            z += flaw_at(flaws[k], segments, x, y, pitch)[1]
    return z


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
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
    if stage.solids.top > 0.0:
        solid, near = first_hit(stage.solids, x, y, c, dx, dy, dz, t, n)
        if solid >= 0:
            t = near
            x, y, z = c[0] + t * dx, c[1] + t * dy, c[2] + t * dz
    if solid < 0:
        pitch = t / c[12]
        if is_lifted(stage.kind, stage.flaws, x, y, pitch):
            for _ in range(_STEPS):
                z = lift_at(stage.kind, stage.key, stage.flaws, stage.segments, x, y, pitch)
                t = (z - c[2]) / dz
                x, y = c[0] + t * dx, c[1] + t * dy
    out[0], out[1], out[2] = x, y, z
    out[3], out[4], out[5] = dx, dy, dz
    return solid, t


@nb.njit(cache=True, nogil=True, error_model="numpy")
def trace(stage: Stage, out: Traced) -> None:
    """Trace a ray through every pixel's centre."""
    hit, n = np.empty(6), np.empty(6)
    flaws, rows = stage.flaws, stage.solids.rows
    for v in range(out.depth.shape[0]):
        for u in range(out.depth.shape[1]):
            solid, t = ray(stage, u + 0.5, v + 0.5, hit, n)
            x, y = hit[0], hit[1]
            pitch = t / stage.camera[12]
            defect, negative, lift, missing = stage.whole, 0, 0.0, 0.0
            for k in range(flaws.shape[0]):
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

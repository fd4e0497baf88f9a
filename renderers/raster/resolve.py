"""From shaded samples to the finished picture: edges smoothed, pixel noise, whole levels.

The lattice has a sample at every pixel centre and half-way between. A pixel takes its own colour wherever
the eight samples around it see the same surface; where they do not, those samples are shaded too and the pixel
becomes their weighted mean (1/4 centre, 1/8 sides, 1/16 corners). Labels never see any of this.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend
from renderers.raster.setup import Lattice, Triangles
from sim.compiled import inlined, kernel
from sim.noise_kernels import normal_quantile, philox

__all__ = ["blend", "edge_samples", "finish", "name_surfaces", "normal_table"]

_CREASE = 0.94
"""Cosine between two faces below which the line between them is an edge of the picture."""
_BLOCK = 32
"""Samples of a row that are looked at together; even, so that a block begins in an even column."""
_LEAF = -1
"""Surface of all leaves."""
_GAP = 0.03
"""Relative difference of depth from which two faces of one body are not neighbours."""


@kernel
def name_surfaces(
    triangles: Triangles, count: int, face_material: np.ndarray, n_materials: int, two_sided: np.ndarray,
    surface: np.ndarray,
) -> None:  # fmt: skip
    """Write what tells the surface of each triangle: of one body and one material, or any leaf.

    Args:
        triangles: as set up.
        count: how many there are.
        face_material: (F,) material rows.
        n_materials: how many there are.
        two_sided: (F,) whether a face is a leaf's.
        surface: (count,) int32, written.
    """
    for k in range(count):
        face = triangles.face[k]
        own = triangles.body[k] * n_materials + face_material[face]
        surface[k] = _LEAF if two_sided[face] else own


@inlined
def _differ(
    planes: np.ndarray, surface: np.ndarray, lattice: Lattice, k: int, m: int, column: float, row: float
) -> bool:  # fmt: skip
    """Return whether two triangles are different surfaces at a sample."""
    if k == m:
        return False
    if k < 0 or m < 0:
        return True
    if surface[k] != surface[m]:
        return True
    if surface[k] == _LEAF:
        # Leaves against leaves, of one tree or two: their texture is as ragged as their edges.
        return False
    px, py, pz = planes[k, 9], planes[k, 10], planes[k, 11]
    qx, qy, qz = planes[m, 9], planes[m, 10], planes[m, 11]
    near, far = px * column + py * row + pz, qx * column + qy * row + qz
    if abs(near - far) > _GAP * near:
        return True
    ax, ay, az = px * lattice.fx, py * lattice.fy, px * lattice.cx + py * lattice.cy + pz
    bx, by, bz = qx * lattice.fx, qy * lattice.fy, qx * lattice.cx + qy * lattice.cy + qz
    dot = ax * bx + ay * by + az * bz
    lengths = (ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz)
    return bool(dot * dot < _CREASE * _CREASE * lengths)


@inlined
def _is_plain(flat: np.ndarray, width: int, row: int, first: int) -> bool:
    """Return whether a block of samples and all around it see one triangle: the usual case, told fast."""
    start, end = max(first - 1, 0), min(first + _BLOCK + 1, width)
    above, here = np.uint64(max(row - 1, 0) * width), np.uint64(row * width)
    below = np.uint64(min(row + 1, flat.shape[0] // width - 1) * width)
    k, differs = flat[here + np.uint64(first)], 0
    for column in range(start, end):
        at = np.uint64(column)
        differs |= (flat[above + at] ^ k) | (flat[here + at] ^ k) | (flat[below + at] ^ k)
    return bool(differs == 0)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def edge_samples(
    triangles: Triangles, surface: np.ndarray, lattice: Lattice, lens: Bend, winner: np.ndarray, top: int,
    bottom: int, samples: np.ndarray,
) -> int:  # fmt: skip
    """List the samples between pixel centres that see another surface than a pixel beside them.

    Args:
        triangles: as set up.
        surface: (N,) as `name_surfaces` wrote it.
        lattice: the half-pixel lattice.
        lens: which directions its samples look in.
        winner: triangle of every sample.
        top: first row of samples.
        bottom: past the last.
        samples: (n, 2) int16 column and row, written.

    Returns:
        How many there are.
    """
    planes = triangles.planes
    is_bent, lens_columns, lens_rows = lens.kind != 0, lens.columns, lens.rows
    width, flat = winner.shape[1], winner.ravel()
    count = 0
    for row in range(top, bottom):
        # The pixel centres around a sample lie left and right in even rows, above and below in even columns
        # of odd rows, and diagonally elsewhere. Positions are unsigned, so that none can count from the end.
        is_odd_row = row & 1
        for first in range(0, width, _BLOCK):
            if _is_plain(flat, width, row, first):
                continue
            for column in range(first + 1 - is_odd_row, min(first + _BLOCK, width), 2 - is_odd_row):
                at = np.uint64(row * width + column)
                side = np.uint64(column & 1)
                above = np.uint64(width if is_odd_row else 0)
                k = flat[at]
                a, b = flat[at - above - side], flat[at + above + side]
                c, d = flat[at - above + side], flat[at + above - side]
                if a == k and b == k and c == k and d == k:
                    continue
                x, y = float(column), float(row)
                if is_bent:
                    x, y = lens_columns[row, column], lens_rows[row, column]
                if (
                    _differ(planes, surface, lattice, k, a, x, y)
                    or _differ(planes, surface, lattice, k, b, x, y)
                    or (c != a and c != b and _differ(planes, surface, lattice, k, c, x, y))
                    or (d != a and d != b and _differ(planes, surface, lattice, k, d, x, y))
                ):
                    samples[count, 0], samples[count, 1] = column, row
                    count += 1
    return count


@kernel
def blend(samples: np.ndarray, colours: np.ndarray, centres: np.ndarray, picture: np.ndarray) -> None:
    """Move the pixels beside the given samples towards their colours.

    Args:
        samples: (n, 2) int16 column and row on the half-pixel lattice.
        colours: (n, 3) float32 of those samples.
        centres: (H, W, 3) float32 colours at the pixel centres.
        picture: (H, W, 3) float32, a copy of `centres` to be changed.
    """
    for n in range(samples.shape[0]):
        column, row = int(samples[n, 0]), int(samples[n, 1])
        left, right = column // 2, (column + 1) // 2
        top, bottom = row // 2, (row + 1) // 2
        weight = np.float32(0.0625 if left != right and top != bottom else 0.125)
        for v in range(top, bottom + 1):
            for u in range(left, right + 1):
                for c in range(3):
                    picture[v, u, c] += weight * (colours[n, c] - centres[v, u, c])


@nb.njit(cache=True, nogil=True)
def _quantiles(count: int) -> np.ndarray:
    out = np.empty(count, np.float32)
    for i in range(count):
        out[i] = normal_quantile((i + 0.5) / count)
    return out


def normal_table() -> NDArray[np.float32]:
    """Return (4096,) standard normal quantiles: 12 random bits become one draw."""
    return np.asarray(_quantiles(4096))


@kernel
def finish(
    picture: np.ndarray, key: np.uint64, sigma: float, table: np.ndarray, top: int, bottom: int, out: np.ndarray
) -> None:
    """Add pixel noise and round to whole levels, rows top..bottom-1.

    Args:
        picture: (H, W, 3) float32 display levels.
        key: 64 random bits of this frame.
        sigma: standard deviation of the noise [levels].
        table: (4096,) normal quantiles.
        top: first row.
        bottom: past the last.
        out: (H, W, 3) uint8, written.
    """
    width = picture.shape[1]
    strength = np.float32(sigma)
    for v in range(top, bottom):
        for u in range(0, width, 2):
            n0 = n1 = n2 = n3 = n4 = n5 = np.float32(0.0)
            if sigma > 0.0:
                # One Philox block gives eight pieces of 12 bits: two pixels of three channels.
                w0, w1, w2, _ = philox(key, np.uint64(0), np.uint64(v * width + u))
                n0, n1 = table[w0 >> np.uint64(20)], table[w0 & np.uint64(4095)]
                n2, n3 = table[w1 >> np.uint64(20)], table[w1 & np.uint64(4095)]
                n4, n5 = table[w2 >> np.uint64(20)], table[w2 & np.uint64(4095)]
            out[v, u, 0] = _level(picture[v, u, 0] + strength * n0)
            out[v, u, 1] = _level(picture[v, u, 1] + strength * n1)
            out[v, u, 2] = _level(picture[v, u, 2] + strength * n2)
            if u + 1 < width:
                out[v, u + 1, 0] = _level(picture[v, u + 1, 0] + strength * n3)
                out[v, u + 1, 1] = _level(picture[v, u + 1, 1] + strength * n4)
                out[v, u + 1, 2] = _level(picture[v, u + 1, 2] + strength * n5)


@inlined
def _level(value: float) -> np.uint8:
    return np.uint8(min(max(value + np.float32(0.5), np.float32(0.0)), np.float32(255.0)))

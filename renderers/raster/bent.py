"""Visibility behind a lens: the z-buffer over samples that lie on no lattice, each tested exactly.

A lens bends the picture, so its samples look in directions that no straight lattice has. They are dealt
into the cells of a grid over the straight picture and kept row of cells by row of cells; a triangle then meets
the samples of some cells in each row, which lie side by side in memory, and every one of them is tested against
its three edges (Johnson et al. 2005, "The irregular z-buffer"). What a sample sees is what its own ray meets
first, whatever the lens, and neighbouring triangles leave no gap, as on the lattice.

Cells are equal in x / (1 + squeeze |x|), so that a fisheye's samples, which lie ever farther apart towards the
border of the straight picture, still fill them evenly.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.setup import CROSSES, Lattice, Triangles
from sim.compiled import inlined, kernel

__all__ = ["Samples", "cover_bent", "fill_bent", "samples_of"]

_SLACK = 1e-6
"""Widening of what a triangle spans [samples], so that rounding never loses a sample on an edge."""
_ROUNDING = 1e-13
"""Bound of the relative error of a sum of a few products."""


class Samples(NamedTuple):
    """Samples in cells; n samples, R rows and C columns of cells.

    Attributes:
        order: (n,) int32 place of each in the bent picture, row by row.
        columns: (n,) float64 where each lies on the straight lattice.
        rows: (n,) likewise.
        starts: (R * C + 1,) int32 first sample of each cell.
        bounds: (R + 1,) float64 where rows of cells begin on the straight lattice.
        across: (4,) float64 of the columns of cells: axis, unit, least squeezed place, cells per squeezed unit.
        down: (4,) likewise of the rows.
        squeeze: as above.
    """

    order: NDArray[np.int32]
    columns: NDArray[np.float64]
    rows: NDArray[np.float64]
    starts: NDArray[np.int32]
    bounds: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    squeeze: float

    @property
    def window(self) -> tuple[int, int, int, int]:
        """First and last column and row of the straight lattice between which all samples lie."""
        if self.order.size == 0:
            return 0, 0, 0, 0
        left, right, top, bottom = (
            self.columns.min(), self.columns.max(), self.rows.min(), self.rows.max()
        )  # fmt: skip
        return math.floor(left), math.ceil(right), math.floor(top), math.ceil(bottom)


def samples_of(
    columns: NDArray[np.float64], rows: NDArray[np.float64], lattice: Lattice, *, squeeze: float
) -> Samples:
    """Return the samples of a bent picture in cells of about one sample each.

    Args:
        columns: (H, W) where each sample lies on the straight lattice; nan for none.
        rows: (H, W) likewise.
        lattice: the straight lattice.
        squeeze: 0 for lenses that bend little, 1 for a fisheye.
    """
    height, width = columns.shape
    order = np.flatnonzero(np.isfinite(columns.ravel()))
    x, y = columns.ravel()[order], rows.ravel()[order]
    across = _grading(x, lattice.cx, lattice.fx, width, squeeze)
    down = _grading(y, lattice.cy, lattice.fy, height, squeeze)
    cells = _cells(y, down, squeeze, height) * width + _cells(x, across, squeeze, width)
    sort = np.argsort(cells, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=height * width))])
    bounds = _edges(down, squeeze, height)
    return Samples(
        order[sort].astype(np.int32), x[sort], y[sort], starts.astype(np.int32), bounds, across, down, squeeze
    )


def _grading(places: NDArray[np.float64], axis: float, unit: float, count: int, squeeze: float) -> np.ndarray:
    """Return the four numbers of `Samples.across`."""
    x = (places - axis) / unit
    x = x / (1.0 + squeeze * np.abs(x))
    low, high = (x.min(), x.max()) if x.size else (0.0, 1.0)
    return np.array([axis, unit, low, (count - 1e-6) / max(high - low, 1e-12)])


def _cells(places: NDArray[np.float64], grading: np.ndarray, squeeze: float, count: int) -> NDArray[np.int64]:
    out = np.empty(len(places), np.int64)
    _write_cells(places, grading, squeeze, count, out)
    return out


def _edges(grading: np.ndarray, squeeze: float, count: int) -> NDArray[np.float64]:
    """Return (count + 1,) places on the lattice where cells begin, a little early."""
    axis, unit, low, per = grading
    s = low + np.arange(count + 1) / per
    x = s / np.maximum(1.0 - squeeze * np.abs(s), 1e-9)
    return np.asarray(axis + unit * x)


@inlined
def _cell(place: float, axis: float, unit: float, low: float, per: float, squeeze: float, count: int) -> int:
    """Return the cell of a place along one direction, clamped to those there are."""
    x = (place - axis) / unit
    s = (x / (1.0 + squeeze * abs(x)) - low) * per
    return int(min(max(s, 0.0), count - 1.0))


@kernel
def _write_cells(places: np.ndarray, grading: np.ndarray, squeeze: float, count: int, out: np.ndarray) -> None:
    for n in range(places.shape[0]):
        out[n] = _cell(places[n], grading[0], grading[1], grading[2], grading[3], squeeze, count)


@inlined
def _clipped(
    low: float, high: float, a: float, b: float, c: float, top: float, bottom: float
) -> tuple[float, float]:
    """Return the columns, between two, at which a x + b y + c >= 0 for some y from top to bottom."""
    if a != 0.0:
        per = 1.0 / a
        at_top, at_bottom = -(b * top + c) * per, -(b * bottom + c) * per
        # Where the edge runs almost along the row its crossing is told less sharply.
        slack = _SLACK + _ROUNDING * (abs(b) * max(abs(top), abs(bottom)) + abs(c)) * abs(per)
        if a > 0.0:
            return max(low, min(at_top, at_bottom) - slack), high
        return low, min(high, max(at_top, at_bottom) + slack)
    if max(b * top + c, b * bottom + c) < 0.0:
        return math.inf, -math.inf
    return low, high


@inlined
def _run(
    planes: np.ndarray, extents: np.ndarray, k: int, i: int, bounds: np.ndarray, starts: np.ndarray,
    across: np.ndarray, squeeze: float, wide: int,
) -> tuple[int, int]:  # fmt: skip
    """Return the first and past-last sample of a row of cells that a triangle may cover."""
    top, bottom = max(bounds[i] - _SLACK, extents[k, 2]), min(bounds[i + 1] + _SLACK, extents[k, 3])
    low, high = np.float64(extents[k, 0]), np.float64(extents[k, 1])
    for e in range(3):
        low, high = _clipped(
            low, high, planes[k, 3 * e], planes[k, 3 * e + 1], planes[k, 3 * e + 2], top, bottom
        )
    if not low <= high:
        return 0, 0
    first = _cell(low, across[0], across[1], across[2], across[3], squeeze, wide)
    last = _cell(high, across[0], across[1], across[2], across[3], squeeze, wide)
    return starts[i * wide + first], starts[i * wide + last + 1]


@kernel
def fill_bent(
    triangles: Triangles, first: int, last: int, top: int, bottom: int, nearest: float, samples: Samples,
    depth: np.ndarray, winner: np.ndarray,
) -> None:  # fmt: skip
    """Draw triangles first..last-1 into the rows of cells top..bottom-1; of equal depths the first stays.

    Args:
        triangles: as set up on the straight lattice, with extents widened by a sample.
        first: first triangle to draw.
        last: past the last triangle to draw.
        top: first row of cells.
        bottom: past the last.
        nearest: 1/near.
        samples: in cells.
        depth: (n,) float32 1/depth of each sample; updated.
        winner: (n,) int32 triangle that each sees; updated.
    """
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    columns, rows, starts, bounds = samples.columns, samples.rows, samples.starts, samples.bounds
    across, down, squeeze = samples.across, samples.down, samples.squeeze
    high = bounds.shape[0] - 1
    wide = (starts.shape[0] - 1) // high
    for k in range(first, last):
        a0, b0, c0 = planes[k, 0], planes[k, 1], planes[k, 2]
        a1, b1, c1 = planes[k, 3], planes[k, 4], planes[k, 5]
        a2, b2, c2 = planes[k, 6], planes[k, 7], planes[k, 8]
        ad, bd, cd = planes[k, 9], planes[k, 10], planes[k, 11]
        limit = nearest if flags[k] & CROSSES else math.inf
        row_first = _cell(np.float64(extents[k, 2]), down[0], down[1], down[2], down[3], squeeze, high)
        row_last = _cell(np.float64(extents[k, 3]), down[0], down[1], down[2], down[3], squeeze, high)
        for i in range(max(row_first, top), min(row_last + 1, bottom)):
            start, end = _run(planes, extents, k, i, bounds, starts, across, squeeze, wide)
            for n in range(np.uint64(start), np.uint64(end)):
                x, y = columns[n], rows[n]
                one_over = ad * x + bd * y + cd
                value = np.float32(one_over)
                is_seen = (
                    (a0 * x + b0 * y + c0 >= 0.0)
                    & (a1 * x + b1 * y + c1 >= 0.0)
                    & (a2 * x + b2 * y + c2 >= 0.0)
                    & (one_over <= limit)
                    & (value > depth[n])
                )
                depth[n] = value if is_seen else depth[n]
                winner[n] = k if is_seen else winner[n]


@kernel
def cover_bent(
    triangles: Triangles, first: int, last: int, nearest: float, samples: Samples, width: int, height: int,
    touched: np.ndarray, canvas: np.ndarray, mask: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Count the pixels whose centres a body covers, as `silhouette.cover` does on the lattice.

    Args:
        triangles: as set up, with extents widened by a sample.
        first: first triangle of the body.
        last: past its last.
        nearest: 1/near.
        samples: centres of the pixels of a picture three times as wide and high, in cells.
        width: columns of the image, which is the middle of it.
        height: rows of the image.
        touched: (n,) int32, written.
        canvas: (3 height, 3 width) uint8, zero before and after.
        mask: (height, width) uint8; 255 is written into the pixels inside the image.
        out: (6,) int32, written as by `cover`.
    """
    planes, extents, flags = triangles.planes, triangles.extents, triangles.flags
    columns, rows, starts, bounds = samples.columns, samples.rows, samples.starts, samples.bounds
    across, down, squeeze, order = samples.across, samples.down, samples.squeeze, samples.order
    high = bounds.shape[0] - 1
    wide = (starts.shape[0] - 1) // high
    left, right, top, bottom = 3 * width, -1, 3 * height, -1
    inside, whole = 0, 0
    for k in range(first, last):
        limit = nearest if flags[k] & CROSSES else math.inf
        row_first = _cell(np.float64(extents[k, 2]), down[0], down[1], down[2], down[3], squeeze, high)
        row_last = _cell(np.float64(extents[k, 3]), down[0], down[1], down[2], down[3], squeeze, high)
        for i in range(row_first, row_last + 1):
            start, end = _run(planes, extents, k, i, bounds, starts, across, squeeze, wide)
            for n in range(start, end):
                x, y = columns[n], rows[n]
                at = order[n]
                row, column = at // (3 * width), at % (3 * width)
                if canvas[row, column] != 0 or planes[k, 9] * x + planes[k, 10] * y + planes[k, 11] > limit:
                    continue
                if (
                    planes[k, 0] * x + planes[k, 1] * y + planes[k, 2] >= 0.0
                    and planes[k, 3] * x + planes[k, 4] * y + planes[k, 5] >= 0.0
                    and planes[k, 6] * x + planes[k, 7] * y + planes[k, 8] >= 0.0
                ):
                    canvas[row, column] = 1
                    touched[whole] = at
                    whole += 1
                    left, right = min(left, column), max(right, column)
                    top, bottom = min(top, row), max(bottom, row)
                    if height <= row < 2 * height and width <= column < 2 * width:
                        mask[row - height, column - width] = 255
                        inside += 1
    for n in range(whole):
        canvas[touched[n] // (3 * width), touched[n] % (3 * width)] = 0
    out[0], out[1] = inside, whole
    out[2], out[3], out[4], out[5] = left - width, right - width, top - height, bottom - height

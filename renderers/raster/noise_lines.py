"""The noise of `patterns` for samples side by side, in loops that the compiler vectorises.

A line is a stretch of one float32 array, as in `blocks`; samples begin..end-1 of it are written. Places come
from float32 coordinates, so nothing finer is lost; 18,000 cells from the origin noise is off by thousandths.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from renderers.raster.patterns import BYTE, TABLE
from sim.compiled import inlined, kernel

__all__ = ["faded", "lattice", "noise"]

_F: Any = np.float32
_NONE, _WHOLE, _DOUBLE, _TRIPLE, _PER_BYTE = _F(0.0), _F(1.0), _F(2.0), _F(3.0), _F(BYTE)
_STEEP = _F(1.6666666666666667)

_MASK = np.int32(127)
_LOW = np.uint32(255)
_ONE, _TWO, _THREE = np.uint32(8), np.uint32(16), np.uint32(24)
_SIDE = TABLE.reshape(128, 128).astype(np.uint32)
_CORNERS = (
    _SIDE
    | np.roll(_SIDE, -1, 1) << _ONE
    | np.roll(_SIDE, -1, 0) << _TWO
    | np.roll(_SIDE, (-1, -1), (0, 1)) << _THREE
).ravel()
"""The four bytes at the corners of each cell of the lattice in one number, so that one look takes all."""


@inlined
def _blent(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


@inlined
def faded(width: float, frequency: float) -> float:
    """Return `patterns.fade` in float32."""
    return min(max(_STEEP * (_WHOLE - width * frequency), _NONE), _WHOLE)


@kernel
def lattice(
    u_line: np.uint64, v_line: np.uint64, frequency_u: float, frequency_v: float, seed: int, begin: np.uint64,
    end: np.uint64, lines: np.ndarray, to: np.uint64,
) -> None:  # fmt: skip
    """Write `patterns.lattice_noise`; places lie within 2^31 cells."""
    shift_u, shift_v = np.int32((37 * seed) & 127), np.int32((91 * seed) & 127)
    per_u, per_v = _F(frequency_u), _F(frequency_v)
    for i in range(begin, end):
        u, v = lines[u_line + i] * per_u, lines[v_line + i] * per_v
        low_u, low_v = np.floor(u), np.floor(v)
        a, b = u - low_u, v - low_v
        a, b = a * a * (_TRIPLE - _DOUBLE * a), b * b * (_TRIPLE - _DOUBLE * b)
        p, q = (np.int32(low_u) + shift_u) & _MASK, (np.int32(low_v) + shift_v) & _MASK
        four = _CORNERS[np.uint64((np.int64(q) << 7) | np.int64(p))]
        low = _blent(_F(np.int32(four & _LOW)), _F(np.int32((four >> _ONE) & _LOW)), a)
        high = _blent(_F(np.int32((four >> _TWO) & _LOW)), _F(np.int32(four >> _THREE)), a)
        lines[to + i] = _blent(low, high, b) * _PER_BYTE


@kernel
def noise(
    u_line: np.uint64, v_line: np.uint64, frequency: float, width_line: np.uint64, seed: int, begin: np.uint64,
    end: np.uint64, lines: np.ndarray, to: np.uint64,
) -> None:  # fmt: skip
    """Write `patterns.smooth_noise`."""
    half, narrowest = _F(0.5 * frequency), _F(np.inf)
    for i in range(begin, end):
        narrowest = min(narrowest, lines[width_line + i])
    if not faded(narrowest, half) > _NONE:
        for i in range(begin, end):
            lines[to + i] = _NONE
        return
    lattice(u_line, v_line, frequency, frequency, seed, begin, end, lines, to)
    for i in range(begin, end):
        share = faded(lines[width_line + i], half)
        value = (_DOUBLE * lines[to + i] - _WHOLE) * share
        lines[to + i] = value if share > _NONE else _NONE

"""The noise of `patterns` for samples side by side, in loops that the compiler vectorises.

A line is a stretch of one array, as in `blocks`; samples begin..end-1 of it are written.
"""

from __future__ import annotations

import numpy as np

from renderers.raster.patterns import BYTE, TABLE, fade, mix
from sim.compiled import kernel

__all__ = ["lattice", "noise"]

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


@kernel
def lattice(
    u_line: np.uint64, v_line: np.uint64, frequency_u: float, frequency_v: float, seed: int, begin: np.uint64,
    end: np.uint64, lines: np.ndarray, to: np.uint64,
) -> None:  # fmt: skip
    """Write `patterns.lattice_noise`; places lie within 2^31 cells."""
    shift_u, shift_v = np.int32((37 * seed) & 127), np.int32((91 * seed) & 127)
    for i in range(begin, end):
        u, v = lines[u_line + i] * frequency_u, lines[v_line + i] * frequency_v
        low_u, low_v = np.floor(u), np.floor(v)
        a, b = u - low_u, v - low_v
        a, b = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b)
        p, q = (np.int32(low_u) + shift_u) & _MASK, (np.int32(low_v) + shift_v) & _MASK
        four = _CORNERS[np.uint64((np.int64(q) << 7) | np.int64(p))]
        low = mix(np.float64(four & _LOW) * BYTE, np.float64((four >> _ONE) & _LOW) * BYTE, a)
        high = mix(np.float64((four >> _TWO) & _LOW) * BYTE, np.float64(four >> _THREE) * BYTE, a)
        lines[to + i] = mix(low, high, b)


@kernel
def noise(
    u_line: np.uint64, v_line: np.uint64, frequency: float, width_line: np.uint64, seed: int, begin: np.uint64,
    end: np.uint64, lines: np.ndarray, to: np.uint64,
) -> None:  # fmt: skip
    """Write `patterns.smooth_noise`."""
    shown = 0
    for i in range(begin, end):
        shown += 1 if fade(lines[width_line + i], 0.5 * frequency) > 0.0 else 0
    if shown == 0:
        for i in range(begin, end):
            lines[to + i] = 0.0
        return
    lattice(u_line, v_line, frequency, frequency, seed, begin, end, lines, to)
    for i in range(begin, end):
        share = fade(lines[width_line + i], 0.5 * frequency)
        value = (2.0 * lines[to + i] - 1.0) * share
        lines[to + i] = value if share > 0.0 else 0.0

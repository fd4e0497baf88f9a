"""Signals of the driving domain over the rows of a whole run, by the same functions as inside it."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.lines import own_line
from sim.domains.driving.roads import pose_at
from sim.domains.driving.signals import body_distance, signal_at

__all__ = ["running_margin", "trace_nearest", "trace_signal"]


@leaf
def trace_signal(
    code: int, i: int, j: int, rows: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray,
    lanes: np.ndarray, W: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write (T,) values of a signal over (T, N, ROW) recorded rows into `out`."""
    for t in range(rows.shape[0]):
        out[t] = signal_at(code, i, j, rows[t], P, corners, line, lanes, W)


@leaf
def running_margin(
    i: int, j: int, rows: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, W: np.ndarray,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write (T,) minus the smallest distance of two bodies so far into `out`.

    Rows on which the circles around the footprints are further apart than the smallest distance so far need
    no look at the corners.
    """
    reach = P[i, c.RADIUS] + P[j, c.RADIUS]
    least = np.inf
    for t in range(rows.shape[0]):
        xi, yi, _ = pose_at(own_line(line, P[i]), rows[t, i, c.S], rows[t, i, c.D])
        xj, yj, _ = pose_at(own_line(line, P[j]), rows[t, j, c.S], rows[t, j, c.D])
        if math.hypot(xi - xj, yi - yj) < least + reach:
            least = min(least, body_distance(rows[t], P, corners, line, i, j, W))
        out[t] = -least


@leaf
def trace_nearest(
    candidates: np.ndarray, j: int, rows: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray,
    W: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write (T,) the position in `candidates` of the body nearest to j at every row into `out`."""
    for t in range(rows.shape[0]):
        best = np.inf
        for k in range(candidates.shape[0]):
            distance = body_distance(rows[t], P, corners, line, candidates[k], j, W)
            if distance < best:
                best, out[t] = distance, k

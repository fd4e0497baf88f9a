"""What only a whole history tells of two bodies: who was where when."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.footprints import polygon_distance
from sim.domains.driving.lines import own_line
from sim.domains.driving.roads import pose_at
from sim.domains.driving.signals import place_in_world

__all__ = ["fatality_risk_in_a_car", "fatality_risk_on_foot", "least_lag"]

_JOKSCH = 71.0 * 0.44704
"""Change of velocity at which the rule of thumb reaches certainty [m/s]."""


@leaf
def _share_a_place(
    a: int, t: int, b: int, then: int, rows: np.ndarray, xy: np.ndarray, P: np.ndarray, corners: np.ndarray,
    line: np.ndarray, W: np.ndarray,
) -> bool:  # fmt: skip
    """Return whether body a at row t covers something that body b covers at row `then`."""
    apart = math.hypot(xy[t, a, 0] - xy[then, b, 0], xy[t, a, 1] - xy[then, b, 1])
    if apart > P[a, c.RADIUS] + P[b, c.RADIUS]:
        return False
    place_in_world(rows[t], P, corners, line, a, W[0])
    place_in_world(rows[then], P, corners, line, b, W[1])
    return polygon_distance(W[0], int(P[a, c.CORNERS]), W[1], int(P[b, c.CORNERS])) <= 0.0


@leaf
def least_lag(
    i: int, j: int, times: np.ndarray, rows: np.ndarray, xy: np.ndarray, P: np.ndarray, corners: np.ndarray,
    line: np.ndarray, W: np.ndarray,
) -> float:  # fmt: skip
    """Return the least time between one of two bodies covering a place and the other covering it; inf if none.

    That is the post-encroachment time of Allen, Shin and Cooper (1978), from the moment the first leaves the
    place to the moment the other reaches it, to within a row.

    Args:
        i: row of the first body.
        j: row of the second.
        times: (T,) of the rows [s].
        rows: (T, N, ROW) history.
        xy: (T, N, 2) room for places in the world.
        P: (N, PARAMETERS).
        corners: (N, CORNER_LIMIT, 2) footprints.
        line: (M, 6) reference line.
        W: (2, CORNER_LIMIT, 2) room to work in.
    """
    n = rows.shape[0]
    for t in range(n):
        for body in (i, j):
            x, y, _ = pose_at(own_line(line, P[body]), rows[t, body, c.S], rows[t, body, c.D])
            xy[t, body, 0], xy[t, body, 1] = x, y
    for lag in range(n):
        for t in range(n - lag):
            then = t + lag
            if _share_a_place(i, t, j, then, rows, xy, P, corners, line, W) or _share_a_place(
                j, t, i, then, rows, xy, P, corners, line, W
            ):
                return times[then] - times[t]
    return np.inf


def fatality_risk_in_a_car(delta_v: float) -> float:
    """Return the probability that a driver dies of a change of velocity [m/s].

    Source: Joksch (1993), the rule of thumb (v / 71 mph)^4.
    """
    return float(min(delta_v / _JOKSCH, 1.0) ** 4)


def fatality_risk_on_foot(speed: float) -> float:
    """Return the probability that an adult pedestrian dies when hit by a car's front at a speed [m/s].

    Source: Rosén and Sander (2009), 1 / (1 + exp(6.9 - 0.090 v)) with v in km/h.
    """
    return 1.0 / (1.0 + math.exp(6.9 - 0.090 * 3.6 * speed))

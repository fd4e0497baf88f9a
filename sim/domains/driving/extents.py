"""How far a body reaches along and across the road, how fast it moves there, and which lane it is in."""

from __future__ import annotations

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf, sine_and_cosine

__all__ = [
    "across_speed",
    "along_speed",
    "half_length",
    "half_lengths_at",
    "half_width",
    "lane_offset",
    "speed_along",
]


@leaf
def along_speed(x: np.ndarray) -> float:
    """Return the speed along the road, in the direction of s."""
    e = x[c.E]
    if e == 0.0:
        return x[c.V]
    si, co = sine_and_cosine(e)
    return x[c.V] * co - x[c.U] * si


@leaf
def across_speed(x: np.ndarray) -> float:
    """Return the speed across the road, to the left."""
    e = x[c.E]
    if e == 0.0:
        return x[c.U]
    si, co = sine_and_cosine(e)
    return x[c.V] * si + x[c.U] * co


@leaf
def half_length(x: np.ndarray, p: np.ndarray) -> float:
    """Return how far the footprint reaches along the road from its middle.

    Footprints are boxes with equal chamfers, so only the two corners of one chamfer can reach furthest.
    """
    if x[c.E] == 0.0:
        return 0.5 * p[c.LENGTH]
    si, co = sine_and_cosine(x[c.E])
    si, co = abs(si), abs(co)
    a, b = 0.5 * p[c.LENGTH], 0.5 * p[c.WIDTH]
    return max(a * co + (b - p[c.CHAMFER_Y]) * si, (a - p[c.CHAMFER_X]) * co + b * si)


@leaf
def half_width(x: np.ndarray, p: np.ndarray) -> float:
    """Return how far the footprint reaches across the road from its middle."""
    if x[c.E] == 0.0:
        return 0.5 * p[c.WIDTH]
    si, co = sine_and_cosine(x[c.E])
    si, co = abs(si), abs(co)
    a, b = 0.5 * p[c.LENGTH], 0.5 * p[c.WIDTH]
    return max(a * si + (b - p[c.CHAMFER_Y]) * co, (a - p[c.CHAMFER_X]) * si + b * co)


@leaf
def lane_offset(lanes: np.ndarray, d: float) -> tuple[int, float]:
    """Return the nearest lane (from 0) and the way to the left of its middle.

    On a route there is one lane, and the line runs along its middle: `lanes` is then empty.
    """
    if lanes.shape[0] == 0:
        return 0, d
    best = 0
    for k in range(1, lanes.shape[0]):
        if abs(d - lanes[k]) < abs(d - lanes[best]):
            best = k
    return best, d - lanes[best]


@leaf
def half_lengths_at(X: np.ndarray, P: np.ndarray, i: int, j: int, e: float) -> float:
    """Return how far two bodies reach along the line of i together, where j heads e away from it."""
    own = half_length(X[i], P[i])
    si, co = sine_and_cosine(e)
    si, co = abs(si), abs(co)
    a, b = 0.5 * P[j, c.LENGTH], 0.5 * P[j, c.WIDTH]
    return own + max(a * co + (b - P[j, c.CHAMFER_Y]) * si, (a - P[j, c.CHAMFER_X]) * co + b * si)


@leaf
def speed_along(x: np.ndarray, e: float) -> float:
    """Return the speed of a body in a direction that its heading differs from by e."""
    si, co = sine_and_cosine(e)
    return x[c.V] * co - x[c.U] * si

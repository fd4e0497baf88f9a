"""What hangs on another body: trailers behind their hitch, doors on their hinges.

A trailer follows its hitch as a rigid bar on wheels that do not slip sideways: on the way of its hitch it runs
along a tractrix. A door is where its angle says. Neither acts back on the body that it hangs on.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.lines import heading_on, own_line
from sim.domains.driving.roads import pose_at, project

__all__ = ["are_coupled", "door_angle", "follow_pullers", "trailing_angle"]


@leaf
def are_coupled(P: np.ndarray, i: int, j: int) -> bool:
    """Return whether one of two bodies hangs on the other."""
    return P[i, c.PULLER] == j or P[j, c.PULLER] == i


@leaf
def trailing_angle(angle: float, way: float, length: float) -> float:
    """Return the angle between a trailer and the straight way of its hitch, after that way.

    The tractrix: tan(angle / 2) dies away as exp(-way / length), where `length` is that from hitch to axle.
    """
    half = 0.5 * angle
    return 2.0 * math.atan2(math.sin(half) * math.exp(-way / length), math.cos(half))


@leaf
def door_angle(t: float, start: float, angle: float, lasts: float) -> tuple[float, float]:
    """Return (angle, its rate) of a door that begins to open at `start`, with neither jerk at its ends."""
    if t <= start:
        return 0.0, 0.0
    x = (t - start) / lasts
    if x >= 1.0:
        return angle, 0.0
    rest = 1.0 - x
    return angle * x * x * x * (10.0 - 15.0 * x + 6.0 * x * x), angle * 30.0 * x * x * rest * rest / lasts


@leaf
def _hitch(X: np.ndarray, P: np.ndarray, own: np.ndarray, i: int, k: int) -> tuple[float, float, float]:
    """Return (x, y) in the world of the place on body k that body i hangs on, and the heading of k."""
    x, y, heading = pose_at(own, X[k, c.S], X[k, c.D])
    yaw = heading + X[k, c.E]
    co, si = math.cos(yaw), math.sin(yaw)
    ahead, left = P[i, c.HITCH], P[i, c.HITCH_LEFT]
    return x + ahead * co - left * si, y + ahead * si + left * co, yaw


@leaf
def _put(x: np.ndarray, own: np.ndarray, px: float, py: float, yaw: float, guess: float) -> None:
    """Write the place of a body on its line."""
    x[c.S], x[c.D] = project(own, px, py, guess)
    turned = yaw - heading_on(own, x[c.S])
    x[c.E] = turned - 2.0 * math.pi * math.floor(turned / (2.0 * math.pi) + 0.5)


@leaf
def _pull(i: int, h: float, X: np.ndarray, Y: np.ndarray, P: np.ndarray, line: np.ndarray) -> None:
    """Let a trailer follow its hitch, which goes straight within a step."""
    k, own = int(P[i, c.PULLER]), own_line(line, P[i])
    x0, y0, _ = _hitch(Y, P, own, i, k)
    x1, y1, yaw = _hitch(X, P, own, i, k)
    psi = heading_on(own, Y[i, c.S]) + Y[i, c.E]
    dx, dy, length = x1 - x0, y1 - y0, P[i, c.FRONT] + P[i, c.REAR]
    way = math.sqrt(dx * dx + dy * dy)
    if way > 0.0:
        course = math.atan2(dy, dx)
        psi = course + trailing_angle(psi - course, way, length)
    co, si = math.cos(psi), math.sin(psi)
    x = X[i]
    _put(x, own, x1 - P[i, c.FRONT] * co, y1 - P[i, c.FRONT] * si, psi, X[k, c.S] + Y[i, c.S] - Y[k, c.S])
    # the hitch's velocity in the trailer's own axes; its wheels do not go sideways
    co, si = math.cos(yaw - psi), math.sin(yaw - psi)
    forward, aside = X[k, c.V], X[k, c.U] + X[k, c.R] * P[i, c.HITCH]
    v = forward * co - aside * si
    x[c.R] = (forward * si + aside * co) / length
    x[c.WAY] += 0.5 * h * (x[c.V] + v)
    x[c.V], x[c.U] = v, x[c.R] * P[i, c.REAR]
    x[c.A], x[c.J], x[c.AY] = X[k, c.A] * co, X[k, c.J] * co, v * x[c.R]


@leaf
def _swing(i: int, t: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray) -> None:
    """Put a door where it is at t: it is hinged at its front and lies along its body while it is shut."""
    k, own = int(P[i, c.PULLER]), own_line(line, P[i])
    x, y, yaw = _hitch(X, P, own, i, k)
    side = 1.0 if P[i, c.HITCH_LEFT] > 0.0 else -1.0
    angle, rate = door_angle(t, C[i, c.T0], C[i, c.COMMAND], C[i, c.COMMAND_JERK])
    psi, half = yaw + side * (math.pi - angle), 0.5 * P[i, c.LENGTH]
    row = X[i]
    _put(row, own, x + half * math.cos(psi), y + half * math.sin(psi), psi, X[k, c.S])
    # velocities in the door's axes: of the hinge, and of the middle about it
    vx, vy = X[k, c.V] - X[k, c.R] * P[i, c.HITCH_LEFT], X[k, c.U] + X[k, c.R] * P[i, c.HITCH]
    co, si = math.cos(psi - yaw), math.sin(psi - yaw)
    row[c.R] = X[k, c.R] - side * rate
    row[c.V], row[c.U] = vx * co + vy * si, vy * co - vx * si + half * row[c.R]


@leaf
def follow_pullers(
    t: float, h: float, X: np.ndarray, Y: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray
) -> None:
    """Advance to t, by h, what hangs on bodies that have been advanced; Y holds the state before."""
    i = X.shape[0] - 1
    while i >= 0 and P[i, c.PULLER] >= 0.0:
        if C[i, c.MODE] == c.TOWED:
            _pull(i, h, X, Y, P, line)
        i -= 1
    for j in range(i + 1, X.shape[0]):
        if C[j, c.MODE] == c.HINGED:
            _swing(j, t, X, P, C, line)

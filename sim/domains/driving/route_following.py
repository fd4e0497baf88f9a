"""What a driver on a route does besides its own control law: slow for bends, halt, and see whom it follows."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf, sine_and_cosine
from sim.domains.driving.control import idm_acceleration
from sim.domains.driving.extents import half_length
from sim.domains.driving.lines import are_on_one_line, heading_on, nearest_on, own_line

__all__ = ["find_ahead_on_routes", "kept_to_route"]

_HORIZON = 250.0  # how far ahead a driver follows anything [m]
_BEND_BRAKING = 1.5  # deceleration before a bend [m/s2]; comfortable, as for a stop (ITE: 3 m/s2 at most)
_BEND_GAIN = 0.8  # [1/s] speed keeping inside a bend
_LINE_GAP, _LINE_HEADWAY = 0.7, 0.3  # before a stop line [m], [s]
_CARE_SPEED = 20.0 / 3.6  # at which an emergency vehicle passes a red light, assumption [m/s]
_CARE_BRAKING = 4.0  # at most, towards it [m/s2]
_CLOSE = 10.0  # before it, from where on that speed is not exceeded again [m]
_LINE_BRAKING = 3.5  # deceleration up to which one stops further back than there [m/s2]; as for amber
_CROSSES, _LEAVES = 0.8, 0.2  # sine of the angle from which a body crosses, and from which an oncoming one does
_GONE = 0.5  # time by which who crosses must be gone before one would be there [s]


@leaf
def _bend_wish(x: np.ndarray, p: np.ndarray, own: np.ndarray, wish: float) -> float:
    """Return the acceleration with bends heeded: the sharpest point of each row stands for all of it.

    Where a bend tightens or opens, steering has to keep up, which takes long vehicles time.
    """
    v, s, ease = x[c.V], x[c.S], p[c.EASE]
    steered = p[c.STEER_RATE] / max(p[c.FRONT] + p[c.REAR], 0.1) if p[c.RAIL] == 0.0 else np.inf
    n = own.shape[0]
    for row in range(n):
        end = own[row + 1, 0] if row + 1 < n else np.inf
        if end <= s:
            continue
        length, way = end - own[row, 0], own[row, 0] - s
        if v * v < 2.0 * _BEND_BRAKING * way:
            break  # nothing from here on asks for anything yet
        k = abs(own[row, 4])
        if own[row, 5] != 0.0 and length < np.inf:
            k = max(k, abs(own[row, 4] + own[row, 5] * length))
        bending = abs(own[row, 5])
        if k * v * v <= ease and bending * v <= steered:
            continue
        fit = min(math.sqrt(ease / max(k, 1e-9)), steered / max(bending, 1e-9))
        if way <= 0.0:
            wish = min(wish, max(_BEND_GAIN * (fit - v), -2.0 * _BEND_BRAKING))
        elif (v * v - fit * fit) >= 2.0 * _BEND_BRAKING * way:
            wish = min(wish, max((fit * fit - v * v) / (2.0 * way), -2.0 * _BEND_BRAKING))
    return wish


@leaf
def kept_to_route(i: int, wish: float, x: np.ndarray, p: np.ndarray, q: np.ndarray, line: np.ndarray) -> float:
    """Return the acceleration a driver wants once bends and the stop line are heeded.

    A script that has the speed heeds neither.
    """
    if q[c.MODE] == c.COMMANDED or q[c.MODE] == c.HOLD:
        return wish
    if p[c.EASE] < np.inf:
        wish = _bend_wish(x, p, own_line(line, p), wish)
    if x[c.HALT] > 0.0:
        room = p[c.STOP] - x[c.S] - half_length(x, p)
        if x[c.HALT] < 1.0:  # past a red light with care
            need = (x[c.V] * x[c.V] - _CARE_SPEED * _CARE_SPEED) / (2.0 * max(room, 0.5))
            if need < 0.0:
                return min(wish, _BEND_GAIN * (_CARE_SPEED - x[c.V])) if room < _CLOSE else wish
            return wish if need < _BEND_BRAKING else min(wish, -min(need, _CARE_BRAKING))
        if room - p[c.BACK] > 0.5 * x[c.V] * x[c.V] / _LINE_BRAKING:  # else there is no stopping there any more
            room -= p[c.BACK]
        before = idm_acceleration(
            x[c.V], max(q[c.V_SET], 1.0), room, x[c.V], _LINE_HEADWAY, _LINE_GAP, q[c.ACCELERATION],
            max(q[c.DECELERATION], 2.0),
        )  # fmt: skip
        wish = min(wish, max(before, -q[c.BRAKING]))
    return wish


@leaf
def _will_be_gone(
    X: np.ndarray, P: np.ndarray, i: int, j: int, e: float, d: float, way: float, low: float, high: float
) -> bool:
    """Return whether body j, at d and heading e, has left the way [low, high] before i is there.

    Who turns into the lane that i goes to, stays.
    """
    if P[j, c.KIND] == c.VEHICLE and P[i, c.GOAL] == P[j, c.GOAL]:
        return False
    si, co = sine_and_cosine(e)
    across = X[j, c.V] * si
    if abs(si) < (_CROSSES if co > 0.0 else _LEAVES) or across == 0.0:
        return False
    left = high - d if across > 0.0 else d - low
    return left / abs(across) + _GONE < way / max(X[i, c.V], 1.0)


@leaf
def find_ahead_on_routes(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray, ahead: np.ndarray
) -> None:
    """Write the nearest body ahead in the way of every driver who needs it, wherever it came from.

    The way is that of the route, as wide as the body. Who crosses it and will be gone is not in the way.
    """
    n = X.shape[0]
    for i in range(n):
        if C[i, c.LEADING] == 0.0:
            continue
        nearest, found = _HORIZON, -1
        own = own_line(line, P[i])
        half = 0.5 * P[i, c.WIDTH]
        low, high = min(X[i, c.D], C[i, c.D1]) - half, max(X[i, c.D], C[i, c.D1]) + half
        for j in range(n):
            if j == i or P[j, c.PULLER] == i:
                continue
            if are_on_one_line(X, P, i, j):
                s, d, e = X[j, c.S], X[j, c.D], X[j, c.E]
            else:
                dx, dy, near = X[j, c.PX] - X[i, c.PX], X[j, c.PY] - X[i, c.PY], nearest + P[j, c.RADIUS]
                if dx * dx + dy * dy > near * near:
                    continue
                s, d = nearest_on(own, X[j, c.PX], X[j, c.PY], max(high, -low) + P[j, c.RADIUS])
                if np.isnan(s):
                    continue
                e = X[j, c.YAW] - heading_on(own, s)
            way = s - X[i, c.S]
            if way <= 0.0 or way >= nearest:
                continue
            si, co = sine_and_cosine(e)
            reach = 0.5 * (P[j, c.WIDTH] * abs(co) + P[j, c.LENGTH] * abs(si))
            if low - reach < d < high + reach and not _will_be_gone(
                X, P, i, j, e, d, way, low - reach, high + reach
            ):
                nearest, found = way, j
        ahead[i, 0] = ahead[i, 1] = found

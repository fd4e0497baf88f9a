"""Who goes first at a junction, inside the kernel: signals, and gaps in the stream of those who have priority.

A vehicle before its stop line either goes on or halts there, decided anew at every step from what everybody
does now. It halts for a red signal, for an amber one where it can stop with ease, and while there is somebody
with priority whose place it would enter too soon before or too soon behind them. Whoever has passed its stop
line goes on. Everybody makes way for a siren that they hear; who has one passes red slowly, and yields there to
whoever could not halt with ease.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.driver_fields import GRAVITY
from sim.domains.driving.extents import half_length

__all__ = ["AMBER", "GREEN", "READY", "RED", "RED_AMBER", "mind_rules", "signal_state", "time_to_cover"]

RED, RED_AMBER, GREEN, AMBER = 0, 1, 2, 3
"""States of a signal."""

READY = 1.0  # time of red and amber before green [s] (RiLSA 2010, 2.4)
_EASY = 3.5  # deceleration up to which an amber signal is obeyed [m/s2] (RiLSA: 3.5 m/s2)
_FIRM = 6.0  # deceleration up to which one halts for others, or for red [m/s2]
_CRAWL = 3.0  # below this speed even those with priority wait for who is still inside [m/s]
_STANDS = 0.5  # a speed taken for standing [m/s]
_BEHIND = 0.5  # time after which one follows through a place that another has left [s]
_ADAPTING = 1.0  # deceleration asked of who is merged in front of, and own acceleration after it [m/s2]
_RAIL_SHARE = 0.9  # of its friction with which a body on rails still halts for others
_UNSURE = 0.7  # share of its acceleration that a vehicle counts on for clearing a place

CONFLICT_COLUMNS = 7
"""Of the table of conflicts: the other's row, own way in and out, the other's way in and out, 1 to yield (2
where one comes onto a ring), 1 if both leave by the same lane."""


@leaf
def signal_state(row: np.ndarray, t: float) -> int:
    """Return the state of a signal at t, from its (cycle, shift, green, amber, red) row.

    The last three are the moments within the cycle at which green, amber and red begin.
    """
    cycle = row[0]
    now = t + row[1]
    now -= cycle * math.floor(now / cycle)
    if row[2] <= now < row[3]:
        return GREEN
    if row[3] <= now < row[4]:
        return AMBER
    return RED_AMBER if 0.0 <= row[2] - now < READY or row[2] - now + cycle < READY else RED


@leaf
def time_to_cover(way: float, v: float, acceleration: float, fastest: float) -> float:
    """Return the time to cover a way from speed v, accelerating up to `fastest`; 0 where it is covered."""
    if way <= 0.0:
        return 0.0
    top = max(fastest, v)
    if acceleration <= 0.0 or top <= v:
        return way / v if v > 0.0 else np.inf
    spell = (top - v) / acceleration
    within = 0.5 * (v + top) * spell
    if way <= within:
        return (math.sqrt(v * v + 2.0 * acceleration * way) - v) / acceleration
    return spell + (way - within) / top


@leaf
def _is_inside(X: np.ndarray, P: np.ndarray, j: int) -> bool:
    """Return whether a body has passed its stop line."""
    return X[j, c.S] + half_length(X[j], P[j]) > P[j, c.STOP]


@leaf
def _is_held(t: float, X: np.ndarray, P: np.ndarray, j: int, timetable: np.ndarray) -> bool:
    """Return whether a body that has not passed its stop line waits for its signal."""
    if P[j, c.RULED] == 0.0 or P[j, c.SIGNAL] < 0.0:
        return False
    state = signal_state(timetable[int(P[j, c.SIGNAL])], t)
    return state != GREEN and X[j, c.HALT] == 1.0


@leaf
def _is_heard(X: np.ndarray, P: np.ndarray, i: int, j: int) -> bool:
    """Return whether body i hears the siren of j."""
    if P[j, c.BLUE] == 0.0 or P[i, c.BLUE] > 0.0:
        return False
    dx, dy = X[j, c.PX] - X[i, c.PX], X[j, c.PY] - X[i, c.PY]
    return dx * dx + dy * dy < P[i, c.HEARS] * P[i, c.HEARS]


@leaf
def _will_make_way(X: np.ndarray, P: np.ndarray, j: int) -> bool:
    """Return whether who passes red with a siren counts on j to halt: it does already, or could with ease.

    That j may not hear it is what such crashes come from.
    """
    room = P[j, c.STOP] - X[j, c.S] - half_length(X[j], P[j])
    return X[j, c.HALT] == 1.0 or X[j, c.V] * X[j, c.V] < 2.0 * _EASY * room


@leaf
def _must_wait(
    i: int, row: np.ndarray, t: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, timetable: np.ndarray,
    passes_red: bool,
) -> bool:  # fmt: skip
    """Return whether body i has to let the other of a conflict go first; against red it yields to all."""
    v, j = X[i, c.V], int(row[0])
    yields = row[5] > 0.0 or passes_red or _is_heard(X, P, i, j)
    if not yields and v > _CRAWL:
        return False
    own, other = half_length(X[i], P[i]), half_length(X[j], P[j])
    at = X[j, c.S]
    tail, other_tail = own + P[i, c.TAIL], other + P[j, c.TAIL]
    if at - other_tail > row[4] or X[i, c.S] - tail > row[2]:
        return False  # one of them is through
    inside = _is_inside(X, P, j)
    v_other = X[j, c.V]
    if not yields:
        if not inside:
            return False
    elif not inside and (_is_held(t, X, P, j, timetable) or (passes_red and _will_make_way(X, P, j))):
        return False
    onto_ring = row[5] > 1.0
    if onto_ring and not inside and v_other <= _CRAWL:
        return False  # it waits before the ring, too; where all wait all may go
    most = min(C[i, c.V_SET], P[i, c.EASE_SPEED])
    out = time_to_cover(row[2] + tail - X[i, c.S], v, _UNSURE * C[i, c.ACCELERATION], max(most, 1.0))
    if v > most:
        out = (row[2] + tail - X[i, c.S]) / most
    fastest = C[j, c.V_SET]
    if onto_ring and P[j, c.EASE] > 0.0:
        fastest = min(fastest, P[j, c.EASE_SPEED])
    soonest = time_to_cover(row[3] - at - other, v_other, C[j, c.ACCELERATION], fastest)
    margin = P[i, c.MARGIN]
    if row[6] > 0.0 and v_other > most:
        margin += (v_other - most) * (v_other - most) / (2.0 * _ADAPTING * v_other)
    if yields and out + margin < soonest:
        return False
    left = row[4] + other_tail - at
    if v_other > _STANDS:  # who turns slows down for it
        latest = left / (min(v_other, P[j, c.EASE_SPEED]) if P[j, c.EASE] > 0.0 else v_other)
    else:
        latest = (
            time_to_cover(left, v_other, _UNSURE * C[j, c.ACCELERATION], C[j, c.V_SET]) if inside else np.inf
        )
    into = time_to_cover(row[1] - own - X[i, c.S], v, C[i, c.ACCELERATION], C[i, c.V_SET])
    return latest + _BEHIND >= into


@leaf
def mind_rules(
    i: int, t: float, X: np.ndarray, Y: np.ndarray, P: np.ndarray, C: np.ndarray, conflicts: np.ndarray,
    timetable: np.ndarray,
) -> None:  # fmt: skip
    """Decide whether body i halts at its stop line, from the state Y of all bodies at t, and note it in X."""
    p = P[i]
    X[i, c.HALT] = 0.0
    room = p[c.STOP] - Y[i, c.S] - half_length(Y[i], p)
    if room < 0.0 or room == np.inf:
        return
    v = Y[i, c.V]
    need = v * v / (2.0 * max(room, 0.05))
    firm = _FIRM if p[c.RAIL] == 0.0 else min(_FIRM, _RAIL_SHARE * p[c.MU] * GRAVITY)
    passes_red = False
    if p[c.SIGNAL] >= 0.0:
        state = signal_state(timetable[int(p[c.SIGNAL])], t)
        passes_red = p[c.BLUE] > 0.0 and state != GREEN
        if passes_red:
            X[i, c.HALT] = 0.5
        stops = state in (RED, RED_AMBER) and need <= firm
        easily = v * v / (2.0 * max(room - p[c.BACK], 0.05)) <= _EASY
        stops = stops or (state == AMBER and (easily or Y[i, c.HALT] > 0.0))
        if stops and not passes_red:
            X[i, c.HALT] = 1.0
            return
    if need > firm:
        return
    for k in range(int(p[c.RULE0]), int(p[c.RULE1])):
        if _must_wait(i, conflicts[k], t, Y, P, C, timetable, passes_red):
            X[i, c.HALT] = 1.0
            return

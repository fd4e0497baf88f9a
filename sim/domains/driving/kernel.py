"""The kernel's clock: steps on a regular grid, landing exactly on decision times and on crossings.

A crossing (a watched condition begins to hold, or two bodies begin to touch) is located inside the step: the
state before it is put back and the step is taken again by a fraction, until the bracket is closed.
"""

from __future__ import annotations

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.coupled import are_coupled
from sim.domains.driving.dynamics import copy_rows, look_around, step
from sim.domains.driving.signals import prism_distance
from sim.domains.driving.watches import margin_of

__all__ = ["REACHED", "TOUCHED", "WATCHED", "advance", "closest_pair"]

REACHED, WATCHED, TOUCHED = 0, 1, 2
_FAR = -1.0e3  # margin of touching while no pair is near
_SLIVER = 1e-12  # times closer than this are one moment [s]


@leaf
def closest_pair(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, corners: np.ndarray, line: np.ndarray, order: np.ndarray,
    stretch: float, sag: float, W: np.ndarray, touch: np.ndarray,
) -> float:  # fmt: skip
    """Return minus the smallest signed distance of pairs that are near, and write the pair into `touch`.

    Sweep and prune along the road: bodies are sorted by s, and only pairs whose extents along and across the
    road meet are looked at corner by corner. `stretch` and `sag` make the extents safe on a curved road.
    """
    best = _FAR
    if stretch < 0.0:  # after the first touch bodies are the crash's business
        return best
    n = order.shape[0]
    longest = 0.0
    for i in range(n):
        longest = max(longest, X[i, c.HLON])
    for k in range(n):
        i = order[k]
        reach = X[i, c.HLON]
        rests = P[i, c.KIND] == c.STATIC or C[i, c.MODE] == c.CARRIED
        for m in range(k + 1, n):
            j = order[m]
            way = X[j, c.S] - X[i, c.S]
            if way > (reach + longest) * stretch + sag:
                break
            if way > (reach + X[j, c.HLON]) * stretch + sag:
                continue
            if abs(X[j, c.D] - X[i, c.D]) > X[i, c.HLAT] + X[j, c.HLAT] + sag:
                continue
            if rests and (P[j, c.KIND] == c.STATIC or C[j, c.MODE] == c.CARRIED):
                continue
            if are_coupled(P, i, j):
                continue
            margin = -prism_distance(X, P, corners, line, i, j, W)
            if margin > best:
                best = margin
                touch[0], touch[1] = min(i, j), max(i, j)
    return best


@leaf
def closest_on_routes(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, corners: np.ndarray, line: np.ndarray, W: np.ndarray,
    touch: np.ndarray,
) -> float:  # fmt: skip
    """Return what `closest_pair` does for bodies on different routes: whose circles meet is looked at."""
    best = _FAR
    n = X.shape[0]
    for i in range(n):
        rests = P[i, c.KIND] == c.STATIC or C[i, c.MODE] == c.CARRIED
        for j in range(i + 1, n):
            reach = P[i, c.RADIUS] + P[j, c.RADIUS]
            dx, dy = X[i, c.PX] - X[j, c.PX], X[i, c.PY] - X[j, c.PY]
            if dx * dx + dy * dy > reach * reach:
                continue
            if rests and (P[j, c.KIND] == c.STATIC or C[j, c.MODE] == c.CARRIED):
                continue
            if are_coupled(P, i, j):
                continue
            margin = -prism_distance(X, P, corners, line, i, j, W)
            if margin > best:
                best = margin
                touch[0], touch[1] = i, j
    return best


@leaf
def nearest_pair(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, corners: np.ndarray, line: np.ndarray, lanes: np.ndarray,
    order: np.ndarray, stretch: float, sag: float, W: np.ndarray, touch: np.ndarray,
) -> float:  # fmt: skip
    """Return minus the smallest signed distance of pairs that are near, on a road or on routes."""
    if lanes.shape[0] > 0 or stretch < 0.0:
        return closest_pair(X, P, C, corners, line, order, stretch, sag, W, touch)
    return closest_on_routes(X, P, C, corners, line, W, touch)


@leaf
def _highest_margin(
    armed: np.ndarray, table: np.ndarray, ops: np.ndarray, constants: np.ndarray, refs: np.ndarray,
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, lanes: np.ndarray,
    ahead: np.ndarray, W: np.ndarray, stack: np.ndarray, fired: np.ndarray,
) -> float:  # fmt: skip
    """Return the highest margin of all armed watches and mark those that hold."""
    best = -np.inf
    for w in range(armed.shape[0]):
        fired[w] = 0
        if armed[w]:
            margin = margin_of(
                table[w, 0], table[w, 1], ops, constants, refs, X, P, corners, line, lanes, ahead, W, stack
            )
            best = max(best, margin)
            fired[w] = margin >= 0.0
    return best


@leaf
def advance(
    t: float, until: float, dt: float, cursor: np.ndarray, rows: np.ndarray, stretch: float, sag: float,
    X: np.ndarray, Y: np.ndarray, P: np.ndarray, C: np.ndarray, corners: np.ndarray, line: np.ndarray,
    lanes: np.ndarray, path: np.ndarray, order: np.ndarray, ahead: np.ndarray, W: np.ndarray,
    stack: np.ndarray, armed: np.ndarray, fired: np.ndarray, table: np.ndarray, ops: np.ndarray,
    constants: np.ndarray, refs: np.ndarray, touch: np.ndarray, key: np.uint64, edit_keys: np.ndarray,
    edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray, addresses: np.ndarray,
    conflicts: np.ndarray, timetable: np.ndarray,
) -> tuple[float, int]:  # fmt: skip
    """Advance from t to `until` or to the first crossing; return the time reached and what stopped there.

    `rows` (T, N, ROW) takes the state at grid times: row k belongs to k * dt, and `cursor` holds the next one.
    At the time returned, which is REACHED, WATCHED or TOUCHED, `fired` is set for the watches that hold and
    `touch` holds the pair that touches. The other arrays are those of `World`.
    """
    look_around(X, P, C, line, order, lanes, ahead)
    before = _highest_margin(
        armed, table, ops, constants, refs, X, P, corners, line, lanes, ahead, W, stack, fired
    )
    if before >= 0.0:
        return t, WATCHED
    apart = nearest_pair(X, P, C, corners, line, lanes, order, stretch, sag, W, touch)
    if apart >= 0.0:
        return t, TOUCHED
    while True:
        grid = cursor[0] * dt
        if cursor[0] < rows.shape[0] and grid - t <= _SLIVER:
            copy_rows(X, rows[cursor[0]], c.ROW)
            cursor[0] += 1
            continue
        if until - t <= _SLIVER:
            return until, REACHED
        target = min(until, grid) if cursor[0] < rows.shape[0] else until
        if abs(until - target) <= _SLIVER:
            target = until
        h = target - t
        step(
            t, h, X, P, C, line, lanes, path, order, ahead, Y, key, edit_keys, edit_entities,
            edit_times, edit_betas, addresses, conflicts, timetable,
        )  # fmt: skip
        after = _highest_margin(
            armed, table, ops, constants, refs, X, P, corners, line, lanes, ahead, W, stack, fired
        )
        together = nearest_pair(X, P, C, corners, line, lanes, order, stretch, sag, W, touch)
        if max(after, together) < 0.0:
            t, before, apart = target, after, together
            continue
        low, high, low_value, high_value = 0.0, 1.0, max(before, apart), max(after, together)
        share = 1.0
        for trial in range(60):
            if (high_value <= 1e-10 or (high - low) * h <= 1e-11) and share == high:
                break
            share = 0.5 * (low + high)
            if trial < 8 and np.isfinite(low_value) and low_value > 0.5 * _FAR:
                share = low + (high - low) * low_value / (low_value - high_value)
                # a little past the estimate, so that the far end closes in too
                share = min(share + 0.02 * (high - share) + 1e-12, high)
            if (high - low) * h <= 1e-11:
                share = high
            copy_rows(Y, X, c.STATE)
            look_around(X, P, C, line, order, lanes, ahead)
            step(
                t, share * h, X, P, C, line, lanes, path, order, ahead, Y, key, edit_keys,
                edit_entities, edit_times, edit_betas, addresses, conflicts, timetable,
            )  # fmt: skip
            after = _highest_margin(
                armed, table, ops, constants, refs, X, P, corners, line, lanes, ahead, W, stack, fired
            )
            together = nearest_pair(X, P, C, corners, line, lanes, order, stretch, sag, W, touch)
            if max(after, together) >= 0.0:
                high, high_value = share, max(after, together)
            else:
                low, low_value = share, max(after, together)
        return t + share * h, TOUCHED if together >= 0.0 else WATCHED

"""Reference lines of bodies that follow routes: which rows are a body's own, and where it sees others on them.

On a single road all bodies share one line, and none of what follows is asked. On a network every route has a
line of its own, all of them in one table: rows of s, x, y, heading, curvature, its rate, cosine and sine of the
heading, x and y of the row's middle. Another body is then placed on one's own line by its nearest point.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import inlined, leaf
from sim.domains.driving.roads import curvature_at, pose_at, segment_at

__all__ = [
    "are_on_one_line",
    "heading_on",
    "nearest_on",
    "own_line",
    "own_rows",
    "place_everyone",
    "place_rows",
    "seen_from",
]

_STEPS = 8  # Newton steps towards the foot on a clothoid
_SLACK = 1e-6  # a foot this far outside its segment still counts [m]
_LITTLE = 1.5  # a clothoid that turns less is much like an arc [rad]
_SAFE = 1e-4  # by which more a segment is out of reach before it is left out [m]


def own_rows(line: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the rows of a body's reference line."""
    return line[int(p[c.FIRST]) : line.shape[0] - int(p[c.AFTER])]


own_line = inlined(own_rows)
"""The same for kernels, in the place of the call: a kernel that counts no references cannot return a view."""


@leaf
def are_on_one_line(X: np.ndarray, P: np.ndarray, i: int, j: int) -> bool:
    """Return whether two bodies share their reference line, at least where both are now."""
    if P[i, c.FIRST] == P[j, c.FIRST]:
        return True
    return P[i, c.ORIGIN] == P[j, c.ORIGIN] and X[i, c.S] <= P[i, c.SPLIT] and X[j, c.S] <= P[j, c.SPLIT]


@leaf
def place_everyone(X: np.ndarray, P: np.ndarray, line: np.ndarray) -> None:
    """Bring the places of all bodies in the world up to date."""
    for i in range(X.shape[0]):
        x, y, heading = pose_at(own_line(line, P[i]), X[i, c.S], X[i, c.D])
        X[i, c.PX], X[i, c.PY], X[i, c.YAW] = x, y, heading + X[i, c.E]


@leaf
def place_rows(rows: np.ndarray, P: np.ndarray, line: np.ndarray, out: np.ndarray) -> None:
    """Write (T, N, 3) x, y and heading of the lines at the places of (T, N, ROW) rows."""
    for n in range(rows.shape[1]):
        own = own_line(line, P[n])
        for t in range(rows.shape[0]):
            x, y, heading = pose_at(own, rows[t, n, c.S], rows[t, n, c.D])
            out[t, n, 0], out[t, n, 1], out[t, n, 2] = x, y, heading


@leaf
def _foot(own: np.ndarray, row: int, x: float, y: float, length: float) -> tuple[float, float]:
    """Return (way along a segment, to its left) of a world point; outside the segment where it has no foot."""
    dx, dy = x - own[row, 1], y - own[row, 2]
    co, si = own[row, 6], own[row, 7]
    k = own[row, 4]
    if own[row, 5] == 0.0:
        if k == 0.0:
            return dx * co + dy * si, dy * co - dx * si
        # about the arc's centre, from where it begins
        ax, ay = si / k, -co / k
        bx, by = dx + ax, dy + ay
        way = math.atan2(ax * by - ay * bx, ax * bx + ay * by) / k
        aside = 1.0 / k - math.copysign(math.sqrt(bx * bx + by * by), k)
        return way if way >= -_SLACK else way + 2.0 * math.pi / abs(k), aside
    segment = own[row : row + 1]
    guess = min(max(dx * co + dy * si, 0.0), length)
    mean = k + 0.5 * own[row, 5] * length
    if row > 0 and length * abs(mean) < _LITTLE and length * abs(mean) > 1e-3:
        # as if it were the arc of the same length and turn: outside that by far, there is no foot either
        ax, ay = si / mean, -co / mean
        bx, by = dx + ax, dy + ay
        way = math.atan2(ax * by - ay * bx, ax * bx + ay * by) / mean
        aside = 1.0 / mean - math.copysign(math.sqrt(bx * bx + by * by), mean)
        stray = 0.125 * abs(own[row, 5]) * length * length * (abs(aside) + length)
        if 1.0 - mean * aside > 0.3:  # well on this side of the arc's centre
            slack = 0.1 + 2.0 * stray / (1.0 - mean * aside)
            if way < -slack or way > length + slack:
                return way, aside
            guess = min(max(way, 0.0), length)
    s = own[row, 0] + guess
    aside = 0.0
    for _ in range(_STEPS):
        px, py, heading = pose_at(segment, s, 0.0)
        co, si = math.cos(heading), math.sin(heading)
        along = (x - px) * co + (y - py) * si
        aside = (y - py) * co - (x - px) * si
        s += along / max(1.0 - curvature_at(segment, s) * aside, 0.2)
        if abs(along) < 1e-9 or s < own[row, 0] - length or s > own[row, 0] + 2.0 * length:
            break
    return s - own[row, 0], aside


@leaf
def _within_reach(own: np.ndarray, row: int, x: float, y: float, best: float) -> int:
    """Return the first row from one on that may come as near as `best` to a point; the last where none does."""
    last = own.shape[0] - 1
    while row < last:
        dx, dy = x - own[row, 1], y - own[row, 2]
        clear = own[row, 0] + math.sqrt(dx * dx + dy * dy) - best
        if own[row + 1, 0] > clear:
            return row
        while row < last and own[row + 1, 0] <= clear:
            row += 1
    return row


@leaf
def nearest_on(own: np.ndarray, x: float, y: float, reach: float) -> tuple[float, float]:
    """Return (s, d) of a world point about the nearest point of a line, (nan, nan) if that is beyond `reach`.

    The first and the last row reach on without end. A point that has no foot on any row is beyond reach.
    Clothoids, which cost most, come last: most points are nearer to something else. What a line cannot come to,
    at a metre of way per metre of distance, is passed over.
    """
    best_s, best_d, best = np.nan, np.nan, reach
    last = own.shape[0] - 1
    for turn in range(2):
        row = -1
        while row < last:
            row += 1
            inside = 0 < row < last
            if inside:
                row = _within_reach(own, row, x, y, best + _SAFE)
                inside = row < last
            if (own[row, 5] != 0.0) != (turn == 1):
                continue
            length = own[row + 1, 0] - own[row, 0] if row < last else np.inf
            if inside:
                dx, dy = x - own[row, 8], y - own[row, 9]
                wide = 0.5 * length + best + _SAFE
                if dx * dx + dy * dy > wide * wide:
                    continue
            way, d = _foot(own, row, x, y, length)
            if way > length + _SLACK or (way < -_SLACK and row > 0):
                continue
            if abs(d) <= best:
                best_s, best_d, best = own[row, 0] + way, d, abs(d)
    return best_s, best_d


@leaf
def heading_on(own: np.ndarray, s: float) -> float:
    """Return the heading of a line at s [rad]."""
    row = segment_at(own, s)
    way = s - own[row, 0]
    return own[row, 3] + (own[row, 4] + 0.5 * own[row, 5] * way) * way


@leaf
def seen_from(
    X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int, reach: float
) -> tuple[float, float, float]:
    """Return (s, d, heading) of body j about the line of body i; nan where it is not within reach of it."""
    if are_on_one_line(X, P, i, j):
        return X[j, c.S], X[j, c.D], X[j, c.E]
    own = own_line(line, P[i])
    x, y, heading = pose_at(own_line(line, P[j]), X[j, c.S], X[j, c.D])
    s, d = nearest_on(own, x, y, reach)
    if np.isnan(s):
        return np.nan, np.nan, np.nan
    return s, d, heading + X[j, c.E] - heading_on(own, s)

"""Signals of the driving domain, compiled: the numbers that conditions watch and events are made of.

One scalar function gives every signal at one moment. The kernel's watches call it inside a run, `trace_signal`
calls it over the recorded rows afterwards, so that a `when:` and an event cannot disagree.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import inlined, leaf
from sim.domains.driving.criticality import (
    brake_threat,
    eu_2022_1426_ttc,
    modified_ttc,
    r157_ttc,
    rss_distance,
)
from sim.domains.driving.extents import (
    across_speed,
    along_speed,
    half_length,
    half_lengths_at,
    half_width,
    lane_offset,
    speed_along,
)
from sim.domains.driving.footprints import (
    place_polygon,
    polygon_distance,
    segment_clearance,
    time_to_touch,
)
from sim.domains.driving.lines import are_on_one_line, own_line, seen_from
from sim.domains.driving.roads import curvature_at, pose_at

__all__ = [
    "CODES",
    "body_distance",
    "closing_between",
    "prism_distance",
    "signal_at",
]

CODES = {
    name: code
    for code, name in enumerate(
        ("distance", "gap", "ttc", "thw", "drac", "required_deceleration", "closing_speed", "sight",
         "modified_ttc", "rss_margin", "brake_threat_number", "r157_ttc_margin", "eu_2022_1426_ttc_margin",
         "speed", "acceleration", "lateral_acceleration", "jerk", "yaw_rate", "lateral_offset",
         "lateral_speed", "heading", "lane", "lane_departure", "travelled", "leaving", "overlap")
    )
}  # fmt: skip
"""Signal -> code. The last two are the careful driver's own: how far the first has left its lane's middle
towards the second, and how much the first and what lies ahead of it overlap across the road."""

(
    DISTANCE, GAP, TTC, THW, DRAC, REQUIRED, CLOSING, SIGHT, MODIFIED_TTC, RSS, THREAT, R157, EU_1426,
    SPEED, ACCELERATION, LATERAL_ACCELERATION, JERK, YAW_RATE, LATERAL_OFFSET, LATERAL_SPEED, HEADING, LANE,
    DEPARTURE, TRAVELLED, LEAVING, OVERLAP,
) = range(26)  # fmt: skip

_EYE = 0.1
"""Place of the eye or sensor behind the front, in half lengths of the body."""


@leaf
def gap_between(X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int) -> float:
    """Return the clear way along the road between two bodies, at the way across of the one behind.

    Between bodies on different routes it is the way along that of the first.
    """
    if not are_on_one_line(X, P, i, j):
        return _gap_on_route(X, P, line, i, j)
    back, front = (i, j) if X[i, c.S] <= X[j, c.S] else (j, i)
    way = X[front, c.S] - X[back, c.S]
    bend = curvature_at(line, X[back, c.S])
    if bend != 0.0:
        way *= 1.0 - bend * X[back, c.D]
    gap = way - half_length(X[back], P[back]) - half_length(X[front], P[front])
    return gap if gap > 0.0 else 0.0


@leaf
def _gap_on_route(X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int) -> float:
    """Return the clear way along the route of i between it and j; inf where j has no place beside it."""
    s, _, e = seen_from(X, P, line, i, j, np.inf)
    if np.isnan(s):
        return np.inf
    gap = abs(s - X[i, c.S]) - half_lengths_at(X, P, i, j, e)
    return gap if gap > 0.0 else 0.0


@leaf
def closing_between(X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int) -> float:
    """Return the rate at which the way along the road between two bodies shrinks."""
    if not are_on_one_line(X, P, i, j):
        s, _, e = seen_from(X, P, line, i, j, np.inf)
        if np.isnan(s):
            return 0.0
        shrinking = along_speed(X[i]) - speed_along(X[j], e)
        return shrinking if s >= X[i, c.S] else -shrinking
    if X[i, c.S] <= X[j, c.S]:
        return along_speed(X[i]) - along_speed(X[j])
    return along_speed(X[j]) - along_speed(X[i])


@leaf
def _place_on_road(X: np.ndarray, P: np.ndarray, corners: np.ndarray, i: int, out: np.ndarray) -> None:
    place_polygon(corners[i], int(P[i, c.CORNERS]), X[i, c.S], X[i, c.D], X[i, c.E], out)


@leaf
def place_in_world(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, out: np.ndarray
) -> None:
    """Write the corners of a body's footprint in the world plane into `out`."""
    x, y, heading = pose_at(own_line(line, P[i]), X[i, c.S], X[i, c.D])
    place_polygon(corners[i], int(P[i, c.CORNERS]), x, y, heading + X[i, c.E], out)


@leaf
def prism_distance(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:
    """Return the signed distance of two bodies' footprints in the world plane."""
    place_in_world(X, P, corners, line, i, W[0])
    place_in_world(X, P, corners, line, j, W[1])
    return polygon_distance(W[0], int(P[i, c.CORNERS]), W[1], int(P[j, c.CORNERS]))


@leaf
def body_distance(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:  # fmt: skip
    """Return the signed distance of two bodies with their parts, as open doors."""
    best = prism_distance(X, P, corners, line, i, j, W)
    for part in range(int(P[i, c.PART0]), int(P[i, c.PART1])):
        best = min(best, prism_distance(X, P, corners, line, part, j, W))
    for part in range(int(P[j, c.PART0]), int(P[j, c.PART1])):
        best = min(best, prism_distance(X, P, corners, line, i, part, W))
        for own in range(int(P[i, c.PART0]), int(P[i, c.PART1])):
            best = min(best, prism_distance(X, P, corners, line, own, part, W))
    return best


@leaf
def _ttc_of_bodies(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:
    """Return the time until two bodies touch, with their parts."""
    soonest = _ttc(X, P, corners, line, i, j, W)
    for part in range(int(P[i, c.PART0]), int(P[i, c.PART1])):
        soonest = min(soonest, _ttc(X, P, corners, line, part, j, W))
    for part in range(int(P[j, c.PART0]), int(P[j, c.PART1])):
        soonest = min(soonest, _ttc(X, P, corners, line, i, part, W))
        for own in range(int(P[i, c.PART0]), int(P[i, c.PART1])):
            soonest = min(soonest, _ttc(X, P, corners, line, own, part, W))
    return soonest


@leaf
def _ttc(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:
    if not are_on_one_line(X, P, i, j):
        return _ttc_in_world(X, P, corners, line, i, j, W)
    vs = along_speed(X[j]) - along_speed(X[i])
    vd = across_speed(X[j]) - across_speed(X[i])
    ds, dd = X[j, c.S] - X[i, c.S], X[j, c.D] - X[i, c.D]
    # boxes around both that keep or widen their distance along an axis never meet
    if ds * vs >= 0.0 and abs(ds) > half_length(X[i], P[i]) + half_length(X[j], P[j]):
        return np.inf
    if dd * vd >= 0.0 and abs(dd) > half_width(X[i], P[i]) + half_width(X[j], P[j]):
        return np.inf
    _place_on_road(X, P, corners, i, W[0])
    _place_on_road(X, P, corners, j, W[1])
    return time_to_touch(W[0], int(P[i, c.CORNERS]), W[1], int(P[j, c.CORNERS]), vs, vd)


@leaf
def _ttc_in_world(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:
    """Return when two bodies on different routes touch if both go on straight as they move."""
    xi, yi, heading = pose_at(own_line(line, P[i]), X[i, c.S], X[i, c.D])
    yaw_i = heading + X[i, c.E]
    xj, yj, heading = pose_at(own_line(line, P[j]), X[j, c.S], X[j, c.D])
    yaw_j = heading + X[j, c.E]
    ci, si, cj, sj = math.cos(yaw_i), math.sin(yaw_i), math.cos(yaw_j), math.sin(yaw_j)
    vx = X[j, c.V] * cj - X[j, c.U] * sj - X[i, c.V] * ci + X[i, c.U] * si
    vy = X[j, c.V] * sj + X[j, c.U] * cj - X[i, c.V] * si - X[i, c.U] * ci
    # the circles around both have to meet first
    dx, dy, reach = xj - xi, yj - yi, P[i, c.RADIUS] + P[j, c.RADIUS]
    nearing, apart, square = dx * vx + dy * vy, dx * dx + dy * dy - reach * reach, vx * vx + vy * vy
    if apart > 0.0 and (nearing >= 0.0 or nearing * nearing < apart * square):
        return np.inf
    place_polygon(corners[i], int(P[i, c.CORNERS]), xi, yi, yaw_i, W[0])
    place_polygon(corners[j], int(P[j, c.CORNERS]), xj, yj, yaw_j, W[1])
    return time_to_touch(W[0], int(P[i, c.CORNERS]), W[1], int(P[j, c.CORNERS]), vx, vy)


@leaf
def _is_part_of(P: np.ndarray, k: int, i: int, j: int) -> bool:
    """Return whether a body is a part of one of two others."""
    return P[k, c.KIND] == c.PART and (P[k, c.PULLER] == i or P[k, c.PULLER] == j)


@leaf
def _sight(
    X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray, i: int, j: int, W: np.ndarray
) -> float:
    """Return the smallest clearance between the line of sight from i to j and the other bodies."""
    x, y, heading = pose_at(own_line(line, P[i]), X[i, c.S], X[i, c.D])
    forward = 0.5 * P[i, c.LENGTH] * (1.0 - _EYE)
    x += forward * math.cos(heading + X[i, c.E])
    y += forward * math.sin(heading + X[i, c.E])
    tx, ty, _ = pose_at(own_line(line, P[j]), X[j, c.S], X[j, c.D])
    best = np.inf
    for k in range(X.shape[0]):
        if k not in (i, j) and not _is_part_of(P, k, i, j) and not _is_part_of(P, j, k, k):
            place_in_world(X, P, corners, line, k, W[0])
            best = min(best, segment_clearance(x, y, tx, ty, W[0], int(P[k, c.CORNERS]), W[1]))
    return best


@leaf
def _following(code: int, X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int) -> float:
    """Return a signal of the gap between two bodies and their motion along the road."""
    gap = gap_between(X, P, line, i, j)
    back, front = (i, j) if X[i, c.S] <= X[j, c.S] else (j, i)
    speed, other = along_speed(X[back]), along_speed(X[front])
    ahead = X[front, c.A] * math.cos(X[front, c.E])
    if not are_on_one_line(X, P, i, j):
        s, _, e = seen_from(X, P, line, i, j, np.inf)
        back, front = (i, j) if np.isnan(s) or s >= X[i, c.S] else (j, i)
        own, seen = along_speed(X[i]), 0.0 if np.isnan(s) else speed_along(X[j], e)
        speed, other = (own, seen) if back == i else (seen, own)
        ahead = X[j, c.A] * math.cos(e) if back == i and not np.isnan(s) else ahead
    if code == THW:
        return gap / speed if speed > 0.0 else np.inf
    if code == RSS:
        return gap - rss_distance(speed, other)
    closing = speed - other
    if code == MODIFIED_TTC:
        return modified_ttc(gap, closing, X[back, c.A] * math.cos(X[back, c.E]) - ahead)
    if code in (R157, EU_1426):
        if closing <= 0.0:
            return np.inf
        return gap / closing - (r157_ttc(closing) if code == R157 else eu_2022_1426_ttc(closing))
    if closing <= 0.0:
        need = 0.0
    elif gap <= 0.0:
        return np.inf
    else:
        need = closing * closing / (2.0 * gap)
    if code == DRAC:
        return need
    need = max(need - ahead, 0.0)
    return brake_threat(need, P[back, c.MU]) if code == THREAT else need


@leaf
def _departure(x: np.ndarray, p: np.ndarray, lanes: np.ndarray) -> float:
    """Return how far a body reaches beyond the nearest lane; d = 0 is an edge of equally wide lanes."""
    if lanes.shape[0] == 0:
        return abs(x[c.D]) + half_width(x, p) - p[c.HALF_LANE]
    half_lane = np.inf
    for k in range(lanes.shape[0]):
        half_lane = min(half_lane, abs(lanes[k]))
    return abs(lane_offset(lanes, x[c.D])[1]) + half_width(x, p) - half_lane


@leaf
def _leaving(X: np.ndarray, lanes: np.ndarray, i: int, j: int) -> float:
    """Return how far i has left its lane's middle towards j's lane; -inf in one lane or on the way back."""
    own, offset = lane_offset(lanes, X[i, c.D])
    other, _ = lane_offset(lanes, X[j, c.D])
    side = 1.0 if lanes[other] > lanes[own] else -1.0
    if own == other or side * across_speed(X[i]) < 0.0:
        return -np.inf
    return side * offset


@leaf
def _overlap(X: np.ndarray, P: np.ndarray, line: np.ndarray, i: int, j: int) -> float:
    """Return how much i and what lies ahead of it overlap across the road; -inf if it does not lie ahead."""
    s, d, _ = seen_from(X, P, line, i, j, np.inf)
    if np.isnan(s) or (s - X[i, c.S]) * P[i, c.DIRECTION] <= 0.0:
        return -np.inf
    return 0.5 * (P[i, c.WIDTH] + P[j, c.WIDTH]) - abs(X[i, c.D] - d)


@leaf
def _single(code: int, X: np.ndarray, P: np.ndarray, lanes: np.ndarray, i: int) -> float:
    """Return a signal of one body."""
    if code == SPEED:
        return X[i, c.V]
    if code == ACCELERATION:
        return X[i, c.A]
    if code == LATERAL_ACCELERATION:
        return X[i, c.AY]
    if code == JERK:
        return X[i, c.J]
    if code == YAW_RATE:
        return X[i, c.R]
    if code == LATERAL_OFFSET:
        return lane_offset(lanes, X[i, c.D])[1]
    if code == LATERAL_SPEED:
        return across_speed(X[i])
    if code == HEADING:
        return X[i, c.E] - 2.0 * math.pi * math.floor(X[i, c.E] / (2.0 * math.pi) + 0.5)
    if code == LANE:
        return lane_offset(lanes, X[i, c.D])[0] + 1.0
    if code == DEPARTURE:
        return _departure(X[i], P[i], lanes)
    return X[i, c.WAY]


@inlined
def signal_at(
    code: int, i: int, j: int, X: np.ndarray, P: np.ndarray, corners: np.ndarray, line: np.ndarray,
    lanes: np.ndarray, W: np.ndarray,
) -> float:  # fmt: skip
    """Return one signal at one moment.

    Args:
        code: which, from CODES.
        i: row of the first body.
        j: row of the second; -1 where there is none, which gives the harmless value.
        X: (N, >= ROW) state.
        P: (N, PARAMETERS).
        corners: (N, CORNER_LIMIT, 2) footprints.
        line: (M, 6) reference line.
        lanes: (L,) lane centres.
        W: (2, CORNER_LIMIT, 2) room to work in.
    """
    if SPEED <= code <= TRAVELLED:
        return _single(code, X, P, lanes, i) if i >= 0 else 0.0
    if i < 0 or j < 0:
        if code in (DRAC, REQUIRED, CLOSING, THREAT):
            return 0.0
        return -np.inf if code in (LEAVING, OVERLAP) else np.inf
    if code == GAP:
        return gap_between(X, P, line, i, j)
    if code == CLOSING:
        return closing_between(X, P, line, i, j)
    if code == TTC:
        return _ttc_of_bodies(X, P, corners, line, i, j, W)
    if code == DISTANCE:
        return body_distance(X, P, corners, line, i, j, W)
    if code == SIGHT:
        return _sight(X, P, corners, line, i, j, W)
    if code == LEAVING:
        return _leaving(X, lanes, i, j)
    if code == OVERLAP:
        return _overlap(X, P, line, i, j)
    return _following(code, X, P, line, i, j)

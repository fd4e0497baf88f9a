"""The motion of all actors: one compiled step for vehicles, pedestrians and things.

Vehicles are dynamic bicycles with linear tyres inside a friction circle (Rajamani 2012, chapter 2), blended
into kinematic ones below 5 m/s, where slip angles lose their meaning. The speed along the body is integrated
exactly for an acceleration that ramps at its jerk limit and then stays; the rest is a midpoint rule.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf, sine_and_cosine
from sim.domains.driving.control import steering_wish, wander, wished_acceleration
from sim.domains.driving.coupled import follow_pullers
from sim.domains.driving.extents import lane_offset
from sim.domains.driving.lines import own_line, place_everyone
from sim.domains.driving.rails import run_on_rails
from sim.domains.driving.right_of_way import mind_rules
from sim.domains.driving.roads import curvature_at
from sim.domains.driving.route_following import find_ahead_on_routes, kept_to_route

__all__ = ["copy_rows", "find_ahead", "longitudinal", "look_around", "refresh_extents", "sort_along", "step"]

_G = 9.80665
_STIFF = 1.5  # step times rate at which slip dies away beyond which it is cut up; a midpoint rule bears 2
_HORIZON = 250.0  # how far ahead a driver follows anything [m]


@leaf
def longitudinal(v0: float, a0: float, wish: float, jerk: float, h: float) -> tuple[float, float, float]:
    """Return (way, speed, acceleration) after h: the acceleration ramps to `wish` and then stays.

    A body that comes to a stand within the step stays there.
    """
    ramp = abs(wish - a0) / jerk
    if ramp < h:
        rest = h - ramp
        turn = v0 + 0.5 * (a0 + wish) * ramp
        way = v0 * ramp + (2.0 * a0 + wish) * ramp * ramp / 6.0 + turn * rest + 0.5 * wish * rest * rest
        v1, a1 = turn + wish * rest, wish
    else:
        a1 = a0 + math.copysign(jerk * h, wish - a0)
        way = v0 * h + (2.0 * a0 + a1) * h * h / 6.0
        v1 = v0 + 0.5 * (a0 + a1) * h
    if v1 > 0.0:
        return way, v1, a1
    mean = 0.5 * (a0 + a1)
    if v0 <= 0.0 or mean >= 0.0:
        return 0.0, 0.0, max(a1, 0.0)
    return v0 * v0 / (-2.0 * mean), 0.0, 0.0


@leaf
def _lateral(
    p: np.ndarray, v: float, slowness: float, steer: float, u: float, r: float, front: float, rear: float
) -> tuple[float, float, float]:
    """Return (rate of u, rate of r, lateral acceleration) of the dynamic bicycle; axle forces are capped.

    `slowness` is 1/v: divisions are what this costs.
    """
    lf, lr = p[c.FRONT], p[c.REAR]
    ff = -p[c.GRIP_FRONT] * ((u + lf * r) * slowness - steer)
    fr = -p[c.GRIP_REAR] * (u - lr * r) * slowness
    ff = min(max(ff, -front), front)
    fr = min(max(fr, -rear), rear)
    return ff + fr - v * r, (lf * ff - lr * fr) * p[c.MASS_OVER_INERTIA], ff + fr


@leaf
def _turn(
    p: np.ndarray, v: float, a: float, steer: float, u0: float, r0: float, h: float
) -> tuple[float, float, float]:
    """Return (u, r, lateral acceleration) after h at speed v and longitudinal acceleration a."""
    lf, lr = p[c.FRONT], p[c.REAR]
    wheelbase = lf + lr
    room = p[c.MU] * _G
    side = math.sqrt(max(room * room - a * a, 0.0))
    u, r, ay = u0, r0, 0.0
    if v > c.SLOW:
        share, slowness = side / wheelbase, 1.0 / v
        front, rear = share * lr, share * lf
        yawing = (lf * lf * p[c.GRIP_FRONT] + lr * lr * p[c.GRIP_REAR]) * p[c.MASS_OVER_INERTIA]
        fastest = max(yawing, p[c.GRIP_FRONT] + p[c.GRIP_REAR]) * slowness
        pieces = 1 + int(h * fastest / _STIFF)
        part = h / pieces
        for _ in range(pieces):
            du, dr, _ = _lateral(p, v, slowness, steer, u, r, front, rear)
            du, dr, ay = _lateral(p, v, slowness, steer, u + 0.5 * part * du, r + 0.5 * part * dr, front, rear)
            u, r = u + part * du, r + part * dr
    if v < c.FAST:
        limit = side / max(v, 1e-3)
        yaw = min(max(v * math.tan(steer) / wheelbase, -limit), limit)
        share = max((v - c.SLOW) / (c.FAST - c.SLOW), 0.0)
        u = share * u + (1.0 - share) * lr * yaw
        r = share * r + (1.0 - share) * yaw
        ay = share * ay + (1.0 - share) * v * yaw
    return u, r, ay


@leaf
def _drive(
    i: int, ahead: int, t: float, h: float, X: np.ndarray, Y: np.ndarray, P: np.ndarray, C: np.ndarray,
    lines: np.ndarray, path: np.ndarray,
) -> None:  # fmt: skip
    """Advance one vehicle by h; what it sees of the others stands in Y."""
    x, p = X[i], P[i]
    wish, jerk = wished_acceleration(i, ahead, t, Y, P, C, lines)
    line = own_line(lines, p)
    if p[c.EASE] > 0.0:
        wish = kept_to_route(i, wish, x, p, C[i], lines)
    room = p[c.MU] * _G
    wish = min(max(wish, -room), min(room, p[c.POWER]))
    v0, a0 = x[c.V], x[c.A]
    way, v1, a1 = longitudinal(v0, a0, wish, jerk, h)
    x[c.V], x[c.A] = v1, a1
    x[c.J] = (a1 - a0) / h
    x[c.WAY] += way
    if p[c.RAIL] > 0.0:
        run_on_rails(x, p, C[i], line, way)
        return
    want = steering_wish(t, x, p, C[i], line, path)
    steer0 = x[c.STEER]
    turn = p[c.STEER_RATE] * h
    steer = min(max(want, steer0 - turn), steer0 + turn)
    x[c.STEER] = steer
    e0, u0, r0 = x[c.E], x[c.U], x[c.R]
    if e0 == 0.0 and steer == 0.0 and u0 == 0.0 and r0 == 0.0 and line.shape[0] == 1 and line[0, 4] == 0.0:
        x[c.S] += way  # straight ahead on a straight road
        x[c.AY] = 0.0
        return
    v = way / h
    u1, r1, x[c.AY] = _turn(p, v, 0.5 * (a0 + a1), 0.5 * (steer0 + steer), u0, r0, h)
    x[c.U], x[c.R] = u1, r1
    u, r = 0.5 * (u0 + u1), 0.5 * (r0 + r1)
    bend = curvature_at(line, x[c.S])
    forward = 0.0
    if bend != 0.0:
        forward = (v * math.cos(e0) - u * math.sin(e0)) / (1.0 - bend * x[c.D])
    middle = e0 + 0.5 * h * (r - bend * forward)
    si, co = sine_and_cosine(middle)
    across = v * si + u * co
    along = v * co - u * si
    if bend != 0.0:
        bend = curvature_at(line, x[c.S] + 0.5 * h * forward)
        along /= 1.0 - bend * (x[c.D] + 0.5 * h * across)
    x[c.S] += h * along
    x[c.D] += h * across
    x[c.E] = e0 + h * (r - bend * along)


@leaf
def _walk(
    i: int, t: float, h: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, lines: np.ndarray,
    path: np.ndarray,
) -> None:  # fmt: skip
    """Advance by h whoever goes from point to point: along the path to its last point, else straight on."""
    wish, jerk = wished_acceleration(i, -1, t, X, P, C, lines)
    line = own_line(lines, P[i])
    a0 = X[i, c.A]
    way, v1, a1 = longitudinal(X[i, c.V], a0, wish, jerk, h)
    X[i, c.V], X[i, c.A], X[i, c.J] = v1, a1, (a1 - a0) / h
    X[i, c.WAY] += way
    stretch = 1.0 - curvature_at(line, X[i, c.S]) * X[i, c.D]
    last = int(C[i, c.PATH1])
    if last <= int(C[i, c.PATH0]):
        X[i, c.S] += way * math.cos(X[i, c.E]) / stretch
        X[i, c.D] += way * math.sin(X[i, c.E])
        return
    while way > 0.0 and int(X[i, c.LEG]) < last:
        leg = int(X[i, c.LEG])
        dx, dy = (path[leg, 0] - X[i, c.S]) * stretch, path[leg, 1] - X[i, c.D]
        left = math.sqrt(dx * dx + dy * dy)
        if left > 0.0:
            X[i, c.E] = math.atan2(dy, dx)
        if way < left:
            X[i, c.S] += way * dx / left / stretch
            X[i, c.D] += way * dy / left
            return
        X[i, c.S], X[i, c.D] = path[leg, 0], path[leg, 1]
        way -= left
        X[i, c.LEG] += 1
    if int(X[i, c.LEG]) >= last:
        X[i, c.V], X[i, c.A] = 0.0, 0.0
        X[i, c.WAY] -= way


@leaf
def _between(path: np.ndarray, row: int, share: float, length: float) -> tuple[float, float, float]:
    """Return (value, rate, second rate) of the cubic from (value, rate) in `row` to those three rows on."""
    p, m = path[row, 0], path[row, 1] * length
    q, n = path[row + 3, 0], path[row + 3, 1] * length
    a, b = 2.0 * (p - q) + m + n, 3.0 * (q - p) - 2.0 * m - n
    value = p + share * (m + share * (b + share * a))
    rate = (m + share * (2.0 * b + share * 3.0 * a)) / length
    return value, rate, (2.0 * b + share * 6.0 * a) / (length * length)


@leaf
def _replay(x: np.ndarray, q: np.ndarray, t: float, h: float, line: np.ndarray, path: np.ndarray) -> None:
    """Put a body where its trace says at t: samples are rows of (t, -), (s, its rate), (d, its rate)."""
    last = int(q[c.PATH1]) - 3
    while int(x[c.LEG]) < last - 3 and path[int(x[c.LEG]) + 3, 0] <= t:
        x[c.LEG] += 3
    row = int(x[c.LEG])
    if t < path[last, 0]:
        length = path[row + 3, 0] - path[row, 0]
        share = (t - path[row, 0]) / length
        s, ds, dds = _between(path, row + 1, share, length)
        d, dd, ddd = _between(path, row + 2, share, length)
    else:
        ds, dd, dds, ddd = path[last + 1, 1], path[last + 2, 1], 0.0, 0.0
        s, d = path[last + 1, 0] + ds * (t - path[last, 0]), path[last + 2, 0] + dd * (t - path[last, 0])
    bend = curvature_at(line, s)
    along = ds * (1.0 - bend * d)
    x[c.S], x[c.D] = s, d
    v = math.sqrt(along * along + dd * dd)
    if v > 1e-6:
        x[c.E] = math.atan2(dd, along)
        x[c.R] = (along * ddd - dd * dds) / (v * v) + bend * ds
    else:
        x[c.R] = 0.0
    a = (along * dds + dd * ddd) / v if v > 1e-6 else 0.0
    x[c.J] = (a - x[c.A]) / h
    x[c.V], x[c.U], x[c.A], x[c.AY] = v, 0.0, a, v * x[c.R]
    x[c.WAY] += v * h


@leaf
def refresh_extents(X: np.ndarray, P: np.ndarray) -> None:
    """Bring the half extents along and across the road up to date; never smaller than the true ones."""
    for i in range(X.shape[0]):
        turned = abs(X[i, c.E]) if P[i, c.DIRECTION] > 0.0 else abs(abs(X[i, c.E]) - math.pi)
        if P[i, c.KIND] in (c.PEDESTRIAN, c.ANIMAL, c.PART) or turned > 0.3:
            X[i, c.HLON] = X[i, c.HLAT] = P[i, c.RADIUS]
        else:
            X[i, c.HLON] = 0.5 * (P[i, c.LENGTH] + turned * P[i, c.WIDTH])
            X[i, c.HLAT] = 0.5 * (P[i, c.WIDTH] + turned * P[i, c.LENGTH])


@leaf
def sort_along(X: np.ndarray, order: np.ndarray) -> None:
    """Sort `order` by s; insertion, because one step hardly changes it."""
    for k in range(1, order.shape[0]):
        i = order[k]
        s = X[i, c.S]
        m = k
        while m > 0 and X[order[m - 1], c.S] > s:
            order[m] = order[m - 1]
            m -= 1
        order[m] = i


@leaf
def find_ahead(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, order: np.ndarray, lanes: np.ndarray, ahead: np.ndarray
) -> None:
    """Write the nearest body ahead in the way of every driver who needs it, and what that would uncover.

    The way is as wide as the body and reaches over to where a lane change takes it. ahead[i, 1] is the next
    one beyond a leader that is itself leaving its lane, else the leader: what a careful driver looks out for.
    """
    n = order.shape[0]
    for k in range(n):
        i = order[k]
        if C[i, c.LEADING] == 0.0:
            continue
        ahead[i, 0] = ahead[i, 1] = -1
        side = int(P[i, c.DIRECTION])
        low, high = min(X[i, c.D], C[i, c.D1]), max(X[i, c.D], C[i, c.D1])
        half = 0.5 * P[i, c.WIDTH]
        m = k + side
        while 0 <= m < n:
            j = order[m]
            if (X[j, c.S] - X[i, c.S]) * side > _HORIZON:
                break
            reach = half + X[j, c.HLAT]
            if low - reach < X[j, c.D] < high + reach and P[j, c.PULLER] != i:
                if ahead[i, 0] < 0:
                    ahead[i, 0] = ahead[i, 1] = j
                    if C[i, c.WATCHING] == 0.0 or abs(lane_offset(lanes, X[j, c.D])[1]) < C[i, c.WATCHING]:
                        break
                else:
                    ahead[i, 1] = j
                    break
            m += side


@leaf
def copy_rows(source: np.ndarray, target: np.ndarray, columns: int) -> None:
    """Copy the first columns of every row."""
    for i in range(source.shape[0]):
        for k in range(columns):
            target[i, k] = source[i, k]


@leaf
def look_around(
    X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray, order: np.ndarray, lanes: np.ndarray,
    ahead: np.ndarray,
) -> None:  # fmt: skip
    """Bring extents, order and `ahead` up to date with the state; on routes, places and `ahead`."""
    refresh_extents(X, P)
    if lanes.shape[0] == 0:
        place_everyone(X, P, line)
        find_ahead_on_routes(X, P, C, line, ahead)
        return
    sort_along(X, order)
    find_ahead(X, P, C, order, lanes, ahead)


@leaf
def step(
    t: float, h: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray,
    lanes: np.ndarray, path: np.ndarray, order: np.ndarray, ahead: np.ndarray, Y: np.ndarray, key: np.uint64,
    edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray,
    addresses: np.ndarray, conflicts: np.ndarray, timetable: np.ndarray,
) -> None:  # fmt: skip
    """Advance every actor from t by h, all of them seeing the others as they were at t.

    Y takes the state at t, so that a step can be taken back; `ahead` must belong to it.
    """
    n = X.shape[0]
    for i in range(n):
        if C[i, c.SIGMA_V] > 0.0 or C[i, c.SIGMA_D] > 0.0:
            wander(i, t, X, C, key, edit_keys, edit_entities, edit_times, edit_betas, addresses)
    copy_rows(X, Y, c.STATE)
    if lanes.shape[0] == 0:
        for i in range(n):
            if P[i, c.RULED] > 0.0:
                mind_rules(i, t, X, Y, P, C, conflicts, timetable)
    for i in range(n):
        if P[i, c.KIND] == c.STATIC or C[i, c.MODE] == c.CARRIED or C[i, c.MODE] > c.REPLAYED:
            continue
        if C[i, c.MODE] == c.REPLAYED:
            _replay(X[i], C[i], t + h, h, own_line(line, P[i]), path)
        elif P[i, c.KIND] == c.VEHICLE and C[i, c.ACROSS] == 0.0:
            _drive(i, ahead[i, 0], t, h, X, Y, P, C, line, path)
        else:
            _walk(i, t, h, X, P, C, line, path)
    if P[n - 1, c.PULLER] >= 0.0:
        follow_pullers(t + h, h, X, Y, P, C, line)
    look_around(X, P, C, line, order, lanes, ahead)

"""Control laws inside the kernel: what acceleration and steering a driver wants at this moment."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import inlined, leaf
from sim.domains.driving.extents import across_speed, along_speed
from sim.domains.driving.lines import are_on_one_line
from sim.domains.driving.roads import curvature_at
from sim.domains.driving.signals import closing_between, gap_between
from sim.noise_kernels import normal_at

__all__ = ["idm_acceleration", "lateral_profile", "steering_wish", "wander", "wished_acceleration"]

_SPEED_GAIN = 0.4  # [1/s] speed keeping of ACC and cruise; Milanes and Shladover (2014)
_GAP_GAIN, _RATE_GAIN = 0.23, 0.07  # [1/s2], [1/s] gap keeping of ACC; Milanes and Shladover (2014)
_LATERAL_FREQUENCY, _LATERAL_DAMPING = 1.2, 1.0  # [rad/s] of the lane keeping loop
_LATERAL_MARGIN = 0.3  # the loop's frequency times the delay of the steering, at most
_REVIEW = 0.01  # a command is looked at again after about this long [s]
_COMES = 0.5  # speed of who comes towards one [m/s]
_WIDE = 0.1  # angles from which they are not their tangents [rad]
_COMFORT_LATERAL = 5.0  # largest lateral acceleration a driver steers for [m/s2]


@leaf
def idm_acceleration(
    speed: float, desired: float, gap: float, closing: float, headway: float, standstill: float,
    acceleration: float, deceleration: float,
) -> float:  # fmt: skip
    """Return the acceleration of the intelligent driver model [m/s2].

    Source: Treiber, Hennecke, Helbing (2000), equations 2 and 3, exponent 4.
    """
    ratio = speed / max(desired, 0.1)
    square = ratio * ratio
    wish = standstill + max(
        0.0, speed * headway + speed * closing / (2.0 * math.sqrt(acceleration * deceleration))
    )
    share = wish / max(gap, 0.1)
    return acceleration * (1.0 - square * square - share * share)


@leaf
def wander(
    i: int, t: float, X: np.ndarray, C: np.ndarray, key: np.uint64, edit_keys: np.ndarray,
    edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray, addresses: np.ndarray,
) -> None:  # fmt: skip
    """Bring the wandering of one driver to time t: an AR(1) sequence on a fixed tick, linear between.

    The tick does not depend on the step of the motion, so that a finer step sees the same driver. A value is
    drawn when its line begins, one tick before it is reached; that is the time an edit of the noise compares.
    """
    tick = math.floor(t / c.WANDER_TICK + 1e-9)
    if X[i, c.TICK] >= tick:
        return
    keep = math.exp(-c.WANDER_TICK / c.WANDER_TIME)
    fresh = math.sqrt(1.0 - keep * keep)
    while X[i, c.TICK] < tick:
        at = int(X[i, c.TICK]) + 1
        when = max(at, 0) * c.WANDER_TICK
        for stream in range(2):
            sigma = C[i, c.SIGMA_V + stream]
            if sigma > 0.0:
                z = normal_at(
                    key, edit_keys, edit_entities, edit_times, edit_betas, addresses[i, stream],
                    addresses[i, 2], at + 1, when,
                )  # fmt: skip
                column = c.WV0 + 2 * stream
                old = X[i, column + 1]
                X[i, column] = old
                X[i, column + 1] = sigma * z if at < 0 else keep * old + fresh * sigma * z
        X[i, c.TICK] = at


@leaf
def _wandered(x: np.ndarray, column: int, t: float) -> float:
    share = t / c.WANDER_TICK - x[c.TICK]
    share = min(max(share, 0.0), 1.0)
    return x[column] + share * (x[column + 1] - x[column])


@leaf
def _commanded(x: np.ndarray, q: np.ndarray) -> float:
    """Return the commanded acceleration, eased so that its jerk lands it on the speed where it ends.

    A stop is not eased: the brakes hold until the wheels stand.
    """
    wish = q[c.COMMAND]
    missing = q[c.V_TO] - x[c.V]
    if wish * missing <= 0.0:
        return 0.0
    if q[c.V_TO] == 0.0:
        return wish
    near = max(abs(missing) - _REVIEW * abs(x[c.A]), 0.0)
    landing = math.sqrt(2.0 * q[c.COMMAND_JERK] * near)
    return math.copysign(min(abs(wish), landing), wish)


@leaf
def _merging(i: int, desired: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray) -> float:
    """Return the acceleration that stops before the end of the lane and makes room where two lanes become one.

    For whoever is minded one brakes comfortably at most: it is a gap to come, not one to keep.
    """
    q, v = C[i], X[i, c.V]
    wish = np.inf
    if q[c.END] > 0.0:
        room = (q[c.END] - X[i, c.S]) * P[i, c.DIRECTION] - 0.5 * P[i, c.LENGTH]
        wish = idm_acceleration(
            v, desired, room, v, q[c.HEADWAY], q[c.STANDSTILL], q[c.ACCELERATION], q[c.DECELERATION]
        )
    if q[c.MINDED] > 0.0:
        j = int(q[c.MINDED]) - 1
        gap = gap_between(X, P, line, i, j)
        closing = v - along_speed(X[j]) * P[i, c.DIRECTION]
        follow = idm_acceleration(
            v, desired, gap, closing, q[c.HEADWAY], q[c.STANDSTILL], q[c.ACCELERATION], q[c.DECELERATION]
        )
        wish = min(wish, max(follow, -q[c.DECELERATION]))
    return wish


@leaf
def wished_acceleration(
    i: int, ahead: int, t: float, X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray
) -> tuple[float, float]:  # fmt: skip
    """Return (acceleration, jerk limit) that the driver or script of body i wants; `ahead` may be -1."""
    x, q = X[i], C[i]
    mode = q[c.MODE]
    if mode == c.COMMANDED:
        return _commanded(x, q), q[c.COMMAND_JERK]
    if mode == c.HOLD:
        return x[c.A], q[c.JERK]
    v = x[c.V]
    desired = q[c.V_SET]
    if q[c.LIMIT] > 0.0:
        desired = min(desired, q[c.LIMIT])
    if q[c.SIGMA_V] > 0.0:
        desired = max(desired + _wandered(x, c.WV0, t), 0.0)
    if mode == c.CRUISE:
        wish = _SPEED_GAIN * (desired - v)
        return min(max(wish, -q[c.DECELERATION]), q[c.ACCELERATION]), q[c.JERK]
    gap, closing = np.inf, 0.0
    if ahead >= 0:
        gap = gap_between(X, P, line, i, ahead)
        if are_on_one_line(X, P, i, ahead):
            closing = v - along_speed(X[ahead]) * P[i, c.DIRECTION]
        else:
            closing = closing_between(X, P, line, i, ahead)
        if q[c.TRUST] > 0.0 and closing > v + _COMES and gap > q[c.TRUST] * closing:
            gap, closing = np.inf, 0.0
    if mode == c.IDM:
        wish = idm_acceleration(
            v, desired, gap, closing, q[c.HEADWAY], q[c.STANDSTILL], q[c.ACCELERATION],
            q[c.DECELERATION],
        )  # fmt: skip
        if q[c.END] > 0.0 or q[c.MINDED] > 0.0:
            wish = min(wish, _merging(i, desired, X, P, C, line))
        return max(wish, -q[c.BRAKING]), q[c.JERK]
    wish = _SPEED_GAIN * (desired - v)
    if ahead >= 0 and (q[c.STANDING] > 0.0 or X[ahead, c.WAY] > 0.5):
        excess = gap - q[c.STANDSTILL] - q[c.HEADWAY] * v
        wish = min(wish, _GAP_GAIN * excess - _RATE_GAIN * closing)
    return min(max(wish, -q[c.DECELERATION]), q[c.ACCELERATION]), q[c.JERK]


@leaf
def lateral_profile(
    t: float, start: float, d0: float, d1: float, speed: float, acceleration: float
) -> tuple[float, float, float]:
    """Return (d, its rate, its second rate) of a lateral move: ramp up, constant speed, ramp down.

    A move too short for its speed has no middle part.
    """
    way = abs(d1 - d0)
    if way == 0.0 or t <= start:
        return d0, 0.0, 0.0
    sign = 1.0 if d1 > d0 else -1.0
    top = min(speed, math.sqrt(way * acceleration))
    ramp = top / acceleration
    total = way / top + ramp
    now = t - start
    if now >= total:
        return d1, 0.0, 0.0
    if now < ramp:
        return d0 + sign * 0.5 * acceleration * now * now, sign * acceleration * now, sign * acceleration
    if now <= total - ramp:
        return d0 + sign * (0.5 * top * ramp + top * (now - ramp)), sign * top, 0.0
    left = total - now
    return d1 - sign * 0.5 * acceleration * left * left, sign * acceleration * left, -sign * acceleration


@leaf
def _along_path(s: float, forward: float, direction: float, path: np.ndarray, first: int, last: int) -> tuple[
    float, float, float
]:  # fmt: skip
    """Return (d, rate, second rate) of a path of (s, d) points at s, smoothstep from point to point."""
    for k in range(first, last - 1):
        s0, s1 = path[k, 0], path[k + 1, 0]
        length = (s1 - s0) * direction
        here = (s - s0) * direction
        if here < length and length > 0.0:
            if here < 0.0:
                return path[k, 1], 0.0, 0.0
            x = here / length
            dd = path[k + 1, 1] - path[k, 1]
            slope = dd * 30.0 * x * x * (1.0 - x) * (1.0 - x) / length
            bend = dd * (60.0 * x - 180.0 * x * x + 120.0 * x * x * x) / (length * length)
            d = path[k, 1] + dd * x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)
            return d, slope * forward, bend * forward * forward
    return path[last - 1, 1], 0.0, 0.0


@inlined
def _course(
    t: float, late: float, x: np.ndarray, p: np.ndarray, q: np.ndarray, path: np.ndarray
) -> tuple[float, float, float]:
    """Return (d, its rate, its second rate) of the lateral course.

    What the steering anticipates (the second rate) is that of now, what its loop corrects (d and its rate) that
    of `late` seconds ago: else the loop would add what is only late.
    """
    if q[c.PATH1] > q[c.PATH0]:
        return _along_path(x[c.S], abs(along_speed(x)), p[c.DIRECTION], path, int(q[c.PATH0]), int(q[c.PATH1]))
    if q[c.D0] == q[c.D1]:
        return q[c.D1], 0.0, 0.0
    d, rate, _ = lateral_profile(t - late, q[c.T0], q[c.D0], q[c.D1], q[c.VY], q[c.AYL])
    return d, rate, lateral_profile(t, q[c.T0], q[c.D0], q[c.D1], q[c.VY], q[c.AYL])[2]


@leaf
def steering_wish(
    t: float, x: np.ndarray, p: np.ndarray, q: np.ndarray, line: np.ndarray, path: np.ndarray
) -> float:
    """Return the road-wheel angle that keeps a body on its lateral course.

    The wished lateral acceleration (feed-forward of the course and a damped loop on its error) becomes a
    curvature, and that the steady-state angle of a bicycle with linear tyres. The curvature of the line is that
    of where the body will be when its steering has taken effect: ahead when fast, because tyres need time to
    build up their slip, and behind when slow, because the rear axle is still to come.
    """
    v = x[c.V]
    if v < 0.1:
        return x[c.STEER]
    fast = min(max((v - c.SLOW) / (c.FAST - c.SLOW), 0.0), 1.0)
    behind = fast * p[c.LEAD] + (1.0 - fast) * p[c.REAR]
    bend = curvature_at(line, x[c.S] + p[c.DIRECTION] * (p[c.DELAY] * v * v - behind))
    is_centred = x[c.D] == q[c.D1] and x[c.E] == 0.0 and x[c.U] == 0.0 and bend == 0.0
    if is_centred and q[c.D0] == q[c.D1] and q[c.SIGMA_D] == 0.0 and q[c.PATH1] == q[c.PATH0]:
        return 0.0
    side = p[c.DIRECTION]
    late = max(p[c.DELAY] * v - p[c.LEAD] / v, 0.0)
    d, rate, second = _course(t, late, x, p, q, path)
    if q[c.SIGMA_D] > 0.0:
        d += _wandered(x, c.WD0, t)
    omega = min(_LATERAL_FREQUENCY, _LATERAL_MARGIN / (late + 1e-3))
    wish = second + 2.0 * _LATERAL_DAMPING * omega * (rate - across_speed(x)) + omega * omega * (d - x[c.D])
    wish = min(max(wish, -_COMFORT_LATERAL), _COMFORT_LATERAL)
    if bend != 0.0:
        bend /= 1.0 - bend * x[c.D]
    square = max(v, 2.0) ** 2
    curvature = side * (bend + wish / square)
    angle = (p[c.FRONT] + p[c.REAR]) * curvature
    if fast < 1.0 and abs(angle) > _WIDE:
        angle = fast * angle + (1.0 - fast) * math.atan(angle)  # as kinematic bicycles turn
    angle += p[c.UNDERSTEER] * v * v * curvature
    return min(max(angle, -p[c.STEER_MAX]), p[c.STEER_MAX])

"""Kerbs: raised strips beside a road, which wheels climb and on which people fall."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.roads import Road, curvature_at, pose_at, project
from sim.domains.driving.skid import Chassis
from sim.geometry import Array
from sim.worlds.physics import GRAVITY, Planar

__all__ = ["Kerbs", "Slab", "climb", "kerb_push"]

Slab = tuple[float, float, float, float, float, float]
"""Centre (x, y), heading, length, width, height of a raised piece of ground [m, rad]."""

_PIECE = 5.0  # length of a slab where the road bends [m]
_OVERLAP = 0.3  # of neighbouring slabs, so that no gap opens on the outside of a bend [m]
_GRID = 5.0  # between the points from which a place on the line is sought [m]


@leaf
def climb(way: float, height: float, radius: float) -> tuple[float, float]:
    """Return by how much a rigid wheel stands above the lower ground, and the slope of its path.

    It rolls over the edge of a step: its centre follows a circle about the edge, from where the tread first
    touches the edge until it stands on top.

    Args:
        way: of the wheel's middle past the edge, negative before it [m].
        height: of the step [m]; at most the radius.
        radius: of the wheel [m].
    """
    if way >= 0.0:
        return height, 0.0
    drop = radius - height
    if way * way >= radius * radius - drop * drop:
        return 0.0, 0.0
    centre = math.sqrt(radius * radius - way * way)
    return centre - drop, -way / centre


@leaf
def _above(d: float, strips: np.ndarray, radius: float) -> tuple[float, float]:
    """Return (height, its slope along d) of a wheel at a way across; strips are (K, 3) right, left, height."""
    height, slope = 0.0, 0.0
    for k in range(strips.shape[0]):
        from_right, from_left = d - strips[k, 0], strips[k, 1] - d
        rise, steep = climb(min(from_right, from_left), strips[k, 2], radius)
        if rise > height:
            height, slope = rise, steep if from_right < from_left else -steep
    return height, slope


@leaf
def _wheel_heights(
    s: float, x: float, y: float, yaw: float, front: float, rear: float, half_track: float, radius: float,
    line: np.ndarray, strips: np.ndarray, out: np.ndarray,
) -> float:  # fmt: skip
    """Write (4, 3) height, slope along world x and along world y at every wheel; return s of the middle."""
    co, si = math.cos(yaw), math.sin(yaw)
    s, _ = project(line, x, y, s)
    for wheel in range(4):
        px = front if wheel < 2 else rear
        py = half_track if wheel % 2 else -half_track
        at, d = project(line, x + co * px - si * py, y + si * px + co * py, s)
        height, slope = _above(d, strips, radius)
        _, _, heading = pose_at(line, at, 0.0)
        out[wheel, 0] = height
        out[wheel, 1], out[wheel, 2] = -slope * math.sin(heading), slope * math.cos(heading)
    return s


@leaf
def kerb_push(
    x: float, y: float, yaw: float, mass: float, front: float, rear: float, half_track: float, radius: float,
    s: float, line: np.ndarray, strips: np.ndarray, wheels: np.ndarray,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return what `Kerbs.push` does; `s` is a guess of it, `wheels` room for (4, 3) numbers."""
    s = _wheel_heights(s, x, y, yaw, front, rear, half_track, radius, line, strips, wheels)
    fx, fy, torque = 0.0, 0.0, 0.0
    co, si = math.cos(yaw), math.sin(yaw)
    for wheel in range(4):
        slope_x, slope_y = wheels[wheel, 1], wheels[wheel, 2]
        if slope_x == 0.0 and slope_y == 0.0:
            continue
        px = front if wheel < 2 else rear
        py = half_track if wheel % 2 else -half_track
        share = (-rear if wheel < 2 else front) / (front - rear) / 2
        load = mass * GRAVITY * share
        push_x, push_y = -load * slope_x, -load * slope_y
        fx, fy = fx + push_x, fy + push_y
        torque += (co * px - si * py) * push_y - (si * px + co * py) * push_x
    return fx, fy, torque, s


@leaf
def _lift(
    poses: np.ndarray, s: float, front: float, rear: float, half_track: float, radius: float, line: np.ndarray,
    strips: np.ndarray, wheels: np.ndarray,
) -> None:  # fmt: skip
    """Raise and tilt (T, 7) poses of a vehicle, in place, so that its wheels stand on the ground."""
    for t in range(poses.shape[0]):
        yaw = 2.0 * math.atan2(poses[t, 5], poses[t, 6])
        s = _wheel_heights(
            s, poses[t, 0], poses[t, 1], yaw, front, rear, half_track, radius, line, strips, wheels
        )
        fr, fl, rr, rl = wheels[0, 0], wheels[1, 0], wheels[2, 0], wheels[3, 0]
        if fr == 0.0 and fl == 0.0 and rr == 0.0 and rl == 0.0:
            continue
        ahead, behind, left, right = (fr + fl) / 2, (rr + rl) / 2, (fl + rl) / 2, (fr + rr) / 2
        base = front - rear
        pitch, roll = -math.atan2(ahead - behind, base), math.atan2(left - right, 2.0 * half_track)
        poses[t, 2] += (behind * front - ahead * rear) / base
        cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
        cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
        cr, sr = math.cos(roll / 2), math.sin(roll / 2)
        # roll, then pitch, then yaw
        poses[t, 3] = sr * cp * cy - cr * sp * sy
        poses[t, 4] = cr * sp * cy + sr * cp * sy
        poses[t, 5] = cr * cp * sy - sr * sp * cy
        poses[t, 6] = cr * cp * cy + sr * sp * sy


class Kerbs:
    """The raised strips of a road.

    A wheel that climbs a kerb is held back by its load times the slope of its path, and driven on by the same
    where it rolls down: the work is that of lifting the load. What a tyre's blow against the edge takes away
    is not modelled, nor is a wheel that hits a kerb sideways and trips the vehicle.

    `line` is the reference line of the road, `strips` (K, 3) right edge, left edge and height of each [m].
    """

    def __init__(self, road: Road) -> None:
        """Take over the strips of a road that are higher than its lanes."""
        self._road, self.line = road, road.line
        raised = [(right, left, height) for right, left, _, height in road.strips if height > 0.0]
        self.strips = np.array(raised, np.float64).reshape(-1, 3)
        self._wheels = np.zeros((4, 3))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return len(self.strips) > 0

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        """(N,) s and (N, 2) places of the reference line."""
        ways = np.arange(0.0, self._road.length + _GRID, _GRID)
        return ways, np.array([self._road.pose(float(s), 0.0)[:2] for s in ways])

    def way(self, x: float, y: float) -> float:
        """Return the s of a world point."""
        ways, points = self._points
        nearest = int(np.argmin((points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2))
        return self._road.place(x, y, float(ways[nearest]))[0]

    def height(self, x: float, y: float) -> float:
        """Return the height of the ground at a world point [m]."""
        if not self:
            return 0.0
        _, d = self._road.place(x, y, self.way(x, y))
        return max((float(h) for right, left, h in self.strips if right <= d < left), default=0.0)

    def push(
        self, chassis: Chassis, motion: Planar, *, radius: float, guess: float
    ) -> tuple[float, float, float, float]:
        """Return force [N] in world axes and yaw torque [N m] of kerbs on a vehicle's wheels, and its s.

        Args:
            chassis: wheels and weight.
            motion: of the centre of mass.
            radius: of the wheels [m].
            guess: of its s [m].
        """
        x, y, yaw = motion[:3]
        fx, fy, torque, s = kerb_push(
            x, y, yaw, *chassis[:4], radius, guess, self.line, self.strips, self._wheels
        )
        return fx, fy, torque, s

    def lift(self, chassis: Chassis, poses: Array, *, radius: float) -> Array:
        """Return (T, 7) poses of a vehicle raised and tilted so that its wheels stand on the ground.

        Args:
            chassis: wheels.
            poses: (T, 7) of the vehicle on flat ground.
            radius: of the wheels [m].
        """
        if not self:
            return poses
        if len(poses) > 1 and np.all(poses == poses[0]):
            return np.repeat(self.lift(chassis, poses[:1], radius=radius), len(poses), axis=0)
        lifted, guess = poses.copy(), self.way(float(poses[0, 0]), float(poses[0, 1]))
        wheels = (chassis.front, chassis.rear, chassis.half_track, radius)
        _lift(lifted, guess, *wheels, self.line, self.strips, self._wheels)
        return lifted

    def slabs(self, x: float, y: float, reach: float) -> list[Slab]:
        """Return boxes that stand for the raised strips around a world point."""
        if not self:
            return []
        middle = self.way(x, y)
        low, high = max(middle - reach, 0.0), min(middle + reach, self._road.length)
        straight = not np.any(self.line[:, 4:])
        count = 1 if straight else max(1, math.ceil((high - low) / _PIECE))
        ends = np.linspace(low, high, count + 1)
        found = []
        for right, left, height in self.strips:
            for first, last in pairwise(ends):
                cx, cy, yaw = self._road.pose(float(first + last) / 2, float(right + left) / 2)
                bend = curvature_at(self.line, float(first + last) / 2)
                longest = float(last - first) * (1.0 + max(-bend * left, -bend * right))
                length = longest if straight else longest + _OVERLAP
                found.append((cx, cy, yaw, float(length), float(left - right), float(height)))
        return found

"""What sensors see of bodies: signals by rays, in the boxes of everything that hides.

A body is its box, on which points are spread evenly over the sides that face the sensor; each counts by the
solid angle it stands for. `in_fov` is the share of that in the view, `visible` the share in the view with
nothing before it. Other actors, parked cars, houses, walls and poles hide, each as its box; plants, rails and
the sensor's own carrier do not. Poses are those that cameras are given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.geometry import Array, matrix_from_pose, quaternion_from_rpy, rotation_from_quaternion
from sim.views import Eye

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["Sightlines"]

_HIDING = ("building", "box", "vehicle", "cylinder", "two_wheeler")
"""Forms of what stands still that hide as their box."""
_SPREAD = 6
"""Points along a side of a box."""
_NEAR = 1e-3
"""Share of the way to a point in which nothing hides it any more."""


class Sightlines:
    """The signals of sensors of one episode."""

    def __init__(self, world: World, times: Array, rows: Array, eyes: Mapping[str, Eye]) -> None:
        """Place everything that can be seen or hides.

        Args:
            world: as it was built; its state is not read.
            times: (T,) of the rows [s].
            rows: (T, N, ROW).
            eyes: the sensors.
        """
        from sim.domains.driving.picture import build_truth

        truth = build_truth(world, times, rows, None)
        self._eyes, self._index = eyes, world.index
        poses = truth.tracks[0].poses
        self._R, self._at = rotation_from_quaternion(poses[..., 3:]), poses[..., :3]
        self._sizes = np.array([body.size for body in world.classes], np.float64)
        still = [body for body in truth.scene if body.name not in world.index and body.shape.kind in _HIDING]
        rest = np.array([body.pose for body in still], np.float64).reshape(-1, 7)
        self._still_R, self._still_at = rotation_from_quaternion(rest[:, 3:]), rest[:, :3].copy()
        self._still_sizes = np.array([body.shape.size for body in still], np.float64).reshape(-1, 3)
        self._known: dict[tuple[str, str], Array] = {}

    def signal(self, name: str, sensor: str, body: str) -> Array:
        """Return (T,) values of `visible`, `in_fov` or `range`."""
        known = self._known.get((sensor, body))
        if known is None:
            known = self._known[sensor, body] = self._looked(sensor, body)
        return known[("visible", "in_fov", "range").index(name)]

    def _looked(self, sensor: str, body: str) -> Array:
        eye, count = self._eyes[sensor], len(self._at)
        mount = matrix_from_pose(np.concatenate([eye.at[:3], quaternion_from_rpy(*eye.at[3:])]))
        carrier = -1 if eye.on is None else self._index[eye.on]
        R, o = np.broadcast_to(mount[:3, :3], (count, 3, 3)), np.broadcast_to(mount[:3, 3], (count, 3))
        if carrier >= 0:
            on = self._R[:, carrier]
            o = self._at[:, carrier] + np.einsum("tij,j->ti", on, mount[:3, 3])
            R = on @ mount[:3, :3]
        found = np.zeros((3, count))
        view = eye.view
        _look(
            self._index[body], carrier, np.ascontiguousarray(R), np.ascontiguousarray(o),
            np.ascontiguousarray(self._R), np.ascontiguousarray(self._at), self._sizes, self._still_R,
            self._still_at, self._still_sizes, np.array(view.limits, np.float64), view.azimuth,
            view.elevation[0], view.elevation[1], view.farthest,
            np.empty(len(self._sizes) + len(self._still_sizes), np.int64), np.empty(3), np.empty(3), found,
        )  # fmt: skip
        return found


@leaf
def _sees(
    x: float, y: float, z: float, limits: np.ndarray, azimuth: float, lowest: float, highest: float,
    farthest: float,
) -> bool:  # fmt: skip
    """Return whether a place in the mounting frame lies in the view."""
    level = math.sqrt(x * x + y * y)
    if math.sqrt(level * level + z * z) > farthest:
        return False
    if limits.shape[0] == 0:
        elevation = math.atan2(z, level)
        return abs(math.atan2(y, x)) <= azimuth and lowest <= elevation <= highest
    off = math.atan2(math.sqrt(y * y + z * z), x)
    place = (math.atan2(z, y) / (2.0 * math.pi)) % 1.0 * limits.shape[0]
    k = int(place)
    share = place - k
    before, after = limits[k % limits.shape[0]], limits[(k + 1) % limits.shape[0]]
    return off <= before + share * (after - before)


@leaf
def _blocks(R: np.ndarray, at: np.ndarray, size: np.ndarray, o: np.ndarray, p: np.ndarray) -> bool:
    """Return whether a box stands between two places."""
    first, last = 0.0, 1.0 - _NEAR
    for a in range(3):
        begin, way = 0.0, 0.0
        for k in range(3):
            begin += R[k, a] * (o[k] - at[k])
            way += R[k, a] * (p[k] - o[k])
        low = 0.0 if a == 2 else -0.5 * size[a]
        high = low + size[a]
        if abs(way) < 1e-12:
            if begin < low or begin > high:
                return False
            continue
        near, far = (low - begin) / way, (high - begin) / way
        if near > far:
            near, far = far, near
        first, last = max(first, near), min(last, far)
        if first > last:
            return False
    return True


@leaf
def _may_block(at: np.ndarray, size: np.ndarray, o: np.ndarray, p: np.ndarray, slack: float) -> bool:
    """Return whether the sphere about a box comes near the way between two places."""
    reach = 0.5 * math.sqrt(size[0] ** 2 + size[1] ** 2 + size[2] ** 2) + slack
    along, square, length = 0.0, 0.0, 0.0
    for k in range(3):
        middle = at[k] + (0.5 * size[2] if k == 2 else 0.0) - o[k]
        way = p[k] - o[k]
        along += middle * way
        square += middle * middle
        length += way * way
    share = min(max(along / max(length, 1e-12), 0.0), 1.0)
    return square - 2.0 * share * along + share * share * length <= reach * reach


@leaf
def _look(
    i: int, carrier: int, R: np.ndarray, o: np.ndarray, poses: np.ndarray, at: np.ndarray, sizes: np.ndarray,
    still_R: np.ndarray, still_at: np.ndarray, still_sizes: np.ndarray, limits: np.ndarray, azimuth: float,
    lowest: float, highest: float, farthest: float, near: np.ndarray, p: np.ndarray, q: np.ndarray,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write (3, T) visible share, share in view and distance of the box's middle."""
    movers = sizes.shape[0]
    size = sizes[i]
    slack = 0.5 * math.sqrt(size[0] ** 2 + size[1] ** 2 + size[2] ** 2)
    for t in range(o.shape[0]):
        square = 0.0
        for k in range(3):
            p[k] = at[t, i, k] + 0.5 * size[2] * poses[t, i, k, 2]
            square += (p[k] - o[t, k]) ** 2
        out[2, t] = math.sqrt(square)
        count = 0
        for n in range(near.shape[0]):
            if n < movers:
                if n in (i, carrier) or not _may_block(at[t, n], sizes[n], o[t], p, slack):
                    continue
            elif not _may_block(still_at[n - movers], still_sizes[n - movers], o[t], p, slack):
                continue
            near[count] = n
            count += 1
        total, in_view, seen = 0.0, 0.0, 0.0
        for side in range(6):
            a, sign = side // 2, 1.0 if side % 2 == 0 else -1.0
            b, d = (a + 1) % 3, (a + 2) % 3
            for row in range(_SPREAD * _SPREAD):
                q[a] = 0.5 * sign * size[a]
                q[b] = ((row // _SPREAD + 0.5) / _SPREAD - 0.5) * size[b]
                q[d] = ((row % _SPREAD + 0.5) / _SPREAD - 0.5) * size[d]
                facing, square = 0.0, 0.0
                for k in range(3):
                    p[k] = at[t, i, k]
                    for m in range(3):
                        p[k] += poses[t, i, k, m] * (q[m] + (0.5 * size[2] if m == 2 else 0.0))
                for k in range(3):
                    facing += sign * poses[t, i, k, a] * (o[t, k] - p[k])
                    square += (o[t, k] - p[k]) ** 2
                if facing <= 0.0:
                    break
                # The solid angle of the patch: its area turned to the sensor, over the square of the distance.
                weight = size[b] * size[d] * facing / (square * math.sqrt(square))
                total += weight
                x, y, z = 0.0, 0.0, 0.0
                for k in range(3):
                    x += R[t, k, 0] * (p[k] - o[t, k])
                    y += R[t, k, 1] * (p[k] - o[t, k])
                    z += R[t, k, 2] * (p[k] - o[t, k])
                if not _sees(x, y, z, limits, azimuth, lowest, highest, farthest):
                    continue
                in_view += weight
                hidden = False
                for m in range(count):
                    n = near[m]
                    if n < movers:
                        hidden = _blocks(poses[t, n], at[t, n], sizes[n], o[t], p)
                    else:
                        n -= movers
                        hidden = _blocks(still_R[n], still_at[n], still_sizes[n], o[t], p)
                    if hidden:
                        break
                if not hidden:
                    seen += weight
        out[0, t] = seen / total if total > 0.0 else 0.0
        out[1, t] = in_view / total if total > 0.0 else 0.0

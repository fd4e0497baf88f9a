"""Firing: which triangle every beam of a turn meets first, each column at its own moment."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.lidar.targets import Movers
from sim.compiled import inlined, kernel
from sim.geometry import Array
from sim.raycast.fan import Slopes, sweep
from sim.raycast.nearest import MISS
from sim.raycast.tree import DEPTH, Forest

__all__ = ["STILL", "Met", "fire", "placed", "within"]

STILL = 0
"""Tree of what stands still; the movers' trees follow."""


class Met(NamedTuple):
    """What beams meet, by column and by ascending elevation.

    Attributes:
        depth: (C, R) distance along the fan's horizontal [m]; beyond what counts where nothing is met.
        triangle: (C, R) place in the forest, `MISS` for none.
        tree: (C, R) which tree it stands in.
        body: (C, R) stage number of its body, -1 for none.
    """

    depth: Array
    triangle: NDArray[np.int64]
    tree: NDArray[np.int32]
    body: NDArray[np.int32]


@kernel
def placed(movers: Movers, m: int, share: float, T: np.ndarray) -> None:
    """Write the (3, 4) pose of a part at a share of the turn, 0 to 1."""
    knots = movers.positions.shape[0]
    at = min(max(share, 0.0), 1.0) * (knots - 1)
    k = min(int(at), knots - 2)
    s = at - k
    p, q = movers.turns[k, m], movers.turns[k + 1, m]
    dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3]
    sign = 1.0 if dot >= 0.0 else -1.0
    angle = math.acos(min(abs(dot), 1.0))
    a, b = 1.0 - s, s * sign
    if angle > 1e-9:
        sine = math.sin(angle)
        a, b = math.sin((1.0 - s) * angle) / sine, sign * math.sin(s * angle) / sine
    x, y, z, w = a * p[0] + b * q[0], a * p[1] + b * q[1], a * p[2] + b * q[2], a * p[3] + b * q[3]
    norm = 1.0 / math.sqrt(x * x + y * y + z * z + w * w)
    x, y, z, w = x * norm, y * norm, z * norm, w * norm
    T[0, 0], T[0, 1], T[0, 2] = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)
    T[1, 0], T[1, 1], T[1, 2] = 2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)
    T[2, 0], T[2, 1], T[2, 2] = 2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)
    for i in range(3):
        T[i, 3] = (1.0 - s) * movers.positions[k, m, i] + s * movers.positions[k + 1, m, i]


@kernel
def within(
    movers: Movers, share: float, o: np.ndarray, n: np.ndarray, h: np.ndarray, slack: float, reach: float,
    parts: np.ndarray, T: np.ndarray,
) -> int:  # fmt: skip
    """Write which parts a fan may meet, and their poses; return their number.

    Args:
        movers: the parts.
        share: moment of the turn, 0 to 1.
        o: (3,) origin of the fan.
        n: (3,) normal of its plane.
        h: (3,) ahead in it.
        slack: how far beams reach out of the plane, per metre.
        reach: farthest range that counts [m].
        parts: (M,) written.
        T: (M, 3, 4) written, in the same order.
    """
    count = 0
    knots = movers.positions.shape[0]
    at = min(max(share, 0.0), 1.0) * (knots - 1)
    k = min(int(at), knots - 2)
    for m in range(movers.body.shape[0]):
        # The part is no further from where its frame is than its sphere reaches, however it turns.
        far = movers.radius[m] + math.sqrt(
            movers.centre[m, 0] ** 2 + movers.centre[m, 1] ** 2 + movers.centre[m, 2] ** 2
        )
        ahead, aside, way = 0.0, 0.0, 0.0
        for i in range(3):
            x = movers.positions[k, m, i]
            x += (at - k) * (movers.positions[k + 1, m, i] - x) - o[i]
            ahead, aside, way = ahead + h[i] * x, aside + n[i] * x, way + x * x
        far += slack * math.sqrt(way)
        if abs(aside) > far or ahead < -far or way > (reach + far) ** 2:
            continue
        placed(movers, m, share, T[count])
        parts[count] = m
        count += 1
    return count


@inlined
def _seen_from(T: np.ndarray, v: np.ndarray) -> tuple[float, float, float]:
    """Return a direction in the frame of a part."""
    return (
        T[0, 0] * v[0] + T[1, 0] * v[1] + T[2, 0] * v[2],
        T[0, 1] * v[0] + T[1, 1] * v[1] + T[2, 1] * v[2],
        T[0, 2] * v[0] + T[1, 2] * v[1] + T[2, 2] * v[2],
    )


@nb.njit(cache=True, nogil=True, error_model="numpy")
def fire(
    forest: Forest, movers: Movers, poses: np.ndarray, azimuths: np.ndarray, slopes: Slopes, limits: np.ndarray,
    reach: float, first: int, last: int, met: Met,
) -> None:  # fmt: skip
    """Fire the columns first..last.

    Args:
        forest: what there is to meet.
        movers: where the moving parts are during the turn.
        poses: (C, 3, 4) of the sensor in the frame of what stands still, at each column's moment.
        azimuths: (C,) of the columns about the sensor's z, from its x [rad].
        slopes: of the beams.
        limits: (R,) farthest depth that counts [m].
        reach: farthest range that counts [m].
        first: column to begin with.
        last: past the last column.
        met: written.
    """
    rows, ways = np.empty((DEPTH, 3), np.int64), np.empty(DEPTH)
    parts, T = np.empty(movers.body.shape[0], np.int64), np.empty((movers.body.shape[0], 3, 4))
    before = np.empty(slopes.values.shape[0])
    n, h, u, o = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    columns = azimuths.shape[0]
    for c in range(first, last):
        cosine, sine = math.cos(azimuths[c]), math.sin(azimuths[c])
        for i in range(3):
            h[i] = poses[c, i, 0] * cosine + poses[c, i, 1] * sine
            n[i] = poses[c, i, 1] * cosine - poses[c, i, 0] * sine
            u[i], o[i] = poses[c, i, 2], poses[c, i, 3]
        depth, triangle, tree = met.depth[c], met.triangle[c], met.tree[c]
        depth[:], triangle[:], tree[:] = limits, MISS, STILL
        sweep(
            forest.boxes, forest.children, forest.corners, forest.roots[STILL], (o[0], o[1], o[2]),
            (n[0], n[1], n[2]), (h[0], h[1], h[2]), (u[0], u[1], u[2]), slopes, depth, triangle, rows, ways,
        )  # fmt: skip
        for k in range(within(movers, (c + 0.5) / columns, o, n, h, 0.0, reach, parts, T)):
            before[:] = depth
            origin = _seen_from(T[k], o - T[k, :, 3])
            if sweep(
                forest.boxes, forest.children, forest.corners, forest.roots[parts[k] + 1], origin,
                _seen_from(T[k], n), _seen_from(T[k], h), _seen_from(T[k], u), slopes, depth, triangle, rows,
                ways,
            ):  # fmt: skip
                for ray in range(depth.shape[0]):
                    if depth[ray] < before[ray]:
                        tree[ray] = parts[k] + 1
        for ray in range(depth.shape[0]):
            met.body[c, ray] = forest.owners[triangle[ray]] if triangle[ray] != MISS else -1

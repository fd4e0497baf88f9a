"""Firing: which triangle every beam of a turn meets first, each column at its own moment."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.lidar.targets import Movers
from sim.compiled import inlined, inner, kernel
from sim.geometry import Array
from sim.raycast.fan import Fans, Slopes, Work, sweep
from sim.raycast.nearest import MISS
from sim.raycast.tree import DEPTH, Forest

__all__ = ["ABREAST", "STILL", "Met", "aim", "fans_buffer", "fire", "placed", "within"]

STILL = 0
"""Tree of what stands still; the movers' trees follow."""
ABREAST = 8
"""Columns that walk the trees together."""


class Met(NamedTuple):
    """What beams meet, by column and by ascending elevation.

    Attributes:
        depth: (C, R) distance along the fan's horizontal [m]; beyond what counts where nothing is met.
        triangle: (C, R) place in the forest, `MISS` for none.
        body: (C, R) stage number of its body, -1 for none.
    """

    depth: Array
    triangle: NDArray[np.int64]
    body: NDArray[np.int32]


@nb.njit(cache=True, nogil=True)
def fans_buffer() -> Fans:
    """Return room for the fans of columns abreast."""
    return Fans(np.empty((ABREAST, 3)), np.empty((ABREAST, 3)), np.empty((ABREAST, 3)), np.empty((ABREAST, 3)))


@inner
def aim(poses: np.ndarray, azimuths: np.ndarray, first: int, count: int, fans: Fans) -> None:
    """Write the fans of some columns.

    Args:
        poses: (C, 3, 4) of the sensor in the frame of what stands still, at each column's moment.
        azimuths: (C,) of the columns about the sensor's z, from its x [rad].
        first: the first of them.
        count: how many there are.
        fans: written.
    """
    for j in range(count):
        T = poses[first + j]
        cosine, sine = math.cos(azimuths[first + j]), math.sin(azimuths[first + j])
        for i in range(3):
            fans.ahead[j, i] = T[i, 0] * cosine + T[i, 1] * sine
            fans.normal[j, i] = T[i, 1] * cosine - T[i, 0] * sine
            fans.up[j, i], fans.origin[j, i] = T[i, 2], T[i, 3]


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


@inner
def within(
    movers: Movers, first: float, last: float, fans: Fans, count: int, slack: float, reach: float,
    parts: np.ndarray,
) -> int:  # fmt: skip
    """Write which parts some fans may meet; return their number.

    Args:
        movers: the parts.
        first: moment of the first fan as a share of the turn, 0 to 1.
        last: and of the last.
        fans: of columns abreast.
        count: how many there are.
        slack: how far beams reach out of the plane, per metre.
        reach: farthest range that counts [m].
        parts: (M,) written.
    """
    middle, found, knots = count // 2, 0, movers.positions.shape[0]
    at = min(max(0.5 * (first + last), 0.0), 1.0) * (knots - 1)
    k = min(int(at), knots - 2)
    shift, turn = 0.0, slack
    for j in range(count):
        step, angle = 0.0, 0.0
        for i in range(3):
            step += (fans.origin[j, i] - fans.origin[middle, i]) ** 2
            # The planes turn about no more than what their normals and horizontals do together.
            angle += (fans.normal[j, i] - fans.normal[middle, i]) ** 2
            angle += (fans.ahead[j, i] - fans.ahead[middle, i]) ** 2
        shift, turn = max(shift, math.sqrt(step)), max(turn, slack + math.sqrt(angle))
    for m in range(movers.body.shape[0]):
        far = movers.extent[m] + shift + (last - first) * movers.path[m]
        ahead, aside, way = 0.0, 0.0, 0.0
        for i in range(3):
            x = movers.positions[k, m, i]
            x += (at - k) * (movers.positions[k + 1, m, i] - x) - fans.origin[middle, i]
            ahead, aside = ahead + fans.ahead[middle, i] * x, aside + fans.normal[middle, i] * x
            way += x * x
        far += turn * math.sqrt(way)
        if abs(aside) <= far and ahead >= -far and way <= (reach + far) ** 2:
            parts[found] = m
            found += 1
    return found


@inlined
def _seen_from(T: np.ndarray, vectors: np.ndarray, j: int, local: np.ndarray) -> None:
    """Write one of some directions in the frame of a part."""
    x, y, z = vectors[j, 0], vectors[j, 1], vectors[j, 2]
    for i in range(3):
        local[j, i] = T[0, i] * x + T[1, i] * y + T[2, i] * z


@inner
def _enter(
    movers: Movers, m: int, begin: int, columns: int, fans: Fans, count: int, T: np.ndarray, local: Fans
) -> None:
    """Write the fans in the frame of a part."""
    for j in range(count):
        placed(movers, m, (begin + j + 0.5) / columns, T)
        x, y, z = fans.origin[j, 0] - T[0, 3], fans.origin[j, 1] - T[1, 3], fans.origin[j, 2] - T[2, 3]
        for i in range(3):
            local.origin[j, i] = T[0, i] * x + T[1, i] * y + T[2, i] * z
        _seen_from(T, fans.normal, j, local.normal)
        _seen_from(T, fans.ahead, j, local.ahead)
        _seen_from(T, fans.up, j, local.up)


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
        first: column to begin with, a multiple of `ABREAST`, so that hits do not depend on it.
        last: past the last column.
        met: written.
    """
    columns, rays = azimuths.shape[0], slopes.values.shape[0]
    work = Work(np.empty((DEPTH, 3), np.int64), np.empty(DEPTH), np.empty(rays))
    parts, T = np.empty(movers.body.shape[0], np.int64), np.empty((3, 4))
    fans, local = fans_buffer(), fans_buffer()
    for begin in range(first, last, ABREAST):
        count = min(ABREAST, last - begin)
        aim(poses, azimuths, begin, count, fans)
        for c in range(begin, begin + count):
            for ray in range(rays):
                met.depth[c, ray], met.triangle[c, ray] = limits[ray], MISS
        sweep(
            forest.boxes, forest.children, forest.corners, forest.roots[STILL], fans, count, slopes, met.depth,
            met.triangle, begin, work,
        )  # fmt: skip
        early, late = (begin + 0.5) / columns, (begin + count - 0.5) / columns
        for k in range(within(movers, early, late, fans, count, 0.0, reach, parts)):
            _enter(movers, parts[k], begin, columns, fans, count, T, local)
            sweep(
                forest.boxes, forest.children, forest.corners, forest.roots[parts[k] + 1], local, count, slopes,
                met.depth, met.triangle, begin, work,
            )  # fmt: skip
        for c in range(begin, begin + count):
            for ray in range(rays):
                met.body[c, ray] = forest.owners[met.triangle[c, ray]] if met.triangle[c, ray] != MISS else -1

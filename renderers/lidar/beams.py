"""The rays a beam is made of: its middle, and at the edges of things four about it.

A beam whose neighbours meet the same surface is one ray. Where a neighbour meets something else, the rays on
that side are cast as well, a quarter of the beam's width from its middle, so that part of a beam may go on to
what is behind. A Gaussian beam (Siegman 1986) has exp(-1) of its middle's power there.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from renderers.lidar.firing import STILL, Met
from renderers.lidar.returning import Rays, Skin, first_met, put_ray, send_back
from renderers.lidar.targets import Movers
from sim.compiled import inner
from sim.raycast.nearest import MISS
from sim.raycast.tree import Forest

__all__ = ["SIDE", "edges_of", "is_cast", "middles", "sides"]

SIDE = math.exp(-1.0) / (1.0 + 4.0 * math.exp(-1.0))
"""Share of a beam's power in each of the four rays about its middle."""

_BEFORE, _AFTER, _BELOW, _ABOVE = 1, 2, 4, 8
_JUMP = 0.5
"""Step of the range between columns, at which an edge runs through one thing [m]."""


@inner
def middles(
    forest: Forest, skin: Skin, met: Met, c: int, slopes: np.ndarray, longs: np.ndarray, divergence: float,
    parts: np.ndarray, T: np.ndarray, count: int, o: np.ndarray, h: np.ndarray, u: np.ndarray, rays: Rays,
) -> None:  # fmt: skip
    """Write the middle of every beam of a column, as fired.

    Args:
        forest: what there is to meet.
        skin: what surfaces are like.
        met: what was met.
        c: the column.
        slopes: of the beams.
        longs: (R,) lengths of (1, slope).
        divergence: of a beam [rad].
        parts: moving parts that may be met.
        T: their poses.
        count: how many there are.
        o: (3,) origin.
        h: (3,) ahead in the fan's plane.
        u: (3,) up in it.
        rays: (R,) written.
    """
    for ray in range(slopes.shape[0]):
        slope, long = slopes[ray], longs[ray]
        rays.triangle[ray], rays.body[ray] = met.triangle[c, ray], met.body[c, ray]
        rays.way[ray] = met.depth[c, ray] * long
        slot, tree = -1, forest.trees[rays.triangle[ray]] if rays.body[ray] >= 0 else STILL
        if tree != STILL:
            for k in range(count):
                if parts[k] == tree - 1:
                    slot = k
        dx, dy, dz = (h[0] + slope * u[0]) / long, (h[1] + slope * u[1]) / long, (h[2] + slope * u[2]) / long
        put_ray(rays, ray, T, slot, o[0], o[1], o[2], dx, dy, dz)
    send_back(forest, skin, divergence, rays, np.int64(0), slopes.shape[0])


@inner
def edges_of(
    body: np.ndarray, depth: np.ndarray, slopes: np.ndarray, longs: np.ndarray, divergence: float, c: int,
    edges: np.ndarray,
) -> None:  # fmt: skip
    """Write on which sides of each beam something else is met, or the same far before or behind.

    Args:
        body: (C, R) what each beam's middle meets.
        depth: (C, R) at what distance along the fan's horizontal [m].
        slopes: (R,) of the beams.
        longs: (R,) lengths of (1, slope).
        divergence: of a beam [rad]; rows further apart than two beams seldom have an edge in either.
        c: the column.
        edges: (R,) uint8 written, 0 where all neighbours meet the same.
    """
    columns, beams = body.shape
    before, after = c - 1 if c > 0 else columns - 1, c + 1 if c < columns - 1 else 0
    for ray in range(beams):
        own, way = body[c, ray], depth[c, ray]
        jump = (_JUMP + 0.02 * way) / longs[ray] if own >= 0 else np.inf
        found = 0
        if body[before, ray] != own or abs(depth[before, ray] - way) > jump:
            found |= _BEFORE
        if body[after, ray] != own or abs(depth[after, ray] - way) > jump:
            found |= _AFTER
        apart = 2.0 * divergence * (1.0 + slopes[ray] ** 2)
        if ray > 0 and body[c, ray - 1] != own and slopes[ray] - slopes[ray - 1] < apart:
            found |= _BELOW
        if ray < beams - 1 and body[c, ray + 1] != own and slopes[ray + 1] - slopes[ray] < apart:
            found |= _ABOVE
        edges[ray] = found


@nb.njit(cache=True, nogil=True, inline="always")
def is_cast(edges: int, side: int) -> bool:
    """Return whether one of the four rays about a beam's middle is cast: side & 1 is after, side & 2 above."""
    return (edges & (_AFTER if side & 1 else _BEFORE)) != 0 or (edges & (_ABOVE if side & 2 else _BELOW)) != 0


@inner
def sides(
    forest: Forest, skin: Skin, slopes: np.ndarray, longs: np.ndarray, divergence: float, reach: float,
    movers: Movers, parts: np.ndarray, T: np.ndarray, count: int, o: np.ndarray, n: np.ndarray,
    h: np.ndarray, u: np.ndarray, edges: np.ndarray, rows: np.ndarray, ways: np.ndarray, rays: Rays,
) -> None:  # fmt: skip
    """Cast the rays about the middles of a column's beams at edges; ray 4 b + side is that of beam b.

    Args:
        forest: what there is to meet.
        skin: what surfaces are like.
        slopes: of the beams.
        longs: (R,) lengths of (1, slope).
        divergence: of a beam [rad].
        reach: farthest range that counts [m].
        movers: the moving parts.
        parts: moving parts that may be met.
        T: their poses.
        count: how many there are.
        o: (3,) origin.
        n: (3,) normal of the fan's plane.
        h: (3,) ahead in it.
        u: (3,) up in it.
        edges: as `edges_of` wrote them.
        rows: (DEPTH,) int32 to work in.
        ways: (DEPTH,) float64 to work in.
        rays: (4 R,) written for those beams that have edges.
    """
    quarter = 0.25 * divergence
    for beam in range(slopes.shape[0]):
        if edges[beam] == 0:
            continue
        slope, long = slopes[beam], longs[beam]
        for side in range(4):
            ray = 4 * beam + side
            rays.body[ray] = -1
            if not is_cast(edges[beam], side):
                continue
            # Columns turn clockwise; upwards is square to the beam: u less its part along it.
            across, up = -quarter if side & 1 else quarter, quarter if side & 2 else -quarter
            ahead, rise = (1.0 - up * slope) / long, (slope + up) / long
            norm = 1.0 / math.sqrt(1.0 + across * across + up * up)
            dx = (ahead * h[0] + rise * u[0] + across * n[0]) * norm
            dy = (ahead * h[1] + rise * u[1] + across * n[1]) * norm
            dz = (ahead * h[2] + rise * u[2] + across * n[2]) * norm
            way, triangle, slot = first_met(
                forest.boxes, forest.children, forest.corners, forest.roots, movers, parts, T, count, o, dx, dy,
                dz, 0.0, reach, rows, ways,
            )  # fmt: skip
            if triangle != MISS:
                rays.way[ray], rays.triangle[ray], rays.body[ray] = way, triangle, forest.owners[triangle]
                put_ray(rays, ray, T, slot, o[0], o[1], o[2], dx, dy, dz)
        send_back(forest, skin, divergence, rays, 4 * beam, 4 * beam + 4)

"""Who may touch whom within a tick: a bound that misses nobody, so that the engine is asked for few pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.footprints import place_polygon, polygon_distance
from sim.worlds.physics import Planar

__all__ = ["Neighbours", "Pair"]

Pair = tuple[int, int, float]
"""Handles of two bodies, the smaller first, and the gap that they may close within the tick [m]."""

_MARGIN = 0.05  # beyond what two bodies cover in a tick at the speeds at which it begins [m]


@leaf
def _near(
    row: int, span: float, places: np.ndarray, speeds: np.ndarray, radii: np.ndarray, is_upright: np.ndarray,
    corners: np.ndarray, counts: np.ndarray, room: np.ndarray, rows: np.ndarray, within: np.ndarray,
) -> int:  # fmt: skip
    """Write the rows of the bodies that one may touch, and the gaps it can cover; return how many."""
    found = 0
    placed = False
    for other in range(places.shape[0]):
        if other == row:
            continue
        way = (speeds[row] + speeds[other]) * span + _MARGIN
        reach = radii[row] + radii[other] + way
        dx, dy = places[other, 0] - places[row, 0], places[other, 1] - places[row, 1]
        if dx * dx + dy * dy >= reach * reach:
            continue
        if is_upright[row] and is_upright[other]:
            if not placed:
                place_polygon(
                    corners[row], counts[row], places[row, 0], places[row, 1], places[row, 2], room[0]
                )
                placed = True
            x, y, yaw = places[other, 0], places[other, 1], places[other, 2]
            place_polygon(corners[other], counts[other], x, y, yaw, room[1])
            if polygon_distance(room[0], counts[row], room[1], counts[other]) > way:
                continue
        rows[found], within[found] = other, way
        found += 1
    return found


class Neighbours:
    """Footprints of what keeps upright, spheres around what may tumble; handles are positions in the lists."""

    def __init__(
        self,
        footprints: Sequence[Sequence[tuple[float, float]]],
        heights: Sequence[float | None],
        states: Mapping[int, Planar],
    ) -> None:
        """Begin with all bodies where they are.

        Args:
            footprints: of all bodies, in their frames [m].
            heights: of those that may tumble [m], None of others.
            states: where all are.
        """
        n, most = len(footprints), max(len(points) for points in footprints)
        self._corners = np.zeros((n, most, 2))
        self._counts = np.array([len(points) for points in footprints], np.int64)
        for row, points in enumerate(footprints):
            self._corners[row, : len(points)] = points
        self._is_upright = np.array([height is None for height in heights])
        self._radii = np.hypot(self._corners[:, :, 0], self._corners[:, :, 1]).max(axis=1)
        for row, height in enumerate(heights):
            self._radii[row] = math.hypot(self._radii[row], (height or 0.0) / 2)
        self._places = np.array([states[row][:3] for row in range(n)], np.float64).reshape(n, 3)
        self._speeds = np.zeros(n)
        self._room, self._rows, self._within = np.zeros((2, most, 2)), np.zeros(n, np.int64), np.zeros(n)

    def pairs(
        self, movable: Sequence[int], moving: Sequence[int], states: Mapping[int, Planar], span: float
    ) -> list[Pair]:
        """Return, in order, the pairs of a moving body and any other that may touch within `span` seconds.

        Args:
            movable: bodies that may have moved since the last time.
            moving: those that move now.
            states: of all.
            span: [s].
        """
        for k in movable:
            state = states[k]
            self._places[k] = state[:3]
            self._speeds[k] = math.hypot(state.vx, state.vy) + abs(state.yaw_rate) * self._radii[k]
        found: dict[tuple[int, int], float] = {}
        for k in moving:
            count = _near(
                k, span, self._places, self._speeds, self._radii, self._is_upright, self._corners, self._counts,
                self._room, self._rows, self._within,
            )  # fmt: skip
            for other, way in zip(self._rows[:count].tolist(), self._within[:count].tolist(), strict=True):
                found[min(k, other), max(k, other)] = way
        return [(a, b, way) for (a, b), way in sorted(found.items())]

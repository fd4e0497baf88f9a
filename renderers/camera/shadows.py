"""Draws the height maps that shading asks for the sun and the sky, and keeps what stands still."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from renderers.camera.scratch import Scratch
from renderers.camera.stage import Stage
from renderers.raster.setup import place_parallel, set_up_parallel
from renderers.raster.shadow import ShadowMaps
from renderers.raster.visibility import fill
from sim.geometry import Array

__all__ = ["ShadowPainter"]

_FLAT = ("ground", "road")
"""Kinds of shape that throw no shadow."""
_AIRY = ("building", "lamp", "sign", "tree")
"""Kinds of shape that do not dim what lies under or beside them: there is none, or much sky in between."""
_LOW = 4.5
"""Height up to which a body dims what lies beside it [m]; a house would darken its own walls."""
_DEEP = np.float32(-1e9)
_NONE = np.empty((0, 0), np.float32)
_BLUR, _REACH = (5, 5), 4
"""Texels that each of two blurs takes together, and how far both reach."""


@dataclass(frozen=True)
class _View:
    """A square map seen along parallel light; its place is snapped, so that still things can be kept.

    Args:
        size: texels along a side.
        texel: side of a texel [m].
        ahead: how far before the camera its centre lies [m].
        snap: step of its centre [m].
        level: how coarse the meshes of plants are.
    """

    size: int
    texel: float
    ahead: float
    snap: float
    level: int

    def T_map_world(self, R_light_world: Array, T_world_camera: Array) -> Array:
        """Return (4, 4) from the world to column, row [texel] and height [m]."""
        forward = T_world_camera[:3, 2] * [1.0, 1.0, 0.0]
        centre = T_world_camera[:3, 3] + forward / max(float(np.linalg.norm(forward)), 1e-9) * self.ahead
        middle = np.round(R_light_world @ centre / self.snap) * self.snap
        T = np.eye(4)
        T[:3, :3] = R_light_world
        T[:3, 3] = -middle
        T[:2] /= self.texel
        T[:2, 3] += (self.size - 1) / 2
        return T


_FINE = _View(1024, 0.04, 13.0, 8.0, 0)
_COARSE = _View(1024, 0.2, 70.0, 32.0, 2)
_COVER = _View(512, 0.2, 30.0, 16.0, 2)


@dataclass
class _Kept:
    """A map at one place: with what stands still alone, and with what moves drawn over it.

    Args:
        place: of the map.
        still: heights of what stands still.
        drawn: heights of everything.
        lowest: least height of what stands still; 0 where nothing does.
        still_soft: `still` blurred; empty where that is not wanted.
        soft: `drawn` blurred, likewise.
        dirty: columns and rows in which `drawn` and `soft` are not as what stands still alone would have them.
    """

    place: bytes
    still: NDArray[np.float32]
    drawn: NDArray[np.float32]
    lowest: np.float32
    still_soft: NDArray[np.float32]
    soft: NDArray[np.float32]
    dirty: list[tuple[slice, slice]]

    @classmethod
    def of(cls, place: bytes, still: NDArray[np.float32], *, is_soft: bool) -> _Kept:
        """Return the map with nothing drawn over it."""
        if not is_soft:
            return cls(place, still, still.copy(), np.float32(0.0), _NONE, _NONE, [])
        is_there = still > _DEEP / 2
        lowest = still[is_there].min() if is_there.any() else np.float32(0.0)
        soft = _softened(still, lowest)
        return cls(place, still, still.copy(), lowest, soft, soft.copy(), [])

    def clear(self) -> None:
        """Wipe what moved."""
        for at in self.dirty:
            self.drawn[at] = self.still[at]
            if self.soft.size:
                self.soft[at] = self.still_soft[at]
        self.dirty = []

    def note(self, places: NDArray[np.int64]) -> None:
        """Remember where bodies were drawn, and blur the map there.

        Args:
            places: (n, 4) first and past-last column and row of each.
        """
        size, reach = len(self.still), _REACH if self.soft.size else 0
        for left, right, top, bottom in places.tolist():
            rows, columns = _within(top, bottom, reach, size), _within(left, right, reach, size)
            self.dirty.append((rows, columns))
            if self.soft.size:
                # As much again is looked at, so that the blur does not end at the border of what is cut out.
                wide, long = _within(left, right, 2 * reach, size), _within(top, bottom, 2 * reach, size)
                inner = (
                    slice(rows.start - long.start, rows.stop - long.start),
                    slice(columns.start - wide.start, columns.stop - wide.start),
                )
                self.soft[rows, columns] = _softened(self.drawn[long, wide], self.lowest)[inner]


def _within(first: int, last: int, reach: int, size: int) -> slice:
    """Return first..last-1 widened on both sides, as far as the map goes."""
    return slice(max(first - reach, 0), min(last + reach, size))


class ShadowPainter:
    """Keeps the maps of still bodies until the camera leaves their place; moving bodies are drawn each frame.

    A map's place depends on the camera's position alone, so the frames of an episode may come in any order.
    """

    def __init__(self, stage: Stage, is_static: NDArray[np.bool_], scratch: Scratch) -> None:
        kinds = [body.shape.kind for body in stage.bodies]
        self._stage = stage
        self._static = is_static
        self._scratch = scratch
        self._casts = np.array([kind not in _FLAT for kind in kinds])
        self._covers = np.array(
            [body.shape.kind not in _AIRY and body.shape.size[2] < _LOW for body in stage.bodies]
        )
        self._kept: dict[str, _Kept] = {}
        self._winner = np.empty((_FINE.size, _FINE.size), np.int32)

    def paint(
        self, T_world_part: Array, T_world_camera: Array, sun: Array, two_sided: NDArray[np.bool_]
    ) -> ShadowMaps:
        """Return the maps of one frame.

        Args:
            T_world_part: (P, 4, 4) where everything is.
            T_world_camera: (4, 4).
            sun: (3,) direction towards it in the world frame.
            two_sided: (F,) whether a face stops light from behind too.
        """
        R_sun, R_up = _light_frame(sun), _light_frame(np.array([0.0, 0.0, 1.0]))
        maps, transforms = {}, {}
        for name, view, R, casts in (
            ("fine", _FINE, R_sun, self._casts),
            ("coarse", _COARSE, R_sun, self._casts),
            ("cover", _COVER, R_up, self._covers),
        ):
            T = view.T_map_world(R, T_world_camera)
            kept = self._draw(name, view, T, T_world_part, casts, two_sided)
            maps[name] = kept.soft if name == "cover" else kept.drawn
            transforms[name] = np.ascontiguousarray((T @ T_world_camera)[:3], np.float32)
        return ShadowMaps(
            maps["fine"],
            maps["coarse"],
            transforms["fine"],
            transforms["coarse"],
            _FINE.texel,
            _COARSE.texel,
            maps["cover"],
            transforms["cover"],
        )

    def _draw(
        self,
        name: str,
        view: _View,
        T_map_world: Array,
        T_world_part: Array,
        casts: NDArray[np.bool_],
        two_sided: NDArray[np.bool_],
    ) -> _Kept:
        T = np.ascontiguousarray((T_map_world @ T_world_part)[:, :3])
        near, places = self._near(view, T)
        near &= casts
        place = T_map_world.tobytes()
        if name not in self._kept or self._kept[name].place != place:
            still = np.full((view.size, view.size), _DEEP, np.float32)
            self._add(near & self._static, view.level, T, two_sided, still)
            self._kept[name] = _Kept.of(place, still, is_soft=name == "cover")
        kept, moving = self._kept[name], near & ~self._static
        kept.clear()
        self._add(moving, view.level, T, two_sided, kept.drawn)
        kept.note(places[moving])
        return kept

    def _near(self, view: _View, T: Array) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which bodies can reach the map, and (B, 4) first and past-last column and row of each."""
        stage = self._stage
        T_body = T[stage.part_start[:-1]]
        centres = np.einsum("bij,bj->bi", T_body[:, :2, :3], stage.centres) + T_body[:, :2, 3]
        reach = stage.radii[:, None] / view.texel
        inside = (centres + reach > 0.0) & (centres - reach < view.size)
        low = np.clip(np.floor(centres - reach), 0, view.size).astype(np.int64)
        high = np.clip(np.ceil(centres + reach) + 1, 0, view.size).astype(np.int64)
        return np.asarray(inside.all(axis=1)), np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)

    def _add(
        self,
        chosen: NDArray[np.bool_],
        level: int,
        T: Array,
        two_sided: NDArray[np.bool_],
        heights: NDArray[np.float32],
    ) -> None:
        bodies = np.flatnonzero(chosen)
        if bodies.size == 0:
            return
        placed = self._stage.placed(bodies, np.full(len(bodies), level))
        self._scratch.make_room(placed)
        points, triangles = self._scratch.points, self._scratch.triangles
        g, size = self._stage.geometry, heights.shape[0]
        place_parallel(placed.vertices, placed.parts, placed.points, g.vertices, g.vertex_part, T, points)
        count = set_up_parallel(
            bodies, placed.vertices, placed.faces, placed.points, g.faces, two_sided, points, size, triangles
        )
        fill(triangles, 0, count, 0, size, math.inf, heights, self._winner)


def _light_frame(direction: Array) -> Array:
    """Return the (3, 3) rotation into a right-handed frame whose z axis points along a direction."""
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 0.0, 1.0] if abs(z[2]) < 0.9 else [1.0, 0.0, 0.0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def _softened(heights: NDArray[np.float32], lowest: np.float32) -> NDArray[np.float32]:
    """Return a map blurred over about a metre; where nothing stands it has the lowest height."""
    filled = np.where(heights <= _DEEP / 2, lowest, heights)
    return np.asarray(cv2.blur(cv2.blur(filled, _BLUR), _BLUR), np.float32)

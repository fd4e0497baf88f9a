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
        self._kept: dict[str, tuple[bytes, NDArray[np.float32]]] = {}
        self._drawn = {
            name: np.empty((view.size, view.size), np.float32)
            for name, view in (("fine", _FINE), ("coarse", _COARSE), ("cover", _COVER))
        }
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
            maps[name] = self._draw(name, view, T, T_world_part, casts, two_sided)
            transforms[name] = np.ascontiguousarray((T @ T_world_camera)[:3], np.float32)
        return ShadowMaps(
            maps["fine"],
            maps["coarse"],
            transforms["fine"],
            transforms["coarse"],
            _FINE.texel,
            _COARSE.texel,
            _softened(maps["cover"]),
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
    ) -> NDArray[np.float32]:
        T = np.ascontiguousarray((T_map_world @ T_world_part)[:, :3])
        near = self._near(view, T) & casts
        key = T_map_world.tobytes()
        if name not in self._kept or self._kept[name][0] != key:
            still = np.full((view.size, view.size), _DEEP, np.float32)
            self._add(near & self._static, view.level, T, two_sided, still)
            self._kept[name] = (key, still)
        drawn = self._drawn[name]
        np.copyto(drawn, self._kept[name][1])
        self._add(near & ~self._static, view.level, T, two_sided, drawn)
        return drawn

    def _near(self, view: _View, T: Array) -> NDArray[np.bool_]:
        """Return which bodies can reach the map."""
        stage = self._stage
        T_body = T[stage.part_start[:-1]]
        centres = np.einsum("bij,bj->bi", T_body[:, :2, :3], stage.centres) + T_body[:, :2, 3]
        reach = stage.radii[:, None] / view.texel
        inside = (centres + reach > 0.0) & (centres - reach < view.size)
        return np.asarray(inside.all(axis=1))

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


def _softened(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the map blurred over about a metre; where nothing stands it has its lowest height."""
    is_void = heights <= _DEEP / 2
    lowest = np.float32(0.0) if is_void.all() else heights[~is_void].min()
    filled = np.where(is_void, lowest, heights)
    return np.asarray(cv2.blur(cv2.blur(filled, (5, 5)), (5, 5)), np.float32)

"""The points of bodies that send a radar's wave back, and how they move.

An extended body is told by points on its surface, spread evenly by area and fixed to its parts: wheels and
limbs move them as they move the mesh, and so give their own Doppler. The points that face the radar share the
body's RCS, or that of the scenery's square metres, by the area that each turns to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.assets.calibration import reflector_apex
from renderers.camera.motion import Motion
from renderers.camera.stage import Stage
from renderers.radar.reflectivity import SCENERY, body_area
from sim.geometry import Array, matrix_from_pose
from sim.recording import Recording

__all__ = ["STEP", "Points", "Scatterers", "velocity_of"]

STEP = 1e-3
"""Half of the time over which velocities are taken [s]."""
_SPACING, _SCENERY_SPACING = 0.25, 0.6
"""About how far the points of labelled bodies, and of scenery, lie apart [m]."""
_FEWEST, _MOST = 16, 400
_TOP = 5.0
"""Points of scenery higher above its foot than this are left out: beams are flat [m]."""
_GOLDEN = 0.6180339887498949
"""Steps of this length fill the unit interval evenly."""


@dataclass(frozen=True, eq=False)
class Points:
    """Scattering points at one moment, in the frame of what stands still.

    Args:
        at: (n, 3) where [m].
        velocity: (n, 3) [m/s].
        normal: (n, 3) outward.
        body: (n,) stage number.
        area: (n,) share of the surface each stands for [m2].
    """

    at: Array
    velocity: Array
    normal: Array
    body: NDArray[np.int64]
    area: Array

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Points:
        """Return some of the points."""
        return Points(
            self.at[chosen], self.velocity[chosen], self.normal[chosen], self.body[chosen], self.area[chosen]
        )


class Scatterers:
    """The scattering points of an episode."""

    def __init__(
        self,
        recording: Recording,
        stage: Stage,
        motion: Motion,
        *,
        anchor: Array,
        bodies: NDArray[np.integer],
        clutter: bool,
    ) -> None:
        """Spread the points.

        Args:
            recording: the truth.
            stage: its bodies.
            motion: where they are.
            anchor: (3,) origin of the frame of what stands still [m].
            bodies: stage numbers of those that may come within reach.
            clutter: whether scenery has some.
        """
        self._recording, self._stage, self._motion, self._anchor = recording, stage, motion, anchor
        local, normal, part, body, area = [], [], [], [], []
        for number in bodies:
            one = stage.bodies[number]
            if not (one.labelled or (clutter and one.category in SCENERY)):
                continue
            points, normals, parts, share = _spread(stage, int(number))
            local.append(points)
            normal.append(normals)
            part.append(stage.part_start[number] + parts)
            body.append(np.full(len(points), number))
            area.append(np.full(len(points), share))
        self._local, self._normal = _joined(local, (0, 3)), _joined(normal, (0, 3))
        self._part, self._body = _joined(part, 0).astype(np.int64), _joined(body, 0).astype(np.int64)
        self._area = _joined(area, 0)

    def at(self, t: float) -> Points:
        """Return all points at a moment [s]."""
        T = self._motion.parts_at(t)[self._part]
        before, after, gap = _around(self._recording, t)
        then = self._placed(self._motion.parts_at(before)[self._part])
        later = self._placed(self._motion.parts_at(after)[self._part])
        normal = np.einsum("nij,nj->ni", T[:, :3, :3], self._normal)
        return Points(self._placed(T), (later - then) / gap, normal, self._body, self._area)

    def sections(self, points: Points, radar: Array, t: float) -> Array:
        """Return (n,) the RCS of each point as it faces a place [m2]; 0 for those that face away.

        Args:
            points: all of some bodies.
            radar: (3,) the place, in the frame of what stands still [m].
            t: moment [s].
        """
        way = radar - points.at
        facing = np.einsum("ni,ni->n", way, points.normal) / np.maximum(np.linalg.norm(way, axis=1), 1e-9)
        weight = np.maximum(facing, 0.0) * points.area
        section = np.zeros(len(weight))
        poses = self._recording.poses_at(t)
        for number in np.unique(points.body):
            body, own = self._stage.bodies[number], points.body == number
            if not body.labelled:
                section[own] = weight[own] * SCENERY[body.category]
                continue
            T = matrix_from_pose(poses[body.name])
            whole = body_area(body, (radar + self._anchor - T[:3, 3]) @ T[:3, :3])
            total = weight[own].sum()
            section[own] = whole * weight[own] / total if total > 0.0 else 0.0
        return section

    def _placed(self, T_world_part: Array) -> Array:
        return np.asarray(
            np.einsum("nij,nj->ni", T_world_part[:, :3, :3], self._local)
            + (T_world_part[:, :3, 3] - self._anchor)
        )


def velocity_of(recording: Recording, body: str | None, T_body_sensor: Array, t: float) -> Array:
    """Return (3,) the velocity of a sensor in the world [m/s]."""
    if body is None:
        return np.zeros(3)
    before, after, gap = _around(recording, t)
    T = matrix_from_pose(recording.path_of(body, np.array([before, after]))) @ T_body_sensor
    return np.asarray((T[1, :3, 3] - T[0, :3, 3]) / gap)


def _around(recording: Recording, t: float) -> tuple[float, float, float]:
    """Return two moments about t that are simulated, and the time between them [s]."""
    before, after = max(t - STEP, recording.window[0]), min(t + STEP, recording.window[1])
    return before, after, after - before


def _spread(stage: Stage, number: int) -> tuple[Array, Array, NDArray[np.int64], float]:
    """Return points of a body in the frames of its parts, their normals and parts, and each one's area [m2]."""
    body, g = stage.bodies[number], stage.geometry
    if body.shape.kind == "corner_reflector":
        return reflector_apex(body.shape)[None], np.array([[1.0, 0.0, 0.0]]), np.zeros(1, np.int64), 1.0
    first, last = stage.face_ranges[0, number]
    corners = g.vertices[g.faces[first:last]].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = 0.5 * np.linalg.norm(across, axis=1)
    if not body.labelled:
        low = corners[:, :, 2].min(axis=1)
        areas = np.where(low < low.min() + _TOP, areas, 0.0)
    running = np.cumsum(areas)
    spacing = _SPACING if body.labelled else _SCENERY_SPACING
    count = int(np.clip(np.ceil(running[-1] / spacing**2), _FEWEST, _MOST))
    at = (np.arange(count) + 0.5) / count * running[-1]
    face = np.minimum(np.searchsorted(running, at), len(areas) - 1)
    u, v = ((np.arange(count) + 0.5) * _GOLDEN) % 1.0, ((np.arange(count) + 0.5) * _GOLDEN**2) % 1.0
    root = np.sqrt(u)[:, None]
    a, b, c = corners[face, 0], corners[face, 1], corners[face, 2]
    points = (1.0 - root) * a + root * (1.0 - v[:, None]) * b + root * v[:, None] * c
    normals = across[face] / (2.0 * areas[face, None])
    return points, normals, g.vertex_part[g.faces[first + face, 0]].astype(np.int64), float(running[-1] / count)


def _joined(pieces: list[Array], shape: tuple[int, ...] | int) -> Array:
    return np.concatenate(pieces).astype(np.float64) if pieces else np.zeros(shape)

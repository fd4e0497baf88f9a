"""What beams can meet in an episode: one tree for all that stands still, and one for each part that moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.camera.motion import Motion
from renderers.camera.stage import Stage
from sim.geometry import Array
from sim.raycast.tree import Forest, Tree, build_tree, planted

__all__ = ["Movers", "Targets"]

_KNOTS = 5
"""Moments of a turn at which parts are posed; between two they turn and shift evenly. At 10 Hz a wheel then
turns by less than half a turn up to 40 m/s."""


class Movers(NamedTuple):
    """Moving parts during a turn of the sensor.

    Attributes:
        body: (M,) stage number of each part's body.
        centre: (M, 3) of its bounding sphere, in its frame [m].
        radius: (M,) [m].
        positions: (K, M, 3) of its frame in that of what stands still, at K even moments of the turn [m].
        turns: (K, M, 4) xyzw of its frame, likewise.
        extent: (M,) how far it reaches from the origin of its frame [m].
        path: (M,) how far that origin comes in a turn, were it as fast all the time as at its fastest [m].
    """

    body: NDArray[np.int32]
    centre: Array
    radius: Array
    positions: Array
    turns: Array
    extent: Array
    path: Array


@dataclass(frozen=True, eq=False)
class Targets:
    """Everything within reach of a sensor during an episode.

    Args:
        forest: the trees; the first is of what stands still, the others of the movers in order. Triangles
            are called by their face, and owned by the number of their body, on the stage.
        anchor: (3,) origin of the frame of what stands still, in the world [m].
    """

    stage: Stage
    motion: Motion
    forest: Forest
    anchor: Array
    parts: NDArray[np.int64]
    part_body: NDArray[np.int32]
    centre: Array
    radius: Array

    @classmethod
    def of(cls, stage: Stage, motion: Motion, path: Array, reach: float, *, hidden: int) -> Targets:
        """Build the trees.

        Args:
            stage: all bodies.
            motion: where they are.
            path: (n, 3) where the sensor will be [m].
            reach: farthest range told [m].
            hidden: stage number of a body that no beam meets; -1 for none.
        """
        anchor = np.round(np.asarray(path, np.float64).mean(axis=0))
        at_rest = motion.parts_at(0.0)
        near = _within(stage, at_rest, path, reach) | ~motion.is_static
        if hidden >= 0:
            near[hidden] = False
        still, labels, owners = _still(stage, at_rest, np.flatnonzero(near & motion.is_static), anchor)
        trees, called, owned, parts, bodies, spheres = [still], [labels], [owners], [], [], []
        for body in np.flatnonzero(near & ~motion.is_static):
            for part, tree, faces, sphere in _parts(stage, int(body)):
                trees.append(tree)
                called.append(faces)
                owned.append(np.full(len(faces), body, np.int32))
                parts.append(stage.part_start[body] + part)
                bodies.append(int(body))
                spheres.append(sphere)
        table = np.array(spheres, np.float64).reshape(-1, 4)
        return cls(
            stage, motion, planted(trees, called, owned), anchor, np.array(parts, np.int64),
            np.array(bodies, np.int32), np.ascontiguousarray(table[:, :3]), np.ascontiguousarray(table[:, 3]),
        )  # fmt: skip

    def movers(self, first: float, last: float) -> Movers:
        """Return where the moving parts are from one moment to another [s]."""
        moments = np.linspace(first, last, _KNOTS)
        T = np.array([self.motion.parts_at(float(t))[self.parts] for t in moments])
        positions = T[..., :3, 3] - self.anchor
        turns = _quaternions(T[..., :3, :3])
        extent = self.radius + np.linalg.norm(self.centre, axis=1)
        steps = np.linalg.norm(np.diff(positions, axis=0), axis=2)
        return Movers(
            self.part_body, self.centre, self.radius, positions, turns, extent, steps.max(axis=0) * (_KNOTS - 1)
        )


def _within(stage: Stage, T_world_part: Array, path: Array, reach: float) -> NDArray[np.bool_]:
    """Return (B,) whether each body may come within reach of the path."""
    T = T_world_part[stage.part_start[:-1]]
    centres = np.einsum("bij,bj->bi", T[:, :3, :3], stage.centres) + T[:, :3, 3]
    low, high = path.min(axis=0), path.max(axis=0)
    gap = np.maximum(np.maximum(low - centres, centres - high), 0.0)
    return np.asarray(np.linalg.norm(gap, axis=1) - stage.radii < reach)


def _still(
    stage: Stage, T_world_part: Array, bodies: NDArray[np.int64], anchor: Array
) -> tuple[Tree, NDArray[np.int32], NDArray[np.int32]]:
    """Return the tree of what stands still, its faces on the stage and their bodies."""
    g = stage.geometry
    vertices, faces, labels, owners, count = [], [], [], [], 0
    for body in bodies:
        (v0, v1), (f0, f1) = stage.vertex_ranges[0, body], stage.face_ranges[0, body]
        T = T_world_part[stage.part_start[body] + g.vertex_part[v0:v1]]
        at = np.einsum("nij,nj->ni", T[:, :3, :3], g.vertices[v0:v1]) + (T[:, :3, 3] - anchor)
        vertices.append(at)
        faces.append(g.faces[f0:f1] - v0 + count)
        labels.append(np.arange(f0, f1, dtype=np.int32))
        owners.append(np.full(f1 - f0, body, np.int32))
        count += v1 - v0
    if not vertices:
        # Nothing stands still: a triangle without area, which no beam meets.
        return build_tree(np.zeros((1, 3)), np.zeros((1, 3), int)), np.zeros(1, np.int32), np.zeros(1, np.int32)
    tree = build_tree(np.concatenate(vertices), np.concatenate(faces))
    return tree, np.concatenate(labels), np.concatenate(owners)


def _parts(stage: Stage, body: int) -> list[tuple[int, Tree, NDArray[np.int32], Array]]:
    """Return (part, tree, faces on the stage, centre and radius) of every part of a body that has triangles."""
    g = stage.geometry
    f0, f1 = stage.face_ranges[0, body]
    found = []
    of_face = g.vertex_part[g.faces[f0:f1, 0]]
    for part in np.unique(of_face):
        labels = (f0 + np.flatnonzero(of_face == part)).astype(np.int32)
        used, faces = np.unique(g.faces[labels], return_inverse=True)
        points = g.vertices[used].astype(np.float64)
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        radius = float(np.sqrt(((points - centre) ** 2).sum(axis=1).max())) + 1e-3
        found.append((int(part), build_tree(points, faces.reshape(-1, 3)), labels, np.append(centre, radius)))
    return found


def _quaternions(R: Array) -> Array:
    """Return (..., 4) xyzw of (..., 3, 3) rotations, after Shepperd (1978): the largest term is rooted."""
    m = R
    trace = np.trace(m, axis1=-2, axis2=-1)
    squares = np.stack([1 + 2 * m[..., k, k] - trace for k in range(3)] + [1 + trace], axis=-1)
    x, y, z = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    a, b, c = m[..., 1, 0] + m[..., 0, 1], m[..., 2, 0] + m[..., 0, 2], m[..., 2, 1] + m[..., 1, 2]
    rows = np.stack(
        [
            np.stack([squares[..., 0], a, b, x], -1),
            np.stack([a, squares[..., 1], c, y], -1),
            np.stack([b, c, squares[..., 2], z], -1),
            np.stack([x, y, z, squares[..., 3]], -1),
        ],
        axis=-2,
    )
    best = np.argmax(squares, axis=-1)[..., None, None]
    q = np.take_along_axis(rows, np.broadcast_to(best, (*best.shape[:-1], 4)), axis=-2)[..., 0, :]
    return np.asarray(q / np.linalg.norm(q, axis=-1, keepdims=True))

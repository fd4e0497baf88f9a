"""Whether a camera stands inside a body: there it would look through that body's own walls from within."""

from __future__ import annotations

import numpy as np

from renderers.assets.materials import Column
from renderers.camera.stage import Stage
from sim.geometry import Array, inverse

__all__ = ["body_about"]

_INSIDE = 0.6
"""Winding number from which on a place lies inside; half a turn is what lies behind an endless plane."""
_OPEN = ("ground", "road", "junction", "tree", "bush", "guard_rail")
"""Forms without an inside."""


def body_about(stage: Stage, T_world_part: Array, eye: Array, *, carrier: str | None) -> str | None:
    """Return the name of the body in which a place lies, None where it lies in none.

    Args:
        stage: the bodies.
        T_world_part: (P, 4, 4) where their parts are.
        eye: (3,) the place in the world [m].
        carrier: the body that carries the camera, in whose cabin it may be.
    """
    first = stage.part_start[:-1]
    R, at = T_world_part[first, :3, :3], T_world_part[first, :3, 3]
    middle = at + np.einsum("bij,bj->bi", R, stage.centres)
    for body in np.flatnonzero(np.linalg.norm(middle - eye, axis=1) < stage.radii):
        one = stage.bodies[body]
        is_solid = one.name != carrier and one.shape.kind not in _OPEN
        if is_solid and _winding(stage, int(body), T_world_part, eye) > _INSIDE:
            return one.name
    return None


def _winding(stage: Stage, body: int, T_world_part: Array, eye: Array) -> float:
    """Return how often the surface of a body goes about a place: 1 inside a closed one, 0 outside.

    A few holes change it little, unlike what one ray would meet. Leaves, which are seen from both sides, do not
    count.

    Source: Jacobson, Kavan and Sorkine-Hornung (2013); solid angle of a triangle after Van Oosterom and
        Strackee (1983).
    """
    g, start = stage.geometry, int(stage.part_start[body])
    first, last = stage.face_ranges[0, body]
    is_solid = g.materials[g.face_material[first:last], Column.WRAP] == 0.0
    corner = g.faces[first:last][is_solid]
    vertex, inverse_of = np.unique(corner, return_inverse=True)
    eyes = np.stack(
        [inverse(T)[:3] @ np.append(eye, 1.0) for T in T_world_part[start : stage.part_start[body + 1]]]
    )
    way = g.vertices[vertex].astype(np.float64) - eyes[g.vertex_part[vertex]]
    turned = _turned(*(way[inverse_of.reshape(-1, 3)[:, k]] for k in range(3)))
    if stage.bodies[body].shape.kind == "building":  # it has no floor
        x, y = stage.bodies[body].shape.size[0] / 2, stage.bodies[body].shape.size[1] / 2
        floor = np.array([(x, y, 0.0), (x, -y, 0.0), (-x, -y, 0.0), (-x, y, 0.0)]) - eyes[0]
        turned += _turned(floor[[0, 0]], floor[[1, 2]], floor[[2, 3]])
    return turned


def _turned(a: Array, b: Array, c: Array) -> float:
    """Return the share of all directions that triangles fill, negative where they show their fronts."""
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    dot = np.einsum
    low = la * lb * lc + dot("ij,ij->i", a, b) * lc + dot("ij,ij->i", b, c) * la + dot("ij,ij->i", c, a) * lb
    high = dot("ij,ij->i", a, np.cross(b, c))
    return float(np.sum(2.0 * np.arctan2(high, low)) / (4.0 * np.pi))

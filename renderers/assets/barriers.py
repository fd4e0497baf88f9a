"""What closes a lane: a barrier board in red and white on two feet."""

from __future__ import annotations

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import box, disc
from renderers.assets.materials import Material, matt
from renderers.assets.mesh import Mesh
from renderers.assets.street_furniture import RED, WHITE
from sim.scene import Shape

__all__ = ["barricade_mesh"]

_BOARDS = ((0.18, 0.43), (0.72, 0.97))
"""Lower and upper edge of the boards as shares of the height; RSA 21: 0.25 m tall, the upper one at 1 m."""
_STRIPES = 10
_LAMP = Material("warning_lamp", (0.85, 0.45, 0.02), 0.4, 0.04, emission=0.6)


def barricade_mesh(shape: Shape) -> Mesh:
    """Return a barrier across x: two striped boards, posts, feet of recycled rubber and two yellow lamps."""
    half = 0.5
    builder = MeshBuilder()
    builder.add(box((-half, -0.45, 0.0), (half, -0.33, 0.10)), matt("foot", (0.03, 0.03, 0.03)))
    builder.add(box((-half, 0.33, 0.0), (half, 0.45, 0.10)), matt("foot", (0.03, 0.03, 0.03)))
    post = matt("barrier_post", (0.42, 0.43, 0.44))
    for y in (-0.39, 0.39):
        builder.add(box((-0.03, y - 0.012, 0.10), (0.03, y + 0.012, 0.97)), post)
        builder.add(box((-0.05, y - 0.03, 0.97), (0.05, y + 0.03, 1.0)), _LAMP)
    for low, high in _BOARDS:
        builder.add(box((-0.024, -half, low), (0.024, half, high)), WHITE)
        for face in (-1.0, 1.0):
            for k in range(_STRIPES):
                left = -half + k / _STRIPES
                stripe = np.array([[left, low], [left + 0.5 / _STRIPES, low],
                                   [left + 1.0 / _STRIPES, high], [left + 0.5 / _STRIPES, high]])  # fmt: skip
                stripe[:, 0] = np.minimum(stripe[:, 0], half)
                form = disc(np.column_stack([np.full(4, 0.030 * face), stripe]))
                builder.add(form if face > 0 else form.flipped(), RED)
    builder.fit(shape.size)
    return builder.build()

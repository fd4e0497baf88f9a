"""Things lost on the road: a pallet, a tyre."""

from __future__ import annotations

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import box, lathe
from renderers.assets.materials import RUBBER, Material
from renderers.assets.mesh import Mesh
from renderers.assets.variety import Variety
from sim.scene import Shape

__all__ = ["pallet_mesh", "tyre_mesh"]

_BOARD = 0.022  # thickness of a board [m]
_DECK = ((0.0, 0.145), (0.175, 0.10), (0.3275, 0.145), (0.525, 0.10), (0.655, 0.145))
"""(low edge, width) of the upper boards across the 800 mm of a EUR pallet [m] (EN 13698-1)."""
_BLOCKS = ((0.0, 0.145), (0.5275, 0.145), (1.055, 0.145))
"""(low edge, length) of blocks and cross boards along the 1200 mm [m]."""


def pallet_mesh(shape: Shape) -> Mesh:
    """Return a EUR pallet: five boards on three cross boards, nine blocks, three runners; details `seed`."""
    wood = Material("wood", Variety.of(shape).colour("wood", (0.40, 0.28, 0.15), 0.2), 0.9)
    r, g, b = wood.albedo
    dark = Material("wood_end", (0.75 * r, 0.75 * g, 0.75 * b), 0.95)
    builder = MeshBuilder()
    top, cross, foot = 0.144, 0.144 - _BOARD, 0.144 - 2 * _BOARD
    for y, width in _DECK:
        builder.add(box((0.0, y, cross), (1.2, y + width, top)), wood)
    for x, length in _BLOCKS:
        builder.add(box((x, 0.0, foot), (x + length, 0.8, cross)), dark)
        for y, width in ((0.0, 0.10), (0.3275, 0.145), (0.70, 0.10)):
            builder.add(box((x, y, _BOARD), (x + length, y + width, foot)), dark)
    for y, width in ((0.0, 0.10), (0.3275, 0.145), (0.70, 0.10)):
        builder.add(box((0.0, y, 0.0), (1.2, y + width, _BOARD)), wood)
    builder.fit(shape.size)
    return builder.build()


def tyre_mesh(shape: Shape) -> Mesh:
    """Return a car tyre that lies on its side, hollow, with grooves around its tread."""
    profile = [(0.64, 0.0), (0.86, 0.0), (0.97, 0.10)]
    for k in range(4):  # three grooves between four ribs
        low, high = 0.14 + 0.19 * k, 0.14 + 0.19 * k + 0.145
        profile += [(1.0, low), (1.0, high)] + ([(0.955, high), (0.955, low + 0.19)] if k < 3 else [])
    profile += [
        (0.97, 0.90),
        (0.86, 1.0),
        (0.64, 1.0),
        (0.64, 0.93),
        (0.90, 0.85),
        (0.90, 0.15),
        (0.64, 0.07),
        (0.64, 0.0),
    ]
    builder = MeshBuilder()
    builder.add(lathe(np.array(profile), 20), RUBBER)
    builder.fit(shape.size)
    return builder.build()

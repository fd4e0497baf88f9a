"""Front doors that open: a leaf that swings, and the dark opening behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from renderers.assets.forms import Form, grid
from renderers.assets.materials import GLASS, Material
from renderers.assets.mesh import Channels
from renderers.assets.vehicle_body import Shell
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["Doors", "door_forms", "door_poses", "doors_of"]

Doors = tuple[tuple[float, float, float], ...]
"""(side, hinge, length): +1 for the left; where the hinge is before the middle, length to the rear edge [m]."""

_OPENING = Material("door_opening", (0.010, 0.010, 0.011), roughness=0.95)
_LINING = Material("door_lining", (0.035, 0.034, 0.033), roughness=0.85)
_PROUD = 0.004  # how far the leaf stands off the shell, and twice the opening's [m]
_THICK = 0.07  # of the leaf [m]
_COLUMNS = 6


def doors_of(shape: Shape) -> Doors:
    """Return the doors that a shape's details name."""
    found = shape.details.get("doors", ())
    if not isinstance(found, Sequence):
        raise ValueError("doors of a vehicle are a sequence of (side, hinge, length)")
    return tuple((float(side), float(hinge), float(length)) for side, hinge, length in found)


def door_forms(shell: Shell, doors: Doors, skin: Material) -> Iterator[tuple[Form, Material, str]]:
    """Yield (form, material, part) of openings and leaves; a leaf is a part of its own."""
    length = shell.size[0]
    for side, hinge, reach in doors:
        part = "door_left" if side > 0 else "door_right"
        f0, f1 = 0.5 - hinge / length, 0.5 - (hinge - reach) / length
        panel, window = _panel(shell, f0, f1), _window(shell, f0, f1)
        turned = (lambda form: form) if side > 0 else Form.mirrored
        for patch in (panel, window):
            yield turned(_grid(_off(patch, 0.5 * _PROUD))), _OPENING, "body"
        for patch, material in ((panel, skin), (window, GLASS)):
            for form, what in _leaf(_off(patch, _PROUD), material):
                yield turned(form), what, part


def door_poses(shape: Shape, doors: Doors, channels: Channels) -> Array:
    """Return (D, 4, 4) T_body_part of the leaves for the channels `door_left` and `door_right` [rad]."""
    out = np.broadcast_to(np.eye(4), (len(doors), 4, 4)).copy()
    for k, (side, hinge, _) in enumerate(doors):
        angle = -side * channels.get("door_left" if side > 0 else "door_right", 0.0)
        c, s = math.cos(angle), math.sin(angle)
        pivot = np.array([hinge, side * (shape.size[1] / 2 - _THICK)])
        out[k, :2, :2] = [[c, -s], [s, c]]
        out[k, :2, 3] = pivot - out[k, :2, :2] @ pivot
    return out


def _panel(shell: Shell, f0: float, f1: float) -> Array:
    """Return (columns, rows, 3) points of the door below the belt line, as `Shell.on_side` lays them."""
    f = np.linspace(f0, f1, _COLUMNS)[:, None] * np.ones(7)
    edge, belt = np.full_like(f, shell.style.clearance), shell.belt(f)
    z = edge + np.linspace(0.06, 1.0, 7) * (belt - edge)
    return shell.bent(np.stack([shell.x(0.0) - f * shell.size[0], shell.half_width(f, z), z], axis=-1))


def _window(shell: Shell, f0: float, f1: float) -> Array:
    """Return (columns, rows, 3) points of the door's window, from the shoulder to the roof rail."""
    first = max(f0, shell.style.windows[0][0])
    f = np.linspace(first, f1, _COLUMNS)
    side = shell.side_points[:, 8:12]
    points = np.stack(
        [[np.interp(f, shell.stations, side[:, row, k]) for k in range(3)] for row in range(4)], axis=0
    )
    return shell.bent(np.moveaxis(points, (0, 1, 2), (1, 2, 0)))


def _off(points: Array, proud: float) -> Array:
    return points + np.array([0.0, proud, 0.0])


def _grid(points: Array) -> Form:
    return grid(points).flipped()


def _leaf(outer: Array, material: Material) -> Iterator[tuple[Form, Material]]:
    """Yield the outside, the inside and the rim of a leaf."""
    inner = outer - np.array([0.0, _THICK, 0.0])
    yield _grid(outer), material
    yield grid(inner), GLASS if material is GLASS else _LINING
    for a, b in (
        (outer[0], inner[0]),
        (outer[-1], inner[-1]),
        (outer[:, 0], inner[:, 0]),
        (outer[:, -1], inner[:, -1]),
    ):
        rim = grid(np.stack([a, b]))
        yield rim, _LINING
        yield rim.flipped(), _LINING

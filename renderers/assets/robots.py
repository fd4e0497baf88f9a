"""Robot arms as chains of rounded links, and the plain machines of a factory hall.

A robot's details are its chain: `joints`, each (whether it turns, 16 numbers of its frame at 0 in the one
before, row by row); `rest`, angles in which the mesh is built; `fingers`; `colour`. The channels `joint_1`…
[rad] and `opening` [m] move it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, cast

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box, lathe, sphere, tube
from renderers.assets.materials import BLACK_PLASTIC, STEEL, Material
from renderers.assets.mesh import Channels, Mesh
from sim.geometry import Array, inverse
from sim.scene import Shape

__all__ = ["machine_mesh", "robot_mesh", "robot_poses"]

_BASE, _TIP = 0.075, 0.042  # radii of the first link and of the last [m]
_FINGER_ROOT = 0.0584  # of the Panda's hand [m]
_CUP = 0.10  # from the flange to the lip [m]
_RUBBER = Material("cup", (0.03, 0.03, 0.035), 0.8, 0.03)

Chain = tuple[tuple[bool, tuple[float, ...]], ...]


def robot_mesh(shape: Shape) -> Mesh:
    """Return an arm, a part per joint and per finger, in its rest pose."""
    chain, rest, has_fingers = _key(shape)
    r, g, b = (float(v) for v in cast("Any", shape.details.get("colour", (0.75, 0.75, 0.73))))
    skin = Material("robot", (r, g, b), 0.35, 0.04)
    builder = MeshBuilder()
    frames = _frames(chain, rest, _at_rest(has_fingers))
    for k in range(len(chain) + 1):
        ahead = np.array(chain[k][1]).reshape(4, 4)[:3, 3] if k < len(chain) else np.zeros(3)
        radius = _BASE + (_TIP - _BASE) * k / len(chain)
        turns = k == 0 or chain[k - 1][0]
        for form, is_dark in _link(ahead, radius, is_base=k == 0, turns=turns):
            builder.add(_moved(form, frames[k]), BLACK_PLASTIC if is_dark else skin, part=f"link_{k}")
    if has_fingers:
        hand = box((-0.032, -0.1, -0.005), (0.032, 0.1, 0.066))
        builder.add(_moved(hand, frames[len(chain)]), skin, part=f"link_{len(chain)}")
        for side, part in ((1.0, "finger_left"), (-1.0, "finger_right")):
            y = sorted((0.0, side * 0.014))
            finger = box((-0.011, y[0], 0.0), (0.011, y[1], 0.055))
            builder.add(_moved(finger, frames[len(chain) + (1 if side > 0 else 2)]), STEEL, part=part)
    else:
        profile = [
            [0.0, 0.0],
            [0.016, 0.0],
            [0.016, _CUP - 0.02],
            [0.02, _CUP - 0.012],
            [0.02, _CUP],
            [0.0, _CUP],
        ]
        cup = lathe(np.array(profile), 20)
        builder.add(_moved(cup, frames[len(chain)]), _RUBBER, part=f"link_{len(chain)}")
    return builder.build()


def robot_poses(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part: by how much each part is displaced from the rest pose."""
    chain, rest, has_fingers = _key(shape)
    n = sum(turns for turns, _ in chain)
    q = tuple(channels.get(f"joint_{k + 1}", rest[k]) for k in range(n))
    opening = channels.get("opening", _at_rest(has_fingers))
    now = _frames(chain, q, opening)
    return np.array([a @ b for a, b in zip(now, _inverted(chain, rest, has_fingers), strict=True)])


@lru_cache(maxsize=16)
def _inverted(chain: Chain, rest: tuple[float, ...], has_fingers: bool) -> tuple[Array, ...]:
    return tuple(inverse(frame) for frame in _frames(chain, rest, _at_rest(has_fingers)))


def _at_rest(has_fingers: bool) -> float:
    return 0.08 if has_fingers else -1.0


def _key(shape: Shape) -> tuple[Chain, tuple[float, ...], bool]:
    details = cast("Any", shape.details)
    chain = tuple((bool(turns), tuple(float(v) for v in frame)) for turns, frame in details["joints"])
    return chain, tuple(float(v) for v in details["rest"]), bool(details["fingers"])


def _frames(chain: Chain, q: tuple[float, ...], opening: float) -> list[Array]:
    """Return the (4, 4) frames of base and links, and of both fingers where the opening is not negative."""
    T, angles = np.eye(4), iter(q)
    found = [T]
    for turns, frame in chain:
        T = T @ np.array(frame).reshape(4, 4)
        if turns:
            angle = next(angles)
            c, s = math.cos(angle), math.sin(angle)
            T = T @ np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
        found.append(T)
    if opening >= 0.0:
        for side in (0.5, -0.5):
            finger = np.eye(4)
            finger[:3, 3] = 0.0, side * opening, _FINGER_ROOT
            found.append(T @ finger)
    return found


def _link(ahead: Array, radius: float, *, is_base: bool, turns: bool) -> list[tuple[Form, bool]]:
    """Return (form, whether it is dark) of a link from its joint to the next, in its own frame."""
    forms: list[tuple[Form, bool]] = []
    if is_base:
        foot = np.array([[0.0, 0.0], [1.35 * radius, 0.0], [1.35 * radius, 0.05], [radius, 0.08], [0.0, 0.08]])
        forms.append((lathe(foot, 28), True))
    elif turns:
        half = 1.05 * radius
        ring = np.array([[0.0, -half], [0.94 * radius, -half], [0.94 * radius, half], [0.0, half]])
        forms.append((lathe(ring, 24), True))
        forms.append((sphere(radius, n_around=24, n_up=14), False))
    length = float(np.linalg.norm(ahead))
    if length > 0.02:
        path = np.linspace(0.0, 1.0, 5)[:, None] * ahead
        forms.append((tube(path, radius * np.array([0.95, 0.9, 0.88, 0.9, 0.95]), 24), False))
    elif not turns:
        flange = np.array([[0.0, -0.03], [0.9 * radius, -0.03], [0.9 * radius, 0.0], [0.0, 0.0]])
        forms.append((lathe(flange, 20), True))
    return forms


def _moved(form: Form, T: Array) -> Form:
    return Form(form.points @ T[:3, :3].T + T[:3, 3], form.faces)


def machine_mesh(shape: Shape) -> Mesh:
    """Return a machine, component or sensor as a cabinet: details `colour`, else grey with a darker foot."""
    length, width, height = shape.size
    r, g, b = (float(v) for v in cast("Any", shape.details.get("colour", (0.42, 0.45, 0.46))))
    builder = MeshBuilder()
    foot = min(0.08, 0.2 * height)
    builder.add(box((-length / 2, -width / 2, 0.0), (length / 2, width / 2, foot)), BLACK_PLASTIC)
    body = Material("cabinet", (r, g, b), 0.55, 0.03)
    builder.add(box((-length / 2, -width / 2, foot), (length / 2, width / 2, height)), body)
    return builder.build()

"""Animals: a deer that stands, trots and runs."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.curves import smooth_step
from renderers.assets.forms import Form, loft, merge, ring, sphere, tube
from renderers.assets.materials import Material
from renderers.assets.mesh import Channels, Mesh
from renderers.assets.variety import Variety
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["animal_mesh", "animal_poses"]

HOOF = Material("hoof", (0.02, 0.017, 0.015), 0.6)
ANTLER = Material("antler", (0.30, 0.22, 0.13), 0.7)
EYE = Material("animal_eye", (0.01, 0.009, 0.008), 0.2, 0.05)
BELLY = Material("belly", (0.50, 0.43, 0.34), 0.95)

_WITHERS = 0.95  # height of the shoulder [m]
_FORE, _HIND = 0.42, -0.46  # x of the joints of the legs
_LEGS = (
    ("fore_left", _FORE, 0.10),
    ("fore_right", _FORE, -0.10),
    ("hind_left", _HIND, 0.10),
    ("hind_right", _HIND, -0.10),
)
_JOINT = {"fore": (0.62, 0.33), "hind": (0.66, 0.40)}
"""Heights of the upper and the lower joint of a leg [m]."""
_SWING = {"fore": 0.50, "hind": 0.55}
"""How far a leg swings about its upper joint, to either side, at a run [rad]."""
_TROT = {"fore_left": 0.0, "hind_right": 0.0, "fore_right": math.pi, "hind_left": math.pi}
"""Legs move in pairs across the body, half a cycle apart."""


def animal_mesh(shape: Shape) -> Mesh:
    """Return an animal: details `style` (deer), `seed`.

    Raises:
        ValueError: the style is unknown.
    """
    return _deer(*_key(shape))[0]


def animal_poses(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part for the channels `gait_phase` [rad] and `speed` [m/s]."""
    _, factor, shift = _deer(*_key(shape))
    fitted, undo = np.diag([*factor, 1.0]), np.diag([*(1 / factor), 1.0])
    fitted[:3, 3], undo[:3, 3] = shift, -shift / factor
    phase, effort = (
        channels.get("gait_phase", 0.0),
        float(smooth_step(abs(channels.get("speed", 0.0)), 0.05, 3.0)),
    )
    out = [np.eye(4)]
    for name, x, _ in _LEGS:
        high, low = _JOINT[name.partition("_")[0]]
        angle = phase + _TROT[name]
        swing = -_SWING[name.partition("_")[0]] * effort * math.cos(angle)
        bend = 1.1 * effort * max(0.0, -math.sin(angle))  # the hoof is drawn up on its way forward
        upper = _turned(swing, x, high)
        out += [upper, upper @ _turned(bend if name.startswith("fore") else -0.6 * bend, x, low)]
    return np.asarray(fitted @ np.stack(out) @ undo)


def _turned(pitch: float, x: float, z: float) -> Array:
    """Return the turn by a pitch about a joint."""
    c, s = math.cos(pitch), math.sin(pitch)
    out = np.eye(4)
    out[0, 0], out[0, 2], out[2, 0], out[2, 2] = c, s, -s, c
    out[0, 3], out[2, 3] = x - c * x - s * z, z + s * x - c * z
    return out


def _key(shape: Shape) -> tuple[tuple[float, float, float], Variety]:
    style = str(shape.details.get("style", "deer"))
    if style != "deer":
        raise ValueError(f"no animal of style {style!r}; known: deer")
    return shape.size, Variety.of(shape)


@lru_cache(maxsize=16)
def _deer(size: tuple[float, float, float], variety: Variety) -> tuple[Mesh, Array, Array]:
    """Return a buck's mesh, and the (3,) factor and shift that made it as large as its shape."""
    coat = Material("coat", variety.colour("coat", (0.25, 0.145, 0.075), 0.15), 0.95)
    builder = MeshBuilder()
    for form, material in _trunk(coat):
        builder.add(form, material)
    for form, material in _head(coat):
        builder.add(form, material)
    for name, x, y in _LEGS:
        high, low = _JOINT[name.partition("_")[0]]
        hind = name.startswith("hind")
        builder.add(_thigh(x, y, high, low, hind), coat, part=name)
        cannon = np.array([[x + (-0.05 if hind else 0.0), y, low], [x - 0.01, y, 0.10], [x + 0.015, y, 0.05]])
        builder.add(tube(cannon, np.array([0.030, 0.021, 0.024]), 8), coat, part=f"{name}_low")
        hoof = sphere(0.5, n_around=8, n_up=6).scaled(0.085, 0.06, 0.075).moved(x + 0.03, y, 0.037)
        builder.add(hoof, HOOF, part=f"{name}_low")
    factor, shift = builder.fit(size)
    return builder.build(), factor, shift


def _rings(rows: list[tuple[float, float, float, float]], n: int = 16) -> Form:
    """Return the skin through (x, z of the middle, half width, half height) rings, from back to front."""
    sections = []
    for x, z, width, height in rows:
        outline = ring(n, radius_y=width, radius_z=height, power=2.2)
        sections.append(np.column_stack([np.full(n, x), outline[:, 0], z + outline[:, 1]]))
    return loft(np.array(sections))


def _trunk(coat: Material) -> list[tuple[Form, Material]]:
    body = _rings(
        [(-0.66, 0.80, 0.05, 0.07), (-0.62, 0.78, 0.12, 0.15), (-0.50, 0.76, 0.165, 0.195),
         (-0.25, 0.73, 0.17, 0.19), (0.0, 0.70, 0.175, 0.205), (0.25, 0.70, 0.17, 0.225),
         (0.42, 0.73, 0.15, 0.22), (0.54, 0.79, 0.105, 0.17), (0.60, 0.83, 0.06, 0.10)]
    )  # fmt: skip
    neck = tube(
        np.array([[0.44, 0.0, 0.80], [0.58, 0.0, 0.97], [0.68, 0.0, 1.13], [0.72, 0.0, 1.22]]),
        np.array([0.155, 0.115, 0.085, 0.075]),
        14,
    )
    tail = sphere(0.5, n_around=8, n_up=6).scaled(0.10, 0.10, 0.26).turned(pitch=0.35).moved(-0.68, 0.0, 0.72)
    under = sphere(0.5, n_around=14, n_up=8).scaled(0.85, 0.25, 0.16).moved(-0.08, 0.0, 0.535)
    return [(merge([body, neck]), coat), (tail, BELLY), (under, BELLY)]


def _head(coat: Material) -> list[tuple[Form, Material]]:
    skull = _rings(
        [(-0.10, 0.0, 0.05, 0.06), (-0.05, 0.0, 0.072, 0.085), (0.03, -0.005, 0.070, 0.080),
         (0.13, -0.03, 0.045, 0.055), (0.22, -0.045, 0.036, 0.040), (0.26, -0.05, 0.022, 0.026)], 12
    ).turned(pitch=0.30).moved(0.76, 0.0, 1.26)  # fmt: skip
    nose = sphere(0.03, n_around=8, n_up=6).moved(1.00, 0.0, 1.145)
    ears, eyes, antlers = [], [], []
    for side in (1.0, -1.0):
        ear = sphere(0.5, n_around=8, n_up=6).scaled(0.05, 0.20, 0.09)
        ears.append(ear.turned(roll=side * 0.5).moved(0.68, side * 0.14, 1.34))
        eyes.append(sphere(0.018, n_around=8, n_up=6).moved(0.80, side * 0.068, 1.28))
        beam = [
            (0.71, side * 0.04, 1.33),
            (0.64, side * 0.14, 1.45),
            (0.66, side * 0.21, 1.55),
            (0.78, side * 0.20, 1.62),
        ]
        antlers.append(tube(np.array(beam), np.array([0.020, 0.017, 0.014, 0.006]), 7))
        for start, tip in (((0.65, 0.13, 1.44), (0.74, 0.11, 1.58)), ((0.66, 0.20, 1.54), (0.69, 0.17, 1.68))):
            tine = [(start[0], side * start[1], start[2]), (tip[0], side * tip[1], tip[2])]
            antlers.append(tube(np.array(tine), np.array([0.013, 0.005]), 6))
    return [(merge([skull, *ears]), coat), (merge([nose, *eyes]), EYE), (merge(antlers), ANTLER)]


def _thigh(x: float, y: float, high: float, low: float, hind: bool) -> Form:
    """Return the upper part of a leg, which reaches into the trunk; a hind leg bends back at the hock."""
    if hind:
        path = np.array(
            [
                [x - 0.02, y, high + 0.16],
                [x + 0.04, y, high - 0.04],
                [x - 0.02, y, 0.5],
                [x - 0.06, y, low - 0.02],
            ]
        )
        return tube(path, np.array([0.10, 0.105, 0.055, 0.032]), 10)
    path = np.array([[x + 0.02, y, high + 0.14], [x + 0.01, y, high - 0.04], [x, y, 0.48], [x, y, low - 0.02]])
    return tube(path, np.array([0.085, 0.075, 0.045, 0.032]), 10)

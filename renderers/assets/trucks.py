"""A truck: a cab over its engine, a frame, and a box body."""

from __future__ import annotations

import numpy as np

from renderers.assets.forms import Form, box, prism
from renderers.assets.materials import BLACK_PLASTIC, STEEL, UNDERBODY, Material
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import TAIL_LAMP, Shell
from renderers.assets.vehicle_details import detail_forms
from renderers.assets.vehicle_styles import Style

__all__ = ["truck_forms"]

CAB_LENGTH = 2.1
FLOOR = 1.02
"""Height of the cargo floor [m]."""


def truck_forms(
    style: Style, size: tuple[float, float, float], skin: Material, variety: Variety
) -> tuple[list[tuple[Form, Material]], list[float]]:
    """Return the forms of a truck and the positions of its axles [m], front first."""
    length, width, height = size
    front = length / 2
    cab_length = min(CAB_LENGTH, 0.35 * length)
    shell = Shell(
        style, (cab_length, width - 0.06, min(height * 0.93, 2.85 + variety.uniform("cab", 0.0, 0.25)))
    )
    ahead = front - cab_length / 2
    forms = [(form.moved(ahead), material) for form, material in shell.forms(skin)]
    forms += [(form.moved(ahead), material) for form, material in detail_forms(shell, skin, variety)]
    body_front = front - cab_length - 0.12
    cargo = Material("cargo_body", variety.choice("cargo", CARGO), roughness=0.45, reflectance=0.04)
    forms += _cargo(-front, body_front, width, height, cargo)
    forms += _frame(-front, body_front, width, style.wheel_radius)
    return forms, [ahead + shell.x(style.axles[0]), *_rear_axles(-front, length)]


CARGO = ((0.62, 0.62, 0.60), (0.55, 0.56, 0.58), (0.04, 0.12, 0.33), (0.45, 0.10, 0.04), (0.10, 0.25, 0.12))


def _cargo(
    rear: float, front: float, width: float, height: float, skin: Material
) -> list[tuple[Form, Material]]:
    """Return the box with steel posts at its corners and door bars at the rear."""
    half = width / 2
    forms: list[tuple[Form, Material]] = [
        (box((rear + 0.02, -half + 0.02, FLOOR), (front, half - 0.02, height)), skin)
    ]
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (half - 0.09), side * half))
        forms.append((box((rear, y0, FLOOR - 0.04), (rear + 0.09, y1, height)), STEEL))
        forms.append((box((front - 0.08, y0, FLOOR), (front + 0.01, y1, height - 0.004)), STEEL))
        y0, y1 = sorted((side * (half - 0.06), side * (half - 0.002)))
        forms.append((box((rear + 0.09, y0, FLOOR - 0.08), (front, y1, FLOOR + 0.03)), STEEL))
        y = side * 0.28
        forms.append(
            (box((rear - 0.0, y - 0.018, FLOOR + 0.05), (rear + 0.04, y + 0.018, height - 0.06)), STEEL)
        )
    return forms


def _frame(rear: float, front: float, width: float, radius: float) -> list[tuple[Form, Material]]:
    """Return frame rails, side guards, mudguards, the rear under-run bar and its lamps."""
    half = width / 2
    forms: list[tuple[Form, Material]] = [
        (box((rear + 0.25, -0.45, 0.62), (front + 1.2, 0.45, FLOOR - 0.06)), UNDERBODY)
    ]
    forms.append((box((rear + 0.06, -half + 0.1, 0.48), (rear + 0.16, half - 0.1, 0.62)), BLACK_PLASTIC))
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (half - 0.06), side * (half - 0.10)))
        start = rear + 0.28 * (front - rear) + radius + 0.75
        for low in (0.48, 0.72):
            forms.append((box((start, y0, low), (front - 0.25, y1, low + 0.14)), STEEL))
        y0, y1 = sorted((side * (half - 0.62), side * (half - 0.12)))
        forms.append((box((rear + 0.03, y0, 0.78), (rear + 0.10, y1, 0.92)), TAIL_LAMP))
        tank = np.array([[front - 1.5, side * (half - 0.14)], [front - 0.4, side * (half - 0.14)],
                         [front - 0.4, side * 0.55], [front - 1.5, side * 0.55]])  # fmt: skip
        forms.append((prism(tank, 0.42, 0.92), STEEL))
    return forms


def _rear_axles(rear: float, length: float) -> list[float]:
    if length < 9.0:
        return [rear + 0.24 * length]
    if length < 12.5:
        return [rear + 0.27 * length, rear + 0.27 * length - 1.32]
    return [
        rear + 0.62 * length,
        rear + 0.23 * length + 1.31,
        rear + 0.23 * length,
        rear + 0.23 * length - 1.31,
    ]

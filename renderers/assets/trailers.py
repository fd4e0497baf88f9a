"""Tractors and what is pulled: semi-trailer, caravan and box trailer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from renderers.assets.forms import Form, box, loft, prism, rounded_rectangle
from renderers.assets.materials import BLACK_PLASTIC, GLASS, STEEL, UNDERBODY, Material
from renderers.assets.trucks import CARGO, FLOOR
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import TAIL_LAMP, Shell
from renderers.assets.vehicle_details import INDICATORS, detail_forms
from renderers.assets.vehicle_styles import STYLES, Style
from sim.geometry import Array

__all__ = ["TRAILERS", "axle_centres", "tractor_forms", "trailer_forms"]

Forms = list[tuple[Form, Material]]
Size = tuple[float, float, float]

TRAILERS = ("semi_trailer", "caravan", "box_trailer")

_CAB = 2.3  # length of a tractor's cab [m]
_REAR_OVERHANG = 1.015  # of a tractor, behind its rear axle [m]
_BOGIE = (
    1.31  # between the axles of a semi-trailer, the middle one 4.3 m before the rear (1.6 + 7.7 of 13.6) [m]
)
_DRAWBAR = 1.3  # before the box of what a car pulls [m]
_CARAVAN_AXLE, _BOX_AXLE = -0.5, -0.75  # of what a car pulls, before its middle [m]
_SHELL_WHITE = Material("caravan_shell", (0.66, 0.66, 0.63), roughness=0.3, reflectance=0.05)
_BAND = Material("caravan_band", (0.16, 0.22, 0.33), roughness=0.3, reflectance=0.05)
_PLYWOOD = Material("trailer_box", (0.30, 0.31, 0.32), roughness=0.55, reflectance=0.05)
_TARPAULIN = Material("tarpaulin", (0.05, 0.09, 0.16), roughness=0.7, reflectance=0.02)


def tractor_forms(style: Style, size: Size, skin: Material, variety: Variety) -> tuple[Forms, list[float]]:
    """Return the forms of a tractor and the positions of its axles [m], front first."""
    length, width, height = size
    front, rear = length / 2, -length / 2
    shell = Shell(style, (_CAB, width - 0.06, height))
    ahead = front - _CAB / 2
    forms = [(form.moved(ahead), material) for form, material in shell.forms(skin)]
    forms += [(form.moved(ahead), material) for form, material in detail_forms(shell, skin, variety)]
    axle = rear + _REAR_OVERHANG
    forms.append((box((rear + 0.05, -0.45, 0.66), (front - _CAB + 0.2, 0.45, 0.94)), UNDERBODY))
    plate = np.array([[-0.55, -0.48], [0.30, -0.48], [0.55, -0.2], [0.55, 0.2], [0.30, 0.48], [-0.55, 0.48]])
    forms.append((prism(plate, 0.98, 1.10).moved(axle + 0.55), STEEL))
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (width / 2 - 0.36), side * (width / 2 - 0.02)))
        forms.append((box((axle - 0.55, y0, 1.02), (axle + 0.55, y1, 1.06)), BLACK_PLASTIC))
        tank = np.array([[-0.6, side * 0.55], [0.6, side * 0.55], [0.6, side * 1.18], [-0.6, side * 1.18]])
        forms.append((prism(tank[:: int(side)], 0.42, 0.95).moved(axle + 1.5), STEEL))
        y0, y1 = sorted((side * 0.70, side * 1.05))
        forms.append((box((rear, y0, 0.72), (rear + 0.06, y1, 0.88)), TAIL_LAMP))
    return forms, [ahead + shell.x(style.axles[0]), axle]


def trailer_forms(name: str, size: Size, variety: Variety) -> tuple[Style, Forms, list[float]]:
    """Return the wheels, the forms and the positions of the axles of a trailer [m], front first."""
    if name == "semi_trailer":
        wheels = replace(STYLES["cab"], wheel_radius=0.50, tyre_width=0.38)
        middle = size[0] / 2 - 1.6 - 7.7
        return wheels, _semi_trailer(size, variety), [middle + _BOGIE, middle, middle - _BOGIE]
    wheels = replace(STYLES["hatchback"], wheel_radius=0.33, tyre_width=0.185)
    if name == "caravan":
        return wheels, _caravan(size), [_CARAVAN_AXLE]
    return wheels, _box_trailer(size, variety), [_BOX_AXLE]


def _semi_trailer(size: Size, variety: Variety) -> Forms:
    length, width, height = size
    rear, front, half = -length / 2, length / 2, width / 2
    floor, cargo = FLOOR + 0.13, Material("curtain", variety.choice("cargo", CARGO), 0.6, 0.02)
    forms: Forms = [
        (box((rear + 0.04, -half + 0.015, floor), (front - 0.04, half - 0.015, height - 0.03)), cargo),
        (box((rear, -half, height - 0.10), (front, half, height)), STEEL),
        (box((rear, -half, floor - 0.16), (front, half, floor)), STEEL),
        (box((front - 0.05, -half, floor), (front, half, height - 0.05)), STEEL),
        (box((rear + 0.4, -0.5, 0.72), (front - 3.2, 0.5, floor - 0.16)), UNDERBODY),
        (box((rear + 0.06, -half + 0.1, 0.48), (rear + 0.16, half - 0.1, 0.62)), BLACK_PLASTIC),
    ]
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (half - 0.06), side * half))
        forms.append((box((rear, y0, floor), (rear + 0.06, y1, height - 0.05)), STEEL))
        for x in np.linspace(rear + 0.9, front - 0.9, 9):  # straps of the curtain
            y2, y3 = sorted((side * (half - 0.016), side * (half - 0.004)))
            forms.append((box((x - 0.025, y2, floor - 0.08), (x + 0.025, y3, height - 0.12)), BLACK_PLASTIC))
        y0, y1 = sorted((side * (half - 0.10), side * (half - 0.05)))
        for low in (0.50, 0.76):
            forms.append((box((rear + 6.4, y0, low), (front - 3.3, y1, low + 0.12)), STEEL))
        y0, y1 = sorted((side * 0.75, side * 0.95))
        forms.append((box((front - 3.1, y0, 0.30), (front - 2.9, y1, floor - 0.16)), STEEL))
        y0, y1 = sorted((side * (half - 0.55), side * (half - 0.10)))
        forms.append((box((rear + 0.02, y0, 0.78), (rear + 0.08, y1, 0.92)), TAIL_LAMP))
        forms.append(_indicator(rear + 0.01, side, half - 0.10, 0.92))
    return forms


def _indicator(x: float, side: float, outer: float, low: float) -> tuple[Form, Material]:
    y0, y1 = sorted((side * (outer - 0.12), side * outer))
    return box((x, y0, low), (x + 0.05, y1, low + 0.10)), INDICATORS[0 if side > 0 else 1]


def _drawbar(size: Size, box_front: float, height: float) -> Forms:
    """Return the two beams that meet at the coupling, and the jockey wheel's post."""
    tip = size[0] / 2
    forms: Forms = []
    for side in (-1.0, 1.0):
        beam = np.array(
            [[box_front, side * 0.55], [box_front, side * 0.47], [tip - 0.1, 0.0], [tip, side * 0.03]]
        )
        forms.append((prism(beam[:: -int(side)], height - 0.06, height + 0.04), STEEL))
    forms.append((box((tip - 0.25, -0.05, height - 0.02), (tip, 0.05, height + 0.10)), BLACK_PLASTIC))
    forms.append((box((tip - 0.42, -0.03, 0.08), (tip - 0.36, 0.03, height + 0.35)), STEEL))
    return forms


def _rounded(front: float, rear: float, width: float, low: float, high: float) -> Form:
    """Return a box whose edges along the road are rounded, and its ends drawn in a little."""
    outline = rounded_rectangle(width, high - low, 0.18)
    rows = []
    for x, share in ((front, 0.90), (front - 0.25, 1.0), (rear + 0.12, 1.0), (rear, 0.94)):
        ring = outline * np.array([1.0 - 0.25 * (1.0 - share), share])
        rows.append(np.column_stack([np.full(len(ring), x), ring[:, 0], ring[:, 1] + (low + high) / 2]))
    return loft(np.stack(rows))


def _caravan(size: Size) -> Forms:
    length, width, height = size
    rear, front = -length / 2, length / 2 - _DRAWBAR
    forms: Forms = [
        (_rounded(front, rear, width, 0.36, height), _SHELL_WHITE),
        (box((rear + 0.2, -width / 2 + 0.25, 0.26), (front - 0.2, width / 2 - 0.25, 0.40)), UNDERBODY),
        (box((front - 0.03, -0.75, 1.35), (front + 0.012, 0.75, 2.0)), GLASS),
        (box((rear - 0.006, -0.7, 1.35), (rear + 0.03, 0.7, 2.0)), GLASS),
        *_drawbar(size, front, 0.42),
    ]
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (width / 2 - 0.02), side * (width / 2 + 0.004)))
        for x in (rear + 1.0, front - 1.3):
            forms.append((box((x - 0.45, y0, 1.40), (x + 0.45, y1, 1.95)), GLASS))
        forms.append((box((rear + 0.25, y0, 1.10), (front - 0.35, y1, 1.24)), _BAND))
        y0, y1 = sorted((side * 0.62, side * 0.95))
        forms.append((box((rear - 0.02, y0, 0.62), (rear + 0.04, y1, 0.76)), TAIL_LAMP))
        forms.append(_indicator(rear - 0.015, side, 0.95, 0.77))
    return forms


def _box_trailer(size: Size, variety: Variety) -> Forms:
    length, width, height = size
    rear, front, half = -length / 2, length / 2 - _DRAWBAR, width / 2
    wall = variety.choice("box", (_PLYWOOD, _TARPAULIN))
    forms: Forms = [
        (box((rear, -half + 0.19, 0.45), (front, half - 0.19, height)), wall),
        (box((rear, -half + 0.17, 0.42), (front, half - 0.17, 0.50)), STEEL),
        *_drawbar(size, front, 0.42),
    ]
    for side in (-1.0, 1.0):
        y0, y1 = sorted((side * (half - 0.19), side * half))
        forms.append((box((_BOX_AXLE - 0.42, y0, 0.66), (_BOX_AXLE + 0.42, y1, 0.70)), BLACK_PLASTIC))
        y0, y1 = sorted((side * (half - 0.42), side * (half - 0.20)))
        forms.append((box((rear - 0.03, y0, 0.50), (rear, y1, 0.60)), TAIL_LAMP))
        forms.append(_indicator(rear - 0.03, side, half - 0.20, 0.61))
    return forms


def axle_centres(style: Style, width: float, axles: list[float]) -> Array:
    """Return (W, 3) centres of the wheels on some axles [m]."""
    y = width / 2 - style.tyre_width / 2 - 0.025
    return np.array([[x, side * y, style.wheel_radius] for x in axles for side in (1.0, -1.0)])

"""A circuit board: where components stand, what is printed, and one that is missing or beside its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from renderers.inspection.canvas import Canvas
from renderers.inspection.dice import Dice
from renderers.inspection.flaws import Col, rectangle
from renderers.inspection.shading import Print
from renderers.inspection.solids import Part, box, cylinder
from sim.geometry import Array

__all__ = ["COPPER", "MATERIALS", "Component", "Layout", "draw_board_defect", "layout_of", "solids_of"]

COPPER, PAD, SILK, HOLE, EPOXY, TIN, CERAMIC, TAN, ALUMINIUM, SPATTER, LENS = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

MATERIALS: Array = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.1],
        [0.020, 0.098, 0.040, 0.05, 0.05, 0.05, 0.03, 0.03],  # copper under solder mask
        [0.10, 0.10, 0.10, 0.55, 0.55, 0.54, 0.16, 0.16],  # tinned pad
        [0.62, 0.62, 0.60, 0.04, 0.04, 0.04, 0.30, 0.30],  # printing
        [0.004, 0.004, 0.004, 0.02, 0.02, 0.02, 0.3, 0.3],  # drilled hole
        [0.022, 0.022, 0.024, 0.04, 0.04, 0.04, 0.22, 0.22],  # moulded epoxy
        [0.16, 0.16, 0.155, 0.50, 0.50, 0.49, 0.22, 0.22],  # tinned end or leg
        [0.50, 0.49, 0.46, 0.04, 0.04, 0.04, 0.25, 0.25],  # alumina
        [0.26, 0.17, 0.10, 0.04, 0.04, 0.04, 0.20, 0.20],  # ceramic capacitor
        [0.12, 0.12, 0.12, 0.60, 0.60, 0.60, 0.10, 0.10],  # aluminium can
        [0.06, 0.055, 0.052, 0.33, 0.31, 0.29, 0.12, 0.12],  # drop of weld metal
        [0.60, 0.50, 0.18, 0.04, 0.04, 0.04, 0.10, 0.10],  # light-emitting diode
    ]
)
"""(12, 8) albedo, mirror at normal incidence, spread of slopes. Assumption, chosen by eye."""

_TEXELS = 22_000.0
"""Texels of the printing per metre."""
_DESIGN = 0x6F64_6473_6D69_7468
"""Key of the one design there is: every board of a run has the same."""


@dataclass(frozen=True)
class Component:
    """A component of the design.

    Args:
        name: on the board.
        kind: package.
        x: of its middle [m].
        y: of its middle [m].
        angle: [rad].
        half: half lengths of its body with legs [m].
        top: its height [m].
    """

    name: str
    kind: str
    x: float
    y: float
    angle: float
    half: tuple[float, float]
    top: float


@dataclass(frozen=True)
class Layout:
    """A design: what stands where, the (S, 16) solids of that, and what is printed."""

    components: tuple[Component, ...]
    solids: Array
    art: Print


_PACKAGES: dict[str, tuple[float, float, float, int]] = {
    "QFP32": (9.0, 9.0, 1.4, 1),
    "SOIC8": (4.9, 6.0, 1.6, 4),
    "CAN": (6.3, 6.3, 5.4, 2),
    "SOT23": (2.9, 2.4, 1.0, 5),
    "C1206": (3.2, 1.6, 1.2, 5),
    "R1206": (3.2, 1.6, 0.55, 5),
    "LED0805": (2.0, 1.25, 0.8, 3),
    "C0603": (1.6, 0.8, 0.8, 26),
    "R0603": (1.6, 0.8, 0.45, 26),
}
"""Package -> length, width, height [mm] and how many there are on 60 mm by 45 mm. Sizes: usual ones of packages
of these names, to a tenth."""
_LETTER = {"QFP32": "U", "SOIC8": "U", "CAN": "C", "SOT23": "Q", "LED0805": "D"}


@lru_cache(maxsize=4)
def layout_of(half: tuple[float, float]) -> Layout:
    """Return the design that fills a field of half width and height [m]."""
    dice = Dice(_DESIGN)
    share = max(half[0] * half[1] / (30e-3 * 22.5e-3), 0.1)
    placed: list[Component] = []
    for kind, (length, width, height, count) in _PACKAGES.items():
        size = (0.5e-3 * length, 0.5e-3 * width)
        for _ in range(max(round(count * share), 1)):
            for _ in range(60):
                angle = dice.one_of((0.0, 0.5 * math.pi))
                x, y = (round(1.04 * h * dice.uniform(-1.0, 1.0) / 0.5e-3) * 0.5e-3 for h in half)
                name = f"{_LETTER.get(kind, kind[0])}{len(placed) + 1}"
                one = Component(name, kind, x, y, angle, size, 1e-3 * height)
                if all(_are_apart(one, other) for other in placed):
                    placed.append(one)
                    break
    solids = np.reshape(solids_of(placed, {}), (-1, Part.WIDTH))
    return Layout(tuple(placed), solids, _drawn(tuple(placed), half, dice))


def _extent(one: Component) -> tuple[float, float]:
    return one.half if one.angle == 0.0 else (one.half[1], one.half[0])


def _are_apart(a: Component, b: Component) -> bool:
    (aw, ah), (bw, bh) = _extent(a), _extent(b)
    gap = 1.1e-3
    return abs(a.x - b.x) > aw + bw + gap or abs(a.y - b.y) > ah + bh + gap


def _legs(kind: str) -> list[tuple[float, float, float, float]]:
    """Return middle and half lengths of the ends or legs of a package [m]."""
    if kind == "QFP32":
        row = [(i - 3.5) * 0.8e-3 for i in range(8)]
        sides = [(x, s * 4.05e-3, 0.17e-3, 0.45e-3) for x in row for s in (-1, 1)]
        return sides + [(s * 4.05e-3, y, 0.45e-3, 0.17e-3) for y in row for s in (-1, 1)]
    if kind == "SOIC8":
        return [((i - 1.5) * 1.27e-3, s * 2.5e-3, 0.21e-3, 0.5e-3) for i in range(4) for s in (-1, 1)]
    if kind == "SOT23":
        return [
            (-0.95e-3, -0.95e-3, 0.2e-3, 0.25e-3),
            (0.95e-3, -0.95e-3, 0.2e-3, 0.25e-3),
            (0.0, 0.95e-3, 0.2e-3, 0.25e-3),
        ]
    if kind == "CAN":
        return [(s * 2.9e-3, 0.0, 0.5e-3, 0.4e-3) for s in (-1, 1)]
    length, width = 0.5e-3 * _PACKAGES[kind][0], 0.5e-3 * _PACKAGES[kind][1]
    cap = 0.2 * length
    return [(s * (length - cap), 0.0, cap, width) for s in (-1, 1)]


def _package(one: Component) -> list[Array]:
    """Return the solids of a component in its own frame."""
    w, h = one.half
    legs = _legs(one.kind)
    if one.kind == "CAN":
        base = box(0, 0, angle=0, half=(w * 1.02, h * 1.02), top=0.9e-3, material=EPOXY)
        return [base, cylinder(0, 0, radius=0.97 * w, top=one.top, low=0.9e-3, material=ALUMINIUM)]
    if one.kind in ("QFP32", "SOIC8", "SOT23"):
        inner = {"QFP32": (3.6e-3, 3.6e-3), "SOIC8": (2.45e-3, 1.95e-3), "SOT23": (1.45e-3, 0.65e-3)}[one.kind]
        body = box(0, 0, angle=0, half=inner, top=one.top, low=0.1e-3, material=EPOXY)
        return [body, *(box(x, y, angle=0, half=(a, b), top=0.22e-3, material=TIN) for x, y, a, b in legs)]
    middle = {"C": TAN, "R": EPOXY, "L": LENS}[one.kind[0]]
    body = box(0, 0, angle=0, half=(0.62 * w, h), top=0.97 * one.top, material=middle)
    ends = [box(x, y, angle=0, half=(a, b), top=one.top, material=TIN) for x, y, a, b in legs]
    if one.kind[0] == "R":  # a ceramic body whose black cover ends before its sides do
        under = box(0, 0, angle=0, half=(0.62 * w, h), top=0.85 * one.top, material=CERAMIC)
        return [
            under,
            box(0, 0, angle=0, half=(0.60 * w, 0.90 * h), top=0.97 * one.top, material=middle),
            *ends,
        ]
    return [body, *ends]


def solids_of(components: Sequence[Component], moved: Mapping[int, tuple[float, float, float]]) -> list[Array]:
    """Return the solids of components.

    Args:
        components: in the order of the design.
        moved: number of a component -> shift along x and y [m] and turn [rad]; NaN takes it away.
    """
    rows = []
    for number, one in enumerate(components):
        dx, dy, turn = moved.get(number, (0.0, 0.0, 0.0))
        if math.isnan(dx):
            continue
        for row in _package(one):
            x, y = float(row[Part.X]), float(row[Part.Y])
            for angle, ox, oy, cols in (
                (one.angle + turn, one.x + dx, one.y + dy, (Part.X, Part.Y, Part.COS, Part.SIN)),
                (one.angle, one.x, one.y, (Part.HOME_X, Part.HOME_Y, Part.HOME_COS, Part.HOME_SIN)),
            ):
                c, s = math.cos(angle), math.sin(angle)
                row[list(cols)] = ox + c * x - s * y, oy + s * x + c * y, c, s
            row[Part.OWNER] = number
            rows.append(row)
    return rows


def draw_board_defect(
    canvas: Canvas, layout: Layout, kind: str, size: float, dice: Dice
) -> dict[int, tuple[float, float, float]]:
    """Mark a component that is missing or misplaced, and return how it is moved, as `solids_of` takes it."""
    inside = [
        (k, one)
        for k, one in enumerate(layout.components)
        if abs(one.x) < 0.85 * canvas.half[0] and abs(one.y) < 0.85 * canvas.half[1]
    ]
    if kind == "missing":
        nearest = min(abs(2.0 * one.half[0] - size) for _, one in inside)
        number, one = dice.one_of(
            [(k, one) for k, one in inside if abs(2.0 * one.half[0] - size) <= nearest + 1e-9]
        )
        move = (math.nan, math.nan, 0.0)
    else:
        number, one = dice.one_of([(k, one) for k, one in inside if one.half[0] < 2.5e-3])
        heading = dice.angle()
        turn = dice.one_of((-1.0, 1.0)) * min(size / (2.0 * one.half[0]), 1.2) * dice.uniform(0.2, 1.0)
        move = (size * math.cos(heading), size * math.sin(heading), turn)
    home = rectangle(one.x, one.y, half=one.half, angle=one.angle)
    home[Col.DEPTH] = one.top
    canvas.add_defect(kind, [home], size=size)
    return {number: move}


def _drawn(components: tuple[Component, ...], half: tuple[float, float], dice: Dice) -> Print:
    """Draw conductors, pads, holes and printing of a design."""
    reach = np.array([1.25 * half[0], 1.25 * half[1]])
    size = np.ceil(2.0 * reach * _TEXELS).astype(int)
    art, marks = (np.zeros((size[1], size[0]), np.uint8) for _ in range(2))

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x + reach[0]) * _TEXELS), round((y + reach[1]) * _TEXELS)

    pads = [_placed(one, leg[:2]) for one in components for leg in _legs(one.kind)]
    for x, y in pads:
        _route(art, at(x, y), at(*dice.one_of(pads)), dice)
    for one in components:
        _print_component(art, marks, one, at)
    corner = np.array([-reach[0], -reach[1], _TEXELS])
    return Print(art, marks, corner, MATERIALS)


def _placed(one: Component, local: Sequence[float]) -> tuple[float, float]:
    c, s = math.cos(one.angle), math.sin(one.angle)
    return one.x + c * local[0] - s * local[1], one.y + s * local[0] + c * local[1]


def _route(art: NDArray[np.uint8], start: tuple[int, int], end: tuple[int, int], dice: Dice) -> None:
    """Draw a conductor from a pad: a straight piece, one at 45 degrees, and a hole to the other side."""
    far = min(max(abs(end[0] - start[0]), abs(end[1] - start[1])), round(9e-3 * _TEXELS))
    dx, dy = np.sign(end[0] - start[0]), np.sign(end[1] - start[1])
    first = int(far * dice.uniform(0.2, 0.6))
    along = (dx * first, 0) if dice.uniform() < 0.5 else (0, dy * first)
    a = (start[0] + along[0], start[1] + along[1])
    b = (a[0] + int(dx) * (far - first) // 2, a[1] + int(dy) * (far - first) // 2)
    wide = round(dice.one_of((0.16e-3, 0.2e-3, 0.3e-3)) * _TEXELS)
    for p, q in ((start, a), (a, b)):
        cv2.line(art, [int(v) for v in p], [int(v) for v in q], COPPER, wide)
    at = [int(v) for v in b]
    cv2.circle(art, at, round(0.36e-3 * _TEXELS), COPPER, -1)
    cv2.circle(art, at, round(0.14e-3 * _TEXELS), HOLE, -1)


def _print_component(art: NDArray[np.uint8], marks: NDArray[np.uint8], one: Component, at: object) -> None:
    assert callable(at)
    w, h = _extent(one)
    for leg in _legs(one.kind):
        x, y = _placed(one, leg[:2])
        a, b = (leg[2], leg[3]) if one.angle == 0.0 else (leg[3], leg[2])
        cv2.rectangle(art, at(x - a - 0.2e-3, y - b - 0.15e-3), at(x + a + 0.2e-3, y + b + 0.15e-3), PAD, -1)
    thin = max(round(0.12e-3 * _TEXELS), 1)
    gap = 0.32e-3
    if one.kind == "CAN":
        cv2.circle(art, at(one.x, one.y), round((w + 0.7e-3) * _TEXELS), SILK, thin)
    else:
        for s in (-1, 1):
            if w >= h:
                ends = at(one.x - 0.5 * w, one.y + s * (h + gap)), at(one.x + 0.5 * w, one.y + s * (h + gap))
            else:
                ends = at(one.x + s * (w + gap), one.y - 0.5 * h), at(one.x + s * (w + gap), one.y + 0.5 * h)
            cv2.line(art, *ends, SILK, thin)
    text = {"QFP32": "STC 32F 4", "SOIC8": "LM358", "CAN": "47", "R1206": "103", "R0603": "472", "SOT23": "1AM"}
    tall = 1.0e-3 * _TEXELS / 22.0  # Hershey's letters are 22 high at scale 1
    # The picture's rows run upwards on the part, and letters are drawn for rows that run downwards.
    _write(art, one.name, at(one.x - 0.4 * w, one.y - h - 1.45e-3), 0.65 * tall, SILK)
    label = text.get(one.kind)
    if label and one.angle == 0.0:
        scale = {"R0603": 0.45, "R1206": 0.75, "SOT23": 0.75}.get(one.kind, 1.0) * tall
        (wide, high), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        x, y = at(one.x, one.y)
        _write(marks, label, (x - wide // 2, y - high // 2), scale, 235 if one.kind != "CAN" else 1)


def _write(picture: NDArray[np.uint8], text: str, at: tuple[int, int], scale: float, value: int) -> None:
    """Write letters upright on the part: drawn apart, then turned over."""
    thick = max(round(3.0 * scale), 1)
    (wide, high), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    patch = np.zeros((high + base + 2, wide + 2), np.uint8)
    cv2.putText(patch, text, (1, high + 1), cv2.FONT_HERSHEY_SIMPLEX, scale, value, thick)
    patch = patch[::-1]
    x, y = max(at[0], 0), max(at[1], 0)
    under = picture[y : y + patch.shape[0], x : x + patch.shape[1]]
    patch = patch[: under.shape[0], : under.shape[1]]
    under[patch > 0] = patch[patch > 0]

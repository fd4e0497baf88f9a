"""What looks like a defect and is none: dust, fibres, reflections, marks that belong to the surface."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from renderers.inspection.canvas import Canvas, strokes
from renderers.inspection.defects import ragged
from renderers.inspection.dice import Dice
from renderers.inspection.flaws import Col, blob
from sim.geometry import Array

__all__ = ["NEGATIVES", "draw_negatives"]

NEGATIVES = {
    "dust": "a speck that lies on the surface",
    "fibre": "a hair or a thread that lies on the surface",
    "reflection": "something bright that is mirrored",
    "machining_mark": "a groove or ridge that the making of the surface leaves",
    "flux_residue": "what is left of soldering",
}
"""Kind of what is no defect -> what it is."""


def draw_negatives(canvas: Canvas, means: Mapping[str, Any], dice: Dice) -> None:
    """Put what is no defect on a part.

    Args:
        canvas: the part.
        means: how many of each there are on average.
        dice: numbers of the part.
    """
    for _ in range(dice.count(float(means["dust"]))):
        (_fibre if dice.uniform() < 0.25 else _dust)(canvas, dice)
    for _ in range(dice.count(float(means["reflections"]))):
        _reflection(canvas, dice)
    for _ in range(dice.count(float(means["marks"]))):
        (_flux if canvas.surface == "board" else _mark)(canvas, dice)


def _anywhere(canvas: Canvas, dice: Dice) -> tuple[float, float]:
    x, y = (0.95 * half * dice.uniform(-1.0, 1.0) for half in canvas.half)
    return x, y


def _lie(row: Array, shade: float, opacity: float) -> Array:
    row[Col.RED : Col.BLUE + 1] = shade, 0.98 * shade, 0.94 * shade
    row[Col.OPACITY], row[Col.REPLACES], row[Col.ROUGH] = opacity, 1.0, 0.4
    return row


def _dust(canvas: Canvas, dice: Dice) -> None:
    x, y = _anywhere(canvas, dice)
    radius = 0.05e-3 * math.exp(abs(dice.normal(0.7)))
    amounts, phases = ragged(dice, 0.25)
    row = blob(x, y, radii=(radius, radius * dice.uniform(0.5, 1.0)), ragged=amounts, phases=phases)
    row[Col.SOFT] = 0.5
    shade = dice.one_of((0.10, 0.45, 0.55, 0.65))
    canvas.add_negative("dust", [_lie(row, shade, dice.uniform(0.45, 0.85))])


def _fibre(canvas: Canvas, dice: Dice) -> None:
    (x, y), heading = _anywhere(canvas, dice), dice.angle()
    step, bend = dice.uniform(0.12e-3, 0.3e-3), dice.normal(0.22)
    points = [(x, y)]
    for _ in range(14):
        heading += bend + dice.normal(0.12)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        points.append((x, y))
    row = canvas.line(strokes(np.array(points), np.full(len(points), dice.uniform(8e-6, 16e-6))))
    canvas.add_negative("fibre", [_lie(row, dice.one_of((0.12, 0.55, 0.7)), 0.8)])


def _reflection(canvas: Canvas, dice: Dice) -> None:
    x, y = _anywhere(canvas, dice)
    radius = dice.uniform(1.2e-3, 4.5e-3)
    row = blob(x, y, radii=(radius, radius * dice.uniform(0.35, 1.0)), angle=dice.angle())
    row[Col.SOFT], row[Col.OPACITY] = 1.0, 1.0
    row[Col.GLOW] = canvas.mean * dice.uniform(0.5, 1.4)
    canvas.add_negative("reflection", [row])


def _mark(canvas: Canvas, dice: Dice) -> None:
    """Grooves along the grain, a mould's parting line, strokes of grinding beside a seam, or of polishing."""
    (x, y), half_wide = _anywhere(canvas, dice), canvas.half[0]
    if canvas.surface == "cast":
        angle = dice.one_of((0.0, 0.5 * math.pi)) + dice.normal(0.02)
        ends = (
            3.0
            * half_wide
            * np.array([[-math.cos(angle), -math.sin(angle)], [math.cos(angle), math.sin(angle)]])
        )
        row = canvas.line(strokes(ends + np.array([x, y]), np.full(2, 0.22e-3)), depth=-25e-6)
        canvas.add_negative("machining_mark", [row])
        return
    angle, gap, count = dice.normal(0.01), 0.5e-3, 2 + int(3.0 * dice.uniform())
    length, half, depth, tone = dice.uniform(0.2, 0.9) * half_wide, 22e-6, 2.5e-6, 0.9
    if canvas.surface == "painted":
        angle, length, count, half, depth, tone = dice.angle(), 5e-3, count + 2, 14e-6, 0.35e-6, 1.05
    elif canvas.surface == "weld":
        angle, count, gap = dice.one_of((0.9, 1.2, 2.0)) + dice.normal(0.1), count + 5, 0.28e-3
        y, length, depth, tone = math.copysign(11e-3, y), 4.5e-3, 5e-6, 1.12
    parts = []
    for k in range(count):
        off, along = (k + dice.normal(0.25)) * gap, dice.normal(0.12) * length
        own = 0.5 * length * dice.uniform(0.7, 1.0)
        c, s = math.cos(angle), math.sin(angle)
        middle = np.array([x - off * s + along * c, y + off * c + along * s])
        ends = np.array([middle - own * np.array([c, s]), middle, middle + own * np.array([c, s])])
        parts.append(strokes(ends, half * np.array([0.3, 1.0, 0.3])))
    row = canvas.line(np.concatenate(parts), depth=depth)
    row[Col.RED : Col.BLUE + 1], row[Col.OPACITY] = tone, 0.6
    canvas.add_negative("machining_mark", [row])


def _flux(canvas: Canvas, dice: Dice) -> None:
    x, y = _anywhere(canvas, dice)
    amounts, phases = ragged(dice, 0.2)
    radius = dice.uniform(0.8e-3, 2.2e-3)
    row = blob(x, y, radii=(radius, 0.8 * radius), angle=dice.angle(), ragged=amounts, phases=phases)
    row[Col.RED : Col.BLUE + 1] = 1.25, 1.15, 0.95
    row[Col.OPACITY], row[Col.SOFT], row[Col.RIM], row[Col.ROUGH] = 0.5, 0.3, 0.8, -0.03
    canvas.add_negative("flux_residue", [row])

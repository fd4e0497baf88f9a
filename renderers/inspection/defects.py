"""From the kind and size of a defect to its forms on a surface.

How deep or wide a defect of a size is, is an assumption, stated at each; the labels tell what was made.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from renderers.inspection.canvas import Canvas, strokes
from renderers.inspection.dice import Dice
from renderers.inspection.flaws import Col, blob
from renderers.inspection.solids import cap
from sim.geometry import Array

__all__ = ["PAINT_STEP", "SPATTER", "draw_defect", "place", "ragged"]

SPATTER = 10
"""Number of the material of spatter among those of solids."""
PAINT_STEP = 20e-6
"""Error of the film's thickness after which about two thirds of the colour have changed [m]. Assumption."""
_INSIDE = 0.72


def draw_defect(canvas: Canvas, kind: str, size: float, dice: Dice) -> None:
    """Put a defect on a part that is not on its components.

    Args:
        canvas: the part.
        kind: what it is, as in `sim.defects`.
        size: as the kind means it [m].
        dice: numbers of the part.
    """
    _KINDS[kind](canvas, size, dice)


def place(canvas: Canvas, dice: Dice) -> tuple[float, float]:
    """Return where a defect stands [m]: well inside the picture, and on or beside a weld's seam."""
    x, y = (_INSIDE * half * dice.uniform(-1.0, 1.0) for half in canvas.half)
    return (x, 2.4e-3 * dice.uniform(-1.0, 1.0)) if canvas.surface == "weld" else (x, y)


def ragged(dice: Dice, amount: float) -> tuple[list[float], list[float]]:
    """Return amplitudes and phases of the second to fifth harmonic of an edge."""
    return [amount * dice.uniform(-1.0, 1.0) / (1.0 + k) for k in range(4)], [dice.angle() for _ in range(4)]


def _tint(row: Array, colour: tuple[float, float, float], opacity: float, *, replaces: bool = False) -> Array:
    row[Col.RED : Col.BLUE + 1] = colour
    row[Col.OPACITY], row[Col.REPLACES] = opacity, float(replaces)
    return row


def _path(x: float, y: float, angle: float, length: float, bend: float, wobble: float, dice: Dice) -> Array:
    """Return (P, 2) points of a curved line about its middle."""
    count = 14
    headings = angle + bend * (np.arange(count) / count - 0.5) + [dice.normal(wobble) for _ in range(count)]
    steps = length / count * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    points = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return np.asarray(points - points.mean(axis=0) + [x, y])


def _scratch(canvas: Canvas, size: float, dice: Dice) -> None:
    """Half width a hundredth of the length, 15 to 250 um; depth a third of the half width."""
    x, y = place(canvas, dice)
    angle, bend = dice.angle(), dice.normal(0.25)
    half = min(max(0.010 * size * dice.uniform(0.8, 1.2), 15e-6), 250e-6)
    pressure = np.sin(np.pi * np.linspace(0.04, 0.96, 15)) ** 0.4
    uneven = np.array([dice.uniform(0.75, 1.0) for _ in range(15)])
    parts = [strokes(_path(x, y, angle, size, bend, 0.015, dice), half * pressure * uneven)]
    for _ in range(int(dice.uniform(0.0, 2.6))):
        off, share = dice.normal(4.0 * half) + 3.0 * half, dice.uniform(0.2, 0.7)
        along = dice.uniform(-0.25, 0.25) * size
        at = (
            x + along * math.cos(angle) - off * math.sin(angle),
            y + along * math.sin(angle) + off * math.cos(angle),
        )
        parts.append(
            strokes(_path(*at, angle, share * size, share * bend, 0.015, dice), 0.45 * half * pressure)
        )
    row = canvas.line(np.concatenate(parts), depth=0.35 * half, lip=1.0)
    if canvas.surface in ("painted", "board"):
        _tint(row, (0.42, 0.42, 0.41), 0.55, replaces=True)  # lacquer scatters white where it is torn
    else:
        _tint(row, (1.15, 1.15, 1.15), 0.7)
    row[Col.ROUGH] = -0.02
    canvas.add_defect("scratch", [row], size=size)


def _dent(canvas: Canvas, size: float, dice: Dice) -> None:
    """Depth 3.5 % of the diameter."""
    x, y = place(canvas, dice)
    amounts, phases = ragged(dice, 0.03)
    stretch = dice.uniform(0.85, 1.0)
    radii = (0.5 * size / math.sqrt(stretch), 0.5 * size * math.sqrt(stretch))
    row = blob(x, y, radii=radii, angle=dice.angle(), ragged=amounts, phases=phases, is_bowl=True)
    row[Col.DEPTH] = 0.035 * size
    canvas.add_defect("dent", [row], size=size)


def _walk(x: float, y: float, angle: float, length: float, half: float, dice: Dice) -> list[Array]:
    """Return the segments of a crack from its root, branches included."""
    step = min(max(length / 26.0, 0.12e-3), 0.8e-3)
    count = max(int(length / step), 3)
    points, widths, parts = [(x, y)], [half], []
    heading = angle
    for k in range(count):
        heading += dice.normal(0.38) - 0.25 * (heading - angle)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        points.append((x, y))
        widths.append(half * (1.0 - 0.85 * (k + 1) / count) * dice.uniform(0.7, 1.2))
        if dice.uniform() < 0.09 and 0.2 < k / count < 0.8 and length > 1e-3:
            side = dice.one_of((-1.0, 1.0)) * dice.uniform(0.5, 1.0)
            parts += _walk(x, y, heading + side, dice.uniform(0.12, 0.35) * length, 0.6 * widths[-1], dice)
    return [strokes(np.array(points), np.array(widths)), *parts]


def _crack(canvas: Canvas, size: float, dice: Dice) -> None:
    """Half width a 220th of the length; eight times as deep."""
    x, y = place(canvas, dice)
    angle = dice.angle()
    if canvas.surface == "weld":  # along the middle of the seam, as hot cracks run, or across it
        angle = dice.one_of((0.0, 0.0, 0.5 * math.pi)) + dice.normal(0.12)
    half = size / 220.0
    dx, dy = 0.5 * size * math.cos(angle), 0.5 * size * math.sin(angle)
    segments = np.concatenate(_walk(x - dx, y - dy, angle, size, half, dice))
    row = _tint(canvas.line(segments, depth=8.0 * half), (0.06, 0.06, 0.06), 1.0)
    canvas.add_defect("crack", [row], size=size)


def _pit(canvas: Canvas, size: float, dice: Dice) -> None:
    """Depth a third of the diameter; smaller ones beside it now and then."""
    x, y = place(canvas, dice)
    for k in range(1 + int(3.2 * dice.uniform() ** 2)):
        own = size if k == 0 else size * dice.uniform(0.3, 0.7)
        if k > 0:
            angle, off = dice.angle(), dice.uniform(1.2, 3.0) * size
            x, y = x + off * math.cos(angle), y + off * math.sin(angle)
        amounts, phases = ragged(dice, 0.14)
        row = blob(x, y, radii=(0.5 * own, 0.5 * own), ragged=amounts, phases=phases)
        row[Col.DEPTH], row[Col.SOFT], row[Col.ROUGH] = own / 3.0, 0.35, 0.1
        canvas.add_defect("pit", [_tint(row, (0.22, 0.21, 0.20), 0.95)], size=own)


def _inclusion(canvas: Canvas, size: float, dice: Dice) -> None:
    """Stands out by 7 % of its diameter; drawn out along a brushed surface's grain."""
    x, y = place(canvas, dice)
    long = dice.uniform(1.0, 1.6) if canvas.surface != "brushed" else dice.uniform(1.8, 4.0)
    angle = dice.angle() if canvas.surface != "brushed" else dice.normal(0.05)
    amounts, phases = ragged(dice, 0.20)
    radii = (0.5 * size * math.sqrt(long), 0.5 * size / math.sqrt(long))
    row = blob(x, y, radii=radii, angle=angle, ragged=amounts, phases=phases)
    row[Col.DEPTH], row[Col.SOFT], row[Col.ROUGH] = -0.07 * size, 0.45, 0.12
    shade = dice.uniform(0.6, 1.2)
    _tint(row, (0.055 * shade, 0.045 * shade, 0.038 * shade), dice.uniform(0.75, 0.95), replaces=True)
    canvas.add_defect("inclusion", [row], size=size)


def _stain(canvas: Canvas, size: float, dice: Dice) -> None:
    """Colour alone, darker at the edge where a drop has dried."""
    x, y = place(canvas, dice)
    long = dice.uniform(1.0, 1.5)
    amounts, phases = ragged(dice, 0.13)
    radii = (0.5 * size * math.sqrt(long), 0.5 * size / math.sqrt(long))
    row = blob(x, y, radii=radii, angle=dice.angle(), ragged=amounts, phases=phases)
    row[Col.SOFT], row[Col.RIM], row[Col.ROUGH] = 0.10, dice.uniform(0.5, 1.3), 0.03
    if canvas.surface in ("painted", "board"):
        _tint(row, (0.45, 0.45, 0.43), dice.uniform(0.06, 0.14), replaces=True)  # lime that water has left
    else:
        _tint(row, (0.72, 0.63, 0.48), dice.uniform(0.35, 0.6))  # oil, burnt or rusty
    canvas.add_defect("stain", [row], size=size)


def _spatter(canvas: Canvas, size: float, dice: Dice) -> None:
    """Drops 0.38 of their diameter high, within 16 mm of the seam or anywhere where there is none."""
    for k in range(3 + int(6.0 * dice.uniform())):
        own = size if k == 0 else size * dice.uniform(0.22, 0.8)
        x, y = (0.85 * half * dice.uniform(-1.0, 1.0) for half in canvas.half)
        if canvas.surface == "weld":
            y = dice.one_of((-1.0, 1.0)) * dice.uniform(5.5e-3, max(0.8 * canvas.half[1], 6e-3))
        drop = cap(x, y, radius=0.5 * own, top=0.38 * own, base=0.0, material=SPATTER)
        canvas.add_solid_defect("spatter", drop, size=own)


def _colour_drift(canvas: Canvas, size: float, dice: Dice) -> None:
    """Nothing of shape; the base's colour is changed where the part is made."""
    del dice
    canvas.add_whole("colour_drift", size=size)


_KINDS: dict[str, Callable[[Canvas, float, Dice], None]] = {
    "scratch": _scratch,
    "dent": _dent,
    "crack": _crack,
    "pit": _pit,
    "inclusion": _inclusion,
    "stain": _stain,
    "spatter": _spatter,
    "colour_drift": _colour_drift,
}

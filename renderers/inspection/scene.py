"""A part under the camera of a cell: grain, defects, distractors, how it lies, and what lights it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from renderers.inspection.board import COPPER, MATERIALS, Layout, draw_board_defect, layout_of, solids_of
from renderers.inspection.canvas import Canvas, Instance
from renderers.inspection.defects import PAINT_STEP, draw_defect
from renderers.inspection.dice import Dice, key_of
from renderers.inspection.lighting import shadowing
from renderers.inspection.lights import Lamps, lamps_of, seen_from
from renderers.inspection.negatives import draw_negatives
from renderers.inspection.seen import SeenPart
from renderers.inspection.shading import Print, shade
from renderers.inspection.solids import Part, Solids, stand
from renderers.inspection.surfaces import BASES, KINDS
from renderers.inspection.tracing import Stage, busy_tiles, traced
from sim.errors import RunError
from sim.geometry import Array, inverse
from sim.noise import Noise

__all__ = ["Cell", "PartScene", "cell_of", "place_part"]

_PLAIN = Print(np.zeros((1, 1), np.uint8), np.zeros((0, 0), np.uint8), np.array([0.0, 0.0, 1.0]), MATERIALS)
_NOTHING = np.empty((0, Part.WIDTH))
_TARGET = 0.20
"""Mean radiance the exposure brings a good part to, of what fills the sensor: a display level near 125."""
_DARK = 0.55
"""Of a board, so that its tinned parts do not run white."""
_DRIFT = {
    "painted": (0.50, 0.46, 0.38),
    "board": (0.10, 0.12, 0.03),
    "brushed": (0.72, 0.55, 0.30),
    "cast": (0.62, 0.50, 0.34),
    "weld": (0.70, 0.55, 0.34),
}
"""Colour to which a thinner film drifts: primer that shines through; what oxide leaves of metal. Assumption."""


@dataclass(frozen=True)
class Cell:
    """Camera, lights and the good part, the same for all parts of an episode.

    Args:
        size: width and height of the image [px].
        focal: [px].
        T_cell_camera: (4, 4) camera (x right, y down, z forward) in the cell (x right, y up, z to the camera).
        lamps: in the frame of the cell.
        surface: word.
        half: half width and height of what is seen [m].
        base: (10,) material.
        art: what is printed.
        gain: of the exposure.
        mean: radiance of the good part.
        settings: of the sensor.
    """

    size: tuple[int, int]
    focal: float
    T_cell_camera: Array
    lamps: Lamps
    surface: str
    half: tuple[float, float]
    base: Array
    art: Print
    gain: float
    mean: float
    settings: Mapping[str, Any]

    @property
    def K(self) -> Array:
        """(3, 3) intrinsics [px]."""
        width, height = self.size
        return np.array([[self.focal, 0.0, width / 2], [0.0, self.focal, height / 2], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class PartScene:
    """One part as it is looked at.

    Args:
        stage: with its defects and distractors.
        good: the same part without its defects.
        art: what is printed on it; the good part's is the cell's.
        lamps: in the frame of the part.
        T_part_camera: (4, 4).
        defects: what is wrong with it.
        negatives: what is not.
    """

    stage: Stage
    good: Stage
    art: Print
    lamps: Lamps
    T_part_camera: Array
    defects: tuple[Instance, ...]
    negatives: tuple[Instance, ...]


def cell_of(settings: Mapping[str, Any]) -> Cell:
    """Return the cell of a sensor's settings; the exposure is set on a good part at brightness 1."""
    width, height = (int(value) for value in settings["resolution"])
    field, distance, tilt = (float(settings[key]) for key in ("field", "distance", "tilt"))
    focal = width * distance / field
    s, c = math.sin(tilt), math.cos(tilt)
    T = np.eye(4)
    T[:3, :3] = [[1.0, 0.0, 0.0], [0.0, -c, s], [0.0, -s, -c]]
    T[:3, 3] = [0.0, -s * distance, c * distance]
    surface = str(settings["surface"])
    half = (0.5 * field, 0.5 * field * height / width)
    base = np.zeros(10)
    base[2:] = BASES[KINDS[surface]]
    if surface == "painted":
        base[2:5] = settings["colour"]
    art = layout_of(half).art if surface == "board" else _PLAIN
    lamps = lamps_of(settings["light"])
    cell = Cell((width, height), focal, T, lamps, surface, half, base, art, 1.0, 1.0, settings)
    mean = _mean(cell)
    lit = float(settings["brightness"])
    return replace(cell, gain=lit * _TARGET * (_DARK if surface == "board" else 1.0) / mean, mean=mean)


def _mean(cell: Cell) -> float:
    """Return the mean radiance of a good part, seen with few pixels."""
    small = replace(cell, size=(48, 36), focal=cell.focal * 48 / cell.size[0])
    rows = layout_of(cell.half).solids if cell.surface == "board" else _NOTHING
    solids = stand(rows, _views(cell.T_cell_camera, cell.lamps))
    stage = _stage(small, 1, cell.base, Canvas(cell.half, cell.surface, 0.0), solids, cell.T_cell_camera)
    out = shade(stage, cell.lamps, cell.art, traced(stage, 48, 36))
    return max(float(np.clip(out, 0.0, 4.0 * np.median(out)).mean()), 1e-6)


def _stage(cell: Cell, key: int, base: Array, canvas: Canvas, solids: Solids, T_part_camera: Array) -> Stage:
    camera = np.concatenate(
        [T_part_camera[:3, 3], T_part_camera[:3, :3].ravel(), [cell.focal, cell.size[0] / 2, cell.size[1] / 2]]
    )
    kind = KINDS[cell.surface]
    flaws = canvas.flaws
    segments = canvas.segments
    busy = busy_tiles(camera, flaws, segments, *cell.size)
    return Stage(camera, kind, np.uint64(key), base, flaws, segments, solids, canvas.whole, busy)


def _views(T_part_camera: Array, lamps: Lamps) -> Array:
    """Return (V, 3) the camera and the lamps that are asked for shadows [m]."""
    return np.concatenate([T_part_camera[None, :3, 3], shadowing(lamps)])


def place_part(cell: Cell, part: SeenPart, noise: Noise) -> PartScene:
    """Return a part with its defect and distractors, as it lies in the fixture.

    Raises:
        RunError: the defect cannot be on such a surface.
    """
    canvas = Canvas(cell.half, cell.surface, cell.mean)
    is_board = cell.surface == "board"
    layout = layout_of(cell.half) if is_board else None
    moved: dict[int, tuple[float, float, float]] = {}
    if part.kind:
        dice = Dice(key_of(noise, "defect", part.number, part.t))
        if part.kind in ("missing", "misplaced"):
            if layout is None:
                raise RunError(
                    f"a component cannot be {part.kind} on a surface that is {cell.surface}: "
                    "say `surface: board`"
                )
            moved = draw_board_defect(canvas, layout, part.kind, part.size, dice)
        else:
            draw_defect(canvas, part.kind, part.size, dice)
    whole = canvas.whole
    base, art = _drifted(cell, part.size) if whole else (cell.base, cell.art)
    n_defects = len(canvas.flaws)
    draw_negatives(canvas, cell.settings["negatives"], Dice(key_of(noise, "negatives", part.number, part.t)))
    T_part_cell = _lies(cell, Dice(key_of(noise, "fixture", part.number, part.t)))
    T_part_camera = T_part_cell @ cell.T_cell_camera
    lamps = seen_from(cell.lamps, T_part_cell)
    views = _views(T_part_camera, lamps)
    good_rows = layout.solids if layout is not None else _NOTHING
    rows = np.concatenate([np.reshape(canvas.solids, (-1, Part.WIDTH)), _moved(good_rows, layout, moved)])
    key = key_of(noise, "grain", part.number, part.t)
    stage = _stage(cell, key, base, canvas, stand(rows, views), T_part_camera)
    good_solids = stand(good_rows, views) if len(rows) else stage.solids
    good = stage._replace(base=cell.base, flaws=stage.flaws[n_defects:], solids=good_solids, whole=0)
    return PartScene(stage, good, art, lamps, T_part_camera, tuple(canvas.defects), tuple(canvas.negatives))


def _moved(rows: Array, layout: Layout | None, moved: Mapping[int, tuple[float, float, float]]) -> Array:
    """Return solids of a board of which some components are moved, and are the first defect."""
    if layout is None or not moved:
        return rows
    stay = ~np.isin(rows[:, Part.OWNER], list(moved))
    others = [row for row in solids_of(layout.components, moved) if int(row[Part.OWNER]) in moved]
    for row in others:
        row[Part.ID] = 1.0
    return np.concatenate([rows[stay], np.reshape(others, (-1, Part.WIDTH))])


def _drifted(cell: Cell, error: float) -> tuple[Array, Print]:
    """Return material and print of a part whose film is thinner by an error [m]."""
    share = 1.0 - math.exp(-error / PAINT_STEP)
    target = np.array(_DRIFT[cell.surface])
    base, art = cell.base.copy(), cell.art
    if cell.surface in ("painted", "board"):
        base[2:5] += share * (target - base[2:5])
    else:
        base[2:8] *= 1.0 + share * (np.tile(target, 2) - 1.0)
    if cell.surface == "board":  # conductors lie under the same film
        materials = art.materials.copy()
        materials[COPPER, :3] *= base[2:5] / cell.base[2:5]
        art = art._replace(materials=materials)
    return base, art


def _lies(cell: Cell, dice: Dice) -> Array:
    """Return (4, 4) T_part_cell of a part that the fixture holds a little off its place."""
    fixture = cell.settings["fixture"]
    angle = dice.normal(float(fixture["turn"]))
    T = np.eye(4)
    T[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    T[:2, 3] = [dice.normal(float(fixture["shift"])), dice.normal(float(fixture["shift"]))]
    return np.asarray(inverse(T))

"""What is mounted on a shell: mirrors, plates, door gaps, handles, indicators, chrome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from renderers.assets.forms import Form, box, prism, tube
from renderers.assets.materials import BLACK_PLASTIC, CHROME, PLATE, STEEL, Lamp, Material, Texture
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import TAIL_LAMP, Shell

__all__ = ["detail_forms"]

PROUD = 0.004
"""How far thin parts stand off the shell [m]."""
GAP = Material("gap", (0.008, 0.008, 0.008), roughness=0.9)
GRILLE = Material("grille", (0.012, 0.012, 0.013), roughness=0.5, reflectance=0.03)
REVERSING = Material("reversing_lamp", (0.62, 0.62, 0.62), 0.1, 0.06)
AMBER = (0.72, 0.25, 0.02)
INDICATORS = tuple(
    Material(f"indicator_{side}", AMBER, 0.15, 0.05, emission=5.0, lamp=switch)
    for side, switch in (("left", Lamp.INDICATOR_LEFT), ("right", Lamp.INDICATOR_RIGHT))
)


def detail_forms(shell: Shell, skin: Material, variety: Variety) -> Iterator[tuple[Form, Material]]:
    """Yield the mounted parts of a vehicle, both sides."""
    trim = variety.choice("trim", (BLACK_PLASTIC, CHROME, skin))
    for form, material in _left_forms(shell, skin, trim):
        yield form, material
        yield form.mirrored(), material
    yield from _indicators(shell)
    yield from _plates(shell, variety)
    if shell.style.lamp_rows[1] and shell.size[2] < 2.0:
        yield from _rear(shell, trim)
    if shell.style.lamp_rows[0] == (3,):
        yield from _front(shell, trim, variety)


def _left_forms(shell: Shell, skin: Material, trim: Material) -> Iterator[tuple[Form, Material]]:
    style, length = shell.style, shell.size[0]
    half = 0.007 / length
    for f in style.doors:
        yield shell.on_side((f - half, f + half), (0.06, 0.99), 0.006, n=4), GAP
    for f in style.doors[1:3]:
        front = f - 0.165 / length
        yield shell.on_side((front - 0.14 / length, front), (0.83, 0.88), 0.012, n=1), trim
    yield _mirror(shell), skin
    if style.clad and style.windows[-1][1] > 0.8 and shell.size[2] < 2.0:
        yield _roof_rail(shell), STEEL


def _mirror(shell: Shell) -> Form:
    """Return the left mirror: it stands on the door within the vehicle's width."""
    f = shell.style.windows[0][0] + 0.02 * min(1.0, 4.5 / shell.size[0])
    belt = float(shell.belt(np.array(f)))
    outer = shell.size[1] / 2 - 0.002
    inner = outer - 0.06 - 0.09 * shell.style.tumblehome
    reach = outer - inner
    plan = np.array([[-0.05, 0.0], [0.06, 0.0], [0.085, 0.35], [0.06, 0.85], [0.02, 1.0], [-0.05, 1.0]])
    height = 0.13 if shell.size[2] < 2.0 else 0.30
    form = prism(plan * np.array([1.0, reach]), 0.0, height)
    return form.moved(shell.x(f), inner, belt + 0.03)


def _roof_rail(shell: Shell) -> Form:
    """Return the left roof rail, following the roof."""
    f = np.linspace(shell.style.windows[0][0] + 0.10, shell.style.rear_screen[0] - 0.02, 6)
    rail = np.array([np.interp(f, shell.stations, shell.side_points[:, 12, k]) for k in range(3)])
    lift = np.array([-0.02, 0.012, 0.018, 0.018, 0.012, -0.02])
    height = np.minimum(rail[2] + lift, shell.size[2] - 0.011)
    path = np.column_stack([shell.x(0.0) - f * shell.size[0], rail[1] - 0.03, height])
    return tube(path, np.full(6, 0.011), 4)


def _indicators(shell: Shell) -> Iterator[tuple[Form, Material]]:
    for side, material in zip((1.0, -1.0), INDICATORS, strict=True):
        for end, rows in enumerate(shell.style.lamp_rows):
            if rows:
                low = (0.15, 0.42, 0.68)[rows[0] - 1]
                span = (0.80, 0.92) if side > 0 else (-0.92, -0.80)
                yield shell.on_fascia(-end, span, (low + 0.012, low + 0.07), PROUD), material


def _plates(shell: Shell, variety: Variety) -> Iterator[tuple[Form, Material]]:
    """Yield number plates of 520 x 110 mm, the European size, the rear one in a dark recess."""
    number = replace(PLATE, texture=Texture.PLATE, data=(float(int(variety.uniform("number", 1, 60_000))),))
    half = 0.26 / (shell.size[1] / 2)
    for end, low in ((0, 0.22), (-1, 0.45 if shell.size[2] > 1.46 else 0.40)):
        if end == 0 or shell.style.lamp_rows[1]:
            edge, belt = (float(shell.side_points[end, k, 2]) for k in (3, 8))
            high = low + 0.11 / (belt - edge)
            form = shell.on_fascia(end, (-half, half), (low, high), 3 * PROUD)
            across = np.tile(np.linspace(0.0, 1.0, 4), 2) if end < 0 else np.tile(np.linspace(1.0, 0.0, 4), 2)
            yield form.textured(np.column_stack([across, np.repeat([0.0, 1.0], 4), np.zeros(8)])), number
            if end < 0 and variety.uniform("recess") < 0.4:
                margin = 0.035 / (belt - edge)
                yield (
                    shell.on_fascia(-1, (-1.4 * half, 1.4 * half), (low - margin, high + margin), 1.5 * PROUD),
                    GAP,
                )


def _front(shell: Shell, trim: Material, variety: Variety) -> Iterator[tuple[Form, Material]]:
    """Yield what tells a car's front: grille in its frame, lower intakes, a badge."""
    wide, low = variety.uniform("grille_width", 0.30, 0.46), variety.uniform("grille_low", 0.46, 0.62)
    frame = 0.02
    if variety.uniform("grille_frame") < 0.35:
        yield shell.on_fascia(0, (-wide - frame, wide + frame), (low - frame, 0.84 + frame), PROUD, n=6), trim
    yield shell.on_fascia(0, (-wide, wide), (low, 0.84), 2 * PROUD, n=6), GRILLE
    for height in (1 / 3, 2 / 3):
        at = low + height * (0.84 - low)
        yield shell.on_fascia(0, (-wide, wide), (at - 0.008, at + 0.008), 3 * PROUD, n=6), BLACK_PLASTIC
    for side in (1.0, -1.0):
        inner, outer = sorted((side * 0.58, side * 0.86))
        yield shell.on_fascia(0, (inner, outer), (0.08, 0.22), 2 * PROUD), GRILLE
    yield shell.on_fascia(0, (-0.06, 0.06), (0.72, 0.82), 4 * PROUD, n=2), CHROME


def _rear(shell: Shell, trim: Material) -> Iterator[tuple[Form, Material]]:
    """Yield what tells a car's rear: bumper lip, a strip over the plate, reversing and high brake lamps."""
    style, rows = shell.style, shell.style.lamp_rows[1]
    yield shell.on_fascia(-1, (-0.86, 0.86), (0.13, 0.24), 3 * PROUD, n=9), BLACK_PLASTIC
    yield shell.on_fascia(-1, (-0.48, 0.48), (0.885, 0.915), 2 * PROUD, n=6), trim
    yield shell.on_fascia(-1, (-0.05, 0.05), (0.72, 0.80), 2 * PROUD, n=2), CHROME
    for side in (1.0, -1.0):
        inner, outer = sorted((side * 0.58, side * 0.70))
        top = (0.15, 0.42, 0.68)[rows[-1] - 1] + 0.16
        yield shell.on_fascia(-1, (inner, outer), (top - 0.07, top), PROUD), REVERSING
    f = style.rear_screen[0] + 0.10 * (style.rear_screen[1] - style.rear_screen[0])
    z = float(shell.top(np.array(f))) - 0.012
    form = box((-0.02, -0.16, -0.012), (0.02, 0.16, 0.014)).moved(shell.x(f), 0.0, z)
    yield Form(shell.bent(form.points), form.faces), TAIL_LAMP

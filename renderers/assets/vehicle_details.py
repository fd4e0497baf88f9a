"""What is mounted on a shell: mirrors, plates, door gaps, handles, indicators, chrome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from renderers.assets.forms import Form, prism, tube
from renderers.assets.materials import BLACK_PLASTIC, CHROME, PLATE, STEEL, Lamp, Material
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import Shell

__all__ = ["detail_forms"]

PROUD = 0.004
"""How far thin parts stand off the shell [m]."""
GAP = Material("gap", (0.008, 0.008, 0.008), roughness=0.9)
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
    yield from _plates(shell)
    if shell.style.lamp_rows[0] == (3,):
        yield shell.on_fascia(0, (-0.55, 0.55), (0.70, 0.76), 2 * PROUD), trim


def _left_forms(shell: Shell, skin: Material, trim: Material) -> Iterator[tuple[Form, Material]]:
    style, length = shell.style, shell.size[0]
    half = 0.005 / length
    for f in style.doors:
        yield shell.on_side((f - half, f + half), (0.06, 0.99), 0.002, n=4), GAP
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
                span = (0.72, 0.90) if side > 0 else (-0.90, -0.72)
                yield shell.on_fascia(-end, span, (low + 0.012, low + 0.09), PROUD), material


def _plates(shell: Shell) -> Iterator[tuple[Form, Material]]:
    """Yield number plates of 520 x 110 mm, the European size."""
    half = 0.26 / (shell.size[1] / 2)
    edge, belt = (float(shell.side_points[0, k, 2]) for k in (3, 8))
    tall = 0.11 / (belt - edge)
    yield shell.on_fascia(0, (-half, half), (0.22, 0.22 + tall), 0.008), PLATE
    if shell.style.lamp_rows[1]:
        edge, belt = (float(shell.side_points[-1, k, 2]) for k in (3, 8))
        low = 0.45 if shell.size[2] > 1.46 else 0.40
        yield shell.on_fascia(-1, (-half, half), (low, low + 0.11 / (belt - edge)), 0.008), PLATE

"""What makes a van an ambulance: blue lamps on its roof, and stripes along its sides."""

from __future__ import annotations

from collections.abc import Iterator

from renderers.assets.forms import Form, box
from renderers.assets.materials import BLACK_PLASTIC, Lamp, Material
from renderers.assets.vehicle_body import Shell

__all__ = ["beacon_forms"]

_BLUE = (0.01, 0.05, 0.45)
_LAMPS = tuple(
    Material(f"beacon_{side}", _BLUE, 0.1, 0.05, emission=9.0, lamp=lamp)
    for side, lamp in (("left", Lamp.BLUE_LEFT), ("right", Lamp.BLUE_RIGHT))
)
_STRIPES = (
    Material("stripe_red", (0.55, 0.015, 0.01), 0.4, 0.05),
    Material("stripe_yellow", (0.60, 0.52, 0.02), 0.4, 0.05),
)
_HEIGHT = 0.16  # of the lamps above the roof [m]


def beacon_forms(shell: Shell) -> Iterator[tuple[Form, Material]]:
    """Yield the light bars at the front and rear of the roof, left and right lamps apart, and the stripes."""
    _, width, height = shell.size
    for f in (0.34, 0.94):
        x = shell.x(f)
        yield (
            box((x - 0.12, -0.36 * width, height - 0.05), (x + 0.12, 0.36 * width, height + 0.02)),
            BLACK_PLASTIC,
        )
        for side, lamp in zip((1.0, -1.0), _LAMPS, strict=True):
            y0, y1 = sorted((side * 0.10 * width, side * 0.36 * width))
            yield box((x - 0.10, y0, height + 0.02), (x + 0.10, y1, height + _HEIGHT)), lamp
    for low, high, material in ((0.40, 0.62, _STRIPES[0]), (0.64, 0.78, _STRIPES[1])):
        for span in ((0.22, 0.70), (0.88, 0.97)):  # between the wheels, which have arches, and behind them
            form = shell.on_side(span, (low, high), 0.005, n=2)
            yield form, material
            yield form.mirrored(), material

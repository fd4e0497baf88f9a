"""A tram: a long shell with many windows on two bogies."""

from __future__ import annotations

import numpy as np

from renderers.assets.forms import Form, box, tube
from renderers.assets.materials import BLACK_PLASTIC, STEEL, UNDERBODY, Material
from renderers.assets.vehicle_body import Shell
from renderers.assets.vehicle_details import INDICATORS
from renderers.assets.vehicle_styles import Style
from sim.geometry import Array

__all__ = ["TRAM", "tram_forms", "tram_wheels"]

_BOGIES, _AXLES = 6.4, 1.9  # distance of the bogies, and of the axles of one (Tatra T3) [m]
_GAUGE = 1.435  # [m]
_ROOF = 0.30  # of the folded pantograph above the roof [m]
_CREAM = Material("tram_cream", (0.60, 0.52, 0.36), roughness=0.25, reflectance=0.05)
_WINDOWS = tuple((0.055 + 0.115 * k, 0.155 + 0.115 * k) for k in range(8))
_DOORS = (0.06, 0.16, 0.45, 0.55, 0.84, 0.94)

TRAM = Style(
    top=(
        (0.0, 0.20), (0.004, 0.30), (0.010, 0.40), (0.022, 0.62), (0.040, 0.84), (0.07, 0.95), (0.12, 0.99),
        (0.3, 1.0), (0.70, 1.0), (0.90, 0.99), (0.955, 0.95), (0.98, 0.84), (0.992, 0.60), (0.997, 0.38),
        (1.0, 0.24),
    ),
    belt=((0.0, 0.22), (0.02, 0.40), (0.06, 0.44), (0.94, 0.44), (0.98, 0.40), (1.0, 0.26)),
    screen=(0.012, 0.042), rear_screen=(0.962, 0.988), windows=_WINDOWS, axles=(), wheel_radius=0.33,
    tyre_width=0.12, clearance=0.30, bow=(0.42, 0.42), lean=(0.06, 0.06), tumblehome=0.05,
    lamp_rows=((2,), (2,)), doors=_DOORS,
)  # fmt: skip


def tram_forms(size: tuple[float, float, float], skin: Material) -> list[tuple[Form, Material]]:
    """Return the forms of a tram without its wheels."""
    length, width, height = size
    shell = Shell(TRAM, (length, width, height - _ROOF))
    forms = list(shell.forms(skin))
    half = 0.008 / length
    for f in _DOORS:
        seam = shell.on_side((f - half, f + half), (0.06, 0.99), 0.006, n=4)
        forms += [(seam, BLACK_PLASTIC), (seam.mirrored(), BLACK_PLASTIC)]
    band = shell.on_side((0.05, 0.95), (0.72, 0.98), 0.005, n=2)
    forms += [(band, _CREAM), (band.mirrored(), _CREAM)]
    for side, material in zip((1.0, -1.0), INDICATORS, strict=True):
        span = (0.55, 0.72) if side > 0 else (-0.72, -0.55)
        forms += [(shell.on_fascia(end, span, (0.55, 0.62), 0.006), material) for end in (0, -1)]
    for x in (-_BOGIES / 2, _BOGIES / 2):
        forms.append((box((x - 1.4, -width / 2 + 0.3, 0.14), (x + 1.4, width / 2 - 0.3, 0.45)), UNDERBODY))
    roof = height - _ROOF
    for y in (-0.55, 0.55):  # folded pantograph on its feet
        path = np.array([[-0.9, y, roof + 0.05], [0.7, 0.6 * y, roof + 0.22], [-0.5, 0.5 * y, height - 0.03]])
        forms.append((tube(path, np.full(3, 0.025), 6), STEEL))
    forms.append((box((-0.62, -0.75, height - 0.05), (-0.40, 0.75, height)), STEEL))
    forms.append((box((-1.1, -0.5, roof - 0.05), (0.9, 0.5, roof + 0.06)), UNDERBODY))
    return forms


def tram_wheels() -> Array:
    """Return (8, 3) centres of the wheels, front to rear and left before right [m]."""
    axles = [b + a for b in (_BOGIES / 2, -_BOGIES / 2) for a in (_AXLES / 2, -_AXLES / 2)]
    return np.array([[x, side * _GAUGE / 2, TRAM.wheel_radius] for x in axles for side in (1.0, -1.0)])

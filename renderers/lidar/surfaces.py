"""What surfaces send back at 905 nm: the camera's materials, read in the near infrared.

A picture's albedo is that of visible light. In the near infrared plants are bright (the red edge), cloth is
brighter than it looks because dyes are transparent there, and black paint and rubber stay black; what is made
to shine back in head lamps (signs, plates, rear reflectors) shines back here.

Sources: Clark et al. (2007), USGS spectral library splib06a, for vegetation, asphalt, concrete and brick; EN
    12899-1 for retroreflecting sheets. A sheet of class RA1 is some two hundred times as bright as white matt
    paper, more than any of these sensors tells: it is taken as `RETRO`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import GLASS, Column, Lamp, Texture
from renderers.assets.street_furniture import BLUE, RED, WHITE, YELLOW
from renderers.camera.stage import Stage

__all__ = ["N_TERMS", "Term", "reflectances"]

RETRO = 20.0

_BY_TEXTURE = {
    Texture.ROADWAY: 0.18,
    Texture.PAVING: 0.36,
    Texture.KERB: 0.36,
    Texture.GRASS: 0.45,
    Texture.SOIL: 0.30,
    Texture.CONCRETE: 0.36,
    Texture.BARK: 0.40,
    Texture.LEAVES: 0.50,
    Texture.ROOF: 0.35,
    Texture.PLATE: RETRO,
}
"""Diffuse reflectance at 905 nm of what is much the same wherever it is found."""


class Term:
    """Columns of what `reflectances` returns."""

    DIFFUSE = 0
    ROUGHNESS = 1
    MIRROR = 2
    TEXTURE = 3
    DATA = 4
    CLEAR = 5


N_TERMS = 6


def reflectances(stage: Stage) -> NDArray[np.float64]:
    """Return (M, N_TERMS) what kernels read of each material of a stage.

    Diffuse reflectance at 905 nm, roughness, Fresnel reflectance, `Texture`, where its data begin, and 1 for
    panes that light passes.
    """
    rows = np.asarray(stage.geometry.materials, np.float64)
    terms = np.zeros((len(rows), N_TERMS))
    grey = rows[:, Column.ALBEDO_R : Column.ALBEDO_B + 1].mean(axis=1)
    texture = rows[:, Column.TEXTURE].astype(np.int64)
    # Red is next to the infrared: of a saturated paint it tells most.
    diffuse = 0.7 * rows[:, Column.ALBEDO_R] + 0.3 * grey
    diffuse = np.where(texture == Texture.CLOTH, 0.25 + 0.5 * grey, diffuse)
    for kind, value in _BY_TEXTURE.items():
        diffuse[texture == kind] = value
    for sheet in (RED, WHITE, BLUE, YELLOW):
        diffuse[_is(rows, np.array(sheet.row(0)))] = RETRO
    diffuse[rows[:, Column.LAMP] == Lamp.BRAKE_LIGHTS] = RETRO
    terms[:, Term.DIFFUSE] = diffuse
    terms[:, Term.ROUGHNESS] = rows[:, Column.ROUGHNESS]
    terms[:, Term.MIRROR] = rows[:, Column.REFLECTANCE]
    terms[:, Term.TEXTURE], terms[:, Term.DATA] = texture, rows[:, Column.DATA]
    terms[:, Term.CLEAR] = _is(rows, np.array(GLASS.row(0)))
    return terms


def _is(rows: NDArray[np.float64], material: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows are this material, wherever its data stand."""
    told = [k for k in range(rows.shape[1]) if k != Column.DATA]
    return np.asarray(np.abs(rows[:, told] - material[told]).max(axis=1) < 1e-6)

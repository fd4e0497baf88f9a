"""Vehicles: shell, details and wheels put together; wheels turn and steer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.materials import Column, Material, paint
from renderers.assets.mesh import Channels, Mesh
from renderers.assets.trucks import truck_forms
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import Shell
from renderers.assets.vehicle_details import detail_forms
from renderers.assets.vehicle_styles import STYLES, Style, varied
from renderers.assets.wheels import wheel_forms, wheel_poses
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["vehicle_mesh", "vehicle_poses"]

Size = tuple[float, float, float]


def vehicle_mesh(shape: Shape) -> Mesh:
    """Return a vehicle: details `style` (hatchback, sedan, suv, van, truck, bus), `paint` (r, g, b), `seed`.

    Parts: the body, then `wheel_0`…, front to rear and left before right.

    Raises:
        ValueError: the style is unknown.
    """
    style, size, colour, variety = _key(shape)
    mesh, _ = _vehicle(style, size, variety)
    materials = mesh.materials.copy()
    materials[(materials[:, _ALBEDO] == SKIN.albedo).all(axis=1), _ALBEDO] = colour
    materials.flags.writeable = False
    return replace(mesh, materials=materials)


def vehicle_poses(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part for the channels `wheel_angle` and `steer_angle` [rad]."""
    style, size, _, variety = _key(shape)
    _, centres = _vehicle(style, size, variety)
    return wheel_poses(centres, centres[:, 0] > centres[:, 0].max() - 0.5, channels)


def _key(shape: Shape) -> tuple[str, Size, tuple[float, float, float], Variety]:
    style = str(shape.details.get("style", "sedan"))
    if style not in STYLES and style != "truck":
        raise ValueError(f"no vehicle of style {style!r}; known: {', '.join(sorted([*STYLES, 'truck']))}")
    variety = Variety.of(shape)
    colour = shape.details.get("paint")
    red, green, blue = colour if isinstance(colour, tuple | list) else variety.choice("paint", PAINTS)
    return style, shape.size, (float(red), float(green), float(blue)), variety


PAINTS = (
    (0.62, 0.62, 0.60), (0.02, 0.02, 0.022), (0.09, 0.095, 0.10), (0.30, 0.31, 0.33), (0.02, 0.05, 0.17),
    (0.33, 0.02, 0.02), (0.04, 0.10, 0.05), (0.22, 0.17, 0.11), (0.02, 0.18, 0.34), (0.62, 0.62, 0.60),
)  # fmt: skip
"""White, black, greys and blue lead European registrations; the rest is for the eye."""


SKIN = paint((-1.0, -1.0, -1.0))
"""Stands in a mesh where the paint will be: a shape is built once, whatever colours it comes in."""
_ALBEDO = slice(Column.ALBEDO_R, Column.ALBEDO_B + 1)


@lru_cache(maxsize=64)
def _vehicle(name: str, size: Size, variety: Variety) -> tuple[Mesh, Array]:
    """Return an unpainted vehicle and the (W, 3) centres of its wheels."""
    builder = MeshBuilder()
    if name == "truck":
        style, centres = _add_truck(builder, size, SKIN, variety)
    else:
        style, centres = _add_car(builder, varied(STYLES[name], variety), size, SKIN, variety)
    wheel = wheel_forms(style.wheel_radius, style.tyre_width, variety.choice("spokes", (5, 5, 6, 7, 8)))
    for k, (x, y, z) in enumerate(centres):
        for form, material in wheel:
            builder.add((form if y > 0 else form.mirrored()).moved(x, y, z), material, part=f"wheel_{k}")
    factor, shift = builder.fit(size)
    return builder.build(), centres * factor + shift


def _add_car(
    builder: MeshBuilder, style: Style, size: Size, skin: Material, variety: Variety
) -> tuple[Style, Array]:
    shell = Shell(style, size)
    for form, material in (*shell.forms(skin), *detail_forms(shell, skin, variety)):
        builder.add(form, material)
    return style, _centres(style, size[1], [shell.x(f) for f in style.axles])


def _add_truck(builder: MeshBuilder, size: Size, skin: Material, variety: Variety) -> tuple[Style, Array]:
    style = varied(STYLES["cab"], variety)
    forms, axles = truck_forms(style, size, skin, variety)
    for form, material in forms:
        builder.add(form, material)
    return style, _centres(style, size[1], axles)


def _centres(style: Style, width: float, axles: list[float]) -> Array:
    y = width / 2 - style.tyre_width / 2 - 0.025
    return np.array([[x, side * y, style.wheel_radius] for x in axles for side in (1.0, -1.0)])

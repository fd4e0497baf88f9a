"""Vehicles: shell, details and wheels put together; wheels turn and steer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from renderers.assets.beacons import beacon_forms
from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form
from renderers.assets.materials import Column, Material, paint
from renderers.assets.mesh import Channels, Mesh
from renderers.assets.trailers import TRAILERS, axle_centres, tractor_forms, trailer_forms
from renderers.assets.trams import TRAM, tram_forms, tram_wheels
from renderers.assets.trucks import truck_forms
from renderers.assets.variety import Variety
from renderers.assets.vehicle_body import Shell
from renderers.assets.vehicle_details import detail_forms
from renderers.assets.vehicle_doors import Doors, door_forms, door_poses, doors_of
from renderers.assets.vehicle_styles import STYLES, Style, varied
from renderers.assets.wheels import wheel_forms, wheel_poses
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["vehicle_mesh", "vehicle_poses"]

Size = tuple[float, float, float]


_BUILT_UP = ("truck", "tractor", "tram", *TRAILERS)
"""Styles that are more, or less, than one shell on its wheels."""


def vehicle_mesh(shape: Shape) -> Mesh:
    """Return a vehicle: details `style`, `paint` (r, g, b), `seed`, `doors` ((side, hinge, length), …).

    Parts: the body, then `wheel_0`…, front to rear and left before right, then `door_left` and `door_right`.

    Raises:
        ValueError: the style is unknown.
    """
    style, size, colour, variety, doors = _key(shape)
    mesh, _ = _vehicle(style, size, variety, doors)
    materials = mesh.materials.copy()
    materials[(materials[:, _ALBEDO] == SKIN.albedo).all(axis=1), _ALBEDO] = colour
    materials.flags.writeable = False
    return replace(mesh, materials=materials)


def vehicle_poses(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part for `wheel_angle`, `steer_angle`, `door_left` and `door_right` [rad]."""
    style, size, _, variety, doors = _key(shape)
    _, centres = _vehicle(style, size, variety, doors)
    poses = wheel_poses(centres, centres[:, 0] > centres[:, 0].max() - 0.5, channels)
    return np.concatenate([poses, door_poses(shape, doors, channels)]) if doors else poses


def _key(shape: Shape) -> tuple[str, Size, tuple[float, float, float], Variety, Doors]:
    style = str(shape.details.get("style", "sedan"))
    if style not in STYLES and style not in _BUILT_UP:
        raise ValueError(f"no vehicle of style {style!r}; known: {', '.join(sorted([*STYLES, *_BUILT_UP]))}")
    variety = Variety.of(shape)
    colour = shape.details.get("paint")
    red, green, blue = colour if isinstance(colour, tuple | list) else variety.choice("paint", PAINTS)
    return style, shape.size, (float(red), float(green), float(blue)), variety, doors_of(shape)


PAINTS = (
    (0.62, 0.62, 0.60), (0.02, 0.02, 0.022), (0.09, 0.095, 0.10), (0.30, 0.31, 0.33), (0.02, 0.05, 0.17),
    (0.33, 0.02, 0.02), (0.04, 0.10, 0.05), (0.22, 0.17, 0.11), (0.02, 0.18, 0.34), (0.62, 0.62, 0.60),
)  # fmt: skip
"""White, black, greys and blue lead European registrations; the rest is for the eye."""


SKIN = paint((-1.0, -1.0, -1.0))
"""Stands in a mesh where the paint will be: a shape is built once, whatever colours it comes in."""
_ALBEDO = slice(Column.ALBEDO_R, Column.ALBEDO_B + 1)


@lru_cache(maxsize=64)
def _vehicle(name: str, size: Size, variety: Variety, doors: Doors) -> tuple[Mesh, Array]:
    """Return an unpainted vehicle and the (W, 3) centres of its wheels."""
    builder = MeshBuilder()
    shell: Shell | None = None
    if name in _BUILT_UP:
        style, centres = _add_built_up(builder, name, size, SKIN, variety)
    else:
        shell = Shell(varied(STYLES[name], variety), size)
        style, centres = _add_car(builder, shell, SKIN, variety)
        if name == "ambulance":
            for form, material in beacon_forms(shell):
                builder.add(form, material)
    wheel = wheel_forms(style.wheel_radius, style.tyre_width, variety.choice("spokes", (5, 5, 6, 7, 8)))
    for k, (x, y, z) in enumerate(centres):
        for form, material in wheel:
            builder.add((form if y > 0 else form.mirrored()).moved(x, y, z), material, part=f"wheel_{k}")
    factor, shift = builder.fit(size)
    if shell is not None:
        for form, material, part in door_forms(shell, doors, SKIN):
            builder.add(Form(form.points * factor + shift, form.faces), material, part=part)
    return builder.build(), centres * factor + shift


def _add_car(builder: MeshBuilder, shell: Shell, skin: Material, variety: Variety) -> tuple[Style, Array]:
    for form, material in (*shell.forms(skin), *detail_forms(shell, skin, variety)):
        builder.add(form, material)
    style = shell.style
    return style, axle_centres(style, shell.size[1], [shell.x(f) for f in style.axles])


def _add_built_up(
    builder: MeshBuilder, name: str, size: Size, skin: Material, variety: Variety
) -> tuple[Style, Array]:
    if name == "tram":
        style, forms, centres = TRAM, tram_forms(size, skin), tram_wheels()
    else:
        style = varied(STYLES["cab"], variety)
        if name == "truck":
            forms, axles = truck_forms(style, size, skin, variety)
        elif name == "tractor":
            forms, axles = tractor_forms(style, size, skin, variety)
        else:
            style, forms, axles = trailer_forms(name, size, variety)
        centres = axle_centres(style, size[1], axles)
    for form, material in forms:
        builder.add(form, material)
    return style, centres

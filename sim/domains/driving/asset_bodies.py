"""Bodies that look as a user's mesh: its size, its footprint, and what a renderer reads of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.domains.driving.vehicles import BodyClass
from sim.errors import RunError
from sim.mesh_files import place_mesh

__all__ = ["asset_body"]

_DENSITY = 125.0  # of the box about a thing whose mass nobody says [kg/m3]; a car's


def asset_body(name: str, assets: Sequence[Mapping[str, Any]], base: BodyClass | None) -> BodyClass:
    """Return the body of an asset.

    Its footprint is the smallest octagon about the mesh that has its bounding rectangle and corners cut at 45°.

    Args:
        name: of the asset.
        assets: the world's.
        base: what it moves as; None for a thing that stands still.

    Raises:
        RunError: the mesh cannot be used, or is shorter than the wheelbase of what it moves as.
    """
    asset = next(one for one in assets if one["id"] == name)
    up, forward, scale = asset["up"], asset["forward"], float(asset["scale"])
    placed = place_mesh(asset["file"], scale=scale, up=up, forward=forward)
    length, width, height = placed.size
    details = (
        ("colour", tuple(float(value) for value in asset["colour"])),
        ("digest", placed.mesh.digest),
        ("file", str(asset["file"])),
        ("forward", forward),
        ("key_points", tuple((one["name"], tuple(map(float, one["at"]))) for one in asset["key_points"])),
        ("material", asset["material"]),
        ("scale", scale),
        ("up", up),
    )
    mass = asset["mass"] or (base.mass if base is not None else _DENSITY * length * width * height)
    cut = (placed.chamfer, placed.chamfer)
    if base is None:
        return BodyClass("static", asset["category"], "mesh", name, placed.size, mass, cut, asset=details)
    if length < base.wheelbase:
        raise RunError(
            f"asset {name} is {length:.3g} m long, less than the wheelbase of a {base.style}, "
            f"{base.wheelbase:g} m: let it move as something of about its size"
        )
    return replace(
        base, category=asset["category"], shape="mesh", size=placed.size, mass=mass, chamfer=cut, asset=details
    )

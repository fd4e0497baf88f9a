"""What may stand under `assets:` in a driving world: users' own meshes. This module is light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import RunError
from sim.fields import Field, File, Listing, Numbers, Quantity, Section, Text, Word

__all__ = ["ASSET", "ASSETS", "MATERIALS", "check_assets"]

MATERIALS: dict[str, str] = {
    "own": "as the file says: colours, roughness and metalness; a texture counts by one colour a triangle",
    "paint": "car paint, of the asset's colour",
    "metal": "bare steel",
    "plastic": "plastic, of the asset's colour",
    "rubber": "black rubber",
    "glass": "tinted glass",
    "wood": "wood, of the asset's colour",
    "cloth": "cloth, of the asset's colour",
    "concrete": "concrete",
}
_CATEGORIES: dict[str, str] = {
    "static": "a thing that stands",
    "dynamic": "a thing that was moved or lost",
    "car": "a car",
    "truck": "a truck",
    "bus": "a bus",
    "trailer": "a trailer",
    "tram": "a tram",
    "motorcycle": "a motorcycle",
    "bicycle": "a bicycle",
    "rider": "somebody on something small",
    "person": "a person",
    "animal": "an animal",
    "traffic sign": "a sign",
    "pole": "a pole",
    "fence": "a fence",
    "wall": "a wall",
    "vegetation": "a plant",
    "building": "a building",
}
_AXIS = {f"{sign}{axis}": f"the file's {sign}{axis} axis" for sign in ("", "-") for axis in "xyz"}

_FIELDS: dict[str, Field] = {
    "file": File(
        doc="the mesh: glTF or GLB, OBJ, PLY or STL, complete in itself; takes the extra oddsmith[assets]",
        suffixes=(".glb", ".gltf", ".obj", ".ply", ".stl"),
        reader="sim.mesh_files:check_mesh",
    ),
    "category": Word(doc="semantic class of its labels", options=_CATEGORIES, default="static", fixed=True),
    "scale": Quantity(
        doc="metres per unit of the file; 0.001 for millimetres",
        unit="",
        default=1.0,
        least=1e-6,
        most=1e6,
        fixed=True,
    ),
    "up": Word(doc="axis of the file that points up; y in glTF", options=_AXIS, default="z", fixed=True),
    "forward": Word(doc="axis of the file that points forward", options=_AXIS, default="x", fixed=True),
    "material": Word(doc="what it is made of", options=MATERIALS, default="own"),
    "colour": Numbers(
        doc="linear red, green and blue from 0 to 1, where neither file nor material gives a colour",
        unit="",
        length=3,
        least=0.0,
        default=(0.35, 0.35, 0.35),
    ),
    "mass": Quantity(
        doc="unless given, that of the vehicle or walker it stands in for, or 125 kg per cubic metre of its "
        "box, as a car",
        unit="kg",
        default=None,
        least=0.1,
        most=1e5,
    ),
    "key_points": Listing(
        doc="named places that cameras label",
        item=Section(
            doc="a key point",
            fields={
                "name": Text(doc="its name"),
                "at": Numbers(doc="x, y, z in the file's own axes and units", unit="", length=3),
            },
        ),
    ),
}

ASSETS = Listing(
    doc="meshes of your own, which `asset:` of ego and actors names",
    item=Section(doc="a mesh", fields=_FIELDS),
    named=True,
)
ASSET = Text(
    doc="id of one of the world's `assets`: alone, a thing that stands still; beside vehicle, pedestrian or "
    "animal, one that moves as they do, with the asset's looks, size and footprint",
    default=None,
)


def check_assets(
    world: Mapping[str, Any], named: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[tuple[str, str]]:
    """Return a fault per asset that has no usable size, and per actor that names none there is.

    Args:
        world: the `world:` section, as far as it is constant.
        named: path and item of ego and all actors.
    """
    given = world.get("assets")
    assets = [one for one in given if isinstance(one, Mapping)] if isinstance(given, (list, tuple)) else []
    faults = [fault for one in assets for fault in _check_size(one)]
    known = [str(one.get("id")) for one in assets]
    for one in assets:
        if one.get("count") is not None:
            faults.append((f"assets.{one.get('id')}.count", "an asset is there once; actors are counted"))
    for path, item in named:
        asset = item.get("asset")
        if asset is None:
            continue
        if asset not in known:
            there = f"there are: {', '.join(known)}" if known else "the world has no assets"
            faults.append((f"{path}.asset", f"no asset is called '{asset}'; {there}"))
        doors = any(isinstance(step, Mapping) and "open_door" in step for step in item.get("do") or ())
        if doors:
            faults.append((f"{path}.do", "the doors of an asset do not open"))
    return faults


def _check_size(asset: Mapping[str, Any]) -> list[tuple[str, str]]:
    file, scale = asset.get("file"), asset.get("scale", 1.0)
    if not isinstance(file, Path) or not isinstance(scale, int | float):
        return []
    from sim.mesh_files import place_mesh, read_mesh  # trimesh, for those who have a mesh

    try:
        read_mesh(file)
    except RunError:
        return []  # told where the file is named
    where = f"assets.{asset.get('id')}"
    try:
        up, forward = str(asset.get("up", "z")), str(asset.get("forward", "x"))
        place_mesh(file, scale=float(scale), up=up, forward=forward)
    except RunError as error:
        key = "forward" if "one line" in str(error) else "scale"
        return [(f"{where}.{key}" if key in asset else where, str(error))]
    return []

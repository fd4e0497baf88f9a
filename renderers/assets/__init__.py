"""Procedural assets: every form a body may have, built from its Shape alone.

`TABLE` maps a shape's kind to its builder. Frame: x forward, y left, z up, origin on the ground under the middle.

| kind | details |
|---|---|
| ground | `material`: grass, concrete or soil |
| road | world coordinates; `reference`: ((length, x, y, heading, k0, k1), …); `strips`: ((right, left, kind, height), …) with kind asphalt, shoulder, sidewalk, parking, median or verge; `markings`: ((d, width, solid or broken, colour), …); `crosswalks`: ((s, length, right, left), …); `kerbs`: ((d, height, side of the raised ground), …) |
| junction | world coordinates; `surfaces`: ((kind of strip, height, outline), …); `ribbons`: ((kind of strip or paint, height, right points, left points), …); `paint`: (outline, …) |
| traffic_light | faces +x; `arrow`: left for arrows; lit by the channels `red_light`, `amber_light`, `green_light` |
| vehicle | `style`: hatchback, sedan, suv, van, ambulance, truck, bus, tractor, tram, semi_trailer, caravan or box_trailer; `paint`: (r, g, b); `seed`; `doors`: ((+1 left or -1 right, hinge, length), …); moved by `wheel_angle`, `steer_angle`, `door_left` and `door_right` [rad]; lit by `blue_left`, `blue_right` |
| two_wheeler | with its rider; `style`: bicycle, e_scooter or motorcycle; `seed`; moved by `wheel_angle`, `steer_angle` and `crank_angle` [rad] |
| animal | `style`: deer; `seed`; moved by the channels `gait_phase` [rad] and `speed` [m/s] |
| corner_reflector | open to +x, as long as its edge / √3 and as wide as its edge · √2; a radar measures its apex |
| barricade | boards across x |
| pallet, tyre | lie on the ground; a pallet has a `seed` |
| box, sphere, cylinder, cone | `colour`: (r, g, b) |
| person | `age`: adult or child; `seed`; moved by the channels `gait_phase` [rad] and `speed` [m/s] |
| building | fronts towards ±x; `seed`, `storeys` |
| tree, bush | `seed`; a long narrow bush is a hedge, a large one a wood |
| guard_rail | `path`: ((x, y), …) in world coordinates |
| lamp | the arm reaches along x |
| sign | faces +x; `text`: stop, yield, warning, crosswalk, road works, right or left lane ends, end, a speed limit, or a board's text; `colour`: blue, yellow |
| prism | `footprint`: ((x, y), …); `colour` |
| robot | its chain, see `renderers.assets.robots`; moved by `joint_1`… [rad] and `opening` [m] |
| machine, component, sensor | a cabinet; `colour` |
| mesh | a user's file: `file`, `digest`, `scale`, `up`, `forward`, `material`, `colour`, `key_points` |
"""  # noqa: E501

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from renderers.assets.animals import animal_mesh, animal_poses
from renderers.assets.barriers import barricade_mesh
from renderers.assets.buildings import building_mesh
from renderers.assets.calibration import corner_reflector_mesh
from renderers.assets.debris import pallet_mesh, tyre_mesh
from renderers.assets.junctions import junction_mesh, traffic_light_mesh
from renderers.assets.mesh import Channels, Mesh
from renderers.assets.persons import person_mesh, person_poses
from renderers.assets.plants import bush_mesh, tree_mesh
from renderers.assets.roads import road_mesh
from renderers.assets.robots import machine_mesh, robot_mesh, robot_poses
from renderers.assets.solids import box_mesh, cone_mesh, cylinder_mesh, ground_mesh, prism_mesh, sphere_mesh
from renderers.assets.street_furniture import guard_rail_mesh, lamp_mesh, sign_mesh
from renderers.assets.two_wheelers import two_wheeler_mesh, two_wheeler_poses
from renderers.assets.user_meshes import user_mesh
from renderers.assets.vehicles import vehicle_mesh, vehicle_poses
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["TABLE", "Asset", "Mesh", "mesh_for", "pose_parts"]


@dataclass(frozen=True)
class Asset:
    """How a kind of shape is built.

    Args:
        mesh: from the shape to its mesh in rest pose.
        poses: from the shape and its state to (P, 4, 4) T_body_part; None where nothing moves.
    """

    mesh: Callable[[Shape], Mesh]
    poses: Callable[[Shape, Channels], Array] | None = None


TABLE: Mapping[str, Asset] = {
    "ground": Asset(ground_mesh),
    "road": Asset(road_mesh),
    "junction": Asset(junction_mesh),
    "traffic_light": Asset(traffic_light_mesh),
    "vehicle": Asset(vehicle_mesh, vehicle_poses),
    "two_wheeler": Asset(two_wheeler_mesh, two_wheeler_poses),
    "person": Asset(person_mesh, person_poses),
    "animal": Asset(animal_mesh, animal_poses),
    "corner_reflector": Asset(corner_reflector_mesh),
    "barricade": Asset(barricade_mesh),
    "pallet": Asset(pallet_mesh),
    "tyre": Asset(tyre_mesh),
    "building": Asset(building_mesh),
    "tree": Asset(tree_mesh),
    "bush": Asset(bush_mesh),
    "guard_rail": Asset(guard_rail_mesh),
    "lamp": Asset(lamp_mesh),
    "sign": Asset(sign_mesh),
    "box": Asset(box_mesh),
    "sphere": Asset(sphere_mesh),
    "cylinder": Asset(cylinder_mesh),
    "prism": Asset(prism_mesh),
    "cone": Asset(cone_mesh),
    "robot": Asset(robot_mesh, robot_poses),
    "machine": Asset(machine_mesh),
    "component": Asset(machine_mesh),
    "sensor": Asset(machine_mesh),
    "mesh": Asset(user_mesh),
}


def mesh_for(shape: Shape) -> Mesh:
    """Return the mesh of a shape, the same for the same shape; callers cache it.

    Raises:
        ValueError: no asset of this kind, or its details name something unknown.
    """
    return _asset(shape).mesh(shape)


def pose_parts(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part, one per part of `mesh_for(shape)`; missing channels are 0."""
    poses = _asset(shape).poses
    return np.eye(4)[None] if poses is None else poses(shape, channels)


def _asset(shape: Shape) -> Asset:
    if shape.kind not in TABLE:
        raise ValueError(f"no mesh for shape kind {shape.kind!r}; known: {', '.join(sorted(TABLE))}")
    return TABLE[shape.kind]

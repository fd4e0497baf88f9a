"""A user's mesh in depth, masks, key points, LiDAR and radar, beside ray casts of trimesh on the same file."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from oddsmith.clouds import point_cloud
from oddsmith.dataset import Frame
from oddsmith.decoding import decode
from renderers.assets import mesh_for
from renderers.assets.materials import Column
from renderers.lidar.sensor import Lidar
from renderers.radar.sensor import RadarSensor
from renderers.sample import SensorSetup
from sim.fields import Chosen
from sim.geometry import matrix_from_pose, quaternion_from_rpy
from sim.mesh_files import place_mesh
from sim.noise import Noise
from sim.scene import Light, Scene, Shape

POSE = (7.0, 0.6, 0.0, *(float(value) for value in quaternion_from_rpy(0.0, 0.0, 0.7)))
W, H = 160, 120
FOCAL = 0.5 * W / np.tan(np.radians(35.0))
TIP = (1.0, 0.0, 3.2)
"""In the file's own frame: a place before the upper box."""


@pytest.fixture
def crane(tmp_path):
    """A file in half metres, y up: two boxes and a cylinder that stand in each other's way."""
    scene = trimesh.Scene()
    for k, part in enumerate((
        trimesh.creation.box(extents=(4.0, 1.6, 2.4)),
        trimesh.creation.box(extents=(1.0, 4.0, 1.0)),
        trimesh.creation.cylinder(radius=0.7, height=5.0, sections=48),
    )):  # fmt: skip
        part.apply_translation(((0.0, 0.8, 0.0), (-1.2, 2.6, 0.4), (1.0, 2.4, 0.0))[k])
        scene.add_geometry(part, node_name=f"part_{k}")
    path = tmp_path / "crane.glb"
    path.write_bytes(scene.export(file_type="glb"))
    return path


@pytest.fixture
def stage(crane):
    """The file in a scene, and the same by trimesh: a scene and a mesh in the world."""

    def build(**more):
        placed = place_mesh(crane, scale=0.5, up="y", forward="x")
        details = {
            "file": str(crane), "digest": placed.mesh.digest, "scale": 0.5, "up": "y", "forward": "x",
            "material": "own", "colour": (0.3, 0.3, 0.3), "key_points": (("tip", TIP),), **more,
        }  # fmt: skip
        scene = Scene(("thing", "car"), Light(visibility=1e9))
        scene.add("crane", category="car", shape=Shape("mesh", placed.size, details), pose=POSE)
        own = trimesh.load_scene(crane).to_mesh()
        # read once more by hand: half metres, y up, centred on the ground
        turned = 0.5 * np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
        points = own.vertices @ turned.T
        middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
        middle[2] = points[:, 2].min()
        T = matrix_from_pose(np.array(POSE))
        world = trimesh.Trimesh((points - middle) @ T[:3, :3].T + T[:3, 3], own.faces, process=False)
        tip = T[:3, :3] @ (turned @ np.array(TIP) - middle) + T[:3, 3]
        return scene, world, tip

    return build


def ranges(world, origin, directions):
    """Range along each ray, inf where it misses."""
    found = np.full(len(directions), np.inf)
    at, ray, _ = world.ray.intersects_location(np.tile(origin, (len(directions), 1)), directions)
    np.minimum.at(found, ray, np.linalg.norm(at - origin, axis=1))
    return found


def test_depth_and_mask_agree_with_ray_casts(stage, look):
    scene, world, _ = stage()
    camera = look(scene, depth="float32")
    gbuffer = camera.gbuffer(0.0)
    u, v = np.meshgrid(np.arange(W) + 0.5, np.arange(H) + 0.5)
    along = np.stack([np.ones_like(u), -(u - W / 2) / FOCAL, -(v - H / 2) / FOCAL], axis=-1).reshape(-1, 3)
    length = np.linalg.norm(along, axis=1)
    depth = (ranges(world, (0.0, 0.0, 1.5), along / length[:, None]) / length).reshape(H, W)
    hit = np.isfinite(depth)
    assert hit.sum() > 1000
    assert np.mean((gbuffer.depth > 0.0) == hit) > 0.998  # rays through edges and between triangles may differ
    both = hit & (gbuffer.depth > 0.0)
    error = np.abs(gbuffer.depth - np.where(both, depth, 0.0))[both]
    assert np.mean(error < 1e-3) > 0.995
    instance = decode("instance", camera.sample(0, 0.0).values["instance"])
    assert np.mean((np.asarray(instance) == 1) == hit) > 0.998


def test_the_box_is_that_of_the_file(stage, look):
    scene, world, _ = stage()
    (label,) = look(scene).sample(0, 0.0).values["objects"]
    assert label["name"] == "crane"
    assert label["category"] == "car"
    length, _, width = 0.5 * trimesh.load_scene(scene["crane"].shape.details["file"]).extents
    np.testing.assert_allclose(label["box3d"]["size"], (length, width, np.ptp(world.vertices[:, 2])), rtol=1e-5)


def test_a_key_point_is_where_its_user_put_it_and_seen_if_nothing_hides_it(stage, look):
    scene, world, tip = stage()
    (label,) = look(scene).sample(0, 0.0).values["objects"]
    (point,) = label["keypoints"]
    assert point["name"] == "tip"
    ahead, left, up = tip - (0.0, 0.0, 1.5)
    np.testing.assert_allclose(
        (point["x"], point["y"]), (W / 2 - FOCAL * left / ahead, H / 2 - FOCAL * up / ahead), atol=1e-3
    )
    way = np.linalg.norm(tip - (0.0, 0.0, 1.5))
    (first,) = ranges(world, (0.0, 0.0, 1.5), ((tip - (0.0, 0.0, 1.5)) / way)[None])
    assert point["visibility"] == (2 if first >= way - 0.05 else 1)


@pytest.mark.parametrize("word", ["own", "paint", "metal", "plastic", "rubber", "wood", "cloth", "concrete"])
def test_materials_are_those_asked_for(stage, word):
    scene, _, _ = stage(material=word, colour=(0.7, 0.1, 0.1))
    mesh = mesh_for(scene["crane"].shape)
    assert len(mesh.materials) == 1
    red = mesh.materials[0, Column.ALBEDO_R]
    if word in ("paint", "plastic", "wood", "cloth"):
        assert red == pytest.approx(0.7)
    low, high = mesh.bounds()
    np.testing.assert_allclose(high - low, scene["crane"].shape.size, rtol=1e-5)


def setup_of(kind, settings, height):
    mount = matrix_from_pose(np.array([0.0, 0.0, height, 0.0, 0.0, 0.0, 1.0]))
    return SensorSetup("top", kind, None, mount, settings, np.array([5.0]), Noise(11))


def test_lidar_points_lie_where_ray_casts_hit(stage, record):
    scene, world, _ = stage()
    elevations = tuple(np.radians([-12.0, -6.0, -2.0, 2.0]))
    settings = {
        "model": Chosen("elevations", elevations), "rate": 10.0, "columns": 1800, "range": 100.0,
        "nearest": 0.5, "reach": 1000.0, "noise": 0.0, "divergence": 0.0, "echoes": "strongest",
        "sees_carrier": False,
    }  # fmt: skip
    sample = Lidar(record(scene), setup_of("lidar", settings, 1.8), threads=1).sample(0, 5.0)
    points = point_cloud(Frame("top", None, sample.index, sample.t, sample.values))
    assert len(points) > 200
    assert np.all(points["instance"] == 1)
    at = np.stack([points[axis] for axis in "xyz"], axis=1).astype(np.float64)
    way = np.linalg.norm(at, axis=1)
    found = ranges(world, (0.0, 0.0, 1.8), at / way[:, None])
    assert np.mean(np.abs(found - way) < 1 / 256) > 0.99


def test_radar_detects_it_at_its_place(stage, record):
    scene, world, _ = stage()
    settings = {
        "model": "near", "rate": 10.0, "range": None, "nearest": 0.5, "reach": None, "range_cell": None,
        "azimuth_cell": None, "speed_cell": None, "false_alarm": 1e-7, "ghosts": False, "clutter": True,
    }  # fmt: skip
    sensor = RadarSensor(record(scene), setup_of("radar", settings, 0.5))
    values = sensor.sample(0, 5.0).values
    low, high = world.bounds
    at = np.array([one["range"] * np.cos(one["azimuth"]) for one in values["detections"]])
    assert np.any((at > low[0] - 0.5) & (at < high[0] + 0.5))

import numpy as np
import pytest

import renderers.camera.stage as stage_module
from renderers.assets.materials import Column, Lamp
from renderers.camera.motion import Motion
from renderers.camera.stage import Stage, cached_mesh
from sim.geometry import matrix_from_pose, pose_from_planar
from sim.recording import Channel
from sim.scene import Scene, Shape

CAR = Shape("vehicle", (4.8, 1.85, 1.45), {"style": "sedan", "paint": (0.5, 0.1, 0.1), "seed": 3})
BOX = Shape("box", (1.0, 1.0, 1.0))


@pytest.fixture
def scene():
    scene = Scene(("car", "thing", "ground"))
    ground = Shape("ground", (100.0, 100.0, 0.0), {"material": "grass"})
    scene.add("ground", category="ground", shape=ground, labelled=False)
    scene.add("car", category="car", shape=CAR, pose=(3, 4, 0, 0, 0, 0, 1))
    scene.add("box", category="thing", shape=BOX)
    return scene


def test_bodies_keep_their_ids(scene):
    stage = Stage.of(scene)
    assert stage.instance.tolist() == [0, 2, 3]  # the ground is not labelled
    assert stage.semantic.tolist() == [3, 1, 2]


def test_each_body_has_its_own_vertices_materials_and_numbers(scene):
    stage = Stage.of(scene)
    g = stage.geometry
    for body, (shape_of, (first, last)) in enumerate(zip(scene, g.face_ranges, strict=True)):
        mesh = cached_mesh(shape_of.shape)
        corners = g.faces[first:last]
        low, high = g.vertex_ranges[body]
        assert corners.min() >= low
        assert corners.max() < high
        np.testing.assert_array_equal(g.vertices[corners], mesh.vertices[mesh.faces])
        rows = g.materials[g.face_material[first:last]]
        np.testing.assert_array_equal(rows[:, : Column.DATA], mesh.materials[mesh.material][:, : Column.DATA])
        for row, own in zip(rows, mesh.materials[mesh.material], strict=True):
            if own[Column.TEXTURE]:
                assert g.data[int(row[Column.DATA])] == mesh.data[int(own[Column.DATA])]
        parts = g.vertex_part[low:high]
        assert parts.min() >= stage.part_start[body]
        assert parts.max() < stage.part_start[body + 1]


def test_bounding_spheres_hold_their_bodies(scene):
    stage = Stage.of(scene)
    for body in range(3):
        low, high = stage.geometry.vertex_ranges[body]
        offset = stage.geometry.vertices[low:high] - stage.centres[body]
        assert np.linalg.norm(offset, axis=1).max() <= stage.radii[body]


def test_equal_shapes_share_a_mesh():
    again = Shape("vehicle", CAR.size, dict(reversed(CAR.details.items())))
    assert cached_mesh(again) is cached_mesh(CAR)
    assert cached_mesh(Shape("box", (1.0, 1.0, 2.0))) is not cached_mesh(BOX)


def test_kept_meshes_are_bounded(monkeypatch):
    monkeypatch.setattr(stage_module, "_meshes", type(stage_module._meshes)())
    monkeypatch.setattr(stage_module, "_CACHE_BYTES", 20_000)
    for i in range(100):
        cached_mesh(Shape("box", (1.0, 1.0, 1.0 + i)))
    kept = stage_module._meshes
    assert 1 <= len(kept) < 100
    assert sum(stage_module._bytes(mesh) for mesh in kept.values()) <= 20_000
    assert any("100.0" in key for key in kept)  # the newest stays


def test_parts_follow_the_body_and_its_channels(scene, record):
    times = np.array([0.0, 10.0])
    path = pose_from_planar(np.array([0.0, 20.0]), np.zeros(2), np.zeros(2))
    turning = Channel("car", "wheel_angle", "rad", times, np.array([0.0, 10.0]))
    stage = Stage.of(scene)
    motion = Motion(record(scene, {"car": (times, path)}, (turning,)), stage)
    assert motion.is_static.tolist() == [True, False, True]
    slots = slice(stage.part_start[1], stage.part_start[2])
    start, later = motion.parts_at(0.0)[slots], motion.parts_at(1.0)[slots]
    np.testing.assert_allclose(start[0], np.eye(4), atol=1e-12)
    np.testing.assert_allclose(later[0][:3, 3], [2, 0, 0], atol=1e-12)
    turned = [not np.allclose(part[:3, :3], np.eye(3)) for part in later]
    assert not turned[0]
    assert sum(turned) == 4


def test_still_bodies_stand_where_the_scene_put_them(scene, record):
    stage = Stage.of(scene)
    motion = Motion(record(scene), stage)
    assert motion.is_static.all()
    np.testing.assert_allclose(
        motion.parts_at(3.0)[stage.part_start[1]], matrix_from_pose(np.array(scene["car"].pose))
    )


def test_lamps_follow_channels_and_darkness(scene, record):
    times = np.array([0.0, 10.0])
    braking = Channel("car", "brake_lights", "", times, np.array([1.0, 1.0]))
    blinking = Channel("car", "indicator_left", "", times, np.array([1.0, 1.0]))
    motion = Motion(record(scene, channels=(braking, blinking)), Stage.of(scene))
    by_day = motion.lamps_at(0.1, 0.0)[1]
    assert by_day[Lamp.BRAKE_LIGHTS] == 1.0
    assert by_day[Lamp.HEAD_LIGHTS] == 0.0
    assert by_day[Lamp.INDICATOR_RIGHT] == 0.0
    assert motion.lamps_at(0.1, 0.8)[1][Lamp.HEAD_LIGHTS] == pytest.approx(0.8)
    flashes = [motion.lamps_at(t, 0.0)[1][Lamp.INDICATOR_LEFT] for t in np.arange(0.01, 2.0, 0.02)]
    assert np.count_nonzero(np.diff(flashes) > 0) + 1 == 3  # 1.5 Hz
    assert np.mean(flashes) == pytest.approx(0.5, abs=0.02)

import numpy as np
import pytest

from renderers.assets import mesh_for
from renderers.assets.materials import Column, Lamp
from renderers.camera.detail import LEVELS, coarsened, level_of
from renderers.camera.forms import FormCache
from renderers.camera.motion import Motion
from renderers.camera.stage import Stage
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


def test_each_body_has_its_own_mesh_and_numbers(scene):
    stage = Stage.of(scene)
    g = stage.geometry
    for body, shape_of in enumerate(scene):
        mesh = mesh_for(shape_of.shape)
        first, last = stage.face_ranges[0, body]
        corners = g.faces[first:last]
        low, high = stage.vertex_ranges[0, body]
        assert corners.min() == low
        assert corners.max() == high - 1
        np.testing.assert_array_equal(g.vertices[corners], mesh.vertices[mesh.faces])
        np.testing.assert_array_equal(g.vertex_part[low:high], mesh.part)
        rows = g.materials[g.face_material[first:last]]
        np.testing.assert_array_equal(rows[:, : Column.DATA], mesh.materials[mesh.material][:, : Column.DATA])
        for row, own in zip(rows, mesh.materials[mesh.material], strict=True):
            if own[Column.TEXTURE]:
                assert g.data[int(row[Column.DATA])] == mesh.data[int(own[Column.DATA])]
        assert stage.part_start[body + 1] - stage.part_start[body] == mesh.n_parts


def test_equal_bodies_share_their_mesh_and_have_their_own_points():
    scene = Scene(("thing",))
    for i in range(3):
        scene.add(f"box_{i}", category="thing", shape=BOX if i < 2 else Shape("box", (2.0, 1.0, 1.0)))
    stage = Stage.of(scene)
    np.testing.assert_array_equal(stage.vertex_ranges[0, 0], stage.vertex_ranges[0, 1])
    assert stage.vertex_ranges[0, 2, 0] >= stage.vertex_ranges[0, 0, 1]
    placed = stage.placed(np.array([2, 0, 1]), np.zeros(3, np.int64))
    assert np.diff(placed.points).tolist() == [24, 24, 24]
    assert placed.only(1).bodies.tolist() == [0]
    assert placed.only(1).points.tolist() == [24, 48]


def test_bounding_spheres_hold_their_bodies(scene):
    stage = Stage.of(scene)
    for body in range(3):
        low, high = stage.vertex_ranges[0, body]
        offset = stage.geometry.vertices[low:high] - stage.centres[body]
        assert np.linalg.norm(offset, axis=1).max() <= stage.radii[body]


def test_equal_shapes_share_a_form():
    cache = FormCache(1 << 26)
    again = Shape("vehicle", CAR.size, dict(reversed(CAR.details.items())))
    assert cache.get(again, coarse=False) is cache.get(CAR, coarse=False)
    assert cache.get(Shape("box", (1.0, 1.0, 2.0)), coarse=False) is not cache.get(BOX, coarse=False)


def test_kept_forms_are_bounded_and_the_newest_stays():
    cache = FormCache(20_000)
    for i in range(100):
        newest = cache.get(Shape("box", (1.0, 1.0, 1.0 + i)), coarse=False)
    assert 1 <= len(cache) < 100
    assert cache.size <= 20_000
    assert cache.get(Shape("box", (1.0, 1.0, 100.0)), coarse=False) is newest


TREE = Shape("tree", (4.0, 4.0, 7.0), {"seed": 3})


def test_only_unlabelled_plants_have_coarse_meshes():
    scene = Scene(("plant", "car"))
    scene.add("tree", category="plant", shape=TREE, labelled=False)
    scene.add("labelled_tree", category="plant", shape=TREE)
    scene.add("car", category="car", shape=CAR, labelled=False)
    stage = Stage.of(scene)
    counts = stage.face_ranges[..., 1] - stage.face_ranges[..., 0]
    assert counts[0, 0] > counts[1, 0] > counts[2, 0] > 10
    assert (counts[:, 1:] == counts[0, 1:]).all()
    assert np.isfinite(stage.longest_side[0])
    assert np.isinf(stage.longest_side[1:]).all()


def test_a_coarse_mesh_keeps_the_place_of_the_full_one():
    mesh = mesh_for(TREE)
    for cells in LEVELS:
        coarse = coarsened(mesh, cells)
        cell = 7.0 / cells
        for bound, other in zip(mesh.bounds(), coarse.bounds(), strict=True):
            np.testing.assert_allclose(bound, other, atol=cell)
        distance = np.linalg.norm(coarse.vertices[:, None] - mesh.vertices[None], axis=-1).min(axis=1)
        assert distance.max() < cell
        np.testing.assert_allclose(np.linalg.norm(coarse.normals, axis=1), 1.0, atol=1e-5)
        assert set(coarse.material) <= set(mesh.material)


def test_far_plants_are_coarse_and_near_ones_are_not():
    distance, side, focal = (
        np.array([5.0, 80.0, 120.0, 200.0, 400.0, 400.0]),
        np.array([*[8.0] * 5, np.inf]),
        457.0,
    )
    levels = level_of(distance, side, focal)
    assert levels.tolist() == [0, 1, 2, 3, 4, 0]
    cells = np.array(LEVELS)[levels[1:5] - 1]
    assert (8.0 / cells * focal / distance[1:5] < 4.0).all()


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

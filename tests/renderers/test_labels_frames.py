"""Claims about labels that hold between frames, bodies and the camera model."""

import cv2
import numpy as np
import pytest

from sim.geometry import interpolate_poses, matrix_from_pose, pose_from_planar, quaternion_from_rpy
from sim.scene import Scene, Shape

CUBE = Shape("box", (1.0, 1.0, 1.0))


def pose(x, y, z=0.0, yaw=0.0):
    return (x, y, z, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))


def scene_of(*bodies):
    scene = Scene(("thing", "wall", "ground"))
    for name, shape, where in bodies:
        category = name if name in scene.categories else "thing"
        scene.add(name, category=category, shape=shape, pose=where, labelled=category != "ground")
    return scene


def by_name(camera, t=0.0):
    return {item["name"]: item for item in camera.objects(t, camera.gbuffer(t))}


def test_points_on_a_body_reproject_into_its_instance(look):
    rng = np.random.default_rng(3)
    scene = scene_of(*((f"cube_{i}", CUBE, pose(5 + 3 * i, (-1) ** i * 1.2, yaw=0.3 * i)) for i in range(5)))
    camera = look(scene, at=(0.0, 0.3, 1.8, 0.02, 0.1, -0.05))
    out = camera.gbuffer(0.0)
    T_camera_world = np.linalg.inv(camera.view(0.0).T_world_camera)
    checked = 0
    for body in scene:
        T = T_camera_world @ matrix_from_pose(np.array(body.pose))
        for point in rng.uniform([-0.5, -0.5, 0.0], [0.5, 0.5, 1.0], (400, 3)):
            axis = rng.integers(3)
            point[axis] = rng.choice([-0.5, 0.5]) + (0.5 if axis == 2 else 0.0)
            x, y, z = T[:3, :3] @ point + T[:3, 3]
            u, v = (camera.model.K @ [x / z, y / z, 1.0])[:2]
            if not (0 <= u < 160 and 0 <= v < 120):
                continue
            column, row = int(u), int(v)
            around = out.instance[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            is_in_front = z < out.depth[row, column] - 0.2 or out.depth[row, column] == 0.0
            # A point of a solid is hidden by it or by something nearer, never seen through emptiness.
            assert not (is_in_front and (around == out.instance[row, column]).all()), (body.name, point)
            if (around == body.instance_id).all():
                checked += 1
    assert checked > 300


def test_depth_back_projects_onto_the_boxes(look):
    """Every pixel of a cube, taken back through K and T_world_camera, lies on the cube."""
    where = pose(6.0, 0.4, 0.0, 0.7)
    camera = look(scene_of(("cube", CUBE, where)), at=(0.0, 0.0, 1.6, 0.0, 0.12, 0.0))
    out = camera.gbuffer(0.0)
    v, u = np.nonzero(out.instance == 1)
    K = camera.model.K
    z = out.depth[v, u].astype(np.float64)
    p_camera = np.stack([(u + 0.5 - K[0, 2]) / K[0, 0] * z, (v + 0.5 - K[1, 2]) / K[1, 1] * z, z, 0 * z + 1])
    p_body = np.linalg.inv(matrix_from_pose(np.array(where))) @ camera.view(0.0).T_world_camera @ p_camera
    outside = np.abs(p_body[:3] - [[0.0], [0.0], [0.5]]).max(axis=0)
    np.testing.assert_allclose(outside, 0.5, atol=3e-6)


def test_a_body_behind_a_wall_has_visibility_0_and_no_box(look):
    wall = Shape("box", (0.2, 6.0, 4.0))
    found = by_name(look(scene_of(("wall", wall, pose(5, 0)), ("cube", CUBE, pose(8, 0)))))
    assert found["cube"]["visibility"] == 0.0
    assert found["cube"]["occlusion"] == 1.0
    assert found["cube"]["bbox"] is None
    assert found["cube"]["pixels"] == 0
    assert found["cube"]["amodal_bbox"][2] > 5
    assert found["wall"]["visibility"] == 1.0


def test_bodies_out_of_view_are_not_listed(look):
    found = by_name(look(scene_of(("cube", CUBE, pose(-5, 0)), ("beside", CUBE, pose(3, 9)))))
    assert found == {}


def test_visibility_is_that_of_a_second_picture_of_the_body_alone(look):
    front, back = ("front", CUBE, pose(5, 0.1)), ("back", CUBE, pose(7, -0.3, yaw=0.4))
    both, alone = look(scene_of(front, back)), look(scene_of(back))
    visible = np.count_nonzero(both.gbuffer(0.0).instance == 2)
    whole = np.count_nonzero(alone.gbuffer(0.0).instance == 1)
    item = by_name(both)["back"]
    assert 0.0 < item["visibility"] < 1.0
    assert item["visibility"] == visible / whole
    assert item["amodal_bbox"] == by_name(alone)["back"]["bbox"]


def test_unlabelled_scenery_hides_but_has_no_instance(look):
    ground = Shape("ground", (200.0, 200.0, 0.0), {"material": "concrete"})
    camera = look(scene_of(("ground", ground, pose(0, 0)), ("cube", CUBE, pose(5, 0, -0.6))))
    out = camera.gbuffer(0.0)
    assert set(np.unique(out.instance)) == {0, 2}
    assert set(np.unique(out.semantic)) == {0, 1, 3}
    item = by_name(camera)["cube"]
    assert item["instance_id"] == 2
    assert item["visibility"] == pytest.approx(
        np.count_nonzero(out.instance == 2) / item["pixels"] * item["visibility"]
    )
    assert item["visibility"] < 1.0  # 0.6 m of it is under the ground


def test_truncation_is_the_share_of_pixels_beyond_the_border(look):
    """The same body in a picture three times as wide and high shows what was cut off."""
    where = pose(4.0, 2.9)
    small = by_name(look(scene_of(("cube", CUBE, where))))["cube"]
    wide_fov = 2 * np.arctan(3 * np.tan(np.radians(35.0)))
    large_camera = look(scene_of(("cube", CUBE, where)), resolution=[480, 360], fov=wide_fov)
    large = by_name(large_camera)["cube"]
    assert large["truncation"] == 0.0
    assert 0.05 < small["truncation"] < 0.95
    assert small["truncation"] == pytest.approx(1 - small["pixels"] / large["pixels"], abs=1e-12)
    x, y, w, h = large["bbox"]
    assert small["amodal_bbox"] == (x - 160, y - 120, w, h)


def test_a_body_that_crosses_the_near_plane_is_cut_there(look):
    long = Shape("box", (40.0, 2.0, 1.0))
    camera = look(scene_of(("road", long, pose(0.0, 0.0))), near=0.5)
    out = camera.gbuffer(0.0)
    v, u = np.nonzero(out.instance == 1)
    # The top of the box is a plane 0.5 m below the camera: depth = 0.5 f / (v + 0.5 - cy).
    expected = 0.5 * camera.model.focal / (v + 0.5 - 60.0)
    top = expected < 20.0
    np.testing.assert_allclose(out.depth[v, u][top], expected[top], rtol=1e-6)
    assert out.depth[v, u].min() >= 0.5
    assert (out.instance[119] == 1).any()
    # Near 5 m, nothing closer is left.
    cut = look(scene_of(("road", long, pose(0.0, 0.0))), near=5.0).gbuffer(0.0)
    seen = cut.instance == 1
    assert cut.depth[seen].min() == pytest.approx(expected[expected >= 5.0].min(), rel=1e-6)


def test_depth_of_a_huge_ground_is_exact(look):
    ground = Shape("ground", (2400.0, 2400.0, 0.0), {"material": "concrete"})
    camera = look(scene_of(("ground", ground, pose(0, 0, 0.03))), resolution=[640, 480])
    out = camera.gbuffer(0.0)
    v, u = np.nonzero(out.depth)
    level = out.normals[v, u, 1] < -0.999999
    expected = 1.5 * camera.model.focal / (v + 0.5 - 240.0)
    near = level & (expected < 60.0)
    assert np.count_nonzero(near) > 100_000
    assert np.abs(out.depth[v, u] - expected)[near].max() < 1e-3


def track(*poses):
    times = np.linspace(0.0, 10.0, len(poses))
    return times, np.array(poses, np.float64)


def test_flow_is_the_motion_of_surface_points_reprojected(record, mount):
    """Camera and bodies move and turn; flow is compared with points carried along here, pose by pose."""
    from renderers.camera.sensor import Camera

    scene = scene_of(("cube", CUBE, pose(6, 0.5)), ("still", CUBE, pose(8, -2.0)), ("ego", CUBE, pose(0, 0)))
    tracks = {
        "cube": track(pose(6, 0.5, 0, 0.1), pose(26, 10.5, 0.4, 2.9)),
        "ego": track(pose(0, 0), pose(15, -3, 0, 0.5)),
    }
    recording = record(scene, tracks)
    camera = Camera(recording, mount(on="ego", at=(0.2, 0.0, 1.7, 0.0, 0.05, 0.0)))
    t, later = 0.3, 0.4
    out = camera.gbuffer(t)
    K = camera.model.K
    for name in ("cube", "still"):
        body = scene[name]
        v, u = np.nonzero(out.instance == body.instance_id)
        assert len(u) > 50
        z = out.depth[v, u].astype(np.float64)
        rays = np.stack([(u + 0.5 - K[0, 2]) / K[0, 0], (v + 0.5 - K[1, 2]) / K[1, 1], 0 * z + 1])
        p = np.concatenate([rays * z, np.ones((1, len(z)))])
        T_world_camera = [_camera_pose(tracks["ego"], moment) for moment in (t, later)]
        T_world_body = [_body_pose(tracks.get(name), body, moment) for moment in (t, later)]
        p = np.linalg.inv(T_world_body[0]) @ T_world_camera[0] @ p
        q = np.linalg.inv(T_world_camera[1]) @ T_world_body[1] @ p
        moved = (K @ (q[:3] / q[2]))[:2] - [u + 0.5, v + 0.5]
        assert np.abs(moved).max() > 1.0
        np.testing.assert_allclose(out.flow[v, u].T, moved, atol=2e-3)


def _at(track_, t):
    times, poses = track_
    return matrix_from_pose(interpolate_poses(poses[0], poses[1], t / times[-1]))


def _body_pose(track_, body, t):
    return matrix_from_pose(np.array(body.pose)) if track_ is None else _at(track_, t)


def _camera_pose(track_, t):
    mount = matrix_from_pose(np.concatenate([[0.2, 0.0, 1.7], quaternion_from_rpy(0.0, 0.05, 0.0)]))
    axes = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    return _at(track_, t) @ mount @ axes


def test_flow_of_a_world_at_rest_is_zero(look):
    out = look(scene_of(("cube", CUBE, pose(6, 0.5)))).gbuffer(0.0)
    seen = out.instance == 1
    assert np.abs(out.flow[seen]).max() < 1e-9
    assert np.isnan(out.flow[~seen]).all()


def test_flow_is_unknown_where_the_recording_ends(look):
    assert np.isnan(look(scene_of(("cube", CUBE, pose(6, 0.5)))).gbuffer(9.95).flow).all()


def test_the_carrier_is_left_out_unless_asked_for(record, mount):
    from renderers.camera.sensor import Camera

    scene = scene_of(("ego", Shape("box", (4.0, 2.0, 1.0)), pose(0, 0)), ("cube", CUBE, pose(8, 0)))
    at = (-1.0, 0.0, 2.0, 0.0, 0.3, 0.0)
    hidden = Camera(record(scene), mount(on="ego", at=at)).gbuffer(0.0).instance
    shown = Camera(record(scene), mount(on="ego", at=at, sees_carrier=True)).gbuffer(0.0).instance
    assert set(np.unique(hidden)) == {0, 2}
    assert set(np.unique(shown)) == {0, 1, 2}


def test_a_camera_follows_its_carrier(record, mount):
    from renderers.camera.sensor import Camera

    times = np.array([0.0, 10.0])
    poses = pose_from_planar(np.array([0.0, 10.0]), np.array([0.0, 0.0]), np.array([0.0, 0.0]))
    scene = scene_of(("ego", CUBE, pose(0, 0)), ("cube", CUBE, pose(20, 0)))
    camera = Camera(record(scene, {"ego": (times, poses)}), mount(on="ego", at=(0.5, 0, 0.5, 0, 0, 0)))
    depths = [camera.gbuffer(t).depth[60, 80] for t in (0.0, 2.5, 9.0)]
    np.testing.assert_allclose(depths, [19.0, 16.5, 10.0], atol=1e-5)


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_frames_do_not_depend_on_the_number_of_threads(look, threads):
    scene = scene_of(
        ("ground", Shape("ground", (200.0, 200.0, 0.0), {"material": "grass"}), pose(0, 0)),
        *((f"cube_{i}", CUBE, pose(4 + 2 * i, (-1) ** i, yaw=i)) for i in range(6)),
    )
    one, many = (look(scene, threads=n).sample(0, 0.0) for n in (1, threads))
    assert one.values == many.values


def test_the_amodal_mask_is_that_of_a_second_picture_of_the_body_alone(look):
    front, back, cut = (
        ("front", CUBE, pose(5, 0.1)),
        ("back", CUBE, pose(7, -0.3, yaw=0.4)),
        ("cut", CUBE, pose(4, 2.9)),
    )
    found = by_name(look(scene_of(front, back, cut)))
    for body in (front, back, cut):
        alone = look(scene_of(body)).gbuffer(0.0).instance == 1
        item = found[body[0]]
        x, y, w, h = (int(value) for value in item["amodal_bbox"])
        whole = np.zeros((120, 160), np.uint8)
        mask = cv2.imdecode(np.frombuffer(item["amodal_mask"], np.uint8), cv2.IMREAD_UNCHANGED)
        whole[max(y, 0) : y + h, max(x, 0) : x + w] = mask
        np.testing.assert_array_equal(whole == 255, alone)
    assert found["back"]["visibility"] < 1.0
    assert found["cut"]["truncation"] > 0.0

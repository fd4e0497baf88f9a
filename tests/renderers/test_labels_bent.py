"""Labels behind lenses that bend, against rays that OpenCV undistorts and that are traced here."""

import cv2
import numpy as np
import pytest

from sim.fields import Chosen
from sim.geometry import interpolate_poses, matrix_from_pose, quaternion_from_rpy
from sim.scene import Light, Scene, Shape

EYE = (0.0, 0.3, 1.6, 0.03, 0.12, -0.05)
BROWN = Chosen(
    "brown_conrady",
    {"k1": -0.3, "k2": 0.1, "p1": 0.001, "p2": -0.002, "k3": -0.01, "k4": 0.0, "k5": 0.0, "k6": 0.0},
)
FISHEYE = Chosen("fisheye", {"k1": 0.02, "k2": -0.008, "k3": 0.001, "k4": 0.0})
LENSES = pytest.mark.parametrize(
    "lens",
    [
        {"distortion": BROWN, "fov": np.radians(85.0)},
        {"distortion": FISHEYE, "fov": np.radians(150.0)},
        {"distortion": BROWN, "focal": (120.0, 131.0), "centre": (71.2, 66.6)},
    ],
    ids=["brown_conrady", "fisheye", "off centre"],
)
IMAGES = ("depth", "instance", "semantic", "normals", "flow", "backward_flow", "next_frame", "markings")

BOXES = [
    ((4.0, 1.8, 1.5), (9.0, -2.0, 0.0), 0.4),
    ((1.0, 1.0, 2.0), (6.0, 1.3, 0.0), -0.9),
    ((1.0, 1.0, 1.0), (3.0, -3.4, 0.2), 0.2),
    ((0.2, 8.0, 1.0), (18.0, -1.0, 0.0), 0.0),
]


def pose(x, y, z=0.0, yaw=0.0):
    return (x, y, z, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))


def scene_of(boxes, light=None):
    scene = Scene(("thing",), light)
    for i, (size, at, yaw) in enumerate(boxes):
        scene.add(f"box_{i}", category="thing", shape=Shape("box", size), pose=pose(*at, yaw))
    return scene


def directions(camera):
    """(H, W, 3) of the pixel centres in the camera frame, unit along the optical axis, by OpenCV."""
    model, lens = camera.model, camera.model.intrinsics.lens
    v, u = np.mgrid[0 : model.height, 0 : model.width]
    pixels = np.stack([u.ravel() + 0.5, v.ravel() + 0.5], axis=1)
    c, precise = np.array(lens.coefficients), (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 2000, 1e-15)
    if lens.kind == "fisheye":
        plane = cv2.fisheye.undistortPoints(pixels[None], model.K, c, criteria=precise)[0]
    else:
        plane = cv2.undistortPoints(pixels[:, None], model.K, c, criteria=precise)[:, 0]
    return np.concatenate([plane, np.ones((len(plane), 1))], axis=1).reshape(model.height, model.width, 3)


def seen_by_opencv(camera, points):
    """(n, 2) image positions of (n, 3) points in the camera frame."""
    model, lens, zero = camera.model, camera.model.intrinsics.lens, np.zeros(3)
    c = np.array(lens.coefficients)
    if lens.kind == "fisheye":
        return cv2.fisheye.projectPoints(points[None], zero, zero, model.K, c)[0][0]
    return cv2.projectPoints(points, zero, zero, model.K, c)[0][:, 0]


def trace(camera, boxes):
    """Nearest box per pixel (0: none), its depth and normal in the camera frame, and pixels that graze one."""
    rays, T_world_camera = directions(camera), camera.view(0.0).T_world_camera
    best = np.full(rays.shape[:2], np.inf)
    which, normals, grazes = np.zeros(best.shape, int), np.zeros(rays.shape), np.zeros(best.shape, bool)
    for i, (size, at, yaw) in enumerate(boxes, start=1):
        T = np.linalg.inv(matrix_from_pose(np.array(pose(*at, yaw)))) @ T_world_camera
        direction = rays @ T[:3, :3].T
        low, high = np.array([-size[0] / 2, -size[1] / 2, 0.0]), np.array([size[0] / 2, size[1] / 2, size[2]])
        a, b = (low - T[:3, 3]) / direction, (high - T[:3, 3]) / direction
        enter, leave = np.minimum(a, b), np.maximum(a, b).min(axis=-1)
        near, axis = enter.max(axis=-1), enter.argmax(axis=-1)
        gap = np.sort(enter, axis=-1)
        grazes |= (np.abs(near - leave) < 1e-6) | (gap[..., 2] - gap[..., 1] < 1e-6) & (near < leave)
        hit = (near <= leave) & (near > 0) & (near < best)
        normal = np.zeros(rays.shape)
        along = np.take_along_axis(direction, axis[..., None], -1)
        np.put_along_axis(normal, axis[..., None], -np.sign(along), -1)
        best, which = np.where(hit, near, best), np.where(hit, i, which)
        normals = np.where(hit[..., None], normal @ T[:3, :3], normals)
    return which, np.where(which > 0, best, 0.0), normals, grazes


@LENSES
def test_masks_depths_and_normals_are_those_of_traced_rays(look, lens):
    camera = look(scene_of(BOXES), at=EYE, **lens)
    out = camera.gbuffer(0.0)
    which, depth, normals, grazes = trace(camera, BOXES)
    assert grazes.sum() < 5
    assert set(np.unique(which)) == {0, 1, 2, 3, 4}
    clear = ~grazes
    np.testing.assert_array_equal(out.instance[clear], which[clear])
    np.testing.assert_allclose(out.depth[clear], depth[clear], rtol=1e-6)
    np.testing.assert_allclose(out.normals[clear], normals[clear], atol=2e-6)


@LENSES
def test_points_that_opencv_projects_lie_in_the_instance(look, lens):
    camera = look(scene_of(BOXES), at=EYE, **lens)
    out = camera.gbuffer(0.0)
    rng, T_camera_world = np.random.default_rng(5), np.linalg.inv(camera.view(0.0).T_world_camera)
    checked = 0
    for i, (size, at, yaw) in enumerate(BOXES, start=1):
        on_faces = rng.uniform(-0.5, 0.5, (400, 3))
        axis = rng.integers(0, 3, 400)
        on_faces[np.arange(400), axis] = rng.choice([-0.5, 0.5], 400)
        body = on_faces * size + [0.0, 0.0, size[2] / 2]
        T = T_camera_world @ matrix_from_pose(np.array(pose(*at, yaw)))
        points = body @ T[:3, :3].T + T[:3, 3]
        for (u, v), z in zip(seen_by_opencv(camera, points), points[:, 2], strict=True):
            if not (1 <= u < 159 and 1 <= v < 119) or z < 0.2:
                continue
            around = out.instance[int(v) - 1 : int(v) + 2, int(u) - 1 : int(u) + 2]
            hidden = out.depth[int(v), int(u)] < z + 0.3 and (around > 0).all()
            assert hidden or not (around == around[0, 0]).all()
            checked += (around == i).all()
    assert checked > 300


@LENSES
def test_visibility_and_truncation_are_those_of_a_picture_of_the_body_alone_and_of_a_larger_one(look, lens):
    """The larger picture has the same focal length and lens, and shows what is beyond the border."""
    if lens["distortion"] is FISHEYE:
        lens = {**lens, "fov": np.radians(85.0)}
    camera = look(scene_of(BOXES), at=EYE, **lens)
    out, inside = camera.gbuffer(0.0), camera.model.intrinsics
    larger = {
        "distortion": lens["distortion"], "focal": (inside.fx, inside.fy), "resolution": [480, 360],
        "centre": (inside.cx + 160, inside.cy + 120),
    }  # fmt: skip
    found = {item["name"]: item for item in camera.objects(0.0, out)}
    assert len(found) == 4
    for i, box in enumerate(BOXES):
        alone = look(scene_of([box]), at=EYE, **larger).gbuffer(0.0).instance == 1
        item, own = found[f"box_{i}"], alone[120:240, 160:320]
        assert item["visibility"] == np.count_nonzero(out.instance == i + 1) / np.count_nonzero(own)
        assert item["truncation"] == pytest.approx(
            1 - np.count_nonzero(own) / np.count_nonzero(alone), abs=1e-12
        )
        v, u = np.nonzero(alone)
        expected = (u.min() - 160, v.min() - 120, np.ptp(u) + 1, np.ptp(v) + 1)
        assert item["amodal_bbox"] == expected
        v, u = np.nonzero(out.instance == i + 1)
        assert item["bbox"] == (u.min(), v.min(), np.ptp(u) + 1, np.ptp(v) + 1)
    assert any(item["truncation"] > 0.1 for item in found.values())


@LENSES
def test_flow_is_the_motion_of_surface_points_that_opencv_projects(record, mount, lens):
    from renderers.camera.sensor import Camera

    scene, times = scene_of(BOXES), np.array([0.0, 10.0])
    start = np.array(pose(*BOXES[1][1], BOXES[1][2]))
    moved = np.stack([start, np.array(pose(26.0, 10.5, 0.4, 2.9))])
    camera = Camera(record(scene, {"box_1": (times, moved)}), mount(at=EYE, **lens))
    t, later = 0.3, 0.4
    out = camera.gbuffer(t)
    v, u = np.nonzero(out.instance == 2)
    assert len(u) > 40
    p = np.concatenate([directions(camera)[v, u] * out.depth[v, u, None], np.ones((len(u), 1))], axis=1).T
    T_world_camera = camera.view(t).T_world_camera
    T_world_body = [matrix_from_pose(interpolate_poses(*moved, moment / 10.0)) for moment in (t, later)]
    q = np.linalg.inv(T_world_camera) @ T_world_body[1] @ np.linalg.inv(T_world_body[0]) @ T_world_camera @ p
    expected = seen_by_opencv(camera, np.ascontiguousarray(q[:3].T)) - np.stack([u + 0.5, v + 0.5], axis=1)
    assert np.abs(expected).max() > 0.5
    np.testing.assert_allclose(out.flow[v, u], expected, atol=2e-3)


def test_no_label_changes_with_weather_noise_blur_or_vignetting(record, mount):
    from renderers.camera.sensor import Camera

    plain = {"format": "png", "distortion": FISHEYE, "fov": np.radians(140.0)}
    sensor = {"full_well": 2000.0, "read_noise": 20.0, "bits": 10}
    changes = [
        {"noise": 9.0},
        {"sensor": sensor},
        {"vignetting": 0.6},
        {"shutter": 0.05, "blur_steps": 3},
        {"aperture": 0.05, "focus": 4.0, "blur_steps": 3},
        {"exposure": -2.0},
    ]
    times = np.array([0.0, 10.0])
    track = {"box_1": (times, np.stack([pose(6.0, 1.3), pose(20.0, 1.3)]))}

    def take(light, **more):
        return (
            Camera(record(scene_of(BOXES, light), track), mount(at=EYE, **plain, **more)).sample(0, 0.2).values
        )

    still = take(Light())
    others = [take(Light(), **change) for change in changes] + [
        take(Light(cloud=1.0, visibility=80.0, snow=1.0))
    ]
    for other in others:
        assert other["rgb"]["bytes"] != still["rgb"]["bytes"]
        for name in IMAGES:
            assert other[name]["bytes"] == still[name]["bytes"]
        assert other["objects"] == still["objects"]
        assert other["distortion"] == [0.02, -0.008, 0.001, 0.0]


def test_what_a_round_picture_does_not_show_is_black_and_has_no_label(look):
    camera = look(
        scene_of(BOXES), at=EYE, distortion=FISHEYE, focal=(38.0, 38.0), centre=(80.0, 60.0), noise=0.0
    )
    out, picture = camera.gbuffer(0.0), camera.picture(0, 0.0)
    v, u = np.mgrid[0:120, 0:160]
    beyond = (
        np.hypot(u + 0.5 - 80, v + 0.5 - 60) > 38.0 * camera.model.intrinsics.lens.shifted(np.radians(89)) + 1.0
    )
    assert np.count_nonzero(beyond) > 4000
    assert (picture[beyond] == 0).all()
    assert (out.depth[beyond] == 0).all()
    assert np.isnan(out.flow[beyond]).all()
    assert picture[~beyond].mean() > 60

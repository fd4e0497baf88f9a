"""Flow back and what becomes of points, against points carried and rays traced here."""

import cv2
import numpy as np
import pytest

from renderers.camera.sensor import Camera
from sim.fields import Chosen
from sim.geometry import interpolate_poses, matrix_from_pose, pose_from_planar, quaternion_from_rpy
from sim.scene import Scene, Shape

SIZES = {"post": (0.4, 0.4, 3.0), "wall": (0.2, 9.0, 4.0), "car": (3.0, 1.6, 1.4), "ego": (0.1, 0.1, 0.1)}
RATE = 4.0
LENSES = pytest.mark.parametrize(
    "lens",
    [{}, {"distortion": Chosen("fisheye", {"k1": 0.01, "k2": 0.0, "k3": 0.0, "k4": 0.0}), "fov": 1.9}],
    ids=["pinhole", "fisheye"],
)


def pose(x, y, yaw=0.0):
    return (x, y, 0.0, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))


@pytest.fixture
def moving(record):
    """A car crosses behind a post, before a wall; the camera drives past."""
    scene = Scene(("thing",))
    for name, where in (
        ("post", pose(7, 0.4)),
        ("wall", pose(14, 0)),
        ("car", pose(9, -3)),
        ("ego", pose(0, 0)),
    ):
        scene.add(name, category="thing", shape=Shape("box", SIZES[name]), pose=where)
    times = np.array([0.0, 10.0])
    tracks = {
        "car": (times, np.array([pose(9, -14, 0.4), pose(10, 16, 0.9)])),
        "ego": (times, pose_from_planar(np.array([-5.0, 5.0]), np.array([-1.5, 1.5]), np.array([0.1, -0.1]))),
    }
    return record(scene, tracks), tracks


def take(moving, mount, **lens):
    return Camera(moving[0], mount(on="ego", at=(0, 0, 1.5, 0, 0, 0), rate=RATE, **lens))


def image(stored):
    found = cv2.imdecode(np.frombuffer(stored["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
    return found[..., ::-1] if found.ndim == 3 else found


def flow_of(stored):
    found = image(stored)
    flow = (found[..., :2].astype(np.float64) - 32768.0) / 64.0
    return np.where(found[..., 2:] == 1, flow, np.nan)


def body_pose(moving, name, t):
    recording, tracks = moving
    if name not in tracks:
        return matrix_from_pose(np.array(recording.scene[name].pose))
    times, poses = tracks[name]
    return matrix_from_pose(interpolate_poses(poses[0], poses[1], t / times[-1]))


def carried(moving, camera, out, t, other):
    """Points of a frame in the camera frame of another moment, (H, W, 3), nan where there is none."""
    v, u = np.mgrid[0:120, 0:160]
    model, lens = camera.model, camera.model.intrinsics.lens
    pixels = np.stack([u.ravel() + 0.5, v.ravel() + 0.5], axis=1)
    if lens.kind == "fisheye":
        exact = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-14)
        plane = cv2.fisheye.undistortPoints(pixels[None], model.K, np.array(lens.coefficients), criteria=exact)[
            0
        ]
    else:
        plane = (pixels - model.K[:2, 2]) / model.K[[0, 1], [0, 1]]
    rays = np.concatenate([plane, np.ones((len(plane), 1))], axis=1).reshape(120, 160, 3)
    points = np.concatenate([rays * out.depth[..., None], np.ones((120, 160, 1))], axis=-1)
    moved = np.full((120, 160, 3), np.nan)
    T_there = np.linalg.inv(camera.view(other).T_world_camera)
    for body in moving[0].scene:
        mine = out.instance == body.instance_id
        T = T_there @ body_pose(moving, body.name, other) @ np.linalg.inv(body_pose(moving, body.name, t))
        moved[mine] = (points[mine] @ (T @ camera.view(t).T_world_camera).T)[:, :3]
    return moved


@LENSES
def test_flow_back_is_where_points_were_reprojected(moving, mount, lens):
    camera = take(moving, mount, **lens)
    t = 4.5
    found = flow_of(camera.sample(0, t).values["backward_flow"])
    out = camera.gbuffer(t)
    v, u = np.mgrid[0:120, 0:160]
    expected = camera.model.project(carried(moving, camera, out, t, t - 1 / RATE)) - np.stack([u, v], -1) - 0.5
    seen = out.instance > 0
    fits = seen & (np.abs(expected).max(axis=-1) < 500)
    np.testing.assert_array_equal(np.isfinite(found[..., 0]), np.isfinite(expected[..., 0]) & seen)
    assert np.abs(expected[fits]).max() > 3.0
    np.testing.assert_allclose(found[fits], expected[fits], atol=1 / 128 + 2e-3)


@LENSES
def test_points_are_hidden_in_the_next_frame_where_rays_to_them_meet_something_before(moving, mount, lens):
    camera = take(moving, mount, **lens)
    t, later = 4.5, 4.75
    found = image(camera.sample(0, t).values["next_frame"])
    out = camera.gbuffer(t)
    there = carried(moving, camera, out, t, later)
    T_world_camera = camera.view(later).T_world_camera
    first = np.full(found.shape, np.inf)
    for body in moving[0].scene:
        if body.name == "ego":
            continue  # left out of the picture
        T = np.linalg.inv(body_pose(moving, body.name, later)) @ T_world_camera
        size = np.array(SIZES[body.name])
        with np.errstate(divide="ignore", invalid="ignore"):
            direction = there @ T[:3, :3].T
            low, high = size * [-0.5, -0.5, 0.0], size * [0.5, 0.5, 1.0]
            a, b = (low - T[:3, 3]) / direction, (high - T[:3, 3]) / direction
        enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
        first = np.where((enter <= leave) & (enter > 0), np.minimum(first, enter), first)
    place = camera.model.project(there)
    inside = (place >= 0).all(axis=-1) & (place[..., 0] < 160) & (place[..., 1] < 120)
    seen = out.instance > 0
    np.testing.assert_array_equal(found == 0, ~seen)
    rim = (
        np.min(np.abs([place[..., 0], place[..., 0] - 160, place[..., 1], place[..., 1] - 120]), axis=0) < 1e-3
    )
    np.testing.assert_array_equal((found == 3)[seen & ~rim], ~inside[seen & ~rim])
    hidden = inside & seen & (first < 0.98)
    kernel = np.ones((3, 3), np.uint8)
    # A point is looked for at the nearest sample, at most a quarter of a pixel away.
    surely = cv2.erode(hidden.astype(np.uint8), kernel) > 0
    never = cv2.dilate(hidden.astype(np.uint8), kernel) == 0
    assert surely.sum() > 40
    assert (found[surely] == 2).all()
    assert (found[never & inside & seen] == 1).all()


def test_there_is_no_frame_before_the_first_nor_after_the_last(moving, mount):
    camera = take(moving, mount)
    assert np.isnan(flow_of(camera.sample(0, 0.1).values["backward_flow"])).all()
    assert (image(camera.sample(0, 9.9).values["next_frame"]) == 0).all()


def test_frames_are_the_same_whether_the_one_before_was_drawn_or_not(moving, mount):
    camera, other = take(moving, mount), take(moving, mount)
    t = np.arange(4.0, 5.6, 0.25)
    camera._setup, other._setup = (mount(on="ego", at=(0, 0, 1.5, 0, 0, 0), rate=RATE, times=tuple(t)),) * 2
    forward = [camera.sample(k, float(moment)).values for k, moment in enumerate(t)]
    backward = [other.sample(k, float(t[k])).values for k in reversed(range(len(t)))]
    assert forward == backward[::-1]

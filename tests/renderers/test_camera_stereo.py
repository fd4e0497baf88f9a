"""Stereo pairs: disparity by its formula, by the other picture, and only of cameras that make a pair."""

import cv2
import numpy as np
import pytest

from renderers.camera.sensor import Camera
from renderers.camera.stereo import STEREO, baseline
from sim.errors import RunError
from sim.fields import Chosen
from sim.geometry import composed, inverse, matrix_from_pose, quaternion_from_rpy
from sim.scene import Light, Scene, Shape
from sim.views import Mounted

B = 0.5
AT = (0.3, 0.0, 1.5, 0.01, 0.05, 0.3)


def rigid(at):
    return matrix_from_pose(np.concatenate([at[:3], quaternion_from_rpy(*at[3:])]))


def image(stored):
    return cv2.imdecode(np.frombuffer(stored["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.fixture
def scene():
    scene = Scene(("thing",))
    for name, size, x, y, yaw in (
        ("near", (1.0, 0.7, 1.8), 6.0, 1.0, 0.4),
        ("pole", (0.3, 0.3, 4.0), 9.0, 3.4, 0.0),
        ("far", (4.0, 1.8, 1.5), 18.0, 4.0, 1.1),
        ("wall", (0.4, 60.0, 9.0), 30.0, 8.0, 0.2),
    ):
        pose = (x, y, 0.0, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))
        scene.add(name, category="thing", shape=Shape("box", size), pose=pose)
    return scene


def pair(scene, record, mount, **settings):
    """Left and right camera of a rig that stands turned in the world."""
    places = [composed(AT, (0.0, y, 0.0, 0.0, 0.0, 0.0)) for y in (B / 2, -B / 2)]
    T = [rigid(at) for at in places]
    for k, other in enumerate(("right", "left")):
        setup = mount(at=places[k], name=("left", "right")[k], stereo=other, **settings)
        object.__setattr__(setup, "T_sensor_other", inverse(T[k]) @ T[1 - k])
        yield Camera(record(scene), setup)


def test_disparity_is_focal_length_times_baseline_over_depth(scene, record, mount):
    left, right = pair(scene, record, mount)
    for camera in (left, right):
        stored = image(camera.sample(0, 0.0).values["disparity"])
        depth = camera.gbuffer(0.0).depth.astype(np.float64)
        with np.errstate(divide="ignore"):
            expected = 256.0 * camera.model.intrinsics.fx * B / depth
        assert stored.dtype == np.uint16
        np.testing.assert_array_equal(stored == 0, depth == 0)
        assert np.abs(stored - expected)[depth > 0].max() <= 0.5 + 1e-6


def test_a_plane_across_the_view_has_the_one_disparity_of_its_distance(record, mount):
    scene = Scene(("thing",))
    scene.add(
        "wall", category="thing", shape=Shape("box", (2.0, 50.0, 50.0)), pose=(11.0, 0, -25.0, 0, 0, 0, 1)
    )
    setup = mount(stereo="right", focal=[128.0, 128.0])
    object.__setattr__(setup, "T_sensor_other", rigid((0.0, -0.6, 0.0, 0.0, 0.0, 0.0)))
    stored = image(Camera(record(scene), setup).sample(0, 0.0).values["disparity"])
    assert set(np.unique(stored)) == {round(256 * 128 * 0.6 / 10.0)}  # its face is ten metres ahead


def test_ids_of_the_right_picture_moved_by_disparity_are_those_of_the_left(scene, record, mount):
    left, right = pair(scene, record, mount, resolution=[320, 240])
    frames = [camera.sample(0, 0.0).values for camera in (left, right)]
    ids = [image(frame["instance"]).astype(int) for frame in frames]
    found = [image(frame["disparity"]) / 256.0 for frame in frames]
    v, u = np.nonzero(found[0])
    there = u + 0.5 - found[0][v, u]  # the same row, so many columns to the left
    inside = (there > 1.0) & (there < 319.0)
    v, u, there = v[inside], u[inside], there[inside]
    column = np.floor(there).astype(int)
    hidden = found[1][v, column] > found[0][v, u] + 0.3
    # What lies on a contour may be met on its other side, at the nearest pixel's centre.
    rim = np.zeros(len(v), bool)
    for step in (-1, 1):
        rim |= ids[1][v, column + step] != ids[1][v, column]
        rim |= np.abs(found[1][v, column + step] - found[1][v, column]) > 1.0
    checked = ~hidden & ~rim
    assert hidden.sum() > 100
    assert checked.sum() > 20_000
    np.testing.assert_array_equal(ids[0][v, u][checked], ids[1][v, column][checked])
    # Where hidden, something else stands before it there.
    surely = hidden & ~rim
    assert np.mean(ids[0][v, u][surely] != ids[1][v, column][surely]) > 0.95


def test_disparity_is_the_same_whatever_the_weather_blur_and_noise(scene, record, mount):
    clean = next(pair(scene, record, mount)).sample(0, 0.0).values
    foul_scene = Scene(("thing",), light=Light(rain=8.0, visibility=60.0))
    for body in scene:
        foul_scene.add(body.name, category=body.category, shape=body.shape, pose=body.pose)
    foul = next(pair(foul_scene, record, mount, noise=20.0, shutter=0.02, blur_steps=2)).sample(0, 0.0).values
    assert foul["disparity"] == clean["disparity"]
    assert foul["rgb"] != clean["rgb"]


def test_a_camera_without_a_pair_writes_no_disparity(scene, record, mount):
    assert "disparity" not in Camera(record(scene), mount()).sample(0, 0.0).values


@pytest.mark.parametrize(
    ("own", "other", "told"),
    [
        ({}, {"at": (0.0, -0.5, 0.0, 0.0, 0.0, 0.1)}, "same way"),
        ({}, {"at": (0.2, -0.5, 0.0, 0.0, 0.0, 0.0)}, "0.2 m ahead"),
        ({}, {"at": (0.0,) * 6}, "same place"),
        ({}, {"on": "truck"}, "one body"),
        ({}, {"settings": {"focal": [90.0, 90.0]}}, "differ in focal"),
        ({"settings": {"distortion": Chosen("fisheye", {})}}, {}, "distortion"),
    ],
)
def test_what_makes_no_pair_is_told(mount, own, other, told):
    def camera(changed, y):
        settings = mount().settings | changed.get("settings", {})
        at = changed.get("at", (0.0, y, 0.0, 0.0, 0.0, 0.0))
        return Mounted(changed.get("on", "ego"), at, settings)

    assert told in STEREO.fault(camera(own, 0.0), camera(other, -0.5))
    assert STEREO.fault(camera({}, 0.0), camera({}, -0.5)) is None


def test_a_pair_that_an_episode_has_turned_apart_is_refused():
    with pytest.raises(RunError, match="same way"):
        baseline(rigid((0.0, -0.5, 0.0, 0.0, 0.0, 0.01)))
    assert baseline(rigid((0.0, 0.4, 0.0, 0.0, 0.0, 0.0))) == pytest.approx(0.4)

"""Rolling shutter: rows against frames of their own moments, and a pole that leans as its speed says."""

import cv2
import numpy as np
import pytest

from renderers.camera.rolling import RollingCamera, row_moments
from renderers.camera.sensor import Camera
from sim.geometry import pose_from_planar, quaternion_from_rpy
from sim.scene import Scene, Shape

READOUT, HEIGHT, WIDTH = 0.08, 48, 96
LABELS = ("depth", "instance", "semantic", "normals")


def pose(x, y, z=0.0, yaw=0.0):
    return (x, y, z, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))


@pytest.fixture
def crossing(record):
    """A box and a walker's-height post move across a road before a wall; the camera drives and turns."""
    scene = Scene(("road", "thing"))
    road = {"reference": ((120.0, -20.0, 0.0, 0.0, 0.0, 0.0),), "strips": ((-4.0, 4.0, "asphalt", 0.0),),
            "markings": ((0.0, 0.12, "solid", "white"),), "lanes": ((-4.0, 0.0), (0.0, 4.0))}  # fmt: skip
    scene.add("road", category="road", shape=Shape("road", (120.0, 8.0, 0.0), road), labelled=False)
    scene.add("wall", category="thing", shape=Shape("box", (0.4, 20.0, 3.0)), pose=pose(20.0, 0.0))
    scene.add("box", category="thing", shape=Shape("box", (1.0, 2.0, 1.5)), pose=pose(9.0, 0.0))
    scene.add("post", category="thing", shape=Shape("box", (0.3, 0.3, 2.2)), pose=pose(7.0, 0.0))
    scene.add("ego", category="thing", shape=Shape("box", (0.1, 0.1, 0.1)))
    times = np.array([0.0, 10.0])
    tracks = {
        "box": (times, np.array([pose(9.0, -60.0), pose(9.0, 60.0)])),
        "post": (times, np.array([pose(7.0, 40.0, 0.0, 0.2), pose(7.5, -40.0, 0.0, 0.9)])),
        "ego": (times, pose_from_planar(np.array([-30.0, 30.0]), np.array([0.4, -0.4]), np.array([0.6, -0.6]))),
    }
    return record(scene, tracks)


def setup_of(mount, **settings):
    size = {"resolution": [WIDTH, HEIGHT], "format": "png", "on": "ego", "at": (0, 0, 1.4, 0, 0.05, 0)}
    return mount(**{**size, **settings})


def png(stored):
    return cv2.imdecode(np.frombuffer(stored["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)


def mask_of(entry):
    """Where a body would be seen with nothing in front, (H, W)."""
    left, top = (max(int(value), 0) for value in entry["amodal_bbox"][:2])
    own, whole = png({"bytes": entry["amodal_mask"]}) > 0, np.zeros((HEIGHT, WIDTH), bool)
    whole[top : top + own.shape[0], left : left + own.shape[1]] = own
    return whole


def test_moments_of_rows_are_even_steps_about_the_frames():
    moments = row_moments(5.0, 0.1, 4, (0.0, 10.0))
    np.testing.assert_allclose(moments, [4.9625, 4.9875, 5.0125, 5.0375])
    assert row_moments(0.0, 0.1, 4, (0.0, 10.0)).min() == 0.0


def test_a_pole_that_moves_sideways_leans_as_its_speed_says(record, mount):
    """Its middle is seen at u = cx - fx (y0 + v t_row) / Z, in each row at the row's own moment."""
    speed, depth, width = 12.0, 8.0, 0.5
    scene = Scene(("thing",))
    scene.add("pole", category="thing", shape=Shape("box", (0.0625, width, 9.0)), pose=pose(depth, 0, -4.0))
    times = np.array([0.0, 10.0])
    track = np.array([pose(depth + 0.03125, y, -4.0) for y in (-5 * speed, 5 * speed)])
    camera = RollingCamera(
        record(scene, {"pole": (times, track)}),
        mount(at=(0, 0, 0, 0, 0, 0), readout=READOUT, resolution=[WIDTH, HEIGHT], focal=[80.0, 80.0]),
    )
    t = 5.0
    ids = camera.gbuffer(t).instance
    u = np.arange(WIDTH) + 0.5
    lean = []
    for v in range(HEIGHT):
        moment = t + READOUT * ((v + 0.5) / HEIGHT - 0.5)
        left, right = (
            WIDTH / 2 - 80.0 * (speed * (moment - 5.0) + side) / depth for side in (width / 2, -width / 2)
        )
        clear = np.minimum(np.abs(u - left), np.abs(u - right)) > 1e-6
        np.testing.assert_array_equal((ids[v] == 1)[clear], ((u > left) & (u < right))[clear])
        lean.append((left + right) / 2)
    assert abs(lean[0] - lean[-1]) > 9.0  # over the picture, in pixels
    (entry,) = camera.objects(t, camera.gbuffer(t))
    rows, columns = np.nonzero(ids == 1)
    assert entry["bbox"] == (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert entry["visibility"] == 1.0
    np.testing.assert_array_equal(
        png({"bytes": entry["amodal_mask"]}) > 0, ids[:, columns.min() : columns.max() + 1] == 1
    )


def test_each_row_is_that_of_a_frame_at_its_own_moment(crossing, mount):
    rolling = RollingCamera(crossing, setup_of(mount, readout=READOUT))
    at_once = Camera(crossing, setup_of(mount))
    t = 5.02
    values = rolling.sample(0, t).values
    found = rolling.gbuffer(t)
    masks = {entry["name"]: mask_of(entry) for entry in values["objects"]}
    moved = 0
    middle = at_once.gbuffer(t).instance.copy()
    for v, moment in enumerate(rolling.moments(t)):
        frame = at_once.gbuffer(float(moment))
        for name in LABELS:
            np.testing.assert_array_equal(
                getattr(found, name)[v], getattr(frame, name)[v], err_msg=f"{name} {v}"
            )
        for name in ("markings", "lanes"):
            expected = getattr(at_once._frames, name)()
            np.testing.assert_array_equal(png(values[name])[v], expected[v])
        moved += np.count_nonzero(frame.instance[v] != middle[v])
        for entry in at_once.objects(float(moment), frame):
            if entry["name"] in masks:
                np.testing.assert_array_equal(masks[entry["name"]][v], mask_of(entry)[v])
    assert moved > 30
    assert {"box", "post", "wall"} <= set(masks)
    assert not {"flow", "backward_flow", "next_frame"} & set(values)


def test_where_nothing_moves_a_rolling_shutter_changes_nothing(record, mount):
    scene = Scene(("thing",))
    scene.add("box", category="thing", shape=Shape("box", (1.0, 2.0, 1.5)), pose=pose(7.0, 0.3, 0.0, 0.4))
    scene.add("near", category="thing", shape=Shape("box", (1.0, 1.0, 1.2)), pose=pose(4.0, -2.4))
    labels = {}
    for readout in (0.0, READOUT):
        kind = RollingCamera if readout else Camera
        camera = kind(record(scene), mount(resolution=[WIDTH, HEIGHT], format="png", readout=readout))
        labels[readout] = camera.sample(0, 5.0).values
    still, rolled = labels[0.0], labels[READOUT]
    for name in ("depth", "instance", "semantic", "normals", "objects"):
        assert rolled[name] == still[name], name
    inner = np.s_[1:-1]  # the first and the last row have half of their edges' samples
    difference = np.abs(png(rolled["rgb"])[inner].astype(int) - png(still["rgb"])[inner])
    assert difference.max() <= 1


def test_a_key_point_is_where_the_row_that_sees_it_has_it(record, mount):
    """A corner at height h moves sideways: its row is fixed, and with it its moment and its column."""
    scene = Scene(("car",))
    car = Shape("vehicle", (4.4, 1.8, 1.5), {"style": "sedan", "seed": 2})
    scene.add("car", category="car", shape=car)
    times = np.array([0.0, 10.0])
    track = np.array([pose(14.0, -75.0), pose(14.0, 75.0)])
    camera = RollingCamera(record(scene, {"car": (times, track)}), setup_of(mount, on=None, readout=READOUT))
    (entry,) = camera.objects(5.0, camera.gbuffer(5.0))
    T, K = camera.view(5.0).T_world_camera, camera.model.K
    checked = 0
    for point in entry["keypoints"]:
        end, side, level = point["name"].split("_")
        place = np.array([14.0 + (2.2 if end == "front" else -2.2), 0.9 if side == "left" else -0.9,
                          1.5 if level == "top" else 0.0])  # fmt: skip
        row = (K @ (T[:3, :3].T @ (place - T[:3, 3])))[1] / (T[:3, 2] @ (place - T[:3, 3]))
        moment = READOUT * (row / HEIGHT - 0.5) * 15.0
        there = K @ (T[:3, :3].T @ (place + np.array([0.0, moment, 0.0]) - T[:3, 3]))
        assert (point["x"], point["y"]) == pytest.approx((there[0] / there[2], row), abs=1e-3)
        checked += 1
    assert checked == 8

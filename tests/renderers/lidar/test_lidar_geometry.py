"""Where a LiDAR's points lie: closed forms, bodies and sensors that move, labels, threads."""

import numpy as np
import pytest

from oddsmith.clouds import untwisted
from sim.errors import RunError
from sim.fields import Chosen
from sim.geometry import inverse, matrix_from_pose, pose_from_planar
from sim.scene import Light, Scene, Shape

STEP = 1 / 256
"""Of a stored range [m]; rounding errs by half of it."""


CLEAR = Light(visibility=1e9)
"""Haze of 20 km is seen by a sensor of a reach of 1000 m."""


def world(*bodies, light=CLEAR):
    """Return a scene of (name, shape, x, y, z)."""
    scene = Scene(("thing", "ground"), light)
    for name, shape, x, y, z in bodies:
        category = "ground" if shape.kind == "ground" else "thing"
        scene.add(
            name, category=category, shape=shape, pose=(x, y, z, 0, 0, 0, 1), labelled=category == "thing"
        )
    return scene


GROUND = ("ground", Shape("ground", (180.0, 180.0, 0.0)), 0.0, 0.0, 0.03)
"""At z = 0: terrain lies 3 cm below its body's origin."""
WALL = Shape("box", (1.0, 80.0, 20.0))


def test_a_plane_is_met_where_the_beams_reach_it(turn):
    frame, points = turn(world(GROUND))
    assert set(np.unique(points["ring"])) == {2, 3, 4}
    elevations = np.asarray(frame["elevations"])[points["ring"]]
    np.testing.assert_allclose(points["range"], -2.0 / np.sin(elevations), atol=0.51 * STEP)
    np.testing.assert_allclose(points["z"], -2.0, atol=0.01)
    assert len(points) == 3 * 360


def test_the_middle_of_a_turn_looks_ahead_and_it_turns_clockwise(turn):
    _, points = turn(world(GROUND))
    ring = points[points["ring"] == 4]
    angle = np.arctan2(ring["y"], ring["x"])
    assert np.all(np.diff(angle) < 0.0)
    np.testing.assert_allclose(ring["time"], -angle / (2 * np.pi) * 0.1, atol=1e-6)


def test_a_wall_lies_in_its_plane(turn):
    _, points = turn(world(("wall", WALL, 12.5, 0.0, 0.0)))
    assert len(points) > 300
    np.testing.assert_allclose(points["x"], 12.0, atol=STEP)
    assert np.all(points["instance"] == 1)
    assert np.all(points["semantic"] == 1)


def test_a_sphere_is_as_round_as_its_mesh(turn):
    shape = Shape("sphere", (4.0, 4.0, 4.0))
    _, points = turn(world(("ball", shape, 9.0, 2.0, 0.5)), columns=3600)
    radius = np.linalg.norm(np.stack([points["x"] - 9.0, points["y"] - 2.0, points["z"] - 0.5], 1), axis=1)
    assert len(points) > 300
    assert radius.max() < 2.0 + STEP
    assert radius.min() > 1.96


def test_a_body_that_passes_is_sheared_by_the_turn(turn):
    """A wall that comes nearer at 20 m/s is met, by each column, where it is at that column's moment."""
    times = np.array([0.0, 10.0])
    track = pose_from_planar(np.array([120.0, -80.0]), np.zeros(2), np.zeros(2))
    _, points = turn(world(("wall", WALL, 0.0, 0.0, 0.0)), tracks={"wall": (times, track)}, columns=720)
    assert np.ptp(points["time"]) > 0.03
    np.testing.assert_allclose(points["x"], 20.0 - 0.5 - 20.0 * points["time"], atol=2 * STEP)


def test_a_sensor_that_drives_and_turns_is_untwisted_by_its_path(turn):
    """With its own motion taken out, walls that stand still are straight again; before, they are not."""
    times = np.linspace(0.0, 10.0, 201)
    yaw = 0.4 * (times - 5.0)
    path = pose_from_planar(12.0 * (times - 5.0), 0.5 * (times - 5.0), yaw)
    scene = world(("wall", WALL, 30.0, 0.0, 0.0), ("car", Shape("box", (4.0, 2.0, 1.5)), 0.0, 0.0, 0.0))
    frame, points = turn(scene, tracks={"car": (times, path)}, on="car", columns=720)
    assert np.all(points["instance"] == 1)
    T = frame["T_world_lidar"]
    raw = np.stack([points[axis] for axis in "xyz"], 1) @ T[:3, :3].T + T[:3, 3]
    assert np.abs(raw[:, 0] - 29.5).max() > 0.2
    straight = untwisted(frame, points) @ T[:3, :3].T + T[:3, 3]
    np.testing.assert_allclose(straight[:, 0], 29.5, atol=0.01)


def test_the_carrier_is_met_only_if_asked_for(turn):
    scene = world(GROUND, ("car", Shape("box", (4.0, 2.0, 1.5)), 0.0, 0.0, 0.0))
    _, without = turn(scene, on="car")
    _, with_car = turn(scene, on="car", sees_carrier=True)
    assert 2 not in without["instance"]
    assert 2 in with_car["instance"]


def test_boxes_hold_the_points_of_their_bodies(turn):
    scene = world(
        GROUND,
        ("a", Shape("box", (2.0, 1.0, 3.0)), 8.0, 3.0, 0.0),
        ("b", Shape("box", (1.0, 4.0, 2.0)), -6.0, 0.0, 0.0),
    )
    frame, points = turn(scene, at=(1.0, 0.5, 1.7, 0.02, -0.03, 0.4))
    assert [entry["name"] for entry in frame["objects"]] == ["a", "b"]
    for entry in frame["objects"]:
        own = points[points["instance"] == entry["instance_id"]]
        assert entry["points"] == len(own) > 20
        box = entry["box3d"]
        T = inverse(matrix_from_pose(np.array([*box["center"], *box["rotation"]])))
        local = np.stack([own[axis] for axis in "xyz"], 1) @ T[:3, :3].T + T[:3, 3]
        assert np.all(np.abs(local) < np.array(box["size"]) / 2 + 2 * STEP)


def test_a_turn_is_the_same_for_any_number_of_threads(lidar):
    scene = world(GROUND, ("a", Shape("vehicle", (4.5, 1.8, 1.5)), 8.0, 3.0, 0.0), ("b", WALL, 40.0, 0.0, 0.0))
    settings = {"divergence": 0.003, "noise": 0.02, "echoes": "dual", "model": Chosen("hdl32", {})}
    one, two, three = (lidar(scene, threads=n, **settings).scan(0, 5.0) for n in (1, 2, 3))
    assert np.count_nonzero(one.range[32:]) > 0
    for other in (two, three):
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_turns_of_other_seeds_differ_in_noise_alone(lidar):
    first, second = (lidar(world(GROUND), seed=seed, noise=0.05).scan(0, 5.0) for seed in (1, 2))
    assert np.any(first.range != second.range)
    np.testing.assert_array_equal(first.semantic, second.semantic)


def test_a_sensor_inside_a_body_is_refused(lidar):
    scene = world(GROUND, ("house", Shape("box", (20.0, 20.0, 8.0)), 0.0, 0.0, 0.0))
    with pytest.raises(RunError, match=r"sensors\.top: the lidar stands inside 'house'"):
        lidar(scene).scan(0, 5.0)


def test_a_sensor_without_beams_is_refused(lidar):
    with pytest.raises(RunError, match="at least one beam"):
        lidar(world(GROUND), model=Chosen("elevations", ()))


@pytest.mark.parametrize(
    ("model", "beams", "top", "bottom"),
    [
        ("vlp16", 16, 15.0, -15.0),
        ("vlp32", 32, 15.0, -25.0),
        ("hdl32", 32, 10.67, -30.67),
        ("hdl64", 64, 2.0, -24.33),
        ("os1_128", 128, 22.5, -22.5),
    ],
)
def test_models_have_the_beams_of_their_data_sheets(turn, model, beams, top, bottom):
    frame, _ = turn(world(GROUND), model=Chosen(model, {}), columns=16)
    elevations = np.degrees(frame["elevations"])
    assert len(elevations) == beams
    assert np.all(np.diff(elevations) < 0.0)
    assert elevations[[0, -1]] == pytest.approx([top, bottom], abs=0.01)

"""Recordings: bodies keep the ids they were born with and are found where tracks put them."""

import numpy as np
import pytest

from sim.geometry import matrix_from_pose, pose_from_planar
from sim.noise import Draw
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Scene, Shape

BOX = Shape("box", (1.0, 1.0, 1.0))


def scene():
    built = Scene(("car", "road"))
    built.add("road", category="road", shape=BOX, labelled=False)
    built.add("ego", category="car", shape=BOX)
    return built


def recording():
    times = np.array([0.0, 1.0, 3.0])
    poses = pose_from_planar(np.array([0.0, 10.0, 30.0]), np.zeros(3), np.zeros(3))[:, None]
    speed = Channel("ego", "speed", "m/s", times, np.array([10.0, 10.0, 0.0]))
    outcome = Outcome({"crash": 0.5}, {"crash": 1.0}, {"crash": 1.0}, {})
    return Recording(
        scene(), (PoseTrack(("ego",), times, poses),), (speed,), {}, (), outcome, Draw(1, ()), {}, (0.0, 3.0)
    )


def test_ids_are_given_at_birth_from_one():
    built = scene()
    assert [body.instance_id for body in built] == [1, 2]
    assert built.category_id("car") == 1
    assert built.add("late", category="car", shape=BOX).instance_id == 3
    assert built["ego"].instance_id == 2


def test_a_name_is_used_once_and_a_category_must_be_declared():
    built = scene()
    with pytest.raises(ValueError, match="already there"):
        built.add("ego", category="car", shape=BOX)
    with pytest.raises(ValueError, match="not a category"):
        built.add("cow", category="animal", shape=BOX)


def test_a_scene_is_furnished_once_and_only_for_who_looks():
    calls = []

    def furnish(scene):
        calls.append(scene)
        scene.add("a", category="car", shape=Shape("box", (1, 1, 1)))

    built = Scene(("car",), furnish=furnish)
    assert (built.categories, calls) == (("car",), [])
    assert built.add("b", category="car", shape=Shape("box", (1, 1, 1))).instance_id == 2
    assert [body.name for body in built] == ["a", "b"]
    assert ("a" in built, len(built), calls) == (True, 2, [built])


@pytest.mark.parametrize(("t", "x"), [(-1.0, 0.0), (0.5, 5.0), (2.0, 20.0), (9.0, 30.0)])
def test_a_tracked_body_is_interpolated_and_held_outside(t, x):
    made = recording()
    assert made.pose_at("ego", t)[0] == pytest.approx(x)
    assert made.poses_at(t)["ego"][0] == pytest.approx(x)
    assert made.poses_at(t)["road"].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_channels_are_read_between_samples():
    made = recording()
    channel = made.channel("ego", "speed")
    assert channel is not None
    assert channel.at(2.0) == pytest.approx(5.0)
    assert made.channel("ego", "gait") is None


def test_an_event_occurs_where_its_score_is_not_negative():
    assert recording().outcome.occurred("crash")
    assert not Outcome({"crash": -1e-300}, {}, {}, {}).occurred("crash")


def test_many_poses_are_the_single_ones():
    rng = np.random.default_rng(3)
    times = np.array([0.0, 0.5, 0.7, 2.0])
    poses = rng.normal(size=(4, 2, 7))
    poses[..., 3:] /= np.linalg.norm(poses[..., 3:], axis=-1, keepdims=True)
    scene = Scene(("car",))
    for name in ("a", "b", "still"):
        scene.add(name, category="car", shape=Shape("box", (4.0, 2.0, 1.5)))
    track = PoseTrack(("a", "b"), times, poses)
    recording = Recording(scene, (track,), (), {}, (), Outcome({}, {}, {}, {}), Draw(1, ()), {}, (0.0, 2.0))
    wanted = np.concatenate([np.linspace(-1.0, 3.0, 57), times])
    for body in ("a", "b", "still"):
        single = np.array([recording.pose_at(body, t) for t in wanted])
        found = matrix_from_pose(recording.path_of(body, wanted))
        np.testing.assert_allclose(found, matrix_from_pose(single), atol=1e-14)

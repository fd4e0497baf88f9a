"""Claims about parts that move: wheels that roll and steer, legs that walk."""

import numpy as np
import pytest

from renderers.assets import mesh_for, pose_parts
from renderers.assets.gait import LIMBS
from renderers.assets.materials import Column, Lamp
from sim.scene import Shape

CAR = Shape("vehicle", (4.5, 1.82, 1.45), {"style": "sedan", "seed": 3})
WALKER = Shape("person", (0.75, 0.5, 1.8), {"age": "adult", "seed": 4})
NARROW = Shape("person", (0.4, 0.5, 1.8), {"age": "adult", "seed": 4})


def posed(shape, **channels):
    mesh = mesh_for(shape)
    T = pose_parts(shape, channels)[mesh.part]
    return mesh, np.einsum("vij,vj->vi", T[:, :3, :3], mesh.vertices.astype(float)) + T[:, :3, 3]


def part(mesh, points, name):
    return points[mesh.part == mesh.parts.index(name)]


@pytest.mark.parametrize("shape", [CAR, Shape("vehicle", (8.5, 2.5, 3.5), {"style": "truck", "seed": 1})])
def test_at_rest_every_part_of_a_vehicle_is_in_place(shape):
    T = pose_parts(shape, {})
    np.testing.assert_allclose(T, np.broadcast_to(np.eye(4), T.shape), atol=1e-12)
    assert len(T) == mesh_for(shape).n_parts


def test_wheels_roll_forward_about_their_own_centre():
    mesh, before = posed(CAR)
    _, after = posed(CAR, wheel_angle=np.pi / 2)
    for name in ("wheel_0", "wheel_1", "wheel_2", "wheel_3"):
        was, now = part(mesh, before, name), part(mesh, after, name)
        centre = (was.min(axis=0) + was.max(axis=0)) / 2
        top = was[np.argmax(was[:, 2])] - centre
        moved = now[np.argmax(was[:, 2])] - centre
        assert moved[0] == pytest.approx(top[2], abs=2e-3)  # what was on top is in front after a quarter turn
        assert moved[2] == pytest.approx(-top[0], abs=2e-3)
    assert np.array_equal(part(mesh, before, "body"), part(mesh, after, "body"))


def test_a_turning_wheel_keeps_its_tyre_on_the_ground():
    for angle in np.linspace(0.0, 2.0, 9):
        mesh, points = posed(CAR, wheel_angle=float(angle))
        lowest = part(mesh, points, "wheel_0")[:, 2].min()
        assert -0.002 < lowest < 0.008  # sixteen corners: at most r (1 - cos(pi / 16)) above


def test_only_the_front_wheels_steer_and_to_the_left():
    T = pose_parts(CAR, {"steer_angle": 0.3})
    headings = np.arctan2(T[1:, 1, 0], T[1:, 0, 0])
    centres = [part(*posed(CAR), f"wheel_{k}").mean(axis=0)[0] for k in range(4)]
    np.testing.assert_allclose(headings, np.where(np.array(centres) > 0, 0.3, 0.0), atol=1e-12)


def test_wheels_stand_two_by_two_on_both_sides():
    mesh, points = posed(CAR)
    middles = np.array([part(mesh, points, f"wheel_{k}").mean(axis=0) for k in range(4)])
    np.testing.assert_allclose(middles[::2, 1], -middles[1::2, 1], atol=1e-3)
    np.testing.assert_allclose(middles[::2, 0], middles[1::2, 0], atol=1e-3)
    assert 2.3 < middles[0, 0] - middles[2, 0] < 3.1  # a wheelbase


@pytest.mark.parametrize("style", ["hatchback", "sedan", "suv", "van", "truck", "bus"])
def test_vehicles_have_lamps_where_drivers_look_for_them(style):
    size = {"truck": (8.5, 2.5, 3.5), "bus": (12.0, 2.55, 3.1), "van": (5.9, 2.0, 2.5)}.get(
        style, (4.5, 1.8, 1.5)
    )
    mesh = mesh_for(Shape("vehicle", size, {"style": style, "seed": 2}))
    lamp_of_face = mesh.materials[mesh.material, Column.LAMP]
    middle = mesh.vertices[mesh.faces].mean(axis=1)
    assert middle[lamp_of_face == Lamp.HEAD_LIGHTS][:, 0].min() > 0.2 * size[0]
    assert middle[lamp_of_face == Lamp.BRAKE_LIGHTS][:, 0].max() < -0.15 * size[0]
    assert middle[lamp_of_face == Lamp.INDICATOR_LEFT][:, 1].min() > 0.3
    assert middle[lamp_of_face == Lamp.INDICATOR_RIGHT][:, 1].max() < -0.3


def test_the_rest_pose_of_a_walker_is_the_widest_stride():
    T = pose_parts(WALKER, {"gait_phase": 0.0, "speed": 1.4})
    np.testing.assert_allclose(T, np.broadcast_to(np.eye(4), T.shape), atol=1e-9)
    assert mesh_for(WALKER).parts == LIMBS


def test_a_walker_stays_within_its_box_and_on_the_ground():
    half = np.array([0.375, 0.25])
    for phase in np.linspace(0.0, 2 * np.pi, 17):
        _, points = posed(WALKER, gait_phase=float(phase), speed=1.4)
        assert (np.abs(points[:, :2]).max(axis=0) < half + 0.012).all()
        assert points[:, 2].max() < 1.8 + 0.002
        assert -0.012 < points[:, 2].min() < 0.012  # one sole at least is down


def test_opposite_legs_are_half_a_cycle_apart():
    for phase in (0.0, 1.1, 2.5, 4.4):
        mesh, now = posed(WALKER, gait_phase=phase, speed=1.4)
        _, later = posed(WALKER, gait_phase=phase + np.pi, speed=1.4)
        for limb in ("foot", "shin", "thigh", "forearm"):
            left, right = part(mesh, now, f"{limb}_left"), part(mesh, later, f"{limb}_right")
            order = [np.lexsort(np.round(p[:, [0, 2]], 4).T) for p in (left, right)]
            np.testing.assert_allclose(
                left[order[0]][:, [0, 2]].mean(0), right[order[1]][:, [0, 2]].mean(0), atol=3e-3
            )


def test_arms_swing_against_the_legs():
    mesh, points = posed(WALKER, gait_phase=0.0, speed=1.4)
    x = {name: part(mesh, points, name)[:, 0].mean() for name in mesh.parts}
    assert x["foot_left"] > 0.1 > -0.1 > x["foot_right"]
    assert x["forearm_left"] < -0.05 < 0.05 < x["forearm_right"]


def test_bones_keep_their_length():
    mesh, rest = posed(WALKER, gait_phase=0.0, speed=1.4)
    for phase in (0.7, 2.0, 5.0):
        _, now = posed(WALKER, gait_phase=phase, speed=1.4)
        for name in mesh.parts:
            a, b = part(mesh, rest, name), part(mesh, now, name)
            np.testing.assert_allclose(
                np.linalg.norm(a - a[0], axis=1), np.linalg.norm(b - b[0], axis=1), atol=2e-3
            )


def test_a_foot_on_the_ground_moves_back_as_fast_as_the_body_goes_on():
    """In mid-stance the sole does not slide: it moves evenly against the walker's way."""
    xs = []
    for phase in np.linspace(0.1, 0.35, 6) * 2 * np.pi:
        mesh, points = posed(WALKER, gait_phase=float(phase), speed=1.4)
        xs.append(part(mesh, points, "foot_left")[:, 0].mean())
    steps = np.diff(xs)
    assert (steps < 0).all()
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.15)


def test_someone_who_stands_has_both_feet_side_by_side():
    mesh, points = posed(WALKER, gait_phase=1.0, speed=0.0)
    left, right = (part(mesh, points, f"foot_{side}")[:, 0].mean() for side in ("left", "right"))
    assert left == pytest.approx(right, abs=1e-3)
    assert np.array_equal(posed(WALKER, gait_phase=2.0)[1], posed(WALKER, gait_phase=5.0)[1])


def test_a_box_too_short_for_a_stride_still_gives_a_walk():
    spread = []
    for phase in np.linspace(0.0, 2 * np.pi, 9):
        mesh, points = posed(NARROW, gait_phase=float(phase), speed=1.4)
        left, right = (part(mesh, points, f"foot_{side}")[:, 0].mean() for side in ("left", "right"))
        spread.append(abs(left - right))
    assert max(spread) > 0.3

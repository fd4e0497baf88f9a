"""Claims about two-wheelers with riders, animals and debris: their size, and that what holds on keeps hold."""

import numpy as np
import pytest

from renderers.assets import mesh_for, pose_parts
from renderers.assets.cycles import CYCLES
from renderers.assets.gait import LIMBS
from sim.scene import Shape

SIZES = {"bicycle": (1.80, 0.60, 1.80), "e_scooter": (1.20, 0.52, 1.95), "motorcycle": (2.08, 0.80, 1.62)}
DEER = Shape("animal", (1.75, 0.46, 1.60), {"style": "deer", "seed": 4})
PALLET = Shape("pallet", (1.2, 0.8, 0.144), {"seed": 1})
TYRE = Shape("tyre", (0.632, 0.632, 0.205), {})


def cycle(style, seed=3):
    return Shape("two_wheeler", SIZES[style], {"style": style, "seed": seed})


def posed(shape, **channels):
    mesh = mesh_for(shape)
    T = pose_parts(shape, channels)[mesh.part]
    return mesh, np.einsum("vij,vj->vi", T[:, :3, :3], mesh.vertices.astype(float)) + T[:, :3, 3]


def part(mesh, points, name):
    return points[mesh.part == mesh.parts.index(name)]


ALL = [*(cycle(style, seed) for style in SIZES for seed in (0, 3)), DEER, PALLET, TYRE]


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: f"{shape.kind} {dict(shape.details)}")
def test_each_fills_its_size_and_rests_in_place(shape):
    mesh, points = posed(shape)
    low, high = points.min(axis=0), points.max(axis=0)
    np.testing.assert_allclose(high - low, shape.size, atol=1e-4)
    np.testing.assert_allclose([*(low + high)[:2], low[2]], 0.0, atol=1e-4)
    T = pose_parts(shape, {})
    assert len(T) == mesh.n_parts
    np.testing.assert_allclose(T, np.broadcast_to(np.eye(4), T.shape), atol=1e-9)


@pytest.mark.parametrize("style", SIZES)
def test_a_rider_is_drawn_at_nearly_its_own_measures(style):
    # the forms are made in metres; what stretches them to the size must not show
    mesh, points = posed(cycle(style))
    for name in ("wheel_0", "wheel_1"):
        extent = np.ptp(part(mesh, points, name), axis=0)
        assert extent[0] == pytest.approx(extent[2], rel=0.04)
        assert extent[2] == pytest.approx(2.0 * CYCLES[style].radius, rel=0.03)


@pytest.mark.parametrize("style", SIZES)
def test_wheels_keep_to_the_ground_as_they_roll(style):
    for angle in np.linspace(0.0, 6.0, 7):
        mesh, points = posed(cycle(style), wheel_angle=float(angle))
        for name in ("wheel_0", "wheel_1"):
            assert abs(part(mesh, points, name)[:, 2].min()) < 0.01


@pytest.mark.parametrize("style", SIZES)
def test_hands_stay_on_the_bar_when_it_turns(style):
    mesh = mesh_for(cycle(style))
    for side in ("left", "right"):
        hand = mesh.vertices[mesh.part == mesh.parts.index(f"rider_forearm_{side}")].astype(float)
        grip = hand[np.argmax(hand[:, 0])]
        straight, turned = (pose_parts(cycle(style), {"steer_angle": a}) for a in (0.0, 0.25))
        k, bar = mesh.parts.index(f"rider_forearm_{side}"), mesh.parts.index("bar")
        point = np.append(grip, 1.0)
        carried = turned[bar] @ np.linalg.inv(straight[bar]) @ straight[k] @ point
        # a hand also turns with its forearm, so its tip moves by a little on the grip
        assert np.linalg.norm((turned[k] @ point - carried)[:3]) < 0.05


def test_feet_go_round_with_the_pedals():
    mesh = mesh_for(cycle("bicycle"))
    at = mesh.parts.index("rider_foot_left")
    foot = np.append(mesh.vertices[mesh.part == at].astype(float).mean(axis=0), 1.0)
    angles = np.linspace(0.0, 2.0 * np.pi, 13)
    places = np.array([pose_parts(cycle("bicycle"), {"crank_angle": a})[at] @ foot for a in angles])[:, :3]
    middle = (places.max(axis=0) + places.min(axis=0)) / 2
    radii = np.hypot(*(places - middle)[:, [0, 2]].T)
    np.testing.assert_allclose(radii, CYCLES["bicycle"].crank, rtol=0.06)
    # a quarter turn forward takes the left pedal from ahead to below
    assert places[3, 2] < places[0, 2] - 0.1
    np.testing.assert_allclose(places[0], places[-1], atol=1e-9)


def test_knees_bend_forward_and_limbs_keep_their_length():
    T = pose_parts(cycle("motorcycle"), {})
    assert len(T) == 4 + len(LIMBS)
    for style in SIZES:
        mesh, points = posed(cycle(style))
        thigh, shin = part(mesh, points, "rider_thigh_left"), part(mesh, points, "rider_shin_left")
        assert thigh[:, 0].max() > shin[np.argmin(shin[:, 2]), 0] - 0.05


def test_a_deer_lifts_its_hooves_in_pairs_and_stays_near_the_ground():
    def hooves(phase):
        mesh, points = posed(DEER, gait_phase=phase, speed=5.0)
        names = ("fore_left", "fore_right", "hind_left", "hind_right")
        return {name: part(mesh, points, f"{name}_low")[:, 2].min() for name in names}

    for phase in np.linspace(0.0, 2.0 * np.pi, 9):
        assert -0.03 < min(hooves(float(phase)).values()) < 0.16
    lowest = hooves(1.5 * np.pi)
    assert min(lowest["fore_left"], lowest["hind_right"]) > max(lowest["fore_right"], lowest["hind_left"])


@pytest.mark.parametrize("kind", ["two_wheeler", "animal"])
def test_an_unknown_style_is_named(kind):
    with pytest.raises(ValueError, match="of style 'camel'"):
        mesh_for(Shape(kind, (1.0, 1.0, 1.0), {"style": "camel"}))

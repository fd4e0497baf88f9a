"""Key points against the posed mesh itself: where joints are, and what lies before them."""

import numpy as np
import pytest

from renderers.assets import mesh_for, pose_parts
from renderers.assets.key_points import key_points
from renderers.camera.sensor import Camera
from sim.geometry import matrix_from_pose, quaternion_from_rpy
from sim.recording import Channel
from sim.scene import Scene, Shape

ADULT = Shape("person", (0.8, 0.55, 1.78), {"age": "adult", "seed": 4})
CHILD = Shape("person", (0.55, 0.4, 1.15), {"age": "child", "seed": 9})
CAR = Shape("vehicle", (4.4, 1.8, 1.5), {"style": "sedan", "seed": 2})
BICYCLE = Shape("two_wheeler", (1.8, 0.6, 1.8), {"style": "bicycle", "seed": 3})
SCOOTER = Shape("two_wheeler", (1.2, 0.52, 1.95), {"style": "e_scooter", "seed": 5})
MOTORCYCLE = Shape("two_wheeler", (2.08, 0.8, 1.62), {"style": "motorcycle", "seed": 6})
PAIRS = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
COCO = ["nose", *(f"{side}_{name}" for name in PAIRS for side in ("left", "right"))]
LIMBS = {
    "nose": "head", "eye": "head", "ear": "head", "shoulder": "body", "elbow": "forearm", "wrist": "forearm",
    "hip": "body", "knee": "shin", "ankle": "foot",
}  # fmt: skip


def posed(shape, channels):
    """Mesh, and its (V, 3) vertices in the body frame in some state."""
    mesh = mesh_for(shape)
    T = pose_parts(shape, channels)[mesh.part]
    return mesh, np.einsum("vij,vj->vi", T[:, :3, :3], mesh.vertices) + T[:, :3, 3]


@pytest.mark.parametrize("shape", [ADULT, CHILD], ids=["adult", "child"])
@pytest.mark.parametrize("phase", [0.0, 1.1, 2.6, 4.4])
@pytest.mark.parametrize("speed", [0.0, 1.4])
def test_joints_move_with_the_limbs_they_join(shape, phase, speed):
    channels = {"gait_phase": phase, "speed": speed}
    points = key_points(shape, channels)
    assert list(points.names) == COCO
    mesh, vertices = posed(shape, channels)
    for name, place, depth in zip(points.names, points.places, points.depths, strict=True):
        side, _, joint = name.rpartition("_")
        limb = LIMBS[joint] if LIMBS[joint] in ("body", "head") else f"{LIMBS[joint]}_{side}"
        own = vertices[mesh.part == mesh.parts.index(limb)]
        # The limb's surface surrounds the joint: near it, and on no side alone unless it is of the face.
        assert np.linalg.norm(own - place, axis=1).min() < depth + 0.02, name
        low, high = own.min(axis=0) - 0.02, own.max(axis=0) + 0.02
        assert ((place >= low) & (place <= high)).all(), name


@pytest.mark.parametrize("shape", [BICYCLE, SCOOTER, MOTORCYCLE], ids=["bicycle", "e_scooter", "motorcycle"])
@pytest.mark.parametrize("channels", [{}, {"crank_angle": 1.2, "steer_angle": 0.4}, {"crank_angle": 4.0}])
def test_joints_of_riders_lie_in_the_limbs_they_join(shape, channels):
    points = key_points(shape, channels)
    assert list(points.names) == COCO
    mesh, vertices = posed(shape, channels)
    for name, place, depth in zip(points.names, points.places, points.depths, strict=True):
        side, _, joint = name.rpartition("_")
        limb = LIMBS[joint] if LIMBS[joint] in ("body", "head") else f"{LIMBS[joint]}_{side}"
        own = vertices[mesh.part == mesh.parts.index(f"rider_{limb}")]
        assert np.linalg.norm(own - place, axis=1).min() < depth + 0.02, name
        low, high = own.min(axis=0) - 0.03, own.max(axis=0) + 0.03
        assert ((place >= low) & (place <= high)).all(), name
    places = dict(zip(points.names, points.places, strict=True))
    thigh, shin = (
        [np.linalg.norm(places[f"{side}_{a}"] - places[f"{side}_{b}"]) for side in ("left", "right")]
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    assert np.ptp(thigh) < 0.02  # bones keep their length while the feet go round
    assert np.ptp(shin) < 0.02


def test_feet_of_a_cyclist_go_round_half_a_turn_apart():
    angles = np.linspace(0.0, 2 * np.pi, 24, endpoint=False)
    ankles = np.array(
        [
            [dict(zip(p.names, p.places, strict=True))[f"{side}_ankle"] for side in ("left", "right")]
            for p in (key_points(BICYCLE, {"crank_angle": angle}) for angle in angles)
        ]
    )
    away = ankles - ankles.mean(axis=0)
    np.testing.assert_allclose(away[:, 0, ::2], -away[:, 1, ::2], atol=0.02)
    turned = np.unwrap(np.arctan2(-away[:, 0, 2], away[:, 0, 0]))
    np.testing.assert_allclose(turned - turned[0], angles, atol=0.15)


def test_left_is_the_persons_own():
    points = key_points(ADULT, {})
    y = dict(zip(points.names, points.places[:, 1], strict=True))
    assert all(y[name] > 0 > y[name.replace("left", "right")] for name in COCO if name.startswith("left"))


def first_hit(eye, point, corners):
    """How far along the way from the eye to a point the first triangle is met, 1 at the point; inf for none."""
    direction = point - eye
    a, e1, e2 = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = np.cross(direction, e2)
    determinant = np.einsum("ij,ij->i", p, e1)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = np.einsum("ij,ij->i", p, eye - a) / determinant
        q = np.cross(eye - a, e1)
        v = q @ direction / determinant
        t = np.einsum("ij,ij->i", q, e2) / determinant
    met = t[(u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-6)]
    return met.min(initial=np.inf)


@pytest.mark.parametrize("yaw", [0.0, 0.7, 1.6, 2.5, np.pi, -1.2])
@pytest.mark.parametrize("shape", [ADULT, CAR, BICYCLE], ids=["person", "car", "cyclist"])
def test_points_are_visible_where_nothing_but_their_own_flesh_lies_before_them(record, mount, shape, yaw):
    """A post hides some of the body; rays to each point are intersected with every triangle here."""
    scene = Scene(("thing",))
    where = (6.0, 0.1, 0.0, *(float(c) for c in quaternion_from_rpy(0.0, 0.0, yaw)))
    scene.add("body", category="thing", shape=shape, pose=where)
    post = Shape("box", (0.1, 0.25, 1.2))
    scene.add("post", category="thing", shape=post, pose=(3.5, 0.0, 0.0, 0, 0, 0, 1))
    state = {"gait_phase": 0.9, "speed": 1.3}
    times = np.array([0.0, 10.0])
    channels = tuple(Channel("body", name, "", times, np.full(2, value)) for name, value in state.items())
    camera = Camera(
        record(scene, channels=channels), mount(at=(0, 0, 1.3, 0, 0, 0), fov=0.75, resolution=[640, 480])
    )
    found = {item["name"]: item for item in camera.objects(0.0, camera.gbuffer(0.0))}["body"]["keypoints"]
    T_camera_world = np.linalg.inv(camera.view(0.0).T_world_camera)
    triangles = []
    for form, pose in ((shape, where), (post, scene["post"].pose)):
        mesh, vertices = posed(form, state if form is shape else {})
        T = T_camera_world @ matrix_from_pose(np.array(pose))
        triangles.append((vertices @ T[:3, :3].T + T[:3, 3])[mesh.faces])
    corners = np.concatenate(triangles)
    corners = corners[
        np.einsum(
            "ij,ij->i", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), corners[:, 0]
        )
        < 0
    ]
    points = key_points(shape, state)
    T = T_camera_world @ matrix_from_pose(np.array(where))
    wrong = 0
    for entry, place, depth in zip(found, points.places @ T[:3, :3].T + T[:3, 3], points.depths, strict=True):
        u, v, w = camera.model.K @ place
        if not (0 <= u / w < 640 and 0 <= v / w < 480):
            assert entry["visibility"] == 0
            continue
        assert (entry["x"], entry["y"]) == pytest.approx((u / w, v / w), abs=1e-4)
        before = first_hit(np.zeros(3), place, corners) * place[2]
        wrong += entry["visibility"] != (2 if before >= place[2] - depth else 1)
    # The label looks at the pixel's centre, this ray at the point itself: tubes and spokes are thinner.
    assert wrong <= (2 if shape is BICYCLE else 1)
    assert {entry["visibility"] for entry in found} >= {1, 2}


def test_other_bodies_have_none():
    assert key_points(Shape("box", (1.0, 1.0, 1.0)), {}) is None


def test_corners_of_a_vehicle_are_those_of_its_box():
    points = key_points(CAR, {"steer_angle": 0.3})
    places = dict(zip(points.names, points.places, strict=True))
    np.testing.assert_allclose(places["front_left_bottom"], [2.2, 0.9, 0.0])
    np.testing.assert_allclose(places["rear_right_top"], [-2.2, -0.9, 1.5])
    assert len(places) == 8

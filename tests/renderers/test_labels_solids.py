"""Labels of solids against rays traced here, in NumPy, without any of the renderer's code."""

import numpy as np
import pytest

import renderers.camera.forms as forms_module
from oddsmith.decoding import decode
from renderers.assets.mesh import Mesh
from sim.geometry import matrix_from_pose, quaternion_from_rpy
from sim.scene import Scene, Shape

W, H = 160, 120
FOCAL = 0.5 * W / np.tan(np.radians(35.0))
EYE = np.array([0.0, 0.0, 1.5])

PLAIN = np.array([[0.5, 0.5, 0.5, 0.9, 0, 0, 0, 0, 0, 0]], np.float32)


def rays():
    """World directions with unit component along the optical axis, (H, W, 3); the camera looks along x."""
    u, v = np.meshgrid(np.arange(W) + 0.5, np.arange(H) + 0.5)
    x, y = (u - W / 2) / FOCAL, (v - H / 2) / FOCAL
    return np.stack([np.ones_like(x), -x, -y], axis=-1)


def in_camera(vectors):
    """World to camera axes: right is -y, down is -z, forward is x."""
    return np.stack([-vectors[..., 1], -vectors[..., 2], vectors[..., 0]], axis=-1)


def trace_box(T_world_body, size):
    """Slab test in the body's frame: depth (inf where missed) and world normal."""
    inverse = np.linalg.inv(T_world_body)
    origin = inverse[:3, :3] @ EYE + inverse[:3, 3]
    direction = rays() @ inverse[:3, :3].T
    low = np.array([-size[0] / 2, -size[1] / 2, 0.0])
    high = np.array([size[0] / 2, size[1] / 2, size[2]])
    with np.errstate(divide="ignore"):
        t0, t1 = (low - origin) / direction, (high - origin) / direction
    enter, leave = np.minimum(t0, t1), np.maximum(t0, t1)
    near = enter.max(axis=-1)
    hit = (near <= leave.min(axis=-1)) & (near > 0)
    axis = enter.argmax(axis=-1)
    normal = np.zeros((H, W, 3))
    np.put_along_axis(normal, axis[..., None], -np.sign(np.take_along_axis(direction, axis[..., None], -1)), -1)
    return np.where(hit, near, np.inf), normal @ T_world_body[:3, :3].T


def trace_sphere(centre, radius):
    direction = rays()
    to = EYE - centre
    a = (direction**2).sum(-1)
    b = direction @ to
    c = to @ to - radius**2
    root = b * b - a * c
    depth = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    normal = (to + np.where(np.isfinite(depth), depth, 0.0)[..., None] * direction) / radius
    return depth, normal, root


def pose(x, y, z, yaw=0.0, pitch=0.0, roll=0.0):
    return (x, y, z, *(float(c) for c in quaternion_from_rpy(roll, pitch, yaw)))


def sphere_mesh(radius, rings=300):
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1), indexing="ij"
    )
    normals = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1)
    ids = np.arange(normals[..., 0].size).reshape(polar.shape)
    a, b, c, d = ids[:-1, :-1].ravel(), ids[1:, :-1].ravel(), ids[1:, 1:].ravel(), ids[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    flat = normals.reshape(-1, 3).astype(np.float32)
    points = flat * np.float32(radius) + np.float32([0, 0, radius])
    return Mesh(
        points, flat, faces.astype(np.int32), np.zeros(len(faces), np.int32), np.zeros(len(flat), np.int32),
        points, PLAIN, np.zeros(0, np.float32),
    )  # fmt: skip


BOXES = [
    ((4.0, 1.8, 1.5), pose(9.0, -2.0, 0.0, yaw=0.4)),
    ((1.0, 1.0, 2.0), pose(6.0, 1.3, 0.0, yaw=-0.9)),
    ((3.0, 3.0, 3.0), pose(14.0, 3.0, 0.2, yaw=0.2, pitch=0.3, roll=-0.2)),
    ((0.2, 8.0, 1.0), pose(18.0, -1.0, 0.0)),
]


@pytest.fixture(scope="module")
def traced():
    """Nearest box of every pixel (0 for none), its depth and its normal."""
    depths, normals = zip(*(trace_box(matrix_from_pose(np.array(p)), s) for s, p in BOXES), strict=True)
    nearest = np.argmin(depths, axis=0)
    depth = np.min(depths, axis=0)
    normal = np.take_along_axis(np.array(normals), nearest[None, ..., None], 0)[0]
    is_hit = np.isfinite(depth)
    return np.where(is_hit, nearest + 1, 0), np.where(is_hit, depth, 0.0), normal * is_hit[..., None]


@pytest.fixture
def scene():
    scene = Scene(("thing", "other"))
    for i, (size, where) in enumerate(BOXES):
        scene.add(f"box_{i}", category="other" if i == 2 else "thing", shape=Shape("box", size), pose=where)
    return scene


@pytest.fixture
def boxes(look, scene):
    return look(scene)


def test_boxes_have_the_masks_of_traced_rays(boxes, traced):
    out = boxes.gbuffer(0.0)
    np.testing.assert_array_equal(out.instance, traced[0])
    np.testing.assert_array_equal(out.semantic, np.where(traced[0] == 3, 2, traced[0] > 0))


def test_boxes_have_the_depth_of_traced_rays(boxes, traced):
    # float32 holds 20 m to about 1e-6.
    np.testing.assert_allclose(boxes.gbuffer(0.0).depth, traced[1], atol=4e-6)


def test_stored_depth_of_32_bits_is_that_of_traced_rays_to_float_precision(look, scene, traced):
    found = decode("depth", look(scene, depth="float32").sample(0, 0.0).values["depth"])
    np.testing.assert_array_equal(np.isnan(found), traced[1] == 0.0)
    seen = traced[1] > 0.0
    np.testing.assert_allclose(found[seen], traced[1][seen], rtol=np.finfo(np.float32).eps)


def test_boxes_have_the_normals_of_traced_rays(boxes, traced):
    np.testing.assert_allclose(boxes.gbuffer(0.0).normals, in_camera(traced[2]), atol=2e-6)


def test_boxes_have_the_tight_boxes_of_traced_rays(boxes, traced):
    found = {item["instance_id"]: item for item in boxes.objects(0.0, boxes.gbuffer(0.0))}
    for i in range(1, len(BOXES) + 1):
        v, u = np.nonzero(traced[0] == i)
        expected = (u.min(), v.min(), u.max() - u.min() + 1, v.max() - v.min() + 1)
        assert found[i]["bbox"] == expected
        assert found[i]["pixels"] == len(u)


def test_boxes_have_the_amodal_boxes_and_visibility_of_rays_traced_alone(boxes, traced):
    found = {item["instance_id"]: item for item in boxes.objects(0.0, boxes.gbuffer(0.0))}
    for i, (size, where) in enumerate(BOXES, start=1):
        alone = np.isfinite(trace_box(matrix_from_pose(np.array(where)), size)[0])
        v, u = np.nonzero(alone)
        assert found[i]["visibility"] == np.count_nonzero(traced[0] == i) / np.count_nonzero(alone)
        if found[i]["truncation"] == 0.0:
            assert found[i]["amodal_bbox"] == (
                u.min(), v.min(), u.max() - u.min() + 1, v.max() - v.min() + 1
            )  # fmt: skip


@pytest.fixture
def sphere(look, monkeypatch):
    monkeypatch.setattr(forms_module, "mesh_for", lambda shape: sphere_mesh(shape.size[0] / 2))
    monkeypatch.setattr(forms_module, "_cache", forms_module.FormCache(1 << 26))
    scene = Scene(("ball",))
    scene.add("ball", category="ball", shape=Shape("sphere", (2.4, 2.4, 2.4)), pose=(7.0, 0.8, 0.5, 0, 0, 0, 1))
    return look(scene)


SPHERE = (np.array([7.0, 0.8, 1.7]), 1.2)


def test_a_sphere_has_the_mask_depth_and_normals_of_traced_rays(sphere):
    depth, normal, root = trace_sphere(*SPHERE)
    out = sphere.gbuffer(0.0)
    seen = out.instance == 1
    # The mesh lies up to r (1 - cos(pi / 600)) inside the sphere; rays that graze it closer may go either way.
    grazes = np.abs(root) < 2 * SPHERE[1] ** 2 * 1.4e-5 * 60
    np.testing.assert_array_equal(seen[~grazes], np.isfinite(depth)[~grazes])
    assert np.count_nonzero(grazes) < 12
    inner = seen & (np.abs(root) > 0.5)
    np.testing.assert_allclose(out.depth[inner], depth[inner], atol=1e-3)
    np.testing.assert_allclose(out.normals[inner], in_camera(normal)[inner], atol=5e-3)


def test_a_sphere_has_the_tight_box_of_traced_rays(sphere):
    depth, _, _ = trace_sphere(*SPHERE)
    v, u = np.nonzero(np.isfinite(depth))
    (item,) = sphere.objects(0.0, sphere.gbuffer(0.0))
    x, y, w, h = item["bbox"]
    expected = (u.min(), v.min(), u.max() + 1, v.max() + 1)
    assert np.abs(np.subtract((x, y, x + w, y + h), expected)).max() <= 1
    np.testing.assert_allclose(item["box3d"]["center"], in_camera(SPHERE[0] - EYE), atol=1e-12)

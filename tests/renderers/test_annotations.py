import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.annotations import KeyPoint, Silhouette, annotate, quaternion_from_rotation
from sim.geometry import rotation_from_quaternion
from sim.scene import Scene, Shape

COMPONENT = st.floats(-1, 1).map(lambda x: round(x, 6))


@given(st.tuples(COMPONENT, COMPONENT, COMPONENT, COMPONENT).filter(lambda q: sum(c * c for c in q) > 0.01))
def test_a_rotation_comes_back_as_its_quaternion(q):
    q = np.array(q) / np.linalg.norm(q)
    found = quaternion_from_rotation(rotation_from_quaternion(q))
    assert found[3] >= 0.0
    np.testing.assert_allclose(rotation_from_quaternion(found), rotation_from_quaternion(q), atol=1e-12)


NO_MASK = np.zeros((0, 0), np.uint8)


@pytest.fixture
def body():
    scene = Scene(("car",))
    scene.add("first", category="car", shape=Shape("box", (1, 1, 1)))
    return scene.add("second", category="car", shape=Shape("box", (4.0, 2.0, 1.5)))


def test_numbers_follow_from_the_counts(body):
    T = np.eye(4)
    T[:3, :3] = [[0, -1, 0], [0, 0, -1], [1, 0, 0]]  # heading along the optical axis
    T[:3, 3] = [1.0, 1.2, 10.0]
    found = annotate(body, 1, T, Silhouette(30, 40, 50, (3, 9, 5, 8), (1, 20, 4, 11), NO_MASK), amodal_mask=b"")
    assert (found.instance_id, found.name, found.category, found.category_id) == (2, "second", "car", 1)
    assert found.visibility == 0.75
    assert found.occlusion == 0.25
    assert found.truncation == pytest.approx(0.2)
    assert found.bbox == (3, 5, 7, 4)
    assert found.amodal_bbox == (1, 4, 20, 8)
    assert found.box3d.center == pytest.approx((1.0, 1.2 - 0.75, 10.0))  # up is -y in the camera frame
    assert found.box3d.size == (4.0, 2.0, 1.5)
    assert found.distance == pytest.approx(np.sqrt(1 + 0.45**2 + 100))
    np.testing.assert_allclose(rotation_from_quaternion(np.array(found.box3d.rotation)), T[:3, :3], atol=1e-12)


def test_a_body_of_which_nothing_is_seen_has_no_tight_box(body):
    found = annotate(
        body, 1, np.eye(4), Silhouette(0, 40, 40, (160, -1, 120, -1), (1, 20, 4, 11), NO_MASK), amodal_mask=b""
    )
    assert found.bbox is None
    assert found.visibility == 0.0
    assert found.occlusion == 1.0


def test_a_row_is_plain_values(body):
    row = annotate(
        body, 1, np.eye(4), Silhouette(1, 1, 1, (0, 0, 0, 0), (0, 0, 0, 0), NO_MASK), amodal_mask=b"x",
        keypoints=(KeyPoint("nose", 1.5, 2.5, 2),),
    ).row()  # fmt: skip
    assert row["bbox"] == (0, 0, 1, 1)
    assert set(row["box3d"]) == {"center", "size", "rotation"}
    assert row["amodal_mask"] == b"x"
    assert row["keypoints"] == [{"name": "nose", "x": 1.5, "y": 2.5, "visibility": 2}]

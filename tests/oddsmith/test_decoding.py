import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oddsmith.decoding import decode, image_bytes
from renderers.camera.encoding import encode_jpeg, encode_png, pack_depth, pack_flow, pack_normals


def stored(data):
    return {"bytes": data, "path": None}


@settings(deadline=None)  # the first call compiles the packing kernel
@given(st.lists(st.floats(0.5 / 256, 255.9), min_size=4, max_size=4))
def test_depth_comes_back_within_half_a_step(depths):
    depth = np.array(depths, np.float32).reshape(2, 2)
    decoded = decode("depth", stored(encode_png(pack_depth(depth))))
    np.testing.assert_allclose(decoded, depth, atol=0.5 / 256 + 1e-6)


def test_depth_that_is_not_there_is_nan():
    depth = np.array([[np.inf, 300.0], [1.0, 2.0]], np.float32)
    decoded = decode("depth", stored(encode_png(pack_depth(depth))))
    np.testing.assert_array_equal(decoded, [[np.nan, np.nan], [1.0, 2.0]])


@settings(deadline=None)  # the first call compiles the packing kernel
@given(st.integers(0, 2**32 - 1))
def test_normals_come_back_within_a_ten_thousandth(seed):
    n = np.random.default_rng(seed).normal(size=(3, 5, 3))
    n = (n / np.linalg.norm(n, axis=-1, keepdims=True)).astype(np.float32)
    n[1, 2] = 0.0
    decoded = decode("normals", stored(encode_png(pack_normals(n))))
    assert np.isnan(decoded[1, 2]).all()
    seen = np.isfinite(decoded).all(axis=-1)
    assert seen.sum() == 14
    np.testing.assert_allclose(decoded[seen], n[seen], atol=1e-4)


def test_axes_survive_the_octahedron():
    axes = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]]], np.float32)
    np.testing.assert_allclose(
        decode("normals", stored(encode_png(pack_normals(axes)))), axes, rtol=0, atol=1e-4
    )


def test_flow_comes_back_within_half_a_step():
    flow = np.random.default_rng(3).uniform(-500, 500, (6, 7, 2)).astype(np.float32)
    flow[2, 3] = np.nan
    flow[0, 0] = 600.0
    decoded = decode("flow", stored(encode_png(pack_flow(flow))))
    assert np.isnan(decoded[[2, 0], [3, 0]]).all()
    known = np.isfinite(decoded)
    assert known.sum() == 2 * (42 - 2)
    np.testing.assert_allclose(decoded[known], flow[known], atol=0.5 / 64 + 1e-4)


def test_red_is_first():
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[..., 0] = 200
    for data, suffix in ((encode_jpeg(picture), ".jpg"), (encode_png(picture), ".png")):
        decoded = decode("rgb", stored(data))
        assert abs(int(decoded[4, 4, 0]) - 200) <= 3
        assert decoded[..., 1:].max() <= 3
        assert image_bytes(stored(data)) == (data, suffix)


def test_matrices_take_their_shape_and_other_lists_stay_flat():
    assert decode("K", list(range(9)))[1].tolist() == [3, 4, 5]
    assert decode("T_world_camera", [float(k) for k in range(16)])[3, 3] == 15.0
    assert decode("u", [0.1, 0.2]).shape == (2,)
    assert decode("u", list(range(9))).shape == (9,)
    assert decode("objects", [{"instance_id": 3}]) == [{"instance_id": 3}]
    assert decode("speed", 3.0) == 3.0
    assert decode("depth", None) is None


def test_an_image_of_another_name_is_given_as_stored():
    thermal = np.arange(12, dtype=np.uint16).reshape(3, 4)
    data = cv2.imencode(".png", thermal)[1].tobytes()
    np.testing.assert_array_equal(decode("thermal", stored(data)), thermal)


def test_bytes_that_are_no_image_are_refused():
    with pytest.raises(ValueError, match="not an image"):
        decode("rgb", stored(b"nonsense"))

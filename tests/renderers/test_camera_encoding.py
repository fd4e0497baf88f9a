import io

import cv2
import numpy as np
import pytest
from PIL import Image

from renderers.camera.encoding import encode_jpeg, encode_png, pack_depth, pack_flow, pack_normals


def decode(content):
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return image[..., ::-1] if image.ndim == 3 else image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1), (480, 640, 3)])
@pytest.mark.parametrize("kind", ["instance", "flow", "depth"])
def test_png_is_lossless(dtype, shape, kind):
    image = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, endpoint=True).astype(dtype)
    found = decode(encode_png(image, kind))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, image)


def test_png_passes_a_strict_reader_and_is_small():
    image = np.tile(np.arange(640, dtype=np.uint8), (480, 1))
    content = encode_png(image, "depth")
    with Image.open(io.BytesIO(content)) as read:
        read.verify()  # checks the sums of all chunks
    with Image.open(io.BytesIO(content)) as read:
        assert (read.format, read.mode, read.size) == ("PNG", "L", (640, 480))
        np.testing.assert_array_equal(np.asarray(read), image)
    assert len(content) < image.size / 50


def test_jpeg_keeps_red_red():
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[..., 0] = 200
    r, g, b = decode(encode_jpeg(picture)).reshape(-1, 3).mean(axis=0)
    assert r > 190
    assert max(g, b) < 12


def test_the_same_picture_gives_the_same_bytes():
    picture = np.random.default_rng(1).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    assert encode_jpeg(picture) == encode_jpeg(picture.copy())
    assert encode_png(picture) == encode_png(picture.copy())


def test_depth_comes_back_to_half_a_unit_and_0_means_none():
    depth = np.array([[0.0, 0.1, 1.0, 63.17, 255.9, 256.5, 9000.0]], np.float32)
    packed = pack_depth(depth)
    np.testing.assert_allclose(packed[0, 1:5] / 256, depth[0, 1:5], atol=0.5 / 256)
    assert packed[0, 0] == packed[0, 5] == packed[0, 6] == 0


def test_normals_come_back_to_a_hundredth_of_a_degree():
    rng = np.random.default_rng(2)
    normals = rng.normal(size=(40, 50, 3))
    normals[0, :6] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]]
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    packed = pack_normals(normals.astype(np.float32))
    assert (packed[..., 2] == 1).all()
    # The decoder the documentation describes.
    u, v = (packed[..., c].astype(np.float64) - 1 for c in (0, 1))
    u, v = u / 65534 * 2 - 1, v / 65534 * 2 - 1
    z = 1 - np.abs(u) - np.abs(v)
    x = np.where(z < 0, (1 - np.abs(v)) * np.where(u >= 0, 1, -1), u)
    y = np.where(z < 0, (1 - np.abs(u)) * np.where(v >= 0, 1, -1), v)
    found = np.stack([x, y, z], -1)
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    angle = np.degrees(2 * np.arcsin(np.linalg.norm(found - normals, axis=-1) / 2))
    assert angle.max() < 0.01


def test_no_normal_is_all_zero():
    assert (pack_normals(np.zeros((2, 2, 3), np.float32)) == 0).all()


def test_flow_is_kitti_and_unknown_where_nan_or_too_large():
    flow = np.array([[[0.0, 0.0], [3.25, -7.5], [np.nan, np.nan], [600.0, 0.0], [0.0, -512.0]]], np.float32)
    packed = pack_flow(flow)
    assert packed[0, :, 2].tolist() == [1, 1, 0, 0, 1]
    known = packed[0, [0, 1, 4]]
    np.testing.assert_allclose((known[:, :2].astype(float) - 32768) / 64, flow[0, [0, 1, 4]], atol=0.5 / 64)
    assert (packed[0, 2:4] == 0).all()

"""Turns what a column stores into numpy arrays: pictures, the label encodings, matrices.

The encodings are those a dataset's README.md names. Every image is a `{bytes, path}` struct.

==========  =========================================  ===========================================
column      stored as                                  decoded to
==========  =========================================  ===========================================
rgb         JPEG or PNG                                (H, W, 3) uint8, red first
depth       16-bit PNG, 1/256 m, or 32-bit float       (H, W) float32 [m], nan where there is none
            TIFF in metres; 0 = none
disparity   16-bit PNG, 1/256 px; 0 = none             (H, W) float32 [px], nan where there is none
instance    16-bit PNG                                 (H, W) uint16, 0 = background
semantic    8-bit PNG                                  (H, W) uint8, 0 = void
normals     16-bit PNG, octahedral in two channels     (H, W, 3) float32, camera frame, nan = none
flow        KITTI 16-bit PNG (also `backward_flow`)    (H, W, 2) float32 [px], nan where unknown
markings    8-bit PNG                                  (H, W) uint8: 1 white, 2 yellow road paint, 0 none
lanes       8-bit PNG                                  (H, W) uint8: number of the lane, 0 none
next_frame  8-bit PNG                                  (H, W) uint8: 1 seen, 2 hidden, 3 outside, 0 unknown
height      16-bit PNG, 0.1 um about 32768             (H, W) float32 [m] over the good part
mask        8-bit PNG, 255 inside (also `visible`)     (H, W) uint8
range       16-bit PNG, 1/256 m; 0 = none              (beams, firings) float32 [m], nan = no echo
intensity   8-bit PNG, hundredths                      (beams, firings) uint8
negatives   16-bit PNG                                 (H, W) uint16, 0 = none
K           9 numbers, row by row                      (3, 3) float64
T_*         16 numbers, row by row                     (4, 4) float64
==========  =========================================  ===========================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEPTH_SCALE", "FLOW_SCALE", "HEIGHT_STEP", "decode", "image_bytes", "png_bytes"]

DEPTH_SCALE = 256.0
"""Steps of the depth image per metre (KITTI depth convention)."""

FLOW_SCALE = 64.0
"""Steps of the flow image per pixel; 2**15 is no motion (KITTI flow convention)."""

HEIGHT_STEP = 1e-7
"""Metres per step of the height image, about 32768."""


def decode(column: str, value: Any) -> Any:
    """Return the value of a column as a numpy array where it is an image or a matrix, else as it stands.

    Args:
        column: name of the column, which fixes the encoding.
        value: plain Python value as pyarrow gives it.
    """
    if _is_image(value):
        return _IMAGES.get(column, _raw)(value["bytes"])
    if isinstance(value, list) and value and isinstance(value[0], int | float):
        array = np.asarray(value)
        side = _MATRIX_SIDE.get(array.size, 0) if column == "K" or column.startswith("T_") else 0
        return array.reshape(side, side) if side else array
    return value


def image_bytes(value: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return an image's file content and its suffix (`.jpg`, `.png` or `.tiff`)."""
    data: bytes = value["bytes"]
    return data, next((suffix for head, suffix in _HEADS.items() if data.startswith(head)), ".jpg")


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """Return a (H, W) grey or (H, W, 3) red-first picture as a PNG file."""
    import cv2

    return bytes(cv2.imencode(".png", image if image.ndim == 2 else image[..., ::-1])[1].data)


_MATRIX_SIDE = {9: 3, 16: 4}
_HEADS = {b"\x89PNG": ".png", b"II*\0": ".tiff"}


def _is_image(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"bytes", "path"} and value["bytes"] is not None


def _raw(data: bytes) -> NDArray[Any]:
    """Return an image as stored, channels in the order blue, green, red as OpenCV reads them."""
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError("not an image OpenCV can read")
    return np.asarray(image)


def _rgb(data: bytes) -> NDArray[np.uint8]:
    return np.ascontiguousarray(_raw(data)[..., ::-1])


def _depth(data: bytes) -> NDArray[np.float32]:
    stored = _raw(data)
    scale = np.float32(DEPTH_SCALE if stored.dtype == np.uint16 else 1.0)
    metres = stored.astype(np.float32) / scale
    metres[stored == 0] = np.nan
    return metres


def _height(data: bytes) -> NDArray[np.float32]:
    return (_raw(data).astype(np.float32) - np.float32(2**15)) * np.float32(HEIGHT_STEP)


def _flow(data: bytes) -> NDArray[np.float32]:
    stored = _raw(data)[..., ::-1]  # red u, green v, blue valid
    flow = (stored[..., :2].astype(np.float32) - np.float32(2**15)) / np.float32(FLOW_SCALE)
    flow[stored[..., 2] == 0] = np.nan
    return flow


def _normals(data: bytes) -> NDArray[np.float32]:
    """Unfold the octahedron (Cigolla et al. 2014): red and green hold 1..65535 for -1..1, 0 is none."""
    stored = _raw(data)[..., :0:-1]
    x, y = np.moveaxis((stored.astype(np.float32) - 32768.0) / 32767.0, -1, 0)
    z = 1.0 - np.abs(x) - np.abs(y)
    fold = np.maximum(-z, 0.0)
    n = np.stack([x - np.copysign(fold, x), y - np.copysign(fold, y), z], axis=-1)
    n /= np.linalg.norm(n, axis=-1, keepdims=True)
    n[(stored == 0).all(axis=-1)] = np.nan
    return np.asarray(n, np.float32)


_IMAGES: dict[str, Callable[[bytes], NDArray[Any]]] = {
    "rgb": _rgb,
    "depth": _depth,
    "disparity": _depth,
    "flow": _flow,
    "backward_flow": _flow,
    "height": _height,
    "normals": _normals,
    "range": _depth,
}

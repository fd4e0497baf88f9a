"""Images to bytes: how each label is packed into PNG channels, and the picture into JPEG or PNG.

Which row filter and search make a PNG small was measured for each kind of image on bundled scenarios.
"""

from __future__ import annotations

import math

import cv2
import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.camera.png import png

__all__ = [
    "DEPTH_SCALE",
    "FLOW_SCALE",
    "encode_jpeg",
    "encode_png",
    "encode_tiff",
    "pack_depth",
    "pack_flow",
    "pack_normals",
]

DEPTH_SCALE = 256.0
"""Units of the depth image per metre; 0 means no depth, and what is farther than 65535 of them has none."""
FLOW_SCALE = 64.0
"""Units of the flow image per pixel, around 32768 (KITTI 2012 development kit)."""
_JPEG_QUALITY = 95
_PNG = {
    "rgb": "sub",
    "depth": "up",
    "instance": "none",
    "semantic": "up",
    "normals": "sub",
    "flow": "sub",
    "backward_flow": "sub",
    "next_frame": "up",
    "markings": "up",
}
"""Row filter of each kind of image."""
_RUNS_ONLY = ("normals", "semantic", "next_frame", "markings")
_TIFF = [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_NONE]


def encode_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """Return a (H, W, 3) RGB picture as JPEG of quality 95."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].data)


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16], kind: str = "rgb") -> bytes:
    """Return a (H, W) or (H, W, 3) RGB image of 8 or 16 bits as PNG; the kind only says how it compresses."""
    return png(image, _PNG[kind], runs_only=kind in _RUNS_ONLY)


def encode_tiff(image: NDArray[np.float32]) -> bytes:
    """Return a (H, W) float32 image as TIFF with 32-bit floating-point samples, not compressed."""
    return bytes(cv2.imencode(".tiff", image, _TIFF)[1].data)


def pack_depth(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W) uint16 depth in 1/256 m, 0 where there is none or it does not fit."""
    out = np.empty(depth.shape, np.uint16)
    _pack_depth(depth, out)
    return out


def pack_normals(normals: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W, 3) uint16: octahedral u, v of unit normals, and 1 where there is one.

    u, v in -1..1 are stored as 1 + round((u + 1) / 2 * 65534). To decode: z = 1 - |u| - |v|; where z < 0,
    (u, v) becomes ((1 - |v|) sign u, (1 - |u|) sign v); then normalise.

    Source: Cigolle et al. (2014), A survey of efficient representations for independent unit vectors.
    """
    out = np.empty(normals.shape, np.uint16)
    _pack_normals(normals, out)
    return out


def pack_flow(flow: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W, 3) uint16: u and v as 64 * px + 32768, and 1 where the flow is known and fits."""
    out = np.empty((*flow.shape[:2], 3), np.uint16)
    _pack_flow(flow, out)
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _pack_depth(depth: np.ndarray, out: np.ndarray) -> None:
    for v in range(depth.shape[0]):
        for u in range(depth.shape[1]):
            units = depth[v, u] * np.float32(DEPTH_SCALE) + np.float32(0.5)
            out[v, u] = np.uint16(units) if units < np.float32(65536.0) else np.uint16(0)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _pack_normals(normals: np.ndarray, out: np.ndarray) -> None:
    one = np.float32(1.0)
    half = np.float32(32767.0)
    for v in range(normals.shape[0]):
        for u in range(normals.shape[1]):
            x, y, z = normals[v, u, 0], normals[v, u, 1], normals[v, u, 2]
            norm = abs(x) + abs(y) + abs(z)
            if norm == 0.0:
                out[v, u, 0], out[v, u, 1], out[v, u, 2] = 0, 0, 0
                continue
            a, b = x / norm, y / norm
            if z < 0.0:
                a, b = (
                    (one - abs(b)) * (one if a >= 0.0 else -one),
                    (one - abs(a)) * (one if b >= 0.0 else -one),
                )
            out[v, u, 0] = np.uint16(one + np.float32(0.5) + (a + one) * half)
            out[v, u, 1] = np.uint16(one + np.float32(0.5) + (b + one) * half)
            out[v, u, 2] = 1


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _pack_flow(flow: np.ndarray, out: np.ndarray) -> None:
    for v in range(flow.shape[0]):
        for u in range(flow.shape[1]):
            a = flow[v, u, 0] * np.float32(FLOW_SCALE) + np.float32(32768.5)
            b = flow[v, u, 1] * np.float32(FLOW_SCALE) + np.float32(32768.5)
            out[v, u, 0] = out[v, u, 1] = out[v, u, 2] = 0
            # nan compares false, so it stays unknown.
            if a >= 0.0 and a < 65536.0 and b >= 0.0 and b < 65536.0:
                out[v, u, 0], out[v, u, 1] = np.uint16(math.floor(a)), np.uint16(math.floor(b))
                out[v, u, 2] = 1

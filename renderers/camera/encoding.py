"""Images to bytes: how each label is packed into PNG channels, and the picture into JPEG or PNG.

Which row filter and search make a PNG small was measured for each kind of image on bundled scenarios.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from renderers.camera.png import png
from sim.compiled import kernel

__all__ = [
    "DEPTH_SCALE",
    "DISPARITY_SCALE",
    "FLOW_SCALE",
    "encode_jpeg",
    "encode_png",
    "encode_tiff",
    "pack_depth",
    "pack_disparity",
    "pack_flow",
    "pack_normals",
]

DEPTH_SCALE = 256.0
"""Units of the depth image per metre; 0 means no depth, and what is farther than 65535 of them has none."""
DISPARITY_SCALE = 256.0
"""Units of the disparity image per pixel; 0 means none (KITTI 2015 development kit)."""
FLOW_SCALE = 64.0
"""Units of the flow image per pixel, around 32768 (KITTI 2012 development kit)."""
_JPEG_QUALITY = 95
_PNG = {
    "rgb": "sub",
    "depth": "up",
    "disparity": "up",
    "instance": "none",
    "semantic": "up",
    "normals": "sub",
    "flow": "sub",
    "backward_flow": "sub",
    "next_frame": "up",
    "markings": "up",
    "lanes": "up",
}
"""Row filter of each kind of image."""
_RUNS_ONLY = ("normals", "semantic", "next_frame", "markings", "lanes")
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_TIFF = [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_NONE]


def encode_jpeg(rgb: NDArray[np.uint8], quality: int = _JPEG_QUALITY) -> bytes:
    """Return a (H, W, 3) RGB picture as JPEG of a quality up to 100."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].data)


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16], kind: str = "rgb") -> bytes:
    """Return a (H, W) or (H, W, 3) RGB image of 8 or 16 bits as PNG; the kind only says how it compresses."""
    return png(image, _PNG[kind], runs_only=kind in _RUNS_ONLY)


def encode_tiff(image: NDArray[np.float32]) -> bytes:
    """Return a (H, W) float32 image as TIFF with 32-bit floating-point samples, not compressed."""
    return bytes(cv2.imencode(".tiff", image, _TIFF)[1].data)


def pack_depth(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W) uint16 depth in 1/256 m, 0 where there is none or it does not fit."""
    out = np.empty(depth.shape, np.uint16)
    _pack_depth(np.ascontiguousarray(depth).reshape(-1), out.reshape(-1))
    return out


def pack_disparity(depth: NDArray[np.float32], pixels: float) -> NDArray[np.uint16]:
    """Return (H, W) uint16 disparity in 1/256 px, 0 where there is no depth or it does not fit.

    Args:
        depth: (H, W) distance along the optical axis [m], 0 where nothing is seen.
        pixels: focal length times baseline [px m].
    """
    with np.errstate(divide="ignore"):
        steps = np.floor(DISPARITY_SCALE * pixels / depth.astype(np.float64) + 0.5)
    fits = (depth > 0.0) & (steps < 65536.0)
    return np.where(fits, np.maximum(steps, 1.0), 0.0).astype(np.uint16)


def pack_normals(normals: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W, 3) uint16: octahedral u, v of unit normals, and 1 where there is one.

    u, v in -1..1 are stored as 1 + round((u + 1) / 2 * 65534). To decode: z = 1 - |u| - |v|; where z < 0,
    (u, v) becomes ((1 - |v|) sign u, (1 - |u|) sign v); then normalise.

    Source: Cigolle et al. (2014), A survey of efficient representations for independent unit vectors.
    """
    out = np.empty(normals.shape, np.uint16)
    _pack_normals(np.ascontiguousarray(normals).reshape(-1), out.reshape(-1))
    return out


def pack_flow(flow: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return (H, W, 3) uint16: u and v as 64 * px + 32768, and 1 where the flow is known and fits."""
    out = np.empty((*flow.shape[:2], 3), np.uint16)
    _pack_flow(np.ascontiguousarray(flow).reshape(-1), out.reshape(-1))
    return out


@kernel
def _pack_depth(depth: np.ndarray, out: np.ndarray) -> None:
    for n in range(depth.shape[0]):
        units = depth[n] * np.float32(DEPTH_SCALE) + np.float32(0.5)
        out[n] = np.uint16(np.int32(units if units < np.float32(65536.0) else np.float32(0.0)))


@kernel
def _pack_normals(normals: np.ndarray, out: np.ndarray) -> None:
    one, half, rounding = np.float32(1.0), np.float32(32767.0), np.float32(1.5)
    at = np.uint64(0)
    for _ in range(normals.shape[0] // 3):
        x, y, z = normals[at], normals[at + _ONE], normals[at + _TWO]
        norm = abs(x) + abs(y) + abs(z)
        is_seen = norm != 0.0
        below = norm if is_seen else one
        a, b = x / below, y / below
        over_a = (one - abs(b)) * (one if a >= 0.0 else -one)
        over_b = (one - abs(a)) * (one if b >= 0.0 else -one)
        a, b = (over_a, over_b) if z < 0.0 else (a, b)
        out[at] = np.uint16(np.int32(rounding + (a + one) * half) if is_seen else 0)
        out[at + _ONE] = np.uint16(np.int32(rounding + (b + one) * half) if is_seen else 0)
        out[at + _TWO] = np.uint16(1 if is_seen else 0)
        at += _THREE


@kernel
def _pack_flow(flow: np.ndarray, out: np.ndarray) -> None:
    zero, end = np.float32(0.0), np.float32(65536.0)
    at = np.uint64(0)
    for n in range(np.uint64(flow.shape[0] // 2)):
        a = flow[n + n] * np.float32(FLOW_SCALE) + np.float32(32768.5)
        b = flow[n + n + _ONE] * np.float32(FLOW_SCALE) + np.float32(32768.5)
        # nan compares false, so it stays unknown.
        is_known = (a >= zero) & (a < end) & (b >= zero) & (b < end)
        out[at] = np.uint16(np.int32(a if is_known else zero))
        out[at + _ONE] = np.uint16(np.int32(b if is_known else zero))
        out[at + _TWO] = np.uint16(1 if is_known else 0)
        at += _THREE

"""What stands about every labelled body in a picture: boxes, visibility, truncation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.scene import Body

__all__ = ["Annotation", "Box3D", "Extent", "KeyPoint", "Silhouette", "annotate", "quaternion_from_rotation"]

Box = tuple[float, float, float, float]
"""x, y, width, height [px]; x, y is the outer corner of the leftmost, topmost pixel."""

Extent = tuple[int, int, int, int]
"""Leftmost, rightmost, topmost and bottommost pixel."""


@dataclass(frozen=True)
class Silhouette:
    """What a body covers by itself and what is seen of it, in pixels counted at their centres.

    Args:
        visible: pixels in which the body is seen.
        inside: pixels of the image it would cover with nothing in front.
        whole: the same with the image continued by its own size beyond every border.
        tight: of the visible pixels; meaningless where there are none.
        amodal: of the whole silhouette.
        mask: (h, w) uint8, 255 where the body covers a pixel; the part of the amodal extent inside the image.
    """

    visible: int
    inside: int
    whole: int
    tight: Extent
    amodal: Extent
    mask: NDArray[np.uint8]


@dataclass(frozen=True)
class KeyPoint:
    """A named place of a body in a picture.

    Args:
        name: of the place.
        x: from the left [px]; None where it is behind the camera or beyond what the lens shows.
        y: from the top [px]; likewise.
        visibility: 0 outside the picture, 1 hidden, 2 visible, as COCO counts.
    """

    name: str
    x: float | None
    y: float | None
    visibility: int


@dataclass(frozen=True)
class Box3D:
    """An oriented box in the camera frame.

    Args:
        center: (x, y, z) [m].
        size: (length, width, height) along the body's own axes [m].
        rotation: xyzw quaternion from the body's axes (x forward, y left, z up) to the camera's.
    """

    center: tuple[float, float, float]
    size: tuple[float, float, float]
    rotation: tuple[float, float, float, float]


@dataclass(frozen=True)
class Annotation:
    """The label of one body in one picture.

    Args:
        instance_id: the value in the instance image.
        name: of the body.
        category: of the body.
        category_id: the value in the semantic image.
        bbox: tight around the visible pixels; None where none is visible.
        amodal_bbox: around the whole silhouette, hidden parts and those beyond the border included.
        pixels: how many pixels show the body.
        visibility: visible pixels over the pixels it would have in the image with nothing in front.
        truncation: share of the whole silhouette that lies outside the image.
        occlusion: 1 - visibility.
        distance: from the camera to the centre of the box [m].
        box3d: the box of the shape.
        amodal_mask: PNG of the part of `amodal_bbox` inside the image: 255 where the body would be seen with
            nothing in front.
        keypoints: where the kind of body has some.
        lights: what is switched on of its lights that tell something; None for bodies that have none.
    """

    instance_id: int
    name: str
    category: str
    category_id: int
    bbox: Box | None
    amodal_bbox: Box
    pixels: int
    visibility: float
    truncation: float
    occlusion: float
    distance: float
    box3d: Box3D
    amodal_mask: bytes
    keypoints: tuple[KeyPoint, ...]
    lights: tuple[str, ...] | None = None

    def row(self) -> dict[str, Any]:
        """Return the label as plain values, nested as the fields are."""
        return {
            **vars(self),
            "box3d": dict(vars(self.box3d)),
            "keypoints": [dict(vars(point)) for point in self.keypoints],
            "lights": None if self.lights is None else list(self.lights),
        }


def annotate(
    body: Body,
    category_id: int,
    T_camera_body: Array,
    silhouette: Silhouette,
    *,
    amodal_mask: bytes,
    keypoints: tuple[KeyPoint, ...] = (),
    lights: tuple[str, ...] | None = None,
    box: tuple[Array, Array] | None = None,
) -> Annotation:
    """Return the label of a body of which at least a pixel would be in the image with nothing in front.

    Args:
        body: what it is.
        category_id: class id.
        T_camera_body: (4, 4).
        silhouette: what was counted.
        amodal_mask: the silhouette's mask as PNG.
        keypoints: of the body.
        lights: of the body that are on.
        box: middle and size in the body's frame [m]; that of the shape unless given.
    """
    middle, size = box or (np.array([0.0, 0.0, body.shape.size[2] / 2]), np.array(body.shape.size))
    length, width, height = (float(value) for value in size)
    center = T_camera_body[:3, :3] @ middle + T_camera_body[:3, 3]
    x, y, z = (float(value) for value in center)
    qx, qy, qz, qw = (float(value) for value in quaternion_from_rotation(T_camera_body[:3, :3]))
    visibility = silhouette.visible / silhouette.inside
    return Annotation(
        instance_id=body.instance_id,
        name=body.name,
        category=body.category,
        category_id=category_id,
        bbox=_box(silhouette.tight) if silhouette.visible else None,
        amodal_bbox=_box(silhouette.amodal),
        pixels=silhouette.visible,
        visibility=visibility,
        truncation=1.0 - silhouette.inside / silhouette.whole,
        occlusion=1.0 - visibility,
        distance=float(np.linalg.norm(center)),
        box3d=Box3D((x, y, z), (length, width, height), (qx, qy, qz, qw)),
        amodal_mask=amodal_mask,
        keypoints=keypoints,
        lights=lights,
    )


def quaternion_from_rotation(R: Array) -> NDArray[np.float64]:
    """Return the (4,) xyzw quaternion of a (3, 3) rotation, with w >= 0.

    The largest of the four components is taken from the diagonal, so that no small number is divided by
    (Shepperd 1978).
    """
    diagonal = np.array([R[0, 0], R[1, 1], R[2, 2], np.trace(R)])
    i = int(np.argmax(diagonal))
    q = np.empty(4)
    if i == 3:
        q[:] = R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1], 1.0 + diagonal[3]
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q[i] = 1.0 + 2.0 * R[i, i] - diagonal[3]
        q[j], q[k] = R[j, i] + R[i, j], R[k, i] + R[i, k]
        q[3] = R[k, j] - R[j, k]
    q /= np.linalg.norm(q)
    return -q if q[3] < 0.0 else q


def _box(extent: Extent) -> Box:
    left, right, top, bottom = extent
    return float(left), float(top), float(right - left + 1), float(bottom - top + 1)

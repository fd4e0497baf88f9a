"""KITTI object detection: pictures, labels, calibration, and depth and flow where the dataset has them.

    training/image_2/000000.png      label_2/000000.txt      calib/000000.txt
    training/depth_2/000000.png      flow_2/000000.png         velodyne/000000.bin
    training/image_3/000000.png      disp_occ_0/000000.png
    ImageSets/train.txt  val.txt  test.txt                   weights.csv

A label row is `type truncated occluded alpha left top right bottom height width length x y z rotation_y`
(development kit of the object benchmark): the box in the picture is that of the whole object cut off at the
picture's border, x y z is the middle of the box's *bottom* face in the camera's frame (x right, y down, z
forward), and rotation_y turns about y, 0 along x. KITTI knows no other rotation: seen by a camera that is not
level, the box of an upright object is a little off. `occluded` is 0 with less than a tenth hidden, 1 with less
than half, 2 with more; what is hidden altogether has no row. Pictures are numbered in the order of the dataset
and keep the file type they are stored in. Where the dataset has a LiDAR that looks ahead when the picture is
taken, its turn is in `velodyne` (little-endian float32 x, y, z, reflectance 0..1; all points brought to the
picture's moment by the carrier's own motion) and `Tr_velo_to_cam` is its pose; else that turns axes only: x
forward, y left, z up, at the camera. Of a stereo pair (two cameras that are alike and look the same way, one
right of the other) the left one gives picture, labels, disparity and the frame of the labels, the right one
`image_3`, and P3 is its projection: P3[0, 3] = -fx B. A camera without a right one has its own projection
there. The format has no place for a weight: it stands in `weights.csv`, empty where the episode has no honest
odds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.clouds import Turns, lidars, point_cloud, untwisted
from oddsmith.dataset import Dataset, Frame
from oddsmith.decoding import image_bytes
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile, labelled_frames, write_picture
from oddsmith.stereo import baseline_of, right_cameras

__all__ = ["export"]

_TYPES = {
    "car": "Car",
    "van": "Van",
    "truck": "Truck",
    "bus": "Truck",
    "person": "Pedestrian",
    "rider": "Cyclist",
    "bicycle": "Cyclist",
    "motorcycle": "Cyclist",
    "tram": "Tram",
}
"""Category -> type; what is not here is `Misc`."""

_PARTLY, _LARGELY = 0.1, 0.5
_AXES = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
"""From x forward, y left, z up to the camera's axes."""
_AXES_ONLY = np.column_stack([_AXES, np.zeros(3)])

_IMAGES = {"depth": "depth_2", "flow": "flow_2", "disparity": "disp_occ_0"}
"""Label images that the dataset stores as KITTI does, and their folders."""


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames in the layout of KITTI's object benchmark.

    Raises:
        DatasetError: no camera of the dataset has object labels, or the folder is not empty.
    """
    frames = labelled_frames(dataset, ("rgb", "K", "objects"), wanted=(*_IMAGES, "T_world_camera"))
    posed = [name for name in dataset.sensors if {"rgb", "K", "T_world_camera"} <= set(dataset.columns(name))]
    rights = {left: Turns(right) for left, right in right_cameras(dataset, posed).items()}
    seconds = {turns.sensor for turns in rights.values()}
    turns = next((Turns(name) for name in lidars(dataset)), None)
    fresh_folder(folder)
    training = folder / "training"
    for name in ("image_2", "label_2", "calib"):
        (training / name).mkdir(parents=True)
    counts = {"images": 0, "objects": 0}
    sets: dict[str, list[str]] = {}
    with WeightsFile(folder) as weights:
        for frame in frames:
            if frame.sensor in seconds:
                continue
            name = f"{counts['images']:06d}"
            weights.add(frame, write_picture(frame, training / "image_2", name), name)
            rows = list(_rows(frame))
            (training / "label_2" / f"{name}.txt").write_text("".join(f"{row}\n" for row in rows), "utf-8")
            turn = None if turns is None else turns.beside(frame)
            T_camera_lidar = _AXES_ONLY if turn is None else _written_turn(turn, frame, training, name)
            right = rights[frame.sensor].beside(frame) if frame.sensor in rights else None
            apart = None if right is None else baseline_of(frame, right)
            if right is not None and apart is not None:
                weights.add(right, write_picture(right, training / "image_3", name), name)
            calibration = _calibration(frame["K"], T_camera_lidar, apart or 0.0)
            (training / "calib" / f"{name}.txt").write_text(calibration, "utf-8")
            _copy_labels(frame, training, name)
            sets.setdefault(frame.episode.split, []).append(name)
            counts["images"] += 1
            counts["objects"] += len(rows)
    if not sets:
        raise DatasetError(f"{dataset.folder.path} has no frames to export")
    (folder / "ImageSets").mkdir()
    for split, names in sets.items():
        (folder / "ImageSets" / f"{split}.txt").write_text("".join(f"{name}\n" for name in names), "utf-8")
    return Exported(folder, counts, training)


def _copy_labels(frame: Frame, training: Path, name: str) -> None:
    """Copy the label images that are stored as 16-bit PNG, KITTI's own encoding."""
    for column, place in _IMAGES.items():
        content, suffix = image_bytes(frame.stored[column]) if column in frame else (b"", "")
        if suffix == ".png":
            (training / place).mkdir(exist_ok=True)
            (training / place / f"{name}.png").write_bytes(content)


def _written_turn(turn: Frame, frame: Frame, training: Path, name: str) -> NDArray[np.float64]:
    """Write a turn of the LiDAR and return (3, 4) T_camera_lidar at its moment."""
    points = point_cloud(turn)
    bright = np.minimum(points["intensity"], 1.0)
    content = np.column_stack([untwisted(turn, points), bright]).astype("<f4")
    (training / "velodyne").mkdir(exist_ok=True)
    (training / "velodyne" / f"{name}.bin").write_bytes(content.tobytes())
    return np.asarray(np.linalg.inv(frame["T_world_camera"]) @ turn["T_world_lidar"])[:3]


def _rows(frame: Frame) -> Iterator[str]:
    height, width = frame["rgb"].shape[:2]
    for entry in frame["objects"]:
        if entry["bbox"] is not None:
            yield _row(entry, width, height)


def _row(entry: Mapping[str, Any], width: int, height: int) -> str:
    """Return an object's row for a picture of that size [px]."""
    box = entry["box3d"]
    length, wide, high = box["size"]
    R = _rotation(box["rotation"])
    x, y, z = np.asarray(box["center"]) - R @ [0.0, 0.0, high / 2]
    ahead = R[:, 0]
    rotation = math.atan2(-ahead[2], ahead[0])
    left, top, w, h = entry["amodal_bbox"]
    corners = (
        max(left, 0.0),
        max(top, 0.0),
        min(left + w, float(width)) - 1.0,
        min(top + h, float(height)) - 1.0,
    )
    hidden = entry["occlusion"]
    occluded = 0 if hidden < _PARTLY else 1 if hidden < _LARGELY else 2
    numbers = (*corners, high, wide, length, x, y, z, rotation)
    return " ".join(
        [
            _TYPES.get(entry["category"], "Misc"),
            f"{entry['truncation']:.2f} {occluded} {_wrapped(rotation - math.atan2(x, z)):.4f}",
            *(f"{value:.4f}" for value in numbers),
        ]
    )


def _wrapped(angle: float) -> float:
    """Return an angle in [-pi, pi]."""
    return math.remainder(angle, 2.0 * math.pi)


def _rotation(xyzw: Any) -> NDArray[np.float64]:
    """Return the (3, 3) rotation of a unit quaternion."""
    x, y, z, w = (float(value) for value in xyzw)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _calibration(K: NDArray[np.float64], T_camera_lidar: NDArray[np.float64], apart: float) -> str:
    """Return a calibration file: the frame of the labels is that of the (left) rectified camera.

    Args:
        K: (3, 3) of the cameras.
        T_camera_lidar: (3, 4).
        apart: how far the right camera stands right of the left one [m].
    """
    left = np.column_stack([K, np.zeros(3)])
    right = K @ np.column_stack([np.eye(3), [-apart, 0.0, 0.0]])
    still = np.eye(3, 4)
    entries = {
        **{f"P{k}": P for k, P in enumerate((left, right, left, right))},
        "R0_rect": np.eye(3),
        "Tr_velo_to_cam": T_camera_lidar,
        "Tr_imu_to_velo": still,
    }
    rows = (
        f"{name}: " + " ".join(f"{value:.12e}" for value in matrix.ravel()) for name, matrix in entries.items()
    )
    return "".join(f"{row}\n" for row in rows)

"""MCAP: a log per episode with Foxglove's message schemas, for Foxglove and any reader of the format.

    0123456789abcdef.mcap     weights.csv

| topic | schema | what |
|---|---|---|
| /CAMERA/image | foxglove.CompressedImage | the picture as it is stored |
| /CAMERA/calibration | foxglove.CameraCalibration | K, distortion, size |
| /CAMERA/objects | foxglove.SceneUpdate | 3D boxes in the camera's frame, one entity per instance |
| /LIDAR/points | foxglove.PointCloud | a turn, its own motion taken out: x, y, z, intensity, ring, instance |
| /RADAR/detections | foxglove.PointCloud | a sweep: x, y, z, radial_velocity, over_ground, rcs, snr, instance |
| /tf | foxglove.FrameTransform | each sensor's frame in `world` |

Messages are JSON. A camera's frame is x right, y down, z forward. Times are those of the episode, from 0. The
metadata record `oddsmith` holds episode, split, weight (empty: no honest odds), events and parameters.

Source of the schemas: Foxglove's published message definitions, reduced to the fields that are written.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.clouds import lidars, point_cloud, untwisted
from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.decoding import image_bytes
from oddsmith.detections import detections, radars
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile

__all__ = ["SCHEMAS", "export"]

Message = tuple[str, str, float, dict[str, Any]]
"""Topic, schema, moment [s], content."""

_NEEDED = ("rgb", "K", "T_world_camera")
_NUMBER, _TEXT, _WHOLE = {"type": "number"}, {"type": "string"}, {"type": "integer"}
_BYTES = {"type": "string", "contentEncoding": "base64"}


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def _list(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TIME = _object(sec=_WHOLE, nsec=_WHOLE)
_VECTOR = _object(x=_NUMBER, y=_NUMBER, z=_NUMBER)
_QUATERNION = _object(x=_NUMBER, y=_NUMBER, z=_NUMBER, w=_NUMBER)
_POSE = _object(position=_VECTOR, orientation=_QUATERNION)
_COLOUR = _object(r=_NUMBER, g=_NUMBER, b=_NUMBER, a=_NUMBER)
_ENTITY = _object(
    timestamp=_TIME,
    frame_id=_TEXT,
    id=_TEXT,
    lifetime=_TIME,
    frame_locked={"type": "boolean"},
    metadata=_list(_object(key=_TEXT, value=_TEXT)),
    cubes=_list(_object(pose=_POSE, size=_VECTOR, color=_COLOUR)),
)
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "foxglove.CompressedImage": _object(timestamp=_TIME, frame_id=_TEXT, data=_BYTES, format=_TEXT),
    "foxglove.CameraCalibration": _object(
        timestamp=_TIME, frame_id=_TEXT, width=_WHOLE, height=_WHOLE, distortion_model=_TEXT, D=_list(_NUMBER),
        K=_list(_NUMBER), R=_list(_NUMBER), P=_list(_NUMBER),
    ),
    "foxglove.FrameTransform": _object(
        timestamp=_TIME, parent_frame_id=_TEXT, child_frame_id=_TEXT, translation=_VECTOR, rotation=_QUATERNION
    ),
    "foxglove.PointCloud": _object(
        timestamp=_TIME, frame_id=_TEXT, pose=_POSE, point_stride=_WHOLE,
        fields=_list(_object(name=_TEXT, offset=_WHOLE, type=_WHOLE)), data=_BYTES,
    ),
    "foxglove.SceneUpdate": _object(deletions=_list({"type": "object"}), entities=_list(_ENTITY)),
}  # fmt: skip
"""JSON Schema of every message."""

_FLOAT32, _UINT16 = 7, 3
"""Numeric types of Foxglove's PackedElementField."""
_POINT = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4"), ("ring", "<u2"), ("instance", "<u2")]
)
_DETECTION = np.dtype(
    [(name, "<f4") for name in ("x", "y", "z", "radial_velocity", "over_ground", "rcs", "snr")]
    + [("instance", "<u2")]
)
_MODELS = {8: "rational_polynomial", 4: "kannala_brandt"}
"""Foxglove's names for OpenCV's models, by their number of coefficients."""


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write every episode of a dataset as an MCAP file.

    Raises:
        DatasetError: the package mcap is absent, no sensor has pictures with poses, turns or sweeps, or the
            folder is not empty.
    """
    try:
        import mcap.writer as mcap_writer
    except ImportError:
        raise DatasetError("MCAP needs the package mcap: pip install 'oddsmith[mcap]'") from None
    cameras = [name for name in dataset.sensors if set(_NEEDED) <= set(dataset.columns(name))]
    scanners, sweepers = lidars(dataset), radars(dataset)
    if not cameras and not scanners and not sweepers:
        raise DatasetError(f"{dataset.folder.path} has neither a camera with poses nor a LiDAR nor a radar")
    fresh_folder(folder)
    counts, first = {"episodes": 0, "messages": 0}, folder
    with WeightsFile(folder) as weights:
        for episode in dataset.episodes():
            path = folder / f"{episode.id}.mcap"
            first = path if counts["episodes"] == 0 else first
            found = _messages(episode, cameras, scanners, sweepers)
            messages = sorted(found, key=lambda one: (one[2], one[0], one[1]))
            with path.open("wb") as file:
                writer: Any = mcap_writer.Writer(file, compression=mcap_writer.CompressionType.NONE)
                writer.start(library="oddsmith")
                _write(writer, episode, messages)
                writer.finish()
            for name in cameras:
                for frame in episode.frames(name, columns=["K"]):
                    weights.add(frame, path, f"/{name}/image")
            counts["episodes"] += 1
            counts["messages"] += len(messages)
    return Exported(folder, counts, first)


def _write(writer: Any, episode: Episode, messages: Sequence[Message]) -> None:
    schemas = {
        name: writer.register_schema(name, "jsonschema", json.dumps(schema).encode())
        for name, schema in SCHEMAS.items()
    }
    topics = dict.fromkeys((topic, schema) for topic, schema, _, _ in messages)
    channels = {topic: writer.register_channel(topic, "json", schemas[schema]) for topic, schema in topics}
    writer.add_metadata(
        "oddsmith",
        {
            "episode_id": episode.id,
            "split": episode.split,
            "weight": "" if episode.weight is None else repr(episode.weight),
            "events": json.dumps(episode.events),
            "parameters": json.dumps(episode.parameters, default=str),
        },
    )
    for number, (topic, _, t, content) in enumerate(messages):
        at = round(t * 1e9)
        writer.add_message(channels[topic], at, json.dumps(content).encode(), at, number)


def _messages(
    episode: Episode, cameras: Sequence[str], scanners: Sequence[str], sweepers: Sequence[str]
) -> Iterator[Message]:
    for name in cameras:
        for frame in episode.frames(name):
            yield from _picture(frame)
    for name in scanners:
        for frame in episode.frames(name):
            yield from _turn(frame)
    for name in sweepers:
        for frame in episode.frames(name):
            yield from _sweep(frame)


def _picture(frame: Frame) -> Iterator[Message]:
    name, t = frame.sensor, frame.t
    content, suffix = image_bytes(frame.stored["rgb"])
    head = {"timestamp": _time(t), "frame_id": name}
    kind = "jpeg" if suffix == ".jpg" else "png"
    yield f"/{name}/image", "foxglove.CompressedImage", t, {**head, "data": _text(content), "format": kind}
    K, (height, width) = frame["K"], frame["rgb"].shape[:2]
    D = list(frame.stored["distortion"]) if "distortion" in frame else []
    yield (
        f"/{name}/calibration",
        "foxglove.CameraCalibration",
        t,
        {
            **head, "width": width, "height": height, "distortion_model": _MODELS.get(len(D), ""), "D": D,
            "K": K.ravel().tolist(), "R": np.eye(3).ravel().tolist(),
            "P": np.column_stack([K, np.zeros(3)]).ravel().tolist(),
        },
    )  # fmt: skip
    yield "/tf", "foxglove.FrameTransform", t, _transform(name, t, frame["T_world_camera"])
    if "objects" in frame:
        entities = [_entity(entry, head) for entry in frame["objects"]]
        yield f"/{name}/objects", "foxglove.SceneUpdate", t, {"deletions": [], "entities": entities}


def _turn(frame: Frame) -> Iterator[Message]:
    points = point_cloud(frame)
    packed = np.zeros(len(points), _POINT)
    for axis, values in zip("xyz", untwisted(frame, points).T, strict=True):
        packed[axis] = values
    for field in ("intensity", "ring", "instance"):
        packed[field] = points[field]
    yield _cloud(frame, "points", packed)
    yield "/tf", "foxglove.FrameTransform", frame.t, _transform(frame.sensor, frame.t, frame["T_world_lidar"])


def _sweep(frame: Frame) -> Iterator[Message]:
    points = detections(frame)
    packed = np.zeros(len(points), _DETECTION)
    for field in ("x", "y", "radial_velocity", "over_ground", "rcs", "snr", "instance"):
        packed[field] = points[field]
    yield _cloud(frame, "detections", packed)
    yield "/tf", "foxglove.FrameTransform", frame.t, _transform(frame.sensor, frame.t, frame["T_world_radar"])


def _cloud(frame: Frame, topic: str, packed: NDArray[np.void]) -> Message:
    """Return points as a message; each of their fields is told with its place and type."""
    kinds = [packed[name].dtype for name in packed.dtype.names or ()]
    offsets = np.cumsum([0, *(kind.itemsize for kind in kinds)])[:-1]  # packed: one after the other
    fields = [
        {"name": name, "offset": int(offset), "type": _UINT16 if kind == np.uint16 else _FLOAT32}
        for name, kind, offset in zip(packed.dtype.names or (), kinds, offsets, strict=True)
    ]
    here = {"position": _vector(np.zeros(3)), "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}}
    content = {
        "timestamp": _time(frame.t), "frame_id": frame.sensor, "pose": here,
        "point_stride": packed.dtype.itemsize, "fields": fields, "data": _text(packed.tobytes()),
    }  # fmt: skip
    return f"/{frame.sensor}/{topic}", "foxglove.PointCloud", frame.t, content


def _entity(entry: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    box = entry["box3d"]
    x, y, z, w = (float(value) for value in box["rotation"])
    facts = {name: str(entry[name]) for name in ("name", "category", "visibility", "truncation")}
    if entry.get("lights") is not None:
        facts["lights"] = " ".join(entry["lights"])
    cube = {
        "pose": {"position": _vector(box["center"]), "orientation": {"x": x, "y": y, "z": z, "w": w}},
        "size": _vector(box["size"]),
        "color": {"r": 0.1, "g": 0.9, "b": 0.3, "a": 0.3},
    }
    return {
        **head,
        "id": str(entry["instance_id"]),
        "lifetime": {"sec": 0, "nsec": 0},
        "frame_locked": False,
        "metadata": [{"key": key, "value": value} for key, value in facts.items()],
        "cubes": [cube],
    }


def _transform(name: str, t: float, T: NDArray[np.float64]) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(T[:3, :3]).as_quat(canonical=True).tolist()
    return {
        "timestamp": _time(t),
        "parent_frame_id": "world",
        "child_frame_id": name,
        "translation": _vector(T[:3, 3]),
        "rotation": {"x": x, "y": y, "z": z, "w": w},
    }


def _vector(values: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
    x, y, z = (float(value) for value in values)
    return {"x": x, "y": y, "z": z}


def _time(t: float) -> dict[str, int]:
    sec, nsec = divmod(round(t * 1e9), 10**9)
    return {"sec": sec, "nsec": nsec}


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")

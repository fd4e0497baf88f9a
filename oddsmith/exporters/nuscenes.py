"""nuScenes: an episode is a scene, a moment at which cameras look a sample; the tables are JSON.

    v1.0-oddsmith/scene.json  sample.json  sample_data.json  sample_annotation.json  …
    samples/CAM_FRONT/front_0123456789abcdef_00012.jpg     samples/LIDAR_TOP/….pcd.bin
    samples/RADAR_BUMPER/….pcd     maps/none.png     weights.csv

The conventions are those of the format: translations in metres, quaternions w, x, y, z, sizes width, length,
height, boxes in the global frame about their middle, moments in microseconds (scenes lie 1000 s apart). Some of
what it asks for a dataset does not know: the ego frame is that of the body which carries the first camera (x
forward, y left, z up, on the ground below the middle of its box; that camera's mounting frame in datasets
without `T_body_camera`), and every sensor is calibrated against it; the map is an empty mask; there are no
attributes.

A body that some camera shows is annotated, with the largest of its visibilities. `num_lidar_pts` is counted by
instance in the turn that looks ahead at the sample's moment, `num_radar_pts` in the sweeps of that moment
without ghosts; both are 0 without such a sensor, and evaluation by the devkit leaves out boxes without points.
Sweeps at other moments are not written: a radar wants the cameras' rate. Categories are the nearest of the
format (a person is an adult, for a dataset does not tell ages), and `movable_object.NAME` where it has none.
Weights, split, events and parameters stand in each scene, where the devkit ignores them, and in `weights.csv`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.clouds import Turns, lidars, point_cloud, untwisted
from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.decoding import png_bytes
from oddsmith.detections import SOURCES, detections, radars
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile, frame_name, write_picture
from oddsmith.exporters.radar_files import pcd_bytes

__all__ = ["VERSION", "export"]

VERSION = "v1.0-oddsmith"
"""Name of the folder of tables, and what the devkit takes as `version`."""

Pose = NDArray[np.float64]
Row = dict[str, Any]

_NEEDED = ("rgb", "K", "T_world_camera", "objects")
_CATEGORIES = {
    "car": "vehicle.car",
    "van": "vehicle.car",
    "truck": "vehicle.truck",
    "bus": "vehicle.bus.rigid",
    "trailer": "vehicle.trailer",
    "motorcycle": "vehicle.motorcycle",
    "bicycle": "vehicle.bicycle",
    "rider": "vehicle.bicycle",
    "person": "human.pedestrian.adult",
    "animal": "animal",
}
_VISIBILITIES = (("1", "v0-40", 0.4), ("2", "v40-60", 0.6), ("3", "v60-80", 0.8), ("4", "v80-100", 1.0))
_T_MOUNT_CAMERA: Pose = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""From a camera's axes (x right, y down, z forward) to x forward, y left, z up."""
_SAME = 1e-6
"""Moments nearer than this are one [s]."""
_APART = 10**9
"""Between the beginnings of two scenes [us]."""
_TABLES = (
    "attribute", "calibrated_sensor", "category", "ego_pose", "instance", "log", "map", "sample",
    "sample_annotation", "sample_data", "scene", "sensor", "visibility",
)  # fmt: skip


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset in nuScenes' layout.

    Raises:
        DatasetError: no camera of the dataset has poses and object labels, or the folder is not empty.
    """
    cameras = [name for name in dataset.sensors if set(_NEEDED) <= set(dataset.columns(name))]
    if not cameras:
        raise DatasetError(
            f"{dataset.folder.path} has no camera with the labels 'T_world_camera' and 'objects'"
        )
    fresh_folder(folder)
    with WeightsFile(folder) as weights:
        writer = _Writer(dataset, folder, cameras, weights)
        for number, episode in enumerate(dataset.episodes()):
            writer.add(episode, number)
    writer.finish()
    counts = {
        "scenes": len(writer.tables["scene"]),
        "samples": len(writer.tables["sample"]),
        "annotations": len(writer.tables["sample_annotation"]),
    }
    return Exported(folder, counts, folder / VERSION)


class _Writer:
    """Collects the rows of all tables, and writes pictures and clouds as it goes."""

    def __init__(self, dataset: Dataset, folder: Path, cameras: Sequence[str], weights: WeightsFile) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in _TABLES}
        self._folder, self._cameras, self._weights = folder, cameras, weights
        self._lidar = next((Turns(name) for name in lidars(dataset)), None)
        self._radars = [Turns(name) for name in radars(dataset)]
        channels = [(name, _channel(name), "camera") for name in cameras]
        channels += [(one.sensor, f"RADAR_{one.sensor.upper()}", "radar") for one in self._radars]
        channels += [] if self._lidar is None else [(self._lidar.sensor, "LIDAR_TOP", "lidar")]
        self.tables["sensor"] = [
            {"token": _token("sensor", name), "channel": channel, "modality": modality}
            for name, channel, modality in channels
        ]
        self.tables["category"] = [
            {"token": _token("category", name), "name": _category(name), "description": name}
            for name in dataset.categories
        ]
        self.tables["visibility"] = [
            {"token": token, "level": level, "description": f"visibility of whole object: {level[1:]} %"}
            for token, level, _ in _VISIBILITIES
        ]
        self._data: list[Row] = []
        self._about = str(dataset.manifest.get("about", ""))

    def add(self, episode: Episode, number: int) -> None:
        """Add an episode as a scene; nothing where its cameras saw nothing."""
        scene, log = _token("scene", episode.id), _token("log", episode.id)
        frames = {name: list(episode.frames(name)) for name in self._cameras}
        reference = next((found for found in frames.values() if found), [])
        if not reference:
            return
        samples = [_token("sample", episode.id, str(frame.index)) for frame in reference]
        boxes: dict[int, list[Row]] = {}
        self._data = []
        for sample, frame in zip(samples, reference, strict=True):
            at = number * _APART + round(frame.t * 1e6)
            self.tables["sample"].append({"token": sample, "timestamp": at, "scene_token": scene})
            T_ego_camera = frame.get("T_body_camera", _T_MOUNT_CAMERA)
            T_world_ego = frame["T_world_camera"] @ np.linalg.inv(T_ego_camera)
            beside = [other for found in frames.values() for other in found if abs(other.t - frame.t) < _SAME]
            for other in beside:
                self._add_picture(other, sample, at, T_world_ego)
            counted = self._add_turn(frame, sample, at, T_world_ego)
            echoed = self._add_sweeps(frame, sample, at, T_world_ego)
            for row in _boxes(beside, counted, echoed, sample, episode.id):
                boxes.setdefault(row.pop("instance_id"), []).append(row)
        self._add_instances(episode.id, boxes)
        _chain(self.tables["sample"][-len(samples) :])
        for sensor in dict.fromkeys(row["calibrated_sensor_token"] for row in self._data):
            _chain([row for row in self._data if row["calibrated_sensor_token"] == sensor])
        self.tables["sample_data"] += self._data
        self.tables["log"].append(
            {
                "token": log,
                "logfile": episode.id,
                "vehicle": "simulated",
                "date_captured": "",
                "location": "simulated",
            }
        )
        self.tables["scene"].append(
            {
                "token": scene,
                "log_token": log,
                "nbr_samples": len(samples),
                "first_sample_token": samples[0],
                "last_sample_token": samples[-1],
                "name": episode.id,
                "description": self._about,
                "split": episode.split,
                "weight": episode.weight,
                "events": episode.events,
                "parameters": episode.parameters,
            }
        )

    def finish(self) -> None:
        """Write the tables and the empty map."""
        (self._folder / "maps").mkdir()
        (self._folder / "maps" / "none.png").write_bytes(png_bytes(np.zeros((8, 8), np.uint8)))
        self.tables["map"].append(
            {
                "token": _token("map"),
                "category": "semantic_prior",
                "filename": "maps/none.png",
                "log_tokens": [row["token"] for row in self.tables["log"]],
            }
        )
        (self._folder / VERSION).mkdir()
        for name, rows in self.tables.items():
            text = json.dumps(rows, indent=0, default=_plain)
            (self._folder / VERSION / f"{name}.json").write_text(text, "utf-8")

    def _add_picture(self, frame: Frame, sample: str, at: int, T_world_ego: Pose) -> None:
        stem = f"samples/{_channel(frame.sensor)}/{frame_name(frame)}"
        file = write_picture(frame, self._folder, stem)
        self._weights.add(frame, file, frame_name(frame))
        height, width = frame["rgb"].shape[:2]
        extra: Row = {"camera_intrinsic": frame["K"].tolist()}
        if "distortion" in frame:
            extra["camera_distortion"] = list(frame.stored["distortion"])
        self._add_data(
            frame, sample, at, T_world_ego, frame["T_world_camera"], extra,
            {"filename": _name(file, self._folder), "height": height, "width": width},
        )  # fmt: skip

    def _add_turn(self, frame: Frame, sample: str, at: int, T_world_ego: Pose) -> Mapping[int, int]:
        """Write the turn beside a frame; return instance id -> points on it."""
        turn = None if self._lidar is None else self._lidar.beside(frame)
        if turn is None:
            return {}
        points = point_cloud(turn)
        file = self._folder / "samples" / "LIDAR_TOP" / f"{frame_name(turn)}.pcd.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        bright = np.minimum(points["intensity"] * 100.0, 255.0)
        content = np.column_stack([untwisted(turn, points), bright, points["ring"]]).astype("<f4")
        file.write_bytes(content.tobytes())
        self._add_data(
            turn, sample, at, T_world_ego, turn["T_world_lidar"], {"camera_intrinsic": []},
            {"filename": _name(file, self._folder), "height": 0, "width": 0},
        )  # fmt: skip
        ids, counts = np.unique(points["instance"], return_counts=True)
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))

    def _add_sweeps(self, frame: Frame, sample: str, at: int, T_world_ego: Pose) -> Mapping[int, int]:
        """Write the sweeps of all radars beside a frame; return instance id -> detections of it."""
        counted: Counter[int] = Counter()
        for radar in self._radars:
            sweep = radar.beside(frame)
            if sweep is None:
                continue
            points = detections(sweep)
            channel = f"RADAR_{radar.sensor.upper()}"
            file = self._folder / "samples" / channel / f"{frame_name(sweep)}.pcd"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(pcd_bytes(points))
            self._add_data(
                sweep, sample, at, T_world_ego, sweep["T_world_radar"], {"camera_intrinsic": []},
                {"filename": _name(file, self._folder), "height": 0, "width": 0},
            )  # fmt: skip
            counted.update(points["instance"][points["source"] == SOURCES.index("body")].tolist())
        return counted

    def _add_data(
        self, frame: Frame, sample: str, at: int, T_world_ego: Pose, T_world_sensor: Pose, extra: Row, file: Row
    ) -> None:
        token = _token("data", frame.sensor, frame.episode.id, str(frame.index))
        calibrated = _token("calibrated", frame.sensor, frame.episode.id)
        if all(row["token"] != calibrated for row in self.tables["calibrated_sensor"][-8:]):
            self.tables["calibrated_sensor"].append(
                {
                    "token": calibrated,
                    "sensor_token": _token("sensor", frame.sensor),
                    **_placed(np.linalg.inv(T_world_ego) @ T_world_sensor),
                    **extra,
                }
            )
        self.tables["ego_pose"].append({"token": token, "timestamp": at, **_placed(T_world_ego)})
        suffix = file["filename"].rpartition(".")[2]
        row = {
            "token": token,
            "sample_token": sample,
            "ego_pose_token": token,
            "calibrated_sensor_token": calibrated,
            "timestamp": at,
            "fileformat": "pcd" if suffix == "bin" else suffix,
            "is_key_frame": True,
            **file,
        }
        self._data.append(row)

    def _add_instances(self, episode_id: str, boxes: Mapping[int, list[Row]]) -> None:
        for instance_id, rows in boxes.items():
            token = _token("instance", episode_id, str(instance_id))
            category = _token("category", rows[0].pop("category"))
            for row in rows:
                row.pop("category", None)
                row["instance_token"] = token
            _chain(rows)
            self.tables["sample_annotation"] += rows
            self.tables["instance"].append(
                {
                    "token": token,
                    "category_token": category,
                    "nbr_annotations": len(rows),
                    "first_annotation_token": rows[0]["token"],
                    "last_annotation_token": rows[-1]["token"],
                    "name": rows[0]["name"],
                }
            )


def _boxes(
    frames: Sequence[Frame], counted: Mapping[int, int], echoed: Mapping[int, int], sample: str, episode_id: str
) -> Iterator[Row]:
    """Yield the annotations of a sample: each body that some of its pictures shows, once."""
    found: dict[int, tuple[float, Frame, Mapping[str, Any]]] = {}
    for frame in frames:
        for entry in frame["objects"]:
            best = found.get(entry["instance_id"])
            if entry["bbox"] is not None and (best is None or entry["visibility"] > best[0]):
                found[entry["instance_id"]] = (entry["visibility"], frame, entry)
    for instance_id, (visibility, frame, entry) in sorted(found.items()):
        box, T_camera_box = entry["box3d"], np.eye(4)
        T_camera_box[:3, :3] = _rotation(box["rotation"])
        T_camera_box[:3, 3] = box["center"]
        length, width, height = (float(side) for side in box["size"])
        yield {
            "token": _token("annotation", episode_id, str(instance_id), sample),
            "sample_token": sample,
            "instance_id": instance_id,
            "category": entry["category"],
            "visibility_token": next(token for token, _, most in _VISIBILITIES if visibility <= most + 1e-9),
            "attribute_tokens": [],
            **_placed(frame["T_world_camera"] @ T_camera_box),
            "size": [width, length, height],
            "num_lidar_pts": counted.get(instance_id, 0),
            "num_radar_pts": echoed.get(instance_id, 0),
            "name": entry["name"],
        }


def _chain(rows: Sequence[Row]) -> None:
    """Name before and after each row the ones beside it, "" at the ends."""
    for k, row in enumerate(rows):
        row["prev"] = rows[k - 1]["token"] if k > 0 else ""
        row["next"] = rows[k + 1]["token"] if k + 1 < len(rows) else ""


def _placed(T: Pose) -> Row:
    """Return a pose as translation and quaternion w, x, y, z."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(T[:3, :3]).as_quat(canonical=True).tolist()
    return {"translation": T[:3, 3].tolist(), "rotation": [w, x, y, z]}


def _rotation(xyzw: Sequence[float]) -> NDArray[np.float64]:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_quat(xyzw).as_matrix())


def _channel(sensor: str) -> str:
    return f"CAM_{sensor.upper()}"


def _category(name: str) -> str:
    return _CATEGORIES.get(name, f"movable_object.{name}")


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _token(*parts: str) -> str:
    """Return the 32 hexadecimal digits that name a row; the same dataset has the same."""
    return sha256("/".join(parts).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Return what JSON has no name for as what it has."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)

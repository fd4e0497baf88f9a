"""One dataset of all kinds of sensors, written in many formats."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from oddsmith import Dataset, load_scenario
from oddsmith.exporters import TABLE
from oddsmith.exporters.nuscenes import VERSION
from oddsmith.generation import run

SMALL = {
    "sampling.method": "nominal",
    "sampling.calls": "12",
    "sampling.episodes": "3",
    "sampling.event_share": "0.5",
    "sampling.near_miss_share": "0",
    "capture": "{from: event - 0.8 s, to: event - 0.6 s}",
    "sensors.front.camera.resolution": "[320, 240]",
    "sensors.roof.lidar.columns": "1200",
    "sensors.bumper": "{radar: {rate: 10 Hz}, on: ego, at: {x: 2.2 m, z: 0.5 m}}",
}


@pytest.fixture(scope="package")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("seen") / "one"
    run(load_scenario("driving/occluded_child_lidar", SMALL), out, overrides=SMALL, seed=4)
    return Dataset(out)


@pytest.fixture(scope="package")
def frames(dataset):
    return list(dataset.frames("front"))


@pytest.fixture(scope="package")
def exports(dataset, tmp_path_factory):
    """Format -> the folder it was written to."""
    root = tmp_path_factory.mktemp("exports")
    formats = ("kitti", "coco", "coco_panoptic", "coco_keypoints", "nuscenes", "mcap")
    return {name: TABLE[name].load()(dataset, root / name).folder for name in formats}


class NuScenes:
    """The tables by token, and poses composed as the schema says."""

    def __init__(self, folder):
        self.folder = folder
        self.tables = {file.stem: json.loads(file.read_text()) for file in (folder / VERSION).iterdir()}
        self.by_token = {row["token"]: row for rows in self.tables.values() for row in rows}
        assert len(self.by_token) == sum(map(len, self.tables.values())) - len(self.tables["ego_pose"])

    def rows(self, table):
        return {row["token"]: row for row in self.tables[table]}

    @staticmethod
    def pose(row):
        T = np.eye(4)
        w, x, y, z = row["rotation"]
        T[:3, :3], T[:3, 3] = Rotation.from_quat([x, y, z, w]).as_matrix(), row["translation"]
        return T

    def data(self, modality):
        """Yield (sample_data, T_global_sensor, calibrated_sensor) of a modality."""
        sensors = self.rows("sensor")
        poses, calibrated = self.rows("ego_pose"), self.rows("calibrated_sensor")
        for row in self.tables["sample_data"]:
            sensor = calibrated[row["calibrated_sensor_token"]]
            if sensors[sensor["sensor_token"]]["modality"] == modality:
                yield row, self.pose(poses[row["ego_pose_token"]]) @ self.pose(sensor), sensor

    def boxes(self, sample_token):
        """(name, T_global_box, (w, l, h), row) of the annotations of a sample."""
        for row in self.tables["sample_annotation"]:
            if row["sample_token"] == sample_token:
                yield row["name"], self.pose(row), row["size"], row


@pytest.fixture(scope="package")
def nuscenes(exports):
    return NuScenes(exports["nuscenes"])

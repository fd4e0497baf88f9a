"""A stereo rig with a side camera in many formats: one calibration, one set of objects, disparity that fits."""

import csv
import json
import shutil

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from oddsmith import Dataset, load_scenario
from oddsmith.exporters import TABLE
from oddsmith.exporters.nuscenes import VERSION
from oddsmith.generation import run

BASELINE, FX = 0.54, 110.0
RIG = """
rig: test
sensors:
  left: {camera: {CAMERA, stereo: right}, at: {y: 0.27 m}}
  right: {camera: {CAMERA, stereo: left}, at: {y: -0.27 m}}
  side: {camera: {CAMERA}, at: {y: -0.4 m, yaw: -60 deg}}
""".replace("CAMERA", "resolution: [160, 96], focal: [110, 110], rate: 5 Hz, format: png")
SCENARIO = """
scenario: driving/rig
language: 1
duration: 3 s
world:
  road: {street: {lanes: 1, oncoming_lanes: 1}}
  ego: {vehicle: sedan, lane: 1, speed: 20 km/h}
  actors:
    - {id: rider, vehicle: bicycle, lane: 1, ahead: 9 m, speed: 18 km/h}
    - {id: parked, static: sedan, on: right_parking, ahead: 6 m}
sensors:
  eyes: {rig: rig.yaml, on: ego, at: {x: 1.5 m, z: 1.3 m, pitch: 3 deg}}
capture: {from: start + 1 s, to: start + 1.25 s}
event: {near: "min_distance(ego, rider) < 50 m"}
sampling: {method: nominal, target: near, calls: 4, episodes: 2}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rig")
    (folder / "rig.yaml").write_text(RIG)
    (folder / "one.yaml").write_text(SCENARIO)
    run(load_scenario(folder / "one.yaml"), folder / "out", seed=3)
    dataset = Dataset(folder / "out")
    exports = {name: TABLE[name].load()(dataset, folder / name).folder
               for name in ("kitti", "nuscenes", "coco_keypoints")}  # fmt: skip
    yield dataset, exports
    shutil.rmtree(folder)


def rigid(row):
    T = np.eye(4)
    w, x, y, z = row["rotation"]
    T[:3, :3], T[:3, 3] = Rotation.from_quat([x, y, z, w]).as_matrix(), row["translation"]
    return T


def corners(box):
    signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    return Rotation.from_quat(box["rotation"]).apply(signs * np.array(box["size"]) / 2) + box["center"]


def calibration(folder, name):
    lines = (folder / "training" / "calib" / f"{name}.txt").read_text().splitlines()
    rows = dict(line.split(": ") for line in lines)
    return {key: np.array(rows[key].split(), float).reshape(3, 4) for key in ("P0", "P1", "P2", "P3")}


def places(folder):
    """File -> (sensor, episode, sample)."""
    with (folder / "weights.csv").open() as file:
        return {
            row["file_name"]: (row["sensor"], row["episode_id"], int(row["sample"]))
            for row in csv.DictReader(file)
        }


def test_kitti_has_the_pair_in_its_folders_and_projects_boxes_into_both(made):
    dataset, exports = made
    frames = {(f.sensor, f.episode.id, f.index): f for s in dataset.sensors for f in dataset.frames(s)}
    checked = 0
    for file, (sensor, episode, sample) in places(exports["kitti"]).items():
        folder, name = file.split("/")[1], file.split("/")[2].split(".")[0]
        assert folder == ("image_3" if sensor == "eyes_right" else "image_2")
        P = calibration(exports["kitti"], name)
        if sensor != "eyes_left":
            continue
        np.testing.assert_allclose(P["P3"] - P["P2"], [[0, 0, 0, -FX * BASELINE], [0] * 4, [0] * 4], atol=1e-9)
        left, right = frames[sensor, episode, sample], frames["eyes_right", episode, sample]
        theirs = {entry["instance_id"]: entry for entry in right["objects"]}
        for entry in left["objects"]:
            if entry["instance_id"] not in theirs:
                continue
            ours = np.column_stack([corners(entry["box3d"]), np.ones(8)]) @ P["P3"].T
            truth = corners(theirs[entry["instance_id"]]["box3d"]) @ right["K"].T
            if truth[:, 2].min() > 0.5:
                np.testing.assert_allclose(ours[:, :2] / ours[:, 2:], truth[:, :2] / truth[:, 2:], atol=2e-2)
                checked += 1
    assert checked >= 4


def test_disparity_of_kitti_fits_its_depth_and_its_calibration(made):
    _, exports = made
    training, checked = exports["kitti"] / "training", 0
    for file, (sensor, _, _) in places(exports["kitti"]).items():
        name = file.split("/")[2].split(".")[0]
        if sensor != "eyes_left":
            continue
        depth, disparity = (
            cv2.imread(str(training / folder / f"{name}.png"), cv2.IMREAD_UNCHANGED).astype(float) / 256.0
            for folder in ("depth_2", "disp_occ_0")
        )
        both = (depth > 0) & (disparity > 0)
        np.testing.assert_array_equal(depth[disparity == 0], 0)
        # Both are rounded to steps of 1/256.
        slack = 0.5 / 256 * (1 + FX * BASELINE / depth[both] ** 2) + 1e-4
        assert (np.abs(disparity[both] - FX * BASELINE / depth[both]) <= slack).all()
        checked += both.sum()
    assert checked > 10_000


def test_nuscenes_calibrates_every_camera_of_the_rig_against_the_body_that_carries_it(made):
    dataset, exports = made
    tables = {file.stem: json.loads(file.read_text()) for file in (exports["nuscenes"] / VERSION).iterdir()}
    poses, calibrated = (
        {row["token"]: row for row in tables[name]} for name in ("ego_pose", "calibrated_sensor")
    )
    frames = {f"{f.sensor}_{f.episode.id}_{f.index:05d}": f for s in dataset.sensors for f in dataset.frames(s)}
    mounts = {"eyes_left": [0.0, 0.27, 0.0], "eyes_right": [0.0, -0.27, 0.0], "eyes_side": [0.0, -0.4, 0.0]}
    rig = np.eye(4)
    rig[:3, :3], rig[:3, 3] = Rotation.from_euler("y", 3.0, degrees=True).as_matrix(), [1.5, 0.0, 1.3]
    egos = {}
    for row in tables["sample_data"]:
        frame = frames[row["filename"].rpartition("/")[2].rpartition(".")[0]]
        T_ego_camera, T_world_ego = (
            rigid(calibrated[row["calibrated_sensor_token"]]),
            rigid(poses[row["ego_pose_token"]]),
        )
        np.testing.assert_allclose(T_world_ego @ T_ego_camera, frame["T_world_camera"], atol=1e-9)
        np.testing.assert_allclose(T_ego_camera[:3, 3], (rig @ [*mounts[frame.sensor], 1.0])[:3], atol=1e-9)
        np.testing.assert_allclose(T_ego_camera, frame["T_body_camera"], atol=1e-9)
        yaw = np.radians(-60.0 if frame.sensor == "eyes_side" else 0.0)
        ahead = rig[:3, :3] @ [np.cos(yaw), np.sin(yaw), 0.0]
        np.testing.assert_allclose(T_ego_camera[:3, 2], ahead, atol=1e-9)
        egos.setdefault(row["sample_token"], []).append(T_world_ego)
    assert {len(found) for found in egos.values()} == {3}
    for first, *others in egos.values():
        assert abs(first[2, 3]) < 1e-6  # the body's frame lies on the ground
        for other in others:
            np.testing.assert_array_equal(other, first)


def test_what_a_camera_of_the_rig_shows_lies_in_the_boxes_nuscenes_has(made):
    dataset, exports = made
    tables = {file.stem: json.loads(file.read_text()) for file in (exports["nuscenes"] / VERSION).iterdir()}
    sample_of = {
        row["filename"].rpartition("/")[2].rpartition(".")[0]: row["sample_token"]
        for row in tables["sample_data"]
    }
    checked = 0
    for sensor in dataset.sensors:
        for frame in dataset.frames(sensor):
            token = sample_of[f"{sensor}_{frame.episode.id}_{frame.index:05d}"]
            boxes = {row["name"]: row for row in tables["sample_annotation"] if row["sample_token"] == token}
            for entry in frame["objects"]:
                if entry["bbox"] is None:
                    continue
                row = boxes[entry["name"]]
                w, length, h = row["size"]
                signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
                there = signs * [length / 2, w / 2, h / 2] @ rigid(row)[:3, :3].T + rigid(row)[:3, 3]
                T = np.linalg.inv(frame["T_world_camera"])
                u, v, z = frame["K"] @ (there @ T[:3, :3].T + T[:3, 3]).T
                if z.min() > 0.3:
                    x, y, wide, high = entry["bbox"]
                    assert (u / z).min() - 1 <= x
                    assert x + wide <= (u / z).max() + 1
                    assert (v / z).min() - 1 <= y
                    assert y + high <= (v / z).max() + 1
                    checked += 1
    assert checked >= 8


def test_coco_has_the_joints_of_the_rider(made):
    _, exports = made
    riders = 0
    for file in (exports["coco_keypoints"] / "annotations").iterdir():
        told = json.loads(file.read_text())
        (category,) = [one for one in told["categories"] if one["name"] == "bicycle"]
        assert category["keypoints"][0] == "nose"
        assert len(category["keypoints"]) == 17
        for one in told["annotations"]:
            if one["category_id"] == category["id"]:
                points = np.array(one["keypoints"]).reshape(-1, 3)
                seen = points[points[:, 2] == 2]
                x, y, w, h = one["bbox"]
                near = (
                    (seen[:, 0] > x - 2)
                    & (seen[:, 0] < x + w + 2)
                    & (seen[:, 1] > y - 2)
                    & (seen[:, 1] < y + h + 2)
                )
                assert near.all()
                riders += len(seen) >= 6
    assert riders >= 2

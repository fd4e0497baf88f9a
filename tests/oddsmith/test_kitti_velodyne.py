"""A LiDAR's turns in KITTI's layout: read by the rules of its readme, they lie on the pictures' objects."""

import numpy as np
import pytest

from oddsmith import Dataset, load_scenario
from oddsmith.clouds import Turns, lidars, point_cloud
from oddsmith.exporters.kitti import export
from oddsmith.generation import run
from oddsmith.pictures.base import Wish
from oddsmith.pictures.clouds import draw

SMALL = {
    "sampling.method": "nominal",
    "sampling.calls": "12",
    "sampling.episodes": "2",
    "sampling.event_share": "0.5",
    "sampling.near_miss_share": "0",
    "capture": "{from: event - 0.8 s, to: event - 0.6 s}",
    "sensors.front.camera.resolution": "[320, 240]",
    "sensors.roof.lidar.columns": "1200",
    "sensors.roof.lidar.noise": "1 cm",
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("seen") / "one"
    scenario = load_scenario("driving/occluded_child_lidar", SMALL)
    run(scenario, out, overrides=SMALL, seed=4)
    return Dataset(out)


@pytest.fixture(scope="module")
def training(dataset, tmp_path_factory):
    return export(dataset, tmp_path_factory.mktemp("kitti") / "out").folder / "training"


def calibration(training, name):
    lines = (training / "calib" / f"{name}.txt").read_text().splitlines()
    rows = {key: np.array(value.split(), float) for key, value in (line.split(": ") for line in lines)}
    return rows["P2"].reshape(3, 4), rows["R0_rect"].reshape(3, 3), rows["Tr_velo_to_cam"].reshape(3, 4)


def frames(dataset):
    turns = Turns("roof")
    for number, frame in enumerate(dataset.frames("front")):
        yield f"{number:06d}", frame, turns.beside(frame)


def test_a_lidar_is_known_by_its_columns(dataset):
    assert lidars(dataset) == ["roof"]
    assert dataset.columns("roof")["instance"] == "label"
    assert dataset.columns("roof")["range"] == "feature"
    assert "T_world_lidar" not in dataset.features("roof").column_names


def test_every_picture_has_its_cloud(dataset, training):
    count = 0
    for name, _, turn in frames(dataset):
        stored = np.fromfile(training / "velodyne" / f"{name}.bin", "<f4").reshape(-1, 4)
        assert len(stored) == len(point_cloud(turn)) > 10_000
        assert np.all(np.isfinite(stored))
        assert 0.0 <= stored[:, 3].min() < stored[:, 3].max() <= 1.0
        count += 1
    assert count >= 4


def test_points_of_bodies_fall_on_them_in_the_picture(dataset, training):
    """Those the camera sees, too, which stands lower: at the depth it sees there."""
    met = hit = 0
    for name, frame, turn in frames(dataset):
        P, R0, T = calibration(training, name)
        stored = np.fromfile(training / "velodyne" / f"{name}.bin", "<f4").reshape(-1, 4).astype(float)
        at = R0 @ T @ np.column_stack([stored[:, :3], np.ones(len(stored))]).T
        u, v, w = P @ np.vstack([at, np.ones(len(stored))])
        with np.errstate(divide="ignore", invalid="ignore"):
            column, row = np.floor(u / w), np.floor(v / w)
        height, width = frame["instance"].shape
        is_in = (w > 0.5) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        instance = point_cloud(turn)["instance"]
        own = is_in & (instance > 0)
        i, j = row[own].astype(int), column[own].astype(int)
        depth = frame["depth"][i, j]
        seen = np.abs(depth - at[2, own]) < 0.3
        met += np.count_nonzero(seen)
        hit += np.count_nonzero(frame["instance"][i, j][seen] == instance[own][seen])
        ground = is_in & (instance == 0)
        same = np.abs(frame["depth"][row[ground].astype(int), column[ground].astype(int)] - at[2, ground]) < 0.5
        assert same.mean() > 0.8
    assert met > 300
    assert hit / met > 0.96


def test_points_of_bodies_lie_in_their_labels_boxes(dataset, training):
    inside = total = 0
    for name, frame, turn in frames(dataset):
        _, R0, T = calibration(training, name)
        stored = np.fromfile(training / "velodyne" / f"{name}.bin", "<f4").reshape(-1, 4).astype(float)
        at = (R0 @ T @ np.column_stack([stored[:, :3], np.ones(len(stored))]).T).T
        instance = point_cloud(turn)["instance"]
        rows = (training / "label_2" / f"{name}.txt").read_text().splitlines()
        shown = [entry for entry in frame["objects"] if entry["bbox"] is not None]
        for line, entry in zip(rows, shown, strict=True):
            high, wide, long, x, y, z, turn_y = np.array(line.split()[8:], float)
            c, s = np.cos(turn_y), np.sin(turn_y)
            local = (at[instance == entry["instance_id"]] - [x, y, z]) @ np.array(
                [[c, 0, s], [0, 1, 0], [-s, 0, c]]
            )
            # Mirrors stand out of a box; echoes at an edge may lie between two bodies.
            fits = (np.abs(local[:, 0]) < long / 2 + 0.15) & (np.abs(local[:, 2]) < wide / 2 + 0.25)
            inside += np.count_nonzero(fits & (local[:, 1] < 0.15) & (local[:, 1] > -high - 0.15))
            total += len(local)
    assert total > 300
    assert inside / total > 0.98


def test_boxes_count_their_points(dataset):
    for _, _, turn in frames(dataset):
        points = point_cloud(turn)
        for entry in turn["objects"]:
            assert entry["points"] == np.count_nonzero(points["instance"] == entry["instance_id"])


def test_a_picture_of_clouds_is_drawn(dataset, tmp_path):
    shown = draw(dataset, tmp_path, Wish(rows=2))
    assert shown.files[0].stat().st_size > 50_000
    assert len(shown.shown) == 2


def test_the_bytes_do_not_depend_on_workers(dataset, tmp_path):
    scenario = load_scenario("driving/occluded_child_lidar", SMALL)
    run(scenario, tmp_path / "two", overrides=SMALL, seed=4, workers=2)
    one, two = (sorted((folder / "roof").iterdir()) for folder in (dataset.folder.path, tmp_path / "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]

"""KITTI exports, read by the rules of the development kit's readme and projected into the picture."""

import math

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from oddsmith.dataset import Dataset
from oddsmith.exporters.kitti import _row, export


@pytest.fixture(scope="module")
def exported(hand_made, tmp_path_factory):
    return export(Dataset(hand_made.path), tmp_path_factory.mktemp("kitti") / "out")


def calibration(folder, name):
    lines = (folder / "training" / "calib" / f"{name}.txt").read_text().splitlines()
    rows = dict(line.split(": ") for line in lines)
    sizes = {"R0_rect": (3, 3)}
    return {key: np.array(value.split(), float).reshape(sizes.get(key, (3, 4))) for key, value in rows.items()}


def objects(folder, name):
    for line in (folder / "training" / "label_2" / f"{name}.txt").read_text().splitlines():
        kind, *rest = line.split()
        assert len(rest) == 14
        yield kind, np.array(rest, float)


def corners_by_the_readme(values):
    """Return (8, 3): h, w, l about the middle of the bottom, turned about y."""
    high, wide, length = values[7:10]
    x = length / 2 * np.array([1, 1, -1, -1, 1, 1, -1, -1])
    y = high * np.array([0, 0, 0, 0, -1, -1, -1, -1])
    z = wide / 2 * np.array([1, -1, -1, 1, 1, -1, -1, 1])
    c, s = math.cos(values[13]), math.sin(values[13])
    return np.stack([x, y, z], 1) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T + values[10:13]


def corners_of_the_dataset(box):
    signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    points = signs * np.array(box["size"]) / 2
    return Rotation.from_quat(box["rotation"]).apply(points) + box["center"]


def projected(P, points):
    u, v, w = P @ np.column_stack([points, np.ones(len(points))]).T
    return np.stack([u / w, v / w], 1)


def test_boxes_of_labels_and_dataset_are_one_in_the_picture(hand_made, exported):
    dataset = Dataset(hand_made.path)
    for k, frame in enumerate(dataset.frames("front")):
        rows = list(objects(exported.folder, f"{k:06d}"))
        assert [kind for kind, _ in rows] == ["Car", "Pedestrian"]
        P = calibration(exported.folder, f"{k:06d}")["P2"]
        for (_, values), entry in zip(rows, frame["objects"], strict=True):
            theirs = projected(P, corners_by_the_readme(values))
            truth = corners_of_the_dataset(entry["box3d"])
            ours = projected(np.column_stack([frame["K"], np.zeros(3)]), truth)
            gaps = np.linalg.norm(theirs[:, None] - ours[None], axis=2)
            assert gaps.min(axis=1).max() < 0.02
            assert sorted(gaps.argmin(axis=1)) == list(range(8))


def test_angles_boxes_and_occlusion_are_as_the_readme_says(hand_made, exported):
    dataset = Dataset(hand_made.path)
    frame = next(dataset.frames("front"))
    for (_, values), entry in zip(objects(exported.folder, "000000"), frame["objects"], strict=True):
        assert values[0] == 0.0
        assert values[1] == 1
        alpha, rotation, x, z = values[2], values[13], values[10], values[12]
        assert math.remainder(alpha - (rotation - math.atan2(x, z)), 2 * math.pi) == pytest.approx(0, abs=1e-3)
        assert -math.pi <= alpha <= math.pi
        height, width = frame["instance"].shape
        left, top, right, bottom = values[3:7]
        assert (left, right) == (0.0, width - 1)
        assert top == max(entry["amodal_bbox"][1], 0)
        assert bottom <= height - 1


@pytest.mark.parametrize(
    ("ahead", "expected"), [((1, 0, 0), 0.0), ((0, 0, 1), -math.pi / 2), ((-1, 0, 0), math.pi)]
)
def test_zero_is_along_x_and_a_car_that_drives_away_has_minus_a_quarter_turn(ahead, expected):
    up = np.array([0.0, -1.0, 0.0])
    R = np.column_stack([ahead, np.cross(up, ahead), up])
    entry = {
        "category": "car",
        "truncation": 0.0,
        "occlusion": 0.0,
        "amodal_bbox": [0, 0, 5, 5],
        "box3d": {"center": [0, 0, 9], "size": [4, 2, 1.5], "rotation": Rotation.from_matrix(R).as_quat()},
    }
    assert abs(math.remainder(float(_row(entry, 50, 40).split()[-1]) - expected, 2 * math.pi)) < 1e-3


def test_points_of_the_vehicle_frame_reach_the_picture(exported):
    calib = calibration(exported.folder, "000003")
    ahead, left, up = (calib["R0_rect"] @ calib["Tr_velo_to_cam"] @ [*axis, 1] for axis in np.eye(3))
    np.testing.assert_array_equal([ahead, left, up], [[0, 0, 1], [-1, 0, 0], [0, -1, 0]])


def test_pictures_depth_flow_splits_and_weights_come_along(hand_made, exported):
    training = exported.folder / "training"
    for name in ("image_2", "label_2", "calib", "depth_2", "flow_2"):
        assert len(list((training / name).iterdir())) == 18
    depth = cv2.imread(str(training / "depth_2" / "000000.png"), cv2.IMREAD_UNCHANGED)
    truth = hand_made.truth[hand_made.ids[0], 0]["depth"]
    np.testing.assert_array_equal(depth, np.nan_to_num(truth * 256).astype(np.uint16))
    sets = {file.stem: file.read_text().split() for file in (exported.folder / "ImageSets").iterdir()}
    assert {name: len(members) for name, members in sets.items()} == {"train": 12, "val": 3, "test": 3}
    assert sorted(name for members in sets.values() for name in members) == [f"{k:06d}" for k in range(18)]
    weights = (exported.folder / "weights.csv").read_text().splitlines()
    assert weights[1].startswith(
        f"training/image_2/000000.png,000000,front,{hand_made.ids[0]},0,2.0,train,0.25"
    )

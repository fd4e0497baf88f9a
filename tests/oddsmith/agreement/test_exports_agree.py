"""One dataset in many formats, each read by its reader or the rules of its format: all of the same objects."""

import contextlib
import csv
import io
import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from oddsmith.detections import detections


def loaded(exports, kind, pattern):
    """Yield the COCO objects of the splits of an export."""
    for file in sorted((exports[kind] / "annotations").glob(pattern)):
        with contextlib.redirect_stdout(io.StringIO()):
            yield COCO(str(file))


def weights(folder):
    with (folder / "weights.csv").open() as file:
        return {
            (row["sensor"], row["episode_id"], int(row["sample"])): row["weight"]
            for row in csv.DictReader(file)
        }


def corners(T, size):
    w, length, h = size
    box = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * [length, w, h] / 2
    return box @ T[:3, :3].T + T[:3, 3]


def kitti_rows(folder, number):
    for line in (folder / "training" / "label_2" / f"{number:06d}.txt").read_text().splitlines():
        yield np.array(line.split()[1:], float)


def test_kitti_nuscenes_and_coco_describe_the_same_objects(dataset, frames, exports, nuscenes):
    coco_entries = {}
    for coco in loaded(exports, "coco", "instances_*.json"):
        for annotation in coco.anns.values():
            image = coco.imgs[annotation["image_id"]]
            key = image["episode_id"], image["sample"]
            coco_entries.setdefault(key, {})[annotation["attributes"]["instance_id"]] = annotation
    pictures = {row["filename"].rpartition("/")[2].rpartition(".")[0]: (row, T, sensor)
                for row, T, sensor in nuscenes.data("camera")}  # fmt: skip
    checked = 0
    for number, frame in enumerate(frames):
        names = {entry["instance_id"]: entry["name"] for entry in frame["objects"]}
        row, T_global_camera, sensor = pictures[f"front_{frame.episode.id}_{frame.index:05d}"]
        np.testing.assert_allclose(T_global_camera, frame["T_world_camera"], atol=1e-9)
        K = np.array(sensor["camera_intrinsic"])
        np.testing.assert_array_equal(K, frame["K"])
        seen = coco_entries.get((frame.episode.id, frame.index), {})
        boxes = {name: (T, size, entry) for name, T, size, entry in nuscenes.boxes(row["sample_token"])}
        assert {names[instance_id] for instance_id in seen} == set(boxes)
        kitti = list(kitti_rows(exports["kitti"], number))
        assert len(kitti) == len(seen)
        for instance_id, annotation in seen.items():
            T, size, entry = boxes[names[instance_id]]
            points = corners(np.linalg.inv(T_global_camera) @ T, size)
            # The object's pixels lie in its projected box; one that crosses the image plane projects nowhere.
            if points[:, 2].min() > 0.1:
                u, v = (points @ K.T)[:, :2].T / points[:, 2]
                x, y, w, h = annotation["bbox"]
                assert u.min() - 1 <= x
                assert x + w <= u.max() + 1
                assert v.min() - 1 <= y
                assert y + h <= v.max() + 1
            bottom = (np.linalg.inv(T_global_camera) @ T @ [0, 0, -size[2] / 2, 1])[:3]
            (same,) = [row for row in kitti if np.abs(row[10:13] - bottom).max() < 2e-4]
            np.testing.assert_allclose(same[7:10], [size[2], size[0], size[1]], atol=1e-4)  # h w l
            ahead = (np.linalg.inv(T_global_camera) @ T)[:3, 0]
            turned = np.arctan2(-ahead[2], ahead[0])
            assert abs((same[13] - turned + np.pi) % (2 * np.pi) - np.pi) < 1e-3
            category = dataset.categories[annotation["category_id"] - 1]
            instance = nuscenes.by_token[entry["instance_token"]]
            assert nuscenes.rows("category")[instance["category_token"]]["description"] == category
            checked += 1
    assert checked >= 10


def test_points_of_the_lidar_lie_in_the_boxes_that_count_them(nuscenes):
    counted = 0
    for row, T_global_lidar, _ in nuscenes.data("lidar"):
        points = np.fromfile(nuscenes.folder / row["filename"], "<f4").reshape(-1, 5)
        assert 0 <= points[:, 3].min() <= points[:, 3].max() <= 255
        assert set(np.unique(points[:, 4])) <= set(range(64))
        there = points[:, :3] @ T_global_lidar[:3, :3].T + T_global_lidar[:3, 3]
        for _, T, (w, length, h), entry in nuscenes.boxes(row["sample_token"]):
            inside = np.abs((there - T[:3, 3]) @ T[:3, :3]) <= np.array([length, w, h]) / 2 + 0.25
            assert inside.all(axis=1).sum() >= 0.9 * entry["num_lidar_pts"]
            counted += entry["num_lidar_pts"]
    assert counted > 100


def pcd(file):
    """Return field -> values of a radar's file, by the rules of the devkit's reader."""
    head, _, data = file.read_bytes().partition(b"DATA binary\n")
    lines = {line.split(" ")[0]: line.split(" ")[1:] for line in head.decode("ascii").splitlines()}
    kinds = {("F", "4"): "<f4", ("I", "1"): "i1", ("I", "2"): "<i2"}
    types = [kinds[pair] for pair in zip(lines["TYPE"], lines["SIZE"], strict=True)]
    (count,) = map(int, lines["WIDTH"])
    kind = np.dtype(list(zip(lines["FIELDS"], types, strict=True)))
    assert count * kind.itemsize < len(data), "the devkit wants more bytes than the points have"
    return np.frombuffer(data, kind, count)


def test_detections_of_the_radar_are_those_of_the_dataset(dataset, nuscenes):
    sweeps = {f"bumper_{frame.episode.id}_{frame.index:05d}": frame for frame in dataset.frames("bumper")}
    found = 0
    for row, T_global_radar, _ in nuscenes.data("radar"):
        sweep = sweeps[row["filename"].rpartition("/")[2].removesuffix(".pcd")]
        points, told = pcd(nuscenes.folder / row["filename"]), detections(sweep)
        np.testing.assert_allclose(T_global_radar, sweep["T_world_radar"], atol=1e-9)
        np.testing.assert_allclose(np.hypot(points["x"], points["y"]), told["range"], rtol=1e-6)
        np.testing.assert_allclose(
            np.hypot(points["vx"], points["vy"]), np.abs(told["radial_velocity"]), atol=1e-5
        )
        assert np.all((points["invalid_state"] == 0) & (points["ambig_state"] == 3))
        # What belongs to the road and the houses stands still once the car's own motion is taken out.
        # An extended thing is told within some cells of speed and of azimuth, here made one of speed.
        still = told["source"] == 1
        cell = 0.12 + np.linalg.norm(sweep["velocity"]) * np.radians(3.2) * np.tan(np.abs(told["azimuth"]))
        assert np.all(np.abs(told["over_ground"])[still] < 4.0 * cell[still])
        for _, T, (w, length, h), entry in nuscenes.boxes(row["sample_token"]):
            reach = np.hypot(w, length) / 2 + h
            there = np.stack([points["x"], points["y"], np.zeros(len(points))], axis=1)
            there = there @ T_global_radar[:3, :3].T + T_global_radar[:3, 3]
            near = np.linalg.norm(there[:, :2] - T[:2, 3], axis=1) < reach + 0.1 * told["range"]
            assert near.sum() >= entry["num_radar_pts"]
            found += entry["num_radar_pts"]
    assert found > 0


def test_the_tables_of_nuscenes_are_linked_as_its_schema_says(dataset, nuscenes):
    samples, scenes = nuscenes.rows("sample"), nuscenes.rows("scene")
    assert len(scenes) == len(dataset)
    for scene in scenes.values():
        token, count, before = scene["first_sample_token"], 0, ""
        while token:
            sample = samples[token]
            assert sample["prev"] == before
            assert sample["scene_token"] == scene["token"]
            before, token, count = token, sample["next"], count + 1
        assert count == scene["nbr_samples"]
        assert before == scene["last_sample_token"]
    annotations = nuscenes.rows("sample_annotation")
    for instance in nuscenes.tables["instance"]:
        token, count, moments = instance["first_annotation_token"], 0, []
        while token:
            assert annotations[token]["instance_token"] == instance["token"]
            moments.append(samples[annotations[token]["sample_token"]]["timestamp"])
            token, count = annotations[token]["next"], count + 1
        assert count == instance["nbr_annotations"]
        assert moments == sorted(moments)
    for row in nuscenes.tables["sample_data"]:
        assert (nuscenes.folder / row["filename"]).is_file()
        assert abs(samples[row["sample_token"]]["timestamp"] - row["timestamp"]) < 2
        assert row["next"] == "" or nuscenes.rows("sample_data")[row["next"]]["prev"] == row["token"]
    (chart,) = nuscenes.tables["map"]
    assert (nuscenes.folder / chart["filename"]).is_file()
    assert set(chart["log_tokens"]) == set(nuscenes.rows("log"))


def test_every_format_carries_the_same_weights(dataset, frames, exports, nuscenes):
    expected = {("front", frame.episode.id, frame.index): str(frame.weight) for frame in frames}
    for folder in exports.values():
        assert weights(folder) == expected
    ids, values = dataset.weights()
    assert {scene["name"]: scene["weight"] for scene in nuscenes.tables["scene"]} == dict(
        zip(ids, values, strict=True)
    )


def segments_of(folder, split, entry):
    """Ids of a panoptic PNG, by the rule of panopticapi's `rgb2id`."""
    image = np.asarray(Image.open(folder / "annotations" / f"panoptic_{split}" / entry["file_name"]), np.int64)
    return image[..., 0] + 256 * image[..., 1] + 256 * 256 * image[..., 2]


def test_panoptic_segments_are_the_pixels_of_instances_and_classes(frames, exports):
    folder, found = exports["coco_panoptic"], {(f.episode.id, f.index): f for f in frames}
    count = 0
    for file in sorted((folder / "annotations").glob("panoptic_*.json")):
        told = json.loads(file.read_text())
        things = {entry["id"]: entry["isthing"] for entry in told["categories"]}
        images = {image["id"]: image for image in told["images"]}
        for entry in told["annotations"]:
            image = images[entry["image_id"]]
            frame = found[image["episode_id"], image["sample"]]
            ids = segments_of(folder, file.stem.removeprefix("panoptic_"), entry)
            infos = {info["id"]: info for info in entry["segments_info"]}
            assert set(np.unique(ids)) - {0} == set(infos)
            np.testing.assert_array_equal(ids == 0, frame["semantic"] == 0)
            np.testing.assert_array_equal(np.where(ids < 65536, ids, 0), frame["instance"])
            for segment, info in infos.items():
                mask = ids == segment
                assert info["area"] == mask.sum()
                np.testing.assert_array_equal(
                    info["bbox"], coco_mask.toBbox(coco_mask.encode(np.asfortranarray(mask, np.uint8)))
                )
                assert set(np.unique(frame["semantic"][mask])) == {info["category_id"]}
                if segment < 65536:
                    assert things[info["category_id"]] == 1
                    assert info["iscrowd"] == 0
                else:
                    assert info["iscrowd"] == things[info["category_id"]]
                count += 1
    assert count > 30


def test_coco_evaluates_perfect_key_points_as_perfect_and_moved_ones_as_worse(exports):
    def score(coco, shift):
        results = []
        for annotation in coco.anns.values():
            if annotation["category_id"] == person:
                points = np.array(annotation["keypoints"], float).reshape(-1, 3)
                points[:, 0] += shift
                results.append(
                    {"image_id": annotation["image_id"], "category_id": person, "score": 0.9,
                     "keypoints": points.ravel().tolist()}
                )  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(coco, coco.loadRes(results), "keypoints")
            evaluation.params.catIds = [person]
            evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
            evaluation.evaluate()
            evaluation.accumulate()
        return evaluation.eval["precision"][evaluation.eval["precision"] > -1].mean()

    found = 0
    for coco in loaded(exports, "coco_keypoints", "keypoints_*.json"):
        (person,) = coco.getCatIds(catNms=["person"])
        (category,) = coco.loadCats(person)
        assert len(category["keypoints"]) == 17
        assert category["keypoints"][:2] == ["nose", "left_eye"]
        assert max(max(line) for line in category["skeleton"]) == 17
        if any(annotation["category_id"] == person for annotation in coco.anns.values()):
            assert score(coco, 0.0) == pytest.approx(1.0)
            assert score(coco, 40.0) < 0.2
            found += 1
    assert found


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11
def test_visible_key_points_of_people_lie_in_their_masks(exports):
    inside = total = 0
    for coco in loaded(exports, "coco_keypoints", "keypoints_*.json"):
        (person,) = coco.getCatIds(catNms=["person"])
        for annotation in coco.anns.values():
            points = np.array(annotation["keypoints"]).reshape(-1, 3)
            assert annotation["num_keypoints"] == np.count_nonzero(points[:, 2])
            assert (points[points[:, 2] == 0] == 0).all()
            if annotation["category_id"] == person:
                mask = coco.annToMask(annotation)
                seen = points[points[:, 2] == 2].astype(int)
                inside += np.count_nonzero(mask[seen[:, 1], seen[:, 0]])
                total += len(seen)
    assert total > 20
    assert inside >= 0.85 * total  # a thin limb may pass between pixel centres


def test_a_body_keeps_its_id_and_its_name_through_an_episode(frames):
    """Tracks: in every frame, table and export, an id of an episode is one body."""
    names = {}
    for frame in frames:
        for entry in frame["objects"]:
            key = frame.episode.id, entry["instance_id"]
            assert names.setdefault(key, entry["name"]) == entry["name"]
        assert set(np.unique(frame["instance"])) - {0} <= {entry["instance_id"] for entry in frame["objects"]}
    assert len(set(names.values())) >= 2

import contextlib
import csv
import io
import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters.coco import export
from oddsmith.exporters.rle import area_and_box, compressed, masks_of


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 3)))
def test_masks_agree_with_pycocotools(instances):
    found = masks_of(instances)
    assert set(found) == set(np.unique(instances)) - {0}
    for instance_id, runs in found.items():
        mask = np.asfortranarray(instances == instance_id, np.uint8)
        theirs = coco_mask.encode(mask)
        text = compressed(runs)
        assert text.encode() == theirs["counts"]
        area, box = area_and_box(runs, instances.shape[0])
        assert area == int(coco_mask.area(theirs))
        np.testing.assert_array_equal(box, coco_mask.toBbox(theirs))


def test_long_runs_compress_as_pycocotools_does():
    instances = np.zeros((700, 900), np.uint16)
    instances[3:650, 10:20] = 5
    instances[100:105, 30:880] = 5
    (runs,) = masks_of(instances).values()
    assert compressed(runs).encode() == coco_mask.encode(np.asfortranarray(instances == 5, np.uint8))["counts"]


@pytest.fixture(scope="module")
def exported(hand_made, tmp_path_factory):
    return export(Dataset(hand_made.path), tmp_path_factory.mktemp("coco") / "out")


def _splits(exported):
    return sorted(exported.folder.glob("annotations/instances_*.json"))


def _loaded(file):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(file))


def test_every_split_has_a_file_that_pycocotools_reads(exported):
    assert [file.stem for file in _splits(exported)] == ["instances_test", "instances_train", "instances_val"]
    loaded = [_loaded(file) for file in _splits(exported)]
    assert sum(len(coco.imgs) for coco in loaded) == exported.counts["images"] == 18
    assert sum(len(coco.anns) for coco in loaded) == exported.counts["annotations"] == 36
    names = [category["name"] for category in loaded[0].loadCats([1, 2, 3])]
    assert names == ["road", "person", "car"]


def test_ids_are_unique_over_all_splits(exported):
    images = [image for file in _splits(exported) for image in _loaded(file).imgs]
    assert sorted(images) == list(range(1, 19))


def test_perfect_detections_from_the_instance_images_score_one(hand_made, exported, average_precision):
    scores = average_precision(Dataset(hand_made.path), exported.folder)
    assert scores == {(split, kind): 1.0 for split in ("train", "val", "test") for kind in ("bbox", "segm")}


def test_pictures_are_the_bytes_of_the_dataset(hand_made, exported):
    dataset = Dataset(hand_made.path)
    frame = next(dataset.frames("front"))
    copied = exported.folder / "images" / "front" / f"{frame.episode.id}_00000.png"
    assert copied.read_bytes() == frame.stored["rgb"]["bytes"]


def test_weights_travel_in_images_attributes_and_a_table(hand_made, exported):
    weight = dict(zip(hand_made.ids, hand_made.weights, strict=True))
    for file in _splits(exported):
        data = json.loads(file.read_text())
        by_id = {image["id"]: image for image in data["images"]}
        for image in data["images"]:
            assert image["weight"] == weight[image["episode_id"]]
        for annotation in data["annotations"]:
            assert annotation["attributes"]["weight"] == by_id[annotation["image_id"]]["weight"]
    with (exported.folder / "weights.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 18
    for row in rows:
        expected = weight[row["episode_id"]]
        assert row["weight"] == ("" if expected is None else str(expected))
        assert (exported.folder / row["file_name"]).is_file()


def test_a_folder_that_holds_something_is_refused(hand_made, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(DatasetError, match="not empty"):
        export(Dataset(hand_made.path), tmp_path)


def test_a_dataset_without_camera_labels_is_refused(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy, ignore=shutil.ignore_patterns("front", "manifest.json"))
    with pytest.raises(DatasetError, match="no camera"):
        export(Dataset(copy), tmp_path / "out")
    assert not (tmp_path / "out").exists()

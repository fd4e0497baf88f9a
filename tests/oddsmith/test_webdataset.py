"""WebDataset exports, read by the webdataset library."""

import hashlib
import json
import warnings

import cv2
import numpy as np
import pytest

from oddsmith.dataset import Dataset
from oddsmith.exporters import webdataset as exporter


@pytest.fixture(scope="module")
def exported(hand_made, tmp_path_factory):
    return exporter.export(Dataset(hand_made.path), tmp_path_factory.mktemp("wds") / "out")


def read(pattern):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, of its age
        import webdataset

        return list(webdataset.WebDataset(pattern, shardshuffle=False))


def test_the_library_reads_every_sample_with_its_labels_and_weight(hand_made, exported):
    weight = dict(zip(hand_made.ids, hand_made.weights, strict=True))
    seen = 0
    for split in ("train", "val", "test"):
        for sample in read(str(exported.folder / f"{split}-000000.tar")):
            facts = json.loads(sample["json"])
            truth = hand_made.truth[facts["episode_id"], facts["sample"]]
            picture = cv2.imdecode(np.frombuffer(sample["png"], np.uint8), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(picture[..., ::-1], truth["rgb"])
            instance = cv2.imdecode(np.frombuffer(sample["instance.png"], np.uint8), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(instance, truth["instance"])
            assert facts["split"] == split
            assert facts["weight"] == weight[facts["episode_id"]]
            assert facts["events"] == {
                "collision": hand_made.collided[hand_made.ids.index(facts["episode_id"])]
            }
            assert np.array(facts["K"]).shape == (3, 3)
            assert [entry["instance_id"] for entry in facts["objects"]] == [300, 7]
            seen += 1
    assert seen == exported.counts["samples"] == 18


def test_full_archives_are_followed_by_others(hand_made, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "_FRAMES_PER_ARCHIVE", 5)
    done = exporter.export(Dataset(hand_made.path), tmp_path / "out")
    names = sorted(file.name for file in done.folder.glob("*.tar"))
    assert names == ["test-000000.tar", *(f"train-{k:06d}.tar" for k in range(3)), "val-000000.tar"]
    assert done.counts["archives"] == 5
    assert [len(read(str(done.folder / f"train-{k:06d}.tar"))) for k in range(3)] == [5, 5, 2]


def test_the_same_dataset_gives_the_same_bytes(hand_made, exported, tmp_path):
    again = exporter.export(Dataset(hand_made.path), tmp_path / "out")

    def sums(folder):
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}

    assert sums(again.folder) == sums(exported.folder)

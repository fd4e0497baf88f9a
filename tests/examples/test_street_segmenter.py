"""What the training example reads, and the number it ends with; PyTorch is not needed for either."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "street_segmenter.py"


@pytest.fixture(scope="module")
def example():
    spec = spec_from_file_location("street_segmenter", EXAMPLE)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for themselves
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_it_is_read_without_pytorch(example):
    assert "torch" not in sys.modules


def test_classes_are_those_of_the_categories_and_void_is_scenery(example):
    table = example.class_table(("road", "person", "car", "bicycle", "building"))
    assert [example.CLASSES[k] for k in table] == [
        "scenery",
        "scenery",
        "person",
        "vehicle",
        "person",
        "scenery",
    ]


@pytest.fixture
def dataset(tmp_path):
    """Three episodes of one, two and three frames, made of plain Parquet."""
    import cv2

    def png(image):
        return {"bytes": cv2.imencode(".png", image)[1].tobytes(), "path": ""}

    weights, splits = [0.7, 0.2, None], ["train", "test", "test"]
    episodes = [
        {"episode_id": f"{k:016x}", "split": split, "root_id": str(k), "weight": weight}
        for k, (weight, split) in enumerate(zip(weights, splits, strict=True))
    ]
    frames = []
    for k, episode in enumerate(episodes):
        for sample in range(k + 1):
            semantic = np.zeros((192, 320), np.uint8)
            semantic[:, :160] = 2 + k % 2
            rgb = np.full((192, 320, 3), 50 * k, np.uint8)
            frames.append(
                {"episode_id": episode["episode_id"], "sample": sample, "t": 0.5 * sample, "rgb": png(rgb),
                 "semantic": png(semantic)}
            )  # fmt: skip
    roles = {"weight": b"weight", "split": b"meta", "root_id": b"meta", "semantic": b"label", "rgb": b"feature"}
    for name, rows in (("episodes", episodes), ("front", frames)):
        table = pa.Table.from_pylist(rows)
        fields = [field.with_metadata({b"role": roles.get(field.name, b"key")}) for field in table.schema]
        (tmp_path / name).mkdir()
        pq.write_table(table.cast(pa.schema(fields)), tmp_path / name / "00000.parquet")
    manifest = '{"format": 1, "categories": ["road", "car", "person"], "tables": {}}'
    (tmp_path / "manifest.json").write_text(manifest)
    return Dataset(tmp_path)


def test_an_episode_counts_once_however_many_frames_it_has(example, dataset):
    found = example.read(dataset)
    assert found.images.shape == (6, 3, *example.SIZE)
    np.testing.assert_allclose(found.weights, [0.7, 0.1, 0.1, np.nan, np.nan, np.nan])
    assert [set(np.unique(one)) for one in found.classes[[0, 1]]] == [{0, 1}, {0, 2}]
    assert (found.classes == 0).mean() == 0.5
    assert len(example.read(dataset, ("train",)).images) == 1


def test_overlap_is_that_of_the_population_which_weights_stand_for(example):
    """Two kinds of picture, one a hundred times as frequent: repeating it does what its weight does."""
    rng = np.random.default_rng(3)
    true = rng.integers(0, 3, (2, 8, 8), dtype=np.uint8)
    told = np.where(rng.random((2, 8, 8)) < [[[0.9]], [[0.3]]], true, 0).astype(np.uint8)
    weighted = example.overlap(told, true, np.array([100.0, 1.0]))
    repeated = np.repeat([0, 1], [100, 1])
    np.testing.assert_allclose(weighted, example.overlap(told[repeated], true[repeated], np.ones(101)))
    assert weighted[1] > example.overlap(told, true, np.ones(2))[1]
    nothing = np.array([1.0, np.nan])
    np.testing.assert_allclose(
        example.overlap(told, true, nothing), example.overlap(told[:1], true[:1], np.ones(1))
    )

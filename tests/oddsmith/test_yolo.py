"""YOLO exports, read by a parser of the published format and filled by a rule of their own."""

import csv

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters import TABLE
from oddsmith.exporters.outlines import outline


def filled(polygon, shape):
    """Fill by the even-odd rule at pixel centres: count the edges that a ray to the right crosses."""
    points = np.asarray(polygon, float)
    ends = np.roll(points, -1, axis=0)
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    crossings = np.zeros(shape, int)
    for (x0, y0), (x1, y1) in zip(points, ends, strict=True):
        spans = (y0 <= y) != (y1 <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        crossings += spans & (at > x)
    return crossings % 2 == 1


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_an_outline_encloses_just_its_mask(mask):
    polygon = outline(mask)
    if mask.any():
        np.testing.assert_array_equal(filled(polygon, mask.shape), mask)
    else:
        assert polygon == []


def test_a_rectangle_has_four_corners():
    mask = np.zeros((5, 7), bool)
    mask[1:4, 2:6] = True
    assert sorted(outline(mask)) == [(2, 1), (2, 4), (6, 1), (6, 4)]


def test_pixels_that_touch_by_a_corner_are_two_loops_of_four():
    polygon = outline(np.eye(2, dtype=bool))
    assert len(polygon) == 4 + 1 + 4 + 1


def parsed(folder):
    """Return split -> stem -> rows of (class, numbers), by the rules of the format alone."""
    data = yaml.safe_load((folder / "data.yaml").read_text())
    found = {}
    for split in set(data) - {"names"}:
        pictures = sorted((folder / data[split]).iterdir())
        found[split] = {}
        for picture in pictures:
            label = folder / data[split].replace("images", "labels", 1) / f"{picture.stem}.txt"
            rows = [line.split() for line in label.read_text().splitlines()]
            found[split][picture.stem] = [(int(row[0]), np.array(row[1:], float)) for row in rows]
    return data["names"], found


@pytest.fixture(scope="module", params=["yolo", "yolo_segments"])
def exported(request, hand_made, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "out"
    return request.param, TABLE[request.param].load()(Dataset(hand_made.path), folder)


def test_every_object_comes_back_from_its_row(hand_made, exported):
    kind, done = exported
    names, found = parsed(done.folder)
    assert names == {0: "road", 1: "person", 2: "car"}
    assert {split: len(stems) for split, stems in found.items()} == {"train": 12, "val": 3, "test": 3}
    for split, stems in found.items():
        for stem, rows in stems.items():
            _, episode, sample = stem.split("_")
            assert hand_made.splits[hand_made.ids.index(episode)] == split
            instance = hand_made.truth[episode, int(sample)]["instance"]
            assert [number for number, _ in rows] == [2, 1]
            for (_, values), instance_id in zip(rows, (300, 7), strict=True):
                mask = instance == instance_id
                height, width = mask.shape
                if kind == "yolo":
                    x, y, w, h = values * [width, height, width, height]
                    v, u = np.nonzero(mask)
                    box = [u.min(), v.min(), u.max() + 1, v.max() + 1]
                    np.testing.assert_allclose([x - w / 2, y - h / 2, x + w / 2, y + h / 2], box, atol=1e-4)
                else:
                    polygon = values.reshape(-1, 2) * [width, height]
                    np.testing.assert_array_equal(filled(polygon, mask.shape), mask)


def test_weights_stand_beside(hand_made, exported):
    _, done = exported
    assert done.counts == {"images": 18, "objects": 36}
    with (done.folder / "weights.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    weight = dict(zip(hand_made.ids, hand_made.weights, strict=True))
    assert [row["weight"] for row in rows] == [
        "" if weight[row["episode_id"]] is None else str(weight[row["episode_id"]]) for row in rows
    ]
    assert all((done.folder / row["file_name"]).is_file() for row in rows)


def test_a_folder_that_holds_something_is_refused(hand_made, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(DatasetError, match="not empty"):
        TABLE["yolo"].load()(Dataset(hand_made.path), tmp_path)

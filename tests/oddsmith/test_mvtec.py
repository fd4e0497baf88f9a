"""The MVTec layout, read back by a parser that knows only the layout, and COCO from the same pictures."""

import contextlib
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters import coco, mvtec

SCENARIO = """
scenario: factory/inspected
language: 1
about: A press whose tool scratches.
duration: 40 min
world:
  sources: [{id: coils}]
  buffers: [{id: pressed, capacity: 9}]
  sinks: [{id: good}, {id: scrap, counts: scrap}]
  machines:
    - {id: press, from: coils, to: pressed, cycle_time: 60 s,
       quality: {defect_rate: 0.2, per_wear: 0.7, severity: 9 mm, defects: {stain: {}, dent: {share: 2}}}}
    - {id: eye, from: pressed, to: good, cycle_time: 30 s, inspects: {rejects_to: scrap}}
  components:
    - {id: tool, on: press, ages: operating, spoils_by: scratch, repair: {time: 10 min},
       degrades: {gamma: {rate: 20 1/h, scale: 0.05, step: 5 min}}}
sensors:
  camera: {inspection: {surface: brushed, resolution: [96, 72]}, on: eye}
event: {fails: occurs(failed)}
sampling: {method: nominal, target: fails, calls: 8, episodes: 8}
"""


@dataclass(frozen=True)
class Picture:
    """A picture as a reader of the layout finds it."""

    path: Path
    split: str
    label: str
    mask: np.ndarray | None


def read_layout(category: Path) -> list[Picture]:
    """Return the pictures of a category as anomaly detection libraries read them."""
    found = []
    for path in sorted(category.glob("*/*/*.png")):
        split, label = path.parts[-3], path.parts[-2]
        if split == "ground_truth":
            continue
        mask = None
        if split == "test" and label != "good":
            mask = cv2.imread(
                str(category / "ground_truth" / label / f"{path.stem}_mask.png"), cv2.IMREAD_GRAYSCALE
            )
            assert mask is not None, f"{path} has no mask"
        found.append(Picture(path, split, label, mask))
    return found


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspected")
    file = folder / "inspected.yaml"
    file.write_text(SCENARIO)
    run_scenario(file, folder / "out")
    return Dataset(folder / "out")


def run_scenario(file: Path, out: Path) -> None:
    """Run a scenario as the command line does."""
    from typer.testing import CliRunner

    from oddsmith.cli import app

    result = CliRunner().invoke(app, ["run", str(file), "--out", str(out), "--workers", "1", "-q"])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def exported(dataset, tmp_path_factory):
    return mvtec.export(dataset, tmp_path_factory.mktemp("mvtec") / "out")


def test_training_pictures_are_good_and_test_pictures_have_their_masks(dataset, exported):
    pictures = read_layout(exported.folder / "camera")
    assert {one.label for one in pictures if one.split == "train"} == {"good"}
    truth = {
        (frame.episode.id, frame.index): frame
        for frame in dataset.frames("camera", columns=("defect", "mask", "rgb", "is_defective"))
    }
    assert len(pictures) == len(truth) == exported.counts["train"] + exported.counts["test"]
    with (exported.folder / "frames.csv").open(newline="") as stream:
        rows = {row["file_name"]: row for row in csv.DictReader(stream)}
    for one in pictures:
        row = rows[one.path.relative_to(exported.folder).as_posix()]
        frame = truth[row["episode_id"], int(row["sample"])]
        assert one.label == (frame["defect"] or "good") == row["defect"]
        assert one.path.read_bytes() == frame.stored["rgb"]["bytes"]
        assert float(row["weight"]) == frame.weight
        if one.mask is None:
            assert not frame["is_defective"]
            assert (one.split == "test") == (frame.episode.split == "test")
        else:
            np.testing.assert_array_equal(one.mask, frame["mask"])
            assert set(np.unique(one.mask)) == {0, 255}
    assert {"dent", "scratch"} <= {one.label for one in pictures}


def test_coco_takes_the_same_pictures_and_names_each_kind(dataset, tmp_path):
    exported = coco.export(dataset, tmp_path / "coco")
    names, areas = set(), 0
    for file in (exported.folder / "annotations").glob("*.json"):
        with contextlib.redirect_stdout(io.StringIO()):
            loaded = COCO(str(file))
        for annotation in loaded.anns.values():
            names.add(loaded.cats[annotation["category_id"]]["name"])
            assert coco_mask.area(annotation["segmentation"]) == annotation["area"]
            areas += annotation["area"]
    assert {"dent", "scratch"} <= names <= {"dent", "scratch", "stain"}
    assert areas == sum((frame["mask"] > 0).sum() for frame in dataset.frames("camera", columns=("mask",)))


def test_worn_tools_scratch_and_their_pictures_say_so(dataset):
    rows = dataset.to_arrow("camera", columns=["defect", "cause", "wear"]).to_pylist()
    scratches = [row for row in rows if row["defect"] == "scratch"]
    assert scratches
    assert all(row["cause"].startswith("tool#") for row in scratches)
    others = [row for row in rows if row["defect"] in ("dent", "stain")]
    assert all(row["cause"] == "" and row["wear"] is None for row in others)


def test_a_dataset_without_such_a_camera_is_refused(hand_made, tmp_path):
    with pytest.raises(DatasetError, match="no inspection camera"):
        mvtec.export(Dataset(hand_made.path), tmp_path / "out")

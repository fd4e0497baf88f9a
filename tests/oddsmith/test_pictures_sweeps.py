"""A radar from its section to the dataset, to points and to the picture that a preview draws."""

import numpy as np
import pytest

from oddsmith import Dataset, load_scenario
from oddsmith.detections import SOURCES, detections, radars
from oddsmith.errors import DatasetError
from oddsmith.generation import run
from oddsmith.pictures.base import Wish
from oddsmith.preview import preview_dataset

SCENARIO = """
scenario: driving/behind_a_truck
language: 1
duration: 2 s
world:
  road: {highway: {lanes: 3}}
  ego: {vehicle: sedan, lane: 1, speed: 100 km/h}
  actors:
    - {id: lead, vehicle: sedan, lane: 1, ahead: 30 m, speed: 85 km/h}
    - {id: truck, vehicle: truck, lane: 2, ahead: 15 m, speed: 95 km/h}
sensors:
  bumper: {radar: {rate: 4 Hz}, on: ego, at: {x: 2.2 m, z: 0.5 m}}
  motion: {odometry: {rate: 4 Hz}, on: ego}
event: {near: "min_distance(ego, lead) < 5 m"}
sampling: {method: nominal, target: near, calls: 4, episodes: 1}
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    (folder / "one.yaml").write_text(SCENARIO, "utf-8")
    run(load_scenario(folder / "one.yaml"), folder / "out", seed=4)
    return Dataset(folder / "out")


def test_detections_are_points_that_stand_where_their_bodies_do(dataset):
    assert radars(dataset) == ["bumper"]
    frames = list(dataset.frames("bumper"))
    assert len(frames) == 9
    speeds = {"lead": 85 / 3.6, "truck": 95 / 3.6}
    counted = dict.fromkeys(speeds, 0)
    for frame in frames:
        points = detections(frame)
        assert np.all(np.diff(points["range"]) >= 0.0)
        np.testing.assert_allclose(np.hypot(points["x"], points["y"]), points["range"], rtol=1e-5)
        for entry in frame["objects"]:
            own = points[
                (points["instance"] == entry["instance_id"]) & (points["source"] == SOURCES.index("body"))
            ]
            assert len(own) == entry["points"]
            if entry["name"] in speeds and len(own):
                off = np.linalg.norm(np.stack([own["x"], own["y"]], 1) - entry["box3d"]["center"][:2], axis=1)
                assert off.max() < np.hypot(*entry["box3d"]["size"][:2]) / 2 + 1.5
                # Most of a body moves as a whole, its wheels do not.
                assert np.median(own["over_ground"]) == pytest.approx(speeds[entry["name"]], abs=1.5)
                counted[entry["name"]] += len(own)
    assert min(counted.values()) > 10


def test_where_detections_come_from_is_a_label(dataset):
    features = set(dataset.features("bumper").column_names)
    assert "detections" in features
    assert not features & {"origins", "objects", "velocity", "T_world_radar"}


def test_frames_of_other_sensors_are_refused(dataset):
    with pytest.raises(DatasetError, match="motion has no detections"):
        detections(next(dataset.frames("motion")))


def test_a_preview_draws_a_sweep(dataset, tmp_path):
    previewed = preview_dataset(dataset, tmp_path / "seen", Wish(sensor="bumper"))
    (file,) = previewed.files
    assert file.name == "sweeps.png"
    first = file.read_bytes()
    assert len(first) > 20_000
    (again,) = preview_dataset(dataset, tmp_path / "again", Wish(sensor="bumper")).files
    assert again.read_bytes() == first

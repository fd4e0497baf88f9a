"""A dataset with a mesh of its user's: the same bytes for any number of workers, and none with another file."""

from __future__ import annotations

import json
import os
import signal
from hashlib import sha256

import pytest
import trimesh

from oddsmith import generation
from oddsmith.batch import Stopped
from oddsmith.catalog import load_scenario
from oddsmith.dataset import Dataset
from oddsmith.exporters.coco_keypoints import export
from sim.errors import OddsmithError, UsageError

SCENARIO = """\
scenario: driving/own_mesh
language: 1
duration: 2 s
parameters: {speed: {normal: [10 m/s, 2 m/s], within: [5 m/s, 15 m/s]}}
world:
  road: {highway: {}}
  scenery: {density: 0}
  assets: [{id: crate, file: crate.glb, category: dynamic, key_points: [{name: lid, at: [0, 0, 0.5]}]}]
  ego: {lane: 1, speed: "${speed}"}
  actors: [{id: lost, asset: crate, lane: 1, ahead: 15 m}]
sensors:
  front: {camera: {resolution: [96, 64], rate: 2 Hz, labels: all}, on: ego, at: {x: 1.7 m, z: 1.4 m}}
event: {collision: "collided(ego, lost)"}
sampling: {method: nominal, calls: 4, episodes: 4}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "crate.glb").write_bytes(trimesh.creation.box(extents=(1, 1, 1)).export(file_type="glb"))
    (tmp_path / "own.yaml").write_text(SCENARIO)
    return tmp_path


def test_the_bytes_follow_from_yaml_and_mesh_alone(project):
    made = [
        generation.run(load_scenario(project / "own.yaml"), project / f"w{n}", workers=n).dataset_hash
        for n in (1, 2)
    ]
    assert made[0] == made[1]
    manifest = json.loads((project / "w1" / "manifest.json").read_text())
    digest = sha256((project / "crate.glb").read_bytes()).hexdigest()
    assert manifest["inputs"] == [{"path": "crate.glb", "sha256": digest}]
    assert (project / "w1" / "inputs" / "crate.glb").read_bytes() == (project / "crate.glb").read_bytes()
    export(Dataset(project / "w1"), project / "coco")
    known = [
        one["keypoints"]
        for file in (project / "coco" / "annotations").glob("keypoints_*.json")
        for one in json.loads(file.read_text())["categories"]
        if one.get("keypoints")
    ]
    assert ["lid"] in known


def test_nothing_is_added_with_another_mesh(project):
    out = project / "out"

    def stop(progress):
        if progress.stage == "render" and not progress.done:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped):
        generation.run(load_scenario(project / "own.yaml"), out, listen=stop)
    larger = trimesh.creation.box(extents=(1.2, 1, 1)).export(file_type="glb")
    (project / "crate.glb").write_bytes(larger)
    with pytest.raises(UsageError, match="holds another dataset"):
        generation.run(load_scenario(project / "own.yaml"), out)
    (out / "inputs" / "crate.glb").write_bytes(larger)
    with pytest.raises(OddsmithError):
        generation.resume(out)

"""The export of a driving dataset as OpenSCENARIO: a folder per episode, weights beside, the same again."""

import csv
from xml.etree import ElementTree as ET

import pytest

from oddsmith import Dataset, load_scenario
from oddsmith.errors import DatasetError
from oddsmith.exporters.openscenario import export
from oddsmith.generation import run

SMALL = {
    "sampling.method": "nominal",
    "sampling.calls": "6",
    "sampling.episodes": "3",
    "sampling.event_share": "0",
    "sampling.near_miss_share": "0",
    "duration": "2 s",
    "sensors": "{}",
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    out = tmp_path_factory.mktemp("driven") / "one"
    run(load_scenario("driving/braking_lead", SMALL), out, overrides=SMALL, seed=4)
    return Dataset(out)


def test_every_episode_has_its_files_and_its_weight(dataset, tmp_path):
    exported = export(dataset, tmp_path / "out")
    episodes = list(dataset.episodes())
    assert exported.counts == {"episodes": len(episodes), "files": 2 * len(episodes)}
    with (exported.folder / exported.weights).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["episode_id"] for row in rows] == [episode.id for episode in episodes]
    for row, episode in zip(rows, episodes, strict=True):
        assert float(row["weight"]) == episode.weight
        assert row["split"] == episode.split
        root = ET.parse(exported.folder / row["file_name"]).getroot()
        road = (exported.folder / row["file_name"]).with_name(root.find(".//LogicFile").get("filepath"))
        assert ET.parse(road).getroot().tag == "OpenDRIVE"
        speed = next(float(v) for k, v in episode.parameters.items() if k.rpartition(".")[2] == "speed")
        ego = next(one for one in root.iter("Trajectory") if one.get("name") == "ego")
        (a, b), (ta, tb) = zip(
            *((float(v[0][0].get("x")), float(v.get("time"))) for v in list(ego.iter("Vertex"))[:2]),
            strict=True,
        )
        assert (b - a) / (tb - ta) == pytest.approx(speed, rel=0.01)
    again = export(dataset, tmp_path / "again")
    for file in sorted(exported.folder.rglob("*")):
        if file.is_file():
            assert file.read_bytes() == (again.folder / file.relative_to(exported.folder)).read_bytes()


def test_a_folder_that_holds_something_is_refused(dataset, tmp_path):
    (tmp_path / "note").write_text("mine")
    with pytest.raises(DatasetError, match="not empty"):
        export(dataset, tmp_path)

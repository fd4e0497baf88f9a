"""What `check` says of routes over a map: the lanes that are there, and where they lead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oddsmith.catalog import load_scenario
from sim.language.report import ScenarioError

CROSSING = Path(__file__).resolve().parents[3] / "scenarios" / "driving" / "maps" / "crossing.xodr"

SCENARIO = """
scenario: driving/on_a_map
language: 1
duration: 5 s
world:
  road: {{opendrive: {{file: crossing.xodr}}}}
  ego:
    route: {{through: {through}}}
event: {{stands: "eventually(speed(ego) < 0.1 m/s)"}}
"""


def loaded(folder: Path, through: str) -> object:
    shutil.copy(CROSSING, folder)
    file = folder / "scene.yaml"
    file.write_text(SCENARIO.format(through=through))
    return load_scenario(file)


@pytest.mark.parametrize(
    ("through", "says"),
    [
        ('["0:-1", "77:-1"]', "crossing.xodr: there is no road '77'; there are the lanes 0:-1, 0:1, 1:-1"),
        ('["0:-3"]', "crossing.xodr:4: road 0 has no lane -3 to drive on, only -1, 1"),
        ('["2:-1", "0:-1"]', "no way leads from 2:-1 to 0:-1; it leads nowhere: its lane ends"),
        ('["0:-1", "0:1"]', "no way leads from 0:-1 to 0:1; it leads to "),
    ],
)
def test_a_lane_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, through: str, says: str) -> None:
    with pytest.raises(ScenarioError) as error:
        loaded(tmp_path, through)
    told = str(error.value)
    assert says in told
    assert "scene.yaml:8:" in told
    assert "world.ego.route.through" in told


def test_a_route_that_is_there_is_no_fault(tmp_path: Path) -> None:
    assert loaded(tmp_path, '["0:-1", "2:-1"]') is not None

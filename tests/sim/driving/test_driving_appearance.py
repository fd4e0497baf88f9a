"""Pieces of scenarios that draw how things look: they run, within what they say, and leave the motion alone."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.episode import record

PIECES = Path(__file__).parents[3] / "scenarios" / "driving" / "pieces"
SCENARIO = """
scenario: driving/looks
language: 1
about: One car behind another.
use: [pieces/street.yaml{more}]
duration: 2 s
world:
  ego: {{vehicle: hatchback, lane: 1, speed: 30 km/h}}
  actors:
    - {{id: ahead, vehicle: sedan, lane: 1, ahead: 14 m, speed: 30 km/h}}
event: {{near: "min_distance(ego, ahead) < 5 m"}}
capture: {{from: start, to: start + 1 s}}
sampling: {{method: nominal, target: near, calls: 10, episodes: 2}}
"""


@pytest.fixture
def looks(tmp_path):
    """Return recordings of a few episodes that use a piece besides the street's."""
    shutil.copytree(PIECES, tmp_path / "pieces")

    def build(piece=""):
        file = tmp_path / "looks.yaml"
        file.write_text(SCENARIO.format(more=f", pieces/{piece}.yaml" if piece else ""))
        scenario = load_scenario(file)
        assert scenario.warnings == ()
        return [record(scenario, scenario.nominal(1, index)) for index in range(8)]

    return build


def test_natural_looks_have_nights_and_days_and_natural_colours(looks):
    scenes = [recording.scene for recording in looks("appearance")]
    heights = np.degrees([scene.light.sun_elevation for scene in scenes])
    assert -22.0 <= heights.min() < 9.0 < heights.max() <= 63.0
    assert len({scene.light.cloud for scene in scenes}) == len(scenes)
    assert all(scene.recolouring.share == 0.0 for scene in scenes)


def test_domain_randomization_draws_colours_and_air_anew_for_each_episode(looks):
    scenes = [recording.scene for recording in looks("domain_randomization")]
    shares = [scene.recolouring.share for scene in scenes]
    assert min(shares) < 0.5 < max(shares)
    assert len({scene.recolouring.seed for scene in scenes}) == len(scenes)
    assert all(80.0 <= scene.light.visibility <= 5000.0 for scene in scenes)


def test_looks_change_no_motion(looks):
    plain, drawn = looks()[0], looks("domain_randomization")[0]
    np.testing.assert_array_equal(plain.tracks[0].poses, drawn.tracks[0].poses)


def test_weather_has_its_own_sky_unless_one_is_given(looks):
    light = looks()[0].scene.light
    assert light.visibility in (20_000.0, 12_000.0, 3_000.0)

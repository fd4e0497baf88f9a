"""A bank that was not run yet can be looked at."""

import pytest

from oddsmith.catalog import load_scenario
from oddsmith.errors import DatasetError
from oddsmith.preview import preview_scenario

SMALL = {
    "world.customers": "100",
    "duration": "10 d",
    "world.campaigns.scam.boost": "20",
    "event.large_loss": "eventually(loss(scam) > 500 EUR)",
}


def test_an_episode_with_the_event_is_drawn_without_a_dataset(tmp_path, monkeypatch):
    monkeypatch.setattr("oddsmith.preview._HUNT_CALLS", 20)
    scenario = load_scenario("fraud/mules", SMALL)
    made = preview_scenario(scenario, tmp_path / "look", overrides=SMALL)
    assert sorted(file.name for file in (tmp_path / "look").iterdir()) == [
        "rhythm.png",
        "rings.png",
        "timeline.png",
    ]
    assert made.note == "of 20 nominal episodes, one in which large_loss did occur"
    assert made.shown == ("fraud/mules",)


def test_a_sensor_that_is_not_there_is_named_before_anything_is_made(tmp_path):
    with pytest.raises(DatasetError, match="fraud/mules has no sensor 'cam'; it has transactions"):
        preview_scenario(load_scenario("fraud/mules"), tmp_path / "look", sensor="cam")
    assert not (tmp_path / "look").exists()

"""What is wrong with a `lidar:` section is told at its line, all at once."""

import pytest

from oddsmith import load_scenario
from oddsmith.catalog import bundled_scenarios
from sim.errors import ScenarioError

PLAIN = bundled_scenarios()["driving/stopped_lead"].read_text("utf-8")


def faults(tmp_path, settings):
    """Return (line, path, message) of each fault of the bundled scenario with a LiDAR of these settings."""
    text = PLAIN.replace("sensors:\n", f"sensors:\n  top: {{lidar: {settings}, on: ego, at: {{z: 1.9 m}}}}\n")
    file = tmp_path / "stopped_lead.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    line = 1 + text[: text.index("top: {lidar")].count("\n")
    assert {fault.place.line for fault in caught.value.faults} == {line}
    return {fault.path.rpartition(".")[2]: fault for fault in caught.value.faults}


def test_everything_wrong_is_told_at_once(tmp_path):
    found = faults(tmp_path, "{model: hdl65, rate: 0 Hz, range: -3 m, columns: 0, echoes: all}")
    assert set(found) == {"model", "rate", "range", "columns", "echoes"}
    assert found["model"].suggestion == "hdl64"


def test_nothing_lies_between_a_nearest_beyond_the_range(tmp_path):
    found = faults(tmp_path, "{nearest: 40 m, range: 30 m}")
    assert found["nearest"].message == "nothing lies between nearest 40 m and range 30 m"


def test_elevations_are_angles(tmp_path):
    assert list(faults(tmp_path, "{model: {elevations: [1 deg, 2 m]}}")) == ["1"]

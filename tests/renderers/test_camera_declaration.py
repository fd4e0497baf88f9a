"""What is wrong with a `camera:` section is told at its line."""

import pytest

from oddsmith import load_scenario
from oddsmith.catalog import bundled_scenarios
from sim.errors import ScenarioError

PLAIN = bundled_scenarios()["driving/stopped_lead"].read_text("utf-8")


def text_with(settings):
    return PLAIN.replace("sensors:\n", f"sensors:\n  eye: {{camera: {settings}, on: ego, at: {{z: 1.9 m}}}}\n")


def faults(tmp_path, settings):
    """Return (line, path, message) of each fault of the bundled scenario with a camera of these settings."""
    file = tmp_path / "stopped_lead.yaml"
    file.write_text(text_with(settings), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    line = 1 + text_with(settings)[: text_with(settings).index("eye: {camera")].count("\n")
    assert {fault.place.line for fault in caught.value.faults} == {line}
    return {fault.path.rpartition(".")[2]: fault for fault in caught.value.faults}


@pytest.mark.parametrize(
    "settings",
    [
        "{fov: 150 deg, distortion: fisheye}",
        "{focal: [500, 510], centre: [321, 239.5], distortion: {brown_conrady: {k1: -0.2, p2: 0.001}}}",
        "{sensor: {full_well: {uniform: [5000, 20000]}, bits: 10}, vignetting: 0.4}",
        "{shutter: 10 ms, aperture: 4 mm, focus: 8 m, blur_steps: 4}",
    ],
)
def test_lenses_and_sensors_can_be_declared(tmp_path, settings):
    file = tmp_path / "stopped_lead.yaml"
    file.write_text(text_with(settings), "utf-8")
    assert "eye" in load_scenario(file).sensors


def test_everything_wrong_is_told_at_once(tmp_path):
    found = faults(tmp_path, "{distortion: {fish_eye: {}}, sensor: {bits: 40}, vignetting: 2, shutter: -1 ms}")
    assert set(found) == {"distortion", "bits", "vignetting", "shutter"}
    assert found["distortion"].suggestion == "fisheye"


def test_a_distortion_that_folds_inside_the_picture_is_refused(tmp_path):
    found = faults(tmp_path, "{focal: [320, 320], distortion: {brown_conrady: {k1: -0.3}}}")
    assert "46.5 deg" in found["distortion"].message
    assert "1.250 focal lengths" in found["distortion"].message


def test_a_field_of_view_beyond_the_fold_is_refused(tmp_path):
    found = faults(tmp_path, "{fov: 100 deg, distortion: {brown_conrady: {k1: -0.3}}}")
    assert found["fov"].message == "the distortion folds the picture over beyond 46.5 deg from the axis"


def test_a_field_of_view_and_focal_lengths_cannot_stand_together(tmp_path):
    found = faults(tmp_path, "{fov: 3.1 rad, focal: [300, 300]}")
    assert found["focal"].message == "'fov' and 'focal' cannot stand together"


def test_two_kinds_of_noise_cannot_stand_together(tmp_path):
    found = faults(tmp_path, "{noise: 2, sensor: {full_well: 9000}}")
    assert found["sensor"].message == "'noise' and 'sensor' cannot stand together"

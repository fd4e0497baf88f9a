"""Rigs: sensors from a file of their own, mounted together on any body."""

import numpy as np
import pytest

from oddsmith.catalog import sensor_sections
from sim.errors import ScenarioError
from sim.geometry import composed, matrix_from_pose, quaternion_from_rpy
from sim.noise import Draw
from sim.scenario import Scenario

SCENARIO = """
scenario: driving/rig
duration: 4 s
parameters:
  tilt: {normal: [0 deg, 1 deg]}
world:
  road: {street: {lanes: 2}}
  ego: {vehicle: sedan, lane: 1, speed: 30 km/h}
sensors:
  eyes: {rig: rigs/pair.yaml, on: ego, at: {x: 1.5 m, z: 1.2 m, yaw: 20 deg, pitch: "${tilt}"}}
  back: {camera: {}, on: ego, at: {yaw: 180 deg}}
event: {fast: "eventually(speed(ego) > 3 m/s)"}
"""
RIG = """
rig: pair
at: {z: 9 m}
sensors:
  left: {camera: {stereo: right, labels: {only: [disparity]}}, at: {y: 0.2 m}}
  right: {camera: {stereo: left}, at: {y: -0.2 m}}
  side: {camera: {fov: 100 deg}, at: {x: -1 m, yaw: 90 deg, roll: 3 deg}, delay: 0.1 s}
"""


def rigid(at):
    return matrix_from_pose(np.concatenate([at[:3], quaternion_from_rpy(*at[3:])]))


def load(folder, scenario=SCENARIO, rig=RIG):
    (folder / "rigs").mkdir()
    (folder / "rigs" / "pair.yaml").write_text(rig)
    (folder / "one.yaml").write_text(scenario)
    return Scenario.load(folder / "one.yaml", sensors=sensor_sections(), exporters=())


def told(folder, **texts):
    with pytest.raises(ScenarioError) as error:
        load(folder, **texts)
    return str(error.value)


def test_every_sensor_of_a_rig_is_one_of_the_scenario_where_both_poses_put_it(tmp_path):
    scenario = load(tmp_path)
    assert list(scenario.sensors) == ["eyes_left", "eyes_right", "eyes_side", "back"]
    assert {use.on for use in scenario.sensors.values()} == {"ego"}
    assert scenario.sensors["eyes_side"].delay == 0.1
    values = scenario.resolve(Draw(1, (0.9,)))
    tilt = values.parameters["tilt"]
    assert tilt > 0.01
    rig = rigid((1.5, 0.0, 1.2, 0.0, tilt, np.radians(20)))
    own = {
        "left": (0, 0.2, 0, 0, 0, 0),
        "right": (0, -0.2, 0, 0, 0, 0),
        "side": (-1, 0, 0, np.radians(3), 0, np.radians(90)),
    }
    for name, at in own.items():
        found = values.sensors[f"eyes_{name}"]["at"]
        np.testing.assert_allclose(rigid(found), rig @ rigid(at), atol=1e-12)
    assert values.sensors["eyes_left"]["settings"]["stereo"] == "eyes_right"
    assert values.sensors["eyes_left"]["at"][3:] == values.sensors["eyes_right"]["at"][3:]


def test_settings_of_a_rigs_sensors_can_be_set_from_the_command_line(tmp_path):
    load(tmp_path)
    scenario = Scenario.load(
        tmp_path / "one.yaml",
        sensors=sensor_sections(),
        exporters=(),
        overrides={"sensors.eyes_side.camera.fov": "60 deg"},
    )
    assert scenario.resolve(Draw(1, (0.5,))).sensors["eyes_side"]["settings"]["fov"] == np.radians(60)


def test_a_law_in_the_pose_of_a_rig_would_turn_its_sensors_apart(tmp_path):
    text = told(tmp_path, scenario=SCENARIO.replace('"${tilt}"', "{normal: [0 deg, 1 deg]}"))
    assert "[E134]" in text
    assert "name it under parameters" in text


@pytest.mark.parametrize(
    ("before", "after", "code", "says"),
    [
        ("at: {y: 0.2 m}", "at: {y: 0.2 m, yaw: 1 deg}", "E191", "look the same way"),
        ("at: {y: 0.2 m}", "at: {y: 0.2 m, z: 0.1 m}", "E191", "beside each other"),
        ("stereo: left", "stereo: side", "E191", "differ in fov"),
        ("stereo: left", "stereo: middle", "E160", "no other camera 'middle'"),
        ("{camera: {stereo: left}, at", "{camera: {stereo: left}, on: ego, at", "E120", "the rig as a whole"),
        ("fov: 100 deg", "fov: 100 deg, labels: {only: [disparity]}", "E191", "the other camera of a pair"),
        ("sensors:", "sensor:", "E121", "names with their sensors"),
    ],
)
def test_faults_of_a_rig_are_told_at_its_own_lines(tmp_path, before, after, code, says):
    text = told(tmp_path, rig=RIG.replace(before, after))
    assert f"[{code}]" in text
    assert says in text
    assert "pair.yaml:" in text


def test_a_rig_that_is_not_there_is_told_where_it_is_named(tmp_path):
    text = told(tmp_path, scenario=SCENARIO.replace("rigs/pair.yaml", "rigs/pears.yaml"))
    assert "[E170]" in text
    assert "one.yaml:" in text


def test_poses_compose_as_matrices_do():
    rng = np.random.default_rng(4)
    for _ in range(50):
        outer, inner = (tuple(rng.uniform(-1.5, 1.5, 6)) for _ in range(2))
        np.testing.assert_allclose(rigid(composed(outer, inner)), rigid(outer) @ rigid(inner), atol=1e-12)
    nose_up = composed((0, 0, 0, 0, -np.pi / 2, 0), (0, 0, 0, 0.3, 0, 0.2))
    expected = rigid((0, 0, 0, 0, -np.pi / 2, 0)) @ rigid((0, 0, 0, 0.3, 0, 0.2))
    np.testing.assert_allclose(rigid(nose_up), expected, atol=1e-7)

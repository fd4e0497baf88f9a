"""Signals of sensors: closed forms, the camera's own labels, and the same outcome in score and record."""

import math

import numpy as np
import pytest

from oddsmith import load_scenario
from oddsmith.observing import sensor_setup
from renderers.camera.sensor import Camera
from sim.domains.base import Setup
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.views import Eye

PLAIN = """
scenario: driving/looks
language: 1
duration: 3 s
world:
  road: {{street: {{lanes: 2}}}}
  ego: {{vehicle: sedan, lane: 1, speed: 36 km/h}}
  actors:
{actors}
sensors:
  front: {{camera: {{resolution: [320, 240], fov: 60 deg, rate: 2 Hz}}, on: ego, at: {{x: 1.5 m, z: 1.2 m}}}}
  wide:
    camera: {{fov: 140 deg, distortion: {{fisheye: {{k1: -0.02}}}}}}
    on: ego
    at: {{x: 1.5 m, z: 1.2 m}}
  roof: {{lidar: {{model: vlp16}}, on: ego, at: {{z: 1.9 m}}}}
  bumper: {{radar: {{model: far}}, on: ego, at: {{x: 2.2 m, z: 0.5 m}}}}
  wheel: {{odometry: {{rate: 10 Hz}}, on: ego}}
event:
  seen: "{event}"
sampling: {{method: nominal, target: seen, calls: 10, episodes: 1}}
"""


@pytest.fixture
def made(tmp_path):
    def build(*actors, event="eventually(visible(front, ahead) > 0.5)"):
        file = tmp_path / "looks.yaml"
        lines = "\n".join(f"    - {actor}" for actor in actors)
        text = PLAIN.format(actors=lines, event=event)
        file.write_text(text, "utf-8")
        return load_scenario(file)

    return build


def trace_of(scenario, draw):
    """Return the run of an episode with all sensors that look."""
    values = scenario.resolve(draw)
    eyes = {
        name: Eye(use.on, values.sensors[name]["at"], use.view(values.sensors[name]["settings"]))
        for name, use in scenario.sensors.items()
        if use.view is not None
    }
    setup = Setup(scenario.duration, values.world, draw.noise, eyes=eyes)
    return scenario.domain.load()(setup)


AHEAD = "{id: ahead, static: sedan, lane: 1, ahead: 40 m}"


def test_range_and_view_of_what_stands_ahead(made):
    scenario = made(AHEAD)
    trace = trace_of(scenario, scenario.nominal(1, 0))
    lengths = [trace.signal("range", (name, "ahead"))[0] for name in ("front", "roof", "bumper")]
    # Bumper to bumper 40 m: the middles are 40 m and a length apart; the mountings are x ahead of the middle.
    recording = record(scenario, scenario.nominal(1, 0))
    length, _, height = recording.scene["ahead"].shape.size
    own = recording.scene["ego"].shape.size[0]
    middle = 40.0 + 0.5 * (length + own)
    for found, (x, z) in zip(lengths, ((1.5, 1.2), (0.0, 1.9), (2.2, 0.5)), strict=True):
        assert found == pytest.approx(math.hypot(middle - x, 0.5 * height - z), abs=0.02)
    for sensor in ("front", "wide", "roof", "bumper"):
        assert trace.signal("in_fov", (sensor, "ahead"))[0] == pytest.approx(1.0)
        assert trace.signal("visible", (sensor, "ahead"))[0] == pytest.approx(1.0)


def test_a_body_leaves_the_view_where_its_angle_says_so(made):
    scenario = made("{id: ahead, static: sedan, lane: 2, ahead: 4 m}")
    trace = trace_of(scenario, scenario.nominal(1, 0))
    narrow, wide = (trace.signal("in_fov", (name, "ahead")) for name in ("front", "wide"))
    recording = record(scenario, scenario.nominal(1, 0))
    for k in range(0, len(trace.times), 20):
        ego, other = (recording.pose_at(name, trace.times[k]) for name in ("ego", "ahead"))
        size = recording.scene["ahead"].shape.size
        corners = [
            (other[0] - ego[0] - 1.5 + sx * size[0] / 2, other[1] - ego[1] + sy * size[1] / 2)
            for sx in (-1, 1) for sy in (-1, 1)
        ]  # fmt: skip
        angles = np.degrees([math.atan2(abs(y), x) for x, y in corners])
        for share, half in ((narrow[k], 30.0), (wide[k], 70.0)):
            if angles.max() < half - 1.0:
                assert share > 0.6  # the roof or the wheels may still be cut off above or below
            if angles.min() > half + 1.0:
                assert share == 0.0
    assert narrow[-1] == 0.0


def test_signals_agree_with_the_labels_of_the_camera(made):
    scenario = made(
        "{id: ahead, static: sedan, lane: 1, ahead: 45 m}",
        "{id: van, static: van, lane: 1, ahead: 22 m, offset: 0.8 m}",
        "{id: beside, static: sedan, lane: 2, ahead: 12 m}",
        "{id: walker, pedestrian: adult, lane: 2, ahead: 26 m, offset: 1.2 m}",
    )
    draw = scenario.nominal(3, 0)
    recording = record(scenario, draw)
    trace = trace_of(scenario, draw)
    camera = Camera(recording, sensor_setup(scenario, "front", recording))
    errors, states = [], set()
    for index, t in enumerate(sensor_setup(scenario, "front", recording).times):
        if t > trace.times[-1]:  # signals end with the first touch
            break
        k = int(np.argmin(np.abs(trace.times - t)))
        assert trace.times[k] == pytest.approx(t)
        labels = {entry["name"]: entry for entry in camera.sample(index, float(t)).values["objects"]}
        for name in ("ahead", "van", "beside", "walker"):
            visible, in_fov = (trace.signal(signal, ("front", name))[k] for signal in ("visible", "in_fov"))
            entry = labels.get(name)
            if entry is None:
                assert in_fov < 0.02
                continue
            share = entry["visibility"] * (1.0 - entry["truncation"])
            # A box hides what shows over a bonnet, so `visible` may be less than what the camera shows, never
            # much more; where the one is clear the other is.
            assert visible < share + 0.2
            if visible > 0.9 or share < 0.05:
                assert visible == pytest.approx(share, abs=0.2)
            errors.append(abs(visible - share))
            assert in_fov == pytest.approx(1.0 - entry["truncation"], abs=0.2)
            assert visible <= in_fov
            states.add((visible > 0.9, visible < 0.1))
    assert len(errors) >= 12
    assert np.mean(errors) < 0.1
    assert len(states) == 3, "some were seen, some hidden, some in part"


def test_score_is_what_is_recorded(made):
    near = "eventually(visible(front, ahead) < 0.9 and range(front, ahead) < 30 m)"
    events = f"{near} or eventually(in_fov(roof, ahead) > 2)"
    crosser = "{id: crosser, pedestrian: adult, on: right_sidewalk, ahead: 20 m, do: [{at: 0.5 s, cross: {}}]}"
    scenario = made(AHEAD, crosser, event=events)
    outcomes = [score(scenario, scenario.nominal(7, index)) for index in range(3)]
    assert outcomes == [record(scenario, scenario.nominal(7, index)).outcome for index in range(3)]
    assert all(math.isfinite(outcome.scores["seen"]) for outcome in outcomes)


def test_only_sensors_that_look_are_known(made):
    with pytest.raises(ScenarioError) as caught:
        made(AHEAD, event="eventually(visible(frnt, ahead) > 0.5)")
    (fault,) = caught.value.faults
    assert "unknown sensor that looks somewhere 'frnt'" in fault.message
    assert fault.suggestion == "front"
    with pytest.raises(ScenarioError, match="wheel"):
        made(AHEAD, event="eventually(visible(wheel, ahead) > 0.5)")

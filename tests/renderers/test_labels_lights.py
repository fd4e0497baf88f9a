"""Which lights of a body are on, as a label: what the channels say, whatever the lens looks like."""

import numpy as np
import pytest

from renderers.camera.sensor import Camera
from sim.recording import Channel
from sim.scene import Scene, Shape

TIMES = np.array([0.0, 1.0, 2.0, 3.0, 10.0])
STATES = ((), ("red",), ("red", "amber"), ("green",), ("green",))


@pytest.fixture
def crossing(record):
    scene = Scene(("traffic light", "car", "thing"))
    scene.add(
        "signal", category="traffic light", shape=Shape("traffic_light", (0.3, 0.35, 3.2)),
        pose=(8.0, 1.5, 0.0, 0.0, 0.0, 1.0, 0.0),
    )  # fmt: skip
    car = Shape("vehicle", (4.4, 1.8, 1.5), {"style": "sedan", "seed": 2})
    scene.add("car", category="car", shape=car, pose=(12.0, -1.5, 0.0, 0.0, 0.0, 0.0, 1.0))
    scene.add("box", category="thing", shape=Shape("box", (1.0, 1.0, 1.0)), pose=(9.0, 0.0, 0, 0, 0, 0, 1))
    channels = [
        Channel("signal", f"{colour}_light", "", TIMES, np.array([float(colour in on) for on in STATES]))
        for colour in ("red", "amber", "green")
    ]
    channels.append(Channel("car", "indicator_left", "", TIMES, np.array([0.0, 1.0, 1.0, 1.0, 1.0])))
    channels.append(Channel("car", "brake_lights", "", TIMES, np.array([0.0, 0.0, 1.0, 1.0, 1.0])))
    return record(scene, channels=tuple(channels))


def objects(camera, t):
    return {entry["name"]: entry for entry in camera.objects(t, camera.gbuffer(t))}


def test_a_signal_tells_what_it_shows_and_a_car_what_its_driver_does(crossing, mount):
    camera = Camera(crossing, mount())
    for t, state in zip(TIMES[:4], STATES, strict=False):
        assert objects(camera, t)["signal"]["lights"] == list(state)
    assert [objects(camera, t)["car"]["lights"] for t in TIMES[:3]] == [
        [], ["indicator_left"], ["brake", "indicator_left"],
    ]  # fmt: skip
    # The indicator is dark in every other third of a second, and still on.
    blinking = {tuple(objects(camera, t)["car"]["lights"]) for t in np.arange(1.0, 1.9, 0.1)}
    assert {names[-1] for names in blinking} == {"indicator_left"}
    assert objects(camera, 1.0)["box"]["lights"] is None


def test_the_lens_that_is_told_is_the_one_that_shines(crossing, mount):
    camera = Camera(crossing, mount(resolution=[320, 240], format="png"))
    found = {}
    for t in (0.0, 1.0, 3.0):
        out = camera.gbuffer(t)
        signal = objects(camera, t)["signal"]
        picture = camera.picture(0, t).astype(int)
        found[t] = picture[out.instance == signal["instance_id"]]
    red, green = (found[t] - found[0.0] for t in (1.0, 3.0))
    assert (red[:, 0] > 60).sum() > 5
    assert (green[:, 1] > 60).sum() > 5
    assert red[red[:, 0] > 60][:, 0].mean() > 2 * np.abs(red[red[:, 0] > 60][:, 2]).mean()

"""Where echoes come from and how strong they are: closed forms of geometry, motion and the radar equation."""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from renderers.radar.echoes import BODY, GHOST, SCENERY
from renderers.radar.models import MODELS, WAVELENGTH, rain_loss
from renderers.radar.reflectivity import PATTERNS, body_area, corner_reflector
from renderers.radar.sensor import columns
from sim.geometry import pose_from_planar, quaternion_from_rpy
from sim.recording import Channel
from sim.scene import Light, Shape

NEAR = MODELS["near"]
REFLECTOR = 4.0 * math.pi * 0.3**4 / (3.0 * WAVELENGTH**2)


def straight(x, y, speed, yaw=0.0, seconds=10.0):
    """Return the track of a body that moves along its heading, at x, y after 5 s."""
    times = np.array([0.0, seconds])
    way = speed * (times - 5.0)
    return times, pose_from_planar(x + way * np.cos(yaw), y + way * np.sin(yaw), np.full(2, yaw))


@pytest.mark.parametrize(("x", "y"), [(20.0, 0.0), (30.0, 12.0), (8.0, -9.0)])
def test_a_corner_reflector_is_where_it_stands(radar, scene, x, y):
    toward = math.atan2(y, x) + math.pi
    echoes = radar(scene({"target": (x, y, toward)})).echoes(5.0)
    assert echoes.source.tolist() == [BODY]
    assert echoes.range[0] == pytest.approx(math.hypot(x, y), abs=1e-9)
    assert echoes.azimuth[0] == pytest.approx(math.atan2(y, x), abs=1e-9)
    assert echoes.elevation[0] == pytest.approx(0.0, abs=1e-9)
    assert echoes.rate[0] == pytest.approx(0.0, abs=1e-9)
    gain = 2.0 ** -((2.0 * math.atan2(y, x) / math.radians(120.0)) ** 2)
    standard = math.log(1e-7) / math.log(0.9) - 1.0
    snr = standard * (REFLECTOR / 10.0) * (90.0 / math.hypot(x, y)) ** 4 * gain**2
    assert echoes.snr[0] == pytest.approx(snr, rel=1e-9)


def test_the_sensor_frame_is_that_of_its_mounting(radar, scene):
    echoes = radar(scene({"target": (20.0, 5.0, math.pi)}), at=(2.0, 1.0, 1.5, 0.0, 0.1, 0.3)).echoes(5.0)
    way = np.array([18.0, 4.0, -1.0])
    pitch, yaw = (
        np.array([[math.cos(0.1), 0, math.sin(0.1)], [0, 1, 0], [-math.sin(0.1), 0, math.cos(0.1)]]),
        0.3,
    )
    turn = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
    here = (turn @ pitch).T @ way
    assert echoes.range[0] == pytest.approx(np.linalg.norm(way), rel=1e-12)
    assert echoes.azimuth[0] == pytest.approx(math.atan2(here[1], here[0]), abs=1e-12)
    assert echoes.elevation[0] == pytest.approx(math.asin(here[2] / np.linalg.norm(way)), abs=1e-12)


def test_radial_velocity_is_that_of_both_motions(radar, scene):
    built = scene({"target": (0.0, 0.0, math.pi)})
    built.add("ego", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)))
    size = built["target"].shape.size
    tracks = {"ego": straight(0.0, 0.0, 20.0), "target": straight(30.0, 10.0, 7.0, yaw=math.pi)}
    sensor = radar(built, tracks=tracks, on="ego", at=(2.0, 0.5, 0.5, 0.0, 0.0, 0.0))
    apex = np.array([30.0 + 0.5 * size[0], 10.0])
    way = apex - np.array([2.0, 0.5])
    closing = np.array([-7.0 - 20.0, 0.0]) @ way / np.linalg.norm(way)
    echoes = sensor.echoes(5.0)
    assert echoes.range[0] == pytest.approx(np.linalg.norm(way), abs=1e-9)
    assert echoes.rate[0] == pytest.approx(closing, abs=1e-9)
    assert sensor.sample(0, 5.0).values["velocity"] == pytest.approx([20.0, 0.0, 0.0], abs=1e-9)


def test_a_carrier_that_turns_moves_its_sensor_sideways(radar, scene):
    built = scene({"target": (0.0, 30.0, -math.pi / 2)})
    built.add("ego", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)))
    rate = 0.2
    times = np.linspace(0.0, 10.0, 101)
    zero = np.zeros_like(times)
    tracks = {"ego": (times, pose_from_planar(zero, zero, rate * (times - 5.0)))}
    sensor = radar(built, tracks=tracks, on="ego", at=(2.0, 0.0, 0.5, 0.0, 0.0, math.pi / 2))
    # At 5 s the sensor is at (2, 0) and moves to +y at 0.2 rad/s times 2 m; the reflector stands at (0, 30).
    assert sensor.echoes(5.0).rate[0] == pytest.approx(-rate * 2.0 * 30.0 / math.hypot(2.0, 30.0), abs=1e-6)


def test_what_stands_in_between_hides(radar, scene):
    built = scene({"target": (20.0, 0.0, math.pi)})
    built.add("wall", category="static", shape=Shape("box", (0.3, 4.0, 3.0)), pose=(10.0, 0, 0, 0, 0, 0, 1))
    sensor = radar(built)
    target = [body.name for body in sensor.stage.bodies].index("target")
    assert target not in sensor.echoes(5.0).body


@pytest.mark.parametrize("yaw", [0.0, 0.7, math.pi / 2, math.pi])
def test_the_points_of_a_car_share_its_section(radar, scene, yaw):
    built = scene()
    pose = (30.0, 0.0, 0.0, *quaternion_from_rpy(0.0, 0.0, yaw))
    car = built.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)), pose=pose)
    sensor = radar(built)
    echoes = sensor.echoes(5.0)
    section = echoes.snr / NEAR.per_area(echoes.range, echoes.azimuth, echoes.elevation, 0.0)
    aspect = math.pi - yaw
    assert section.sum() == pytest.approx(PATTERNS["car"].area(aspect), rel=1e-6)
    assert section.sum() == pytest.approx(body_area(car, np.array([math.cos(aspect), math.sin(aspect), 0.0])))
    half = 0.5 * math.hypot(4.5, 1.8)
    assert np.all(np.abs(echoes.range - 30.0) < half)
    assert len(echoes.snr) > 10


def test_half_a_car_sends_back_about_half(radar, scene):
    def total(is_hidden):
        built = scene()
        side = (20.0, 0.0, 0.0, *quaternion_from_rpy(0.0, 0.0, math.pi / 2))
        built.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)), pose=side)
        if is_hidden:
            built.add(
                "w", category="static", shape=Shape("box", (0.2, 6.0, 3.0)), pose=(10.0, 3.0, 0, 0, 0, 0, 1)
            )
        sensor = radar(built)
        echoes = sensor.echoes(5.0)
        return echoes.snr[echoes.body == 0].sum()

    assert total(True) / total(False) == pytest.approx(0.5, abs=0.1)


def test_what_lies_outside_the_view_keeps_its_part(radar, scene):
    built = scene()
    side = (20.0, 0.0, 0.0, *quaternion_from_rpy(0.0, 0.0, math.pi / 2))
    built.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)), pose=side)
    # The edges of two narrow views meet in the car's middle.
    parts = []
    for yaw in (20.0, -20.0):
        half = radar(built, at=(0.0, 0.0, 0.5, 0.0, 0.0, math.radians(yaw)), fov=math.radians(40.0)).echoes(5.0)
        gain = replace(NEAR, fov=math.radians(40.0)).per_area(half.range, half.azimuth, half.elevation, 0.0)
        parts.append((half.snr / gain).sum())
    whole = PATTERNS["car"].area(math.pi / 2)
    assert sum(parts) == pytest.approx(whole, rel=0.01)
    assert 0.35 * whole < min(parts) <= max(parts) < 0.65 * whole


def test_wheels_have_a_doppler_of_their_own(radar, scene):
    built = scene()
    built.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5), {"style": "sedan"}))
    times = np.array([0.0, 10.0])
    turning = Channel("car", "wheel_angle", "rad", times, 10.0 * times / 0.32)
    echoes = radar(built, tracks={"car": straight(15.0, 5.0, 10.0)}, channels=(turning,)).echoes(5.0)
    along = echoes.rate / np.cos(echoes.azimuth)
    assert np.median(along) == pytest.approx(10.0, abs=0.1)
    # The foot of a rolling wheel stands still, its top goes twice as fast as the car.
    assert along.min() < 7.0
    assert along.max() > 13.0
    assert np.all((along > -1.0) & (along < 21.0))


def paths(radar_at, target_at, t, wall=8.0):
    """Return the direct length and the length by way of a wall at y, halved, at a moment."""
    s, p = radar_at(t), target_at(t)
    image = np.array([p[0], 2.0 * wall - p[1]])
    return math.dist(s, p), math.dist(s, image)


def test_a_wall_makes_three_ghosts_at_the_lengths_of_their_ways(radar, scene):
    built = scene({"target": (0.0, 0.0, math.pi)})
    built.add("ego", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5)))
    built.add(
        "wall", category="building", shape=Shape("box", (80.0, 1.0, 4.0)), pose=(20.0, 8.5, 0, 0, 0, 0, 1),
        labelled=False,
    )  # fmt: skip
    back = 0.5 * built["target"].shape.size[0]
    tracks = {"ego": straight(0.0, 0.0, 15.0), "target": straight(30.0, -2.0, 5.0, yaw=math.pi)}
    sensor = radar(
        built, tracks=tracks, on="ego", at=(0.0, 0.0, 0.5, 0.0, 0.0, 0.0), ghosts=True, clutter=False
    )
    echoes = sensor.echoes(5.0)

    def ego(t):
        return np.array([15.0 * (t - 5.0), 0.0])

    def target(t):
        return np.array([30.0 + back - 5.0 * (t - 5.0), -2.0])

    direct, mirrored = paths(ego, target, 5.0)
    step = 1e-4
    early, late = paths(ego, target, 5.0 - step), paths(ego, target, 5.0 + step)
    rates = [(late[k] - early[k]) / (2.0 * step) for k in range(2)]
    ghost = echoes.source == GHOST
    order = np.argsort(echoes.range[ghost], kind="stable")
    found = np.stack([echoes.range, echoes.rate, echoes.azimuth], axis=1)[ghost][order]
    half, rate = 0.5 * (direct + mirrored), 0.5 * (rates[0] + rates[1])
    image = math.atan2(18.0, 30.0 + back)
    own = math.atan2(-2.0, 30.0 + back)
    expected = np.array([[half, rate, image], [half, rate, own], [mirrored, rates[1], image]])
    assert np.allclose(found[np.lexsort((-found[:, 2], found[:, 0].round(6)))], expected, atol=1e-5)
    # Each touch of the wall leaves 15 % of the power; the way back alone is spread as the mean of both ways.
    power = echoes.snr[echoes.source == BODY][0]
    assert np.all(echoes.snr[ghost] < 0.15 * power)


def test_a_wall_that_is_not_there_makes_no_ghosts(radar, scene):
    built = scene({"target": (30.0, -2.0, math.pi)})
    built.add(
        "wall", category="building", shape=Shape("box", (10.0, 1.0, 4.0)), pose=(40.0, 8.5, 0, 0, 0, 0, 1),
        labelled=False,
    )  # fmt: skip
    echoes = radar(built, ghosts=True).echoes(5.0)
    assert GHOST not in echoes.source
    assert SCENERY in echoes.source


def test_reflectors_and_rain_by_their_formulas(radar, scene):
    assert corner_reflector(0.3) == pytest.approx(REFLECTOR)
    # ITU-R P.838-3: 5 mm/h take about 3.6 dB/km at 77 GHz; there and back over 50 m that is 0.36 dB.
    rain = Light(rain=5e-3 / 3600.0)
    assert rain_loss(rain) * 1000.0 * 10.0 / math.log(10.0) == pytest.approx(1.13 * 5.0**0.718)
    dry, wet = (
        radar(scene({"target": (50.0, 0.0, math.pi)}, light=light)).echoes(5.0).snr[0] for light in (None, rain)
    )
    assert 10.0 * math.log10(dry / wet) == pytest.approx(2.0 * 0.05 * 1.13 * 5.0**0.718)


def test_a_sweep_fills_its_columns(radar, scene):
    sensor = radar(scene({"target": (20.0, 0.0, math.pi)}))
    values = sensor.sample(0, 5.0).values
    for column in columns({}):
        assert pa.array([values[column.name]], column.type).to_pylist()[0] is not None
    (told,), (origin,), (box,) = values["detections"], values["origins"], values["objects"]
    assert (origin["source"], origin["instance_id"], box["points"]) == ("body", box["instance_id"], 1)
    assert told["rcs"] == pytest.approx(10.0 * math.log10(REFLECTOR), abs=0.1)


def test_what_stands_beyond_the_range_is_not_told(radar, scene):
    sensor = radar(scene({"far": (90.0, 0.0, math.pi)}), false_alarm=1e-12)
    assert sensor.sample(0, 5.0).values["detections"] == []

"""Light of lamps by night against light computed here, and which lamps there are."""

import numpy as np
import pytest

from renderers.assets.materials import Lamp
from renderers.camera.lamps import glare, lit_by
from renderers.camera.lighting import lighting
from renderers.camera.motion import Motion
from renderers.camera.stage import Stage
from sim.recording import Channel
from sim.scene import Light, Scene, Shape

NIGHT = Light(sun_elevation=np.radians(-15.0), cloud=0.0)
DAY = Light(sun_elevation=0.8, cloud=0.0)
POST = Shape("lamp", (1.4, 0.3, 7.0))
CAR = Shape("vehicle", (4.4, 1.8, 1.5), {"style": "hatchback", "seed": 1})
CAMERA = np.eye(4)


def street(light=NIGHT):
    scene = Scene(("road", "pole", "car"), light)
    ground = Shape("ground", (400.0, 400.0, 0.0), {"material": "concrete"})
    scene.add("ground", category="road", shape=ground, labelled=False)
    scene.add("post", category="pole", shape=POST, pose=(20.0, 3.0, 0.0, 0, 0, 0, 1))
    scene.add("driven", category="car", shape=CAR, pose=(30.0, -2.0, 0.0, 0, 0, 1, 0))
    scene.add("parked", category="car", shape=CAR, pose=(12.0, -5.0, 0.0, 0, 0, 0, 1))
    return scene


TIMES = np.array([0.0, 10.0])
STATES = (
    Channel("driven", "brake_lights", "", TIMES, np.zeros(2)),
    # A parked car that something has hit has a speed, and nobody in it who could switch its lights on.
    Channel("parked", "speed", "m/s", TIMES, np.array([0.0, 2.0])),
)


def lamps_of(record, light, darkness=1.0):
    scene = street(light)
    stage = Stage.of(scene)
    motion = Motion(record(scene, channels=STATES), stage)
    levels = motion.lamps_at(0.0, darkness)
    return lit_by(lighting(light, 1, 0.0), stage, motion.parts_at(0.0), CAMERA, levels).lamps, levels


def test_posts_and_what_is_driven_shine_by_night_and_nothing_by_day(record):
    lamps, levels = lamps_of(record, NIGHT)
    assert len(lamps) == 2
    np.testing.assert_allclose(lamps[0, :3], (20.37, 3.0, 6.9), atol=1e-5)
    np.testing.assert_allclose(lamps[1], (30 - 2.15, -2.0, 0.65, -1.0, 0.0, 1.0, 14.0), atol=1e-5)
    assert levels[3, Lamp.HEAD_LIGHTS] == levels[3, Lamp.BRAKE_LIGHTS] == 0.0
    assert len(lamps_of(record, DAY)[0]) == 0


def test_no_lamp_shines_that_is_switched_off(record):
    assert len(lamps_of(record, NIGHT, darkness=0.0)[0]) == 0


def test_lamps_keep_their_colour_at_a_long_exposure():
    assert glare(lighting(DAY, 1, 0.0)) == 1.0
    by_night = lighting(NIGHT, 1, 0.0)
    assert glare(by_night) * by_night.exposure == pytest.approx(8.0)


def test_ground_under_a_post_is_as_bright_as_the_square_of_its_height_says(look):
    scene = Scene(("road", "pole"), NIGHT)
    plain = Shape("box", (400.0, 400.0, 0.2), {"colour": (0.5, 0.4, 0.3)})
    scene.add("floor", category="road", shape=plain, pose=(0.0, 0.0, -0.2, 0, 0, 0, 1), labelled=False)
    scene.add("post", category="pole", shape=POST, pose=(20.0, 0.0, 0.0, 0, 0, 0, 1))
    camera = look(scene, at=(10.0, 0.0, 3.0, 0.0, 0.35, 0.0))
    depth = camera.gbuffer(0.0).depth
    picture, light = camera.picture(0, 0.0).astype(int), camera._lighting
    rays = np.linalg.inv(camera.model.K) @ np.stack([*np.meshgrid(np.arange(160) + 0.5, np.arange(120) + 0.5),
                                                     np.ones((120, 160))]).reshape(3, -1)  # fmt: skip
    places = (rays * depth.ravel()).T @ camera.view(0.0).T_world_camera[:3, :3].T + (10.0, 0.0, 3.0)
    places = places.reshape(120, 160, 3)
    way = places - (20.37, 0.0, 6.9)
    square = np.sum(way**2, axis=-1)
    cosine = -way[..., 2] / np.sqrt(square)
    glow = np.clip((cosine - 0.2) * 2.5, 0.0, 1.0) * cosine / square
    seen = (np.abs(places[..., 2]) < 1e-3) & (np.abs(places[..., 1]) > 1.5) & (square < 12.0**2)
    light_there = glow[..., None] * light.lamplight + light.skylight
    exposed = light_there * (0.5, 0.4, 0.3) * light.exposure
    found = np.interp(picture, light.tone, np.linspace(0.0, 1.0, len(light.tone)) ** 2 * 16.0)
    ratio = (found / exposed)[seen]
    assert seen.sum() > 2000
    # What the floor's clear coat mirrors, 4 % and more aslant, is missing: the sky it would show is dark.
    assert np.median(ratio) == pytest.approx(0.95, abs=0.02)
    assert np.quantile(np.abs(ratio - 0.95), 0.98) < 0.10
    assert picture[seen].max() > 2 * picture[seen].min()


def test_low_beams_light_the_road_ahead_and_little_above_it(look):
    scene = Scene(("road", "wall", "car"), NIGHT)
    white = {"colour": (0.8, 0.8, 0.8)}
    wall = Shape("box", (0.5, 60.0, 12.0), white)
    scene.add("wall", category="wall", shape=wall, pose=(25.0, 0.0, 0.0, 0, 0, 0, 1), labelled=False)
    scene.add("driven", category="car", shape=CAR)
    camera = look(scene, at=(-12.0, 0.0, 4.0, 0.0, 0.0, 0.0))
    view = camera.view(0.0)
    levels = np.ones((len(camera._stage.bodies), len(Lamp)), np.float32)
    camera.gbuffer(0.0)
    exposed = camera._frames.light(view, levels, camera._lighting)[..., 1]
    row = {z: int(60 - camera.model.focal * (z - 4.0) / 36.75) for z in (0.2, 3.0)}
    assert exposed[row[0.2], 80] > 4 * exposed[row[3.0], 80]
    assert exposed[row[0.2], 80] > 2 * exposed[row[0.2], 20]

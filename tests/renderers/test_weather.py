"""Claims about weather in the finished picture."""

import numpy as np
import pytest

from renderers.weather import degrade
from sim.scene import Light

GREY = np.full((120, 160, 3), 90, np.uint8)
HEAVY = 30 / 3.6e6  # 30 mm/h in m/s


def seen(light, *, key=5, t=0.0, speed=10.0, rgb=GREY):
    return degrade(rgb, light=light, key=key, t=t, focal=120.0, speed=speed)


def test_dry_air_leaves_the_picture_alone():
    assert seen(Light()) is GREY


@pytest.mark.parametrize("light", [Light(rain=HEAVY), Light(snow=0.8, visibility=800.0)])
def test_weather_is_a_function_of_its_key_and_writes_to_a_copy(light):
    before = GREY.copy()
    first, again, other = seen(light), seen(light), seen(light, key=6)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(before, GREY)
    assert first.dtype == np.uint8
    assert first.shape == GREY.shape


def test_more_rain_touches_more_pixels():
    shares = [np.mean(seen(Light(rain=rate / 3.6e6)) != GREY) for rate in (0.5, 3, 20)]
    assert 0.0 < shares[0] < shares[1] < shares[2] < 0.9


def test_streaks_are_brighter_than_a_grey_day_and_mostly_faint():
    difference = seen(Light(rain=HEAVY)).astype(int) - 90
    assert difference.min() >= 0
    assert np.median(difference[difference > 0]) < 15


def test_drops_fall_so_streaks_stand_upright_at_rest():
    grey = np.full((480, 640, 3), 90, np.uint8)
    rainy = degrade(grey, light=Light(rain=HEAVY), key=3, t=0.0, focal=480.0, speed=0.0)
    difference = rainy.astype(float)[..., 0] - 90
    along = np.mean(difference[3:] * difference[:-3])
    across = np.mean(difference[:, 3:] * difference[:, :-3])
    assert along > 1.5 * across


def test_snow_on_the_ground_does_not_fall_from_clear_air():
    assert np.array_equal(seen(Light(snow=0.8, visibility=20_000.0)), GREY)

"""White balance, saturation, softness and contrast: what they do to light, and that labels never change."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from renderers.camera.encoding import encode_jpeg
from renderers.camera.grading import NEUTRAL, Grading
from renderers.camera.lighting import lighting
from sim.scene import Light

LUMA = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture
def light():
    return np.random.default_rng(3).uniform(0.0, 2.0, (40, 60, 3)).astype(np.float32)


def test_a_neutral_camera_leaves_light_as_it_is(light):
    assert NEUTRAL.applied(light) is light


def test_white_balance_is_in_stops_and_keeps_the_luminance_of_grey():
    grey = np.full((4, 4, 3), 0.3, np.float32)
    warm = Grading(warmth=0.5).applied(grey)[0, 0]
    assert np.log2(warm[0] / warm[2]) == pytest.approx(0.5, abs=1e-5)
    green = Grading(tint=0.4).applied(grey)[0, 0]
    assert np.log2(green[1] / green[0]) == pytest.approx(0.4, abs=1e-5)
    assert warm @ LUMA == pytest.approx(0.3, abs=1e-6)
    assert green @ LUMA == pytest.approx(0.3, abs=1e-6)


def test_saturation_scales_the_way_from_grey(light):
    np.testing.assert_allclose(
        Grading(saturation=0.0).applied(light), (light @ LUMA)[..., None] + 0 * light, atol=1e-5
    )
    half = Grading(saturation=0.5).applied(light)
    np.testing.assert_allclose(half @ LUMA, light @ LUMA, atol=1e-5)
    np.testing.assert_allclose(
        half - (half @ LUMA)[..., None], 0.5 * (light - (light @ LUMA)[..., None]), atol=1e-5
    )
    assert Grading(saturation=3.0).applied(light).min() >= 0.0


def test_softness_spreads_a_point_as_a_gaussian():
    point = np.zeros((41, 41, 3), np.float32)
    point[20, 20] = 1.0
    spread = Grading(softness=2.0).applied(point)[..., 0]
    x = np.arange(41) - 20.0
    assert spread.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.sqrt((spread.sum(axis=0) * x**2).sum()) == pytest.approx(2.0, rel=0.02)


def test_contrast_turns_the_tone_curve_about_mid_grey():
    flat, plain, steep = (lighting(Light(), 1, 0.0, contrast).tone for contrast in (0.7, 1.0, 1.4))
    mid = 255 * (1.055 * 0.18 ** (1 / 2.4) - 0.055)
    here = int(np.argmin(abs(plain - mid)))
    assert flat[here] == pytest.approx(mid, abs=1.0)
    assert steep[here] == pytest.approx(mid, abs=1.0)
    assert steep[here // 2] < plain[here // 2] < flat[here // 2]
    assert np.all(np.diff(steep) >= 0.0)


def test_a_poorer_jpeg_is_smaller_and_farther_off(light):
    rgb = (255 * light / 2).astype(np.uint8)
    good, poor = encode_jpeg(rgb), encode_jpeg(rgb, 40)
    assert len(poor) < 0.6 * len(good)
    off = [
        np.abs(cv2.imdecode(np.frombuffer(one, np.uint8), 1)[..., ::-1].astype(int) - rgb).mean()
        for one in (good, poor)
    ]
    assert off[0] < off[1]

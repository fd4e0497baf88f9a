"""Fall-off, photons, reading, steps and blur, against what optics and counting say."""

import numpy as np
import pytest

from renderers.camera.shots import moments, openings
from renderers.raster.developing import FULL_WELL_AT, Fall, Photosites, develop
from renderers.raster.resolve import normal_table
from sim.scene import Light, Scene, Shape

EVEN, SILENT = Fall(0.0, 0.0, 0.0, 1.0), Photosites(0.0, 0.0, 0.0)
FINE = np.linspace(0.0, 255.0, 4096).astype(np.float32)  # level = 255 sqrt(light / 16)


def developed(light, *, fall=EVEN, sensor=SILENT, sigma=0.0, key=5, tone=FINE):
    out = np.empty(light.shape, np.uint8)
    develop(light, tone, fall, sensor, np.uint64(key), sigma, normal_table(), 0, len(light), out)
    return out


def told(levels):
    """Light that levels of `FINE` stand for, in the middle of their step."""
    return 16.0 * (levels / 255.0) ** 2


def flat(value, shape=(240, 321)):
    return np.full((*shape, 3), value, np.float32)


def test_light_falls_off_as_the_fourth_power_of_a_cosine():
    """With the loss of a pinhole whose corner is 40 deg off the axis, this is the law of cos^4 itself."""
    width, height, focal = 321, 241, 200.0
    corner = np.hypot(width / 2, height / 2)
    loss = 1 - np.cos(np.arctan(corner / focal)) ** 4
    out = developed(flat(8.0, (height, width)), fall=Fall(loss, width / 2, height / 2, corner))
    v, u = np.mgrid[0:height, 0:width]
    angle = np.arctan(np.hypot(u + 0.5 - width / 2, v + 0.5 - height / 2) / focal)
    np.testing.assert_allclose(out[..., 1], 255 * np.sqrt(0.5 * np.cos(angle) ** 4), atol=0.6)


@pytest.mark.parametrize("light", [0.05, 0.4, 2.0])
@pytest.mark.parametrize("read_noise", [0.0, 12.0])
def test_electrons_have_the_variance_of_their_number_and_of_the_reading(light, read_noise):
    """EMVA 1288: var = mean + read noise^2 + 1/12 step^2; the display adds a step of its own."""
    full_well, bits = 4000.0, 16
    sensor = Photosites(full_well, read_noise, 2.0**bits - 1)
    # A tone curve that is steep around the light, so that levels tell it finely.
    mean = light * full_well / FULL_WELL_AT
    spread = np.sqrt(mean + read_noise**2)
    low, high = light - 5 * spread * FULL_WELL_AT / full_well, light + 5 * spread * FULL_WELL_AT / full_well
    place = 16.0 * (np.arange(2**18) / (2**18 - 1)) ** 2
    wide = np.clip((place - low) / (high - low) * 255.0, 0.0, 255.0).astype(np.float32)
    levels = developed(flat(light), sensor=sensor, tone=wide).astype(np.float64)
    electrons = (low + levels / 255.0 * (high - low)) * full_well / FULL_WELL_AT
    per_level = (high - low) / 255.0 * full_well / FULL_WELL_AT
    n = electrons.size
    variance = mean + read_noise**2 + per_level**2 / 12
    if mean > 5 * spread:  # else what would be below zero is cut
        assert abs(electrons.mean() - mean) < 5 * np.sqrt(variance / n) + 0.01 * per_level
        assert abs(electrons.var() / variance - 1) < 5 * np.sqrt(2 / n) + 0.02
    between = (electrons[:, 1:] - mean) * (electrons[:, :-1] - mean)
    assert abs(between.mean() / variance) < 5 / np.sqrt(n)


def test_a_pixel_tells_whole_steps_up_to_its_full_well():
    ramp = np.linspace(0.0, 16.0, 3001, dtype=np.float32)[None, :, None].repeat(3, axis=2)
    sensor = Photosites(1e7, 0.0, 7.0)  # so many electrons that their noise is far below a step
    out = developed(np.ascontiguousarray(ramp), sensor=sensor)[0, :, 0]
    steps = np.unique(out)
    np.testing.assert_allclose(steps, 255 * np.sqrt(np.arange(8) / 7 * FULL_WELL_AT / 16), atol=0.6)
    assert (out[ramp[0, :, 0] > FULL_WELL_AT] == steps[-1]).all()


def test_noise_of_photons_is_white_and_belongs_to_the_frame():
    sensor = Photosites(2000.0, 4.0, 4095.0)
    a, b, again = (developed(flat(1.0), sensor=sensor, key=key).astype(float) for key in (1, 2, 1))
    np.testing.assert_array_equal(a, again)
    for left, right in ((a, b), (a[..., [0]], a[..., [1]]), (a[1:], a[:-1])):
        n = left.size
        x, y = left - a.mean(), right - a.mean()
        assert abs((x * y).mean() / a.var()) < 5 / np.sqrt(n)


def test_moments_are_spread_evenly_around_that_of_the_frame_and_within_the_recording():
    np.testing.assert_allclose(list(moments(1.0, 0.4, 4, (0.0, 10.0))), [0.85, 0.95, 1.05, 1.15])
    assert min(moments(0.0, 0.4, 4, (0.0, 10.0))) == 0.0
    assert max(moments(10.0, 0.4, 4, (0.0, 10.0))) == 10.0


@pytest.mark.parametrize("count", [2, 3, 8, 16, 64])
def test_openings_fill_the_disc(count):
    places = np.array(list(openings(0.02, count)))
    assert len(np.unique(places.round(12), axis=0)) == count
    radius = np.hypot(*places.T)
    assert radius.max() < 0.01
    assert (radius**2).mean() == pytest.approx(0.01**2 / 2, rel=1e-9)
    assert np.abs(places.mean(axis=0)).max() < 0.01 / np.sqrt(count)


BLACK = {"colour": (0.0, 0.0, 0.0)}


def wall(x, width=4.0):
    """A dark wall ahead whose left edge is straight ahead."""
    scene = Scene(("wall",), Light(cloud=1.0, visibility=1e6))
    scene.add(
        "wall", category="wall", shape=Shape("box", (0.01, width, 20.0), BLACK),
        pose=(x, -width / 2, -10.0, 0, 0, 0, 1),
    )  # fmt: skip
    return scene


def linear(camera, levels):
    """Light that levels of a camera's picture stand for."""
    curve = camera._lighting.tone.astype(float)
    steps = np.flatnonzero(np.diff(curve, prepend=-1.0) > 0.0)
    return 16.0 * (np.interp(levels, curve[steps], steps) / (len(curve) - 1)) ** 2


def covered(camera, t=0.0):
    """Share of the light of the sky that is missing in the middle row, 0..1 per column."""
    camera.gbuffer(t)
    row = linear(camera, camera.picture(0, t)[60, :, 1].astype(float))
    return (row[20] - row) / (row[20] - row[140])


def test_a_moving_edge_is_smeared_over_its_way_during_the_exposure(record, mount):
    """The wall moves 2 m/s to the left, 10 m away; 0.4 s of it are 0.08 f px, over which cover grows evenly."""
    from renderers.camera.sensor import Camera

    times = np.array([0.0, 10.0])
    scene = wall(10.0, width=30.0)
    at = scene["wall"].pose
    track = np.array([[at[0], at[1] - 2.0 * (5 - t), *at[2:]] for t in (10.0, 0.0)])[::-1]
    camera = Camera(record(scene, {"wall": (times, track)}), mount(shutter=0.4, blur_steps=64, noise=0.0))
    share = covered(camera, 5.0)
    way = 0.8 / 10.0 * camera.model.focal
    u = np.arange(160) + 0.5
    expected = np.clip((u - 80.0) / way + 0.5, 0.0, 1.0)
    np.testing.assert_allclose(share, expected, atol=0.06)
    assert np.count_nonzero((share > 0.1) & (share < 0.9)) > 0.5 * way


@pytest.mark.parametrize(("distance", "focus"), [(10.0, 3.0), (4.0, 30.0), (8.0, 8.0)])
def test_what_is_out_of_focus_blurs_over_the_circle_of_confusion(look, distance, focus):
    """Thin lens: its diameter is A f |1/focus - 1/distance| px; across an edge a disc covers by its area."""
    aperture = 0.08
    camera = look(
        wall(distance, width=30.0), aperture=aperture, focus=focus, blur_steps=128, noise=0.0, fov=0.5
    )
    radius = 0.5 * aperture * camera.model.focal * abs(1 / focus - 1 / (distance - 0.005))
    share = covered(camera)
    x = np.clip((np.arange(160) + 0.5 - 80.0) / max(radius, 1e-9), -1.0, 1.0)
    expected = 0.5 + (np.arcsin(x) + x * np.sqrt(1 - x * x)) / np.pi
    away = np.abs(np.arange(160) + 0.5 - 80.0) > 1.0
    np.testing.assert_allclose(share[away], expected[away], atol=0.06)


def test_a_world_at_rest_in_focus_is_the_same_blurred_or_not(look):
    """Nothing moves: every view of an open shutter is the same, and so is their mean."""
    sharp, blurred = (look(wall(6.0), noise=0.0, **more) for more in ({}, {"shutter": 0.1, "blur_steps": 4}))
    for camera in (sharp, blurred):
        camera.gbuffer(0.0)
    np.testing.assert_array_equal(sharp.picture(0, 0.0), blurred.picture(0, 0.0))

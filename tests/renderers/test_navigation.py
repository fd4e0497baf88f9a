"""IMU and GNSS against closed forms of motion, of the Allan deviation, and of the ellipsoid."""

import math

import numpy as np
import pytest

from renderers import gnss, imu
from renderers.carried import normals
from renderers.navigation_declaration import GNSS, IMU
from renderers.observation import mounting
from renderers.sample import SensorSetup
from sim.geometry import pose_from_planar
from sim.noise import Draw, Edit, Noise
from sim.recording import Outcome, PoseTrack, Recording
from sim.scene import Scene, Shape

G = 9.80665
STILL = np.array([5.0, -7.0, 2.0, 0.0, 0.0, 0.0, 1.0])


def recording_of(poses, times):
    scene = Scene(("car",))
    scene.add("ego", category="car", shape=Shape("box", (4.0, 2.0, 1.5)), pose=tuple(poses[0]))
    tracks = (PoseTrack(("ego",), times, np.asarray(poses)[:, None]),) if len(times) > 1 else ()
    outcome = Outcome({}, {}, {}, {})
    return Recording(scene, tracks, (), {}, (), outcome, Draw(1, ()), {}, (times[0], times[-1]))


def defaults(section):
    return {name: field.default for name, field in section.fields.items()}


def setup_of(section, times, *, at=(0, 0, 0, 0, 0, 0), name="unit", noise=None, **settings):
    every = defaults(section) | settings
    every = {
        key: 0.0 if key.endswith(("noise", "walk", "bias")) and key not in settings else value
        for key, value in every.items()
    }
    return SensorSetup(name, "imu", "ego", mounting(at), every, times, noise or Noise(3))


def values_of(module, recording, setup):
    (samples,) = module.observe(recording, setup)
    assert set(samples.values) == {column.name for column in module.columns(setup.settings)}
    return samples.values


def vectors(values, name):
    return np.stack([values[f"{name}_{axis}"] for axis in "xyz"], axis=1)


TIMES = np.arange(0, 4.0 + 1e-9, 0.01)


def test_a_car_that_gains_speed_feels_it_and_gravity():
    recording = recording_of(pose_from_planar(10 * TIMES + TIMES**2, 0 * TIMES, 0 * TIMES), TIMES)
    values = values_of(imu, recording, setup_of(IMU, TIMES, rate=100.0))
    np.testing.assert_allclose(vectors(values, "accelerometer"), np.tile([2.0, 0.0, G], (401, 1)), atol=1e-6)
    np.testing.assert_allclose(vectors(values, "gyro"), 0.0, atol=1e-9)


def test_on_a_circle_the_lever_arm_is_felt():
    radius, rate = 50.0, 0.4
    angle = rate * TIMES
    poses = pose_from_planar(radius * np.sin(angle), radius * (1 - np.cos(angle)), angle)
    values = values_of(
        imu, recording_of(poses, TIMES), setup_of(IMU, TIMES, at=(1.5, 0, 0.3, 0, 0, 0), rate=100.0)
    )
    np.testing.assert_allclose(vectors(values, "gyro")[50], [0, 0, rate], atol=1e-9)
    expected = [-1.5 * rate**2, radius * rate**2, G]
    np.testing.assert_allclose(vectors(values, "accelerometer")[50], expected, rtol=1e-5, atol=1e-5)


def test_a_tilted_sensor_shares_gravity_between_its_axes():
    pitch = math.radians(30)
    setup = setup_of(IMU, np.array([0.5]), at=(0, 0, 0, 0, pitch, 0))
    values = values_of(imu, recording_of([STILL], np.array([0.0, 1.0])[:1]), setup)
    np.testing.assert_allclose(
        vectors(values, "accelerometer")[0], [-G * 0.5, 0, G * math.sqrt(0.75)], atol=1e-9
    )


def test_rates_finer_than_the_recording_give_no_spikes():
    recording = recording_of(pose_from_planar(TIMES**2, 0 * TIMES, 0 * TIMES), TIMES)
    fine = np.arange(0.5, 3.5, 0.001)
    values = values_of(imu, recording, setup_of(IMU, fine, rate=1000.0))
    np.testing.assert_allclose(values["accelerometer_x"], 2.0, atol=1e-6)


def allan_deviation(values, step, tau):
    """Overlapping Allan deviation of rates (IEEE Std 952, annex C)."""
    m = round(tau / step)
    theta = np.concatenate([[0.0], np.cumsum(values)]) * step
    second = theta[2 * m :] - 2 * theta[m:-m] + theta[: -2 * m]
    return math.sqrt(np.mean(second**2) / (2 * tau**2))


LONG = np.arange(0, 2000.0, 0.02)


@pytest.mark.parametrize("tau", [0.1, 1.0, 10.0])
def test_white_noise_has_the_allan_deviation_of_its_density(tau):
    setup = setup_of(IMU, LONG, rate=50.0, gyro_noise=2e-3, accelerometer_noise=0.01)
    values = values_of(imu, recording_of([STILL], LONG[:1]), setup)
    error = 3.0 * math.sqrt(tau / 2000.0)
    assert allan_deviation(values["gyro_z"], 0.02, tau) == pytest.approx(2e-3 / math.sqrt(tau), rel=error)
    assert allan_deviation(values["accelerometer_x"], 0.02, tau) == pytest.approx(
        0.01 / math.sqrt(tau), rel=error
    )


@pytest.mark.parametrize("tau", [1.0, 10.0, 40.0])
def test_a_walking_bias_has_the_allan_deviation_of_its_walk(tau):
    setup = setup_of(IMU, LONG, rate=50.0, gyro_walk=1e-4)
    values = values_of(imu, recording_of([STILL], LONG[:1]), setup)
    expected = 1e-4 * math.sqrt(tau / 3)
    assert allan_deviation(values["gyro_y"], 0.02, tau) == pytest.approx(
        expected, rel=3.0 * math.sqrt(tau / 2000.0) + 0.02 / tau
    )


def test_the_bias_at_the_start_has_its_spread_and_stays():
    recording = recording_of([STILL], np.zeros(1))
    starts = [
        values_of(imu, recording, setup_of(IMU, TIMES, noise=Noise(k), gyro_bias=0.5, gyro_range=100.0))[
            "gyro_x"
        ]
        for k in range(300)
    ]
    assert all(np.ptp(one) == 0.0 for one in starts)
    spread = np.std([one[0] for one in starts])
    assert abs(spread / 0.5 - 1) < 4 / math.sqrt(600)


def test_what_is_beyond_the_range_is_told_as_its_end():
    recording = recording_of(pose_from_planar(200 * TIMES**2, 0 * TIMES, 0 * TIMES), TIMES)
    values = values_of(imu, recording, setup_of(IMU, TIMES, rate=100.0))
    assert (values["accelerometer_x"] == 157.0).all()
    np.testing.assert_allclose(values["true_accelerometer_x"], 400.0, atol=1e-5)


@pytest.mark.parametrize("module", [imu, gnss])
def test_a_sensor_without_a_body_is_a_mistake(module):
    setup = SensorSetup("unit", "imu", None, np.eye(4), defaults(IMU) | defaults(GNSS), TIMES, Noise(1))
    with pytest.raises(ValueError, match="stands on none"):
        list(module.observe(recording_of([STILL], TIMES[:1]), setup))


def test_arrays_of_noise_are_the_noise_at_their_addresses():
    noise = Noise(9, (Edit(4, None, 1.0), Edit(5, "unit", 2.0, 0.3), Edit(6, "other", 0.0)))
    found = normals(noise, "unit", "gyro x", TIMES)
    assert found.tolist() == [noise.normal("unit", "gyro x", k, t) for k, t in enumerate(TIMES.tolist())]


# -- satellites ------------------------------------------------------------------------------------------------

A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)


def earth_centred(latitude, longitude, height):
    n = A / np.sqrt(1 - E2 * np.sin(latitude) ** 2)
    return np.stack(
        [
            (n + height) * np.cos(latitude) * np.cos(longitude),
            (n + height) * np.cos(latitude) * np.sin(longitude),
            (n * (1 - E2) + height) * np.sin(latitude),
        ],
        axis=-1,
    )


@pytest.mark.parametrize("origin", [(0.855, 0.17, 100.0), (0.0, 3.14, 0.0), (-1.2, -2.0, 3000.0)])
def test_positions_on_the_earth_are_as_far_apart_as_in_the_world(origin):
    points = np.random.default_rng(1).normal(size=(200, 3)) * [2e4, 2e4, 100]
    places = gnss.geodetic(points, origin)
    from_origin = np.linalg.norm(earth_centred(*places.T) - earth_centred(*origin), axis=1)
    np.testing.assert_allclose(from_origin, np.linalg.norm(points, axis=1), atol=1e-4)


def test_a_step_north_and_one_east_turn_by_the_radii_of_curvature():
    latitude = 0.8
    meridian = A * (1 - E2) / (1 - E2 * math.sin(latitude) ** 2) ** 1.5
    parallel = A / math.sqrt(1 - E2 * math.sin(latitude) ** 2) * math.cos(latitude)
    (north, east, up) = gnss.geodetic(
        np.array([[0, 10.0, 0], [10.0, 0, 0], [0, 0, 10.0]]), (latitude, 0.3, 0.0)
    )
    assert north[0] - latitude == pytest.approx(10 / meridian, rel=1e-5)
    assert east[1] - 0.3 == pytest.approx(10 / parallel, rel=1e-5)
    np.testing.assert_allclose(up, [latitude, 0.3, 10.0], atol=1e-8)


def test_velocity_is_that_of_the_antenna():
    angle = 0.4 * TIMES
    poses = pose_from_planar(50 * np.sin(angle), 50 * (1 - np.cos(angle)), angle)
    setup = setup_of(GNSS, np.array([1.0]), at=(0, 0, 2.0, 0, 0, 0), velocity_error=0.0)
    values = values_of(gnss, recording_of(poses, TIMES), setup)
    np.testing.assert_allclose(
        [values[f"velocity_{way}"][0] for way in ("east", "north", "up")],
        [20 * math.cos(0.4), 20 * math.sin(0.4), 0],
        rtol=1e-3,
        atol=1e-9,
    )
    assert values["z"][0] == pytest.approx(2.0)


def test_errors_have_their_spread_and_forget_in_their_time():
    times = np.arange(0, 20_000.0, 1.0)
    setup = setup_of(GNSS, times, rate=1.0, horizontal_error=2.0, correlation_time=10.0)
    values = values_of(gnss, recording_of([STILL], times[:1]), setup)
    meridian = A * (1 - E2) / (1 - E2 * math.sin(setup.settings["latitude"]) ** 2) ** 1.5
    error = (values["latitude"] - values["true_latitude"]) * meridian
    assert error.std() == pytest.approx(2.0, rel=0.1)
    assert np.mean(error[10:] * error[:-10]) / error.var() == pytest.approx(math.exp(-1), abs=0.06)
    assert values["velocity_up"].std() == pytest.approx(0.1, rel=0.03)

import numpy as np
import pytest

from renderers.odometry import columns, observe
from renderers.sample import SensorSetup
from sim.geometry import pose_from_planar
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, PoseTrack, Recording
from sim.scene import Scene, Shape

N = 2000


def moving_recording(*, with_channels: bool = True) -> Recording:
    """A car that accelerates from 10 m/s by 2 m/s2 along x."""
    scene = Scene(("car",))
    scene.add("ego", category="car", shape=Shape("box", (4.0, 2.0, 1.5)))
    scene.add("parked", category="car", shape=Shape("box", (4.0, 2.0, 1.5)), pose=(3, 4, 0, 0, 0, 0, 1))
    times = np.linspace(0.0, 4.0, 5)
    poses = pose_from_planar(10 * times + times**2, 0 * times, 0 * times)[:, None]
    channels = (
        Channel("ego", "speed", "m/s", times, 10 + 2 * times),
        Channel("ego", "yaw_rate", "rad/s", times, 0 * times),
        Channel("ego", "acceleration", "m/s2", times, 0 * times + 2),
    )
    return Recording(
        scene,
        (PoseTrack(("ego",), times, poses),),
        channels if with_channels else (),
        {},
        (),
        Outcome({}, {}, {}, {}),
        Draw(1, ()),
        {},
        (0.0, 4.0),
    )


def setup_on(body: str | None, name: str = "imu", *, noise: float = 0.0, n: int = 41) -> SensorSetup:
    settings = {"speed_noise": noise, "yaw_rate_noise": noise, "acceleration_noise": noise}
    return SensorSetup(name, "odometry", body, np.eye(4), settings, np.linspace(0.0, 4.0, n), Noise(5))


def test_without_noise_the_readings_are_the_truth():
    rows = list(observe(moving_recording(), setup_on("ego")))
    assert [row.index for row in rows] == list(range(41))
    for row in rows:
        assert row.values["speed"] == row.values["true_speed"] == pytest.approx(10 + 2 * row.t)
        assert row.values["acceleration"] == pytest.approx(2.0)


def test_values_are_the_declared_columns_and_truth_is_never_a_feature():
    declared = columns({})
    row = next(observe(moving_recording(), setup_on("ego")))
    assert set(row.values) == {column.name for column in declared}
    features = {column.name for column in declared if column.role == "feature"}
    assert features == {"speed", "yaw_rate", "acceleration"}


def test_noise_has_the_stated_spread_and_is_white():
    rows = list(observe(moving_recording(), setup_on("ego", noise=0.3, n=N)))
    errors = np.array([row.values["speed"] - row.values["true_speed"] for row in rows])
    assert abs(errors.mean()) < 5 * 0.3 / np.sqrt(N)
    assert abs(errors.std() / 0.3 - 1) < 5 / np.sqrt(2 * N)
    assert abs(np.corrcoef(errors[1:], errors[:-1])[0, 1]) < 5 / np.sqrt(N)


def test_noise_belongs_to_the_name_of_the_sensor():
    first = [row.values["speed"] for row in observe(moving_recording(), setup_on("ego", "a", noise=0.3))]
    again = [row.values["speed"] for row in observe(moving_recording(), setup_on("ego", "a", noise=0.3))]
    other = [row.values["speed"] for row in observe(moving_recording(), setup_on("ego", "b", noise=0.3))]
    assert first == again
    assert not np.allclose(first, other)


def test_a_parked_body_stands_still():
    row = next(observe(moving_recording(), setup_on("parked")))
    assert row.values["true_speed"] == 0.0
    assert (row.values["x"], row.values["y"], row.values["yaw"]) == (3.0, 4.0, 0.0)


def test_a_body_that_moves_without_channels_is_refused():
    with pytest.raises(ValueError, match="no channel 'speed'"):
        next(observe(moving_recording(with_channels=False), setup_on("ego")))


def test_it_must_stand_on_a_body():
    with pytest.raises(ValueError, match="stands on none"):
        next(observe(moving_recording(), setup_on(None)))

import numpy as np
import pytest
from scipy.signal import welch

from renderers.signals.chain import Chain, digitise, electronics, quantisation_step
from renderers.signals.current import observe as observe_current
from renderers.signals.sensor_faults import SensorFault, true_time
from renderers.signals.vibration import observe
from sim.fields import Chosen

KEY = np.uint64(11)


def test_gain_offset_and_white_noise():
    x = np.linspace(-1, 1, 100_000)
    clean = x.copy()
    electronics(x, Chain(10.0, noise=0.3, gain=2.0, offset=0.5), rate=1000.0, key=KEY)
    rest = x - (2 * clean + 0.5)
    assert abs(rest.mean()) < 4 * 0.3 / np.sqrt(len(x))
    assert rest.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * len(x)))


def test_white_and_flicker_noise_have_equal_density_at_the_corner():
    x = np.zeros(2**20)
    chain = Chain(10.0, noise=0.1, flicker_corner=20.0)
    electronics(x, chain, rate=1000.0, key=KEY)
    f, density = welch(x, 1000.0, nperseg=2**14)
    white = 0.1**2 / 500.0
    for low, high in ((0.8, 1.2), (15.0, 25.0), (300.0, 400.0)):
        band = (f >= low) & (f <= high)
        expected = np.mean(white * (1 + 20.0 / f[band]))
        assert np.mean(density[band]) == pytest.approx(expected, rel=0.15)
    assert chain.density(20.0, 1000.0) == pytest.approx(2 * white, rel=1e-3)


@pytest.mark.parametrize(("bits", "decibels"), [(8, 49.9257), (12, 74.0081), (16, 98.0905)])
def test_a_sine_of_full_scale_has_the_textbook_ratio_to_quantisation_noise(bits, decibels):
    """6.0206 N + 1.7609 dB, the noise having the variance of a step over twelve."""
    chain = Chain(1.0, bits=bits)
    rng = np.random.default_rng(1)
    x = (1 - 2.0 ** (1 - bits)) * np.sin(rng.uniform(0, 2 * np.pi, 1_000_000))
    step = quantisation_step(chain)
    noise = digitise(x, chain) * step - x
    assert noise.var() == pytest.approx(step**2 / 12, rel=0.025)
    assert 10 * np.log10(0.5 / noise.var()) == pytest.approx(decibels, abs=0.1)


def test_what_exceeds_full_scale_is_cut_off():
    counts = digitise(np.array([-9.0, -1.0, 0.0, 0.9, 1.0, 9.0]), Chain(1.0, bits=12))
    assert counts.dtype == np.int16
    assert counts.tolist() == [-2048, -2048, 0, 1843, 2047, 2047]
    assert digitise(np.array([9.0]), Chain(1.0, bits=24)).tolist() == [2**23 - 1]


def test_the_kernels_agree_with_numpy():
    x = np.random.default_rng(3).normal(size=5000)
    chain = Chain(2.0, bits=10, gain=1.3, offset=-0.2)
    y = x.copy()
    electronics(y, chain, rate=1000.0, key=KEY)
    assert y == pytest.approx(1.3 * x - 0.2)
    expected = np.clip(np.rint(y / quantisation_step(chain)), -512, 511)
    assert digitise(y, chain).tolist() == expected.tolist()


# -- faults of the sensor ------------------------------------------------------------------------------------


def fault(kind, *, at=0.0, lasts=1e10, **settings):
    return {"at": at, "lasts": lasts, "choice": Chosen(kind, settings)}


@pytest.fixture
def pair(plant, sensor, samples):
    """Return (samples without, samples with, row with) a fault of the sensor, of the window at 600 s."""

    def find(*faults, times=(600.0,), **settings):
        parts = {"b": ("bearing", "outer_race", 0.1), "s": ("shaft", "", 0.0)}
        setups = [sensor("vibration", times=times, faults=f, **settings) for f in ((), faults)]
        rows = [list(observe(plant(parts), setup))[-1].values for setup in setups]
        return samples(rows[0]), samples(rows[1]), rows[1]

    return find


def test_drift_grows_from_its_beginning(pair):
    good, bad, row = pair(fault("drift", at=500.0, rate=1e-4))
    expected = 1e-4 * 500.0 * (100.0 + np.arange(len(good)) / 25600.0)
    assert bad - good == pytest.approx(expected, abs=0.016)
    assert row["sensor_faults"] == ["drift"]
    assert row["diagnosable"] is True  # the line of the bearing is still there


def test_bias_and_scale(pair):
    good, bad, _ = pair(fault("bias", size=0.2))
    assert bad - good == pytest.approx(100.0, abs=0.016)
    good, bad, _ = pair(fault("scale", factor=0.5))
    assert bad == pytest.approx(0.5 * good, abs=0.016)


def test_a_bias_beyond_full_scale_saturates(pair):
    _, bad, _ = pair(fault("bias", size=1.5))
    assert bad == pytest.approx(500.0, abs=0.02)


def test_a_stuck_sensor_shows_one_value_and_tells_nothing(pair):
    good, bad, row = pair(fault("stuck", at=100.0))
    assert np.ptp(bad) == 0.0
    assert np.ptp(good) > 1.0
    assert row["faults"][0]["level"] > 12.0
    assert row["diagnosable"] is False


def test_a_fault_begins_and_ends_in_the_middle_of_a_window(pair):
    good, bad, _ = pair(fault("stuck", at=600.5, lasts=0.25))
    here = np.zeros(len(good), bool)
    here[12800:19200] = True
    assert np.ptp(bad[here]) == 0.0
    assert (bad[~here] == good[~here]).all()


def test_spikes_come_at_their_rate_and_size(pair):
    good, bad, _ = pair(fault("spikes", rate=200.0, size=0.4))
    hit = bad != good
    assert hit.sum() == pytest.approx(256, abs=4 * 16)
    assert np.abs(bad - good)[hit] == pytest.approx(200.0, abs=0.016)
    assert {-1.0, 1.0} == set(np.sign(bad - good)[hit])


def test_dropouts_write_zeros(pair):
    good, bad, _ = pair(fault("dropouts", rate=5.0, length=0.02))
    changed = bad != good
    assert (bad[changed] == 0.0).all()
    ends = np.flatnonzero(np.diff(np.concatenate([[0], bad == 0.0, [0]]).astype(int)))
    lengths = ends[1::2] - ends[::2]
    assert np.median(lengths[lengths > 20]) >= 512  # 20 ms
    assert np.mean(bad == 0.0) == pytest.approx(1 - np.exp(-5 * 0.02), abs=0.1)


def test_bursts_are_stretches_of_noise(pair):
    good, bad, _ = pair(fault("bursts", rate=5.0, length=0.05, size=0.05))
    noise = (bad - good)[bad != good]
    assert 2000 < len(noise) < 20_000
    assert noise.std() == pytest.approx(25.0, rel=0.1)


def test_a_swapped_cable_shows_the_other_machine(plant, sensor):
    recording = plant({"b": ("bearing", "outer_race", 0.5)})
    recording.scene.add("lathe", category="machine", shape=recording.scene["mill"].shape)
    setup = sensor("vibration", times=(0.0, 600.0), faults=(fault("swapped", at=300.0, **{"with": "lathe"}),))
    before, after = (row.values for row in observe(recording, setup))
    assert (before["fault"], before["sensor_faults"]) == ("outer_race", [])
    assert (after["fault"], after["sensor_faults"], after["speed"]) == ("", ["swapped"], 0.0)
    assert np.std(after["signal"]) < 0.1 * np.std(before["signal"])


def test_a_skewed_clock_looks_later_or_earlier_than_it_says():
    fast = SensorFault("skewed", {"by": 0.01}, 100.0, 200.0, 0)
    assert true_time([fast], 50.0) == (50.0, 1.0)
    moment, pace = true_time([fast], 150.5)
    assert moment == pytest.approx(150.0)
    assert pace == pytest.approx(1 / 1.01)
    assert true_time([fast], 300.0)[1] == 1.0


def test_a_fast_clock_shows_lines_too_low(plant, sensor, samples, amplitude):
    recording = plant({"m": ("motor", "", 0.0)}, hertz=24.25)
    setup = sensor(
        "current", window=10.0, noise=0.0, faults=(fault("skewed", at=0.0, by=0.05),), times=(600.0,)
    )
    row = next(observe_current(recording, setup)).values
    assert amplitude(samples(row), 10000.0, 50.0 / 1.05) == pytest.approx(10 * np.sqrt(2), rel=1e-2)
    assert row["true_t"] == pytest.approx(600.0 / 1.05)


def test_faults_change_nothing_but_what_they_touch(pair):
    good, bad, _ = pair(fault("spikes", at=700.0, rate=100.0, size=0.4), fault("bias", lasts=100.0, size=0.4))
    assert (good == bad).all()

import numpy as np
import pytest
from scipy.integrate import quad

from renderers.signals import orders
from renderers.signals.machine import machine_named
from renderers.signals.vibration import observe
from sim.noise import Noise

QUIET = {"floor": 0.0, "noise": 0.0, "window": 4.0, "rate": 12800.0, "full_scale": 100.0}


@pytest.fixture
def line(plant, sensor, samples, amplitude):
    """Return the amplitude of an order of a machine of some parts."""

    def find(parts, order, *, hertz=25.0, **more):
        row = next(observe(plant(parts, hertz=hertz, **more), sensor("vibration", **QUIET))).values
        return amplitude(samples(row), 12800.0, order * hertz)

    return find


@pytest.mark.parametrize("hertz", [12.5, 25.0, 50.0])
def test_imbalance_grows_with_the_square_of_the_speed(hertz, line):
    expected = orders.IMBALANCE * (0.5 + orders.RESIDUAL) * (hertz / 25.0) ** 2
    assert line({"s": ("shaft", "imbalance", 0.5)}, 1.0, hertz=hertz) == pytest.approx(expected, rel=2e-3)


def test_imbalance_of_severity_one_is_zone_d_of_iso_10816(line):
    velocity = line({"s": ("shaft", "imbalance", 1.0)}, 1.0) / (2 * np.pi * 25.0) / np.sqrt(2)
    assert velocity > 7.1e-3
    healthy = line({"s": ("shaft", "imbalance", 0.0)}, 1.0) / (2 * np.pi * 25.0) / np.sqrt(2)
    assert healthy < 1.4e-3  # zone A


def test_misalignment_is_mostly_twice_the_speed(line):
    found = [line({"s": ("shaft", "misalignment", 0.8)}, k) for k in (1.0, 2.0, 3.0)]
    assert np.argmax(found) == 1
    assert found[1] == pytest.approx(orders.MISALIGNMENT[2.0] * (0.8 + orders.RESIDUAL), rel=2e-3)


def test_looseness_has_half_orders_and_others_have_none(line):
    assert line({"s": ("shaft", "looseness", 1.0)}, 0.5) == pytest.approx(orders.LOOSENESS[0.5], rel=2e-3)
    assert line({"s": ("shaft", "looseness", 1.0)}, 2.5) == pytest.approx(orders.LOOSENESS[2.5], rel=2e-3)
    assert line({"s": ("shaft", "misalignment", 1.0)}, 0.5) < 2e-3


@pytest.mark.parametrize("severity", [0.0, 0.5, 1.0])
def test_sidebands_of_a_worn_gear_are_half_its_modulation(severity, line):
    """x = X (1 + a cos w) cos(z w): X at z and X a / 2 at z +- 1, at every harmonic."""
    depth = orders.HEALTHY_DEPTH + (orders.WORN_DEPTH - orders.HEALTHY_DEPTH) * severity
    gear = {"g": ("gear", "gear_wear", severity)}
    for k, level in enumerate(orders.MESH, start=1):
        level *= 1 + orders.WORN_MESH * severity
        assert line(gear, 23.0 * k) == pytest.approx(level, rel=4e-3)
        for side in (-1, 1):
            assert line(gear, 23.0 * k + side) == pytest.approx(level * depth / 2, rel=6e-3, abs=2e-4)
        assert line(gear, 23.0 * k + 2) < 2e-3


@pytest.mark.parametrize("n", [0, 1, 3, 6])
def test_sidebands_of_a_cracked_tooth_are_the_fourier_integral_of_its_burst(n, plant):
    """The line at z + n is |integral over a turn of (1 + a) exp(i b - 2 pi i n turn)| with what modulates."""
    machine = machine_named(plant({"g": ("gear", "gear_crack", 1.0)}), "mill")
    noise, steps = Noise(4), 32768
    tooth, runout = noise.uniform("g", "tooth"), noise.uniform("g", "runout")

    def modulation(turn):
        bump = np.exp(-0.5 * ((((turn - tooth + 0.5) % 1.0) - 0.5) * 23) ** 2)
        a = orders.HEALTHY_DEPTH * np.cos(2 * np.pi * (turn + runout)) - orders.CRACK_DEPTH * bump
        return (1 + a) * np.exp(1j * (orders.CRACK_LAG * bump - 2 * np.pi * n * turn))

    ends = (tooth - 0.5, tooth + 0.5)
    expected = abs(quad(modulation, *ends, complex_func=True, points=[tooth], limit=200)[0])
    spectrum = 2 * np.abs(np.fft.rfft(orders.gear_mesh(machine.parts[0], 1.0, 1.0, steps, noise))) / steps
    assert spectrum[2 * (23 + n)] == pytest.approx(orders.MESH[0] * expected, rel=1e-2, abs=1e-3)


def test_a_cracked_tooth_is_a_burst_once_a_turn(plant):
    machine = machine_named(plant({"g": ("gear", "gear_crack", 1.0)}), "mill")
    steps, noise = 8192, Noise(4)
    healthy = orders.gear_mesh(machine.parts[0], 1.0, 0.0, steps, noise)
    cracked = orders.gear_mesh(machine.parts[0], 1.0, 1.0, steps, noise)
    turn = 2.0 * np.arange(steps) / steps
    away = np.abs((turn - noise.uniform("g", "tooth") + 0.5) % 1.0 - 0.5)
    changed = np.abs(cracked - healthy)
    assert changed[away > 4 / 23].max() < 1e-2
    assert changed[away < 0.5 / 23].max() > 0.5


def test_the_burst_knocks_where_the_tooth_is(plant, sensor, samples):
    """Between two knocks lies one turn of the gear, whatever its ratio."""
    recording = plant({"g": ("gear", "gear_crack", 1.0)}, hertz=20.0, facts={"g": {"ratio": 0.5}}, load=0.4)
    x = samples(next(observe(recording, sensor("vibration", **QUIET, damping=0.1))).values)
    power = np.convolve(x**2, np.ones(64), "same")
    peaks = np.flatnonzero(
        (power > 0.3 * power.max())
        & (power == np.maximum.reduce([np.roll(power, k) for k in range(-400, 401)]))
    )
    assert np.diff(peaks) / 12800.0 == pytest.approx(0.1, rel=0.02)


def test_gears_of_two_ratios_keep_their_own_lines(line):
    gears = {"g": ("gear", "", 0.0), "h": ("gear", "", 0.0)}
    facts = {"g": {"teeth": 23}, "h": {"teeth": 31, "ratio": 0.4}}
    assert line(gears, 23.0, facts=facts) == pytest.approx(orders.MESH[0], rel=5e-3)
    assert line(gears, 31.0 * 0.4, facts=facts) == pytest.approx(orders.MESH[0], rel=5e-3)


def test_lines_follow_a_speed_that_rises(plant, sensor, samples):
    """Resampled over the angle of the shaft, a line of a run-up is a line again."""
    hertz = ((0.0, 4.0), (20.0, 40.0))
    recording = plant({"s": ("shaft", "misalignment", 1.0)}, hertz=hertz, duration=4.0)
    x = samples(next(observe(recording, sensor("vibration", **QUIET))).values)
    t = np.arange(len(x)) / 12800.0
    turns = 20 * t + 2.5 * t**2
    grid = np.arange(0, turns[-1], 1 / 64)
    even = np.interp(grid, turns, x)
    spectrum = np.abs(np.fft.rfft(even * np.hanning(len(even))))
    order = np.fft.rfftfreq(len(even), 1 / 64)
    assert order[np.argmax(spectrum)] == pytest.approx(2.0, abs=0.02)


def test_a_cutters_edges_pass_louder_as_they_blunt(line):
    sharp, blunt = (line({"t": ("tool", "tool_wear", severity)}, 4.0) for severity in (0.0, 1.0))
    assert sharp == pytest.approx(orders.CUTS, rel=3e-3)
    assert blunt == pytest.approx(orders.CUTS * (1 + orders.BLUNT), rel=3e-3)


def test_cavitation_is_broadband_noise_in_step_with_the_vanes(plant, sensor, samples):
    def noise(severity):
        recording = plant({"p": ("pump", "cavitation", severity)}, hertz=25.0)
        return samples(next(observe(recording, sensor("vibration", floor=0.7, window=5.0))).values)

    good, bad = noise(0.0), noise(0.5)
    added = (orders.BUBBLES * 0.5) ** 2 * (1 + orders.PULSATION**2 / 2)
    assert np.var(bad) - np.var(good) == pytest.approx(added, rel=0.05)
    turn = 25.0 * np.arange(len(bad)) / 25600.0
    swell = np.abs(np.mean(bad**2 * np.exp(-2j * np.pi * 6 * turn))) * 2 / np.mean(bad**2)
    expected = 2 * orders.PULSATION / (1 + orders.PULSATION**2 / 2)
    assert swell == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("part", "fault", "slight", "strong"),
    [
        ("shaft", "imbalance", 0.02, 0.8), ("shaft", "misalignment", 0.02, 0.8),
        ("shaft", "looseness", 1e-4, 0.8), ("shaft", "bent_shaft", 0.02, 0.8),
        ("gear", "gear_wear", 0.02, 0.8), ("gear", "gear_crack", 1e-4, 0.8),
        ("pump", "cavitation", 0.01, 0.8), ("tool", "tool_wear", 0.05, 0.3),
    ],
)  # fmt: skip
def test_strong_faults_are_diagnosable_and_slight_ones_are_not(part, fault, slight, strong, plant, sensor):
    for severity, expected in ((slight, False), (strong, True)):
        recording = plant({"x": (part, fault, severity)})
        row = next(observe(recording, sensor("vibration", varies=0.2))).values
        assert row["diagnosable"] is expected, row["faults"]
        assert (row["fault"], row["severity"]) == (fault, pytest.approx(severity))

import numpy as np
import pytest

from renderers.signals import current
from renderers.signals.current import _add_tones, bar_sideband, observe
from renderers.signals.machine import machine_named
from sim.errors import RunError

SLIP = 0.03
HERTZ = 50.0 * (1 - SLIP) / 2
"""Turns per second of a motor of two pole pairs on 50 Hz at rated load."""

QUIET = {"noise": 0.0, "window": 10.0}


@pytest.fixture
def line(plant, sensor, samples, amplitude):
    """Return the amplitude of a frequency of a motor's current, relative to the supply's, and the row."""

    def find(fault, severity, frequency, *, load=1.0, hertz=HERTZ, **settings):
        recording = plant({"m": ("motor", fault, severity)}, hertz=hertz, load=load)
        row = next(observe(recording, sensor("current", **{**QUIET, **settings}))).values
        x = samples(row)
        return amplitude(x, 10000.0, frequency) / amplitude(x, 10000.0, 50.0)

    return find


def test_the_supply_follows_from_speed_and_slip(plant, sensor, samples, amplitude):
    x = samples(next(observe(plant({"m": ("motor", "", 0.0)}, hertz=HERTZ), sensor("current", **QUIET))).values)
    assert amplitude(x, 10000.0, 50.0) == pytest.approx(10.0 * np.sqrt(2), rel=2e-3)


@pytest.mark.parametrize("broken", [1.0, 2.0, 4.0])
def test_broken_bars_stand_at_twice_the_slip_as_high_as_the_formula(broken, line):
    """47 and 53 Hz at 3 % slip, n / (2 R - n p) of the supply (Thomson & Fenger)."""
    expected = broken / (2 * 28 - broken * 2) + current.ASYMMETRY
    for f in (47.0, 53.0):
        assert line("broken_bar", broken / current.BROKEN, f) == pytest.approx(expected, rel=0.02)
    for f in (44.0, 56.0):
        assert line("broken_bar", broken / current.BROKEN, f) == pytest.approx(expected**2, rel=0.05, abs=2e-4)


def test_a_good_rotor_stays_below_what_passes_for_healthy(line):
    assert 20 * np.log10(line("broken_bar", 0.0, 47.0)) < -54.0
    assert 20 * np.log10(line("broken_bar", 1.0 / current.BROKEN, 47.0)) > -40.0
    assert bar_sideband(28, 0.0, 2) == 0.0


def test_sidebands_move_with_the_load(line):
    """At half load the slip is half, so is the distance."""
    hertz = 50.0 * (1 - SLIP / 2) / 2
    assert line("broken_bar", 0.5, 48.5, load=0.5, hertz=hertz) == pytest.approx(
        2 / 52 + current.ASYMMETRY, rel=0.03
    )
    assert line("broken_bar", 0.5, 47.0, load=0.5, hertz=hertz) < 0.002


def test_eccentricity_stands_at_the_speed_of_rotation(line):
    for k in (1, 2):
        for f in (50 - k * HERTZ, 50 + k * HERTZ):
            expected = current.ECCENTRICITY * (0.8 + current.ROUNDNESS) / k
            assert line("eccentricity", 0.8, f) == pytest.approx(expected, rel=0.02)


def test_a_shorted_winding_has_a_third_harmonic(line):
    assert line("winding", 1.0, 150.0) > 10 * line("winding", 0.0, 150.0)


def test_tones_are_cosines_of_phases_linear_between_chunks():
    rng = np.random.default_rng(2)
    phases = np.cumsum(rng.uniform(0.1, 3.0, (5, 9)), axis=1)
    amplitudes = rng.uniform(0.1, 2.0, 5)
    signal = np.zeros(8 * 128)
    _add_tones(signal, phases, amplitudes)
    at = np.arange(8 * 128) / 128
    expected = sum(
        a * np.cos(2 * np.pi * np.interp(at, np.arange(9), p)) for a, p in zip(amplitudes, phases, strict=True)
    )
    assert signal == pytest.approx(expected, abs=1e-9)


def test_the_filter_attenuates_a_line_by_its_order(plant, sensor, samples, amplitude):
    recording = plant({"m": ("motor", "", 0.0)}, hertz=HERTZ)
    setup = sensor("current", **{**QUIET, "chain": {"cutoff": 0.025, "order": 2}, "rate": 10000.0})
    x = samples(next(observe(recording, setup)).values)
    expected = 10 * np.sqrt(2) * current.HARMONICS[5] / np.sqrt(1 + 1.0**4)
    assert amplitude(x, 10000.0, 250.0) == pytest.approx(expected, rel=0.02)


def test_what_cannot_be_told_is_labelled_so(plant, sensor):
    def row(fault, severity, **more):
        recording = plant({"m": ("motor", fault, severity)}, hertz=HERTZ, load=more.pop("load", 1.0))
        return next(observe(recording, sensor("current", **more))).values

    assert row("broken_bar", 0.25)["diagnosable"] is True
    assert row("broken_bar", 0.25, load=0.02)["diagnosable"] is False  # sidebands under the supply's skirt
    assert row("broken_bar", 0.25, window=0.2)["diagnosable"] is False
    assert row("eccentricity", 0.8)["diagnosable"] is True
    assert row("broken_bar", 0.25, noise=20.0)["diagnosable"] is False


def test_a_bearings_fault_is_silent_in_the_current(plant, sensor):
    recording = plant({"m": ("motor", "", 0.0), "b": ("bearing", "outer_race", 0.9)}, hertz=HERTZ)
    row = next(observe(recording, sensor("current"))).values
    assert row["fault"] == "outer_race"
    assert row["diagnosable"] is False


def test_a_machine_without_a_motor_is_refused(plant, sensor):
    with pytest.raises(RunError, match="'mill' has none"):
        next(observe(plant({}), sensor("current")))


def test_a_motor_that_stands_draws_nothing(plant, sensor, samples):
    recording = plant({"m": ("motor", "", 0.0)}, hertz=0.0)
    assert machine_named(recording, "mill").frequency_at(0.0) == 0.0
    assert samples(next(observe(recording, sensor("current", noise=0.0))).values) == pytest.approx(0.0)

import numpy as np
import pytest
from scipy.signal import welch
from scipy.special import ndtri
from scipy.stats import kstest

from renderers.signals.randomness import (
    QUANTILES,
    add_flicker,
    fill_normals,
    flicker_filter,
    flicker_start,
    normals,
    window_key,
)
from sim.noise import Edit, Noise, philox

N = 400_000


def slow_normals(key, stream, first, count):
    """The same numbers from Philox and SciPy's quantile."""
    quarter = -(-count // 4)
    with np.errstate(over="ignore"):
        counters = np.arange(first, first + quarter, dtype=np.uint64)
        words = np.concatenate(philox(np.uint64(key), np.uint64(stream), counters))[:count]
    return ndtri((words.astype(float) + 0.5) * 2.0**-32)


@pytest.mark.parametrize("count", [1, 4, 7, 1000, 4096])
def test_the_kernel_gives_the_quantiles_of_philox(count):
    out = np.empty(count)
    fill_normals(np.uint64(9), 3, 17, QUANTILES, np.empty(count + 4, np.uint32), out)
    expected = slow_normals(9, 3, 17, count)
    assert np.max(np.abs(out - expected)) < 4e-5  # linear between 4096 cells, exact in the tails


def test_its_tails_are_exact():
    out = normals(np.uint64(9), 3, N)
    expected = slow_normals(9, 3, 0, N)
    far = np.abs(expected) > 2.2
    assert np.max(np.abs(out - expected)[far]) < 1e-12


def test_normals_are_normal_and_white():
    x = normals(np.uint64(4), 1, N)
    assert kstest(x, "norm").pvalue > 1e-3
    assert abs(x.mean()) < 4 / np.sqrt(N)
    assert abs(x.var() - 1) < 4 * np.sqrt(2 / N)
    for lag in (1, 2, N // 4):
        assert abs(np.mean(x[lag:] * x[:-lag])) < 4 / np.sqrt(N - lag)
    assert abs(np.mean(x * normals(np.uint64(4), 2, N))) < 4 / np.sqrt(N)


def test_a_window_has_its_own_key_and_edits_reach_it():
    noise = Noise(7)
    keys = {
        int(window_key(noise, entity, stream, t))
        for entity in ("a", "b")
        for stream in ("x", "y")
        for t in (0, 600.0)
    }
    assert len(keys) == 8
    edited = Noise(7, (Edit(99, "a", t=300.0),))
    assert window_key(edited, "a", "x", 0.0) == window_key(noise, "a", "x", 0.0)
    assert window_key(edited, "a", "x", 600.0) != window_key(noise, "a", "x", 600.0)
    assert window_key(edited, "b", "x", 600.0) == window_key(noise, "b", "x", 600.0)


@pytest.mark.parametrize(("rate", "lowest"), [(25600.0, 0.4), (1.0, 1e-4), (51200.0, 5.0)])
def test_the_filters_have_the_density_of_one_over_f(rate, lowest):
    poles, weights = flicker_filter(rate, lowest)
    f = np.geomspace(4 * lowest, 0.1 * rate, 40)
    response = np.array([np.sum(weights / (1 - poles * np.exp(-2j * np.pi * one / rate))) for one in f])
    level = 10 * np.log10(np.abs(response) ** 2 * 2 / rate * f)
    assert np.max(np.abs(level)) < 0.6


def flicker(count, rate, lowest, key):
    poles, weights = flicker_filter(rate, lowest)
    out = np.zeros(count)
    states = flicker_start(poles, np.uint64(key), 5)
    add_flicker(normals(np.uint64(key), 4, count), poles, weights, states, out)
    return out


def test_flicker_falls_ten_decibels_a_decade():
    x = flicker(2**20, 1000.0, 0.05, 3)
    f, density = welch(x, 1000.0, nperseg=2**15)
    band = (f > 0.3) & (f < 100)
    slope, level = np.polyfit(np.log10(f[band]), 10 * np.log10(density[band]), 1)
    assert slope == pytest.approx(-10.0, abs=0.25)
    assert level == pytest.approx(0.0, abs=0.4)


def test_the_allan_variance_of_flicker_is_two_ln_two_and_flat():
    """For S = h/f: sigma^2 = 2 ln 2 h, whatever the averaging time (Allan 1966)."""
    x = flicker(2**20, 1000.0, 1e-3, 8)
    for m in (32, 128, 512):
        means = x[: len(x) // m * m].reshape(-1, m).mean(axis=1)
        allan = 0.5 * np.mean(np.diff(means) ** 2)
        assert allan == pytest.approx(2 * np.log(2), rel=6 / np.sqrt(len(means)) + 0.06)


def test_flicker_is_stationary_from_its_first_sample():
    first = np.array([flicker(1, 1000.0, 0.5, key)[0] for key in range(3000)])
    last = np.array([flicker(500, 1000.0, 0.5, key)[-1] for key in range(1500)])
    assert first.var() == pytest.approx(last.var(), rel=0.15)


def test_the_compiled_filter_is_the_sum_of_its_poles():
    poles, weights = flicker_filter(1000.0, 1.0)
    white = normals(np.uint64(2), 1, 300)
    states, out = np.zeros(len(poles)), np.zeros(300)
    add_flicker(white[:100], poles, weights, states, out[:100])
    add_flicker(white[100:], poles, weights, states, out[100:])
    expected = [
        sum(g * sum(a ** (n - k) * white[k] for k in range(n + 1)) for a, g in zip(poles, weights, strict=True))
        for n in (0, 57, 299)
    ]
    assert out[[0, 57, 299]] == pytest.approx(expected, rel=1e-9)

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfilt, sosfreqz, welch

from renderers.signals.synthesis import (
    CHUNK,
    OVERSAMPLING,
    Excitation,
    Resonance,
    anti_alias,
    ring_taps,
    synthesise,
)

RATE = 25600.0
FAST = RATE * OVERSAMPLING
OPEN = np.tile([1.0, 0, 0, 1, 0, 0], (4, 1))
"""Sections that let everything through."""

SILENCE = Excitation(
    turns=np.arange(200) * CHUNK / FAST * 30.0,
    waves=(),
    swell=(1.0, np.zeros(1)),
    hits=np.empty(0),
    strengths=np.empty(0),
    resonance=Resonance(3000.0, 0.05),
    lead=CHUNK,
)


def make(excitation, count=4000, sections=OPEN, key=3):
    return synthesise(excitation, count, rate=RATE, sections=sections, key=np.uint64(key))


def slow(excitation, count, sections, key):
    """The same window sample by sample, in plain NumPy and SciPy."""
    chunks = len(excitation.turns) - 1
    total = chunks * CHUNK
    inside = np.arange(CHUNK) / CHUNK
    turns = (excitation.turns[:-1, None] + np.diff(excitation.turns)[:, None] * inside).ravel()
    noise = np.concatenate([normals_of_chunk(key, 1, k * CHUNK // 4, CHUNK) for k in range(chunks)])
    ratio, swell = excitation.swell
    steps = len(swell) - 1
    place = (0.5 * ratio * turns % 1.0) * steps
    x = noise * swell[place.astype(int)]
    for ratio, table in excitation.waves:
        x += np.interp(0.5 * ratio * turns % 1.0, np.linspace(0, 1, len(table)), table)
    r = excitation.resonance
    for hit, strength in zip(excitation.hits, excitation.strengths, strict=True):
        since = (np.arange(total) - hit) / FAST
        ring = strength * np.exp(-r.decay * since) * np.sin(2 * np.pi * r.frequency * since)
        x += np.where(since >= 0, ring, 0.0)
    x = sosfilt(sections, x)
    shift = np.zeros(total)
    if excitation.jitter:
        per = CHUNK // OVERSAMPLING
        z = np.concatenate([normals_of_chunk(key, 2, k * CHUNK // 8, per) for k in range(chunks)])
        slope = np.gradient(x)
        shift[::2] = z * excitation.jitter * slope[::2]
    return (x + shift)[excitation.lead :: OVERSAMPLING][:count]


def normals_of_chunk(key, stream, first, count):
    from renderers.signals.randomness import QUANTILES, fill_normals

    out = np.empty(count)
    fill_normals(np.uint64(key), stream, first, QUANTILES, np.empty(count, np.uint32), out)
    return out


def rich(jitter=0.0, hits=(300.2, 517.75, 518.1, 2303.9, 2304.0, 9000.5)):
    rng = np.random.default_rng(1)
    table = rng.normal(size=65)
    table[-1] = table[0]
    swell = rng.uniform(0.1, 1.0, 33)
    swell[-1] = swell[0]
    return replace(
        SILENCE,
        turns=SILENCE.turns + 0.02 * np.arange(200) ** 1.5,
        waves=((1.0, table), (0.37, table[::-1])),
        swell=(2.0, swell),
        hits=np.array(hits),
        strengths=rng.uniform(1, 30, len(hits)),
        jitter=jitter,
    )


@pytest.mark.parametrize("sections", [OPEN, anti_alias(6, 0.4), anti_alias(8, 0.1)], ids=["open", "6", "8"])
def test_the_kernel_agrees_with_its_slow_twin(sections):
    assert make(rich(), sections=sections) == pytest.approx(slow(rich(), 4000, sections, 3), abs=1e-9)


def test_the_kernel_agrees_with_its_slow_twin_when_sampling_jitters():
    excitation = rich(jitter=0.2)
    assert make(excitation) == pytest.approx(slow(excitation, 4000, OPEN, 3), abs=1e-9)


def test_hits_ring_as_the_closed_form_whatever_the_moment_between_samples():
    r = SILENCE.resonance
    for hit in (CHUNK + 10.0, CHUNK + 10.3, CHUNK + 255.9, CHUNK + 2 * CHUNK - 0.5):
        x = make(replace(SILENCE, hits=np.array([hit]), strengths=np.array([7.0])))
        t = np.arange(4000) / RATE - (hit - CHUNK) / FAST
        expected = np.where(t >= 0, 7 * np.exp(-r.decay * t) * np.sin(2 * np.pi * r.frequency * t), 0.0)
        assert x == pytest.approx(expected, abs=1e-9)


def test_a_hit_before_the_window_still_rings_in_it():
    x = make(replace(SILENCE, hits=np.array([CHUNK - 20.0]), strengths=np.array([7.0])))
    assert np.abs(x[:20]).max() > 1.0


def test_ringing_continues_by_two_taps():
    c1, c2 = ring_taps(Resonance(3000.0, 0.05), FAST)
    t = np.arange(50) / FAST
    y = np.exp(-2 * np.pi * 150 * t) * np.sin(2 * np.pi * 3000 * t + 0.4)
    assert y[2:] == pytest.approx(c1 * y[1:-1] + c2 * y[:-2], abs=1e-12)


@pytest.mark.parametrize("order", [1, 4, 6, 8])
def test_sines_are_attenuated_as_scipy_designs_the_filter(order, amplitude):
    sections = anti_alias(order, 0.4)
    designed = butter(order, 0.4 * RATE, fs=FAST, output="sos")
    for f in (1000.0, 9000.0, 10240.0, 12000.0):
        turns = np.arange(600) * CHUNK / FAST * f / 8
        table = np.cos(2 * np.pi * 16 * np.arange(4097) / 4096)
        x = make(replace(SILENCE, turns=turns, waves=((1.0, table),), lead=8 * CHUNK), 30000, sections)
        expected = np.abs(sosfreqz(designed, [f], fs=FAST)[1][0])
        assert amplitude(x, RATE, f) == pytest.approx(expected, rel=2e-3)
    assert np.abs(sosfreqz(designed, [10240.0], fs=FAST)[1][0]) == pytest.approx(np.sqrt(0.5), rel=1e-9)


def test_what_lies_above_half_the_rate_folds_with_what_the_filter_leaves_of_it(amplitude):
    f = 17000.0
    turns = np.arange(600) * CHUNK / FAST * f / 8
    table = np.cos(2 * np.pi * 16 * np.arange(4097) / 4096)
    x = make(replace(SILENCE, turns=turns, waves=((1.0, table),), lead=8 * CHUNK), 30000, anti_alias(6, 0.4))
    designed = butter(6, 0.4 * RATE, fs=FAST, output="sos")
    expected = np.abs(sosfreqz(designed, [f], fs=FAST)[1][0])
    assert expected < 0.05
    assert amplitude(x, RATE, RATE - f) == pytest.approx(expected, rel=0.02)


def test_noise_is_white_before_the_filter_and_shaped_by_it():
    count = 200_000
    turns = np.zeros(2 * count // CHUNK + 4)
    x = make(replace(SILENCE, turns=turns, swell=(1.0, np.array([2.0]))), count, anti_alias(6, 0.2))
    f, density = welch(x, RATE, nperseg=2048)
    response = np.abs(sosfreqz(butter(6, 0.2 * RATE, fs=FAST, output="sos"), f, fs=FAST)[1]) ** 2
    level = 10 * np.log10(density / (4.0 / (FAST / 2) * response))
    assert np.max(np.abs(level[(f > 100) & (f < 5500)])) < 1.5
    assert abs(np.mean(level[(f > 100) & (f < 5500)])) < 0.1


def test_jitter_makes_the_noise_of_its_closed_form():
    """A sine of amplitude A at f, sampled with jitter s, gains noise of rms 2 pi f A s / sqrt(2)."""
    f, jitter = 2000.0, 0.02
    turns = np.arange(600) * CHUNK / FAST * f / 8
    table = np.cos(2 * np.pi * 16 * np.arange(65537) / 65536)
    clean = make(replace(SILENCE, turns=turns, waves=((1.0, table),)), 30000)
    shaken = make(replace(SILENCE, turns=turns, waves=((1.0, table),), jitter=jitter), 30000)
    expected = 2 * np.pi * f * jitter / FAST / np.sqrt(2)
    assert np.std(shaken - clean) == pytest.approx(expected, rel=0.03)

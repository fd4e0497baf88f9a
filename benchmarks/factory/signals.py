"""Vibration windows with a bearing's fault and the sensor chain, beside the same in NumPy and SciPy.

    python benchmarks/factory/signals.py [--windows 200] [--rounds 7]

Ours: what `observe` gives, rows with labels included, of an accelerometer at 25.6 kHz in windows of 1.28 s on
a machine with a damaged bearing: hits with slip and modulation, a resonance, broadband noise, anti-alias filter
at twice the rate, gain, offset, white noise, quantisation to 16 bits; then also with 1/f noise, jitter of the
clock, a shaft and a gear. The peer makes the same window as one would by hand: `Generator.standard_normal`,
`lfilter`, `sosfilt`, `np.rint`, whole arrays at a time. One thread; CPU seconds, which a busy machine bends
less than the clock does.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from renderers.sample import SensorSetup
from renderers.signals.vibration import observe
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, Recording
from sim.scene import Scene, Shape

RATE, WINDOW = 25600.0, 1.28
COUNT = round(RATE * WINDOW)

PARTS = {
    "bearing": {
        "part": "bearing", "fault": "outer_race", "balls": 9, "ball_diameter": 7.94e-3,
        "pitch_diameter": 39.04e-3, "contact_angle": 0.0, "slip": 0.01, "creep": 0.003,
    },
    "shaft": {"part": "shaft", "fault": "imbalance"},
    "gear": {"part": "gear", "fault": "gear_wear", "teeth": 23, "mate_teeth": 71},
}  # fmt: skip


def machine(parts: tuple[str, ...], end: float) -> Recording:
    """Return a mill that turns at 30 Hz and whose parts are half worn."""
    scene = Scene(("machine", "component"))
    scene.add("mill", category="machine", shape=Shape("machine", (1.0, 1.0, 1.0)))
    times = np.array([0.0, end])
    channels = [
        Channel("mill", "speed", "rad/s", times, np.full(2, 60 * np.pi)),
        Channel("mill", "load", "", times, np.ones(2)),
    ]
    for name in parts:
        facts = {"machine": "mill", "ratio": 1.0, **PARTS[name]}
        scene.add(name, category="component", shape=Shape("component", (0.1, 0.1, 0.1), facts))
        channels.append(Channel(name, "severity", "", times, np.full(2, 0.5)))
    return Recording(scene, (), tuple(channels), {}, (), Outcome({}, {}, {}, {}), Draw(1, ()), {}, (0.0, end))


def accelerometer(windows: int, *, flicker: float, jitter: float) -> SensorSetup:
    """Return a sensor that looks every ten minutes."""
    chain = {
        "bits": 16, "gain": 1.01, "offset": 0.001, "flicker_corner": flicker, "order": 6, "cutoff": 0.4,
        "jitter": jitter,
    }  # fmt: skip
    settings = {
        "rate": RATE, "window": WINDOW, "every": 600.0, "resonance": 3000.0, "damping": 0.03, "transfer": 1.0,
        "floor": 0.7, "varies": 0.2, "full_scale": 500.0, "noise": 0.02, "chain": chain, "faults": (),
    }  # fmt: skip
    return SensorSetup("acc", "vibration", "mill", np.eye(4), settings, 600.0 * np.arange(windows), Noise(1))


def ours(
    windows: int, parts: tuple[str, ...] = ("bearing",), *, flicker: float = 0.0, jitter: float = 0.0
) -> int:
    """Return how many samples were made."""
    setup = accelerometer(windows, flicker=flicker, jitter=jitter)
    return sum(len(row.values["signal"]) for row in observe(machine(parts, 600.0 * windows), setup))


def by_hand(windows: int) -> int:
    """Make the windows of the bearing with NumPy and SciPy; return how many samples were made."""
    rng = np.random.default_rng(1)
    fast, lead = 2 * RATE, 512
    size = lead + 2 * COUNT
    radius = math.exp(-2 * math.pi * 150.0 / fast)
    ring = [1.0, -2 * radius * math.cos(2 * math.pi * 3000.0 / fast), radius**2]
    sections = butter(6, 0.4, output="sos")
    step = 1000.0 / 2**16
    made = 0
    for _ in range(windows):
        gaps = (1 + 0.01 * rng.standard_normal(160)) / (3.59 * 30.0)
        hits = np.cumsum(gaps) * fast
        pushes = np.zeros(size)
        inside = hits[hits < size - 2]
        strength = 50.0 * (1 + 0.27 * np.cos(2 * np.pi * 30.0 * inside / fast))
        np.add.at(pushes, inside.astype(int), strength * np.exp(0.02 * rng.standard_normal(len(inside))))
        x = lfilter([0.0, radius * math.sin(2 * math.pi * 3000.0 / fast)], ring, pushes)
        x += 0.78 * rng.standard_normal(size)
        y = sosfilt(sections, x)[lead::2][:COUNT]
        y = 1.01 * y + 0.5 + 0.02 * rng.standard_normal(COUNT)
        counts = np.clip(np.rint(y / step), -(2**15), 2**15 - 1).astype(np.int16)
        made += len(counts)
    return made


def speed(make: Callable[[], int], rounds: int) -> tuple[float, float]:
    """Return (best samples per CPU second, median) of some rounds after one to warm up."""
    make()
    found = []
    for _ in range(rounds):
        start = time.process_time()
        found.append(make() / (time.process_time() - start))
    return max(found), float(np.median(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    n = options.windows
    cases: dict[str, Callable[[], int]] = {
        "bearing fault and sensor chain": lambda: ours(n),
        "… and 1/f noise": lambda: ours(n, flicker=50.0),
        "… and jitter, shaft and gear": lambda: ours(
            n, ("bearing", "shaft", "gear"), flicker=50.0, jitter=1e-7
        ),
        "by hand, NumPy and SciPy": lambda: by_hand(max(n // 5, 1)),
    }
    print(f"{n} windows of {COUNT} samples at {RATE / 1000:g} kHz, one thread, million samples per CPU second")
    for name, make in cases.items():
        best, median = speed(make, options.rounds)
        print(f"{name:<32} best {best / 1e6:6.1f}   median {median / 1e6:6.1f}")


if __name__ == "__main__":
    main()

"""Machines by hand, sensors on them, and spectra."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt

from renderers.sample import SensorSetup
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, Recording
from sim.scene import Scene, Shape

FACTS: dict[str, dict[str, float]] = {
    "bearing": {
        "balls": 9, "ball_diameter": 0.3126 * 0.0254, "pitch_diameter": 1.537 * 0.0254, "contact_angle": 0.0,
        "slip": 0.005, "creep": 0.003,
    },
    "gear": {"teeth": 23, "mate_teeth": 71},
    "shaft": {},
    "motor": {"pole_pairs": 2, "bars": 28, "rated_slip": 0.03, "rated_current": 10.0},
    "pump": {"vanes": 6, "rated_speed": 2 * np.pi * 25.0, "rated_head": 30.0, "rated_flow": 0.02},
    "pneumatics": {"supply_pressure": 6e5, "time_constant": 0.15, "period": 4.0},
    "tool": {"teeth": 4, "rated_power": 3000.0},
    "joint": {"rated_torque": 20.0, "inertia": 1.5, "swing": 1.0, "period": 4.0},
}  # fmt: skip

CHAIN = {
    "bits": 16,
    "gain": 1.0,
    "offset": 0.0,
    "flicker_corner": 0.0,
    "order": 6,
    "cutoff": 0.4,
    "jitter": 0.0,
}

SETTINGS = {
    "vibration": {
        "rate": 25600.0, "window": 1.28, "every": 600.0, "resonance": 3000.0, "damping": 0.03, "transfer": 1.0,
        "floor": 0.7, "varies": 0.0, "full_scale": 500.0, "noise": 0.02,
    },
    "current": {"rate": 10000.0, "window": 2.0, "every": 600.0, "full_scale": 50.0, "noise": 0.005},
    "temperature": {
        "rate": 1.0, "window": 3600.0, "every": 3600.0, "node": "bearing", "rise": 80.0, "winding_time": 600.0,
        "frame_time": 3600.0, "bearing_time": 900.0, "bearing_rise": 12.0, "full_scale": 1000.0, "noise": 0.0,
    },
    "process": {
        "rate": 1.0, "window": 3600.0, "every": 3600.0, "of": "head", "named": "", "varies": 0.0,
        "full_scale": 100.0, "noise": 0.0,
    },
    "reading": {},
}  # fmt: skip

Course = float | tuple[tuple[float, ...], tuple[float, ...]]
"""A constant, or (times, values)."""


def _channel(body: str, name: str, unit: str, course: Course, duration: float) -> Channel:
    times, values = course if isinstance(course, tuple) else ((0.0, duration), (course, course))
    return Channel(body, name, unit, np.array(times, float), np.array(values, float))


def _plant(
    parts: Mapping[str, tuple[str, str, Course]], *, hertz: Course = 30.0, load: Course = 1.0,
    duration: float = 1e6, facts: Mapping[str, Mapping[str, float]] | None = None,
    more: tuple[Channel, ...] = (),
) -> Recording:  # fmt: skip
    """Return a recording of a mill; `parts` is name -> (kind, fault, severity)."""
    scene = Scene(("machine", "component"))
    scene.add("mill", category="machine", shape=Shape("box", (1.0, 1.0, 1.0)))
    speed = _channel("mill", "speed", "rad/s", hertz, duration)
    speed = Channel("mill", "speed", "rad/s", speed.times, 2 * np.pi * speed.values)
    channels = [speed, _channel("mill", "load", "", load, duration), *more]
    for name, (kind, fault, severity) in parts.items():
        own = {
            "machine": "mill",
            "part": kind,
            "fault": fault,
            "ratio": 1.0,
            **FACTS[kind],
            **(facts or {}).get(name, {}),
        }
        scene.add(name, category="component", shape=Shape("box", (0.1, 0.1, 0.1), own))
        channels.append(_channel(name, "severity", "", severity, duration))
    outcome = Outcome({}, {}, {}, {})
    return Recording(scene, (), tuple(channels), {}, (), outcome, Draw(1, ()), {}, (0.0, duration))


def _sensor(
    kind: str, *, name: str = "acc", times: tuple[float, ...] = (0.0,), key: int = 5,
    faults: tuple[object, ...] = (), on: str | None = "mill", chain: Mapping[str, float] | None = None,
    **settings: object,
) -> SensorSetup:  # fmt: skip
    own = {"bits": 24} if kind in ("temperature", "process") else {}
    given = {**SETTINGS[kind], "chain": {**CHAIN, **own, **(chain or {})}, "faults": faults, **settings}
    return SensorSetup(name, kind, on, np.eye(4), given, np.array(times, float), Noise(key))


def _samples(row: Mapping[str, object]) -> np.ndarray:
    return np.asarray(row["signal"], float) * float(row.get("scale", 1.0))  # type: ignore[arg-type]


def _envelope(x: np.ndarray, rate: float, band: tuple[float, float] = (2000.0, 5000.0)):
    """Return (frequencies, dB over the median of 20 to 1000 Hz) of a band's envelope, as the reference rows."""
    sections = butter(4, band, btype="band", fs=rate, output="sos")
    envelope = np.abs(hilbert(sosfiltfilt(sections, x)))
    spectrum = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(len(x))))
    f = np.fft.rfftfreq(len(x), 1 / rate)
    return f, 20 * np.log10(spectrum / np.median(spectrum[(f > 20) & (f < 1000)]))


def _amplitude(x: np.ndarray, rate: float, frequency: float) -> float:
    """Return the peak amplitude of a line, by a flat-top window about it."""
    n = np.arange(len(x))
    window = np.hanning(len(x))
    return 2 * abs(np.sum(window * x * np.exp(-2j * np.pi * frequency / rate * n))) / window.sum()


@pytest.fixture
def plant() -> Callable[..., Recording]:
    return _plant


@pytest.fixture
def sensor() -> Callable[..., SensorSetup]:
    return _sensor


@pytest.fixture
def samples() -> Callable[..., np.ndarray]:
    return _samples


@pytest.fixture
def envelope() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return _envelope


@pytest.fixture
def amplitude() -> Callable[..., float]:
    return _amplitude

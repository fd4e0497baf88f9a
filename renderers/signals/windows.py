"""Windows of samples: when each begins, what it is finished with, and the columns all signal sensors share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from renderers.sample import Column, Sample, SensorSetup
from renderers.signals.chain import Chain, chain_from, digitise, electronics, quantisation_step
from renderers.signals.diagnosis import Finding
from renderers.signals.machine import Machine, machine_named
from renderers.signals.randomness import normals, window_key
from renderers.signals.sensor_faults import (
    BLINDING,
    SensorFault,
    before_converter,
    behind_converter,
    faults_from,
    looks_at,
    true_time,
)
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Recording

__all__ = ["Heard", "Window", "observe_windows", "variation", "window_columns"]

_FINDING = pa.struct(
    [
        ("component", pa.string()),
        ("fault", pa.string()),
        ("severity", pa.float64()),
        ("frequency", pa.float64()),
        ("level", pa.float64()),
        ("diagnosable", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Window:
    """One window as it truly is.

    Args:
        machine: what it shows.
        start: when it begins [s].
        count: samples in it.
        rate: true samples per second [Hz].
        key: of what noise it has before the electronics.
    """

    machine: Machine
    start: float
    count: int
    rate: float
    key: Any

    @property
    def span(self) -> float:
        """How long it is [s]."""
        return self.count / self.rate

    @property
    def times(self) -> Array:
        """(N,) moments of its samples [s]."""
        return self.start + np.arange(self.count) / self.rate


@dataclass(frozen=True)
class Heard:
    """What arrives at the electronics: (N,) samples, and what they tell of every fault there is."""

    signal: Array
    findings: tuple[Finding, ...]


def variation(window: Window, noise: Noise, what: str, *, spread: float, count: int) -> Array:
    """Return (count,) factors about 1 by which a machine gives more or less in a window than usual.

    They are the machine's own, the same for all sensors that look at that moment.

    Args:
        window: the window.
        noise: of the episode.
        what: tells apart what varies.
        spread: standard deviation of their logarithm.
        count: how many there are.
    """
    key = window_key(noise, window.machine.name, f"varies {what}", window.start)
    return np.asarray(np.exp(spread * normals(key, 0, count) - 0.5 * spread**2))


Hear = Callable[[Window, Mapping[str, Any], Chain, Noise], Heard]
"""Makes what a window holds, of a sensor's settings, its chain and the episode's noise."""


def window_columns(settings: Mapping[str, Any], unit: str, what: str) -> tuple[Column, ...]:
    """Return the columns of a table with a window in every row."""
    bits = int(settings["chain"]["bits"])
    signal = (
        [
            Column("signal", pa.list_(pa.int16()), "feature", f"{what}, in steps of `scale`"),
            Column("scale", pa.float64(), "feature", "height of one step", unit),
        ]
        if bits <= 16
        else [Column("signal", pa.list_(pa.float32()), "feature", what, unit)]
    )
    return (
        *signal,
        Column("rate", pa.float64(), "feature", "samples per second, by the sensor's clock", "Hz"),
        Column("speed", pa.float64(), "label", "true speed of the shaft at the start of the window", "rad/s"),
        Column("load", pa.float64(), "label", "true share of the rated load at the start of the window"),
        Column("fault", pa.string(), "label", "the fault of the largest severity, empty where there is none"),
        Column("severity", pa.float64(), "label", "its severity, 0 good to 1 condemned"),
        Column("diagnosable", pa.bool_(), "label", "whether any fault could be seen in this window"),
        Column("faults", pa.list_(_FINDING), "label", "every fault there is, and how far it stands out [dB]"),
        Column("sensor_faults", pa.list_(pa.string()), "label", "what is wrong with the sensor in this window"),
        Column("true_t", pa.float64(), "label", "when the window truly begins", "s"),
    )


def observe_windows(recording: Recording, setup: SensorSetup, hear: Hear) -> Iterator[Sample]:
    """Yield a row per window that the recording holds as a whole.

    Raises:
        RunError: the sensor stands on no machine.
    """
    settings = setup.settings
    sensor = _Sensor(setup, chain_from(settings), faults_from(settings["faults"]))
    rate, count = float(settings["rate"]), round(float(settings["window"]) * float(settings["rate"]))
    machines: dict[str | None, Machine] = {}
    for index, stamp in enumerate(float(t) for t in setup.times):
        start, pace = true_time(sensor.faults, stamp)
        window = (start, start + count / rate * pace)
        if window[1] > recording.window[1] + 1e-9:
            return
        name = looks_at(sensor.faults, setup.on, window)
        if name not in machines:
            machines[name] = machine_named(recording, name)
        key = window_key(setup.noise, setup.name, "vicinity", stamp)
        view = Window(machines[name], start, count, rate / pace, key)
        yield Sample(index, stamp, sensor.row(view, stamp, hear))


@dataclass(frozen=True)
class _Sensor:
    setup: SensorSetup
    chain: Chain
    faults: tuple[SensorFault, ...]

    def row(self, window: Window, stamp: float, hear: Hear) -> dict[str, Any]:
        """Return the values of one row."""
        heard = hear(window, self.setup.settings, self.chain, self.setup.noise)
        here = [fault for fault in self.faults if fault.touches((window.start, window.start + window.span))]
        counts = self._converted(heard.signal, window, stamp, here, hear)
        is_blind = any(fault.kind in BLINDING for fault in here)
        findings = [asdict(found) | ({"diagnosable": False} if is_blind else {}) for found in heard.findings]
        worst = max(heard.findings, key=lambda found: found.severity, default=None)
        step = quantisation_step(self.chain)
        packed = (
            {"signal": counts, "scale": step}
            if self.chain.bits <= 16
            else {"signal": np.float32(counts * step)}
        )
        return packed | {
            "rate": float(self.setup.settings["rate"]),
            "speed": window.machine.frequency_at(window.start) * 2.0 * np.pi,
            "load": window.machine.load_at(window.start),
            "fault": "" if worst is None else worst.fault,
            "severity": 0.0 if worst is None else worst.severity,
            "diagnosable": any(found["diagnosable"] for found in findings),
            "faults": findings,
            "sensor_faults": [fault.kind for fault in here],
            "true_t": window.start,
        }

    def _converted(
        self, signal: Array, window: Window, stamp: float, faults: list[SensorFault], hear: Hear
    ) -> np.ndarray:
        """Return the (N,) steps that the converter gives of a signal."""
        noise, name = self.setup.noise, self.setup.name
        electronics(signal, self.chain, rate=window.rate, key=window_key(noise, name, "electronics", stamp))
        if not faults:
            return digitise(signal, self.chain)
        times = window.times
        before_converter(signal, times, faults, self.chain, noise=noise, sensor=name)
        counts = digitise(signal, self.chain)
        behind_converter(
            counts,
            times,
            faults,
            self.chain,
            noise=noise,
            sensor=name,
            stuck_at=self._held(faults, window, hear),
        )
        return counts

    def _held(self, faults: Iterable[SensorFault], window: Window, hear: Hear) -> dict[int, float]:
        """Return what a stuck sensor shows: what it saw first after it got stuck."""
        held = {}
        for fault in faults:
            if fault.kind == "stuck":
                moment = Window(window.machine, max(fault.start, 0.0), 2, window.rate, window.key)
                first = hear(moment, self.setup.settings, self.chain, self.setup.noise).signal[0]
                held[fault.number] = self.chain.gain * float(first) + self.chain.offset
        return held

"""Windows of a signal before and near a failure: as it is, and the spectrum of its envelope or of itself.

The envelope is that of the band about the sensor's resonance, which hits excite (Randall and Antoni 2011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from oddsmith.dataset import Dataset, Episode
from oddsmith.pictures.figures import INK, bare
from oddsmith.pictures.machine_history import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Shown", "draw_window", "envelope_spectrum", "shown_of"]

_CURVE, _LINE, _QUIET = "#3d84a8", "#c8374a", "#5c6b73"
_HARMONICS = 3
_SLOW = 20.0
"""Samples per second below which a window is one number, as the trend shows it."""
_LONGEST = 4000
"""Points of a waveform that are drawn."""


@dataclass(frozen=True)
class Shown:
    """One window.

    Args:
        signal: (N,) in its unit.
        band: (low, high) of the envelope [Hz]; None for a slow value, of which the spectrum is shown.
        fault: what it has, "" for nothing.
        lines: frequencies of the faults [Hz].
        sensor_faults: what is wrong with the sensor.
    """

    sensor: str
    unit: str
    t: float
    signal: np.ndarray
    rate: float
    band: tuple[float, float] | None
    fault: str
    severity: float
    is_diagnosable: bool
    lines: tuple[float, ...]
    sensor_faults: tuple[str, ...]


def shown_of(dataset: Dataset, episode: Episode, sensor: str) -> list[Shown]:
    """Return three windows of a sensor: the first at work, one of middling severity, and the worst.

    A value that is sampled slowly has nothing to show within its windows.
    """
    every = list(episode.frames(sensor))
    frames = [frame for frame in every if frame["speed"] > 0.0] or every
    if not frames or float(frames[0]["rate"]) < _SLOW:
        return []
    unit = dataset.units(sensor).get("scale") or dataset.units(sensor).get("signal") or ""
    severity = np.array([float(frame["severity"]) for frame in frames])
    worst = int(np.argmax(severity))
    middle = int(np.argmin(np.abs(severity[: worst + 1] - severity[worst] / 2.0)))
    places = sorted({0, middle, worst} if severity[worst] > 0.0 else {0, len(frames) - 1})
    return [_shown(dataset, sensor, unit, dict(frames[place])) for place in places]


def _shown(dataset: Dataset, sensor: str, unit: str, row: Mapping[str, Any]) -> Shown:
    rate = float(row["rate"])
    return Shown(
        sensor=sensor,
        unit=unit,
        t=float(row["true_t"]),
        signal=np.asarray(row["signal"], np.float64) * float(row.get("scale", 1.0)),
        rate=rate,
        band=_band(dataset, sensor, rate) if unit == "m/s2" else None,
        fault=str(row["fault"]),
        severity=float(row["severity"]),
        is_diagnosable=bool(row["diagnosable"]),
        lines=tuple(float(one["frequency"]) for one in row["faults"] if one["frequency"] > 0.0),
        sensor_faults=tuple(row["sensor_faults"] or ()),
    )


def _band(dataset: Dataset, sensor: str, rate: float) -> tuple[float, float]:
    resolved = dataset.manifest.get("scenario", {}).get("resolved", {})
    settings = resolved.get("sensors", {}).get(sensor, {}).get("vibration", {})
    resonance = float(str(settings.get("resonance", 0.25 * rate)).split()[0])
    return 0.5 * resonance, min(1.5 * resonance, 0.4 * rate)


def envelope_spectrum(
    signal: np.ndarray, rate: float, band: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies [Hz] and amplitudes of the squared envelope's spectrum, in the signal's unit squared.

    Args:
        signal: (N,) samples.
        rate: samples per second.
        band: (low, high) kept of the signal [Hz].
    """
    n = len(signal)
    spectrum = np.fft.fft(signal - signal.mean())
    f = np.fft.fftfreq(n, 1.0 / rate)
    analytic = np.fft.ifft(np.where((f >= band[0]) & (f <= band[1]), 2.0 * spectrum, 0.0))
    squared = np.abs(analytic) ** 2
    window = np.hanning(n)
    lines = np.fft.rfft((squared - squared.mean()) * window)
    return np.fft.rfftfreq(n, 1.0 / rate), np.abs(lines) * 2.0 / window.sum()


def draw_window(wave: Axes, spectrum: Axes, one: Shown, *, loudest: float, scale: Scale, is_last: bool) -> None:
    """Draw a window and its spectrum, harmonics of its faults dashed.

    Args:
        wave: takes the window.
        spectrum: takes its spectrum.
        one: the window.
        scale: of the episode's time.
        loudest: largest sample of all windows drawn.
        is_last: whether axes are named below it.
    """
    count = min(len(one.signal), _LONGEST)
    milli = one.rate > 100.0
    wave.plot(
        np.arange(count) / one.rate * (1e3 if milli else 1.0), one.signal[:count], color=_CURVE, linewidth=0.5
    )
    if abs(one.signal.mean()) < one.signal.std():
        wave.set_ylim(-1.05 * loudest, 1.05 * loudest)
    wave.set_ylabel(f"{one.sensor} [{one.unit}]" if one.unit else one.sensor, fontsize=8, color=INK)
    state = f"{one.fault.replace('_', ' ')}, severity {one.severity:.2f}" if one.severity > 0.0 else "good"
    hidden = "" if one.is_diagnosable or one.severity == 0.0 else ", cannot be told"
    sensor = f"; sensor: {', '.join(one.sensor_faults)}" if one.sensor_faults else ""
    wave.set_title(
        f"t = {one.t / scale.seconds:.1f} {scale.name}: {state}{hidden}{sensor}", fontsize=8, loc="left",
        color=INK, pad=3,
    )  # fmt: skip
    _draw_spectrum(spectrum, one)
    if is_last:
        wave.set_xlabel("time in the window [ms]" if milli else "time in the window [s]", fontsize=8, color=INK)
        spectrum.set_xlabel("frequency [Hz]", fontsize=8, color=INK)
    bare(wave)
    bare(spectrum)


def _draw_spectrum(axes: Axes, one: Shown) -> None:
    if one.band is not None:
        f, heights = envelope_spectrum(one.signal, one.rate, one.band)
        lines = [k * line for line in one.lines for k in range(1, _HARMONICS + 1)]
        upper = max([*(1.15 * line for line in lines), 400.0])
        title = f"spectrum of the squared envelope, {one.band[0] / 1e3:.1f} to {one.band[1] / 1e3:.1f} kHz"
    else:
        lines, title = list(one.lines), "spectrum"
        f, heights = _spectrum(one.signal, one.rate)
        upper = max([*(2.0 * line for line in lines), one.rate / 8.0])
    kept = (f > 0.0) & (f <= min(upper, one.rate / 2.0))
    axes.plot(f[kept], heights[kept], color=_QUIET, linewidth=0.8)
    _mark(axes, [line for line in lines if line <= upper])
    axes.set_ylim(bottom=0.0)
    if one.lines:
        title += (
            "; dashed " + ", ".join(f"{line:.1f} Hz" for line in one.lines) + " and harmonics" * bool(one.band)
        )
    axes.set_title(title, fontsize=8, loc="left", color=INK, pad=3)


def _mark(axes: Axes, lines: Sequence[float]) -> None:
    for line in lines:
        axes.axvline(line, color=_LINE, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)


def _spectrum(signal: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    window = np.hanning(len(signal))
    lines = np.fft.rfft((signal - signal.mean()) * window)
    return np.fft.rfftfreq(len(signal), 1.0 / rate), np.abs(lines) * 2.0 / window.sum()

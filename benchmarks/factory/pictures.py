"""Draws docs/gallery/bearings.png: good and damaged bearings as time series and envelope spectra.

python benchmarks/factory/pictures.py [--out docs/gallery]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
from scipy.signal import butter, hilbert, sosfiltfilt

from benchmarks.factory.signals import RATE, accelerometer, machine
from renderers.signals.impacts import pattern_of
from renderers.signals.machine import machine_named
from renderers.signals.vibration import observe
from sim.geometry import Array
from sim.recording import Channel, Recording

_INK, _BLUE, _RED = "#1b2733", "#2b6ca3", "#c0392b"

_CASES = (
    ("good", "", 0.0),
    ("outer race, severity 0.1", "outer_race", 0.1),
    ("inner race, severity 0.1", "inner_race", 0.1),
    ("ball, severity 0.1: no line", "ball", 0.1),
)


def damaged(fault: str, severity: float) -> Recording:
    """Return a mill whose only bearing has a fault."""
    recording = machine(("bearing", "shaft"), 600.0)
    details = recording.scene["bearing"].shape.details
    assert isinstance(details, dict)
    details["fault"] = fault
    sizes = {"bearing": severity, "shaft": 0.0}
    channels = tuple(
        Channel(c.body, c.name, c.unit, c.times, np.full(2, sizes[c.body])) if c.name == "severity" else c
        for c in recording.channels
    )
    return replace(recording, channels=channels)


def envelope(x: Array) -> tuple[Array, Array]:
    """Return (frequencies [Hz], level over the median [dB]) of the envelope of 2 to 5 kHz."""
    sections = butter(4, (2000.0, 5000.0), btype="band", fs=RATE, output="sos")
    around = np.abs(hilbert(sosfiltfilt(sections, x)))
    spectrum = np.abs(np.fft.rfft((around - around.mean()) * np.hanning(len(x))))
    f = np.fft.rfftfreq(len(x), 1.0 / RATE)
    return f, 20.0 * np.log10(spectrum / np.median(spectrum[(f > 20.0) & (f < 1000.0)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/gallery"))
    folder = parser.parse_args().out
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    style = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _INK}
    with plt.rc_context(style):
        figure, axes = plt.subplots(4, 2, figsize=(8.0, 6.0), width_ratios=(1.0, 1.15), sharex="col")
        for (title, fault, severity), (left, right) in zip(_CASES, axes, strict=True):
            recording = damaged(fault, severity)
            setup = accelerometer(1, flicker=0.0, jitter=0.0)
            row = next(observe(recording, replace(setup, settings={**setup.settings, "window": 5.12}))).values
            x = row["signal"] * row["scale"]
            t = np.arange(len(x)) / RATE
            left.plot(1e3 * t[t < 0.12], x[t < 0.12], lw=0.5, color=_INK)
            left.set(ylim=(-25, 25), ylabel="m/s²")
            left.set_title(title, loc="left", fontweight="bold")
            f, level = envelope(x)
            seen = (f > 5.0) & (f < 520.0)
            right.plot(f[seen] / 30.0, level[seen], lw=0.6, color=_BLUE)
            right.set(ylim=(-15, 58), ylabel="dB", xlim=(0.0, 17.5))
            pattern = pattern_of(machine_named(recording, "mill").parts[0])
            for k in range(1, 5) if pattern else ():
                right.axvline(k * pattern.order / pattern.crowd, color=_RED, lw=0.7, ls=":", zorder=0)
        axes[0][1].set_title("envelope of 2 to 5 kHz, over its median", loc="left")
        axes[-1][0].set_xlabel("time [ms]")
        axes[-1][1].set_xlabel("order [per turn of the shaft]; dotted: the fault's")
        figure.tight_layout()
        figure.savefig(folder / "bearings.png", dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()

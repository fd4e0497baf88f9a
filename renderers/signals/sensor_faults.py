"""Faults of the sensor itself: what they do to a window, and the labels that say so.

Drift, bias, scale and bursts happen before the converter, so they saturate as they would; what is stuck, spikes
or drops out does so in whole steps behind it. A swapped cable and a skewed clock change what is looked at, and
when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from renderers.signals.chain import Chain, quantisation_step
from renderers.signals.randomness import normals, window_key
from sim.geometry import Array
from sim.noise import Noise

__all__ = [
    "BLINDING",
    "SensorFault",
    "before_converter",
    "behind_converter",
    "faults_from",
    "looks_at",
    "true_time",
]

BLINDING = ("stuck", "swapped")
"""Kinds of faults under which a window tells nothing of its machine."""


@dataclass(frozen=True)
class SensorFault:
    """One fault of a sensor.

    Args:
        kind: drift, bias, scale, stuck, spikes, dropouts, bursts, swapped or skewed.
        settings: its own numbers, in SI.
        start: when it begins [s].
        end: when it is over [s].
        number: which of the sensor's faults it is; keeps their noise apart.
    """

    kind: str
    settings: Mapping[str, Any]
    start: float
    end: float
    number: int

    def number_of(self, name: str) -> float:
        """Return one of its settings."""
        return float(self.settings[name])

    def touches(self, window: tuple[float, float]) -> bool:
        """Return whether it is there at some moment of a window [s]."""
        return self.start < window[1] and self.end > window[0]


def faults_from(settings: Sequence[Mapping[str, Any]]) -> tuple[SensorFault, ...]:
    """Return the faults of a sensor's settings."""
    return tuple(
        SensorFault(
            one["choice"].kind,
            one["choice"].settings,
            float(one["at"]),
            float(one["at"]) + float(one["lasts"]),
            k,
        )
        for k, one in enumerate(settings)
    )


def looks_at(faults: Iterable[SensorFault], machine: str | None, window: tuple[float, float]) -> str | None:
    """Return the machine that a window really shows: another where the cable is swapped when it begins."""
    for fault in faults:
        if fault.kind == "swapped" and fault.start <= window[0] < fault.end:
            return str(fault.settings["with"])
    return machine


def true_time(faults: Iterable[SensorFault], t: float) -> tuple[float, float]:
    """Return (moment, pace): when a window stamped `t` begins, and true seconds per second of its clock."""
    moment, pace = t, 1.0
    for fault in faults:
        if fault.kind == "skewed" and fault.start < t:
            fast = fault.number_of("by")
            moment -= fast / (1.0 + fast) * (min(t, fault.end) - fault.start)
            pace *= 1.0 / (1.0 + fast) if t < fault.end else 1.0
    return moment, pace


def before_converter(
    signal: Array, times: Array, faults: Iterable[SensorFault], chain: Chain, *, noise: Noise, sensor: str
) -> None:
    """Apply drift, bias, scale and bursts to (N,) samples at (N,) moments [s], in place."""
    for fault in faults:
        here = (times >= fault.start) & (times < fault.end)
        if not here.any():
            continue
        if fault.kind == "drift":
            signal[here] += fault.number_of("rate") * chain.full_scale * (times[here] - fault.start)
        elif fault.kind == "bias":
            signal[here] += fault.number_of("size") * chain.full_scale
        elif fault.kind == "scale":
            signal[here] *= fault.number_of("factor")
        elif fault.kind == "bursts":
            key = _key(fault, times, noise, sensor)
            here &= _covered(fault, times, key)
            signal[here] += fault.number_of("size") * chain.full_scale * normals(key, 3, len(times))[here]


def behind_converter(
    counts: np.ndarray, times: Array, faults: Iterable[SensorFault], chain: Chain, *, noise: Noise, sensor: str,
    stuck_at: Mapping[int, float],
) -> None:  # fmt: skip
    """Apply what is stuck, spikes or drops out to (N,) steps of the converter, in place.

    Args:
        counts: of the converter.
        times: (N,) moments [s].
        faults: of the sensor.
        chain: of the sensor.
        noise: of the episode.
        sensor: name of the sensor.
        stuck_at: number of a fault -> the value at which it is stuck, in the unit of the signal.
    """
    least, most = -(2 ** (chain.bits - 1)), 2 ** (chain.bits - 1) - 1
    for fault in faults:
        here = (times >= fault.start) & (times < fault.end)
        if not here.any():
            continue
        if fault.kind == "stuck":
            counts[here] = min(max(round(stuck_at[fault.number] / quantisation_step(chain)), least), most)
        elif fault.kind == "dropouts":
            counts[here & _covered(fault, times, _key(fault, times, noise, sensor))] = 0
        elif fault.kind == "spikes":
            key = _key(fault, times, noise, sensor)
            places = np.flatnonzero(here)[_begins(fault, times[here], key)]
            signs = np.sign(normals(key, 3, len(times)))[places]
            size = fault.number_of("size") * chain.full_scale / quantisation_step(chain)
            counts[places] = np.clip(counts[places] + np.rint(signs * size), least, most)


def _key(fault: SensorFault, times: Array, noise: Noise, sensor: str) -> Any:
    return window_key(noise, sensor, f"{fault.kind} {fault.number}", float(times[0]))


def _begins(fault: SensorFault, times: Array, key: Any) -> np.ndarray:
    """Return (N,) whether a happening of a Poisson process falls into the time of a sample."""
    spacing = times[1] - times[0] if len(times) > 1 else 1.0
    chance = -np.expm1(-fault.number_of("rate") * spacing)
    return normals(key, 2, len(times)) < ndtri(chance)


def _covered(fault: SensorFault, times: Array, key: Any) -> np.ndarray:
    """Return (N,) whether a stretch that began in this window or just before it covers a sample."""
    spacing = times[1] - times[0] if len(times) > 1 else 1.0
    length = max(round(fault.number_of("length") / spacing), 1)
    padded = np.concatenate([times[0] + spacing * np.arange(-length, 0), times])
    begins = _begins(fault, padded, key)
    running = np.cumsum(begins)
    before = np.concatenate([np.zeros(length, running.dtype), running[:-length]])
    return (running > before)[length:]

"""A current clamp on one phase of an induction motor: what the stator draws, and what its faults write into it.

The supply's frequency f follows from the speed of the shaft f_r and the slip s, which follows from the load:
f = p f_r / (1 - s). All lines are sums of two phases, the supply's and the shaft's, so that they follow both:
broken bars at (1 +- 2 k s) f = (1 +- 2k) f -+ 2 k p f_r, eccentricity at f +- k f_r.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np

from renderers.sample import Column, Sample, SensorSetup
from renderers.signals.chain import Chain
from renderers.signals.diagnosis import Finding, finding, line_level
from renderers.signals.machine import Machine, Part
from renderers.signals.randomness import normals
from renderers.signals.windows import Heard, Window, observe_windows, window_columns
from sim.errors import RunError
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Recording

__all__ = ["BROKEN", "Tone", "bar_sideband", "columns", "hear", "observe", "slip_at", "tones_of"]

_VARIES = 1.0
"""By how much of itself a line differs between good motors: no one knows a motor's own beforehand."""

_CHUNK = 128

BROKEN = 4.0
"""Rotor bars that are broken at severity 1; a bar that cracks counts in part."""

ASYMMETRY = 5e-4
"""Sidebands of a good rotor, relative to the supply: -66 dB, well below the -54 dB that pass for healthy."""

ECCENTRICITY = 0.03
"""Sidebands at the speed of rotation when the rotor nearly touches, relative to the supply."""

ROUNDNESS = 0.02
"""What a good motor has of them: a fiftieth."""

SHORTED = 0.15
"""Third harmonic of a winding with a shorted turn at severity 1, relative to the supply."""

HARMONICS = {3: 0.004, 5: 0.012, 7: 0.006}
"""Harmonics of an ordinary supply, relative."""

NO_LOAD = 0.35
"""Magnetising current, relative to rated; the working part grows with the load at a right angle to it."""


@dataclass(frozen=True)
class Tone:
    """One line: `supply` cycles per cycle of the supply plus `shaft` cycles per turn of the shaft."""

    supply: float
    shaft: float
    amplitude: float
    phase: float


def slip_at(motor: Part, load: float) -> float:
    """Return the slip at a share of the rated load: proportional, as between no load and rated load it is."""
    return motor.fact("rated_slip") * max(load, 0.0)


def bar_sideband(bars: float, broken: float, pole_pairs: float) -> float:
    """Return a sideband of broken bars relative to the supply: n / (2 R - n p).

    Source: Thomson & Fenger (2001), "Current signature analysis to detect induction motor faults", solved for
    the level.
    """
    return broken / max(2.0 * bars - broken * pole_pairs, broken)


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a table of currents."""
    return window_columns(settings, "A", "current of one phase")


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a row per window.

    Raises:
        RunError: the sensor stands on no machine, or on one without a motor.
    """
    return observe_windows(recording, setup, hear)


def hear(window: Window, settings: Mapping[str, Any], chain: Chain, noise: Noise) -> Heard:
    """Return what a clamp on a machine's motor sees in a window, behind its anti-alias filter.

    Raises:
        RunError: the machine has no motor.
    """
    del settings  # a clamp has nothing but its chain
    machine, t = window.machine, window.start
    motors = machine.of_kind("motor")
    if not motors:
        raise RunError(f"a current is measured on a motor, and {machine.name!r} has none")
    chunks = math.ceil(window.count / _CHUNK)
    ends = t + np.arange(chunks + 1) * _CHUNK / window.rate
    supply = _supply_cycles(motors[0], machine, ends, noise)
    turns = machine.turns_at(ends) * motors[0].ratio
    signal = np.zeros(chunks * _CHUNK)
    if turns[-1] > turns[0]:
        tones = tones_of(motors, machine.load_at(t), t, noise)
        pace = np.array([supply[-1] - supply[0], turns[-1] - turns[0]]) / (ends[-1] - ends[0])
        weights = np.array([[tone.supply, tone.shaft] for tone in tones])
        passed = 1.0 / np.sqrt(1.0 + (weights @ pace / (chain.cutoff * window.rate)) ** (2 * chain.order))
        phases = weights @ np.stack([supply, turns]) + np.array([[tone.phase] for tone in tones])
        _add_tones(signal, phases, passed * np.array([tone.amplitude for tone in tones]))
    signal = signal[: window.count]
    if chain.jitter > 0.0:
        signal += normals(window.key, 1, window.count) * chain.jitter * window.rate * np.gradient(signal)
    return Heard(signal, _findings(motors, window, chain))


def tones_of(motors: Sequence[Part], load: float, t: float, noise: Noise) -> list[Tone]:
    """Return the lines of a motor's current; each of `motors` is the same one with another fault.

    Args:
        motors: at least one; the facts of the first count.
        load: share of the rated load.
        t: moment at which their severities count [s].
        noise: of the episode, for phases.
    """
    motor = motors[0]
    pole_pairs = motor.fact("pole_pairs")
    total = _amplitude(motor, load)
    tones = [Tone(1.0, 0.0, total, 0.0)]
    tones += [Tone(float(k), 0.0, total * level, 0.0) for k, level in HARMONICS.items()]
    for number, part in enumerate(motors):
        bars, gap, turn = (_severity(part, fault, t) for fault in ("broken_bar", "eccentricity", "winding"))
        side = bar_sideband(part.fact("bars"), BROKEN * bars, pole_pairs) if bars else 0.0
        side += ASYMMETRY if number == 0 else 0.0
        lag = noise.uniform(part.name, "tones")
        for k in (1, 2):
            for sign in (-1.0, 1.0):  # (1 +- 2 k s) f, where s f = f - p f_r
                level = total * side**k
                tones.append(Tone(1.0 + sign * 2.0 * k, -sign * 2.0 * k * pole_pairs, level, sign * lag))
        round_ = ECCENTRICITY * (gap + (ROUNDNESS if number == 0 else 0.0))
        tones += [Tone(1.0, sign * k, total * round_ / k, lag) for k in (1, 2) for sign in (-1.0, 1.0)]
        tones.append(Tone(3.0, 0.0, total * SHORTED * turn, 0.1))
    return tones


def _amplitude(motor: Part, load: float) -> float:
    """Return the peak of the current [A]: what magnetises and what works stand at a right angle."""
    working = math.sqrt(1.0 - NO_LOAD**2) * load
    return math.sqrt(2.0) * motor.fact("rated_current") * math.hypot(NO_LOAD, working)


def _severity(part: Part, fault: str, t: float) -> float:
    return part.severity(t) if part.fault == fault else 0.0


def _supply_cycles(motor: Part, machine: Machine, times: Array, noise: Noise) -> Array:
    """Return (T,) cycles of the supply at some moments, from a phase that all sensors agree on at the first."""
    turns = machine.turns_at(times) * motor.ratio
    middle = 0.5 * (times[1:] + times[:-1])
    slips = motor.fact("rated_slip") * np.maximum(machine.loads_at(middle), 0.0)
    steps = motor.fact("pole_pairs") * np.diff(turns) / (1.0 - slips)
    begin = noise.uniform(motor.name, "supply", round(times[0] * 1e6), float(times[0]))
    return begin + np.concatenate([[0.0], np.cumsum(steps)])


def _findings(motors: Sequence[Part], window: Window, chain: Chain) -> tuple[Finding, ...]:
    t = window.start
    return tuple(
        _finding(part, motors[0], window, chain)
        for part in window.machine.parts
        if part.fault and part.severity(t) > 0
    )


def _finding(part: Part, motor: Part, window: Window, chain: Chain) -> Finding:
    """Return what the current tells of a part's fault; a line near the supply's is hidden under its skirt."""
    t, machine = window.start, window.machine
    severity, load = part.severity(t), machine.load_at(t)
    turns, slip = machine.frequency_at(t) * motor.ratio, slip_at(motor, load)
    supply = motor.fact("pole_pairs") * turns / (1.0 - slip)
    told: dict[str, tuple[float, float, float, float]] = {  # frequency, distance to a strong line, added, good
        "broken_bar": (
            (1.0 - 2.0 * slip) * supply,
            2.0 * slip * supply,
            bar_sideband(motor.fact("bars"), BROKEN * severity, motor.fact("pole_pairs")),
            ASYMMETRY,
        ),
        "eccentricity": (supply - turns, turns, ECCENTRICITY * severity, ECCENTRICITY * ROUNDNESS),
        "winding": (3.0 * supply, supply, SHORTED * severity, HARMONICS[3]),
    }
    if part.kind != "motor" or part.fault not in told or turns <= 0.0:
        return finding(part.name, part.fault, severity, 0.0, -math.inf)
    frequency, distance, added, good = told[part.fault]
    total = _amplitude(motor, load)
    floor = chain.density(frequency, window.rate)
    level = line_level(
        total * added,
        good=total * good,
        floor=floor,
        span=window.span,
        frequency=distance,
        varies=_VARIES,
    )
    return finding(part.name, part.fault, severity, frequency, level)


@nb.njit(cache=True, nogil=True)
def _add_tones(signal: Array, phases: Array, amplitudes: Array) -> None:
    """Add cosines whose phase [cycles] is linear between the ends of chunks, by turning a phasor step by step.

    Args:
        signal: (C * 128,) takes the sum.
        phases: (K, C + 1) at the ends of the chunks.
        amplitudes: (K,) peaks.
    """
    for k in range(phases.shape[0]):
        for chunk in range(phases.shape[1] - 1):
            start = 2.0 * math.pi * (phases[k, chunk] - math.floor(phases[k, chunk]))
            step = 2.0 * math.pi * (phases[k, chunk + 1] - phases[k, chunk]) / _CHUNK
            x, y = amplitudes[k] * math.cos(start), amplitudes[k] * math.sin(start)
            c, s = math.cos(step), math.sin(step)
            for i in range(chunk * _CHUNK, (chunk + 1) * _CHUNK):
                signal[i] += x
                x, y = x * c - y * s, x * s + y * c

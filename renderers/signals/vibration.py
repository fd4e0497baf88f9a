"""An accelerometer on a machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from renderers.sample import Column, Sample, SensorSetup
from renderers.signals.chain import Chain
from renderers.signals.diagnosis import (
    Finding,
    broadband_level,
    envelope_level,
    finding,
    kurtosis_level,
    line_level,
)
from renderers.signals.impacts import Pattern, pattern_of, struck
from renderers.signals.machine import Machine, Part
from renderers.signals.orders import BUBBLES, swell_of, telltale, waves_of
from renderers.signals.synthesis import CHUNK, OVERSAMPLING, Excitation, Resonance, anti_alias, synthesise
from renderers.signals.windows import Heard, Window, observe_windows, variation, window_columns
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Recording

__all__ = ["columns", "hear", "observe"]

_LONGEST_LEAD = 2**16
_QUIET = 8.0
"""A ringing counts as over when it has decayed by e^-8, -69 dB."""


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a vibration table."""
    return window_columns(settings, "m/s2", "acceleration")


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a row per window.

    Raises:
        RunError: the sensor stands on no machine.
        ValueError: a part of it is impossible.
    """
    return observe_windows(recording, setup, hear)


def hear(window: Window, settings: Mapping[str, Any], chain: Chain, noise: Noise) -> Heard:
    """Return what an accelerometer on a machine hears in a window, behind its anti-alias filter."""
    machine, t = window.machine, window.start
    resonance = Resonance(float(settings["resonance"]), float(settings["damping"]))
    transfer = float(settings["transfer"])
    turning = machine.frequency_at(t) > 0.0 or machine.frequency_at(t + window.span) > 0.0
    fast = window.rate * OVERSAMPLING
    lead = min(math.ceil(_QUIET / resonance.decay * fast / CHUNK) * CHUNK, _LONGEST_LEAD)
    chunks = math.ceil((lead + OVERSAMPLING * window.count) / CHUNK)
    ends = t + (np.arange(chunks + 1) * CHUNK - lead) / fast
    hits, strengths = _impacts(window, noise)
    wide = _widening(chain, window.rate)
    waves = waves_of(machine, t, noise) if turning else ()
    varies = float(settings["varies"])
    louder = variation(window, noise, "waves", spread=varies, count=len(waves))
    rougher = variation(window, noise, "floor", spread=0.5 * varies, count=1)[
        0
    ]  # its power varies twice as much
    ratio, swell = swell_of(machine, t, rougher * float(settings["floor"]) if turning else 0.0)
    excitation = Excitation(
        turns=machine.turns_at(ends),
        waves=tuple((r, transfer * more * table) for (r, table), more in zip(waves, louder, strict=True)),
        swell=(ratio, wide * swell if turning else np.zeros(1)),
        hits=(hits - t) * fast + lead,
        strengths=transfer * strengths,
        resonance=resonance,
        lead=lead,
        jitter=chain.jitter * fast,
    )
    sections = anti_alias(chain.order, chain.cutoff)
    signal = synthesise(excitation, window.count, rate=window.rate, sections=sections, key=window.key)
    return Heard(signal, _findings(window, settings, chain, resonance))


def _impacts(window: Window, noise: Noise) -> tuple[Array, Array]:
    """Return ascending moments [s] of all hits and their strengths [m/s2]."""
    trains = []
    for part in window.machine.parts:
        pattern = pattern_of(part)
        if pattern is not None:
            trains.append(
                struck(part, pattern, window.machine, (window.start, window.start + window.span), noise)
            )
    if not trains:
        return np.empty(0), np.empty(0)
    moments = np.concatenate([train.times for train in trains])
    order = np.argsort(moments, kind="stable")
    return moments[order], np.concatenate([train.strengths for train in trains])[order]


def _widening(chain: Chain, rate: float) -> float:
    """Return what noise at the higher rate must have so that 1 is left of it behind the filter."""
    return math.sqrt(rate * OVERSAMPLING / 2.0 / _noise_band(chain, rate))


def _noise_band(chain: Chain, rate: float) -> float:
    """Return the equivalent noise bandwidth of the anti-alias filter [Hz]."""
    edge = math.pi / (2.0 * chain.order)
    return min(chain.cutoff * rate * edge / math.sin(edge), rate * OVERSAMPLING / 2.0)


# -- what can be told ----------------------------------------------------------------------------------------


def _findings(
    window: Window, settings: Mapping[str, Any], chain: Chain, resonance: Resonance
) -> tuple[Finding, ...]:
    t = window.start
    return tuple(
        _finding(part, window, settings, chain, resonance)
        for part in window.machine.parts
        if part.fault and part.severity(t) > 0.0
    )


def _finding(
    part: Part, window: Window, settings: Mapping[str, Any], chain: Chain, resonance: Resonance
) -> Finding:
    machine, t, transfer = window.machine, window.start, float(settings["transfer"])
    severity, turns, varies = part.severity(t), machine.frequency_at(t), float(settings["varies"])
    floor = _floor(machine, t, settings, chain, window.rate)
    pattern, told = pattern_of(part), telltale(part, machine, t)
    if pattern is not None and turns > 0.0:
        hits = pattern.order * turns
        frequency = hits / pattern.crowd
        level = _impact_level(pattern, severity, hits, window, settings, chain, resonance)
    elif told is not None and turns > 0.0:
        frequency = told.order * part.ratio * turns
        passed = transfer * _passed(frequency, chain, window.rate)
        density = floor + chain.density(frequency, window.rate)
        level = line_level(
            told.added * passed,
            good=told.good * passed,
            floor=density,
            span=window.span,
            frequency=frequency,
            varies=varies,
        )
    elif part.kind == "pump" and part.fault == "cavitation" and turns > 0.0:
        frequency = part.fact("vanes") * part.ratio * turns
        good = float(settings["floor"]) ** 2 + chain.noise**2
        level = broadband_level((BUBBLES * severity) ** 2, good, varies=varies)
    else:
        frequency, level = 0.0, -math.inf
    return finding(part.name, part.fault, severity, frequency, level)


def _impact_level(
    pattern: Pattern, severity: float, frequency: float, window: Window, settings: Mapping[str, Any],
    chain: Chain, resonance: Resonance,
) -> float:  # fmt: skip
    """Return how far impacts stand out: by a line of the envelope, by their power, or by the kurtosis."""
    load = max(window.machine.load_at(window.start), 0.0)
    passed = _passed(resonance.frequency, chain, window.rate)
    strength = float(settings["transfer"]) * pattern.loudness * severity * math.sqrt(load) * passed
    floor = _floor(window.machine, window.start, settings, chain, window.rate)
    density = floor * passed**2 + chain.density(resonance.frequency, window.rate)
    power = floor * _noise_band(chain, window.rate) + chain.noise**2
    added = frequency * strength**2 / (4.0 * resonance.decay)
    independent = int(window.count * min(2.0 * chain.cutoff, 1.0))
    return max(
        envelope_level(pattern, strength, resonance, frequency=frequency, floor=density, span=window.span),
        kurtosis_level(pattern, strength, resonance, frequency=frequency, power=power, count=independent),
        broadband_level(added, power, varies=float(settings["varies"])),
    )


def _floor(machine: Machine, t: float, settings: Mapping[str, Any], chain: Chain, rate: float) -> float:
    """Return the one-sided density of the machine's own noise [unit^2/Hz], before the filter."""
    _, swell = swell_of(machine, t, float(settings["floor"]))
    return float(np.mean(swell**2)) / _noise_band(chain, rate)


def _passed(frequency: float, chain: Chain, rate: float) -> float:
    """Return what the anti-alias filter lets through of a frequency, 0 to 1."""
    return 1.0 / math.sqrt(1.0 + (frequency / (chain.cutoff * rate)) ** (2 * chain.order))

"""A slow value of a machine as a controller logs it, and values that the world itself keeps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from renderers.sample import Column, Sample, SensorSetup
from renderers.signals.chain import Chain, quantisation_step
from renderers.signals.diagnosis import TOLD, Finding, effect_level, finding
from renderers.signals.machine import Part
from renderers.signals.process_models import MODELS
from renderers.signals.windows import Heard, Window, observe_windows, variation, window_columns
from sim.errors import RunError
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Recording

__all__ = ["columns", "observe"]


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a table of slow values."""
    of = str(settings["of"])
    unit = MODELS[of][1] if of in MODELS else ""
    return window_columns(settings, unit, str(settings["named"]) if of == "channel" else of)


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a row per window.

    Raises:
        RunError: the machine has no part, or the recording no channel, of which this is a value.
    """

    def hear(window: Window, settings: Mapping[str, Any], chain: Chain, noise: Noise) -> Heard:
        if settings["of"] == "channel":
            return _recorded(recording, window, str(settings["named"]))
        varies = float(settings["varies"])
        heard = _modelled(window, str(settings["of"]), chain, varies)
        return replace(heard, signal=heard.signal * variation(window, noise, "process", spread=varies, count=1))

    return observe_windows(recording, setup, hear)


def _recorded(recording: Recording, window: Window, name: str) -> Heard:
    channel = recording.channel(window.machine.name, name)
    if channel is None:
        raise RunError(f"{window.machine.name!r} has no channel {name!r}")
    values = np.interp(window.times, np.asarray(channel.times, float), np.asarray(channel.values, float))
    return Heard(values, _silent(window, ()))


def _modelled(window: Window, of: str, chain: Chain, varies: float) -> Heard:
    kind, _, model = MODELS[of]
    parts = window.machine.of_kind(kind)
    if not parts:
        raise RunError(f"{window.machine.name!r} has no {kind}, of which {of!r} is a value")
    times = window.times
    good = model(replace(parts[0], wear=None), window.machine, times)
    # Several components of the kind are one part with several faults, and their effects add up.
    effects = [model(part, window.machine, times) - good for part in parts]
    findings = [
        _finding(part, effect, good, window, chain, varies)
        for part, effect in zip(parts, effects, strict=True)
        if part.fault and part.severity(window.start) > 0.0
    ]
    return Heard(good + sum(effects), (*findings, *_silent(window, parts)))


def _finding(part: Part, effect: Array, good: Array, window: Window, chain: Chain, varies: float) -> Finding:
    """Return how far an effect stands out of noise and of how the value varies anyway."""
    usual = (TOLD * varies) ** 2 * float(np.mean(good**2))
    noise = (chain.noise**2 + quantisation_step(chain) ** 2 / 12.0) / len(good)
    level = effect_level(float(np.mean(effect**2)), usual + noise)
    return finding(part.name, part.fault, part.severity(window.start), 0.0, level)


def _silent(window: Window, heard: tuple[Part, ...]) -> tuple[Finding, ...]:
    """Return the faults of parts of which this value tells nothing."""
    t = window.start
    return tuple(
        finding(part.name, part.fault, part.severity(t), 0.0, -math.inf)
        for part in window.machine.parts
        if part not in heard and part.fault and part.severity(t) > 0.0
    )

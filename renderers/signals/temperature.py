"""A thermometer on a machine: windings that heat the frame, a bearing that heats up with its damage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from renderers.sample import Column, Sample, SensorSetup
from renderers.signals.chain import Chain
from renderers.signals.diagnosis import effect_level, finding
from renderers.signals.machine import Machine, Part
from renderers.signals.thermal import ThermalNetwork
from renderers.signals.windows import Heard, Window, observe_windows, window_columns
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Channel, Recording

__all__ = ["FRICTION", "NODES", "columns", "network_of", "observe", "powers_at"]

NODES = ("winding", "frame", "bearing")
"""Bodies of the network, in order."""

FRICTION = {"bearing": 2.5, "misalignment": 0.8, "winding": 0.6}
"""How much more heat arises at severity 1, relative: friction of a bad or strained bearing, shorted turns."""

_AIR = 293.15
_WINDING_CONDUCTANCE = 10.0
"""From windings to frame [W/K]; only ratios matter, so any machine may take it."""

_TELLING = 3.0
"""A bearing is warm for other reasons too, by about so many kelvins; a fault must outdo them fourfold."""


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a table of temperatures."""
    return window_columns(settings, "K", "temperature")


def network_of(settings: Mapping[str, Any]) -> ThermalNetwork:
    """Return the network of windings, frame and bearing that has the time constants a user gave."""
    g = _WINDING_CONDUCTANCE
    winding = g * float(settings["winding_time"])
    frame_to_air = 1.5 * g
    frame = frame_to_air * float(settings["frame_time"])
    bearing_link = 0.2 * g
    bearing = bearing_link * float(settings["bearing_time"])
    return ThermalNetwork(
        (winding, frame, bearing), (0.0, frame_to_air, 0.0), ((0, 1, g), (1, 2, bearing_link))
    )


def powers_at(settings: Mapping[str, Any], machine: Machine, times: Array) -> Array:
    """Return (T, 3) heat that arises in windings, frame and bearing [W].

    Copper losses grow with the square of the load, friction with the speed, and both with the faults.
    """
    network = network_of(settings)
    unit = network.steady(np.array([1.0, 0.0, 0.0]))[0]
    load, speed = machine.loads_at(times), _relative_speed(machine, times)
    copper = float(settings["rise"]) / unit * load**2 * np.where(speed > 0.0, 1.0, 0.0)
    friction = float(settings["bearing_rise"]) * 0.2 * _WINDING_CONDUCTANCE * speed
    for part in machine.parts:
        severity = _severities(part, times)
        copper = copper * (1.0 + FRICTION["winding"] * severity if part.fault == "winding" else 1.0)
        friction = friction * (1.0 + FRICTION["bearing"] * severity if part.kind == "bearing" else 1.0)
        friction = friction * (
            1.0 + FRICTION["misalignment"] * severity if part.fault == "misalignment" else 1.0
        )
    return np.stack([copper, np.zeros(len(times)), friction], axis=1)


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a row per window.

    Raises:
        RunError: the sensor stands on no machine.
    """
    known: dict[str, _History] = {}

    def hear(window: Window, settings: Mapping[str, Any], chain: Chain, noise: Noise) -> Heard:
        del chain, noise
        machine = window.machine
        if machine.name not in known:
            known[machine.name] = _history(machine, settings, recording.window[0])
        return _heard(known[machine.name], window, settings)

    return observe_windows(recording, setup, hear)


@dataclass(frozen=True)
class _History:
    """Temperatures over the air at the moments at which something the heat depends on is known."""

    times: Array
    over_air: Array


def _history(machine: Machine, settings: Mapping[str, Any], begin: float) -> _History:
    """Solve the network once from the beginning; windows go on from the moment before them."""
    known = [c.times for c in (machine.speed, machine.load, *(p.wear for p in machine.parts)) if c is not None]
    times = np.unique(np.concatenate([[begin], *known]))
    times = times[times >= begin]
    network = network_of(settings)
    powers = powers_at(settings, machine, times)
    return _History(times, network.run(times, powers, network.steady(powers[0])))


def _heard(history: _History, window: Window, settings: Mapping[str, Any]) -> Heard:
    machine, moments = window.machine, window.times
    network, node = network_of(settings), NODES.index(str(settings["node"]))
    over = _between(history, machine, moments, settings, network)[:, node]
    air = np.full(len(moments), _AIR) if machine.air is None else np.interp(moments, *_samples(machine.air))
    t = moments[:1]
    findings = []
    for part in machine.parts:
        severity = part.severity(window.start)
        if not part.fault or severity <= 0.0:
            continue
        good = replace(machine, parts=tuple(other for other in machine.parts if other is not part))
        with_it, without = (network.steady(powers_at(settings, m, t)[0])[node] for m in (machine, good))
        added = float(with_it - without)
        level = effect_level(max(added, 0.0) ** 2, _TELLING**2)
        findings.append(finding(part.name, part.fault, severity, 0.0, level))
    return Heard(over + air, tuple(findings))


def _between(
    history: _History, machine: Machine, moments: Array, settings: Mapping[str, Any], network: ThermalNetwork
) -> Array:
    """Return (T, N) temperatures over the air at some moments, from the last known ones before them."""
    last = max(int(np.searchsorted(history.times, moments[0], side="right")) - 1, 0)
    first = history.times[last]
    inside = history.times[(history.times > moments[0]) & (history.times < moments[-1])]
    times = np.unique(np.concatenate([[first], inside, moments[moments >= first]]))
    found = network.run(times, powers_at(settings, machine, times), history.over_air[last])
    return found[np.clip(np.searchsorted(times, moments), 0, len(times) - 1)]


def _relative_speed(machine: Machine, times: Array) -> Array:
    if machine.speed is None:
        return np.ones(len(times))
    at, speeds = _samples(machine.speed)
    fastest = float(np.max(speeds, initial=0.0))
    return np.interp(times, at, speeds) / fastest if fastest > 0.0 else np.zeros(len(times))


def _severities(part: Part, times: Array) -> Array:
    return np.zeros(len(times)) if part.wear is None else np.interp(times, *_samples(part.wear))


def _samples(channel: Channel) -> tuple[Array, Array]:
    return np.asarray(channel.times, float), np.asarray(channel.values, float)

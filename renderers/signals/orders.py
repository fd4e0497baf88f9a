"""Whatever repeats with the shaft: imbalance, misalignment, looseness, gear mesh, vanes and cutting edges.

All of it is one table over two turns (looseness has half orders), so a window costs the same whatever it is
made of and follows the speed by its phase. Lines are set in the table's spectrum; a gear's mesh is made in the
angle, because what modulates it does so there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from renderers.signals.machine import Machine, Part
from sim.geometry import Array
from sim.noise import Noise

__all__ = ["Line", "Telltale", "bubbling", "gear_mesh", "lines_of", "swell_of", "telltale", "waves_of"]

_PER_PERIOD = 64
"""Steps of the table per period of its highest order: linear interpolation is then 0.1 % off, -58 dB."""

_TOLD_BY = {"imbalance": 1.0, "misalignment": 2.0, "looseness": 0.5, "bent_shaft": 1.0}

_FAR = 6.0
"""Widths of a tooth beyond which nothing is felt of its giving way: e^-18."""

_LEAST_STEPS = 2048
_MOST_STEPS = 65_536

_BASE = 25.0
"""Turns per second at which the levels below hold [Hz]; forces grow with the square of the speed."""

IMBALANCE = 3.0
"""Peak acceleration of an imbalance of severity 1 at 25 Hz [m/s2]: 13.5 mm/s rms, zone D of ISO 10816-3."""

RESIDUAL = 0.06
"""What a good shaft has of every fault: 0.8 mm/s rms, zone A."""

MISALIGNMENT = {1.0: 0.5, 2.0: 3.0, 3.0: 1.0}
"""Order -> peak acceleration at severity 1 [m/s2]."""

LOOSENESS = {0.5 * k: 2.0 / k**0.6 for k in range(1, 17)}
"""The same: half orders, falling slowly, up to 8."""

BENT = {1.0: 2.5, 2.0: 0.8}

MESH = (2.0, 1.0, 0.5)
"""Peak acceleration of the mesh's harmonics at rated load [m/s2]."""

HEALTHY_DEPTH = 0.05
WORN_DEPTH = 0.35
WORN_MESH = 2.0
"""A gear that is good has sidebands 32 dB below its mesh; at wear 1 the mesh is three times and they 14 dB."""

CRACK_DEPTH = 0.5
CRACK_LAG = 0.6
"""At severity 1, while the cracked tooth is in mesh: the load halves, the mate lags [rad of the mesh]."""

VANES = 0.4
CUTS = 0.5
"""Peak acceleration at the passing of vanes and of sharp cutting edges, rated load [m/s2]."""

BLUNT = 4.0
"""How much a cutting edge at its wear limit adds, relative to a sharp one."""

BUBBLES = 12.0
"""Standard deviation of the noise of fully developed cavitation, in the band of a vibration sensor [m/s2]."""

PULSATION = 0.5
"""How far that noise swells with the passing of the vanes."""


@dataclass(frozen=True)
class Line:
    """One line of the spectrum of a shaft.

    Args:
        order: cycles per turn of its shaft, a multiple of one half.
        amplitude: its peak.
        phase: where it begins [turns].
    """

    order: float
    amplitude: float
    phase: float


@dataclass(frozen=True)
class Telltale:
    """A line that gives a fault away.

    Args:
        order: cycles per turn of its shaft.
        added: peak amplitude that the fault adds.
        good: peak amplitude without it.
    """

    order: float
    added: float
    good: float


def lines_of(part: Part, machine: Machine, t: float, noise: Noise) -> list[Line]:
    """Return the lines that a part adds at a moment; those of a gear are made in the angle instead."""
    frequency = machine.frequency_at(t) * part.ratio
    load, severity = machine.load_at(t), part.severity(t)
    force = (frequency / _BASE) ** 2
    levels: dict[float, float] = {}
    if part.kind == "shaft":
        levels = _shaft_levels(part.fault, severity, force)
    elif part.kind == "pump":
        levels = {part.fact("vanes"): VANES * load * force}
    elif part.kind == "tool":
        levels = {k * part.fact("teeth"): CUTS * load * (1.0 + BLUNT * severity) / k for k in (1, 2, 3)}
    phases = [noise.uniform(part.name, "phase", index) for index in range(len(levels))]
    return [Line(order, level, phase) for (order, level), phase in zip(levels.items(), phases, strict=True)]


def _shaft_levels(fault: str, severity: float, force: float) -> dict[float, float]:
    shapes: dict[str, dict[float, float]] = {
        "imbalance": {1.0: IMBALANCE},
        "misalignment": MISALIGNMENT,
        "looseness": LOOSENESS,
        "bent_shaft": BENT,
    }
    levels = {1.0: IMBALANCE * RESIDUAL * force, 2.0: MISALIGNMENT[2.0] * RESIDUAL * force}
    for order, level in shapes.get(fault, {}).items():
        levels[order] = levels.get(order, 0.0) + level * severity * force
    return levels


def telltale(part: Part, machine: Machine, t: float) -> Telltale | None:
    """Return the line by which a fault of a part is told from the order spectrum; None where there is none."""
    frequency = machine.frequency_at(t) * part.ratio
    load, severity = machine.load_at(t), part.severity(t)
    force = (frequency / _BASE) ** 2
    if part.kind == "shaft" and part.fault in _TOLD_BY:
        order = _TOLD_BY[part.fault]
        good = _shaft_levels("", 0.0, force).get(order, 0.0)
        return Telltale(order, _shaft_levels(part.fault, severity, force)[order] - good, good)
    if part.kind == "gear" and part.fault == "gear_wear":
        good = 0.5 * HEALTHY_DEPTH * MESH[0] * load
        depth = HEALTHY_DEPTH + (WORN_DEPTH - HEALTHY_DEPTH) * severity
        worn = 0.5 * depth * (1.0 + WORN_MESH * severity) * MESH[0] * load
        return Telltale(part.fact("teeth") + 1.0, worn - good, good)
    if part.kind == "tool":
        return Telltale(part.fact("teeth"), CUTS * load * BLUNT * severity, CUTS * load)
    return None


def gear_mesh(part: Part, load: float, severity: float, steps: int, noise: Noise) -> Array:
    """Return (steps,) the sound of a mesh over two turns of its gear.

    x = sum over k of X_k (1 + a) cos(2 pi k z turn + phase_k + k b), with a and b periodic in the turn, which
    makes sidebands at k z +- j. A worn gear has more of the mesh and a = depth cos; a cracked tooth gives way
    while it is in mesh.
    """
    teeth = int(part.fact("teeth"))
    phases = tuple(noise.uniform(part.name, "mesh", k) for k in range(1, len(MESH) + 1))
    worn = severity if part.fault == "gear_wear" else 0.0
    depth = HEALTHY_DEPTH + (WORN_DEPTH - HEALTHY_DEPTH) * worn
    runout = noise.uniform(part.name, "runout")
    a = depth * _runout(steps, runout)
    total = _carrier(steps, teeth, phases)
    if part.fault == "gear_crack" and severity > 0.0:
        a, total = _cracked(a, total, steps, teeth, phases, noise.uniform(part.name, "tooth"), severity)
    return load * (1.0 + WORN_MESH * worn) * (1.0 + a) * total


def _cracked(
    a: Array, total: Array, steps: int, teeth: int, phases: tuple[float, ...], tooth: float, severity: float
) -> tuple[Array, Array]:
    """Return modulation and mesh with a tooth that gives way for about its own width."""
    turn = 2.0 * np.arange(steps) / steps
    away = (turn - tooth + 0.5) % 1.0 - 0.5
    near = np.flatnonzero(np.abs(away) * teeth < _FAR)
    bump = severity * np.exp(-0.5 * (away[near] * teeth) ** 2)
    a, total = a.copy(), total.copy()
    a[near] -= CRACK_DEPTH * bump
    total[near] = _mesh(turn[near], teeth, phases, CRACK_LAG * bump)
    return a, total


@lru_cache(maxsize=32)
def _runout(steps: int, begin: float) -> Array:
    return np.cos(2.0 * math.pi * (2.0 * np.arange(steps) / steps + begin))


@lru_cache(maxsize=32)
def _carrier(steps: int, teeth: int, phases: tuple[float, ...]) -> Array:
    """Return (steps,) the mesh of a good gear: the same in every window of an episode."""
    return _mesh(2.0 * np.arange(steps) / steps, teeth, phases, 0.0)


def _mesh(turn: Array, teeth: int, phases: tuple[float, ...], lag: Array | float) -> Array:
    return np.asarray(
        sum(
            level * np.cos(2.0 * math.pi * (k * teeth * turn + phase) + k * lag)
            for k, (level, phase) in enumerate(zip(MESH, phases, strict=True), start=1)
        )
    )


def waves_of(machine: Machine, t: float, noise: Noise) -> tuple[tuple[float, Array], ...]:
    """Return (ratio, (M + 1,) table) of every shaft of a machine on which something repeats, at a moment."""
    parts = machine.of_kind("shaft", "gear", "pump", "tool")
    ratios = sorted({part.ratio for part in parts})
    return tuple(
        (ratio, _wave([part for part in parts if part.ratio == ratio], machine, t, noise)) for ratio in ratios
    )


def _wave(parts: Sequence[Part], machine: Machine, t: float, noise: Noise) -> Array:
    lines = [line for part in parts for line in lines_of(part, machine, t, noise)]
    gears = [part for part in parts if part.kind == "gear"]
    orders = [line.order for line in lines] + [(len(MESH) + 0.5) * part.fact("teeth") for part in gears]
    steps = _steps(orders)
    table = _from_lines(lines, steps)
    for part in gears:
        table += gear_mesh(part, machine.load_at(t), part.severity(t), steps, noise)
    return np.append(table, table[0])


def _steps(orders: Sequence[float]) -> int:
    wanted = 2.0 * max(orders) * _PER_PERIOD
    return min(max(_LEAST_STEPS, 1 << math.ceil(math.log2(wanted))), _MOST_STEPS)


def _from_lines(lines: Sequence[Line], steps: int) -> Array:
    """Return (steps,) the sum of lines over two turns."""
    spectrum = np.zeros(steps // 2 + 1, complex)
    for line in lines:
        spectrum[round(2.0 * line.order)] += 0.5 * steps * line.amplitude * np.exp(2j * math.pi * line.phase)
    return np.fft.irfft(spectrum, steps)


def bubbling(machine: Machine, t: float) -> list[Part]:
    """Return the cavitating pumps, the loudest first."""
    pumps = [part for part in machine.of_kind("pump") if part.fault == "cavitation" and part.severity(t) > 0.0]
    return sorted(pumps, key=lambda part: -part.severity(t))


def swell_of(machine: Machine, t: float, floor: float) -> tuple[float, Array]:
    """Return (ratio, table) of the broadband noise: its standard deviation, (1,) or over two turns of a pump.

    The loudest pump's noise swells with its vanes; that of others adds evenly.
    """
    pumps = bubbling(machine, t)
    if not pumps:
        return 1.0, np.array([floor])
    loudest, *others = pumps
    turn = 2.0 * np.arange(_LEAST_STEPS + 1) / _LEAST_STEPS
    swell = 1.0 + PULSATION * np.cos(2.0 * math.pi * loudest.fact("vanes") * turn)
    even = floor**2 + sum((BUBBLES * part.severity(t)) ** 2 for part in others)
    return loudest.ratio, np.sqrt(even + (BUBBLES * loudest.severity(t) * swell) ** 2)

"""Slow values of machines in closed form: pumps, pneumatics, spindles and robot joints.

Each model is a function of the moments asked for, so a window never depends on the one before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from renderers.signals.machine import Machine, Part
from sim.geometry import Array

__all__ = ["MODELS", "Model", "air_pressure", "joint_torque", "pump_flow", "pump_head", "spindle_power"]

GRAVITY_SHARE = 0.25
"""Share of a pump's rated head that is lost when the flow rises from none to rated: H0 = 1.25 rated."""

HEAD_DROP = 0.03
"""Loss of head at which cavitation counts as developed: the 3 % criterion of NPSH; severity 1 is that."""

WORN_IMPELLER = 0.15
"""Loss of head and of flow of an impeller at severity 1."""

LEAKED = 0.35
"""Share of the supply pressure that a leak of severity 1 costs, at rest."""

LATE = 0.4
"""Share of the stroke by which a valve at severity 1 of stiction opens late."""

VISCOUS = 0.6
STRIBECK = 0.4
STRIBECK_SPEED = 0.1
"""Friction of a joint relative to Coulomb's: viscous at top speed; extra at rest, gone within a tenth of it.

Source: Armstrong-Helouvry, Dupont & Canudas de Wit (1994).
"""

STIFFER = 1.0
"""By how much a joint's friction has grown at severity 1, relative."""

PLAY = 0.02
GOOD_PLAY = 0.05
"""Backlash of a joint at severity 1 [rad], and the share of it that a good joint has."""

BLUNTER = 0.6
"""By how much the power of a tool at its wear limit exceeds a sharp one's, relative; it is linear in wear."""

Model = Callable[[Part, Machine, Array], Array]
"""A value over time: (part, machine, (T,) moments [s]) -> (T,) values."""


def _severities(part: Part, fault: str, times: Array) -> Array:
    if part.wear is None or part.fault != fault:
        return np.zeros(len(times))
    return np.interp(times, part.wear.times, part.wear.values)


def _relative_speeds(part: Part, machine: Machine, times: Array) -> Array:
    if machine.speed is None:
        return np.ones(len(times))
    speeds = np.interp(times, machine.speed.times, machine.speed.values)
    return speeds * part.ratio / part.fact("rated_speed")


def pump_flow(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) flow [m3/s]: it goes with the speed and with the load, which is how far the valve is open."""
    worn = 1.0 - WORN_IMPELLER * _severities(part, "impeller_wear", times)
    return part.fact("rated_flow") * _relative_speeds(part, machine, times) * machine.loads_at(times) * worn


def pump_head(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) head [m]: H = (H0 n^2 - k Q^2) less what cavitation and wear cost.

    Affinity laws hold: at one load, the head goes with the square of the speed.
    """
    rated, speed = part.fact("rated_head"), _relative_speeds(part, machine, times)
    flow = pump_flow(part, machine, times) / part.fact("rated_flow")
    head = rated * ((1.0 + GRAVITY_SHARE) * speed**2 - GRAVITY_SHARE * flow**2)
    kept = 1.0 - HEAD_DROP * _severities(part, "cavitation", times)
    return head * kept * (1.0 - WORN_IMPELLER * _severities(part, "impeller_wear", times))


def air_pressure(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) gauge pressure in a cylinder [Pa] that is filled for half a period and emptied for the other.

    Filling goes as 1 - exp(-t/tau). A leak lies parallel to the valve: it lowers the pressure at rest and, by
    the same share, the time constant. Stiction delays the beginning of a stroke.
    """
    del machine
    period, tau = part.fact("period"), part.fact("time_constant")
    share = 1.0 - LEAKED * _severities(part, "leak", times)
    late = LATE * 0.5 * period * _severities(part, "stiction", times)
    at = np.asarray(times) % period
    full = 1.0 - np.exp(-np.maximum(at - late, 0.0) / (tau * share))
    reached = 1.0 - np.exp(-np.maximum(0.5 * period - late, 0.0) / (tau * share))
    emptied = reached * np.exp(-(at - 0.5 * period) / tau)
    return part.fact("supply_pressure") * share * np.where(at < 0.5 * period, full, emptied)


def spindle_power(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) power of a spindle [W]: linear in the wear of the flank and in the load."""
    wear = _severities(part, "tool_wear", times)
    idle = 0.15 * part.fact("rated_power")
    return idle + (part.fact("rated_power") - idle) * machine.loads_at(times) * (1.0 + BLUNTER * wear)


def _swing(part: Part, times: Array) -> tuple[Array, Array, Array]:
    """Return (T,) angle [rad], speed [rad/s] and acceleration [rad/s2] of a joint that swings to and fro."""
    omega, half = 2.0 * math.pi / part.fact("period"), 0.5 * part.fact("swing")
    phase = omega * np.asarray(times)
    return half * np.sin(phase), half * omega * np.cos(phase), -half * omega**2 * np.sin(phase)


def joint_torque(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) torque of a joint [N m]: inertia, and Coulomb, viscous and Stribeck friction that grow."""
    _, speed, acceleration = _swing(part, times)
    top = math.pi * part.fact("swing") / part.fact("period")
    relative = speed / top
    coulomb = part.fact("rated_torque") * (1.0 + STIFFER * _severities(part, "friction", times))
    stribeck = STRIBECK * np.exp(-((relative / STRIBECK_SPEED) ** 2))
    friction = coulomb * (np.sign(relative) * (1.0 + stribeck) + VISCOUS * relative)
    return part.fact("inertia") * acceleration + friction * np.maximum(machine.loads_at(times), 0.0)


def joint_lag(part: Part, machine: Machine, times: Array) -> Array:
    """Return (T,) angle by which a joint lags behind its command [rad]: half the play, against its motion."""
    del machine
    _, speed, _ = _swing(part, times)
    return 0.5 * PLAY * (GOOD_PLAY + _severities(part, "backlash", times)) * np.sign(speed)


MODELS: dict[str, tuple[str, str, Model]] = {
    "head": ("pump", "m", pump_head),
    "flow": ("pump", "m3/s", pump_flow),
    "pressure": ("pneumatics", "Pa", air_pressure),
    "power": ("tool", "W", spindle_power),
    "torque": ("joint", "N m", joint_torque),
    "lag": ("joint", "rad", joint_lag),
}
"""What is measured -> kind of part, unit and model."""

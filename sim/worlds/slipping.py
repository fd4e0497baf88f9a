"""Whether a hand holds what it carries, without a world: how far a part slips in a grip that is too weak.

Fingers hold by friction: m |g + a| <= 2 mu F in the plane of the pads, of which each of the two takes half. A
cup holds by suction: what is left of it after weight and lift, N = S - m (g + a_z), carries sideways,
m |a_y| <= mu N. A part whose middle hangs h/2 below a lip of width w also tips off it where |a_y| h > N w / m,
which is taken for a friction of w/h. Where a bound is broken the part slides against the hand with Coulomb's
friction, and is lost when it has slid as far as it is touched; a cup loses it at once where nothing is left of
the suction.

Source: Monkman et al. (2007), Robot Grippers, ch. 2 (force of grip), ch. 4 (astrictive prehension).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.geometry import Array
from sim.worlds.arms import CUP
from sim.worlds.carrying import Carriage
from sim.worlds.engine import GRAVITY
from sim.worlds.grasping import Grip, room

__all__ = ["DOUBT", "Slid", "is_sure", "margin", "needed_force", "slide"]

DOUBT = {"fingers": 0.03, "cup": 0.08}
"""By so much the force a hand can hold with may be wrong here, against the world with contacts: what comes out
the same with so much more and so much less is taken as it is. Tests hold it against the physics."""

_DT = 1e-3


@dataclass(frozen=True)
class Slid:
    """What becomes of a part in a hand.

    Args:
        slip: its largest way against the hand [m].
        lost: moment at which the hand has lost it, counted from the beginning; inf for never [s].
    """

    slip: float
    lost: float

    @property
    def is_held(self) -> bool:
        """Whether the hand has it when it opens."""
        return self.lost == math.inf


@lru_cache(maxsize=32)
def _course(carriage: Carriage) -> tuple[Array, Array]:
    """Return (T,) moments while the part is off the ground, and (T, 3) what happens to the hand then.

    The columns are what it must give a kilogram along and up [N/kg], and its height above where it picks [m].
    """
    start, end = carriage.begins("lift"), carriage.begins("open")
    times: Array = start + _DT * np.arange(round((end - start) / _DT), dtype=np.float64)
    needs = np.array([carriage.acceleration(t) for t in times])
    needs[:, 2] += GRAVITY
    heights = [carriage.position(t)[2] - carriage.pick[2] for t in times]
    return times, np.column_stack([needs[:, 1:], heights])


@lru_cache(maxsize=32)
def _hardest(carriage: Carriage) -> float:
    """Return the largest of |g + a| [N/kg]."""
    _, needs = _course(carriage)
    return float(np.hypot(needs[:, 0], needs[:, 1]).max())


def _worst(carriage: Carriage, friction: float) -> float:
    """Return the largest force per mass that carrying needs [N/kg]."""
    if carriage.robot.has_fingers:
        return _hardest(carriage) / (2.0 * friction)
    _, needs = _course(carriage)
    return float((needs[:, 1] + np.abs(needs[:, 0]) / friction).max())


def needed_force(carriage: Carriage, grip: Grip) -> float:
    """Return the force with which nothing slips [N]: m max|g + a| / (2 mu), or m max(g + a_z + |a_y| / mu)."""
    return grip.mass * _worst(carriage, _friction(carriage, grip))


def margin(carriage: Carriage, grip: Grip) -> float:
    """Return by which share the force is larger than needed; below 0 the part slips."""
    return grip.force / needed_force(carriage, grip) - 1.0


def slide(carriage: Carriage, grip: Grip, *, factor: float = 1.0) -> Slid:
    """Return how far the part slips with a factor on the force of the hand."""
    if margin(carriage, grip) >= 1.0 / factor - 1.0:
        return Slid(0.0, math.inf)
    times, needs = _course(carriage)
    has_fingers = carriage.robot.has_fingers
    hold = grip.force * factor / grip.mass
    widest = room(grip, has_fingers=has_fingers)
    friction = _friction(carriage, grip)
    y = z = vy = vz = farthest = 0.0
    for t, (need_y, need_z, height) in zip(times.tolist(), needs.tolist(), strict=True):
        if has_fingers:
            pull_y, pull_z, most = need_y, need_z, 2.0 * friction * hold
        else:
            left = hold - need_z
            if left <= 0.0:
                return Slid(max(farthest, widest), t)
            pull_y, pull_z, most = need_y, 0.0, friction * left
        vy, vz = _rubbed(vy - pull_y * _DT, vz - pull_z * _DT, most * _DT)
        y, z = y + vy * _DT, z + vz * _DT
        if z < -height:  # it has come down on what is below
            z, vz = -height, 0.0
        farthest = max(farthest, math.hypot(y, z))
        if farthest > widest:
            return Slid(farthest, t)
    return Slid(farthest, math.inf)


def is_sure(carriage: Carriage, grip: Grip) -> bool:
    """Return whether a part is held, or lost, with `DOUBT` more force and with as much less."""
    doubt = DOUBT["fingers" if carriage.robot.has_fingers else "cup"]
    weak, strong = (slide(carriage, grip, factor=factor) for factor in (1.0 - doubt, 1.0 + doubt))
    return weak.is_held == strong.is_held


def _rubbed(vy: float, vz: float, most: float) -> tuple[float, float]:
    """Return a velocity that friction has changed by so much at most, towards rest."""
    speed = math.hypot(vy, vz)
    if speed <= most:
        return 0.0, 0.0
    share = 1.0 - most / speed
    return vy * share, vz * share


def _friction(carriage: Carriage, grip: Grip) -> float:
    """Return the friction of the hand; tipping counts as less of it."""
    return grip.friction if carriage.robot.has_fingers else min(grip.friction, CUP[0] / grip.size[2])

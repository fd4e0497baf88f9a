"""Formulas of criticality between two bodies, one behind the other along the road."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.driver_fields import GRAVITY

__all__ = ["brake_threat", "eu_2022_1426_ttc", "modified_ttc", "r157_ttc", "rss_distance"]

RESPONSE = 1.0
"""Response time [s]; this and the next: Gassmann et al. (2019), defaults of the RSS library."""
SPEEDING_UP = 3.5
"""Strongest acceleration during the response [m/s2]."""
BRAKING_LEAST, BRAKING_MOST = 4.0, 8.0
"""Deceleration that whoever is behind gives at least, and whoever is ahead at most [m/s2]."""
BRAKING_CORRECT = 3.0
"""Deceleration that whoever keeps to the own direction gives at least, towards an oncoming body [m/s2]."""


@leaf
def modified_ttc(gap: float, closing: float, surge: float) -> float:
    """Return the time until a gap is closed if both keep their accelerations [s]; inf if it never is.

    Source: Ozbay, Yang, Bartin and Mudigonda (2008), modified time to collision: the least positive root of
    surge t^2 / 2 + closing t = gap.

    Args:
        gap: clear way [m].
        closing: rate at which it shrinks [m/s].
        surge: rate at which that grows [m/s2].
    """
    square = closing * closing + 2.0 * surge * gap
    if square < 0.0:
        return np.inf
    root = math.sqrt(square)
    if closing < 0.0:  # the sum below would cancel
        return (root - closing) / surge if surge > 0.0 else np.inf
    rate = closing + root
    return 2.0 * gap / rate if rate > 0.0 else np.inf


@leaf
def _stopping(speed: float, braking: float) -> float:
    """Return the way of a body that first responds, speeding up all the while, and then brakes to rest [m]."""
    faster = speed + SPEEDING_UP * RESPONSE
    return 0.5 * (speed + faster) * RESPONSE + faster * faster / (2.0 * braking)


@leaf
def rss_distance(back: float, front: float) -> float:
    """Return the safe longitudinal distance of responsibility-sensitive safety [m].

    Source: Shalev-Shwartz, Shammah and Shashua (2017), definitions 1 (same direction) and 2 (opposite).

    Args:
        back: speed of the body behind along the road [m/s].
        front: speed of the body ahead in the same direction; negative if it comes towards the other [m/s].
    """
    if back > 0.0 > front:
        return _stopping(back, BRAKING_CORRECT) + _stopping(-front, BRAKING_LEAST)
    if back < 0.0 or front < 0.0:  # both move the other way, so that the one ahead follows; or they part
        back, front = max(-front, 0.0), max(-back, 0.0)
    return max(_stopping(back, BRAKING_LEAST) - front * front / (2.0 * BRAKING_MOST), 0.0)


@leaf
def r157_ttc(closing: float) -> float:
    """Return the time to collision at a lane intrusion from which UN R157 asks to avoid the crash [s].

    Source: UN R157, paragraph 5.2.5.2: v / (2 * 6 m/s2) + 0.35 s.
    """
    return closing / (2.0 * 6.0) + 0.35


@leaf
def eu_2022_1426_ttc(closing: float) -> float:
    """Return the same of the European rules for fully automated vehicles, without standing passengers [s].

    Source: Regulation (EU) 2022/1426; a fit of the table the KBA prints, 0.1 s + 6 / (2 * 20) s + v / (2 * 6).
    """
    return closing / (2.0 * 6.0) + 0.25


@leaf
def brake_threat(needed: float, friction: float) -> float:
    """Return the brake threat number: the deceleration that is needed over what the road can give.

    Source: Brännström, Sjöberg and Coelingh (2008).
    """
    return needed / (friction * GRAVITY)

"""The geometry of rolling bearings, and how often each of their faults is hit per turn of the shaft."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CATALOGUE", "Bearing", "FaultOrders", "fault_orders"]

_INCH = 0.0254


@dataclass(frozen=True)
class Bearing:
    """What fixes the fault orders of a bearing.

    Args:
        balls: number of rolling elements in one row.
        ball_diameter: diameter of a rolling element [m].
        pitch_diameter: diameter of the circle of their centres [m].
        contact_angle: between the line of contact and the radial plane [rad].
    """

    balls: int
    ball_diameter: float
    pitch_diameter: float
    contact_angle: float = 0.0


@dataclass(frozen=True)
class FaultOrders:
    """Hits per turn of the inner ring while the outer stands, rolling without slip.

    Args:
        outer: a defect of the outer race (BPFO).
        inner: a defect of the inner race (BPFI).
        ball: turns of a ball about itself (BSF); its defect strikes both races, so twice as often.
        cage: turns of the cage (FTF).
    """

    outer: float
    inner: float
    ball: float
    cage: float


CATALOGUE: dict[str, Bearing] = {
    "6205": Bearing(9, 0.3126 * _INCH, 1.537 * _INCH),  # SKF 6205-2RS, drive end of the CWRU rig
    "6203": Bearing(8, 0.2656 * _INCH, 1.122 * _INCH),  # SKF 6203-2RS, its fan end
    "ZA-2115": Bearing(16, 0.331 * _INCH, 2.815 * _INCH, math.radians(15.17)),  # Rexnord, the IMS rig
    "UER204": Bearing(8, 7.92e-3, 34.55e-3),  # LDK, the XJTU-SY rig
}
"""Bearings of published run-to-failure rigs, as their data sheets give them."""


def fault_orders(bearing: Bearing) -> FaultOrders:
    """Return the orders of a bearing's faults.

    Raises:
        ValueError: there is no such bearing: too few or too large balls, or an angle that is none.

    Source: Randall & Antoni (2011), "Rolling element bearing diagnostics - a tutorial", eq. 1-4.
    """
    _check(bearing)
    c = bearing.ball_diameter / bearing.pitch_diameter * math.cos(bearing.contact_angle)
    return FaultOrders(
        outer=bearing.balls * (1.0 - c) / 2.0,
        inner=bearing.balls * (1.0 + c) / 2.0,
        ball=bearing.pitch_diameter / (2.0 * bearing.ball_diameter) * (1.0 - c * c),
        cage=(1.0 - c) / 2.0,
    )


def _check(bearing: Bearing) -> None:
    n, d, D = bearing.balls, bearing.ball_diameter, bearing.pitch_diameter
    if n < 3:
        raise ValueError(f"a bearing needs at least 3 balls, got {n}")
    if not (d > 0.0 and D > 0.0):
        raise ValueError(f"diameters must be positive, got balls of {d:g} m on a circle of {D:g} m")
    if d >= D:
        raise ValueError(
            f"balls of {d:g} m do not fit a pitch circle of {D:g} m: they would meet in its centre"
        )
    if n * math.asin(d / D) > math.pi:
        most = int(math.pi / math.asin(d / D))
        raise ValueError(
            f"{n} balls of {d:g} m do not fit on a pitch circle of {D:g} m, where there is room for {most}"
        )
    if not 0.0 <= bearing.contact_angle < math.pi / 2:
        raise ValueError(
            f"the contact angle must lie in [0, 90) degrees, got {math.degrees(bearing.contact_angle):g}"
        )

"""The motion of a hand that takes a part and puts it elsewhere: down, close, up, across, down, open, up, back.

Each move follows the quintic that begins and ends at rest, s = 10 u^3 - 15 u^4 + 6 u^5 (Flash and Hogan 1985);
its largest acceleration is 10/sqrt(3) times distance over time squared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.geometry import Array
from sim.worlds.arms import Arm, arm_named

__all__ = ["PEAK", "PHASES", "Carriage", "joint_path"]

PEAK = 10.0 / 3.0**0.5
"""Largest acceleration of a quintic move over unit distance in unit time."""

PHASES = {
    "descend": 0.12,
    "close": 0.08,
    "lift": 0.15,
    "carry": 0.24,
    "lower": 0.15,
    "open": 0.04,
    "rise": 0.06,
    "return": 0.16,
}
"""Shares of the whole time."""

_ENDS = dict(zip(PHASES, np.cumsum(list(PHASES.values())).tolist(), strict=True))
_FACING = {  # the hand points down; the fingers of the one close across the way it carries
    True: ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    False: ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@dataclass(frozen=True)
class Carriage:
    """One way of carrying, in the frame of the robot's base.

    Args:
        arm: name of the robot.
        pick: where the hand closes [m].
        place: where it opens [m].
        lift: how far the part is lifted in between [m].
        time: of all phases together [s].
    """

    arm: str
    pick: tuple[float, float, float]
    place: tuple[float, float, float]
    lift: float
    time: float

    def ends(self, phase: str) -> float:
        """Return when a phase ends, counted from the beginning [s]."""
        return float(_ENDS[phase] * self.time)

    def begins(self, phase: str) -> float:
        """Return when a phase begins [s]."""
        return float((_ENDS[phase] - PHASES[phase]) * self.time)

    def _moves(self) -> list[tuple[str, Array, Array]]:
        a, b = np.array(self.pick), np.array(self.place)
        up = np.array([0.0, 0.0, self.lift])
        # in between the hand is level above the place where it picks
        return [
            ("descend", a + up, a),
            ("close", a, a),
            ("lift", a, a + up),
            ("carry", a + up, b + up),
            ("lower", b + up, b),
            ("open", b, b),
            ("rise", b, b + up),
            ("return", b + up, a + up),
        ]

    def position(self, t: float) -> Array:
        """Return the (3,) place of the hand [m]."""
        name, start, end = self._move_at(t)
        u = self._share(t, name)
        return np.asarray(start + (10.0 * u**3 - 15.0 * u**4 + 6.0 * u**5) * (end - start))

    def acceleration(self, t: float) -> Array:
        """Return the (3,) acceleration of the hand [m/s2]."""
        name, start, end = self._move_at(t)
        u, span = self._share(t, name), PHASES[name] * self.time
        return np.asarray((60.0 * u - 180.0 * u**2 + 120.0 * u**3) / span**2 * (end - start))

    def _move_at(self, t: float) -> tuple[str, Array, Array]:
        return next((move for move in self._moves() if t < self.ends(move[0])), self._moves()[-1])

    def _share(self, t: float, phase: str) -> float:
        return min(max((t - self.begins(phase)) / (PHASES[phase] * self.time), 0.0), 1.0)

    @property
    def peaks(self) -> tuple[float, float, float]:
        """Largest acceleration of lifting, of carrying and of lowering [m/s2]."""
        far = float(np.linalg.norm(np.subtract(self.place, self.pick)))
        ways = (("lift", self.lift), ("carry", far), ("lower", self.lift))
        lift, carry, lower = (PEAK * way / (PHASES[name] * self.time) ** 2 for name, way in ways)
        return lift, carry, lower

    def frame(self, t: float) -> Array:
        """Return the (4, 4) frame of the hand."""
        T = np.eye(4)
        T[:3, :3] = _FACING[self.robot.has_fingers]
        T[:3, 3] = self.position(t)
        return T

    @property
    def robot(self) -> Arm:
        """The arm."""
        return arm_named(self.arm)


@lru_cache(maxsize=32)
def joint_path(carriage: Carriage, steps: int) -> Array:
    """Return (steps + 1, 7) joint angles of the whole motion at equal times [rad].

    Raises:
        ArithmeticError: the arm does not reach that far.
    """
    arm, T = carriage.robot, carriage.frame(0.0)
    q = arm.reach(T, np.array(arm.rest))
    path = np.empty((steps + 1, len(q)))
    for k in range(steps + 1):
        q = path[k] = arm.reach(carriage.frame(carriage.time * k / steps), q)
    path.setflags(write=False)
    return path

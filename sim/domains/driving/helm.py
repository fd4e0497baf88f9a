"""What a decision can do with one body: set the commands its control laws read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.control import lateral_profile

__all__ = ["Helm", "Indication"]


@dataclass(frozen=True)
class Indication:
    """A turn signal: who blinks, to which side (+1 left), from when to when [s]."""

    actor: str
    side: float
    start: float
    end: float


class Helm:
    """The commands of one body. A script that has taken the speed keeps it from the driver."""

    def __init__(self, commands: np.ndarray, state: np.ndarray) -> None:
        """Take hold of a row of commands and the row of state beside it."""
        self._commands = commands
        self._state = state
        self._normal = c.CRUISE
        self._scripted = False
        self._tasks = 0
        self._taken = False

    def task(self) -> Callable[[], bool]:
        """Return whether what the script or the driver was last told still holds, to be asked later."""
        number = self._tasks
        return lambda: self._tasks == number

    def settle(self, mode: int, *, speed: float) -> None:
        """Say how the driver normally controls the speed, and the speed wanted."""
        self._normal = mode
        self._commands[c.MODE] = mode
        self._commands[c.V_SET] = speed

    def follow(self, *, headway: float, braking: float) -> None:
        """Follow what is ahead from now on (IDM), keeping a time gap and braking no harder than given."""
        row = self._commands
        row[c.HEADWAY], row[c.BRAKING], row[c.LEADING] = headway, braking, 1.0
        self._normal = c.IDM
        self.release()

    def take(self) -> None:
        """Let a manoeuvre of the driver have the speed: its surprises do not, until `leave`."""
        self._taken = True

    def leave(self) -> None:
        """End the manoeuvre that has the speed."""
        self._taken = False
        self.release()

    def drive_down(self, deceleration: float, *, jerk: float, to: float) -> None:
        """Brake to a speed and hold it, unless a script has the speed."""
        if not self._scripted:
            self._command(-deceleration, jerk, to)

    def brake(self, deceleration: float, *, jerk: float, to: float = 0.0) -> None:
        """Brake, unless a script has the speed."""
        if not self._scripted:
            self._command(-deceleration, jerk, to)

    def drive(self, acceleration: float, *, jerk: float, fastest: float) -> None:
        """Command an acceleration until the next command, unless a script has the speed."""
        if not self._scripted:
            self._command(acceleration, jerk, 0.0 if acceleration < 0.0 else fastest)

    def hold(self) -> None:
        """Keep the present acceleration: the driver has not answered yet."""
        if not self._scripted and not self._taken:
            self._commands[c.MODE] = c.HOLD

    def release(self) -> None:
        """Return to normal driving, unless a script has the speed."""
        if not self._scripted and not self._taken:
            self._commands[c.MODE] = self._normal

    def script_speed(self, acceleration: float, *, jerk: float, to: float) -> None:
        """Let the script have the speed: reach `to` and keep it."""
        self._scripted = True
        self._tasks += 1
        self._command(acceleration, jerk, to)

    def aim(self, acceleration: float, *, jerk: float, to: float) -> None:
        """Let the script that has the speed go on with another goal."""
        self._command(acceleration, jerk, to)

    def want(self, speed: float) -> None:
        """Give the speed to the driver, with a new wish."""
        self._scripted = False
        self._tasks += 1
        self._commands[c.MODE] = self._normal
        self.wish(speed)

    def wish(self, speed: float) -> None:
        """Change the speed the driver wants."""
        self._commands[c.V_SET] = speed

    def shift(self, d: float, *, now: float, speed: float, acceleration: float) -> float:
        """Begin a lateral move to `d` and return how long it takes [s]."""
        row = self._commands
        from_d = lateral_profile(now, row[c.T0], row[c.D0], row[c.D1], row[c.VY], row[c.AYL])[0]
        if row[c.PATH1] > row[c.PATH0]:
            from_d = self._state[c.D]
        row[c.PATH0] = row[c.PATH1] = 0.0
        row[c.T0], row[c.D0], row[c.D1], row[c.VY], row[c.AYL] = now, from_d, d, speed, acceleration
        top = min(speed, float(np.sqrt(abs(d - from_d) * acceleration)))
        return abs(d - from_d) / top + top / acceleration if top > 0.0 else 0.0

    def follow_path(self, first: int, last: int) -> None:
        """Follow the points [first, last) of the world's paths."""
        self._commands[c.PATH0], self._commands[c.PATH1] = first, last
        self._state[c.LEG] = first

    def _command(self, acceleration: float, jerk: float, to: float) -> None:
        row = self._commands
        row[c.MODE], row[c.COMMAND], row[c.COMMAND_JERK], row[c.V_TO] = c.COMMANDED, acceleration, jerk, to
